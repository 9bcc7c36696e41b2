"""The moments of a call at which a process can die, and how to kill it just then."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.torture.arena import Arena


class Fate(StrEnum):
    """What becomes of the call whose caller is killed."""

    LOST = "and it is lost"
    """It has arrived and is never applied: the caller died before it was sent, as far as anybody can tell."""
    LATE = "and it is applied later"
    """It has arrived, and is applied after its caller's death."""
    APPLIED = "when it was applied, unanswered"
    """It was applied, and its caller died before it knew."""


def anything(_request: Any) -> bool:
    """Whatever the call is about."""
    return True


@dataclass(frozen=True)
class Call:
    """Calls of one method of Slack or one operation of SecMaster; `only` chooses among them by their request."""

    service: Literal["slack", "secmaster"]
    name: str
    only: Callable[[Any], bool] = anything

    def when(self, arena: Arena, fate: Fate, action: Callable[[], Any]) -> None:
        """Have `action` run at the next such call, once."""
        faults: Any = arena.slack.faults if self.service == "slack" else arena.secmaster.faults
        faults.when(self.name, "applied" if fate is Fate.APPLIED else "arrives", action, only=self.only)

    def lose(self, arena: Arena) -> None:
        """Break the connection of the call that has just arrived, instead of applying it."""
        if self.service == "slack":
            arena.slack.faults.drop_request(self.name)
        else:
            arena.secmaster.faults.drop(self.name)

    def kills(self, arena: Arena, fate: Fate, moment: str) -> None:
        """Kill the bot at the next such call."""

        async def pull_the_plug() -> None:
            await arena.kill(moment)
            if fate is Fate.LOST:
                self.lose(arena)

        self.when(arena, fate, pull_the_plug)
