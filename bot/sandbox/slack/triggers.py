"""Trigger ids: the 3 seconds after a person's act in which the app may open a modal for them, once."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.sandbox.slack.refused import Refused

if TYPE_CHECKING:
    from collections.abc import Callable

LIVES_S = 3.0


@dataclass
class Trigger:
    """Whose act it was, and in which modal (None: outside any)."""

    user: str
    view_id: str | None
    at: float
    used: bool = False


class Triggers:
    """All trigger ids ever given out."""

    def __init__(self, clock: Callable[[], float], team_id: str) -> None:
        self._clock = clock
        self._team = team_id
        self._given: dict[str, Trigger] = {}

    def give(self, user: str, view_id: str | None = None) -> str:
        """A fresh id for what `user` did just now."""
        trigger_id = f"{secrets.randbelow(10**13)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        self._given[trigger_id] = Trigger(user, view_id, self._clock())
        return trigger_id

    def exchange(self, trigger_id: str) -> Trigger:
        """What stands behind the id, which is spent by this.

        Raises:
            Refused: `invalid_trigger_id`, `exchanged_trigger_id` or `expired_trigger_id` (views.open page).
        """
        trigger = self._given.get(trigger_id)
        if trigger is None:
            raise Refused("invalid_trigger_id")
        if trigger.used:
            raise Refused("exchanged_trigger_id")
        if self._clock() - trigger.at > LIVES_S:
            raise Refused("expired_trigger_id")
        trigger.used = True
        return trigger
