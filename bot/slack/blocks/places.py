"""Places in lists, as the values of buttons that lead there."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from bot.reviews.models import Place


def place_text(place: Place) -> str:
    """The place as text."""
    return f"{place.at.timestamp()!r}:{place.review_id}"


def place_of(text: str) -> Place | None:
    """The place that `place_text` made text of; None for what is none of ours."""
    moment, _, review_id = text.partition(":")
    try:
        seconds = float(moment)
        at = datetime.fromtimestamp(seconds, UTC) if math.isfinite(seconds) else None
    except (ValueError, OverflowError, OSError):
        return None
    return Place(at=at, review_id=review_id) if at and review_id else None
