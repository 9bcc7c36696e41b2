"""The gallery says what the report says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bot.changes.diff import compare
from bot.changes.report import text
from bot.locales import translator
from tests.changes.drawing import content
from tests.changes.pairs import GALLERY, PAIRS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.changes.pairs import Pair

NAMES = [make.__name__ for make in PAIRS]


def test_every_pair_has_its_folder() -> None:
    """`just gallery` was run, and nothing of an old one is left."""
    assert sorted(folder.name for folder in GALLERY.iterdir()) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_report_of_a_pair(name: str) -> None:
    """What people read of it was read by somebody before it was committed."""
    old, new = GALLERY / name / "old.json", GALLERY / name / "new.json"
    before = content(json.loads(old.read_text(encoding="utf-8"))) if old.exists() else None
    found = compare(before, content(json.loads(new.read_text(encoding="utf-8"))))

    assert text(translator("en"), found) == (GALLERY / name / "expected.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("make", PAIRS, ids=NAMES)
def test_the_files_are_what_the_drawings_make(make: Callable[[], Pair]) -> None:
    """The files can be made anew."""
    for name, one in zip(("old", "new"), make(), strict=True):
        path = GALLERY / make.__name__ / f"{name}.json"
        assert (json.loads(path.read_text(encoding="utf-8")) if path.exists() else None) == one
