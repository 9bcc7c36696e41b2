"""The store keeps its promises on SQLite."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import IntegrityError

from bot.reviews.jobs import JobKind, NewJob
from bot.reviews.models import ReviewState
from bot.store.schema import home_views, metadata
from bot.store.sql import SqlStore, sqlite_engine
from bot.store.upsert import insert_new, upsert
from tests.reviews.test_policy import review

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.store.transaction import SqlTransaction


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    """A migrated store."""
    opened = SqlStore(f"sqlite:///{tmp_path / 'store.db'}")
    await opened.migrate()
    yield opened
    await opened.close()


async def test_migrations_make_the_schema_and_run_twice(store: SqlStore, tmp_path: Path) -> None:
    """Nothing is left for Alembic to do, and a second start changes nothing."""
    await store.migrate()
    engine = sqlite_engine(f"sqlite:///{tmp_path / 'store.db'}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


async def test_a_migration_can_be_taken_back(tmp_path: Path) -> None:
    """An empty database is left."""
    url = f"sqlite:///{tmp_path / 'down.db'}"
    opened = SqlStore(url)
    await opened.migrate()
    await opened.close()
    engine = sqlite_engine(url)
    config = Config()
    config.set_main_option("script_location", "bot/store/migrations")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]
    engine.dispose()


async def test_sqlite_is_told_to_keep_every_commit(store: SqlStore) -> None:
    """Write-ahead log, full synchronisation, foreign keys, patience for other writers."""

    def pragmas(tx: SqlTransaction) -> list[object]:
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        return [tx._connection.execute(text(f"PRAGMA {name}")).scalar() for name in names]

    assert await store.transact(pragmas) == ["wal", 2, 1, 30000]


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
