"""The real process and its database: away at the start, shared by mistake, taken from a backup."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
from contextlib import asynccontextmanager, closing
from typing import TYPE_CHECKING

import aiohttp
import pytest

from bot.sandbox.run import start_bot, stop_bot
from tests.scenarios.stage import LIN, buttons_of, emulated, environment, text_of
from tests.torture.lives import free_port

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.postgres import Postgres
    from tests.scenarios.stage import Stage

APPROVAL = "CreateAopWorkflowVersionApprovel"
PATIENCE = 60.0


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """Both emulators, with no bot yet."""
    async with emulated() as bare:
        bare.slack.workspace.users[LIN]["locale"] = "en-US"
        yield bare


class Running:
    """A bot's process, its answers to probes and its log."""

    def __init__(self, process: Process, port: int, log: Path) -> None:
        self.process = process
        self._port = port
        self._log = log

    def events(self) -> list[str]:
        """What it has logged, in order."""
        return [json.loads(line)["event"] for line in self._log.read_text().splitlines() if line.startswith("{")]

    async def get(self, path: str) -> tuple[int, str]:
        """Status and body, once it listens."""
        async with asyncio.timeout(PATIENCE), aiohttp.ClientSession(trust_env=False) as http:
            while True:
                try:
                    async with http.get(f"http://127.0.0.1:{self._port}{path}") as answer:
                        return answer.status, await answer.text()
                except aiohttp.ClientConnectionError:
                    assert self.process.returncode is None, self._log.read_text()
                    await asyncio.sleep(0.1)

    async def until(self, status: int) -> None:
        """Wait until /readyz has this status."""
        async with asyncio.timeout(PATIENCE):
            while True:
                if (await self.get("/readyz"))[0] == status:
                    return
                await asyncio.sleep(0.1)


@asynccontextmanager
async def running(stage: Stage, folder: Path, **changes: str) -> AsyncIterator[Running]:
    """`python -m bot run`, with its log in a file."""
    port = free_port()
    settings = environment(stage.slack, stage.secmaster, folder, BOT_HTTP_PORT=str(port), BOT_LOG_FORMAT="json")
    log = folder / f"{port}.log"
    wrapped = ("-c", f"import os; os.dup2(os.open({str(log)!r}, os.O_CREAT | os.O_WRONLY | os.O_APPEND), 2)\n{MAIN}")
    process = await start_bot({**settings, **changes}, folder, program=wrapped)
    try:
        yield Running(process, port, log)
    finally:
        await stop_bot(process)


MAIN = "from bot.cli import main; main(['run'])"


async def test_a_start_waits_for_the_database(stage: Stage, own_postgres: Postgres, tmp_path: Path) -> None:
    """Alive and not ready meanwhile, with the reason; then it comes up by itself. Said twice, without a traceback."""
    database_url = own_postgres.database()
    own_postgres.halt()
    async with running(stage, tmp_path, BOT_DATABASE_URL=database_url) as bot:
        assert await bot.get("/livez") == (200, "ok\n")
        status, body = await bot.get("/readyz")
        assert status == 503
        assert "refused" in json.loads(body)["problems"]["database"]
        assert "secmaster_bot_database_up 0.0" in (await bot.get("/metrics"))[1]
        await asyncio.to_thread(own_postgres.go_on)
        await bot.until(200)
        assert [event for event in bot.events() if event.startswith("store.")] == ["store.lost", "store.back"]
        assert "Traceback" not in bot._log.read_text()


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_sigterm_ends_a_bot_that_waits_for_the_database(stage: Stage, tmp_path: Path, mode: str) -> None:
    """With status 0, at once; Slack is told to come again until then."""
    away = f"postgresql+psycopg://bot@127.0.0.1:{free_port()}/x"
    async with running(stage, tmp_path, BOT_DATABASE_URL=away, BOT_MODE=mode) as bot:
        await bot.until(503)
        assert (await bot.get("/slack/events"))[0] == 503
        bot.process.terminate()
        assert await asyncio.wait_for(bot.process.wait(), 15) == 0
        assert bot.events() == ["store.lost"]


async def test_an_outage_is_two_lines_and_metrics_answer_throughout(
    stage: Stage, own_postgres: Postgres, tmp_path: Path
) -> None:
    """However many workers meet it; the queue's gauges are gone until somebody can count again."""
    async with running(stage, tmp_path, BOT_DATABASE_URL=own_postgres.database()) as bot:
        await bot.until(200)
        assert 'secmaster_bot_queue_jobs{state="due"}' in (await bot.get("/metrics"))[1]
        own_postgres.halt()
        await bot.until(503)
        status, text = await bot.get("/metrics")
        assert status == 200
        assert "secmaster_bot_database_up 0.0" in text
        assert "secmaster_bot_queue_jobs{" not in text
        await asyncio.to_thread(own_postgres.go_on)
        await bot.until(200)
        status, text = await bot.get("/metrics")
        assert "secmaster_bot_database_up 1.0" in text
        assert 'secmaster_bot_queue_jobs{state="due"}' in text
        assert [event for event in bot.events() if event.startswith("store.")] == ["store.lost", "store.back"]
        assert "Traceback" not in bot._log.read_text()


async def test_a_second_bot_on_a_sqlite_file_is_refused(stage: Stage, tmp_path: Path) -> None:
    """Status 2 and one line; after kill -9 of the first the next one may."""
    async with running(stage, tmp_path) as first:
        await first.until(200)
        async with running(stage, tmp_path) as second:
            assert await asyncio.wait_for(second.process.wait(), PATIENCE) == 2
            (line,) = second._log.read_text().splitlines()
            assert line.startswith("BOT_DATABASE_URL")
            assert f"process {first.process.pid}" in line
        first.process.kill()
        await first.process.wait()
        async with running(stage, tmp_path) as third:
            await third.until(200)


def restore(backup: Path, database: Path) -> None:
    """Put a backup in the place of a database and of what belongs to it."""
    for lost in database.parent.glob(f"{database.name}*"):
        lost.unlink()
    shutil.copy(backup, database)


async def test_a_restored_backup_decides_nothing_again(stage: Stage, tmp_path: Path) -> None:
    """A review that the backup has as open, and that was decided since, is closed by what SecMaster says."""
    version = stage.pending()[0]
    async with running(stage, tmp_path) as bot:
        await bot.until(200)
        await stage.card(version)
    with closing(sqlite3.connect(tmp_path / "bot.db")) as live, closing(sqlite3.connect(tmp_path / "backup")) as copy:
        live.backup(copy)
    async with running(stage, tmp_path) as bot:
        await bot.until(200)
        await stage.vote(LIN, version, "approve", "Before the loss")
        await stage.told(version, "Final status")
    restore(tmp_path / "backup", tmp_path / "bot.db")

    async with running(stage, tmp_path) as bot:
        await bot.until(200)
        card = await stage.shows(version, "It was decided in SecMaster, not here")
        assert "review_approve" not in buttons_of(card)
        assert len(stage.cards(version)) == 1
        assert len(stage.calls(APPROVAL)) == 1
        await stage.card(stage.pending()[0])
    assert any("Before the loss" in text_of(reply) for reply in stage.thread(version))
