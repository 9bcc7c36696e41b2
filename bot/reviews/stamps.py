"""SecMaster's times: text like `2021-01-30T23:00:00Z+0800`, a literal Z and then the zone (secmaster-api, common)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

_STAMP = re.compile(r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(?:\.\d+)?(?:Z?([+-])(\d\d):?(\d\d)|Z)")


def moment(text: str) -> datetime | None:
    """The moment that a text of SecMaster names; None when it names none for certain, and the text has to be shown."""
    found = _STAMP.fullmatch(text.strip())
    if found is None:
        return None
    local, sign, hours, minutes = found.groups()
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    try:
        return datetime.fromisoformat(local).replace(tzinfo=timezone(-offset if sign == "-" else offset))
    except ValueError:
        return None
