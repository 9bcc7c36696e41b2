"""Whether the database is there, for the whole process: said once when it is lost, once when it is back."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.store.trouble import Cause

log = structlog.get_logger(__name__)


class Presence:
    """Hears how each transaction ended; for the event loop's thread alone."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known = False
        self._lost_at: float | None = None
        self.on_back: Callable[[], None] = lambda: None
        """Called when the database answers again."""

    def missed(self, cause: Cause) -> None:
        """A transaction failed for this cause. What ends a start is told as the end of the start."""
        if not (self._known or cause.passes):
            return
        if not cause.lost:
            log.warning("store.busy", cause=cause.words)
        elif self._lost_at is None:
            self._lost_at = self._clock()
            log.error("store.lost", cause=cause.words)

    def answered(self) -> None:
        """A transaction went through."""
        self._known = True
        if self._lost_at is not None:
            log.warning("store.back", after=round(self._clock() - self._lost_at, 1))
            self._lost_at = None
            self.on_back()
