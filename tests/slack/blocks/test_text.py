"""Phrases drawn three ways, and what may not get through any of them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from bot.plain_text import clean, clip, inline, one_line, visible
from bot.slack.blocks.text import (
    FALLBACK_LIMIT,
    RICH_TEXT_LIMIT,
    Ago,
    Bold,
    Channel,
    Code,
    Group,
    Link,
    Phrase,
    User,
    escape,
    facts,
    fallback,
    listed,
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
        (Group("S1"), {"type": "usergroup", "usergroup_id": "S1"}, "<!subteam^S1>", "@S1"),
        (
            Ago(NOON),
            {"type": "date", "timestamp": STAMP, "format": "{ago}", "fallback": "2026-11-24 04:00 UTC"},
            f"<!date^{STAMP}^{{ago}}|2026-11-24 04:00 UTC>",
            "2026-11-24 04:00 UTC",
        ),
        (Phrase("{who}", {"who": User("U1")}), {"type": "user", "user_id": "U1"}, "<@U1>", "@U1"),
        (Channel("C1"), {"type": "channel", "channel_id": "C1"}, "<#C1>", "#C1"),
        (Bold("a<b"), {"type": "text", "text": "a<b", "style": {"bold": True}}, "a&lt;b", "a<b"),
        (Code("a&b"), {"type": "text", "text": "a&b", "style": {"code": True}}, "a&amp;b", "a&b"),
        (
            Link("https://x/?a=1&b=2", "A\n>B"),
            {"type": "link", "url": "https://x/?a=1&b=2", "text": "A >B"},
            "<https://x/?a=1&amp;b=2|A &gt;B>",
            "A >B",
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


@effort(deadline=None)
@given(st.text(), st.text())
def test_what_is_filled_in_is_never_read_as_a_placeholder(one: str, other: str) -> None:
    """Braces of people's making stay as they are."""
    assert phrase("{a}|{b}", a=one, b=other).plain() == f"{inline(one)}|{inline(other)}"


TURNS = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
CONTROLS = {chr(code) for code in (*range(9), *range(11, 32), *range(127, 160))}


@effort(deadline=None)
@given(st.text(st.characters() | st.sampled_from(sorted(TURNS | CONTROLS))))
def test_clean_text_can_be_sent_and_disguises_nothing(text: str) -> None:
    """No controls but line breaks and tabs, no change of direction, nothing that UTF-8 cannot carry."""
    cleaned = clean(text)
    cleaned.encode()
    assert clean(cleaned) == cleaned
    assert not set(cleaned) & (TURNS | CONTROLS)


@pytest.mark.parametrize(
    "text", ["一\n二\té 👩‍👩‍👧 ﷽ «»", "a\u200bb\u00adc\u200dd", "e\u0301\u0323", ":boom: `x` *y*", ""]
)
def test_cleaning_keeps_what_people_write(text: str) -> None:
    """Line breaks, Chinese, accents, joined emoji, zero width: whatever neither turns nor hides its neighbours."""
    assert clean(text) == text


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("gpj.\u202egnp", "gpj.[U+202E]gnp"),
        ("\u2066x\u2069", "[U+2066]x[U+2069]"),
        ("a\x00\x1b[31m", "a[U+0000][U+001B][31m"),
        ("\ud800", "[U+D800]"),
        ("one\r\ntwo\rthree\u2028four\u2029five", "one\ntwo\nthree\nfour\nfive"),
    ],
)
def test_what_would_hide_is_named(typed: str, shown: str) -> None:
    """A reviewer sees that somebody has put it there; every kind of line end is one line end."""
    assert clean(typed) == shown


@effort(deadline=None)
@given(st.text())
def test_a_value_in_a_sentence_stays_on_its_line(text: str) -> None:
    """Nobody can write a line that looks as if the bot had said it."""
    assert len(inline(text).splitlines()) <= 1
    shown = section(phrase("{a}", a=text), phrase("{b}", b=Bold(text)), phrase("{c}", c=Code(text))).to_dict()
    assert sum(part["text"].count("\n") for part in shown["elements"]) == 2


@pytest.mark.parametrize("text", ["שלום", "version ١٢ العربية", "𞤀"])
def test_a_value_from_right_to_left_turns_nothing_around_it(text: str) -> None:
    """It stands between the marks that Unicode has for this (UAX #9, isolates); in a quote of its own it needs none."""
    assert inline(text) == phrase("{a}", a=text).plain() == f"\u2068{text}\u2069"
    assert elements(phrase("{a}", a=Bold(text)))[0]["text"] == f"\u2068{text}\u2069"
    assert quote(text).to_dict()["elements"][0]["text"] == text


@effort(deadline=None)
@given(st.text(), st.integers(1, 50))
def test_a_clip_keeps_to_its_limit_and_shows_itself(text: str, limit: int) -> None:
    """Nothing shorter is touched; an emoji may count as two, as in UTF-16: Slack does not say what it counts."""
    clipped = clip(text, limit)
    units = len(clipped.encode("utf-16-le")) // 2
    assert len(clipped) <= units <= limit
    assert clipped == text or clipped.endswith("…")
    if len(text.encode("utf-16-le")) // 2 <= limit:
        assert clipped == text


@pytest.mark.parametrize("text", ["", " \n", "\u200b", "\u3164\u2800", "\ufeff \u00ad", "\u0301", "\x00"])
def test_blank_text_is_told_from_text(text: str) -> None:
    """Zero-width characters and letters that show nothing are no name."""
    assert not visible(text)
    assert visible(text + "x")
    assert visible("字")
    assert visible("👩‍👩‍👧")


@effort(deadline=None)
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
    assert plain("").to_dict()["text"] == plain(" \u200b").to_dict()["text"] == "—"
    assert fallback(phrase("")) == fallback() == fallback(phrase(" "), phrase("\n\u200b")) == "—"
    for element in (quote(""), preformatted(""), section(phrase(""))):
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


def test_a_list_keeps_every_value_what_it_is() -> None:
    """Inside a sentence too, with commas between; braces in a text stay text."""
    line = phrase("Ask {people}.", people=listed([User("U1"), Group("S1"), "{part0}"]))
    assert line.plain() == "Ask @U1, @S1, {part0}."
    assert line.fallback() == "Ask <@U1>, <!subteam^S1>, {part0}."
    kinds = [element.to_dict()["type"] for element in line.elements()]
    assert [kind for kind in kinds if kind != "text"] == ["user", "usergroup"]
    assert listed([]).plain() == ""
