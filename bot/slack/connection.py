"""The two ways Slack reaches us: Socket Mode connections under a watchdog, and a guarded HTTP route."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING

import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler

if TYPE_CHECKING:
    from collections.abc import Callable

    from slack_bolt.async_app import AsyncApp

log = structlog.get_logger(__name__)

CONNECTIONS = 2
"""Slack closes the old socket of a connection before the new one opens; with two there is no gap."""

LOOK_EVERY = 5.0
"""Seconds between two looks of the watchdog."""
FRESH_URL_AFTER = 15.0
"""Seconds without a connection until the URL is asked for anew: slack_sdk tries an expired one for ever."""
REPLACE_AFTER = 40.0
"""Seconds without a connection until the whole client is replaced."""
CLOSE_WITHIN = 5.0

BODY_LIMIT = 1024 * 1024
"""Bytes of a request from Slack; a modal's payload stays below a quarter of it."""


class SocketLink:
    """One Socket Mode connection that heals itself within a minute."""

    def __init__(self, app: AsyncApp, app_token: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._app = app
        self._app_token = app_token
        self._clock = clock
        self._handler: AsyncSocketModeHandler | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._lost_at: float | None = None

    def open(self) -> None:
        """Begin to connect; slack_sdk goes on trying by itself."""
        self._handler = AsyncSocketModeHandler(self._app, self._app_token)
        self._connecting = asyncio.create_task(self._handler.client.connect())  # type: ignore[no-untyped-call]
        self._lost_at = self._clock()

    async def connected(self) -> bool:
        """Whether envelopes can arrive."""
        return self._handler is not None and await self._handler.client.is_connected()

    async def look(self) -> None:
        """Heal what has been broken for too long."""
        if await self.connected():
            self._lost_at = None
            return
        now = self._clock()
        if self._lost_at is None:
            self._lost_at = now
        lost_for = now - self._lost_at
        if lost_for >= REPLACE_AFTER:
            log.warning("socket.replaced", lost_for=round(lost_for))
            await self.close()
            self.open()
        elif lost_for >= FRESH_URL_AFTER and self._handler:
            self._handler.client.wss_uri = None

    async def close(self) -> None:
        """Take no more envelopes. What is being handled goes on."""
        if self._connecting:
            self._connecting.cancel()
            await asyncio.gather(self._connecting, return_exceptions=True)
        if self._handler:
            with contextlib.suppress(Exception):  # a broken connection may fail to close; it is gone either way
                await asyncio.wait_for(self._handler.client.close(), CLOSE_WITHIN)  # type: ignore[no-untyped-call]


class SocketConnections:
    """The connections of this process and their watchdog."""

    def __init__(self, app: AsyncApp, app_token: str) -> None:
        self._links = [SocketLink(app, app_token) for _ in range(CONNECTIONS)]
        self._watchdog: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Connect, and watch."""
        for link in self._links:
            link.open()
        self._watchdog = asyncio.create_task(self._watch())

    async def connected(self) -> int:
        """How many connections stand."""
        return sum([await link.connected() for link in self._links])

    async def close(self) -> None:
        """Stop watching, then close all."""
        if self._watchdog:
            self._watchdog.cancel()
            await asyncio.gather(self._watchdog, return_exceptions=True)
        await asyncio.gather(*(link.close() for link in self._links))

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY)
            for link in self._links:
                try:
                    await link.look()
                except Exception:  # the watchdog has to outlive what it watches
                    log.exception("socket.watchdog_failed")


def slack_route(app: AsyncApp) -> web.RouteDef:
    """`POST /slack/events` for HTTP mode: malformed requests are refused before Bolt sees them."""

    async def receive(request: web.Request) -> web.StreamResponse:
        if not request.headers.get("X-Slack-Request-Timestamp", "").isascii():
            return web.Response(status=401)
        if not request.headers.get("X-Slack-Request-Timestamp", "").isdigit():
            return web.Response(status=401)
        try:
            (await request.read()).decode("utf-8")
        except UnicodeDecodeError:
            return web.Response(status=400)
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    return web.post("/slack/events", receive)
