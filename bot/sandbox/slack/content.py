"""What a message says: text, blocks and metadata, checked as Slack checks them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.sandbox.slack.blockkit import blocks_problems, filled, primary_twice
from bot.sandbox.slack.refused import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

TEXT_CUT = 40_000
TEXT_ADVISED = 4_000
UPDATE_MOST = 4_000


@dataclass
class Content:
    """The parts of a message; `warnings` are Slack's own words for what it accepts but frowns upon."""

    text: str
    blocks: list[dict[str, Any]] | None = None
    attachments: list[Any] | None = None
    metadata: dict[str, Any] | None = None
    warnings: list[str] = field(default_factory=list)

    def facts(self) -> dict[str, Any]:
        """The message fields that are there."""
        optional = {"blocks": self.blocks, "attachments": self.attachments, "metadata": self.metadata}
        return {"text": self.text, **{key: value for key, value in optional.items() if value}}


def read_content(args: Mapping[str, Any]) -> Content:
    """The content that the arguments of a call carry.

    Raises:
        Refused: `no_text`, `invalid_blocks`, `invalid_blocks_format`, `invalid_metadata_format`,
            `markdown_text_conflict`.
    """
    text = "" if args.get("text") is None else str(args["text"])
    markdown = args.get("markdown_text")
    blocks = _blocks(args)
    attachments = as_json(args.get("attachments"), "invalid_attachments") or None
    if markdown and (text or blocks):
        raise Refused("markdown_text_conflict")
    if not (text.strip() or markdown or blocks or attachments):
        raise Refused("no_text")
    content = Content(text or str(markdown or ""), blocks, attachments, _metadata(args))
    _warn(content)
    return content


def _blocks(args: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    blocks = as_json(args.get("blocks"), "invalid_blocks_format")
    if not blocks:
        return None
    if not isinstance(blocks, list):
        raise Refused("invalid_blocks_format")
    problems = blocks_problems(blocks)
    if problems:
        raise Refused("invalid_blocks", problems)
    return filled(blocks)


def _metadata(args: Mapping[str, Any]) -> dict[str, Any] | None:
    metadata = as_json(args.get("metadata"), "invalid_metadata_format")
    if not metadata:
        return None
    sound = isinstance(metadata, dict) and isinstance(metadata.get("event_type"), str)
    if not sound or not isinstance(metadata.get("event_payload"), dict):
        raise Refused("invalid_metadata_format")
    return dict(metadata)


def _warn(content: Content) -> None:
    if content.blocks and not content.text.strip():
        content.warnings.append("missing_text_in_message")
    if len(content.text) > TEXT_CUT:
        content.text = content.text[:TEXT_CUT]
        content.warnings.append("message_truncated")
    elif len(content.text) > TEXT_ADVISED:
        content.warnings.append("text_over_4000_characters")
    if content.blocks and primary_twice(content.blocks):
        content.warnings.append("two_primary_buttons")


def as_json(value: Any, code: str) -> Any:
    """An argument that is JSON, or a string of JSON when it came in a form; `code` when it is neither."""
    if not isinstance(value, str):
        return value
    if not value:
        return None
    try:
        return json.loads(value)
    except ValueError:
        raise Refused(code) from None
