"""The commands as they are typed."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import pytest
from click.testing import CliRunner

from bot.cli import main
from bot.sandbox.secmaster import SecMasterEmulator
from bot.sandbox.slack import SlackEmulator
from tests.scenarios.stage import REVIEWS, environment

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("command", ["", "run", "sandbox", "doctor", "manifest", "diff", "audit", "audit verify"])
def test_every_command_explains_itself(command: str) -> None:
    """--help exits 0 and says more than a usage line; the README names the command."""
    result = CliRunner().invoke(main, [*command.split(), "--help"])
    assert result.exit_code == 0
    assert len(result.output.splitlines()) > 5
    assert f"secmaster-bot {command}".strip() in (ROOT / "README.md").read_text(encoding="utf-8")


def test_manifest_prints_and_asks_for_an_address_in_http_mode() -> None:
    """A manifest that cannot work is not printed."""
    assert CliRunner().invoke(main, ["manifest"]).output == (ROOT / "manifest.yml").read_text(encoding="utf-8")
    result = CliRunner().invoke(main, ["manifest", "--mode", "http", "--url", "http://plain"])
    assert result.exit_code == 2
    assert "--url https://" in result.output
    assert (
        "https://bot.example/slack/events"
        in CliRunner().invoke(main, ["manifest", "--mode", "http", "--url", "https://bot.example"]).output
    )


async def run(*arguments: str, folder: Path, **environment: str) -> asyncio.subprocess.Process:
    """`python -m bot …` with this environment alone."""
    return await run_python("-m", "bot", *arguments, folder=folder, **environment)


async def run_python(*arguments: str, folder: Path, **environment: str) -> asyncio.subprocess.Process:
    """Python with this environment alone."""
    kept = {
        name: os.environ[name]
        for name in ("PATH", "HOME", "COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG")
        if name in os.environ
    }
    return await asyncio.create_subprocess_exec(
        sys.executable, *arguments,
        cwd=folder, env={**kept, "PYTHONPATH": str(ROOT), **environment},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def test_missing_settings_are_lines_and_status_2(tmp_path: Path) -> None:
    """One line each on standard error, nothing else, no traceback."""
    process = await run("run", folder=tmp_path)
    out, err = await asyncio.wait_for(process.communicate(), 30)
    assert (process.returncode, out) == (2, b"")
    lines = err.decode().splitlines()
    assert len(lines) >= 7
    assert all(re.match(r"(SLACK|BOT|SECMASTER|SecMaster)", line) for line in lines)


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """A session that knows no proxy."""
    async with aiohttp.ClientSession(trust_env=False) as session:
        yield session


@asynccontextmanager
async def emulated() -> AsyncIterator[tuple[SlackEmulator, SecMasterEmulator]]:
    """Both services in this process."""
    slack, secmaster = SlackEmulator(), SecMasterEmulator()
    await slack.start()
    await secmaster.start()
    try:
        yield slack, secmaster
    finally:
        await secmaster.stop()
        await slack.stop()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_a_running_bot_well(tmp_path: Path, number: signal.Signals) -> None:
    """Status 0, its connections closed, and a log of JSON lines without a traceback or a secret."""
    async with emulated() as (slack, secmaster):
        variables = environment(slack, secmaster, tmp_path, BOT_LOG_LEVEL="DEBUG", BOT_LOG_FORMAT="json")
        process = await run("run", folder=tmp_path, **variables)
        await slack.until(lambda: slack.connections == 2 and slack.messages(REVIEWS), what="a card", timeout=60)
        process.send_signal(number)
        out, err = await asyncio.wait_for(process.communicate(), 40)
        assert slack.connections == 0
    assert (process.returncode, out) == (0, b"")
    events = [json.loads(line)["event"] for line in err.decode().splitlines()]
    assert len({json.loads(line)["replica"] for line in err.decode().splitlines()}) == 1
    assert "bot.started" in events
    assert events[-1] == "bot.stopped"
    for secret in (slack.bot_token, slack.app_token, slack.signing_secret, secmaster.sk, "Traceback"):
        assert secret not in err.decode()


async def test_a_signal_ends_a_bot_that_still_waits_for_slack(tmp_path: Path) -> None:
    """Also while it starts."""
    async with emulated() as (slack, secmaster):
        slack.faults.fail("auth.test", status=503, times=1000)
        process = await run("run", folder=tmp_path, **environment(slack, secmaster, tmp_path))
        await slack.until(lambda: [entry for entry in slack.traffic if entry.kind == "auth.test"], timeout=60)
        process.terminate()
        _, err = await asyncio.wait_for(process.communicate(), 40)
    assert process.returncode == 0, err


async def test_a_refused_token_is_a_line_and_status_2(tmp_path: Path) -> None:
    """Found out after the start, told as at the start."""
    async with emulated() as (slack, secmaster):
        variables = environment(slack, secmaster, tmp_path, SLACK_BOT_TOKEN="xoxb-unknown")
        process = await run("run", folder=tmp_path, **variables)
        _, err = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 2
    (line,) = err.decode().splitlines()
    assert line.startswith("SLACK_BOT_TOKEN")


WITHOUT_PSYCOPG = "import sys; sys.modules['psycopg'] = None; from bot.cli import main; main(['run'])"


async def test_a_missing_driver_is_a_line_that_names_the_extra(tmp_path: Path) -> None:
    """For both ways to install, and status 2."""
    async with emulated() as (slack, secmaster):
        variables = environment(slack, secmaster, tmp_path, BOT_DATABASE_URL="postgresql+psycopg://bot@127.0.0.1/x")
        process = await run_python("-c", WITHOUT_PSYCOPG, folder=tmp_path, **variables)
        _, err = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 2
    (line,) = err.decode().splitlines()
    assert line.startswith("BOT_DATABASE_URL")
    for words in ("uv sync --extra postgres", "pip install 'secmaster-bot[postgres]'"):
        assert words in line


async def line_with(process: asyncio.subprocess.Process, pattern: str) -> re.Match[str]:
    """The first line of its output that matches."""
    assert process.stdout is not None
    async with asyncio.timeout(60):
        while line := await process.stdout.readline():
            if found := re.search(pattern, line.decode()):
                return found
    raise AssertionError(f"no line with {pattern}")


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_the_sandbox_starts_serves_and_stops(tmp_path: Path, http: aiohttp.ClientSession, mode: str) -> None:
    """One command brings up everything, the bot becomes ready, an interrupt ends it with status 0."""
    process = await run("sandbox", "--port", "0", "--mode", mode, folder=tmp_path)
    page = (await line_with(process, r"Open (http://\S+) in"))[1]
    ready = (await line_with(process, r"(http://\S+/readyz)"))[1]
    async with http.get(page) as answer:
        assert answer.status == 200
    async with asyncio.timeout(30):
        while True:
            try:
                async with http.get(ready) as answer:
                    if answer.status == 200:
                        break
            except aiohttp.ClientConnectionError:
                pass
            await asyncio.sleep(0.1)
    async with http.get(ready.replace("readyz", "metrics")) as answer:
        assert "secmaster_bot_secmaster_call_duration_seconds" in await answer.text()
    process.send_signal(signal.SIGINT)
    out, err = await asyncio.wait_for(process.communicate(), 40)
    assert process.returncode == 0, err
    assert b"Traceback" not in out + err


async def test_the_emulators_alone_print_the_environment(tmp_path: Path) -> None:
    """What is printed points a bot at them."""
    process = await run("sandbox", "--port", "0", "--no-bot", folder=tmp_path)
    await line_with(process, r"^export SLACK_BOT_TOKEN=xoxb-")
    await line_with(process, r"^export HUAWEICLOUD_SDK_SK=")
    await line_with(process, r"^# Page: http://")
    process.terminate()
    assert await asyncio.wait_for(process.wait(), 30) == 0
    await process.communicate()


async def test_a_port_in_use_is_told(tmp_path: Path) -> None:
    """With the option that helps."""
    first = await run("sandbox", "--port", "0", "--no-bot", folder=tmp_path)
    port = (await line_with(first, r"# Page: http://[^:]+:(\d+)"))[1]
    second = await run("sandbox", "--port", port, folder=tmp_path)
    _, err = await asyncio.wait_for(second.communicate(), 30)
    assert second.returncode == 2
    assert b"--port" in err
    first.terminate()
    await first.communicate()
