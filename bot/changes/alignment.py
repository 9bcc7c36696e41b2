"""Where two sequences differ: lines of a text, or words of a line. In time that grows with their length alone.

Both are split at what each has once (patience diff), until nothing is left to split at. What lies between such anchors
counts as differing as a whole, so that the answer may say too much, and never too little.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

EFFORT = 16
"""How often each piece may be looked at, on average."""


@dataclass(frozen=True)
class Stretch:
    """A stretch of the old sequence, and what stands in its place in the new one; one of them may be empty."""

    start: int
    end: int
    new_start: int
    new_end: int

    @property
    def empty(self) -> bool:
        """Whether neither has anything there."""
        return self.start == self.end and self.new_start == self.new_end


def differing(old: Sequence[str], new: Sequence[str]) -> list[Stretch]:
    """The stretches that differ, in order; what lies between them is the same on both sides."""
    effort = EFFORT * (len(old) + len(new))
    waiting = [Stretch(0, len(old), 0, len(new))]
    found: list[Stretch] = []
    while waiting:
        here = trimmed(waiting.pop(), old, new)
        effort -= here.end - here.start + here.new_end - here.new_start
        inside = list(_split(here, old, new)) if effort > 0 else []
        if inside:
            waiting += reversed(inside)
        elif not here.empty:
            found.append(here)
    return found


def trimmed(here: Stretch, old: Sequence[str], new: Sequence[str]) -> Stretch:
    """The stretch without what both sides begin and end with."""
    shorter = min(here.end - here.start, here.new_end - here.new_start)
    head = tail = 0
    while head < shorter and old[here.start + head] == new[here.new_start + head]:
        head += 1
    while tail < shorter - head and old[here.end - tail - 1] == new[here.new_end - tail - 1]:
        tail += 1
    return Stretch(here.start + head, here.end - tail, here.new_start + head, here.new_end - tail)


def _split(here: Stretch, old: Sequence[str], new: Sequence[str]) -> Iterator[Stretch]:
    """What lies between the anchors of a stretch; nothing where there are none."""
    anchors = _anchors(here, old, new)
    if not anchors:
        return
    start, new_start = here.start, here.new_start
    for anchor, new_anchor in [*anchors, (here.end, here.new_end)]:
        yield Stretch(start, anchor, new_start, new_anchor)
        start, new_start = anchor + 1, new_anchor + 1


def _anchors(here: Stretch, old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Places of what both have once, as many as come in the same order on both sides."""
    once, new_once = _once(old, here.start, here.end), _once(new, here.new_start, here.new_end)
    return _rising([(place, new_once[piece]) for piece, place in once.items() if piece in new_once])


def _once(pieces: Sequence[str], start: int, end: int) -> dict[str, int]:
    """What is there once between two places, and where."""
    counted = Counter(pieces[start:end])
    return {pieces[place]: place for place in range(start, end) if counted[pieces[place]] == 1}


def _rising(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The most of these pairs that rise on both sides; they rise on the first already."""
    tops: list[int] = []
    at: list[int] = []
    before: list[int] = []
    for number, (_, place) in enumerate(pairs):
        pile = bisect_left(tops, place)
        before.append(at[pile - 1] if pile else -1)
        tops[pile : pile + 1] = [place]
        at[pile : pile + 1] = [number]
    chosen: list[tuple[int, int]] = []
    number = at[-1] if at else -1
    while number >= 0:
        chosen.append(pairs[number])
        number = before[number]
    return chosen[::-1]
