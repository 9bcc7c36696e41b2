"""Places in lists, as buttons carry them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.reviews.models import Place
from bot.slack.blocks.places import place_of, place_text

MOMENTS = st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone


@given(MOMENTS, st.from_regex(r"[a-z0-9-]{1,40}", fullmatch=True))
def test_a_place_comes_back_as_it_was(at: datetime, review_id: str) -> None:
    """To the microsecond: two reviews may have been opened in one."""
    place = Place(at=at, review_id=review_id)
    assert place_of(place_text(place)) == place


@pytest.mark.parametrize("text", ["", "1", "1:", ":r", "x:r", "nan:r", "-inf:r", "1e400:r", "1e300:r", "-1e18:r"])
def test_what_names_no_place_is_none(text: str) -> None:
    """A button's value is not trusted."""
    assert place_of(text) is None
