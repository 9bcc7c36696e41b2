"""The way from Slack to the app: which transport, how often, and what came of it."""

from __future__ import annotations

import asyncio
import secrets
import time
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.sandbox.slack.delivery import Delivery
from bot.sandbox.slack.envelope import EVENTS, HANDSHAKE, Ack, Envelope

if TYPE_CHECKING:
    from bot.sandbox.slack.background import Background
    from bot.sandbox.slack.signed import SignedSender
    from bot.sandbox.slack.sockets import SocketHub
    from bot.sandbox.slack.world import World

ACK_WITHIN_S = 3.0


class Courier:
    """Delivers payloads over Socket Mode, or over HTTP while `url` is set."""

    def __init__(self, world: World, hub: SocketHub, sender: SignedSender, background: Background) -> None:
        self._world = world
        self._hub = hub
        self._sender = sender
        self._background = background
        self.url: str | None = None
        self.ack_within_s = ACK_WITHIN_S

    async def deliver(self, kind: str, payload: dict[str, Any]) -> Delivery:
        """Deliver once and say what came of it; events that were not acked are retried in the background."""
        envelope = Envelope(kind, payload)
        if self._world.faults.duplicate_deliveries > 0:
            self._world.faults.duplicate_deliveries -= 1
            copy = replace(envelope.again(1, "timeout"), id=str(uuid.uuid4()))
            self._background.spawn(self._send(copy))
        delivery, ack = await self._send(envelope)
        if ack.error and kind == EVENTS and not ack.no_retry:
            self._background.spawn(self._retry(envelope, ack.error))
        return delivery

    async def handshake(self) -> Delivery:
        """Ask the request URL to give a challenge back."""
        challenge = secrets.token_urlsafe(24)
        token = self._world.workspace.app.verification_token
        payload = {"type": HANDSHAKE, "challenge": challenge, "token": token}
        delivery, _ = await self._send(Envelope(HANDSHAKE, payload))
        answer = delivery.body.get("challenge") if isinstance(delivery.body, dict) else delivery.body
        if delivery.error is None and answer != challenge:
            return replace(delivery, acked=False, error="invalid_response")
        return delivery

    async def _retry(self, envelope: Envelope, error: str) -> None:
        """Slack repeats an event three times; its reasons are named on the Events API page."""
        reasons = {"timeout": "http_timeout", "no_connection": "connection_failed"} if self.url else {}
        for attempt, delay in enumerate(self._world.faults.event_retry_delays_s, start=1):
            await asyncio.sleep(delay)
            _, ack = await self._send(envelope.again(attempt, reasons.get(error, error)))
            if not ack.error or ack.no_retry:
                return
            error = ack.error

    async def _send(self, envelope: Envelope) -> tuple[Delivery, Ack]:
        started = time.perf_counter()
        ack = await self._carry(envelope)
        ms = (time.perf_counter() - started) * 1000
        self._world.traffic.record(
            at=self._world.clock(),
            direction="slack->bot",
            kind=envelope.kind,
            request=self._seen(envelope),
            status=ack.status,
            response=ack.body if ack.error is None else {"error": ack.error, "body": ack.body},
            ms=ms,
        )
        self._world.changes.publish(
            "delivery", what=envelope.kind, acked=ack.error is None, attempt=envelope.retry_attempt
        )
        acked = ack.error is None
        return Delivery(envelope.kind, envelope.payload, envelope.id, acked, ack.status, ack.body, ack.error, ms), ack

    async def _carry(self, envelope: Envelope) -> Ack:
        if self._world.faults.lost_deliveries > 0:
            self._world.faults.lost_deliveries -= 1
            return Ack(error="connection_failed")
        if self.url:
            return await self._sender.send(self.url, envelope, self.ack_within_s)
        return await self._hub.send(envelope, self.ack_within_s)

    def _seen(self, envelope: Envelope) -> dict[str, Any]:
        if not self.url:
            return envelope.as_message()
        retry = {"retry_num": envelope.retry_attempt} if envelope.retry_attempt else {}
        return {"url": self.url, "payload": envelope.payload, **retry}
