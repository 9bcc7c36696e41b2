"""WHEN, as people type it: a date, a moment with its zone, or how long ago."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time

from bot.hours import duration

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def moment(text: str, *, now: datetime) -> float:
    """Seconds since 1970 UTC; ValueError with what to type instead.

    `2026-11-24` is the beginning of that day in UTC, `2026-11-24T09:00+08:00` has its zone, `7d` and `1d12h` are as
    long before `now`.
    """
    text = text.strip()
    try:
        if _DATE.fullmatch(text):
            return datetime.combine(date.fromisoformat(text), time(), UTC).timestamp()
        if "-" not in text:
            return (now - duration(text)).timestamp()
        found = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise ValueError("Type a date (2026-11-24), a moment (2026-11-24T09:00+08:00) or how long ago (7d).") from None
    if found.tzinfo is None:
        raise ValueError(f"Add the zone: {text}Z is UTC, {text}+08:00 is China.")
    return found.timestamp()


def told(seconds: float, *, exactly: bool = False) -> str:
    """A moment of the trail in UTC, to the second or to the microsecond; what was made none, as it is."""
    try:
        found = datetime.fromtimestamp(seconds, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return str(seconds)
    if exactly:
        return found.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return found.strftime("%Y-%m-%d %H:%M:%S")
