"""A SQLite file has one bot, which may die as it likes."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from bot.errors import SettingsError
from bot.store.lock import alone

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator
    from pathlib import Path

HOLDER = """
import sys
from bot.store.lock import alone
with alone(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.readline()
"""


@asynccontextmanager
async def held(url: str) -> AsyncIterator[Process]:
    """Another process that has the file."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", HOLDER, url, stdin=pipe, stdout=pipe)
    assert process.stdout is not None
    assert await asyncio.wait_for(process.stdout.readline(), 30) == b"held\n"
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_a_second_bot_on_the_file_is_refused_until_the_first_is_gone(tmp_path: Path) -> None:
    """By whatever path it comes; kill -9 is enough to be gone."""
    os.symlink(tmp_path, tmp_path / "other")  # noqa: PTH211
    async with held(f"sqlite:///{tmp_path}/bot.db") as first:
        for folder in (tmp_path, tmp_path / "other"):
            with pytest.raises(SettingsError) as caught, alone(f"sqlite:///{folder}/bot.db"):
                pass
            (line,) = caught.value.problems
            assert f"{tmp_path}/bot.db" in line
            assert f"process {first.pid}" in line
        with alone(f"sqlite:///{tmp_path}/second.db"):
            pass
        first.kill()
        await first.wait()
    for _ in range(2):
        with alone(f"sqlite:///{tmp_path}/bot.db"):
            assert (tmp_path / "bot.db.lock").read_text() == str(os.getpid())


def test_where_there_is_no_lock_the_bot_runs_with_a_warning(tmp_path: Path) -> None:
    """A lock that cannot be made, as in a read-only folder; the file itself may be writable."""
    (tmp_path / "bot.db.lock").mkdir()
    with capture_logs() as logs, alone(f"sqlite:///{tmp_path}/bot.db"):
        pass
    assert [entry["event"] for entry in logs] == ["store.not_locked"]


def test_what_is_no_file_in_a_folder_needs_no_lock(tmp_path: Path) -> None:
    """PostgreSQL takes several; a folder that does not exist is told by the store."""
    with capture_logs() as logs:
        for url in ("postgresql+psycopg://bot@host/x", f"sqlite:///{tmp_path}/nowhere/bot.db"):
            with alone(url):
                pass
    assert logs == []
    assert list(tmp_path.iterdir()) == []
