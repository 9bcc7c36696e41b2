"""Texts of strangers so that a reader sees all that differs: in quotes, or in rows where they are long."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from bot.changes.alignment import Stretch, differing, trimmed
from bot.changes.looks import drawings, drawn

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

VALUE_LONGEST = 160
"""Characters of a text in quotes, and of a row: longer texts are told in rows."""

_LINES_AROUND = 2
"""Lines that are shown before and after those that differ."""
_AROUND = 24
"""Characters that are shown before and after what differs in a long line."""
_PIECES = re.compile(r"\w+|\s+|[^\w\s]")
_LEFT_OUT = "…"


@dataclass(frozen=True, kw_only=True)
class _Row:
    """A row of a difference: its sign is `-`, `+` or a blank."""

    sign: str
    text: str
    begins: bool = True
    ends: bool = True
    """Whether the line begins and ends here, and not in another row, or where nothing differs."""


def fits(text: str) -> bool:
    """Whether a text can stand in quotes, on one line."""
    return len(text) <= VALUE_LONGEST and "\n" not in text


def quoted(text: str) -> str:
    """A text in quotes, on one line."""
    return in_quotes(drawn(text))


def quoted_pair(old: str, new: str) -> tuple[str, str]:
    """Two texts in quotes that differ, and look it."""
    shown = drawings((old, new))
    return in_quotes(shown[old]), in_quotes(shown[new])


def in_quotes(shown: str) -> str:
    """What is drawn already in quotes that nothing in it can end."""
    inside = shown.replace("”", "\\”")
    return f"“{inside}”"


def rows(old: str | None, new: str | None) -> tuple[str, ...]:
    """All that differs of two texts, row by row, with something around it; None is no text.

    A row begins with `-`, `+` or a blank. `…` comes next where the line does not begin in this row.
    """
    before, after = _lines(old), _lines(new)
    made = list(_rows(before, after))
    shown = drawings(row.text for row in made if row.sign != " ")
    return tuple(_spelled(row, shown.get(row.text) if row.sign != " " else None) for row in made)


def unchanged(text: str) -> tuple[str, ...]:
    """A text that stands on both sides, in as many rows as it needs."""
    return tuple(_spelled(row) for row in _kept(_lines(text)))


def _lines(text: str | None) -> list[str]:
    return [] if text is None else text.split("\n")


def _rows(old: Sequence[str], new: Sequence[str]) -> Iterator[_Row]:
    """The lines that differ, and some around them; what lies further away is left out."""
    end = None  # of the stretch before, in the old text
    for here in differing(old, new):
        yield from _between(old, end, here.start)
        yield from _stretch(old[here.start : here.end], new[here.new_start : here.new_end])
        end = here.end
    if end is not None:
        yield from _kept(old[end : end + _LINES_AROUND])


def _between(lines: Sequence[str], end: int | None, start: int) -> Iterator[_Row]:
    """What is shown of the lines between two stretches that differ, or before the first."""
    before = max(0, start - _LINES_AROUND)
    if end is None:
        yield from _kept(lines[before:start])
    elif start - end <= 2 * _LINES_AROUND:
        yield from _kept(lines[end:start])
    else:
        yield from _kept(lines[end : end + _LINES_AROUND])
        yield _Row(sign=" ", text="", begins=False)
        yield from _kept(lines[before:start])


def _kept(lines: Iterable[str]) -> Iterator[_Row]:
    return chain.from_iterable(_cut(" ", line) for line in lines)


def _stretch(old: Sequence[str], new: Sequence[str]) -> Iterator[_Row]:
    """Lines in the place of others: one of each side by side where they are long and have much in common."""
    if len(old) == len(new) and not all(map(fits, (*old, *new))):
        for one, other in zip(old, new, strict=True):
            yield from _windows(one, other)
    else:
        yield from chain.from_iterable(_cut("-", line) for line in old)
        yield from chain.from_iterable(_cut("+", line) for line in new)


def _windows(old: str, new: str) -> Iterator[_Row]:
    """Every stretch of a line that differs, before and after."""
    for here in _apart(old, new):
        yield from _cut("-", old, here.start, here.end)
        yield from _cut("+", new, here.new_start, here.new_end)


def _apart(old: str, new: str) -> list[Stretch]:
    """The stretches of two lines that differ, with what is around them; those that touch are one."""
    found: list[Stretch] = []
    for here in _stretches(old, new):
        before = min(_AROUND, here.start, here.new_start)
        after = min(_AROUND, len(old) - here.end, len(new) - here.new_end)
        wide = Stretch(here.start - before, here.end + after, here.new_start - before, here.new_end + after)
        if found and (wide.start <= found[-1].end or wide.new_start <= found[-1].new_end):
            last = found.pop()
            wide = Stretch(last.start, wide.end, last.new_start, wide.new_end)
        found.append(wide)
    return found


def _stretches(old: str, new: str) -> Iterator[Stretch]:
    """The stretches of two lines that differ, by character."""
    pieces, new_pieces = _PIECES.findall(old), _PIECES.findall(new)
    starts, new_starts = _starts(pieces), _starts(new_pieces)
    for here in differing(pieces, new_pieces):
        ends, new_ends = (starts[here.start], starts[here.end]), (new_starts[here.new_start], new_starts[here.new_end])
        yield trimmed(Stretch(*ends, *new_ends), old, new)


def _starts(pieces: Sequence[str]) -> list[int]:
    """Where each begins, and where the last ends."""
    made = [0]
    for piece in pieces:
        made.append(made[-1] + len(piece))
    return made


def _cut(sign: str, line: str, start: int = 0, end: int | None = None) -> Iterator[_Row]:
    """A part of a line in rows."""
    end = len(line) if end is None else end
    for at in range(start, end, VALUE_LONGEST) if end > start else (start,):
        upto = min(at + VALUE_LONGEST, end)
        yield _Row(sign=sign, text=line[at:upto], begins=at == 0, ends=upto == len(line))


def _spelled(row: _Row, shown: str | None = None) -> str:
    body = drawn(row.text) if shown is None else shown
    if row.ends and body.endswith(" "):
        body = f"{body[:-1]}[U+0020]"
    if row.begins and body.startswith(_LEFT_OUT):
        body = f"[U+2026]{body[1:]}"
    return f"{row.sign}{'' if row.begins else _LEFT_OUT}{body}" + ("" if row.ends else _LEFT_OUT)
