"""What the doctor says of the database."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from typing import TYPE_CHECKING

import pytest

from bot.doctor.database import Database
from bot.reviews import jobs
from bot.store.sql import SqlStore

if TYPE_CHECKING:
    from pathlib import Path

    from bot.doctor.finding import Finding


async def examined(folder: Path) -> dict[str, Finding]:
    """The findings about a file, by name."""
    return {finding.name: finding for finding in await Database(f"sqlite:///{folder / 'bot.db'}").examine()}


async def migrated(folder: Path, revision: str | None = None) -> None:
    """An up-to-date file, or one that says that it is of another revision."""
    store = SqlStore(f"sqlite:///{folder / 'bot.db'}")
    await store.migrate()
    await store.close()
    if revision:
        with sqlite3.connect(folder / "bot.db") as connection:
            connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
        connection.close()


def test_a_file_that_does_not_exist_is_not_made(tmp_path: Path) -> None:
    """The bot will."""
    found = asyncio.run(examined(tmp_path))
    assert [finding.outcome.value for finding in found.values()] == ["ok", "ok", "skipped"]
    assert "the bot makes it at its start" in found["reachable"].found
    assert list(tmp_path.iterdir()) == []


async def test_up_to_date_tables_are_counted(tmp_path: Path) -> None:
    """Nothing waits."""
    await migrated(tmp_path)
    found = await examined(tmp_path)
    assert [finding.outcome.value for finding in found.values()] == ["ok", "ok", "ok"]
    assert found["work"].found == "0 reviews not ended, 0 jobs overdue, 0 given up."


async def test_jobs_that_nobody_does_are_worth_a_look(tmp_path: Path) -> None:
    """The bot is down, or its log says what it waits for."""
    store = SqlStore(f"sqlite:///{tmp_path / 'bot.db'}", clock=lambda: time.time() - 3600)
    await store.migrate()
    await store.transact(lambda tx: tx.add_job(jobs.poll("w")))
    found = (await examined(tmp_path))["work"]
    assert (found.outcome, "1 job overdue" in found.found) == ("warn", True)
    await store.close()


@pytest.mark.parametrize(
    ("revision", "outcome", "told"), [("0002", "warn", "To be migrated"), ("9999", "fail", "A newer version")]
)
async def test_other_tables_are_told(tmp_path: Path, revision: str, outcome: str, told: str) -> None:
    """Older ones are migrated at the start, those of a newer bot are refused; neither are counted."""
    await migrated(tmp_path, revision)
    found = await examined(tmp_path)
    assert found["reachable"].outcome == "ok"
    assert (found["tables"].outcome, told in found["tables"].found, bool(found["tables"].advice)) == (
        outcome,
        True,
        True,
    )
    assert found["work"].outcome == "skipped"


async def test_a_database_that_is_away_is_told() -> None:
    """With where it is, and without its password; what is in it is skipped."""
    findings = await Database("postgresql+psycopg://bot:very-secret-word@127.0.0.1:9/reviews").examine()
    assert [finding.outcome.value for finding in findings] == ["fail", "skipped", "skipped"]
    assert "127.0.0.1:9, database reviews" in findings[0].found
    assert "BOT_DATABASE_URL" in findings[0].advice
    assert "very-secret-word" not in str(findings)
