"""What goes to the app, and what comes back, whatever carries it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace
from typing import Any

EVENTS = "events_api"
INTERACTIVE = "interactive"
COMMANDS = "slash_commands"
HANDSHAKE = "url_verification"


@dataclass(frozen=True)
class Envelope:
    """One payload for the app; `type` is Socket Mode's word for the kind of it."""

    type: str
    payload: dict[str, Any]
    retry_attempt: int = 0
    retry_reason: str = ""
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def kind(self) -> str:
        """What a person would call it: the event, the interaction, or the command."""
        if self.type == EVENTS:
            return str(self.payload["event"]["type"])
        return str(self.payload.get("type", self.type))

    def again(self, attempt: int, reason: str) -> Envelope:
        """The same payload, sent once more."""
        return replace(self, retry_attempt=attempt, retry_reason=reason)

    def as_message(self) -> dict[str, Any]:
        """As Socket Mode sends it."""
        answerable = self.type == COMMANDS or self.payload.get("type") in {"view_submission", "block_suggestion"}
        message = {
            "envelope_id": self.id, "type": self.type, "payload": self.payload, "accepts_response_payload": answerable,
        }  # fmt: skip
        if self.type == EVENTS or self.retry_attempt:
            message |= {"retry_attempt": self.retry_attempt, "retry_reason": self.retry_reason}
        return message


@dataclass(frozen=True)
class Ack:
    """What came back: `error` is None for a 200 in time."""

    status: int | None = None
    body: Any = None
    error: str | None = None
    no_retry: bool = False
