"""The audit trail in a real database: chained by whoever writes, and tampering is found by who reads."""

from __future__ import annotations

import asyncio
import json
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import DBAPIError

from bot.errors import StoreError
from bot.reviews.audit import AuditEvent, entry
from bot.reviews.chain import NOTHING, Walk
from bot.store import trouble
from bot.store.audit_table import ONLY
from bot.store.sql import SqlStore
from bot.store.trail import Trail, Wanted
from bot.trail.command import follow
from tests.reviews.fakes import START
from tests.reviews.test_policy import review
from tests.store.test_store import to_revision

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bot.reviews.chain import Broken, Kept
    from bot.store.transaction import SqlTransaction
    from tests.postgres import Postgres

REVIEW = review(id="r")
GUARDS = {
    "sqlite": ["DROP TRIGGER IF EXISTS audit_no_update", "DROP TRIGGER IF EXISTS audit_no_delete"],
    "postgresql": ["ALTER TABLE audit DISABLE TRIGGER USER"],
}


@pytest.fixture
def trail(database_url: str) -> Iterator[Trail]:
    """Who reads it."""
    opened = Trail(database_url)
    yield opened
    opened.close()


async def write(store: SqlStore, *numbers: int) -> None:
    """An entry for each number, all in one transaction."""

    def record(tx: SqlTransaction) -> None:
        for number in numbers:
            tx.record(entry(REVIEW, AuditEvent.VOTED, {"reason": f"看过了 {number}"}, at=START, user_id="U1"))

    await store.transact(record)


def tamper(url: str, *statements: str) -> None:
    """What somebody does who may write the whole database."""
    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in (*GUARDS[engine.dialect.name], *statements):
            connection.execute(text(statement))
    engine.dispose()


def verified(trail: Trail, *, at_once: int = 2) -> tuple[Walk, Broken | None]:
    """How far the chain holds, and what is wrong then."""
    walk = Walk()
    return walk, follow(trail, walk, at_once=at_once)


def found(trail: Trail, **wanted: Any) -> list[Kept]:
    """The entries that are wanted."""
    return [one for batch in trail.batches(Wanted(**wanted), at_once=2) for one in batch]


async def test_what_is_recorded_is_chained(store: SqlStore, trail: Trail) -> None:
    """One by one and several in a transaction; what was rolled back leaves nothing."""
    assert verified(trail)[1] is None
    await write(store, 1)
    await write(store, 2, 3)
    await write(store)

    def fail(tx: SqlTransaction) -> None:
        tx.record(entry(REVIEW, AuditEvent.CLOSED, at=START))
        raise ValueError("half way")

    with pytest.raises(ValueError, match="half way"):
        await store.transact(fail)
    await write(store, 4)
    walk, broken = verified(trail)
    assert broken is None
    assert (walk.at.entries, walk.at.last_id) == (4, 4)
    assert [json.loads(one.details)["reason"] for one in found(trail)] == [f"看过了 {n}" for n in (1, 2, 3, 4)]


async def test_texts_that_no_database_takes_are_chained_as_they_are_kept(store: SqlStore, trail: Trail) -> None:
    """NUL and half a surrogate pair, in every field."""
    hostile = "a\0b\ud800c"
    odd = entry(REVIEW, AuditEvent.VOTED, {hostile: hostile, "n": 1.5, "none": None}, at=START, user_id=hostile)
    await store.transact(lambda tx: tx.record(odd))
    assert verified(trail)[1] is None


FORGED = (
    "INSERT INTO audit (id, at, event, workspace_id, version_id, review_id, details, hash)"
    " SELECT {id}, at, 'decided', workspace_id, version_id, review_id, details, hash FROM audit WHERE id = 5"
)
"""An entry that nobody recorded, with the hash of another."""
TAMPERINGS = {
    "a reason": ("UPDATE audit SET details = replace(details, '3', '9') WHERE id = 3", 3),
    "who": ("UPDATE audit SET user_id = 'U2' WHERE id = 3", 3),
    "nobody": ("UPDATE audit SET user_id = NULL WHERE id = 3", 3),
    "when": ("UPDATE audit SET at = at + 0.000001 WHERE id = 3", 3),
    "what": ("UPDATE audit SET event = 'refused' WHERE id = 3", 3),
    "a number": ("UPDATE audit SET id = 9 WHERE id = 5", 9),
    "a hash": ("UPDATE audit SET hash = 'x' WHERE id = 3", 3),
    "removed": ("DELETE FROM audit WHERE id = 3", 4),
    "removed first": ("DELETE FROM audit WHERE id = 1", 2),
    "removed last": ("DELETE FROM audit WHERE id = 5", None),
    "all removed": ("DELETE FROM audit", None),
    "put in": (
        FORGED.format(id=6), 6,
    ),
    "put in before all": (
        FORGED.format(id=-1), -1,
    ),
    "no head": ("DELETE FROM audit_head", None),
    "another head": ("UPDATE audit_head SET entries = 4", None),
}  # fmt: skip


@pytest.mark.parametrize("name", TAMPERINGS)
async def test_tampering_is_found(store: SqlStore, trail: Trail, database_url: str, name: str) -> None:
    """By statements of SQL on the database itself, at the entry where it begins."""
    statement, at = TAMPERINGS[name]
    await write(store, 1, 2, 3, 4, 5)
    tamper(database_url, statement)
    _, broken = verified(trail)
    assert broken is not None
    assert (broken.entry.id if broken.entry else None) == at


async def test_swapped_entries_are_found(store: SqlStore, trail: Trail, database_url: str) -> None:
    """With everything that belongs to them."""
    await write(store, 1, 2, 3, 4, 5)
    moves = [(3, 103), (4, 3), (103, 4)]
    tamper(database_url, *(f"UPDATE audit SET id = {after} WHERE id = {before}" for before, after in moves))
    _, broken = verified(trail)
    assert broken is not None
    assert broken.entry is not None
    assert broken.entry.id == 3


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM audit WHERE id = 5",
        "DELETE FROM audit_head",
        "DELETE FROM audit",
        FORGED.format(id=6),
    ],
)
async def test_work_goes_on_after_tampering_and_does_not_hide_it(
    store: SqlStore, trail: Trail, database_url: str, statement: str
) -> None:
    """Nobody can keep people from voting by it, and what is written afterwards makes nothing whole."""
    await write(store, 1, 2, 3, 4, 5)
    tamper(database_url, statement)
    await write(store, 6)
    _, broken = verified(trail)
    assert broken is not None
    assert len(found(trail, event="voted")) >= 1


async def test_the_database_itself_refuses_changes(store: SqlStore, trail: Trail) -> None:
    """Of what is written already: a mistake at the console is told to whoever makes it."""
    await write(store, 1)
    whole = ["TRUNCATE audit"] if store._engine.dialect.name == "postgresql" else []
    with store._engine.connect() as connection:
        for statement in ("UPDATE audit SET user_id = 'U2'", "DELETE FROM audit", *whole):
            with pytest.raises(DBAPIError, match="only ever added to"):
                connection.execute(text(statement))
            connection.rollback()
    assert verified(trail)[1] is None


def insert_as_before(store: SqlStore, *, count: int) -> None:
    """Entries as an earlier version wrote them, with a gap in their numbers."""
    statement = text(
        "INSERT INTO audit (at, event, workspace_id, version_id, review_id, user_id, details)"
        " VALUES (:at, 'voted', 'workspace-1', 'v', :review, :user, :details)"
    )
    rows = [
        {
            "at": START.timestamp() + n / 7,
            "review": f"r{n}",
            "user": "U1" if n % 2 else None,
            "details": f'{{"原": {n}}}',
        }
        for n in range(count)
    ]
    with store._engine.begin() as connection:
        connection.execute(statement, rows)
        connection.execute(text("DELETE FROM audit WHERE id = 2"))


@pytest.mark.parametrize("revision", ["0001", "0002", "0003", "0004"])
async def test_an_upgrade_chains_what_is_there(store: SqlStore, trail: Trail, revision: str) -> None:
    """From every earlier version, entries with gaps and more than are chained at once; new ones follow them."""
    await store.transact(lambda tx: tx.add_review(REVIEW))
    to_revision(store, revision)
    count = 0
    if "audit" in inspect(store._engine).get_table_names():
        count = 2502
        insert_as_before(store, count=count)
    await store.migrate()
    await write(store, 1)
    walk, broken = verified(trail, at_once=1000)
    assert broken is None
    assert walk.at.entries == max(count - 1, 0) + 1
    assert await store.transact(lambda tx: tx.review("r")) is not None


async def test_an_upgrade_can_be_taken_back_and_made_again(store: SqlStore, trail: Trail) -> None:
    """The earlier version goes on numbering where this one ended."""
    await write(store, 1, 2, 3)
    to_revision(store, "0004")
    insert_as_before(store, count=2)
    await store.migrate()
    walk, broken = verified(trail)
    assert broken is None
    assert (walk.at.entries, walk.at.last_id) == (4, 5)


async def test_the_filters_find_what_they_name(store: SqlStore, trail: Trail) -> None:
    """Alone and together; a name that is not there finds nothing."""
    other = review(id="other")
    events = [
        entry(REVIEW, AuditEvent.OPENED, at=START),
        entry(REVIEW, AuditEvent.VOTED, at=START.replace(hour=10), user_id="U1"),
        entry(other, AuditEvent.VOTED, at=START.replace(hour=11), user_id="U2"),
    ]
    for one in events:
        await store.transact(lambda tx, one=one: tx.record(one))  # type: ignore[misc]
    ten = START.replace(hour=10).timestamp()
    expected: list[tuple[dict[str, Any], list[int]]] = [
        ({}, [1, 2, 3]),
        ({"since": ten}, [2, 3]),
        ({"until": ten}, [1]),
        ({"user_id": "U2"}, [3]),
        ({"event": "voted"}, [2, 3]),
        ({"review_id": "r", "event": "voted"}, [2]),
        ({"version_id": REVIEW.submission.version_id}, [1, 2, 3]),
        ({"version_id": "a\0b"}, []),
    ]
    for wanted, ids in expected:
        assert [one.id for one in found(trail, **wanted)] == ids, wanted


async def test_a_trail_that_grows_is_verified_to_its_end(store: SqlStore, trail: Trail) -> None:
    """Each look is at one moment, and holds nobody up: the bot writes between them."""
    await write(store, 1, 2, 3)
    look, grown = trail.after, iter(range(4))

    def after(last_id: int | None, *, at_once: int = 2) -> Any:
        seen = look(last_id, at_once=at_once)
        for number in grown:
            asyncio.run_coroutine_threadsafe(write(store, number), loop).result(10)
            break
        return seen

    trail.after = after  # type: ignore[method-assign]
    loop = asyncio.get_running_loop()
    walk, broken = await asyncio.to_thread(verified, trail)
    assert broken is None
    assert walk.at.entries == 7


async def test_many_writers_make_one_chain(postgres: Postgres) -> None:
    """Replicas that write at once wait for each other, and none is lost or comes between."""
    url = postgres.database()
    stores = [SqlStore(url) for _ in range(4)]
    await stores[0].migrate()

    async def keep_writing(store: SqlStore, number: int) -> None:
        for turn in range(20):
            await write(store, *range(number * 100 + turn, number * 100 + turn + 1 + turn % 3))

    await asyncio.gather(*(keep_writing(store, number) for number, store in enumerate(stores * 2)))
    trail = Trail(url)
    walk, broken = verified(trail, at_once=100)
    expected = 8 * sum(1 + turn % 3 for turn in range(20))
    trail.close()
    for store in stores:
        await store.close()
    assert broken is None
    assert (walk.at.entries, walk.at.last_id) == (expected, expected)


async def test_a_head_that_is_gone_is_made_by_one_of_several(postgres: Postgres) -> None:
    """Not even that stops the work."""
    url = postgres.database()
    stores = [SqlStore(url) for _ in range(3)]
    await stores[0].migrate()
    tamper(url, "DELETE FROM audit_head")
    await asyncio.gather(*(write(store, 1) for store in stores))
    trail = Trail(url)
    assert verified(trail)[1] is None
    trail.close()
    for store in stores:
        await store.close()


def peak(trail: Trail) -> int:
    """Bytes that verifying and listing take at most."""
    tracemalloc.start()
    try:
        assert verified(trail, at_once=200)[1] is None
        for _ in trail.batches(Wanted(), at_once=200):
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


async def test_memory_does_not_grow_with_the_trail(store: SqlStore, trail: Trail) -> None:
    """Twenty thousand entries take as much as two thousand."""
    for _ in range(4):
        await write(store, *range(500))
    peak(trail)  # what is imported and remembered once
    few = peak(trail)
    for _ in range(36):
        await write(store, *range(500))
    assert peak(trail) < few * 1.2


async def test_what_is_not_utf8_is_found(tmp_path: Path) -> None:
    """In a file that somebody else wrote to: it is read all the same."""
    url = f"sqlite:///{tmp_path / 'bot.db'}"
    store = SqlStore(url)
    await store.migrate()
    await write(store, 1, 2)
    await store.close()
    tamper(url, "UPDATE audit SET details = CAST(x'ff00fe' AS TEXT), at = 'soon', event = x'ff' WHERE id = 2")
    trail = Trail(url)
    _, broken = verified(trail)
    trail.close()
    assert broken is not None
    assert broken.entry is not None
    assert broken.entry.id == 2


async def test_a_database_without_a_trail_says_so(database_url: str, trail: Trail) -> None:
    """One that is empty, or was made by an earlier version."""
    store = SqlStore(database_url)
    await store.ping()
    with pytest.raises(StoreError, match=trouble.OLDER.words):
        trail.after(None)
    await store.migrate()
    to_revision(store, "0004")
    with pytest.raises(StoreError, match=trouble.OLDER.words):
        next(trail.batches(Wanted()))
    await store.close()


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    """Whoever reads may have mistyped its name."""
    path = tmp_path / "mistyped.db"
    trail = Trail(f"sqlite:///{path}")
    with pytest.raises(StoreError, match="no such file"):
        trail.after(None)
    with pytest.raises(StoreError, match="folder"):
        Trail(f"sqlite:///{tmp_path / 'nowhere' / 'x.db'}").after(None)
    trail.close()
    assert not path.exists()


def test_a_server_that_is_away_says_so() -> None:
    """In the words that the bot has for it."""
    trail = Trail("postgresql+psycopg://bot@127.0.0.1:1/none")
    with pytest.raises(StoreError, match=trouble.UNREACHABLE.words):
        trail.after(None)


async def test_reading_changes_nothing(store: SqlStore, trail: Trail) -> None:
    """The database refuses it to who reads."""
    await write(store, 1)
    with pytest.raises(StoreError), trail._reading() as connection:
        connection.execute(text("DELETE FROM audit_head"))
    assert verified(trail)[1] is None


async def test_an_error_without_a_name_is_told_by_its_kind(store: SqlStore, trail: Trail) -> None:
    """And not by its text, which may hold anything."""
    with pytest.raises(StoreError, match=r"it cannot be read \(\w+\)"), trail._reading() as connection:
        connection.execute(text("SELECT nonsense()"))


def test_the_head_begins_with_nothing() -> None:
    """One row, whose key the migration spells out."""
    assert (ONLY, NOTHING.entries) == (1, 0)
