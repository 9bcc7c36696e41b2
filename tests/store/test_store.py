"""The store keeps its promises on both databases."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import IntegrityError

from bot.reviews.jobs import JobKind, NewJob
from bot.reviews.models import ReviewState, Verdict, Vote
from bot.store.schema import REVISION, home_views, metadata
from bot.store.sql import SqlStore
from bot.store.upsert import insert_new, upsert
from tests.reviews.fakes import START
from tests.reviews.test_policy import review

if TYPE_CHECKING:
    from pathlib import Path

    from bot.store.transaction import SqlTransaction


async def test_migrations_make_the_schema_and_run_twice(store: SqlStore) -> None:
    """Nothing is left for Alembic to do, and a second start changes nothing."""
    await store.migrate()
    with store._engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


async def test_tables_that_are_up_to_date_need_no_alembic(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """The revision that the schema names is the newest one, so that a start can tell without reading migrations."""
    scripts = ScriptDirectory("bot/store/migrations")
    assert scripts.get_heads() == [REVISION]
    monkeypatch.setitem(sys.modules, "bot.store.migrate", None)  # importing it fails
    await store.migrate()


async def test_migrations_can_be_taken_back(store: SqlStore) -> None:
    """An empty database is left."""
    to_revision(store, "base")
    assert inspect(store._engine).get_table_names() == ["alembic_version"]


def to_revision(store: SqlStore, revision: str) -> None:
    """Bring the schema to an earlier revision."""
    config = Config()
    config.set_main_option("script_location", "bot/store/migrations")
    with store._engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)


async def test_a_vote_from_before_the_submits_were_kept_is_known(store: SqlStore) -> None:
    """An upgrade takes the modals of the votes that are there with it."""
    vote = Vote(review_id="r", user_id="U1", verdict=Verdict.APPROVE, reason="", voted_at=START, view_id="V1")
    await store.transact(lambda tx: tx.add_review(review()))
    await store.transact(lambda tx: tx.save_vote(vote))
    to_revision(store, "0001")
    await store.migrate()
    assert await store.transact(lambda tx: tx.counted(vote))
    assert not await store.transact(lambda tx: tx.counted(replace(vote, view_id="V2")))


async def test_sqlite_is_told_to_keep_every_commit(tmp_path: Path) -> None:
    """Write-ahead log, full synchronisation, foreign keys, patience for other writers."""
    store = SqlStore(f"sqlite:///{tmp_path / 'store.db'}")

    def pragmas(tx: SqlTransaction) -> list[object]:
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        return [tx._connection.execute(text(f"PRAGMA {name}")).scalar() for name in names]

    assert await store.transact(pragmas) == ["wal", 2, 1, 30000]
    await store.close()


async def test_a_transaction_that_raises_leaves_nothing(store: SqlStore) -> None:
    """State and jobs are written together or not at all."""

    def fail(tx: SqlTransaction) -> None:
        tx.add_review(review())
        tx.add_job(NewJob(kind=JobKind.DECIDE, subject="r", lane="l"))
        raise ValueError("half way")

    with pytest.raises(ValueError, match="half way"):
        await store.transact(fail)
    assert await store.transact(lambda tx: tx.review("r")) is None
    assert (await store.transact(lambda tx: tx.count_jobs()))["waiting"] == 0


async def test_a_version_has_one_unfinished_review(store: SqlStore) -> None:
    """The database itself refuses a second."""
    await store.transact(lambda tx: tx.add_review(review()))
    with pytest.raises(IntegrityError):
        await store.transact(lambda tx: tx.add_review(review(id="other", round=2)))
    assert await store.transact(lambda tx: tx.change_review("r", expected=ReviewState.OPEN, state=ReviewState.CLOSED))
    await store.transact(lambda tx: tx.add_review(review(id="other", round=2)))


def test_postgresql_gets_its_own_spelling() -> None:
    """The same two statements, in its dialect."""

    class Connection:
        dialect = postgresql.dialect()  # type: ignore[no-untyped-call]

    row = {"user_id": "U", "seen_at": 1.0}
    for make, ending in ((upsert, "DO UPDATE SET seen_at = %(param_1)s"), (insert_new, "DO NOTHING")):
        statement = make(Connection(), home_views, row, keys=["user_id"])  # type: ignore[arg-type]
        assert ending in str(statement.compile(dialect=Connection.dialect))  # type: ignore[attr-defined]
