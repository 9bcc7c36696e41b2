"""A load balancer as most are: it asks each replica whether it is ready, and sends requests to those that are."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp
from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Sequence

PROBE_EVERY = 0.25
"""Seconds between two probes of one replica."""

OF_ONE_HOP = frozenset({"connection", "content-length", "host", "keep-alive", "transfer-encoding"})


class Balancer:
    """Sends requests in turn; keeps connections alive; tries another replica only when nothing was sent."""

    def __init__(self, replicas: Sequence[str], *, second_chance: bool = True) -> None:
        """`replicas`: their addresses; none counts as ready before it said so.

        Without a `second_chance` a refused connection fails the request, as with the load balancers of some clouds.
        """
        self._tries = len(replicas) if second_chance else 1
        self._order = list(replicas)
        self._ready: set[str] = set()
        self._probes: list[asyncio.Task[None]] = []
        self._session = aiohttp.ClientSession(trust_env=False)
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1.0)

    async def start(self) -> None:
        """Listen, and begin to probe."""
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._probes = [asyncio.create_task(self._probe(replica)) for replica in self._order]

    async def stop(self) -> None:
        """Close everything."""
        for probe in self._probes:
            probe.cancel()
        await asyncio.gather(*self._probes, return_exceptions=True)
        await self._runner.cleanup()
        await self._session.close()

    @property
    def url(self) -> str:
        """Where Slack sends its requests."""
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}/slack/events"

    @property
    def ready(self) -> int:
        """How many replicas take requests right now."""
        return len(self._ready)

    async def _probe(self, replica: str) -> None:
        patience = aiohttp.ClientTimeout(total=2)
        while True:
            try:
                async with self._session.get(f"{replica}/readyz", timeout=patience) as answer:
                    well = answer.status == web.HTTPOk.status_code
            except (aiohttp.ClientError, TimeoutError):
                well = False
            (self._ready.add if well else self._ready.discard)(replica)
            await asyncio.sleep(PROBE_EVERY)

    async def _serve(self, request: web.Request) -> web.Response:
        body = await request.read()
        for replica in self._in_turn():
            try:
                return await self._forward(request, body, replica)
            except aiohttp.ClientConnectorError:  # refused: nothing was sent, so another may have it
                continue
            except aiohttp.ClientError:
                break
        return web.Response(status=web.HTTPBadGateway.status_code)

    def _in_turn(self) -> list[str]:
        self._order.append(self._order.pop(0))
        return [replica for replica in self._order if replica in self._ready][: self._tries]

    async def _forward(self, request: web.Request, body: bytes, replica: str) -> web.Response:
        headers = {name: value for name, value in request.headers.items() if name.lower() not in OF_ONE_HOP}
        url = replica + request.raw_path
        async with self._session.request(request.method, url, data=body, headers=headers) as answer:
            passed = {name: value for name, value in answer.headers.items() if name.lower() not in OF_ONE_HOP}
            return web.Response(status=answer.status, body=await answer.read(), headers=passed)
