"""Socket Mode tickets: each URL that apps.connections.open gives out lets one connection in, once, for a short time."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

LIVES_S = 60.0
"""Slack does not document how long; a minute is short enough to meet it in tests with a clock of their own."""


class Tickets:
    """All tickets not used yet."""

    def __init__(self, clock: Callable[[], float], app_id: str) -> None:
        self._clock = clock
        self._app_id = app_id
        self._given: dict[str, float] = {}

    def url(self, base: str) -> str:
        """The address for one connection."""
        ticket = secrets.token_urlsafe(18)
        self._given[ticket] = self._clock()
        return f"{base.replace('http', 'ws', 1)}/link/?ticket={ticket}&app_id={self._app_id}"

    def take(self, ticket: str) -> bool:
        """Whether this ticket still lets somebody in; from now on it does not."""
        given = self._given.pop(ticket, None)
        return given is not None and self._clock() - given <= LIVES_S

    def expire(self) -> int:
        """Make every ticket worthless; how many there were."""
        count = len(self._given)
        self._given.clear()
        return count
