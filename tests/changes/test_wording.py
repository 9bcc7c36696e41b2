"""Texts before and after: all that differs is there, and looks it."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.changes.wording import VALUE_LONGEST, fits, quoted, quoted_pair, rows, unchanged


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ("a", "b", ("“a”", "“b”")),
        ("a\tb", "a b", ("“a⇥b”", "“a b”")),
        ("x” → “y", "z", ("“x\\” → “y”", "“z”")),
        ("a b", "a  b", ("“a b”", "“a [U+0020]b”")),
        ("ab", "a\u200bb", ("“ab”", "“a[U+200B]b”")),
        ("a[U+200B]b", "a\u200bb", ("“a[U+005B]U+200B]b”", "“a[U+200B]b”")),
        ("\u00e9", "e\u0301", ("“é”", "“e[U+0301]”")),
        ("A", "\uff21", ("“A”", "“[U+FF21]”")),
        ("paypal", "pаypal", ("“paypal”", "“p[U+0430]ypal”")),
        ("a\nb", "a⏎b", ("“a⏎b”", "“a[U+23CE]b”")),
        ("a\nb", "a\r\nb", ("“a⏎b”", "“a[U+000D]⏎b”")),
        ("🙂", "🙂\ufe01", ("“🙂”", "“🙂[U+FE01]”")),
        ("步骤1", "步骤l", ("“步骤1”", "“步骤l”")),
        ("👩\u200d💻", "👩💻", ("“👩[U+200D]💻”", "“👩💻”")),
    ],
)
def test_two_texts_that_differ_look_it(old: str, new: str, shown: tuple[str, str]) -> None:
    """Whatever the difference is made of."""
    assert quoted_pair(old, new) == shown


def test_a_text_alone_hides_nothing() -> None:
    """What shows nothing has a name; an emoji of several stays one."""
    assert quoted("a\u200b\u202e\u3164 👩\u200d💻 ❤\ufe0f") == "“a[U+200B][U+202E][U+3164] 👩\u200d💻 ❤\ufe0f”"


def test_a_text_fits_into_a_line_or_not() -> None:
    """By its length, and by its lines."""
    assert fits("a" * VALUE_LONGEST)
    assert not fits("a" * (VALUE_LONGEST + 1))
    assert not fits("a\nb")


def test_texts_of_several_lines_are_compared_line_by_line() -> None:
    """With what is around each difference."""
    assert rows("a\nb\nc\nd\ne", "a\nb\nc\nd\nE") == (" c", " d", "-e", "+E")
    assert rows("a\nb", "a\nb") == ()
    assert rows(None, "a\nb") == ("+a", "+b")
    assert rows("a\nb", None) == ("-a", "-b")
    assert rows("b\nc\nd\ne", "a\nb\nc\nd\ne") == ("+a", " b", " c")
    assert rows("a\n1\n2\n3\nb", "A\n1\n2\n3\nB") == ("-a", "+A", " 1", " 2", " 3", "-b", "+B")
    assert rows("a\n1\n2\n3\n4\n5\nb", "A\n1\n2\n3\n4\n5\nB") == (
        "-a", "+A", " 1", " 2", " …", " 4", " 5", "-b", "+B",
    )  # fmt: skip


def test_every_difference_of_a_long_text_is_told() -> None:
    """Far behind the first one too, and in a text of very many lines."""
    lines = [str(number) for number in range(3000)]
    other = [*lines[:1500], "new", *lines[1500:2900], "rm -rf /", *lines[2901:]]
    assert rows("\n".join(lines), "\n".join(other)) == (
        " 1498", " 1499", "+new", " 1500", " 1501", " …", " 2898", " 2899", "-2900", "+rm -rf /", " 2901", " 2902",
    )  # fmt: skip


def test_every_difference_in_a_long_line_is_told() -> None:
    """A second one further on too, each with what is around it."""
    line = " && ".join(f"host_{number} == {number}" for number in range(60))
    other = line.replace("== 3 ", "== 4 ").replace("host_50", "host_59")
    shown = rows(line, other)
    assert sum("host_59" in row for row in shown) == 1
    assert len(shown) == 4


def test_differences_that_touch_are_told_as_one() -> None:
    """In rows that fit."""
    assert rows("x" * 200 + " a b", "x" * 200 + " c b d") == (
        f"-…{'x' * 23} a b",
        f"+…{'x' * 23} c b d",
    )


def test_what_is_long_itself_takes_several_rows() -> None:
    """And none of it is cut; a row says where its line goes on."""
    assert rows("short", "y" * 200) == ("-short", f"+{'y' * 160}…", f"+…{'y' * 40}")
    assert rows(None, "y" * 200) == (f"+{'y' * 160}…", f"+…{'y' * 40}")
    assert rows("", "y" * 161) == ("-", f"+{'y' * 160}…", "+…y")
    assert unchanged("y" * 161) == (f" {'y' * 160}…", " …y")


def test_long_lines_that_differ_at_their_ends_look_it() -> None:
    """They would be the same where rows were cut."""
    shown = rows("a\n" + "y" * 300 + "1", "a\n" + "y" * 300 + "2")
    assert shown == (" a", f"-…{'y' * 24}1", f"+…{'y' * 24}2")


def test_nothing_hides_in_rows() -> None:
    """What shows nothing is named as on one line: blanks at the end, carriage returns, letters of other scripts."""
    assert rows("a\nb", "a\u200b\nb\u202e") == ("-a", "-b", "+a[U+200B]", "+b[U+202E]")
    assert rows("a\nb", "a \nb\t") == ("-a", "-b", "+a[U+0020]", "+b⇥")
    assert rows("a\r\nb", "a\nb") == ("-a[U+000D]", "+a", " b")
    assert rows("x\npaypal", "x\npаypal\nmore") == (" x", "-paypal", "+p[U+0430]ypal", "+more")
    assert rows("…a\nb", "…b\nb") == ("-[U+2026]a", "+[U+2026]b", " b")


LINES = st.lists(st.text("ab …\u200b", max_size=3) | st.text("ab ", min_size=150, max_size=400), max_size=5)


@settings(max_examples=300, deadline=None)
@given(LINES, LINES)
def test_texts_that_differ_have_rows(old: list[str], new: list[str]) -> None:
    """There is a row for it."""
    before, after = "\n".join(old), "\n".join(new)
    assume(before != after)
    shown = rows(before, after)
    assert any(row[0] != " " for row in shown)
    assert all(row[0] in "-+ " and len(row) <= 1 + 10 * VALUE_LONGEST for row in shown)
