"""What was said twice, and whether a kill explains it: Slack knows no post that is safe to repeat."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.torture.board import Board, Said

ON_THEIR_WAY_S = 1.0
"""Seconds after a kill in which a post of the dead process may still come in; no successor is as quick to start."""


@dataclass(frozen=True)
class Repeat:
    """The same thing, said again."""

    kind: str
    text: str
    first: float
    again: float

    def explained_by(self, kills: Sequence[float]) -> bool:
        """Whether a process was killed between the two, so that the second one could not know of the first."""
        return any(self.first <= at + ON_THEIR_WAY_S and at <= self.again for at in kills)


def repeats(board: Board) -> Iterator[Repeat]:
    """Every second card of a version, and every second message with the same words in one place."""
    for version in board.versions():
        cards = board.cards(version)
        yield from _in_a_row("cards", version, [float(card["ts"]) for card in cards])
        for card in cards:
            yield from _same("replies", board.said_under(card))
    yield from _same("announcements", board.announced())


def _same(kind: str, said: Sequence[Said]) -> Iterator[Repeat]:
    for text in dict.fromkeys(one.text for one in said):
        yield from _in_a_row(kind, text, [one.at for one in said if one.text == text])


def _in_a_row(kind: str, text: str, moments: list[float]) -> Iterator[Repeat]:
    for first, again in itertools.pairwise(moments):
        yield Repeat(kind, text, first, again)
