"""Response URLs: five answers within thirty minutes of what a person did."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.sandbox.slack.refused import Refused

if TYPE_CHECKING:
    from collections.abc import Callable

USES = 5
LIVES_S = 30 * 60


@dataclass
class Reply:
    """Where an answer goes: the channel, the person who acted, and the message they acted on, if any."""

    user: str
    channel: str
    message_ts: str | None
    thread_ts: str | None
    at: float
    used: int = 0


class ResponseUrls:
    """All response URLs ever given out, by their secret part."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._given: dict[str, Reply] = {}

    def give(self, user: str, channel: str, message_ts: str | None = None, thread_ts: str | None = None) -> str:
        """The secret part of a fresh URL."""
        secret = secrets.token_urlsafe(18)
        self._given[secret] = Reply(user, channel, message_ts, thread_ts, self._clock())
        return secret

    def use(self, secret: str) -> Reply:
        """Where this answer goes; one use is spent.

        Raises:
            Refused: `expired_url`, `used_url`, or `invalid_url` when nobody gave it out.
        """
        reply = self._given.get(secret)
        if reply is None:
            raise Refused("invalid_url")
        if self._clock() - reply.at > LIVES_S:
            raise Refused("expired_url")
        if reply.used >= USES:
            raise Refused("used_url")
        reply.used += 1
        return reply
