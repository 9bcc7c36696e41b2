"""The grammar of the slash command, apart from what its subcommands do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bot.locales import Translator
    from bot.slack.blocks.message import Message
    from bot.slack.listeners.reception import Reception


Run: TypeAlias = "Callable[[Asked], Awaitable[Message | None]]"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A subcommand with its arguments, asked by a person."""

    reception: Reception
    t: Translator
    user_id: str
    arguments: tuple[str, ...] = ()
    trigger_id: str = ""
    """What opens a form before the person."""
    origins: frozenset[str] = frozenset()
    """The workspaces that it says it comes from."""


@dataclass(frozen=True, kw_only=True)
class Subcommand:
    """One word after the slash command."""

    name: str
    arguments: str
    """What must follow, as shown in the help, and in [brackets] what may; "" is nothing."""
    what: str
    """One sentence for the help."""
    run: Run

    def takes(self, given: Sequence[str]) -> bool:
        """Whether so many words may follow."""
        known = self.arguments.split()
        return sum(not word.startswith("[") for word in known) <= len(given) <= len(known)

    @property
    def usage(self) -> str:
        """As it is typed."""
        return f"{self.name} {self.arguments}".strip()


SUBCOMMANDS: dict[str, Subcommand] = {}


def subcommand(name: str, what: str, *, arguments: str = "") -> Callable[[Run], Run]:
    """Register the decorated coroutine as a subcommand; it returns what is answered, None where a form opened."""

    def register(run: Run) -> Run:
        SUBCOMMANDS[name] = Subcommand(name=name, arguments=arguments, what=what, run=run)
        return run

    return register


def parse(text: str) -> tuple[str, list[str]]:
    """The subcommand in lower case ("" when nothing was typed) and what follows it."""
    words = text.split()
    return (words[0].lower(), words[1:]) if words else ("", [])
