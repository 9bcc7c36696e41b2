"""What an app may answer to a submitted modal, and what that does to the person's screen."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.sandbox.slack.blockkit import input_blocks
from bot.sandbox.slack.refused import Refused

if TYPE_CHECKING:
    from bot.sandbox.slack.delivery import Submitted
    from bot.sandbox.slack.views import View
    from bot.sandbox.slack.world import World


def apply_answer(world: World, user: str, view: View, submitted: Submitted) -> Submitted:
    """Do what the ack says; an answer that Slack does not know leaves the modal open and shows an error."""
    body = submitted.body
    if not world.views.is_open(user, view["id"]):
        return submitted  # closed while the app was thinking: there is nothing left to change
    if body in (None, "", {}):
        world.views.close(user, view["id"])
        return submitted
    if not isinstance(body, dict):
        return replace(submitted, error="invalid_response")
    try:
        errors = _act(world, user, view, body)
    except Refused as refused:
        world.warn("view_submission", [str(refused)])
        return replace(submitted, error="invalid_response")
    return replace(submitted, response_action=body["response_action"], errors=errors)


def _act(world: World, user: str, view: View, body: dict[str, Any]) -> dict[str, str]:
    match body.get("response_action"):
        case "errors":
            return _field_errors(view, body.get("errors"))
        case "update":
            world.views.update(view, body.get("view"))
        case "push":
            world.views.push(user, body.get("view"))
        case "clear":
            world.views.close(user)
        case other:
            raise Refused("invalid_response", [f"response_action {other!r} is unknown"])
    return {}


def _field_errors(view: View, errors: Any) -> dict[str, str]:
    """Errors belong to input blocks and say something; otherwise the person only sees that something went wrong."""
    known = {block["block_id"] for block in input_blocks(view)}
    if not isinstance(errors, dict) or not errors:
        raise Refused("invalid_response", ["errors must be an object that is not empty"])
    for block_id, text in errors.items():
        if block_id not in known:
            raise Refused("invalid_response", [f"errors: {block_id!r} is no input block of the view"])
        if not isinstance(text, str) or not text:
            raise Refused("invalid_response", [f"errors: {block_id!r} says nothing"])
    return dict(errors)
