"""A start meets a database that is away, waits, and tells."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from bot.errors import SettingsError, StoreError
from bot.store import opening, trouble
from bot.store.opening import Opening
from bot.store.sql import SqlStore

if TYPE_CHECKING:
    from bot.store.transaction import SqlTransaction
    from tests.postgres import Postgres


async def test_a_server_that_comes_later_is_waited_for(own_postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    """Told when it is missed, now and then, and when it is there; not ready before the tables are."""
    monkeypatch.setattr(opening, "TELL_EVERY", 0)
    url = own_postgres.database()
    own_postgres.halt()
    store = SqlStore(url)
    start = Opening(store, url, try_every=0.01)
    with capture_logs() as logs:
        migrating = asyncio.create_task(start.migrate())
        assert await start.check() == trouble.UNREACHABLE.words
        assert await start.numbers(["workspace-1"]) is None
        assert not start.done
        await asyncio.to_thread(own_postgres.go_on)
        await asyncio.wait_for(migrating, 30)
    assert await start.check() is None
    numbers = await start.numbers(["workspace-1"])
    assert numbers
    assert numbers.jobs == {"due": 0, "scheduled": 0, "running": 0, "buried": 0}
    await store.close()
    told = [entry["event"] for entry in logs if entry["log_level"] != "debug"]
    assert (told[0], told[-1], set(told[1:-1])) == ("store.lost", "store.back", {"store.not_ready"})


async def test_a_server_that_goes_away_during_the_start_is_waited_for_too(own_postgres: Postgres) -> None:
    """Slack may have kept the start waiting for an hour since the tables were made."""
    url = own_postgres.database()
    store = SqlStore(url)
    start = Opening(store, url, try_every=0.01)
    await start.migrate()
    own_postgres.halt()
    met = asyncio.Event()

    async def work() -> None:
        try:
            await store.ping()
        except StoreError:
            met.set()
            raise

    working = asyncio.create_task(start.insist(work))
    await asyncio.wait_for(met.wait(), 30)
    assert not working.done()
    await asyncio.to_thread(own_postgres.go_on)
    await asyncio.wait_for(working, 30)
    await store.close()


async def test_a_database_without_tables_is_not_ready(own_postgres: Postgres) -> None:
    """Another replica may be making them."""
    url = own_postgres.database()
    store = SqlStore(url)
    start = Opening(store, url)
    assert await start.check() == "its tables are not up to date yet"
    assert await start.numbers(["workspace-1"]) is None
    await store.close()


async def test_what_does_not_go_by_itself_ends_the_start(own_postgres: Postgres) -> None:
    """With one line that says where, what and what to do."""
    url = own_postgres.database().replace("/test_", "/no_test_")
    store = SqlStore(url)
    with pytest.raises(SettingsError) as caught:
        await Opening(store, url).migrate()
    await store.close()
    (line,) = caught.value.problems
    assert line.startswith(
        f"BOT_DATABASE_URL (127.0.0.1:{own_postgres.port}, database no_test_1): there is no such database"
    )
    assert "CREATE DATABASE" in line


async def test_who_asks_while_the_database_hangs_is_answered_in_time(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without numbers; questions do not pile up, and when it goes on there are numbers again."""
    monkeypatch.setattr(opening, "COUNT_WITHIN", 0.05)
    start, go_on, asked = Opening(store, ""), threading.Event(), []

    def hang(tx: SqlTransaction) -> None:
        asked.append(tx)
        go_on.wait(30)

    hanging = [asyncio.create_task(store.transact(hang)) for _ in range(4)]  # every thread of the store
    assert [await start.numbers([]) for _ in range(3)] == [None, None, None]
    go_on.set()
    await asyncio.gather(*hanging)
    monkeypatch.setattr(opening, "COUNT_WITHIN", 30)
    assert await start.numbers([])
    assert start._asking
