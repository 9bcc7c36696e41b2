"""The two ways Slack reaches us: Socket Mode connections under a watchdog, and a guarded HTTP route."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request

from bot.slack.acks import ACKED, kind_of, unheard
from bot.slack.socket_client import SocketClient

if TYPE_CHECKING:
    from collections.abc import Callable

    from slack_bolt.async_app import AsyncApp
    from slack_bolt.request.async_request import AsyncBoltRequest

    from bot.slack.acks import OnAck

log = structlog.get_logger(__name__)

CONNECTIONS = 2
"""Slack closes the old socket of a connection before the new one opens; with two there is no gap."""

CLOSE_WITHIN = 5.0

BODY_LIMIT = 1024 * 1024
"""Bytes of a request from Slack; a modal's payload stays below a quarter of it."""


TIMESTAMP_DIGITS = 12
"""More than a time in seconds will have for long; Python refuses to read a number of thousands of digits."""


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How patient the watchdog is, in seconds."""

    look_every: float = 5.0
    """Between two looks."""
    ping_every: float = 10.0
    """Between two pings; a socket that answers none of four counts as lost."""
    fresh_url_after: float = 15.0
    """Without a connection until the URL is asked for anew: slack_sdk tries an expired one for ever."""
    replace_after: float = 40.0
    """Without a connection until the whole client is replaced."""


PATIENT = Pace()


class SocketLink:
    """One Socket Mode connection that heals itself within a minute."""

    def __init__(
        self,
        app: AsyncApp,
        app_token: str,
        *,
        pace: Pace = PATIENT,
        clock: Callable[[], float] = time.monotonic,
        on_ack: OnAck = unheard,
    ) -> None:
        self._app = app
        self._on_ack = on_ack
        self._app_token = app_token
        self._pace = pace
        self._clock = clock
        self._client: SocketClient | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._lost_at: float | None = None

    def open(self) -> None:
        """Begin to connect; slack_sdk goes on trying by itself."""
        self._client = SocketClient(
            self._app, self._app_token, ping_interval=self._pace.ping_every, on_ack=self._on_ack
        )
        self._connecting = asyncio.create_task(self._client.connect())  # type: ignore[no-untyped-call]
        self._lost_at = self._clock()

    async def connected(self) -> bool:
        """Whether envelopes can arrive."""
        return self._client is not None and await self._client.is_connected()

    async def look(self) -> None:
        """Heal what has been broken for too long."""
        if await self.connected():
            self._lost_at = None
            return
        now = self._clock()
        if self._lost_at is None:
            self._lost_at = now
        lost_for = now - self._lost_at
        if lost_for >= self._pace.replace_after:
            log.warning("socket.replaced", lost_for=round(lost_for))
            await self._discard()
            self.open()
        elif lost_for >= self._pace.fresh_url_after and self._client:
            self._client.wss_uri = None

    async def close(self) -> None:
        """Handle and ack every envelope that has come, and take no more."""
        await self._stop_connecting()
        if self._client:
            await self._client.part()
        await self._discard()

    async def _stop_connecting(self) -> None:
        if self._connecting:
            self._connecting.cancel()
            await asyncio.gather(self._connecting, return_exceptions=True)

    async def _discard(self) -> None:
        await self._stop_connecting()
        if self._client:
            with contextlib.suppress(Exception):  # a broken connection may fail to close; it is gone either way
                await asyncio.wait_for(self._client.close(), CLOSE_WITHIN)  # type: ignore[no-untyped-call]


class SocketConnections:
    """The connections of this process and their watchdog."""

    def __init__(self, app: AsyncApp, app_token: str, *, pace: Pace = PATIENT, on_ack: OnAck = unheard) -> None:
        self._links = [SocketLink(app, app_token, pace=pace, on_ack=on_ack) for _ in range(CONNECTIONS)]
        self._pace = pace
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
        """Stop watching, then close all; nothing that Slack has sent is dropped."""
        if self._watchdog:
            self._watchdog.cancel()
            await asyncio.gather(self._watchdog, return_exceptions=True)
        await asyncio.gather(*(link.close() for link in self._links))

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self._pace.look_every)
            for link in self._links:
                try:
                    await link.look()
                except Exception:  # the watchdog has to outlive what it watches
                    log.exception("socket.watchdog_failed")


def slack_route(app: AsyncApp, *, on_ack: OnAck = unheard) -> web.RouteDef:
    """`POST /slack/events` for HTTP mode: what Bolt would stumble over, signed or not, is refused before it sees it."""

    async def receive(request: web.Request) -> web.StreamResponse:
        began = time.monotonic()
        if not _signature_readable(request):
            return web.Response(status=401)
        received = await _parsed(request)
        if received is None:
            return web.Response(status=400)
        try:
            answer = await to_aiohttp_response(await app.async_dispatch(received))
        except Exception:  # Bolt raises before any listener on payloads that Slack does not send (no action, say)
            log.exception("slack.payload_unreadable")
            return web.Response(status=400)
        if answer.status == ACKED:
            on_ack(kind_of(received.body), time.monotonic() - began)
        return answer

    return web.post("/slack/events", receive)


def _signature_readable(request: web.Request) -> bool:
    """Whether the signature's headers can be checked at all; Bolt's check raises on what is no number or no ASCII."""
    timestamp = request.headers.get("X-Slack-Request-Timestamp", "")
    signature = request.headers.get("X-Slack-Signature", "")
    return (timestamp + signature).isascii() and timestamp.isdigit() and len(timestamp) <= TIMESTAMP_DIGITS


async def _parsed(request: web.Request) -> AsyncBoltRequest | None:
    """The request as Bolt reads it, which it does before it checks the signature; None when it cannot be read."""
    try:
        return await to_bolt_request(request)
    except (web.RequestPayloadError, ValueError, LookupError, AttributeError, TypeError, RecursionError):
        # Not packed as it says, not UTF-8, an unknown charset, not JSON, JSON that is no object, or nested without end.
        return None
