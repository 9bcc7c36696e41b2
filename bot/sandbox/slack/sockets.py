"""Socket Mode: WebSocket connections of the app, and envelopes that each go to one of them."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import WSCloseCode, WSMsgType, web

from bot.sandbox.slack.envelope import Ack

if TYPE_CHECKING:
    from bot.sandbox.slack.background import Background
    from bot.sandbox.slack.envelope import Envelope
    from bot.sandbox.slack.world import World

MOST = 10
"""Open connections an app may have (docs.slack.dev/apis/events-api/using-socket-mode)."""

GRACE_S = 1.0
"""How long a connection that was told to reconnect stays open for the app to leave by itself."""


@dataclass(eq=False)
class Connection:
    """One open socket."""

    ws: web.WebSocketResponse
    request: web.Request
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, message: dict[str, Any]) -> None:
        """Send one JSON message; a ConnectionError means the socket is gone."""
        await self.ws.send_str(json.dumps(message))

    async def close(self) -> None:
        """Close politely, and by force when the other side does not answer."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.ws.close(code=WSCloseCode.GOING_AWAY), GRACE_S)
        self.abort()

    def abort(self) -> None:
        """Break the connection without a word."""
        if self.request.transport:
            self.request.transport.abort()


@dataclass(eq=False)
class Pending:
    """An envelope on its way; `connection` is None while no socket has it."""

    envelope: Envelope
    answer: asyncio.Future[Any] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    connection: Connection | None = None


class SocketHub:
    """The app's connections, in turn."""

    def __init__(self, world: World, background: Background) -> None:
        self._world = world
        self._background = background
        self._connections: list[Connection] = []
        self._pending: dict[str, Pending] = {}

    @property
    def connections(self) -> int:
        """How many are open."""
        return len(self._connections)

    async def send(self, envelope: Envelope, within: float) -> Ack:
        """Send to one connection and wait for the ack; to another one if the first dies before it."""
        if not self._connections:
            return Ack(error="no_connection")
        pending = Pending(envelope)
        self._pending[envelope.id] = pending
        try:
            await self._transmit(pending)
            return Ack(200, await asyncio.wait_for(pending.answer, within))
        except TimeoutError:
            return Ack(error="timeout")
        finally:
            self._pending.pop(envelope.id, None)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """A client connects with its ticket; this serves it until it leaves."""
        if self._turned_away(request):
            self._record("refused", 403)
            return web.Response(status=403, text="invalid ticket")
        ws = web.WebSocketResponse(autoping=False)
        await ws.prepare(request)
        connection = Connection(ws, request)
        if len(self._connections) >= MOST:
            await connection.send(self._disconnect_message("too_many_websockets"))
            await connection.close()
            return ws
        await self._serve(connection)
        return ws

    async def disconnect(self, reason: str) -> int:
        """Tell every connection to go; all but a `warning` ends with the server closing it."""
        leaving = list(self._connections)
        for connection in leaving:
            with suppress(ConnectionError):
                await connection.send(self._disconnect_message(reason))
            if reason != "warning":
                self._background.spawn(self._close_later(connection))
        self._record(f"disconnect: {reason}", None)
        return len(leaving)

    def drop(self) -> int:
        """Break every connection without a word."""
        count = len(self._connections)
        for connection in list(self._connections):
            connection.abort()
        return count

    async def stop(self) -> None:
        """Close every connection."""
        await asyncio.gather(*(connection.close() for connection in list(self._connections)))

    def _turned_away(self, request: web.Request) -> bool:
        known = self._world.tickets.take(request.query.get("ticket", ""))
        if known and self._world.faults.refuse_tickets > 0:
            self._world.faults.refuse_tickets -= 1
            return True
        return not known

    async def _serve(self, connection: Connection) -> None:
        self._connections.append(connection)
        self._tell("open")
        try:
            await connection.send(self._hello())
            await self._adopt_orphans()
            await self._listen(connection)
        finally:
            self._connections.remove(connection)
            connection.gone.set()
            self._orphan(connection)
            self._tell("closed")

    async def _listen(self, connection: Connection) -> None:
        ends = {WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR}
        while (message := await connection.ws.receive()).type not in ends:
            if self._world.faults.silent_sockets:
                continue
            if message.type == WSMsgType.PING:
                await connection.ws.pong(message.data)
            elif message.type == WSMsgType.TEXT:
                self._take_ack(message.data)

    def _take_ack(self, text: str) -> None:
        try:
            ack = json.loads(text)
        except ValueError:
            return
        pending = self._pending.get(ack.get("envelope_id", "")) if isinstance(ack, dict) else None
        if pending and not pending.answer.done():
            pending.answer.set_result(ack.get("payload"))

    async def _transmit(self, pending: Pending) -> None:
        """Hand the envelope to the next connection in turn that takes it."""
        for _ in range(len(self._connections)):
            connection = self._next()
            pending.connection = connection
            if self._world.faults.silent_sockets:
                return
            try:
                await connection.send(pending.envelope.as_message())
            except ConnectionError:
                pending.connection = None
            else:
                return

    def _next(self) -> Connection:
        connection = self._connections.pop(0)
        self._connections.append(connection)
        return connection

    def _orphan(self, connection: Connection) -> None:
        """Envelopes that a dead connection took with it are sent again, marked as a retry."""
        for pending in self._pending.values():
            if pending.connection is connection and not pending.answer.done():
                pending.connection = None
                attempt = pending.envelope.retry_attempt + 1
                pending.envelope = pending.envelope.again(attempt, "connection_failed")
        self._background.spawn(self._adopt_orphans())

    async def _adopt_orphans(self) -> None:
        for pending in list(self._pending.values()):
            if pending.connection is None and not pending.answer.done():
                await self._transmit(pending)

    async def _close_later(self, connection: Connection) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(connection.gone.wait(), GRACE_S)
            return
        await connection.close()

    def _hello(self) -> dict[str, Any]:
        return {
            "type": "hello", "num_connections": len(self._connections),
            "debug_info": {**self._debug_info(), "approximate_connection_time": 3600},
            "connection_info": {"app_id": self._world.workspace.app.app_id},
        }  # fmt: skip

    def _disconnect_message(self, reason: str) -> dict[str, Any]:
        return {"type": "disconnect", "reason": reason, "debug_info": self._debug_info()}

    def _debug_info(self) -> dict[str, Any]:
        return {"host": "sandbox", "started": "", "build_number": 1}

    def _tell(self, what: str) -> None:
        self._world.changes.publish("connection", open=len(self._connections))
        self._record(what, None)

    def _record(self, what: str, status: int | None) -> None:
        self._world.traffic.record(
            at=self._world.clock(),
            direction="slack->bot" if what.startswith("disconnect") else "bot->slack",
            kind="socket",
            request={"what": what, "open": len(self._connections)},
            status=status,
        )
