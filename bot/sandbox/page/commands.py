"""What the message box offers after a slash: the commands of the app that the sandbox is made for."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Command:
    """One line of the suggestions; `usage` names what still has to be typed."""

    text: str
    about: str
    usage: str = ""
    takes_version: bool = False


COMMANDS = (
    Command("/secmaster help", "What this command can do"),
    Command("/secmaster pending", "Submissions that wait for review"),
    Command("/secmaster show", "One version and its review", "VERSION_ID", takes_version=True),
    Command("/secmaster request", "Ask for the review of one version now", "VERSION_ID", takes_version=True),
    Command("/secmaster history", "Reviews that were decided"),
)


def offered(installed: Iterable[str], commands: Iterable[Command] = COMMANDS) -> list[dict[str, Any]]:
    """The suggestions for the commands that the app has; a command without any is offered as it is."""
    names = sorted(installed)
    known = [one for one in commands if one.text.split(" ")[0] in names]
    covered = {one.text.split(" ")[0] for one in known}
    bare = [Command(name, "A command of the app") for name in names if name not in covered]
    return [asdict(one) for one in (*known, *bare)]
