"""The audit trail for who reads it: in batches, by key, in read-only transactions that hold nobody up."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sqlalchemy import create_engine, event, make_url, select, text
from sqlalchemy.exc import DBAPIError

from bot.errors import StoreError
from bot.store import rows
from bot.store.audit_table import ONLY
from bot.store.schema import audit, audit_head
from bot.store.sql import SQLITE_PATIENCE, postgres_engine
from bot.store.trouble import NO_FILE, OLDER, cause_of, with_reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import ColumnElement, Connection, Engine

    from bot.reviews.chain import Head, Kept

AT_ONCE = 1000
"""Entries in memory at a time."""

POSTGRES_READS: tuple[str, ...] = (
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",  # one moment for everything that is read in it
    "SET LOCAL statement_timeout = 0",  # a filter without an index may have to look at many
)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which entries; None is any."""

    since: float | None = None
    """Seconds since 1970 UTC: from that moment on."""
    until: float | None = None
    """Before that moment."""
    version_id: str | None = None
    review_id: str | None = None
    user_id: str | None = None
    event: str | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """In SQL."""
        names = ("version_id", "review_id", "user_id", "event")
        same = {name: value for name in names if (value := getattr(self, name)) is not None}
        found = [audit.c[name] == rows.storable(value) for name, value in same.items()]
        if self.since is not None:
            found.append(audit.c.at >= self.since)
        if self.until is not None:
            found.append(audit.c.at < self.until)
        return found


class Trail:
    """Of one database; every method raises StoreError when that is away, or was made by an older version."""

    def __init__(self, url: str) -> None:
        self._url = url
        address = make_url(url)
        self._file = Path(str(address.database)).absolute() if address.get_backend_name() == "sqlite" else None
        self._begin = () if self._file else POSTGRES_READS
        if self._file:
            self._engine = _reading_file(self._file)
        else:
            self._engine = postgres_engine(url, connections=1, name="secmaster-bot audit")

    def batches(self, wanted: Wanted, *, at_once: int = AT_ONCE) -> Iterator[Sequence[Kept]]:
        """The entries that are wanted, in the order of the chain, some at a time."""
        conditions, last = wanted.conditions(), None
        while True:
            with self._reading() as connection:
                found = _after(connection, last, conditions, at_once)
            if found:
                yield found
            if len(found) < at_once:
                return
            last = found[-1].id

    def after(self, last_id: int | None, *, at_once: int = AT_ONCE) -> tuple[Sequence[Kept], Head | None]:
        """The next entries after one (None: from the first), and the head of the trail, both of the same moment."""
        with self._reading() as connection:
            head = connection.execute(select(audit_head).where(audit_head.c.only == ONLY)).mappings().first()
            return _after(connection, last_id, [], at_once), rows.head_of(head) if head else None

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        try:
            with self._engine.begin() as connection:
                for statement in self._begin:
                    connection.execute(text(statement))
                yield connection
        except DBAPIError as error:
            if _lacks_tables(error):
                raise OLDER.error() from None
            cause = cause_of(error)
            if cause is None:
                raise StoreError(f"it cannot be read ({type(error.orig).__name__})") from error
            missing = self._file is not None and self._file.parent.is_dir() and not self._file.exists()
            raise (NO_FILE.error() if missing else with_reason(cause.error(), self._url)) from None


def _after(
    connection: Connection, last_id: int | None, conditions: Sequence[ColumnElement[bool]], at_once: int
) -> Sequence[Kept]:
    query = select(*(audit.c[name] for name in rows.KEPT)).where(*conditions).order_by(audit.c.id).limit(at_once)
    found = connection.execute(query if last_id is None else query.where(audit.c.id > last_id))
    return [rows.kept_of(row) for row in found]


def _lacks_tables(error: DBAPIError) -> bool:
    said = str(error.orig)
    return getattr(error.orig, "sqlstate", None) in {"42P01", "42703"} or said.startswith(
        ("no such table", "no such column")
    )


def _reading_file(path: Path) -> Engine:
    """An engine that neither makes nor changes the file, and takes no lock that would stop the bot."""
    address = f"file:{quote(str(path))}?mode=ro"

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            address, uri=True, timeout=SQLITE_PATIENCE, check_same_thread=False, isolation_level=None
        )
        # What somebody wrote there who is not the bot need not be UTF-8; it has to be read to be found.
        connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
        return connection

    engine = create_engine("sqlite://", creator=connect)

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine
