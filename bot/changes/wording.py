"""Texts of strangers so that a reader sees what differs: in quotes, cut to the difference, or line by line."""

from __future__ import annotations

import difflib
import unicodedata
from typing import TYPE_CHECKING

from bot.plain_text import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

VALUE_LONGEST = 160
"""Characters of a text on one line."""
DIFF_LONGEST = 40
"""Lines of a diff."""

_COMPARED = 400
"""Lines from the first difference on that are compared: the time that takes grows with their square."""
_BEFORE = 40
"""Characters that are shown before a difference."""


def quoted(text: str) -> str:
    """A text in quotes, on one line, cut when it is long."""
    return _quoted(text, 0, _line)


def quoted_pair(old: str, new: str) -> tuple[str, str]:
    """Two texts in quotes that differ, and look it; cut to where they begin to when they are long."""
    long = max(len(old), len(new)) > VALUE_LONGEST
    start = max(0, _same(old, new) - _BEFORE) if long else 0
    for draw in (_line, _hidden_named, _foreign_named):
        pair = _quoted(old, start, draw), _quoted(new, start, draw)
        if _look(pair[0]) != _look(pair[1]):
            break
    return pair


def by_line(old: str, new: str) -> str:
    """A unified diff without its head and line numbers, bounded; "" where neither text has a second line."""
    before, after = _lines(old), _lines(new)
    if len(before) <= 1 and len(after) <= 1:
        return ""
    start = max(0, _same(before, after) - 2)
    window = slice(start, start + _COMPARED)
    differing = difflib.unified_diff(before[window], after[window], n=2, lineterm="")
    shown = [cut(line) for line in list(differing)[2:] if not line.startswith("@@")]
    if len(shown) > DIFF_LONGEST or max(len(before), len(after)) > window.stop:
        return "\n".join([*shown[:DIFF_LONGEST], "…"])
    return "\n".join(shown)


def _same(old: Sequence[str], new: Sequence[str]) -> int:
    """How many characters, or lines, both begin with."""
    pairs = enumerate(zip(old, new, strict=False))
    return next((number for number, (one, other) in pairs if one != other), min(len(old), len(new)))


def _lines(text: str) -> Sequence[str]:
    return clean(text).split("\n") if text else []


def cut(line: str) -> str:
    """A line, or its beginning and how many more characters it has."""
    more = len(line) - VALUE_LONGEST
    return f"{line[:VALUE_LONGEST]}… (+{more})" if more > 0 else line


def _quoted(text: str, start: int, draw: Callable[[str], str]) -> str:
    more = len(text) - start - VALUE_LONGEST
    inside = draw(text[start : start + VALUE_LONGEST]).replace("”", "\\”")
    return f"“{'…' if start else ''}{inside}" + (f"…” (+{more})" if more > 0 else "”")


def _line(text: str) -> str:
    return clean(text).replace("\n", "⏎").replace("\t", "⇥")


def _hidden_named(text: str) -> str:
    return "".join(one if _shows(one) else f"[U+{ord(one):04X}]" for one in text)


def _foreign_named(text: str) -> str:
    return "".join(one if _shows(one) and one.isascii() else f"[U+{ord(one):04X}]" for one in text)


def _shows(one: str) -> bool:
    return one == " " or unicodedata.category(one)[0] not in "CZM"


def _look(text: str) -> str:
    """What a text looks like: without what shows nothing, letters composed, blanks alike."""
    composed = unicodedata.normalize("NFKC", text)
    return " ".join("".join(one for one in composed if unicodedata.category(one) not in ("Cf", "Mn", "Me")).split())
