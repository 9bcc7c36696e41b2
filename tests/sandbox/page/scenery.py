"""The cast and the props of these tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.sandbox.clock import BotClock
    from bot.sandbox.page import SandboxPage
    from bot.sandbox.secmaster import SecMasterEmulator
    from bot.sandbox.slack import SlackEmulator

REVIEWS = "C0REVIEWS0"
MEI_LIN = "U0MEILIN00"
OMAR = "U0OMAR0000"
GUEST = "U0GUEST000"
EXTERNAL = "U0EXTERN00"


@dataclass(frozen=True)
class Sandbox:
    """Everything that runs, and `bot`: a client with the app's own token."""

    slack: SlackEmulator
    secmaster: SecMasterEmulator
    page: SandboxPage
    clock: BotClock
    bot: AsyncWebClient


def button(action_id: str, text: str, **more: Any) -> dict[str, Any]:
    """A button of Block Kit."""
    return {"type": "button", "action_id": action_id, "text": {"type": "plain_text", "text": text}, **more}


def modal(*blocks: dict[str, Any], title: str = "Approve v3") -> dict[str, Any]:
    """A modal with a submit button."""
    return {
        "type": "modal",
        "callback_id": "vote",
        "title": {"type": "plain_text", "text": title},
        "submit": {"type": "plain_text", "text": "Send"},
        "close": {"type": "plain_text", "text": "Cancel"},
        "notify_on_close": True,
        "blocks": list(blocks),
    }


def text_field(block_id: str = "reason", label: str = "Reason", **element: Any) -> dict[str, Any]:
    """A multi-line input."""
    return {
        "type": "input",
        "block_id": block_id,
        "label": {"type": "plain_text", "text": label},
        "hint": {"type": "plain_text", "text": "Word for word."},
        "element": {"type": "plain_text_input", "action_id": "typed", "multiline": True, **element},
    }
