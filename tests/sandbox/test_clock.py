"""The clock that the sandbox moves and the bot follows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from bot.sandbox.clock import BotClock, FollowedClock
from bot.sandbox.errors import SandboxRefusal

if TYPE_CHECKING:
    from pathlib import Path

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the clock is kept."""
    return tmp_path / "clock"


def test_the_bot_follows_each_move(file: Path) -> None:
    """Both processes read the same time, before and after every move."""
    clock, bot = BotClock(file, wall=lambda: NOON), FollowedClock(file, wall=lambda: NOON)
    assert (clock.now(), bot()) == (NOON, NOON)
    clock.forward(timedelta(hours=1))
    assert clock.now() == bot() == NOON + timedelta(hours=1)
    clock.forward(timedelta(hours=4))
    assert clock.now() == bot() == NOON + timedelta(hours=5)


def test_the_bot_never_goes_back(file: Path) -> None:
    """Neither a smaller number nor a file that is gone moves it."""
    clock, bot = BotClock(file, wall=lambda: NOON), FollowedClock(file, wall=lambda: NOON)
    clock.forward(timedelta(hours=4))
    assert bot() == NOON + timedelta(hours=4)
    BotClock(file)
    assert bot() == NOON + timedelta(hours=4)
    file.unlink()
    assert bot() == NOON + timedelta(hours=4)


@pytest.mark.parametrize(
    ("zone", "now", "morning"),
    [
        ("Asia/Shanghai", NOON, datetime(2026, 11, 25, 1, tzinfo=UTC)),
        ("America/New_York", NOON, datetime(2026, 11, 25, 14, tzinfo=UTC)),
        ("Asia/Shanghai", NOON.replace(hour=17), datetime(2026, 11, 26, 1, tzinfo=UTC)),
        ("Europe/London", datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 3, 29, 8, tzinfo=UTC)),
    ],
)
def test_the_next_morning_is_that_of_a_zone(file: Path, zone: str, now: datetime, morning: datetime) -> None:
    """09:00 of the day after the clock's own date there, also over a change to summer time."""
    clock = BotClock(file, wall=lambda: now)
    clock.to_next_morning(ZoneInfo(zone))
    assert clock.now() == morning


@pytest.mark.parametrize("by", [timedelta(), timedelta(hours=-1), timedelta(days=367)])
def test_it_only_goes_forward_and_not_out_of_the_calendar(file: Path, by: timedelta) -> None:
    """Anything else is refused in words and moves nothing."""
    clock = BotClock(file)
    with pytest.raises(SandboxRefusal):
        clock.forward(by)
    assert clock.ahead == timedelta()
