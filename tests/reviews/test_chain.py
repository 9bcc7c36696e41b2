"""Each entry of the audit trail is linked to the one before it; whatever is done to one of them is found."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.reviews.chain import GENESIS, NOTHING, Head, Kept, Walk

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.reviews.chain import Broken

ENTRY = Kept(
    id=7,
    at=1795510800.000001,
    event="voted",
    workspace_id="workspace-1",
    version_id="version-0001",
    review_id="r",
    user_id="U1",
    details='{"reason": "看过了"}',
)


def changed(kept: Kept, **fields: Any) -> Kept:
    """With other fields."""
    return replace(kept, **fields)


def chained(count: int) -> tuple[list[Kept], Head]:
    """A trail that holds, and its head."""
    head, entries = NOTHING, []
    for number in range(1, count + 1):
        entry = replace(ENTRY, id=number, details=f'{{"number": {number}}}')
        entry = replace(entry, hash=entry.after(head.hash))
        head = Head(entries=number, last_id=number, hash=entry.hash)
        entries.append(entry)
    return entries, head


def broken(entries: list[Kept], head: Head | None, *, awaited: str = "") -> Broken | None:
    """What is found first."""
    walk = Walk(awaited=awaited)
    found = next((wrong for entry in entries if (wrong := walk.follow(entry))), None)
    return found or walk.end(head)


def test_how_an_entry_is_hashed_never_changes() -> None:
    """Byte for byte: trails that exist have to be found true for ever."""
    text = (
        '{"at":1795510800000001,"details":"{\\"reason\\": \\"看过了\\"}","event":"voted","id":7,'
        f'"previous":"{GENESIS}","review_id":"r","user_id":"U1","v":1,"version_id":"version-0001",'
        '"workspace_id":"workspace-1"}'
    )
    assert ENTRY.after(GENESIS) == hashlib.sha256(text.encode()).hexdigest()
    assert ENTRY.after(GENESIS) == "3db3c57c98e0cf1b3bfd638883678b64c4ffb9f1acf9bc68aa20e13f9039f085"


def test_a_trail_that_nobody_touched_holds() -> None:
    """The empty one too."""
    assert broken(*chained(0)) is None
    assert broken(*chained(1)) is None
    assert broken(*chained(9)) is None


CHANGES: dict[str, object] = {
    "at": 1795510800.000002, "event": "refused", "workspace_id": "w", "version_id": "v", "review_id": "R",
    "user_id": None, "details": '{"reason":"看过了"}', "hash": "f" * 64,
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_field_is_found_at_its_entry(name: str) -> None:
    """Every column, a blank in the details too."""
    entries, head = chained(5)
    entries[2] = changed(entries[2], **{name: CHANGES[name]})
    found = broken(entries, head)
    assert found is not None
    assert found.entry == entries[2]
    assert "It was changed or put in" in found.why


@pytest.mark.parametrize(
    "at", [math.nan, math.inf, 1795510800.0000011, "1795510800.000001", None, 1795510800, b"x"], ids=repr
)
def test_moments_that_the_bot_never_writes_are_told_from_those_it_does(at: Any) -> None:
    """SQLite keeps a value of any type in any column; it is found, and breaks nothing."""
    assert replace(ENTRY, at=at).after(GENESIS) != ENTRY.after(GENESIS)


@given(st.integers(0, 4_000_000_000_000_000))
def test_every_microsecond_has_a_number_of_its_own(moment: int) -> None:
    """Up to the year 2096 a moment as the store has it is one whole number."""
    kept = replace(ENTRY, at=moment / 1_000_000)
    assert replace(kept, at=(moment + 1) / 1_000_000).after(GENESIS) != kept.after(GENESIS)
    assert moment / 1_000_000 == kept.at


@given(st.lists(st.text(st.characters()), min_size=6, max_size=6), st.integers(0, 5), st.integers(0, 5))
def test_no_text_can_pass_for_another(texts: list[str], one: int, other: int) -> None:
    """Neither quotes nor halves of surrogate pairs in one field make it look like two."""
    names = ("event", "workspace_id", "version_id", "review_id", "user_id", "details")
    swapped = list(texts)
    swapped[one], swapped[other] = texts[other], texts[one]
    first, second = (
        changed(ENTRY, **dict(zip(names, given, strict=True))).after(GENESIS) for given in (texts, swapped)
    )
    assert (first == second) == (texts == swapped)


@given(st.lists(st.text(), min_size=6, max_size=6), st.integers(), st.none() | st.text())
def test_what_is_hashed_is_plain_json(texts: list[str], number: int, user_id: str | None) -> None:
    """As any program writes it: sorted keys, no blanks, UTF-8."""
    previous, event, workspace_id, version_id, review_id, details = texts
    fields: dict[str, object] = {
        "event": event, "workspace_id": workspace_id, "version_id": version_id, "review_id": review_id,
        "user_id": user_id, "details": details, "id": number,
    }  # fmt: skip
    written = fields | {"at": 1795510800000001, "previous": previous, "v": 1}
    text = json.dumps(written, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert changed(ENTRY, **fields).after(previous) == hashlib.sha256(text.encode()).hexdigest()


def test_a_removed_entry_is_found_at_the_next() -> None:
    """In the middle, and at the beginning."""
    entries, head = chained(5)
    for place in (0, 2):
        found = broken(entries[:place] + entries[place + 1 :], head)
        assert found is not None
        assert found.entry == entries[place + 1]
        assert "Entries before it are missing" in found.why


def test_removed_last_entries_are_missed_by_the_head() -> None:
    """Which says how many there were; all of them can be gone."""
    entries, head = chained(5)
    found = broken(entries[:-1], head)
    assert found is not None
    assert (found.entry, "Entries are missing at the end" in found.why) == (None, True)
    assert f"4 entries, the last 4 with hash {entries[3].hash}, but its head says: 5 entries" in found.why
    emptied = broken([], head)
    assert emptied is not None
    assert "ends with no entry" in emptied.why
    assert "1 entry, the last 1 " in str(broken(entries[:1], head))


def test_an_entry_put_in_is_found() -> None:
    """Whether in the middle, with numbers moved up, or at the end with a hash that fits."""
    entries, head = chained(5)
    forged = replace(entries[1], event="decided")
    forged = replace(forged, hash=forged.after(entries[0].hash))
    moved = [replace(entry, id=entry.id + 1) for entry in entries[1:]]
    found = broken([entries[0], forged, *moved], head)
    assert found is not None
    assert found.entry == moved[0]
    assert "or entry 2 was changed together with its hash" in found.why
    last = replace(entries[-1], id=6)
    last = replace(last, hash=last.after(head.hash))
    at_the_end = broken([*entries, last], head)
    assert at_the_end is not None
    assert "entries were put in at the end" in at_the_end.why


def test_swapped_entries_are_found() -> None:
    """With their numbers and without."""
    entries, head = chained(5)
    for ids in ((3, 4), (4, 3)):
        changed = list(entries)
        changed[2], changed[3] = replace(entries[3], id=ids[0]), replace(entries[2], id=ids[1])
        found = broken(changed, head)
        assert found is not None
        assert found.entry == changed[2]


@pytest.mark.parametrize(
    "change", [lambda head: None, lambda head: replace(head, entries=4), lambda head: replace(head, hash="0" * 64)]
)
def test_a_head_that_was_touched_is_found(change: Callable[[Head], Head | None]) -> None:
    """Removed, or made to say something else."""
    entries, head = chained(5)
    found = broken(entries, change(head))
    assert found is not None
    assert found.entry is None
    assert "head" in found.why


def test_numbers_may_have_gaps() -> None:
    """PostgreSQL loses those of transactions that were rolled back: what counts is the chain."""
    head, entries = NOTHING, []
    for number in (3, 4, 9):
        entry = replace(ENTRY, id=number)
        entry = replace(entry, hash=entry.after(head.hash))
        head = Head(entries=head.entries + 1, last_id=number, hash=entry.hash)
        entries.append(entry)
    assert broken(entries, head) is None


def test_a_trail_written_anew_does_not_pass_through_the_head_that_was_noted_down() -> None:
    """However well it holds in itself; the true one goes on passing through it as it grows."""
    entries, head = chained(5)
    walk = Walk(awaited=entries[2].hash)
    assert [walk.follow(entry) for entry in entries] == [None] * 5
    assert walk.end(head) is None
    assert walk.passed == Head(entries=3, last_id=3, hash=entries[2].hash)
    assert broken(entries, head, awaited=GENESIS) is None

    other, other_head = NOTHING, []
    for number in range(1, 6):
        entry = replace(ENTRY, id=number, user_id="U2")
        entry = replace(entry, hash=entry.after(other.hash))
        other = Head(entries=number, last_id=number, hash=entry.hash)
        other_head.append(entry)
    assert broken(other_head, other) is None
    found = broken(other_head, other, awaited=entries[2].hash)
    assert found is not None
    assert "written anew" in found.why
