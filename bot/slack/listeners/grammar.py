"""The grammar of the slash command, apart from what its subcommands do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.locales import Translator
    from bot.slack.blocks.message import Message
    from bot.slack.listeners.reception import Reception


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A subcommand with its argument, asked by a person."""

    reception: Reception
    t: Translator
    user_id: str
    argument: str


@dataclass(frozen=True, kw_only=True)
class Subcommand:
    """One word after the slash command."""

    name: str
    argument: str
    """What must follow, as shown in the help; "" is nothing."""
    what: str
    """One sentence for the help."""
    run: Callable[[Asked], Awaitable[Message]]

    @property
    def usage(self) -> str:
        """As it is typed."""
        return f"{self.name} {self.argument}".strip()


SUBCOMMANDS: dict[str, Subcommand] = {}


def subcommand(
    name: str, what: str, *, argument: str = ""
) -> Callable[[Callable[[Asked], Awaitable[Message]]], Callable[[Asked], Awaitable[Message]]]:
    """Register the decorated coroutine as a subcommand."""

    def register(run: Callable[[Asked], Awaitable[Message]]) -> Callable[[Asked], Awaitable[Message]]:
        SUBCOMMANDS[name] = Subcommand(name=name, argument=argument, what=what, run=run)
        return run

    return register


def parse(text: str) -> tuple[str, list[str]]:
    """The subcommand in lower case ("" when nothing was typed) and what follows it."""
    words = text.split()
    return (words[0].lower(), words[1:]) if words else ("", [])
