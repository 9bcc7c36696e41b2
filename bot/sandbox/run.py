"""The sandbox as one command: the emulators, their page, and the real bot as a process of its own between them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import signal
import socket
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.sandbox import rules
from bot.sandbox.clock import BotClock
from bot.sandbox.page import SandboxPage
from bot.sandbox.secmaster import SecMasterEmulator
from bot.sandbox.slack import SlackEmulator

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import BinaryIO

SOURCE = str(Path(__file__).resolve().parents[2])
"""Where the package is, for the bot's own process, which runs in another folder."""

STOP_WITHIN = 30.0
"""Seconds for the bot to finish what is in flight."""

OURS = ("BOT_", "SLACK_", "SECMASTER_", "HUAWEICLOUD_", "CLOUD_SDK_")
"""What the surrounding environment may not add to: it could point the bot at a real account."""

PROXIES = ("http_proxy", "https_proxy", "all_proxy")


async def run(*, port: int, mode: str, with_bot: bool) -> int:
    """Run until interrupted, or until the bot ends by itself; the exit status."""
    slack, secmaster = SlackEmulator(), SecMasterEmulator()
    await slack.start()
    await rules.prepare(slack)
    await secmaster.start()
    with tempfile.TemporaryDirectory(prefix="secmaster-sandbox-") as folder:
        directory = Path(folder)
        clock = BotClock(directory / "clock") if with_bot else None
        page = SandboxPage(slack, secmaster, port=port, clock=clock)
        try:
            try:
                await page.start()
            except OSError as error:
                click.echo(f"Port {port} cannot be used ({error.strerror}). Choose another with --port.", err=True)
                return 2
            environment = environment_of(slack, secmaster, mode=mode, directory=directory)
            if mode == "http":
                slack.deliver_over_http(f"http://127.0.0.1:{environment['BOT_HTTP_PORT']}/slack/events")
            if clock is None:
                return await _without_bot(page, environment)
            return await _with_bot(page, environment, directory, clock)
        finally:
            await page.stop()
            await secmaster.stop()
            await slack.stop()


def environment_of(slack: SlackEmulator, secmaster: SecMasterEmulator, *, mode: str, directory: Path) -> dict[str, str]:
    """The settings that point a bot at the emulators, and let it work by the sandbox's rules."""
    rules_file = directory / "bot.toml"
    rules_file.write_text(rules.file(secmaster.workspace_id), encoding="utf-8")
    return {
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_SIGNING_SECRET": slack.signing_secret,
        "SLACK_API_URL": slack.api_url,
        "BOT_MODE": mode,
        "BOT_HTTP_PORT": str(_free_port()),
        "BOT_DATABASE_URL": f"sqlite:///{directory / 'secmaster-bot.db'}",
        "BOT_CHANNEL": "C0REVIEWS0",
        "BOT_NOTIFY_CHANNELS": "C0RELEASES",
        "BOT_REVIEWERS": "S0REVIEWRS,U0PRIYA000",
        "BOT_CONFIG": str(rules_file),
        **rules.SETTINGS,
        "BOT_POLL_INTERVAL": "2",
        "BOT_DRAIN_SECONDS": "0",
        "BOT_RESEND_AFTER": "5",
        "SECMASTER_ENDPOINT": secmaster.url,
        "SECMASTER_PROJECT_ID": secmaster.project_id,
        "SECMASTER_WORKSPACE_ID": secmaster.workspace_id,
        "HUAWEICLOUD_SDK_AK": secmaster.ak,
        "HUAWEICLOUD_SDK_SK": secmaster.sk,
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _without_bot(page: SandboxPage, environment: Mapping[str, str]) -> int:
    interrupted = _interrupted()
    click.echo("# The emulators run. Point a bot at them with:")
    for name, value in environment.items():
        click.echo(f"export {name}={shlex.quote(value)}")
    click.echo(f"# Page: {page.url}   (Ctrl+C ends everything)")
    await interrupted.wait()
    return 0


async def _with_bot(page: SandboxPage, environment: Mapping[str, str], directory: Path, clock: BotClock) -> int:
    interrupted = _interrupted()
    bot = await start_bot(environment, directory, program=(*MOVABLE_BOT, str(clock.file)))
    ended = asyncio.ensure_future(bot.wait())
    waiting = asyncio.ensure_future(interrupted.wait())
    click.echo(f"\n  Open {page.url} in a browser.\n")
    click.echo(
        "  You are in an emulated Slack; act as Omar Haddad or Lin Mei to review what waits in #workflow-reviews."
    )
    click.echo(f"  The bot's health and metrics: http://127.0.0.1:{environment['BOT_HTTP_PORT']}/readyz, /metrics")
    click.echo("  Ctrl+C ends everything; nothing is kept.\n")
    await asyncio.wait({ended, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if not ended.done():
        await stop_bot(bot)
        return 0
    click.echo(f"The bot ended by itself with status {bot.returncode}.", err=True)
    return bot.returncode or 1


def _interrupted() -> asyncio.Event:
    event = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, event.set)
    return event


BOT = ("-m", "bot", "run")
MOVABLE_BOT = ("-m", "bot.sandbox.bot_process")
"""The same bot by a clock that can be moved; the clock's file is its argument."""


async def start_bot(
    environment: Mapping[str, str], directory: Path, *, program: Sequence[str] = BOT, log: BinaryIO | None = None
) -> asyncio.subprocess.Process:
    """Start `python -m bot run` with these settings and no others, in a folder without a `.env`.

    `program` is what Python is to run instead; its log goes to `log`, or where ours goes.
    """
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(OURS) and name.lower() not in PROXIES
    }
    search = os.pathsep.join(filter(None, (SOURCE, inherited.get("PYTHONPATH"))))
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *program,
        cwd=directory,
        env={**inherited, "PYTHONPATH": search, **environment},
        stderr=log,
        # Ctrl+C goes to the whole group of the terminal; the bot is told by us, once.
        start_new_session=True,
    )


async def stop_bot(bot: asyncio.subprocess.Process) -> None:
    """SIGTERM, and SIGKILL if that is not enough."""
    with contextlib.suppress(ProcessLookupError):
        bot.terminate()
    try:
        await asyncio.wait_for(bot.wait(), STOP_WITHIN)
    except TimeoutError:
        bot.kill()
        await bot.wait()
