"""Block Kit as Slack checks it: what it would refuse is refused here, with its kind of message."""

from __future__ import annotations

import copy
import json
import secrets
from typing import Any

from bot.sandbox.slack.blockkit.blocks import check_blocks, interactive
from bot.sandbox.slack.blockkit.elements import options_of
from bot.sandbox.slack.blockkit.node import Node
from bot.sandbox.slack.blockkit.text import check_text

__all__ = [
    "blocks_problems",
    "filled",
    "input_blocks",
    "interactive",
    "options_of",
    "primary_twice",
    "too_large",
    "view_problems",
]

VIEW_BYTES = 250_000
"""Beyond this a view is `view_too_large` (views.open page)."""

_COMMON = ("blocks", "private_metadata", "callback_id", "external_id")
_MODAL = (*_COMMON, "title", "submit", "close", "clear_on_close", "notify_on_close", "submit_disabled")


def blocks_problems(blocks: Any) -> list[str]:
    """What Slack would say against these blocks of a message; empty when nothing."""
    problems: list[str] = []
    check_blocks(Node({"blocks": blocks}, "", problems), "message")
    return problems


def view_problems(view: Any) -> list[str]:
    """What Slack would say against this view; empty when nothing."""
    problems: list[str] = []
    node = Node(view, "/view", problems)
    if node.type not in {"modal", "home"}:
        node.say("must be one of: modal, home", "type")
        return problems
    node.allow(*(_MODAL if node.type == "modal" else _COMMON))
    node.string("private_metadata", 3000, least=0)
    node.string("callback_id", 255, least=0)
    node.string("external_id", 255, least=0)
    if node.type == "modal":
        _check_modal(node)
    check_blocks(node, node.type)
    return problems


def _check_modal(node: Node) -> None:
    check_text(node, "title", 24, required=True)
    check_text(node, "submit", 24)
    check_text(node, "close", 24)
    node.flags("clear_on_close", "notify_on_close", "submit_disabled")
    if input_blocks(node.value) and not node.has("submit"):
        node.say("missing required field: submit (the view has an input block)")


def too_large(view: Any) -> bool:
    """Whether a view is over Slack's 250 kB."""
    return len(json.dumps(view, ensure_ascii=False).encode()) > VIEW_BYTES


def input_blocks(view: dict[str, Any]) -> list[dict[str, Any]]:
    """The input blocks of a view."""
    blocks = view.get("blocks")
    listed = blocks if isinstance(blocks, list) else []
    return [block for block in listed if isinstance(block, dict) and block.get("type") == "input"]


def primary_twice(blocks: list[dict[str, Any]]) -> bool:
    """Whether one block has two primary buttons, which Slack accepts but advises against."""
    styles = [[element.get("style") for element in interactive(block)] for block in blocks]
    return any(each.count("primary") > 1 for each in styles)


def filled(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A copy of valid blocks with what Slack adds: ids that were left out, and the text objects' defaults."""
    copies = copy.deepcopy(blocks)
    for block in copies:
        block.setdefault("block_id", secrets.token_urlsafe(4))
        for element in interactive(block):
            element.setdefault("action_id", secrets.token_urlsafe(4))
        _complete_texts(block)
    return copies


def _complete_texts(value: Any) -> None:
    if isinstance(value, list):
        for item in value:
            _complete_texts(item)
    if not isinstance(value, dict):
        return
    if value.get("type") == "plain_text":
        value.setdefault("emoji", True)
    if value.get("type") == "mrkdwn":
        value.setdefault("verbatim", False)
    for item in value.values():
        _complete_texts(item)
