"""A database looked at without changing it."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, make_url, text

from bot.errors import StoreError
from bot.reviews import jobs
from bot.reviews.models import ReviewState
from bot.store.inspection import LATE, Inspection, inspect
from bot.store.sql import SqlStore
from tests.reviews.test_policy import review

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from bot.store.transaction import SqlTransaction


def file_of(url: str) -> Path:
    """Of a SQLite database."""
    return Path(str(make_url(url).database))


def engine_of(url: str) -> Engine:
    """Somebody else who writes there."""
    return create_engine(url)


def beside(url: str) -> list[str]:
    """What lies in the folder of a SQLite file; of PostgreSQL nothing."""
    return sorted(path.name for path in file_of(url).parent.iterdir()) if url.startswith("sqlite") else []


async def test_an_up_to_date_database_is_counted(store: SqlStore, database_url: str) -> None:
    """While a bot has it open: reviews that have not ended, and jobs that nobody does though it is time."""
    await store.transact(lambda tx: tx.add_review(review(state=ReviewState.OPEN)))
    await store.transact(lambda tx: tx.add_job(jobs.poll("w")))
    found = inspect(database_url, now=time.time())
    assert (found.there, found.revision, found.pending) == (True, found.newest, 0)
    assert (found.reviews, found.overdue, found.buried) == (1, 0, 0)
    assert inspect(database_url, now=time.time() + LATE + 60).overdue == 1


async def test_a_writer_is_not_in_the_way_nor_held_up(store: SqlStore, database_url: str) -> None:
    """A look in the middle of a bot's transaction sees what was there before, at once."""
    began = time.monotonic()

    def work(tx: SqlTransaction) -> Inspection:
        tx.add_review(review(state=ReviewState.OPEN))
        return inspect(database_url, now=0)

    seen = await store.transact(work)
    assert seen.reviews == 0
    assert time.monotonic() - began < 2


async def test_a_look_leaves_no_trace(database_url: str) -> None:
    """No table, and no file beside SQLite's; a bot that starts afterwards finds all as it was."""
    if database_url.startswith("sqlite"):
        assert inspect(database_url, now=0).there is False
        assert beside(database_url) == []
        file_of(database_url).touch()
    before = beside(database_url)
    assert inspect(database_url, now=0).revision == ""
    assert beside(database_url) == before
    store = SqlStore(database_url)
    await store.migrate()
    await store.close()
    before = beside(database_url)
    assert inspect(database_url, now=0).pending == 0
    assert beside(database_url) == before


@pytest.mark.parametrize(("revision", "pending"), [("0001", True), ("9999", False)])
async def test_other_revisions_are_told(store: SqlStore, database_url: str, revision: str, pending: bool) -> None:
    """Older tables will be migrated, and are not counted; those of a newer bot are refused."""
    newest = inspect(database_url, now=0).newest
    engine = engine_of(database_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
    engine.dispose()
    if pending:
        found = inspect(database_url, now=0)
        assert (found.revision, found.newest, found.pending) == (revision, newest, int(newest) - int(revision))
    else:
        with pytest.raises(StoreError, match="newer version"):
            inspect(database_url, now=0)


def test_what_is_no_database_is_told(tmp_path: Path) -> None:
    """By its cause, as at the start of the bot."""
    (tmp_path / "notes.txt").write_text("not a database, and long enough to be taken for one" * 100)
    for path, cause in (
        (tmp_path / "notes.txt", "no SQLite database"),
        (tmp_path / "nowhere" / "bot.db", "folder"),
        (tmp_path, "that is a folder"),
    ):
        with pytest.raises(StoreError, match=cause):
            inspect(f"sqlite:///{path}", now=0)


def test_a_file_that_the_bot_could_not_write_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would end at its start."""
    sqlite3.connect(tmp_path / "bot.db").close()
    monkeypatch.setattr("os.access", lambda *_: False)  # root may write anything
    with pytest.raises(StoreError, match="cannot be written"):
        inspect(f"sqlite:///{tmp_path / 'bot.db'}", now=0)


def test_a_server_that_is_away_is_told() -> None:
    """In words."""
    with pytest.raises(StoreError, match="refused"):
        inspect("postgresql+psycopg://bot@127.0.0.1:9/x", now=0)


async def test_a_mistake_of_ours_is_not_dressed_up(store: SqlStore, database_url: str) -> None:
    """Tables that are not there though the revision says so."""
    engine = engine_of(database_url)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE paces"))
        connection.execute(text("ALTER TABLE jobs RENAME TO chores"))
    engine.dispose()
    with pytest.raises(Exception, match="jobs"):
        inspect(database_url, now=0)
