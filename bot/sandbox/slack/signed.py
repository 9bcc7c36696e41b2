"""HTTP delivery: signed POSTs to the app's request URL."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import aiohttp

from bot.sandbox.slack.envelope import COMMANDS, INTERACTIVE, Ack

if TYPE_CHECKING:
    from bot.sandbox.slack.envelope import Envelope
    from bot.sandbox.slack.world import World

FORM = "application/x-www-form-urlencoded"


class SignedSender:
    """Sends envelopes as Slack's servers do; open it before use, close it after."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._session: aiohttp.ClientSession | None = None

    async def send(self, url: str, envelope: Envelope, within: float) -> Ack:
        """POST to `url` and wait for a 2xx; see `Delivery.error` for what else may come."""
        content_type, body = _encoded(envelope)
        headers = {"Content-Type": content_type, **self._signature(body), **_retry_headers(envelope)}
        try:
            async with asyncio.timeout(within), self._open().post(url, data=body, headers=headers) as response:
                return _ack(response, await response.text())
        except TimeoutError:
            return Ack(error="timeout")
        except aiohttp.ClientError:
            return Ack(error="connection_failed")

    async def close(self) -> None:
        """Close the connections."""
        if self._session:
            await self._session.close()
            self._session = None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(trust_env=False)
        return self._session

    def _signature(self, body: bytes) -> dict[str, str]:
        """Stamped with the real time, which is what the app compares with, whatever clock the emulator runs on."""
        faults = self._world.faults
        stamp = str(int(time.time() + faults.signature_skew_s))
        secret = self._world.workspace.app.signing_secret
        if faults.bad_signatures > 0:
            faults.bad_signatures -= 1
            secret += "wrong"
        digest = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
        return {
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": f"v0={digest}",
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        }


def _encoded(envelope: Envelope) -> tuple[str, bytes]:
    payload = envelope.payload
    if envelope.type == COMMANDS:
        return FORM, urlencode(payload).encode()
    if envelope.type == INTERACTIVE:
        return FORM, urlencode({"payload": json.dumps(payload)}).encode()
    return "application/json", json.dumps(payload).encode()


def _retry_headers(envelope: Envelope) -> dict[str, str]:
    if not envelope.retry_attempt:
        return {}
    return {"X-Slack-Retry-Num": str(envelope.retry_attempt), "X-Slack-Retry-Reason": envelope.retry_reason}


def _ack(response: aiohttp.ClientResponse, text: str) -> Ack:
    no_retry = response.headers.get("X-Slack-No-Retry") == "1"
    error = None if response.ok else "http_error"
    return Ack(response.status, _body(response, text), error, no_retry)


def _body(response: aiohttp.ClientResponse, text: str) -> Any:
    if response.content_type != "application/json":
        return text or None
    try:
        return json.loads(text)
    except ValueError:
        return text
