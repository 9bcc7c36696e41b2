"""Phrases drawn three ways, and what may not get through any of them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.blocks.text import (
    FALLBACK_LIMIT,
    RICH_TEXT_LIMIT,
    Bold,
    Channel,
    Code,
    Link,
    Phrase,
    User,
    clean,
    clip,
    escape,
    facts,
    fallback,
    one_line,
    phrase,
    plain,
    preformatted,
    quote,
    section,
)

if TYPE_CHECKING:
    from bot.slack.blocks.text import Value

NOON = datetime(2026, 11, 24, 12, tzinfo=timezone(timedelta(hours=8)))
STAMP = int(NOON.timestamp())


def elements(line: Phrase) -> list[dict[str, Any]]:
    """As rich text."""
    return [element.to_dict() for element in line.elements()]


@pytest.mark.parametrize(
    ("value", "element", "mrkdwn", "words"),
    [
        (User("U1"), {"type": "user", "user_id": "U1"}, "<@U1>", "@U1"),
        (Channel("C1"), {"type": "channel", "channel_id": "C1"}, "<#C1>", "#C1"),
        (Bold("a<b"), {"type": "text", "text": "a<b", "style": {"bold": True}}, "a&lt;b", "a<b"),
        (Code("a&b"), {"type": "text", "text": "a&b", "style": {"code": True}}, "a&amp;b", "a&b"),
        (
            Link("https://x/?a=1&b=2", "A\n>B"),
            {"type": "link", "url": "https://x/?a=1&b=2", "text": "A\n>B"},
            "<https://x/?a=1&amp;b=2|A &gt;B>",
            "A\n>B",
        ),
        (7, {"type": "text", "text": "7"}, "7", "7"),
        ("<!here>", {"type": "text", "text": "<!here>"}, "&lt;!here&gt;", "<!here>"),
        (
            NOON,
            {
                "type": "date",
                "timestamp": STAMP,
                "format": "{date_short_pretty} {time}",
                "fallback": "2026-11-24 04:00 UTC",
            },
            f"<!date^{STAMP}^{{date_short_pretty}} {{time}}|2026-11-24 04:00 UTC>",
            "2026-11-24 04:00 UTC",
        ),
    ],
)
def test_each_kind_of_value_is_drawn_three_ways(value: Value, element: dict[str, Any], mrkdwn: str, words: str) -> None:
    """As an element that parses nothing, as escaped mrkdwn, as plain words; a time in any zone is told in UTC."""
    line = phrase("{value}", value=value)
    assert elements(line) == [element]
    assert line.fallback() == mrkdwn
    assert line.plain() == words


@given(st.text(), st.text())
def test_what_is_filled_in_is_never_read_as_a_placeholder(one: str, other: str) -> None:
    """Braces of people's making stay as they are."""
    assert phrase("{a}|{b}", a=one, b=other).plain() == f"{clean(one)}|{clean(other)}"


@given(st.text(st.characters()))
def test_clean_text_can_be_sent_and_disguises_nothing(text: str) -> None:
    """No controls but line breaks and tabs, no change of direction, nothing that UTF-8 cannot carry."""
    cleaned = clean(text)
    cleaned.encode()
    assert clean(cleaned) == cleaned
    assert not set(cleaned) & {chr(code) for code in (*range(9), *range(11, 32), *range(127, 160))}
    assert not set(cleaned) & set("\u061c\u200e\u200f\u202a\u202e\u2066\u2069")


def test_cleaning_keeps_what_people_write() -> None:
    """Line breaks, Chinese, accents, joined emoji."""
    text = "一\n二\té 👩‍👩‍👧 ﷽ «»"
    assert clean(text) == text


@given(st.text(), st.integers(1, 50))
def test_a_clip_keeps_to_its_limit_and_shows_itself(text: str, limit: int) -> None:
    """Nothing shorter is touched."""
    clipped = clip(text, limit)
    assert len(clipped) <= limit
    assert clipped == text or clipped.endswith("…")


@given(
    st.lists(st.sampled_from([User("U123456"), "a & b < c", "字" * 50, NOON, Link("https://x/", "&")]), max_size=200)
)
def test_a_long_fallback_ends_between_its_parts(values: list[Value]) -> None:
    """Never inside a mention, a date, a link or an entity, which would show as garbage or name another."""
    text = fallback(*(phrase("{value}", value=value) for value in values))
    assert 0 < len(text) <= FALLBACK_LIMIT
    assert text.count("<") == text.count(">")
    assert text.count("&") == text.count(";")


def test_texts_are_never_empty() -> None:
    """Slack refuses empty ones."""
    assert plain("\x00").to_dict()["text"] == "—"
    assert fallback(phrase("")) == fallback() == fallback(phrase(" "), phrase("\x01")) == "—"
    for element in (quote(""), preformatted("\x00"), section(phrase(""))):
        assert element.to_dict()["elements"] == [{"type": "text", "text": "—"}]


def test_plain_text_has_no_emoji_codes() -> None:
    """`:skull:` in a name stays as typed."""
    assert plain(":skull:").to_dict() == {"type": "plain_text", "text": ":skull:", "emoji": False}


def test_long_text_is_cut_into_elements_and_nothing_is_lost() -> None:
    """Each below the limit."""
    text = "字" * (RICH_TEXT_LIMIT * 2 + 1)
    parts = [part["text"] for part in quote(text).to_dict()["elements"]]
    assert "".join(parts) == text
    assert max(map(len, parts)) == RICH_TEXT_LIMIT


def test_lines_and_facts() -> None:
    """One a line, labels stressed."""
    shown = facts([("Who", User("U1")), ("{what}", "{0}")]).to_dict()["elements"]
    assert [part.get("text", part.get("user_id")) for part in shown] == ["Who", "  ", "U1", "\n", "{what}", "  ", "{0}"]
    assert phrase("a").elements(bold=True)[0].to_dict()["style"] == {"bold": True}
    assert one_line(" a\r\n b\tc ") == "a b c"
    assert escape("<&>") == "&lt;&amp;&gt;"
