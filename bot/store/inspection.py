"""What a database holds, looked at without changing anything in it: no migration, no lock that a running bot meets."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.script.revision import RevisionError
from sqlalchemy import NullPool, create_engine, func, make_url, or_, select
from sqlalchemy.exc import DBAPIError

from bot.store.migrate import MIGRATIONS
from bot.store.schema import UNFINISHED, jobs, reviews
from bot.store.sql import postgres_engine
from bot.store.trouble import NEWER, NOT_OPENED, NOT_WRITABLE, cause_of, with_reason

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

LATE = 300.0
"""Seconds after which a job that nobody does is overdue; a worker takes a due one within moments."""
SQLITE_PATIENCE = 3.0
"""Seconds; readers of a write-ahead log wait for nobody."""


@dataclass(frozen=True, kw_only=True)
class Inspection:
    """What was found."""

    there: bool = True
    """False: the bot will make the file."""
    revision: str = ""
    """Of the tables; "" when there are none yet."""
    newest: str = ""
    """The one that this version of the bot brings them to."""
    pending: int = 0
    """Migrations in between."""
    reviews: int = 0
    """Not ended yet. This and the next two are counted in tables of the newest revision only."""
    overdue: int = 0
    """Jobs that should have been done a while ago."""
    buried: int = 0
    """Jobs that were given up."""


def inspect(url: str, *, now: float) -> Inspection:
    """Look at a database; StoreError when it is away, refuses, or has tables of a newer bot.

    `now` is in seconds since 1970 UTC. Blocks: up to some ten seconds where nothing answers.
    """
    if make_url(url).get_backend_name() == "sqlite":
        if not _file(url).is_file():
            return _to_be_made(url)
        engine = _read_only(url)
    else:
        engine = postgres_engine(url, connections=1, name="secmaster-bot doctor")
    try:
        with engine.connect() as connection:
            return _look(connection, now)
    except DBAPIError as error:
        cause = cause_of(error)
        if cause is None:
            raise
        raise with_reason(cause.error(), url) from None
    finally:
        engine.dispose()


def _file(url: str) -> Path:
    return Path(str(make_url(url).database)).absolute()


def _to_be_made(url: str) -> Inspection:
    error = with_reason(NOT_OPENED.error(), url)
    if error.cause != NOT_OPENED.words:
        raise error
    return Inspection(there=False)


def _read_only(url: str) -> Engine:
    path = _file(url)
    if not os.access(path, os.W_OK):
        raise NOT_WRITABLE.error()
    # Without a log nobody has the file open; a reader that looked for one would leave an empty one behind.
    alone = not path.with_name(f"{path.name}-wal").exists()
    address = f"{path.as_uri()}?mode=ro{'&immutable=1' if alone else ''}"
    return create_engine(
        "sqlite://",
        creator=lambda: sqlite3.connect(address, uri=True, timeout=SQLITE_PATIENCE),
        poolclass=NullPool,
    )


def _look(connection: Connection, now: float) -> Inspection:
    if connection.dialect.name == "postgresql":
        connection.execution_options(postgresql_readonly=True)
    revision = MigrationContext.configure(connection).get_current_revision() or ""
    newest, pending = _pending(revision)
    if pending or not revision:
        return Inspection(revision=revision, newest=newest, pending=pending)
    standing = ~jobs.c.buried
    untouched = or_(jobs.c.owner.is_(None), jobs.c.leased_until < now)
    return Inspection(
        revision=revision,
        newest=newest,
        pending=0,
        reviews=connection.execute(select(func.count()).select_from(reviews).where(UNFINISHED)).scalar_one(),
        overdue=connection.execute(
            select(func.count()).select_from(jobs).where(standing, untouched, jobs.c.run_at < now - LATE)
        ).scalar_one(),
        buried=connection.execute(select(func.count()).select_from(jobs).where(jobs.c.buried)).scalar_one(),
    )


def _pending(revision: str) -> tuple[str, int]:
    """The newest revision that this version knows, and how many lie between; StoreError for one that it does not."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    scripts = ScriptDirectory.from_config(config)
    newest = scripts.get_current_head() or ""
    try:
        return newest, len(list(scripts.iterate_revisions("head", revision or "base")))
    except RevisionError:
        raise NEWER.error() from None
