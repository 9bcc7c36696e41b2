"""How long the workers of a process wait when something other than a job fails, and how often that is told whole."""

from __future__ import annotations

import time
import traceback
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

FIRST, LONGEST = 0.5, 15.0
"""Seconds of the first wait, and the most that it doubles to."""

TOLD_AGAIN = 600.0
"""Seconds after which the same failure is told with its traceback again."""


class Patience:
    """Shared by all workers: failures that come together count once, and all of them wait for the same moment."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._wait = 0.0
        self._next = 0.0
        self._told: dict[tuple[str, str, int | None], float] = {}

    def failed(self) -> float:
        """Seconds to wait after a failure."""
        now = self._clock()
        if now >= self._next:
            self._wait = min(self._wait * 2, LONGEST) if self._wait else FIRST
            self._next = now + self._wait
        return self._next - now

    def over(self) -> None:
        """Something went through: the next failure is a first one."""
        self._wait = self._next = 0.0

    def is_new(self, error: Exception) -> bool:
        """Whether a failure of this kind, at this place, has not been told for a while."""
        *_, (frame, line) = traceback.walk_tb(error.__traceback__)
        kind, now = (type(error).__name__, frame.f_code.co_filename, line), self._clock()
        known = self._told.get(kind, float("-inf"))
        if now - known < TOLD_AGAIN:
            return False
        self._told[kind] = now
        return True
