"""Secrets do not reach the log, however they come."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.observe.logging import REDACTED, Redaction

SECRET = 'p"ss\\w@rd/\n+é'


def test_a_secret_is_found_in_every_spelling() -> None:
    """As it is, in JSON, in a repr, in an address."""
    redaction = Redaction([SECRET])
    for spelled in (SECRET, json.dumps({"a": SECRET}), repr({"a": SECRET}), f"https://u:{quote(SECRET, safe='')}@h/"):
        cleaned = redaction.clean(f"before {spelled} after")
        assert REDACTED in cleaned
        assert "w@rd" not in cleaned
        assert "w%40rd" not in cleaned
        assert cleaned.startswith("before ")
        assert cleaned.endswith(" after")


def test_one_secret_inside_another_leaves_no_rest() -> None:
    """The longer goes first."""
    assert Redaction(["abcdef", "abcdefgh"]).clean("abcdefgh abcdef") == f"{REDACTED} {REDACTED}"


@pytest.mark.parametrize(
    "text",
    [
        "xoxb-123456-abcdef",
        "xoxp-1-2-3-abcdef",
        "xapp-1-A0-1-abcdef",
        "wss://wss-primary.slack.com/link/?ticket=0a1b-2c&app_id=A0",
        "url='ws://h/link/?app_id=A0&ticket=0a1b'",
    ],
)
def test_what_opens_slack_is_never_logged(text: str) -> None:
    """Tokens and tickets that nobody configured."""
    cleaned = Redaction([]).clean(text)
    assert REDACTED in cleaned
    assert "abcdef" not in cleaned
    assert "0a1b" not in cleaned


@pytest.mark.parametrize("text", ["", "plain", "a ticket=number", "xoxo-hugs", "prefix xo", "box-office-opening"])
def test_innocent_words_stay(text: str) -> None:
    """And short secrets are not looked for in them."""
    assert Redaction(["", "plain"[:5], "a"]).clean(text) == text


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.just("the-secret") | st.text(),
        lambda inner: st.lists(inner) | st.tuples(inner) | st.dictionaries(st.just("the-secret") | st.text(), inner),
    )
)
def test_nested_values_are_cleaned_through_and_through(value: Any) -> None:
    """Keys too; what is no text keeps its kind."""
    cleaned = Redaction(["the-secret"]).clean(value)
    assert "the-secret" not in repr(cleaned)
    if value is None or isinstance(value, int | float):
        assert cleaned is value


def test_objects_are_cleaned_as_they_read() -> None:
    """An exception with a secret in its message, say."""
    event = Redaction(["the-secret"])(None, "info", {"error": ValueError("the-secret"), "event": "x"})
    assert event == {"error": REDACTED, "event": "x"}
