"""When is somebody reminded of a review? Pure rules: in their working hours, ever more rarely, never against a wish."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from bot.hours import WorkingHours
    from bot.reviews.models import Nudge

DAY = timedelta(days=1)
RARELY = timedelta(weeks=1)
"""The longest that doubling makes the time between two reminders."""
OFTEN = 3
"""Reminders after which one comes at most once a day."""


class Later(StrEnum):
    """When a person wants to be reminded."""

    ONE_HOUR = "1h"
    FOUR_HOURS = "4h"
    TOMORROW = "tomorrow"


def later(choice: Later, *, now: datetime, hours: WorkingHours, zone: tzinfo) -> datetime:
    """The moment that somebody in this zone means; tomorrow is when their working hours begin."""
    if choice is Later.TOMORROW:
        return hours.tomorrow(now, zone)
    return now + timedelta(hours=1 if choice is Later.ONE_HOUR else 4)


def due_at(nudge: Nudge, *, since: datetime, after: timedelta) -> datetime:
    """From when on a reminder is due: `after` the review began to wait (`since`), then doubling.

    From the fourth on at most once a day, and at least once a week; not before the moment for which they asked.
    """
    gap: timedelta = after * 2 ** min(nudge.told, 20)
    if nudge.told >= OFTEN:
        gap = max(gap, DAY)
    moment = (nudge.told_at or since) + min(gap, max(after, RARELY))
    return max(moment, nudge.wanted_at or moment)
