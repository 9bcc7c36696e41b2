"""A venue: one contender as a process of its own, between a Slack and a SecMaster emulated for it in this process.

The emulators are the sandbox's. What they do for people who look on (a log of the traffic, masked copies of it) is
left out: it would take the time of the one core that all contenders' emulators share.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import re
import shutil
import signal
import socket
import sqlite3
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp

from bench import usage
from bot.sandbox.run import OURS, PROXIES
from bot.sandbox.secmaster import SecMasterEmulator
from bot.sandbox.secmaster.routes import OPERATIONS
from bot.sandbox.slack import SlackEmulator, harbour_soc

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from bot.sandbox.slack.delivery import Delivery

ROOT = str(Path(__file__).resolve().parents[1])
CHANNEL, GROUP = "C0REVIEWS0", "S0REVIEWRS"
CROWD = 64
"""Reviewers; each does one review at a time."""
PROGRAMS = {
    "FLOOR": ("-m", "bench.floor"),
    "NAIVE": ("-m", "bench.naive"),
    "ours": ("-m", "bot", "run"),
}
FOR_EVER = 10**9
SILENCE_S = 0.2
"""Without a call for so long a contender is at rest."""
REST_WITHIN_S = 120.0
JOBS = re.compile(r'^secmaster_bot_queue_jobs\{state="(due|running|scheduled)"\} (\S+)$', re.MULTILINE)
AT_REST = {"due": "0.0", "running": "0.0", "scheduled": "1.0"}
"""The one job that is left is the next look."""
AWAKE_WITHIN_S = 60.0
STOP_WITHIN_S = 30.0
LOOK_S = 0.004


@dataclass
class Light:
    """Stands in for an emulator's log of the traffic: counts calls, and knows when the last one was."""

    calls: dict[str, int] = field(default_factory=dict)
    last: float = 0.0
    show_ms: list[float] = field(default_factory=list)
    """How long SecMaster took to show a version: what one round trip costs at least."""

    def record(self, *, kind: str, direction: str, ms: float = 0.0, **_facts: Any) -> None:
        """One exchange."""
        self.last = time.perf_counter()
        if direction.startswith("bot"):
            self.calls[kind] = self.calls.get(kind, 0) + 1
        if kind == "ShowAopWorkflowVersion":
            self.show_ms.append(ms)


class Venue:
    """`name` is a key of PROGRAMS; `label` names it among several of the same program."""

    def __init__(self, name: str, folder: Path, *, mode: str, label: str = "", database: Path | None = None) -> None:
        self.name, self.label, self.mode = name, label or name, mode
        self.folder = folder / f"{self.label}-{mode}"
        self.folder.mkdir(parents=True, exist_ok=True)
        self._database = database or self.folder / "bot.db"
        self.slack = SlackEmulator(seed=_workspace())
        self.secmaster = SecMasterEmulator(seed=False)
        self.secmaster.faults.publish_seconds = 0.0
        self.slack_calls = self.slack._world.traffic = Light()  # type: ignore[assignment]
        self.secmaster_calls = self.secmaster.traffic = Light()  # type: ignore[assignment]
        self._process: asyncio.subprocess.Process | None = None
        self._port = _free_port()
        self._names = itertools.count(1)

    @property
    def pid(self) -> int:
        """Of the contender."""
        assert self._process is not None
        return self._process.pid

    async def open(self) -> None:
        """Start the emulators."""
        await self.slack.start()
        await self.secmaster.start()
        if self.mode == "http":
            self.slack.deliver_over_http(f"http://127.0.0.1:{self._port}/slack/events")

    async def close(self) -> None:
        """Stop everything."""
        await self.stop()
        await self.slack.stop()
        await self.secmaster.stop()

    def slow_down(self, seconds: float) -> None:
        """Let both services answer every call so much later."""
        self.slack.faults.clear()
        self.secmaster.faults.clear()
        self.secmaster.faults.publish_seconds = 0.0
        if seconds:
            self.slack.faults.slow("*", seconds, times=FOR_EVER)
            for operation in OPERATIONS:
                self.secmaster.faults.delay(operation, seconds, times=FOR_EVER)

    async def start(self) -> float:
        """Start the contender; seconds from its birth to its first ack."""
        ts = self._forge_card()
        began = time.perf_counter()
        with _on_last_core(), (self.folder / "log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *PROGRAMS[self.name],
                cwd=self.folder,
                env=self._environment(),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        async with asyncio.timeout(AWAKE_WITHIN_S):
            while not (await self._poke(ts)).acked:
                if self._process.returncode is not None:
                    raise RuntimeError(f"{self.label} ended by itself; see {self.folder / 'log'}")
                await asyncio.sleep(LOOK_S)
        took = time.perf_counter() - began
        await self.rest()
        self.clear()
        return took

    async def stop(self) -> None:
        """SIGTERM, and SIGKILL for who does not heed it."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self._process.wait(), STOP_WITHIN_S)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        self._process = None

    def submissions(self, count: int) -> list[str]:
        """So many new workflows, each with a version that waits for review; the versions' ids."""
        found = []
        for number in itertools.islice(self._names, count):
            workflow = self.secmaster.new_workflow(f"Isolate host {number}", description="Cuts a host off the network.")
            version = self.secmaster._workspace.versions_of(workflow["id"])[0].id
            self.secmaster.submit(version)
            found.append(version)
        return found

    async def rest(self) -> None:
        """Wait until the contender makes no calls any more, and the bot has no work left but to look for more."""
        async with asyncio.timeout(REST_WITHIN_S):
            while True:
                left = max(self.slack_calls.last, self.secmaster_calls.last) + SILENCE_S - time.perf_counter()
                if left > 0:
                    await asyncio.sleep(left)
                elif self.name != "ours" or await self._idle():
                    return
                else:
                    await asyncio.sleep(SILENCE_S)

    def forget_who_asked(self) -> None:
        """Make reviews such as the bot's own look opens: who asks for one gets messages about it."""
        if self.name == "ours":
            with contextlib.closing(sqlite3.connect(self._database, timeout=30)) as database, database:
                database.execute("UPDATE reviews SET requested_by = NULL WHERE requested_by IS NOT NULL")

    async def _idle(self) -> bool:
        url = f"http://127.0.0.1:{self._port}/metrics"
        async with aiohttp.ClientSession(trust_env=False) as session, session.get(url) as answer:
            return dict(JOBS.findall(await answer.text())) == AT_REST

    def clear(self) -> None:
        """Forget what was reviewed: the emulators' own memory must not slow the next round."""
        workspace, world = self.secmaster._workspace, self.slack._world
        workspace.versions.clear()
        workspace.workflows.clear()
        workspace.opinions.clear()
        world.messages._channels.clear()
        world.messages._ephemerals.clear()
        world.views.stacks.clear()
        world.triggers._given.clear()
        world.warnings.clear()

    def cpu_seconds(self) -> float:
        """Processor time of the contender so far."""
        return usage.cpu_seconds(self.pid)

    def memory_mib(self) -> float:
        """Its resident memory."""
        return usage.memory_mib(self.pid)

    async def _poke(self, ts: str) -> Delivery:
        """Press a button that leads nowhere: it is acked like any other."""
        return await self.slack.click(reviewer(0), channel=CHANNEL, ts=ts, action_id="review_approve")

    def _forge_card(self) -> str:
        world = self.slack._world
        button = {
            "type": "button",
            "action_id": "review_approve",
            "value": '{"id": "none", "name": "none"}',
            "text": {"type": "plain_text", "text": "Approve"},
        }
        app = world.workspace.app
        message = {
            "type": "message",
            "user": app.bot_user_id,
            "app_id": app.app_id,
            "bot_id": app.bot_id,
            "text": "A card",
            "blocks": [{"type": "actions", "block_id": "acts", "elements": [button]}],
        }
        return str(world.messages.add(CHANNEL, message)["ts"])

    def _environment(self) -> dict[str, str]:
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith((*OURS, "PYTHON")) and name.lower() not in PROXIES
        }
        slack, secmaster = self.slack, self.secmaster
        # FLOOR sends a ready token, which costs nothing to make; the others sign.
        token = {"SECMASTER_AUTH_TOKEN": secmaster.issue_token()} if self.name == "FLOOR" else {}
        keys = {"HUAWEICLOUD_SDK_AK": secmaster.ak, "HUAWEICLOUD_SDK_SK": secmaster.sk}
        return {
            **inherited,
            "HOME": str(self.folder),  # the SDK writes there
            "PYTHONPATH": ROOT,
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_APP_TOKEN": slack.app_token,
            "SLACK_SIGNING_SECRET": slack.signing_secret,
            "SLACK_API_URL": slack.api_url,
            "BOT_MODE": self.mode,
            "BOT_HTTP_PORT": str(self._port),
            "BOT_DATABASE_URL": f"sqlite:///{self._database}",
            "BOT_CHANNEL": CHANNEL,
            "BOT_REVIEWERS": GROUP,
            "BOT_SLACK_POST_INTERVAL": "0",
            "BOT_DRAIN_SECONDS": "0",
            "SECMASTER_ENDPOINT": secmaster.url,
            "SECMASTER_PROJECT_ID": secmaster.project_id,
            "SECMASTER_WORKSPACE_ID": secmaster.workspace_id,
            **(token or keys),
        }


@contextlib.asynccontextmanager
async def venues(*entered: Venue) -> AsyncIterator[tuple[Venue, ...]]:
    """Venues with their contenders running."""
    try:
        await asyncio.gather(*(venue.open() for venue in entered))
        await asyncio.gather(*(venue.start() for venue in entered))
        yield entered
    finally:
        for venue in entered:
            await venue.close()


def reviewer(number: int) -> str:
    """The user id of one of the crowd."""
    return f"U0BENCH{number:03}"


def keep_to_the_first_cores() -> None:
    """Leave the last core to the contenders, so that emulators and people do not take their time."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) > 1:
        os.sched_setaffinity(0, cores[:-1])


@contextlib.contextmanager
def _on_last_core() -> Iterator[None]:
    """A process started inside has the core that emulators and people leave free, if they leave one."""
    mine, all_cores = os.sched_getaffinity(0), set(range(os.cpu_count() or 1))
    if len(mine) == len(all_cores):
        yield
        return
    os.sched_setaffinity(0, {max(all_cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, mine)


def _workspace() -> Any:
    """The sandbox's Slack workspace, with a crowd of reviewers in it."""
    workspace = harbour_soc()
    model = workspace.users["U0PRIYA000"]
    for number in range(CROWD):
        user = reviewer(number)
        workspace.users[user] = {**model, "id": user, "name": f"reviewer{number}", "real_name": f"Reviewer {number}"}
        workspace.channels[CHANNEL]["members"].append(user)
        workspace.groups[GROUP]["users"].append(user)
    return workspace


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def copied(database: Path, to: Path) -> Path:
    """A database that nobody has open, copied."""
    shutil.copy(database, to)
    return to
