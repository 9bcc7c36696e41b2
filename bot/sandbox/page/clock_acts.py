"""What a visitor does with the bot's clock, one function an act, and what the page shows of it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bot.sandbox.errors import SandboxRefusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.sandbox.clock import BotClock
    from bot.sandbox.page.asked import Asked
    from bot.sandbox.slack import SlackEmulator

    Act = Callable[["ClockActs", Asked], dict[str, Any]]

MOST_HOURS = 24


class ClockActs:
    """Moves the bot's clock; without one, since the bot is not ours, everything is refused."""

    def __init__(self, clock: BotClock | None, slack: SlackEmulator) -> None:
        self._clock = clock
        self._slack = slack

    def seen(self) -> dict[str, Any] | None:
        """How many seconds the bot is ahead; None: its clock is not ours to move."""
        return {"ahead": self._clock.ahead.total_seconds()} if self._clock else None

    def forward(self, asked: Asked) -> dict[str, Any]:
        """Some hours at once."""
        hours = asked.number("hours")
        if hours > MOST_HOURS:
            raise SandboxRefusal(f"At most {MOST_HOURS} hours at once.")
        self._movable().forward(timedelta(hours=hours))
        return {}

    def morning(self, asked: Asked) -> dict[str, Any]:
        """To 09:00 of the next day where the person acted as lives."""
        person = self._slack.workspace.person(asked.text("as"))
        self._movable().to_next_morning(ZoneInfo(person["tz"]))
        return {}

    def _movable(self) -> BotClock:
        if self._clock is None:
            raise SandboxRefusal("The sandbox did not start this bot, so its clock cannot be moved.")
        return self._clock


ACTS: Mapping[str, Act] = {"forward": ClockActs.forward, "morning": ClockActs.morning}
