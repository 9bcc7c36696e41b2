"""Several processes on one file: they wait for each other, and one that dies leaves nothing half done."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import threading
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.exc import OperationalError

from bot.reviews.jobs import JobKind, NewJob
from bot.store.sql import SqlStore, sqlite_engine, use_write_ahead_log

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.store.transaction import SqlTransaction

HALF_DONE = """
import asyncio, sys, threading
from bot.reviews.jobs import JobKind, NewJob
from bot.store.sql import SqlStore

def whole(tx):
    tx.add_job(NewJob(kind=JobKind.DECIDE, subject="committed", lane="l"))

def half(tx):
    tx.add_job(NewJob(kind=JobKind.DECIDE, subject="half done", lane="l"))
    print("ready", flush=True)
    threading.Event().wait()

async def main():
    store = SqlStore(sys.argv[1])
    await store.transact(whole)
    await store.transact(half)

asyncio.run(main())
"""

COUNTING = """
import asyncio, sys
from bot.store.sql import SqlStore
from tests.store.test_processes import count_up

async def main():
    store = SqlStore(sys.argv[1])
    print("ready", flush=True)
    sys.stdin.readline()
    await count_up(store)
    await store.close()

asyncio.run(main())
"""

ROUNDS = 50


@pytest.fixture
def url(tmp_path: Path) -> str:
    """One file for all."""
    return f"sqlite:///{tmp_path / 'shared.db'}"


@pytest.fixture
async def store(url: str) -> AsyncIterator[SqlStore]:
    """This process's store."""
    opened = SqlStore(url)
    await opened.migrate()
    yield opened
    await opened.close()


@asynccontextmanager
async def process(script: str, url: str) -> AsyncIterator[Process]:
    """Another process, once it is ready; it is dead after the block."""
    pipe = asyncio.subprocess.PIPE
    started = await asyncio.create_subprocess_exec(sys.executable, "-c", script, url, stdin=pipe, stdout=pipe)
    try:
        assert started.stdout is not None
        assert await asyncio.wait_for(started.stdout.readline(), 30) == b"ready\n"
        yield started
    finally:
        if started.returncode is None:
            started.kill()
        await started.communicate()


async def count_up(store: SqlStore) -> None:
    """Read a number and write one more, again and again: lost if anybody came between."""

    def one_more(tx: SqlTransaction) -> None:
        known = {int(name) for name in tx.home_viewers(datetime(2000, 1, 1, tzinfo=UTC))}
        tx.saw_home(str(max(known, default=0) + 1), datetime(2026, 1, 1, tzinfo=UTC))

    for _ in range(ROUNDS):
        await store.transact(one_more)


async def test_a_killed_process_leaves_whole_transactions_only(store: SqlStore, url: str) -> None:
    """What it committed is there; what it was in the middle of is not, and holds nobody up."""
    async with process(HALF_DONE, url) as other:
        other.kill()
        await other.wait()
        await store.transact(lambda tx: tx.add_job(NewJob(kind=JobKind.DECIDE, subject="next", lane="l2")))
    found = []
    while job := await store.transact(lambda tx: tx.lease_job(owner="o", now=1e12, until=2e12, interval={})):
        found.append(job.subject)
    assert sorted(found) == ["committed", "next"]


async def test_processes_do_not_come_between_each_others_read_and_write(store: SqlStore, url: str) -> None:
    """Each transaction takes its lock before it reads: not one step of two counters is lost."""
    async with process(COUNTING, url) as other:
        assert other.stdin is not None
        other.stdin.write(b"go\n")
        await asyncio.gather(other.stdin.drain(), count_up(store))
        assert await asyncio.wait_for(other.wait(), 60) == 0
    counted = await store.transact(lambda tx: tx.home_viewers(datetime(2000, 1, 1, tzinfo=UTC)))
    assert len(counted) == 2 * ROUNDS


async def test_replicas_that_start_at_once_migrate_once(url: str) -> None:
    """The second waits, and finds everything done."""
    stores = [SqlStore(url) for _ in range(3)]
    await asyncio.gather(*(store.migrate() for store in stores))
    for store in stores:
        await store.ping()
        await store.close()


def test_processes_may_open_a_new_file_at_once(tmp_path: Path) -> None:
    """All of them switch it to the write-ahead log; SQLite itself lets some of them fail."""
    failed: list[Exception] = []

    def open_it(url: str, gate: threading.Barrier) -> None:
        engine = sqlite_engine(url)
        gate.wait()
        try:
            with engine.begin() as connection:
                assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        except OperationalError as error:
            failed.append(error)
        engine.dispose()

    for number in range(60):
        gate = threading.Barrier(3)
        url = f"sqlite:///{tmp_path / f'{number}.db'}"
        openers = [threading.Thread(target=open_it, args=(url, gate)) for _ in range(3)]
        for opener in openers:
            opener.start()
        for opener in openers:
            opener.join()
    assert failed == []


def test_a_switch_that_is_refused_at_once_is_tried_again() -> None:
    """As often as SQLite refuses it, within the time given."""
    refusals = [sqlite3.OperationalError("database is locked") for _ in range(3)]
    asked: list[str] = []

    class Connection:
        def execute(self, statement: str) -> None:
            """Refuse three times."""
            asked.append(statement)
            if refusals:
                raise refusals.pop()

    use_write_ahead_log(Connection(), patience=30)
    assert asked == ["PRAGMA journal_mode=WAL"] * 4


def test_a_file_that_stays_locked_is_an_error(tmp_path: Path) -> None:
    """There is an end to trying."""
    path = tmp_path / "locked.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("CREATE TABLE t (x)")
        holder.execute("BEGIN EXCLUSIVE")
        engine = sqlite_engine(f"sqlite:///{path}", patience=0.1)
        with pytest.raises(OperationalError, match="locked"), engine.connect():
            pass
        engine.dispose()


async def test_workers_are_woken_by_queued_work_only(store: SqlStore) -> None:
    """Once a transaction that queued something has been committed; not by others, not by one that failed."""
    woken: list[int] = []
    waiting: list[int] = []

    def note() -> None:
        woken.append(len(woken))

    def fail(tx: SqlTransaction) -> None:
        tx.add_job(NewJob(kind=JobKind.DECIDE, subject="s", lane="l"))
        raise ValueError("half way")

    store.on_queued = note
    await store.ping()
    with pytest.raises(ValueError, match="half way"):
        await store.transact(fail)
    assert woken == []
    await store.transact(lambda tx: tx.add_job(NewJob(kind=JobKind.DECIDE, subject="s", lane="l")))
    waiting.append((await store.transact(lambda tx: tx.count_jobs()))["waiting"])
    assert (woken, waiting) == ([0], [1])
