"""What the peers show in Slack: the same buttons, form and words as the bot's, without a library to build them."""

from __future__ import annotations

import json
from typing import Any

BUTTONS = {"review_approve": ("Approve", "primary", "PASS"), "review_reject": ("Reject", "danger", "UN_PASS")}
"""Label, style and what SecMaster is told, by action id."""
FORM, REASON_BLOCK, REASON_INPUT = "review_vote", "reason", "reason_text"
LOST_WITHOUT_STATE = "⋯"
"""Where the bot shows something that a peer without state cannot know."""


def card(version: dict[str, Any], standing: str = "Waits for review", *, open_for_votes: bool = True) -> dict[str, Any]:
    """Text and blocks of the channel message of a version; without buttons once it is decided."""
    facts = [
        ("Type", version.get("aop_type")),
        ("Workspace", version.get("project_name") or LOST_WITHOUT_STATE),
        ("Submitted by", version.get("modifier_name")),
        ("Submitted at", version.get("update_time")),
        ("Version id", version["id"]),
    ]
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": _plain(str(version["name"]))},
        _rich([f"{label}: {value}" for label, value in facts]),
        _rich([standing]),
    ]
    if open_for_votes:
        value = json.dumps({key: version.get(key) for key in ("id", "name", "aop_type", "modifier_name")})
        blocks.append({"type": "actions", "elements": [_button(action, value) for action in BUTTONS]})
    return {"text": f"{version['name']}: {standing}", "blocks": blocks}


def form(version: dict[str, Any], action_id: str, *, channel: str, ts: str) -> dict[str, Any]:
    """The modal that asks for the reason; everything that a bot without state will need travels in it."""
    label, _, result = BUTTONS[action_id]
    carried = {"version": version, "result": result, "channel": channel, "ts": ts}
    reason = {
        "type": "input",
        "block_id": REASON_BLOCK,
        "label": _plain("Reason"),
        "hint": _plain("Sent to SecMaster as typed and shown in the thread. At most 1000 characters."),
        "element": {
            "type": "plain_text_input",
            "action_id": REASON_INPUT,
            "multiline": True,
            "max_length": 1000,
            "focus_on_load": True,
        },
    }
    return {
        "type": "modal",
        "callback_id": FORM,
        "title": _plain(f"{label} release"),
        "submit": _plain(label),
        "close": _plain("Cancel"),
        "private_metadata": json.dumps(carried),
        "blocks": [
            _rich(
                [str(version.get("name")), f"Type: {version.get('aop_type')}", f"By: {version.get('modifier_name')}"]
            ),
            reason,
            {"type": "context", "elements": [_plain(f"Your vote decides: SecMaster is told {result}.")]},
        ],
    }


def reason_of(view: dict[str, Any]) -> str:
    """What was typed."""
    return str(view["state"]["values"][REASON_BLOCK][REASON_INPUT]["value"])


def vote(user: str, result: str, reason: str) -> dict[str, Any]:
    """The vote, for the thread."""
    word = "approve" if result == "PASS" else "reject"
    return {"text": f"<@{user}> voted to {word}", "blocks": [_rich([f"{user} voted to {word}", reason])]}


def opinion(result: str, content: str) -> dict[str, Any]:
    """What SecMaster returned, for the thread."""
    return {"text": f"SecMaster answered {result}", "blocks": [_rich([f"SecMaster answered {result}", content])]}


def _button(action_id: str, value: str) -> dict[str, Any]:
    label, style, _ = BUTTONS[action_id]
    return {"type": "button", "action_id": action_id, "text": _plain(label), "style": style, "value": value}


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text[:150]}


def _rich(lines: list[str]) -> dict[str, Any]:
    sections = [
        {"type": "rich_text_section", "elements": [{"type": "text", "text": f"{line}\n"}]} for line in lines if line
    ]
    return {"type": "rich_text", "elements": sections}
