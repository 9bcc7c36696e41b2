"""An outage of the database is two lines, however many meet it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from structlog.testing import capture_logs

from bot.errors import StoreError
from bot.store import trouble
from bot.store.presence import Presence
from bot.store.sql import SqlStore

if TYPE_CHECKING:
    from tests.postgres import Postgres


def test_it_is_lost_once_and_back_once() -> None:
    """With the cause, and how long it took; who waits for it is told."""
    now, told = [100.0], []
    presence = Presence(lambda: now[0])
    presence.on_back = lambda: told.append(now[0])
    with capture_logs() as logs:
        presence.answered()
        presence.missed(trouble.UNREACHABLE)
        presence.missed(trouble.STARTING)
        now[0] = 142.0
        presence.answered()
        presence.answered()
    assert [(entry["event"], entry.get("cause"), entry.get("after")) for entry in logs] == [
        ("store.lost", trouble.UNREACHABLE.words, None),
        ("store.back", None, 42.0),
    ]
    assert told == [142.0]


def test_what_ends_a_start_is_told_by_that_end_alone() -> None:
    """A refused password is a line at the start, and an outage when it was accepted before."""
    presence = Presence()
    with capture_logs() as logs:
        presence.missed(trouble.PASSWORD)
        assert logs == []
        presence.answered()
        presence.missed(trouble.PASSWORD)
    assert [entry["event"] for entry in logs] == ["store.lost"]


def test_a_transaction_that_was_in_anothers_way_is_no_outage() -> None:
    """It is told all the same."""
    presence = Presence()
    with capture_logs() as logs:
        presence.missed(trouble.BUSY)
        presence.answered()
    assert [entry["event"] for entry in logs] == ["store.busy"]


async def test_a_server_that_stops_and_starts_is_two_lines(own_postgres: Postgres) -> None:
    """A real one, under twenty transactions at once; each that fails says so by a StoreError."""
    store = SqlStore(own_postgres.database(), name="secmaster-bot a1b2c3d4")
    try:
        with capture_logs() as logs:
            await store.ping()
            names = own_postgres.execute("SELECT application_name FROM pg_stat_activity WHERE datname = 'test_1'")
            own_postgres.halt()
            met = await asyncio.gather(*(store.ping() for _ in range(20)), return_exceptions=True)
            own_postgres.go_on()
            await store.ping()
    finally:
        await store.close()
    assert names == [("secmaster-bot a1b2c3d4",)]
    assert {type(error) for error in met} == {StoreError}
    assert [entry["event"] for entry in logs if entry["log_level"] != "debug"] == ["store.lost", "store.back"]
