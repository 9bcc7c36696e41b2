"""Alembic, run from code at start."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import text

from bot.store.trouble import NEWER

if TYPE_CHECKING:
    from sqlalchemy import Engine

MIGRATIONS = Path(__file__).parent / "migrations"

POSTGRES_LOCK = 7_265_764_461
"""Advisory lock that lets one replica migrate while the others wait."""


def migrate(engine: Engine) -> None:
    """Upgrade to the newest revision, in one transaction that keeps other replicas waiting.

    StoreError when the tables have a revision that this version does not know.
    """
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            # Other replicas wait as long as it takes, and a large table may take long.
            for limit in ("lock_timeout", "statement_timeout"):
                connection.execute(text(f"SET LOCAL {limit} = 0"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": POSTGRES_LOCK})
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise NEWER.error() from error
