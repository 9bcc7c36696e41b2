"""views.*: modals and home tabs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.slack.api.call import method
from bot.sandbox.slack.refused import Refused

if TYPE_CHECKING:
    from bot.sandbox.slack.api.call import Call


@method("views.open")
def open_modal(call: Call) -> dict[str, Any]:
    """A modal for the person whose act the trigger stands for."""
    view = _definition(call)
    call.world.views.check(view, "modal")  # before the trigger is spent
    trigger = call.world.triggers.exchange(call.need("trigger_id"))
    return {"view": call.world.views.open(trigger.user, view)}


@method("views.push")
def push(call: Call) -> dict[str, Any]:
    """One more view on the modal in which the person acted."""
    view = _definition(call)
    call.world.views.check(view, "modal")  # before the trigger is spent
    trigger = call.world.triggers.exchange(call.need("trigger_id"))
    if trigger.view_id is None:
        raise Refused("not_found")
    return {"view": call.world.views.push(trigger.user, view)}


@method("views.update")
def update(call: Call) -> dict[str, Any]:
    """Change an open view, by its id or external id."""
    if not call.text("view_id") and not call.text("external_id"):
        raise Refused("invalid_arguments", ["[ERROR] missing required field: view_id or external_id"])
    definition = _definition(call)
    view = call.world.views.find(call.text("view_id"), call.text("external_id"))
    return {"view": call.world.views.update(view, definition, call.text("hash") or None)}


@method("views.publish")
def publish(call: Call) -> dict[str, Any]:
    """Set a person's home tab."""
    user = call.need("user_id")
    if user not in call.world.workspace.users:
        raise Refused("invalid_arguments", ["[ERROR] user not found [json-pointer:/user_id]"])
    return {"view": call.world.views.publish(user, _definition(call), call.text("hash") or None)}


def _definition(call: Call) -> Any:
    view = call.json("view")
    if view is None:
        raise Refused("invalid_arguments", ["[ERROR] missing required field: view"])
    return view
