"""The payloads that tell the app what a person did, as complete as Slack's own."""

from __future__ import annotations

import copy
import secrets
from typing import TYPE_CHECKING, Any

from bot.sandbox.slack.inputs import chosen_option, initial_state, picked

if TYPE_CHECKING:
    from bot.sandbox.slack.inputs import Values
    from bot.sandbox.slack.world import World

Payload = dict[str, Any]


def on_message(world: World, user: str, channel: dict[str, Any], message: Payload, action: Payload) -> Payload:
    """block_actions on a message or an ephemeral; of an ephemeral Slack sends only where it was."""
    ephemeral = bool(message.get("is_ephemeral"))
    thread_ts = message.get("thread_ts")
    container = {
        "type": "message", "message_ts": message["ts"], "channel_id": channel["id"], "is_ephemeral": ephemeral,
        **({"thread_ts": thread_ts} if thread_ts else {}),
    }  # fmt: skip
    secret = world.response_urls.give(user, channel["id"], message["ts"], thread_ts)
    values = initial_state(message["blocks"])
    return {
        **_head(world, "block_actions", user), "container": container, "trigger_id": world.triggers.give(user),
        "channel": {"id": channel["id"], "name": _channel_name(channel)},
        **({} if ephemeral else {"message": copy.deepcopy(message)}),
        "state": {"values": _merged(values, action)}, "response_url": _response_url(world, secret), "actions": [action],
    }  # fmt: skip


def on_view(world: World, user: str, view: Payload, action: Payload) -> Payload:
    """block_actions in a modal or a home tab."""
    return {
        **_head(world, "block_actions", user), "container": {"type": "view", "view_id": view["id"]},
        "trigger_id": world.triggers.give(user, view["id"] if view["type"] == "modal" else None),
        "view": copy.deepcopy(view), "actions": [action],
    }  # fmt: skip


def submission(world: World, user: str, view: Payload) -> Payload:
    """view_submission."""
    return {
        **_head(world, "view_submission", user), "trigger_id": world.triggers.give(user, view["id"]),
        "view": copy.deepcopy(view), "response_urls": [],
    }  # fmt: skip


def closed(world: World, user: str, view: Payload, *, cleared: bool) -> Payload:
    """view_closed; what was typed is not told."""
    shown = copy.deepcopy(view) | {"state": {"values": {}}}
    return {**_head(world, "view_closed", user), "view": shown, "is_cleared": cleared}


def command(world: World, user: str, channel: dict[str, Any], name: str, text: str) -> dict[str, str]:
    """A slash command: flat, all strings, as in a form."""
    workspace = world.workspace
    return {
        "token": workspace.app.verification_token, "team_id": workspace.team_id,
        "team_domain": workspace.team["domain"], "channel_id": channel["id"], "channel_name": _channel_name(channel),
        "user_id": user, "user_name": workspace.users[user]["name"], "command": name, "text": text,
        "api_app_id": workspace.app.app_id, "is_enterprise_install": "false",
        "response_url": _response_url(world, world.response_urls.give(user, channel["id"])),
        "trigger_id": world.triggers.give(user),
    }  # fmt: skip


def event(world: World, inner: dict[str, Any]) -> Payload:
    """An Events API event in its wrapping."""
    workspace = world.workspace
    authorization = {
        "enterprise_id": None, "team_id": workspace.team_id, "user_id": workspace.app.bot_user_id, "is_bot": True,
        "is_enterprise_install": False,
    }  # fmt: skip
    return {
        "token": workspace.app.verification_token, "team_id": workspace.team_id, "context_team_id": workspace.team_id,
        "context_enterprise_id": None, "api_app_id": workspace.app.app_id,
        "event": {"event_ts": world.messages.next_ts(), **inner}, "type": "event_callback",
        "event_id": f"Ev{secrets.token_hex(5).upper()}", "event_time": int(world.clock()),
        "authorizations": [authorization], "is_ext_shared_channel": False,
        "event_context": f"4-{secrets.token_urlsafe(12)}",
    }  # fmt: skip


def action_of(world: World, block: Payload, element: Payload, value: Any) -> Payload:
    """What a person did with an element: pressed it, or picked or typed `value` in it."""
    action = {"action_id": element["action_id"], "block_id": block["block_id"], "type": element["type"]}
    if element["type"] == "button":
        action |= {key: element[key] for key in ("text", "value", "style", "url") if key in element}
    elif element["type"] == "overflow":
        action["selected_option"] = chosen_option(element, value)
    else:
        action |= picked(element, value)
        action |= {key: element[key] for key in ("placeholder", "initial_option") if key in element}
    return copy.deepcopy(action) | {"action_ts": world.messages.next_ts()}


def _head(world: World, kind: str, user: str) -> Payload:
    workspace = world.workspace
    person = workspace.users[user]
    return {
        "type": kind,
        "user": {"id": user, "username": person["name"], "name": person["name"], "team_id": person["team_id"]},
        "api_app_id": workspace.app.app_id, "token": workspace.app.verification_token,
        "team": {"id": workspace.team_id, "domain": workspace.team["domain"]}, "enterprise": None,
        "is_enterprise_install": False,
    }  # fmt: skip


def _merged(values: Values, action: Payload) -> Values:
    fields = values.get(action["block_id"], {})
    if action["action_id"] in fields:
        held = fields[action["action_id"]]
        held.update({key: action[key] for key in held if key in action})
    return values


def _channel_name(channel: dict[str, Any]) -> str:
    if channel["is_im"]:
        return "directmessage"
    return "privategroup" if channel["is_private"] else str(channel["name"])


def _response_url(world: World, secret: str) -> str:
    return f"{world.url}/actions/{world.workspace.team_id}/{secret}"
