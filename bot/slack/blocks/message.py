"""A message: blocks for eyes, `text` for notifications and screen readers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.slack.blocks.text import fallback, rich, section

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slack_sdk.models.blocks import Block

    from bot.slack.blocks.text import Phrase


@dataclass(frozen=True)
class Message:
    """What one call of the Web API sends."""

    text: str
    blocks: tuple[dict[str, Any], ...]


def message(text: str, blocks: Sequence[Block]) -> Message:
    """A message; building the JSON checks Slack's limits (SlackObjectFormationError)."""
    return Message(text, tuple(block.to_dict() for block in blocks))


def lines_only(*lines: Phrase) -> Message:
    """A message of a few sentences, one a line."""
    return message(fallback(*lines), [rich(section(*lines))])
