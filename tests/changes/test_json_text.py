"""JSON without loss."""

from __future__ import annotations

from typing import Any

import pytest

from bot.changes.json_text import NotJson, plain, write


def test_what_is_nested_beyond_reason_is_no_json() -> None:
    """It cannot be written either."""
    deep: Any = 1
    for _ in range(100_000):
        deep = [deep]

    with pytest.raises(NotJson):
        write(deep)


@pytest.mark.parametrize(
    ("leaf", "said"), [("x", ("x", True)), ('"5"', ("5", True)), ("5", ("5", False)), ("{}", ("{}", False))]
)
def test_a_leaf_tells_texts_from_numbers(leaf: str, said: tuple[str, bool]) -> None:
    """A text that looks like a number stands in quotes."""
    assert plain(leaf) == said
