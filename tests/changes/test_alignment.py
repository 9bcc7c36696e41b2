"""Where two sequences differ."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.changes.alignment import Stretch, differing

PIECES = st.lists(st.sampled_from("abcdefgh"), max_size=30)


@given(PIECES, PIECES)
def test_what_lies_between_the_stretches_is_the_same(old: list[str], new: list[str]) -> None:
    """So the new sequence is the old one with each stretch put in its place."""
    made: list[str] = []
    end = 0
    for here in differing(old, new):
        assert not here.empty
        made += [*old[end : here.start], *new[here.new_start : here.new_end]]
        assert made == new[: here.new_end]
        end = here.end
    assert [*made, *old[end:]] == new


def test_every_stretch_is_found() -> None:
    """Not one from the first difference to the last."""
    old = [str(number) for number in range(100)]
    new = [*old[:10], "x", *old[11:50], *old[52:90], "y", *old[90:]]
    assert differing(old, new) == [Stretch(10, 11, 10, 11), Stretch(50, 52, 50, 50), Stretch(90, 90, 88, 89)]


def _peeled(count: int) -> tuple[list[str], list[str]]:
    """Two sequences in which each split leaves one less."""
    old = [piece for number in range(count) for piece in (str(number), "-", str(number))]
    return old, ["+", *old[::-1], "+"]


@pytest.mark.parametrize("count", [60_000])
def test_no_sequences_take_long(count: int) -> None:
    """Alike, unlike, turned round, without anything that is there once."""
    numbers = [str(number) for number in range(count)]
    for old, new in (
        (numbers, numbers[::-1]),
        (["a", "b"] * count, ["b", "b", "a"] * count),
        _peeled(count),
        (numbers * 2, [*numbers, *numbers[::-1]]),
    ):
        begun = process_time()
        differing(old, new)
        assert process_time() - begun < 5
