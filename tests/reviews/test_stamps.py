"""SecMaster's times."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.reviews.stamps import moment


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2021-01-30T23:00:00Z+0800", datetime(2021, 1, 30, 15, tzinfo=UTC)),
        ("2006-01-02T15:04:05.000Z+0800", datetime(2006, 1, 2, 7, 4, 5, tzinfo=UTC)),
        ("2021-01-30T23:00:00Z-0330", datetime(2021, 1, 31, 2, 30, tzinfo=UTC)),
        ("2021-01-30T23:00:00+08:00", datetime(2021, 1, 30, 15, tzinfo=UTC)),
        (" 2021-01-30T23:00:00Z ", datetime(2021, 1, 30, 23, tzinfo=UTC)),
    ],
)
def test_known_forms_are_read(text: str, utc: datetime) -> None:
    """The documented form, with milliseconds, and plain ISO 8601."""
    assert moment(text) == utc


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2021-01-30",
        "2021-01-30T23:00:00",
        "2021-13-30T23:00:00Z",
        "1611990000000",
        "2021-01-30T23:00:00Z+9900",
    ],
)
def test_anything_else_stays_text(text: str) -> None:
    """No zone is guessed and no number is taken for a time."""
    assert moment(text) is None
