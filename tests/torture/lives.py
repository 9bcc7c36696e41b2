"""The bot as a process: one life after another on the same database, each ended by kill -9."""

from __future__ import annotations

import asyncio
import re
import signal
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp

from bot.sandbox.run import BOT, start_bot

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Mapping

    from bot.sandbox.slack import SlackEmulator

DOOMED = str(Path(__file__).with_name("dies_at_commit.py"))
QUEUED = re.compile(r'^secmaster_bot_queue_jobs\{state="(\w+)"\} (\S+)$', re.MULTILINE)
LOOK_AGAIN_S = 0.1
WAKES_WITHIN = 60.0
"""Seconds from its start until a process is heard of, on a machine with better things to do."""


class Lives:
    """Starts the bot, kills it, starts it again."""

    def __init__(self, slack: SlackEmulator, environment: Mapping[str, str], folder: Path) -> None:
        self._slack = slack
        self._environment = dict(environment)
        self._folder = folder
        self._process: Process | None = None
        self._killed = False
        self._awake = asyncio.Event()
        self.number = 0
        """How many lives have begun."""

    @property
    def alive(self) -> bool:
        """Whether the process of this life still runs."""
        return self._process is not None and self._process.returncode is None

    async def begin(self, *, commit: int = 0, side: str = "") -> None:
        """A new process. With `commit` it will kill itself at its commit of that number: `side` is before or after."""
        self._awake.clear()
        self._slack.faults.when("auth.test", "arrives", self._woke)
        program: tuple[str, ...] = BOT
        environment = self._environment
        if commit:
            program = ("-P", DOOMED)  # without -P its folder would be searched for modules first
            environment = {**environment, "TORTURE_COMMIT": str(commit), "TORTURE_SIDE": side}
        self._killed = False
        self._process = await start_bot(environment, self._folder, program=program)
        self.number += 1

    async def awake(self) -> None:
        """Wait until this life's process has called Slack for the first time, or has died before."""
        waits = [asyncio.ensure_future(self._awake.wait()), asyncio.ensure_future(self._ended())]
        done, late = await asyncio.wait(waits, timeout=WAKES_WITHIN, return_when=asyncio.FIRST_COMPLETED)
        for wait in late:
            wait.cancel()
        assert done, f"the bot was not heard of within {WAKES_WITHIN:g} s"

    async def at_rest(self, within: float) -> bool:
        """Wait until the bot itself says that no work is left but to look for submissions, and none was given up.

        False when it died before.
        """
        async with asyncio.timeout(within), aiohttp.ClientSession(trust_env=False) as session:
            queue: dict[str, int] = {}
            while self.alive and queue != {"waiting": 1, "buried": 0}:
                await asyncio.sleep(LOOK_AGAIN_S)
                queue = await self._queue(session)
        return self.alive

    async def _queue(self, session: aiohttp.ClientSession) -> dict[str, int]:
        """How many jobs there are in each state; empty while the bot does not answer."""
        url = f"http://127.0.0.1:{self._environment['BOT_HTTP_PORT']}/metrics"
        try:
            async with session.get(url) as answer:
                found = QUEUED.findall(await answer.text())
        except aiohttp.ClientError:
            return {}
        counts = {state: int(float(count)) for state, count in found}
        return {"waiting": sum(counts.values()) - counts.get("buried", 0), "buried": counts.get("buried", 0)}

    async def kill(self) -> bool:
        """Kill -9, and wait for the death; whether it is this call's doing."""
        ours = self.alive and not self._killed
        if self._process and ours:
            self._killed = True
            self._process.kill()
        await self._ended()
        return ours

    async def died(self, within: float) -> bool:
        """Wait until somebody or something has killed it; False when nothing has."""
        try:
            async with asyncio.timeout(within):
                await self._ended()
        except TimeoutError:
            return False
        return True

    async def _ended(self) -> None:
        if self._process:
            status = await self._process.wait()
            assert status == -signal.SIGKILL, f"the bot ended by itself with status {status}"

    async def _woke(self) -> None:
        self._awake.set()


def free_port() -> int:
    """A port that nothing listens on; every life of a bot in http mode takes the same."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
