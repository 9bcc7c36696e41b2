"""slack_sdk's Socket Mode client, taught to part from Slack without losing a click."""

from __future__ import annotations

import asyncio
import contextlib
import time
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import structlog
from aiohttp import WSCloseCode, WSMsgType
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_sdk.socket_mode.aiohttp import SocketModeClient

from bot.slack.acks import ACKED, kind_of, unheard

if TYPE_CHECKING:
    from aiohttp import ClientWebSocketResponse
    from slack_bolt.async_app import AsyncApp
    from slack_sdk.socket_mode.request import SocketModeRequest

    from bot.slack.acks import OnAck

log = structlog.get_logger(__name__)

SETTLE_WITHIN = 3.0
"""Seconds until everything received is answered: a listener takes two at most."""

GOODBYE_WITHIN = 2.0
"""Seconds for Slack to say goodbye, too."""

ENDS = frozenset({WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR})


_ARRIVED: ContextVar[float] = ContextVar("arrived")
"""When the message came that is handled in this task, by time.monotonic()."""


class _Received(str):
    """A message that knows when it came: slack_sdk hands it from task to task as it is."""

    __slots__ = ("at",)

    def __init__(self, _text: str) -> None:
        self.at = time.monotonic()


class SocketClient(SocketModeClient):
    """One Socket Mode connection of a Bolt app.

    The `close` that it inherits drops what was received and not handled yet, and the acks of what is being handled:
    Slack sends events again, but no clicks and no submits. `part` comes first where nothing may be lost.
    """

    def __init__(
        self,
        app: AsyncApp,
        app_token: str,
        *,
        ping_interval: float,
        settle_within: float = SETTLE_WITHIN,
        goodbye_within: float = GOODBYE_WITHIN,
        on_ack: OnAck = unheard,
    ) -> None:
        super().__init__(app_token, logger=app.logger, web_client=app.client, ping_interval=ping_interval)
        self._app = app
        self._on_ack = on_ack
        self._settle_within = settle_within
        self._goodbye_within = goodbye_within
        self._in_hand = 0
        self._settled = asyncio.Event()
        self._parting = False
        self._goodbye_said = False
        self.socket_mode_request_listeners.append(self._handle)

    async def part(self) -> None:
        """Answer what was received, say goodbye, and do what Slack had sent before it heard that.

        The protocol knows no other way to ask for no more, and nothing can be acked after a goodbye. So the goodbye
        is said while nothing is in hand; what crosses it on the way (a form opens, a vote counts) is done unacked.
        """
        self._parting = True
        self.auto_reconnect_enabled = self.default_auto_reconnect_enabled = False
        await self._settle()
        session = self.current_session
        if session is not None and not session.closed:
            with contextlib.suppress(TimeoutError, OSError):  # a connection that breaks now has said goodbye as well
                await asyncio.wait_for(self._say_goodbye(session), self._goodbye_within)
            await self._settle()

    async def _settle(self) -> None:
        """Wait until nothing is in hand; not for long, since a busy connection may never come to rest."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._settle_within):
                while self._in_hand:
                    await self._settled.wait()

    async def _say_goodbye(self, session: ClientWebSocketResponse) -> None:
        self._goodbye_said = True
        await session.send_frame(WSCloseCode.OK.to_bytes(2, "big"), WSMsgType.CLOSE)
        if self.message_receiver is not None:
            self.message_receiver.cancel()
            await asyncio.gather(self.message_receiver, return_exceptions=True)
        while (message := await session.receive()).type not in ENDS:
            if message.type is WSMsgType.TEXT:
                await self.enqueue_message(message.data)

    async def enqueue_message(self, message: str) -> None:
        """Count what was received; slack_sdk calls this for each message."""
        self._in_hand += 1
        self._settled.clear()
        await super().enqueue_message(_Received(message))

    async def run_message_listeners(self, message: dict[str, Any], raw_message: str) -> None:
        """Handle one message and count it as answered; slack_sdk runs this in a task of its own."""
        _ARRIVED.set(raw_message.at if isinstance(raw_message, _Received) else time.monotonic())
        try:
            if self._parting and message.get("type") == "disconnect":
                return  # it would connect anew
            await super().run_message_listeners(message, raw_message)
        finally:
            self._in_hand -= 1
            if not self._in_hand:
                self._settled.set()

    async def send_message(self, message: str) -> None:
        """Send an ack, unless it is too late for that."""
        if self._goodbye_said:
            log.info("socket.ack_too_late")
            return
        await super().send_message(message)

    async def _handle(self, _client: object, request: SocketModeRequest) -> None:
        began = time.time()
        answer = await run_async_bolt_app(self._app, request)
        await send_async_response(self, request, answer, began)
        if answer.status == ACKED and not self._goodbye_said:
            self._on_ack(kind_of(request.payload), time.monotonic() - _ARRIVED.get())
