"""Cleaning, clipping and breaking of text."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pictures.lettering import clean, clip, clusters, matters, wrap


def width(text: str) -> float:
    """Every cluster is as wide as every other."""
    return float(sum(1 for _ in clusters(text)))


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("a\tb\r\n c", "a b c"),
        ("a\0b\x1b[31mc\x7f", "ab[31mc"),
        ("safe\N{RIGHT-TO-LEFT OVERRIDE}exe", "safeexe"),
        ("\ud800x\ufffe\U0010ffff\ue000", "x"),
        ("e\N{COMBINING ACUTE ACCENT}", "é"),
        ("Z" + "\N{COMBINING TILDE BELOW}" * 50, "Z̰̰̰̰"),
        ("👩‍👩‍👧", "👩‍👩‍👧"),
        ("　全角", "全角"),
    ],
)
def test_text_is_cleaned_of_what_cannot_be_drawn_or_plays_tricks(text: str, cleaned: str) -> None:
    """Controls, direction marks, surrogates, private characters, heaps of marks."""
    assert clean(text, longest=100) == unicodedata.normalize("NFC", cleaned)


@given(st.text(max_size=300))
def test_cleaned_text_is_short_and_legal(text: str) -> None:
    """Whatever comes in."""
    cleaned = clean(text, longest=20)
    assert len(list(clusters(cleaned))) <= 20
    cleaned.encode()
    assert all(unicodedata.category(c) not in {"Cc", "Cs", "Co", "Cn"} for c in cleaned)


@pytest.mark.parametrize(
    "parts",
    [
        ["a", "b"],
        ["e\N{COMBINING ACUTE ACCENT}", "x"],
        ["👩‍👩‍👧", "👍🏽", "!"],
        ["🇩🇪", "🇨🇳"],
        ["न\N{DEVANAGARI VOWEL SIGN AA}", "क"],
    ],
)
def test_characters_are_what_people_see(parts: list[str]) -> None:
    """Marks, joined and coloured emoji, flags stay whole."""
    assert list(clusters("".join(parts))) == parts


def test_letters_matter_and_symbols_do_not() -> None:
    """Without the first a text cannot be read."""
    assert [matters(c) for c in "aé封7🚨→ "] == [True, True, True, True, False, False, False]


def test_clipped_text_fits_and_says_so() -> None:
    """An ellipsis stands for what is left out, never inside a character."""
    assert clip("short", 5, width) == "short"
    assert clip("a bit longer", 6, width) == "a bit…"
    assert clip("👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧", 2, width) == "👩‍👩‍👧…"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("one two three four", ["one two", "three", "four"]),
        ("abcdefghijkl", ["abcdefgh", "ijkl"]),
        ("查询白名单，查询威胁情报", ["查询白名单，查询", "威胁情报"]),
        ("查询白名单查询威，胁情报", ["查询白名单查询", "威，胁情报"]),
        ("well-known name", ["well-", "known", "name"]),
        ("one two three four five six", ["one two", "three", "four fi…"]),
        ("", []),
    ],
)
def test_text_breaks_where_its_script_allows(text: str, lines: list[str]) -> None:
    """Between words, after hyphens, between ideographs but not before a comma; long words anywhere."""
    assert wrap(text, 8, 3, width) == lines


@given(st.text(max_size=80), st.integers(1, 12), st.integers(1, 4))
def test_wrapped_lines_fit(text: str, room: int, most: int) -> None:
    """Each in the room, and not more of them than allowed."""
    lines = wrap(clean(text, longest=80), room, most, width)
    assert len(lines) <= most
    assert all(width(line) <= room for line in lines)
