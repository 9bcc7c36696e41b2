"""Time that stands until it is turned."""

from __future__ import annotations

from datetime import UTC, datetime


class Clock:
    """The one clock of all stores, queues and workers of a test."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 24, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        """The time, for queues and workers."""
        return self.now

    def seconds(self) -> float:
        """The time, for stores."""
        return self.now.timestamp()
