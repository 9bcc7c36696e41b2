"""One store for SQLite and PostgreSQL: transactions on a thread pool of its own."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

import structlog
from sqlalchemy import create_engine, event, inspect, make_url, text
from sqlalchemy.exc import DBAPIError, OperationalError

from bot.store.presence import Presence
from bot.store.schema import REVISION
from bot.store.transaction import SqlTransaction
from bot.store.trouble import cause_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

T = TypeVar("T")

log = structlog.get_logger(__name__)

POSTGRES_THREADS = 4

POSTGRES_PATIENCE = 10
"""Seconds to wait for a connection."""

POSTGRES_LIMITS = {
    "lock_timeout": "20s",
    "statement_timeout": "30s",
    "idle_in_transaction_session_timeout": "30s",
}
"""A replica that stops in the middle of a transaction must not keep the others from a review for ever."""

IN_EACH_OTHERS_WAY = frozenset({"40001", "40P01"})
"""PostgreSQL's codes for a transaction that it rolled back so that another could go on (serialization, deadlock)."""
TRIES = 4

SQLITE_PATIENCE = 30.0
"""Seconds to wait for another process's write."""


class SqlStore:
    """Runs synchronous transactions off the event loop: one thread for SQLite, a few for PostgreSQL."""

    def __init__(self, url: str, *, clock: Callable[[], float] = time.time, name: str = "secmaster-bot") -> None:
        """`name` is what PostgreSQL calls our connections (application_name)."""
        self._clock = clock
        self._sqlite = make_url(url).get_backend_name() == "sqlite"
        threads = 1 if self._sqlite else POSTGRES_THREADS
        self._engine = sqlite_engine(url) if self._sqlite else postgres_engine(url, connections=threads, name=name)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="store")
        self.on_queued: Callable[[], None] = lambda: None
        """Called in the event loop after a transaction that queued work."""
        self.presence = Presence()

    async def migrate(self) -> None:
        """Bring the tables to this version's schema; safe when several replicas start at once. StoreError likewise."""
        if await self._off_the_loop(self._is_migrated):
            return
        from bot.store.migrate import migrate  # alembic is slow to import, and needed once a version

        await self._off_the_loop(lambda: migrate(self._engine))

    def _is_migrated(self) -> bool:
        with self._engine.begin() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return False
            found = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
        return found == [REVISION]

    async def transact(self, work: Callable[[SqlTransaction], T]) -> T:
        """Run `work` in one transaction; it commits when `work` returns and rolls back when it raises.

        `work` runs again when PostgreSQL rolled it back in favour of another transaction. StoreError when the database
        is away or refuses; whether the transaction was committed is not known then.
        """
        result, queued = await self._off_the_loop(lambda: self._transact(work))
        if queued:
            self.on_queued()
        return result

    async def _off_the_loop(self, work: Callable[[], T]) -> T:
        try:
            result = await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except DBAPIError as error:
            cause = cause_of(error)
            if cause is None:
                raise
            log.debug("store.failed", error=str(error.orig))
            self.presence.missed(cause)
            raise cause.error() from None
        self.presence.answered()
        return result

    def _transact(self, work: Callable[[SqlTransaction], T]) -> tuple[T, bool]:
        for _ in range(TRIES - 1):
            try:
                return self._try(work)
            except OperationalError as error:
                if getattr(error.orig, "sqlstate", None) not in IN_EACH_OTHERS_WAY:
                    raise
                log.info("store.rolled_back", error=type(error.orig).__name__)
        return self._try(work)

    def _try(self, work: Callable[[SqlTransaction], T]) -> tuple[T, bool]:
        with self._engine.begin() as connection:
            transaction = SqlTransaction(connection, self._clock)
            result = work(transaction)
        return result, transaction.queued

    async def ping(self) -> None:
        """Ask the database for a sign of life; raises StoreError without one."""
        await self.transact(lambda tx: tx.ping())

    async def close(self) -> None:
        """Wait for running transactions, then let go of the database."""
        await asyncio.to_thread(self._threads.shutdown)
        self._engine.dispose()


def postgres_engine(url: str, *, connections: int, name: str) -> Engine:
    """An engine that tries every connection before it trusts it, and gives up on a server that stays silent."""
    own_name = "application_name" in make_url(url).query
    engine = create_engine(
        url,
        pool_size=connections,
        max_overflow=0,
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": POSTGRES_PATIENCE,
            "keepalives_idle": 20,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": 30_000,
            **({} if own_name else {"application_name": name}),
        },
    )

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:
        for limit, value in POSTGRES_LIMITS.items():
            connection.execute(f"SET {limit} = '{value}'")
        connection.commit()

    return engine


def sqlite_engine(url: str, *, patience: float = SQLITE_PATIENCE) -> Engine:
    """An engine that keeps SQLite's promises: write locks taken at BEGIN, every commit on the disk.

    `patience`: seconds to wait for another process's write.
    """
    engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": patience})

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # pysqlite's own BEGIN would come late and be deferred
        use_write_ahead_log(connection, patience=patience)
        for pragma in ("synchronous=FULL", "foreign_keys=ON", f"busy_timeout={patience * 1000:.0f}"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        connection.execute(text("BEGIN IMMEDIATE"))

    return engine


def use_write_ahead_log(connection: Any, *, patience: float) -> None:
    """Switch to it, for at most `patience` seconds; sqlite3.OperationalError then.

    Of several processes that switch a new file at once, SQLite refuses some without waiting for its timeout.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_READONLY or time.monotonic() > deadline:
                raise  # waiting makes no file writable
            time.sleep(0.02)
        else:
            return
