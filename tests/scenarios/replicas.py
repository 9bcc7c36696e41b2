"""Several replicas of the bot as real processes on one database, between both emulators."""

from __future__ import annotations

import asyncio
import socket
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import aiohttp
from aiohttp import web

from bot.sandbox.run import start_bot, stop_bot
from bot.sandbox.secmaster import SecMasterEmulator
from bot.sandbox.slack import SlackEmulator
from tests.scenarios.balancer import Balancer
from tests.scenarios.gateway import Gateway
from tests.scenarios.stage import LIN, Stage, environment

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

STARTS_WITHIN = 60.0
STOPS_WITHIN = 40.0
LOOK_EVERY = 0.1


@dataclass(kw_only=True)
class Replica:
    """One of them."""

    number: int
    port: int
    settings: Mapping[str, str]
    folder: Path
    process: Process | None = None

    @property
    def url(self) -> str:
        """Its own address."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Start the process; it is not ready yet."""
        self.process = await start_bot(self.settings, self.folder)

    async def ready(self) -> None:
        """Wait until it says that it is ready."""
        async with asyncio.timeout(STARTS_WITHIN), aiohttp.ClientSession(trust_env=False) as http:
            while not await self._says_ready(http):
                assert self.process is not None
                assert self.process.returncode is None, "it ended instead"
                await asyncio.sleep(LOOK_EVERY)

    async def _says_ready(self, http: aiohttp.ClientSession) -> bool:
        try:
            async with http.get(f"{self.url}/readyz") as answer:
                return answer.status == web.HTTPOk.status_code
        except aiohttp.ClientError:
            return False

    async def restart(self) -> None:
        """SIGTERM, the end with status 0, a new process, ready."""
        assert self.process is not None
        self.process.terminate()
        assert await asyncio.wait_for(self.process.wait(), STOPS_WITHIN) == 0
        await self.start()
        await self.ready()

    async def kill(self) -> None:
        """SIGKILL."""
        assert self.process is not None
        self.process.kill()
        await self.process.wait()

    async def stop(self) -> None:
        """Whatever it does: end it."""
        if self.process is not None:
            await stop_bot(self.process)


@dataclass(kw_only=True)
class Fleet(Stage):
    """The cast, with several bots instead of one."""

    replicas: list[Replica]
    gateway: Gateway
    balancer: Balancer

    async def start(self) -> None:
        """Start all in the same instant, and wait until all are ready."""
        await asyncio.gather(*(replica.start() for replica in self.replicas))
        await asyncio.gather(*(replica.ready() for replica in self.replicas))
        if self.slack.delivery_url:
            await self.slack.until(lambda: self.balancer.ready == len(self.replicas), what="a balancer that knows all")
        else:
            connections = 2 * len(self.replicas)
            await self.slack.until(lambda: self.slack.connections == connections, what="two connections a replica")


@asynccontextmanager
async def fleet(
    folder: Path, database_url: str, *, mode: str = "http", count: int = 3, second_chance: bool = True, **changes: str
) -> AsyncIterator[Fleet]:
    """Emulators, balancer and replicas that are not started yet; all of it is gone after the block."""
    async with AsyncExitStack() as stack:
        slack, secmaster = SlackEmulator(), SecMasterEmulator()
        slack.workspace.users[LIN]["locale"] = "en-US"
        secmaster.faults.publish_seconds = 0.1
        gateway = Gateway(secmaster, count)
        for part in (slack, secmaster, gateway):
            await part.start()
            stack.push_async_callback(part.stop)
        base = environment(
            slack, secmaster, folder, BOT_MODE=mode, BOT_DATABASE_URL=database_url, BOT_LOG_LEVEL="ERROR", **changes
        )
        replicas = [_replica(number, folder, base, gateway) for number in range(count)]
        balancer = Balancer([replica.url for replica in replicas], second_chance=second_chance)
        await balancer.start()
        stack.push_async_callback(balancer.stop)
        if mode == "http":
            slack.deliver_over_http(balancer.url)
        stack.push_async_callback(_stop, replicas)
        yield Fleet(slack=slack, secmaster=secmaster, bot=None, replicas=replicas, gateway=gateway, balancer=balancer)


def _replica(number: int, folder: Path, base: Mapping[str, str], gateway: Gateway) -> Replica:
    port = _free_port()
    own = {"BOT_HTTP_PORT": str(port), "SECMASTER_ENDPOINT": gateway.url(number)}
    return Replica(number=number, port=port, settings={**base, **own}, folder=folder)


async def _stop(replicas: list[Replica]) -> None:
    await asyncio.gather(*(replica.stop() for replica in replicas))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
