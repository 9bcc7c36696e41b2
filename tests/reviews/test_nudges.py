"""When reminders are due."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.hours import WorkingHours
from bot.reviews.models import Nudge
from bot.reviews.nudges import DAY, RARELY, Later, due_at, later

OFFICE = WorkingHours(days=frozenset(range(5)), begins=time(9), ends=time(18))
SHANGHAI = ZoneInfo("Asia/Shanghai")
TUESDAY = datetime(2026, 11, 24, 9, tzinfo=UTC)


def nudge(**changes: object) -> Nudge:
    """What is known of reminding somebody."""
    return Nudge(review_id="r", user_id="U1", **changes)  # type: ignore[arg-type]


def test_the_gaps_double_and_are_a_day_at_least_from_the_fourth_on() -> None:
    """After four hours: 4, 8, 16 hours, then never less than a day, and a week at most."""
    gaps, known = [], nudge()
    for number in range(9):
        at = due_at(known, since=TUESDAY, after=timedelta(hours=4))
        gaps.append((at - (known.told_at or TUESDAY)) / timedelta(hours=1))
        known = nudge(told=number + 1, told_at=at)
    assert gaps == [4, 8, 16, 32, 64, 128, 168, 168, 168]


def test_short_ones_come_once_a_day_after_the_third() -> None:
    """Even where doubling would still be quicker."""
    at = due_at(nudge(told=3, told_at=TUESDAY), since=TUESDAY, after=timedelta(minutes=5))
    assert at == TUESDAY + DAY


@given(
    st.integers(0, 60),
    st.timedeltas(timedelta(minutes=1), timedelta(days=30)),
    st.none() | st.timedeltas(timedelta(0), timedelta(days=9)),
)
def test_none_comes_too_soon_or_against_a_wish(told: int, after: timedelta, wanted: timedelta | None) -> None:
    """Not before the first gap, nor before the moment for which the person asked; and one does come."""
    wanted_at = TUESDAY + wanted if wanted is not None else None
    known = nudge(told=told, told_at=TUESDAY if told else None, wanted_at=wanted_at)
    at = due_at(known, since=TUESDAY, after=after)
    assert at >= TUESDAY + after
    assert wanted_at is None or at >= wanted_at
    assert at <= max(TUESDAY + max(after, RARELY), wanted_at or TUESDAY)


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (Later.ONE_HOUR, TUESDAY + timedelta(hours=1)),
        (Later.FOUR_HOURS, TUESDAY + timedelta(hours=4)),
        (Later.TOMORROW, datetime(2026, 11, 25, 1, tzinfo=UTC)),
    ],
)
def test_a_wish_is_taken_at_its_word(choice: Later, expected: datetime) -> None:
    """Also outside the working hours; tomorrow is when they begin there."""
    assert later(choice, now=TUESDAY, hours=OFFICE, zone=SHANGHAI) == expected
