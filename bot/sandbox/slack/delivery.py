"""What came of one payload that the emulated Slack sent to the app."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Delivery:
    """One payload on its way to the app, and the answer.

    `acked` is whether the app answered within Slack's 3 s. `status` is the HTTP status (200 for a Socket Mode ack, None
    without an answer), `body` what the answer carried (parsed JSON, or text). `error` says why there was no usable
    answer: `timeout`, `no_connection`, `connection_failed`, `http_error`, or for an answer that Slack cannot use
    `invalid_response`. A person whose click ends with an error sees a warning sign in their client.
    """

    kind: str
    payload: dict[str, Any]
    envelope_id: str = ""
    acked: bool = False
    status: int | None = None
    body: Any = None
    error: str | None = None
    ms: float = 0.0


@dataclass(frozen=True)
class Submitted(Delivery):
    """A modal's submission.

    `response_action` is None when the view just closed; `errors` maps each block_id to what the app said about it.
    """

    response_action: str | None = None
    errors: dict[str, str] = field(default_factory=dict)
