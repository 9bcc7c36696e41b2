"""How long Slack waited until we acked what it delivered; it gives up after three seconds."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ACKED = 200
"""The HTTP status of an ack; Bolt has one for Socket Mode, too."""


class Kind(StrEnum):
    """What Slack delivers, as far as it matters who waits for the ack."""

    COMMAND = "command"
    ACTION = "action"
    VIEW_SUBMISSION = "view_submission"
    EVENT = "event"
    OTHER = "other"


OnAck: TypeAlias = "Callable[[Kind, float], None]"
"""Hears of each ack, with the seconds from the arrival of what is acked until then; must not raise."""

_KINDS = {"block_actions": Kind.ACTION, "view_submission": Kind.VIEW_SUBMISSION, "event_callback": Kind.EVENT}


def unheard(_kind: Kind, _seconds: float) -> None:
    """Nobody hears of it."""


def kind_of(payload: Mapping[str, object]) -> Kind:
    """What a payload is, whichever way it came."""
    if "command" in payload:
        return Kind.COMMAND
    return _KINDS.get(str(payload.get("type")), Kind.OTHER)
