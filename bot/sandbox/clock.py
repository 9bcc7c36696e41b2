"""The bot's clock in the sandbox: the wall clock, moved forward by people who do not care to wait."""

from __future__ import annotations

import math
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from bot.sandbox.changes import Changes
from bot.sandbox.errors import SandboxRefusal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from zoneinfo import ZoneInfo

MORNING = time(9)
MOST = timedelta(days=366)
"""As far ahead as the clock may get: enough for whatever waits, and no date that nothing can hold."""


def wall_clock() -> datetime:
    """The real time, aware."""
    return datetime.now(UTC)


class BotClock:
    """The clock that the sandbox's own process moves. How far it is ahead stands in a file, which the bot follows."""

    def __init__(self, file: Path, *, wall: Callable[[], datetime] = wall_clock) -> None:
        self._file = file
        self._wall = wall
        self.ahead = timedelta()
        """How far it has been moved: whole seconds, never less than before."""
        self.changes = Changes()
        self._write()

    @property
    def file(self) -> Path:
        """What `FollowedClock` reads."""
        return self._file

    def now(self) -> datetime:
        """The time that it is for the bot, aware."""
        return self._wall() + self.ahead

    def forward(self, by: timedelta) -> None:
        """Move it.

        Raises:
            SandboxRefusal: that is not forward, or further ahead than a year.
        """
        if by < timedelta(seconds=1):
            raise SandboxRefusal("The bot's clock only moves forward.")
        if by > MOST - self.ahead:
            raise SandboxRefusal("The bot's clock goes no further than a year ahead.")
        self.ahead = timedelta(seconds=math.ceil((self.ahead + by).total_seconds()))
        self._write()
        self.changes.publish("clock")

    def to_next_morning(self, zone: ZoneInfo) -> None:
        """Move it to 09:00 of the day after its own in that zone.

        Raises:
            SandboxRefusal: that is further ahead than a year.
        """
        now = self.now()
        tomorrow = now.astimezone(zone).date() + timedelta(days=1)
        self.forward(datetime.combine(tomorrow, MORNING, zone).astimezone(UTC) - now)

    def _write(self) -> None:
        fresh = self._file.with_suffix(".new")
        fresh.write_text(f"{self.ahead // timedelta(seconds=1)}\n", encoding="ascii")
        fresh.replace(self._file)  # at once, so that nobody reads half of it


class FollowedClock:
    """The same clock in the bot's process. It never goes back, whatever the file says or whether it is gone."""

    def __init__(self, file: Path, *, wall: Callable[[], datetime] = wall_clock) -> None:
        self._file = file
        self._wall = wall
        self._ahead = timedelta()
        self._read: tuple[int, int] | None = None

    def __call__(self) -> datetime:
        """The time, aware; the file is read again when it was rewritten."""
        self._follow()
        return self._wall() + self._ahead

    def _follow(self) -> None:
        try:
            facts = self._file.stat()
            if self._read == (facts.st_ino, facts.st_mtime_ns):
                return
            ahead = timedelta(seconds=int(self._file.read_text(encoding="ascii")))
        except FileNotFoundError:  # the sandbox is gone, or going
            return
        self._read = (facts.st_ino, facts.st_mtime_ns)
        self._ahead = max(self._ahead, ahead)
