"""What is read of a payload is of the kind that it should be, or nothing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from bot.slack.listeners.payload import buttons, ident, origins, text

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(["team", "id", "message", "blocks"]) | st.text(), inner)
    ),
)


@effort(deadline=None)
@given(ANYTHING)
def test_any_payload_can_be_read(payload: Any) -> None:
    """Whatever its shape is."""
    for found in (
        text(payload),
        text(payload, "team", "id"),
        text(payload, 0, "id"),
        text(payload, "message", "blocks"),
    ):
        found.encode()
    assert ident(payload, "team", "id").isascii()
    assert all(found for found in origins(payload))
    assert isinstance(buttons(payload), frozenset)


@pytest.mark.parametrize("found", ["U0MEILIN00", "1795512345.000100", "a" * 32, "12.34.ab", "x" * 255])
def test_an_id_is_read_as_it_is(found: str) -> None:
    """Users, messages, reviews, triggers."""
    assert ident({"id": found}, "id") == found


@pytest.mark.parametrize(
    "found", ["", " U1", "U 1", "U1\n", "\x00", "\ud800", "字", "x" * 256, None, 7, True, ["U1"], {}]
)
def test_what_cannot_be_an_id_is_none(found: Any) -> None:
    """It gets no further: not to the database, not to Slack."""
    assert ident({"id": found}, "id") == ""


def test_half_a_surrogate_pair_is_a_question_mark() -> None:
    """JSON carries one, no database does."""
    assert text({"value": "a\ud800b"}, "value") == "a?b"


ORG = {"enterprise": {"id": "E1"}}


@pytest.mark.parametrize(
    ("payload", "named"),
    [
        ({}, set()),
        ({"team": {"id": "T1"}, "user": {"team_id": "T1"}}, {"T1"}),
        ({"team": {"id": "T1"}, "user": {"team_id": "T2"}}, {"T1", "T2"}),
        ({"team": {"id": "T1"}, "user": {"team_id": "E1"}, "is_enterprise_install": False} | ORG, {"T1"}),
        ({"team": None, "user": {"team_id": "T1"}, "is_enterprise_install": True} | ORG, {"E1"}),
        ({"team_id": "T1", "enterprise_id": "E1", "is_enterprise_install": "true"}, {"T1", "E1"}),
        ({"team_id": "T1", "enterprise_id": "E1", "is_enterprise_install": "false"}, {"T1"}),
        ({"team": {"id": "T1"}, "view": {"app_installed_team_id": "T2"}}, {"T1", "T2"}),
        ({"team": ["T1"], "team_id": {"id": "T1"}, "user": "U1", "enterprise": "E1"}, set()),
    ],
)
def test_a_payload_says_where_it_comes_from(payload: dict[str, Any], named: set[str]) -> None:
    """Every workspace that it names; an organisation only where the app is installed in all of it."""
    assert origins(payload) == named


def test_the_buttons_of_the_message_that_was_clicked() -> None:
    """Pairs of action and value, in every row; nothing of what has another shape."""
    row = {"elements": [{"action_id": "a", "value": "1"}, {"action_id": "b", "value": 2}, "c"]}
    blocks = [{"type": "header"}, row, {"elements": "d"}, "e", {"elements": [{"action_id": "f", "value": "3"}]}]
    assert buttons({"message": {"blocks": blocks}}) == {("a", "1"), ("f", "3")}
    assert buttons({"message": {"blocks": "x"}}) == buttons({}) == frozenset()
