"""The way of each replica to SecMaster: shows who called what and when, and swallows a call when it is told to."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import aiohttp
from aiohttp import web
from yarl import URL

from bot.sandbox.changes import Changes
from bot.sandbox.secmaster.routes import resolve

if TYPE_CHECKING:
    from bot.sandbox.secmaster import SecMasterEmulator


@dataclass
class Passage:
    """One call of one replica; `ended` is None while it is not answered."""

    replica: int
    operation: str
    began: float
    ended: float | None = None


@dataclass
class Trap:
    """Swallows one call: it is never answered."""

    operation: str
    lets_through: bool
    """Whether SecMaster gets the call, so that only its answer is lost."""
    caught: list[Passage] = field(default_factory=list)


class Gateway:
    """An address a replica, all of which lead to one SecMaster; calls keep the Host that they were signed for."""

    def __init__(self, secmaster: SecMasterEmulator, replicas: int) -> None:
        self.passages: list[Passage] = []
        self.changes = Changes()
        self._secmaster = secmaster
        self._replicas = replicas
        self._traps: list[Trap] = []
        self._over = asyncio.Event()
        self._session = aiohttp.ClientSession(trust_env=False)
        app = web.Application(client_max_size=16 * 1024 * 1024)
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1.0)

    async def start(self) -> None:
        """Listen."""
        await self._runner.setup()
        for _ in range(self._replicas):
            await web.TCPSite(self._runner, "127.0.0.1", 0).start()

    async def stop(self) -> None:
        """Give swallowed calls up and close everything."""
        self._over.set()
        await self._runner.cleanup()
        await self._session.close()

    def url(self, replica: int) -> str:
        """SecMaster's address for one replica."""
        return f"http://127.0.0.1:{self._port(replica)}"

    def swallow(self, operation: str, *, lets_through: bool) -> Trap:
        """Swallow the next call of an operation."""
        trap = Trap(operation, lets_through)
        self._traps.append(trap)
        return trap

    def calls(self, operation: str) -> list[Passage]:
        """The calls of an operation, oldest first."""
        return [passage for passage in self.passages if passage.operation == operation]

    def _port(self, replica: int) -> int:
        return int(self._runner.addresses[replica][1])

    def _replica(self, request: web.Request) -> int:
        arrived_at = request.get_extra_info("sockname")[1]
        return next(number for number in range(self._replicas) if self._port(number) == arrived_at)

    async def _serve(self, request: web.Request) -> web.Response:
        match = resolve(request.method, request.raw_path)
        passage = Passage(self._replica(request), match.operation if match else "", time.monotonic())
        self.passages.append(passage)
        self.changes.publish("began")
        trap = next((trap for trap in self._traps if trap.operation == passage.operation), None)
        if trap is None:
            answer = await self._forward(request)
        else:
            self._traps.remove(trap)
            answer = await self._swallow(request, passage, trap)
        passage.ended = time.monotonic()
        self.changes.publish("ended")
        return answer

    async def _swallow(self, request: web.Request, passage: Passage, trap: Trap) -> web.Response:
        if trap.lets_through:
            await self._forward(request)
        trap.caught.append(passage)
        self.changes.publish("caught")
        await self._over.wait()
        return web.Response(status=web.HTTPGatewayTimeout.status_code)

    async def _forward(self, request: web.Request) -> web.Response:
        url = URL(self._secmaster.url + request.raw_path, encoded=True)
        body = await request.read()
        async with self._session.request(request.method, url, data=body, headers=request.headers) as answer:
            return web.Response(
                status=answer.status,
                body=await answer.read(),
                content_type=answer.content_type,
                headers={"X-Request-Id": answer.headers.get("X-Request-Id", "")},
            )
