"""News survive in a job's payload."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.reviews import news

KINDS = [
    news.VoteCast,
    news.OpinionReturned,
    news.DecisionFailed,
    news.Retried,
    news.ReviewClosed,
    news.ReleaseReached,
]


@given(st.one_of([st.from_type(kind) for kind in KINDS]))
def test_what_comes_out_of_the_payload_is_what_went_in(told: news.News) -> None:
    """Through JSON text, as the jobs table keeps it."""
    assert news.from_payload(json.loads(json.dumps(dict(news.to_payload(told))))) == told


def test_every_kind_has_a_name_of_its_own() -> None:
    """Two kinds of one name would be taken for each other."""
    assert len({vars(kind)["kind"] for kind in KINDS}) == len(KINDS)


@pytest.mark.parametrize("payload", [{}, {"kind": "rumour"}, {"kind": "vote"}])
def test_anything_else_is_no_news(payload: dict[str, object]) -> None:
    """A payload that says nothing is refused, not told."""
    with pytest.raises(ValidationError):
        news.from_payload(payload)
