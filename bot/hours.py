"""Times of day in people's time zones: working hours, a daily moment, durations. All moments are aware."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo, available_timezones

DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
EVERY_DAY = frozenset(range(7))

_CLOCK = r"(?:[01]?[0-9]|2[0-3]):[0-5][0-9]"
_DAYS = r"(?:(?P<days>[a-z][a-z, -]*?)\s+)?"
_WORKING_HOURS = re.compile(rf"{_DAYS}(?P<begins>{_CLOCK})\s*-\s*(?P<ends>{_CLOCK}|24:00)", re.IGNORECASE)
_DAILY_TIME = re.compile(rf"{_DAYS}(?P<at>{_CLOCK})\s+(?P<zone>\S+)", re.IGNORECASE)
_DURATION = re.compile(
    r"(?:(?P<days>[0-9]{1,8})d)?\s*(?:(?P<hours>[0-9]{1,8})h)?\s*"
    r"(?:(?P<minutes>[0-9]{1,8})m)?\s*(?:(?P<seconds>[0-9]{1,8})s)?",
    re.IGNORECASE,
)
_NEAR = 0.75
"""How alike a zone is to the one that was meant (difflib's ratio)."""

_NO_HOURS = "has to be hours such as Mon-Fri 09:00-18:00, or 09:00-18:00 for every day."
_NO_DAILY_TIME = "has to be a time of day and its zone such as 09:00 Asia/Shanghai, or Mon-Fri 09:00 Asia/Shanghai."
_NO_DURATION = "has to be a duration such as 45m, 4h, 1d or 1d12h."


@dataclass(frozen=True, kw_only=True)
class WorkingHours:
    """When people may be reminded, by the clock of wherever they are.

    A shift belongs to the day on which it begins. Where the clocks are put forward over its beginning, it begins as
    much later, and where that is not before its end, it is that moment alone.
    """

    days: frozenset[int]
    """Monday is 0."""
    begins: time
    ends: time
    """Before `begins` it is on the next day; equal to it, the shift lasts until that time of the next day."""

    def __post_init__(self) -> None:
        _check(self.days)

    def next(self, moment: datetime, zone: tzinfo) -> datetime:
        """The first moment not before `moment` inside the hours, in UTC."""
        nights = timedelta(days=1 if self.ends <= self.begins else 0)
        shifts = [
            (_instant(day, self.begins, zone), _instant(day + nights, self.ends, zone))
            for day in _days_around(moment, zone, self.days)
        ]
        now = moment.astimezone(UTC)
        return min(max(begins, now) for begins, ends in shifts if now <= begins or now < ends)

    def tomorrow(self, moment: datetime, zone: tzinfo) -> datetime:
        """`begins` on the next calendar day of that zone, whatever weekday it is, in UTC."""
        return _instant(moment.astimezone(zone).date() + timedelta(days=1), self.begins, zone)


@dataclass(frozen=True, kw_only=True)
class DailyTime:
    """A time of day in a zone, on some days of the week; ValueError when the zone is unknown.

    A time that the clocks skip is taken as much later, one that they show twice is taken once.
    """

    days: frozenset[int]
    """Monday is 0."""
    at: time
    zone: str
    """IANA name."""

    def __post_init__(self) -> None:
        _check(self.days)
        if _zone(self.zone) is None:
            raise ValueError(_no_zone(self.zone))

    def latest(self, moment: datetime) -> datetime:
        """The newest occurrence not after `moment`, in UTC."""
        return max(occurrence for occurrence in self._around(moment) if occurrence <= moment)

    def next(self, moment: datetime) -> datetime:
        """The first occurrence after `moment`, in UTC."""
        return min(occurrence for occurrence in self._around(moment) if occurrence > moment)

    def _around(self, moment: datetime) -> list[datetime]:
        zone = ZoneInfo(self.zone)
        return [_instant(day, self.at, zone) for day in _days_around(moment, zone, self.days)]


def working_hours(text: str) -> WorkingHours:
    """What `Mon-Fri 09:00-18:00`, `Mon,Wed,Sat 22:00-06:00` or `09:00-18:00` says; ValueError otherwise.

    The error completes a sentence that begins with the name of the setting, and does not repeat the text. So do those
    of the functions below.
    """
    found = _WORKING_HOURS.fullmatch(text.strip())
    if not found:
        raise ValueError(_NO_HOURS)
    days = _days(found["days"], otherwise=_NO_HOURS)
    ends = time() if found["ends"] == "24:00" else _clock(found["ends"])
    return WorkingHours(days=days, begins=_clock(found["begins"]), ends=ends)


def daily_time(text: str) -> DailyTime:
    """What `09:00 Asia/Shanghai` or `Mon-Fri 09:00 Asia/Shanghai` says; ValueError otherwise, with a nearby zone."""
    found = _DAILY_TIME.fullmatch(text.strip())
    if not found:
        raise ValueError(_NO_DAILY_TIME)
    return DailyTime(days=_days(found["days"], otherwise=_NO_DAILY_TIME), at=_clock(found["at"]), zone=found["zone"])


def duration(text: str) -> timedelta:
    """What `45m`, `4h` or `1d12h` says, and `0`; ValueError otherwise."""
    if text.strip() == "0":
        return timedelta(0)
    found = _DURATION.fullmatch(text.strip())
    parts = {unit: int(number) for unit, number in found.groupdict().items() if number} if found else {}
    if not parts:
        raise ValueError(_NO_DURATION)
    return timedelta(**parts)


def zone_of(name: str) -> tzinfo:
    """The zone of an IANA name as Slack gives it; UTC when it gives none, or one that is not known here."""
    return _zone(name) or UTC


def _instant(day: date, at: time, zone: tzinfo) -> datetime:
    """When the clocks of the zone show it, the first time; as much after a gap as it is into it."""
    return datetime.combine(day, at, zone).astimezone(UTC)


def _days_around(moment: datetime, zone: tzinfo, days: frozenset[int]) -> list[date]:
    """These weekdays in the weeks around: a shift may have begun the day before, and the next be a week ahead."""
    today = moment.astimezone(zone).date()
    around = [today + timedelta(days=offset) for offset in range(-8, 9)]
    return [day for day in around if day.weekday() in days]


def _check(days: frozenset[int]) -> None:
    if not days or not days <= EVERY_DAY:
        raise ValueError("has to name days of the week.")


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown; no name of a zone at all; the name of a folder of zones
        return None


def _no_zone(name: str) -> str:
    zones = {zone.casefold(): zone for zone in sorted(available_timezones())}
    near = difflib.get_close_matches(name.casefold(), zones, n=1, cutoff=_NEAR)
    hint = f"; did you mean {zones[near[0]]}?" if near else ". Use an IANA name such as Asia/Shanghai."
    return f"names a time zone that is not known{hint}"


def _clock(text: str) -> time:
    hour, minute = text.split(":")
    return time(int(hour), int(minute))


def _days(text: str | None, *, otherwise: str) -> frozenset[int]:
    """The days that `Mon-Fri` or `Mon,Wed` names, all when it is None; ValueError says what it has to be otherwise."""
    if text is None:
        return EVERY_DAY
    days: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.partition("-")
        begins = _day(first, otherwise=otherwise)
        ends = _day(last, otherwise=otherwise) if dash else begins
        days.update((begins + step) % 7 for step in range((ends - begins) % 7 + 1))
    return frozenset(days)


def _day(text: str, *, otherwise: str) -> int:
    name = text.strip().casefold()
    for number, known in enumerate(DAY_NAMES):
        if len(name) >= len("mon") and known.startswith(name):
            return number
    raise ValueError(otherwise)
