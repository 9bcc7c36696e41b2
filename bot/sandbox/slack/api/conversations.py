"""conversations.* and users.conversations: which there are, who is in them, what was said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.slack.api.call import method
from bot.sandbox.slack.api.rooms import HISTORY, READ, kind_of, readable, shares_a_channel
from bot.sandbox.slack.refused import Refused

if TYPE_CHECKING:
    from bot.sandbox.slack.api.call import Call


@method("conversations.info")
def info(call: Call) -> dict[str, Any]:
    """One conversation."""
    channel = readable(call, call.need("channel"), READ)
    shown = described(call, channel)
    if call.flag("include_num_members") and not channel["is_im"]:
        shown["num_members"] = len(channel["members"])
    if call.flag("include_locale"):
        shown["locale"] = "en-US"
    return {"channel": shown}


@method("conversations.members")
def members(call: Call) -> dict[str, Any]:
    """Who is in a conversation, externals too."""
    channel = readable(call, call.need("channel"), READ)
    page, more = call.page(channel["members"])
    return {"members": page, **more}


@method("conversations.list")
def list_all(call: Call) -> dict[str, Any]:
    """The conversations that the app can see, of the types asked for."""
    found = [one for one in _of_types(call) if not one["is_private"] or _has_bot(call, one)]
    page, more = call.page([described(call, one) for one in found])
    return {"channels": page, **more}


@method("users.conversations")
def of_user(call: Call) -> dict[str, Any]:
    """The conversations that a person (the bot itself when none is named) is in."""
    user = call.text("user") or call.world.workspace.app.bot_user_id
    if user not in call.world.workspace.users:
        raise Refused("user_not_found")
    found = [
        one for one in _of_types(call) if user in one["members"] and (not one["is_private"] or _has_bot(call, one))
    ]
    page, more = call.page([described(call, one) for one in found])
    return {"channels": page, **more}


@method("conversations.open", "im:write")
def open_direct(call: Call) -> dict[str, Any]:
    """Open the direct message with one person."""
    users = call.listed("users")
    if not users:
        raise Refused("users_list_not_supplied")
    if len(users) > 1:
        raise Refused("method_not_supported_for_channel_type", ["[ERROR] the sandbox has no group messages"])
    person = call.world.workspace.users.get(users[0])
    if person is None:
        raise Refused("user_not_found")
    if person["deleted"]:
        raise Refused("user_disabled")
    if person["is_bot"]:
        raise Refused("cannot_dm_bot")
    if not shares_a_channel(call, users[0]):
        raise Refused("user_not_visible")
    channel = call.world.workspace.direct_message(users[0], call.world.clock())
    call.world.changes.publish("channel", channel=channel["id"])
    return {"channel": described(call, channel) if call.flag("return_im") else {"id": channel["id"]}}


@method("conversations.history")
def history(call: Call) -> dict[str, Any]:
    """What stands in a conversation that the bot is in, newest first."""
    channel = _joined(call)
    found = _between(call, call.world.messages.top_level(channel["id"]))
    page, more = call.page(found[::-1], most=999)
    return {"messages": page, "has_more": bool(more["response_metadata"]["next_cursor"]), "pin_count": 0, **more}


@method("conversations.replies")
def replies(call: Call) -> dict[str, Any]:
    """A thread, its parent first."""
    channel = _joined(call)
    ts = call.need("ts")
    parent = call.world.messages.get(channel["id"], ts)
    if parent is None:
        raise Refused("thread_not_found")
    found = [parent, *_between(call, call.world.messages.replies(channel["id"], ts))]
    page, more = call.page(found, most=1000)
    return {"messages": page, "has_more": bool(more["response_metadata"]["next_cursor"]), **more}


def described(call: Call, channel: dict[str, Any]) -> dict[str, Any]:
    """The conversation as the API shows it to the app."""
    shown = {key: value for key, value in channel.items() if key != "members"}
    if channel["is_im"]:
        del shown["name"]
        return shown
    return shown | {"is_member": _has_bot(call, channel)}


def _has_bot(call: Call, channel: dict[str, Any]) -> bool:
    return call.world.workspace.bot_in(channel["id"])


def _of_types(call: Call) -> list[dict[str, Any]]:
    types = call.listed("types") or ["public_channel"]
    if any(kind not in READ for kind in types):
        raise Refused("invalid_types")
    for kind in types:
        call.need_scope(READ[kind])
    found = [one for one in call.world.workspace.channels.values() if kind_of(one) in types]
    return [one for one in found if not (one["is_archived"] and call.flag("exclude_archived"))]


def _joined(call: Call) -> dict[str, Any]:
    channel = readable(call, call.need("channel"), HISTORY)
    if not _has_bot(call, channel):
        raise Refused("not_in_channel")
    return channel


def _between(call: Call, messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    oldest = _moment(call, "oldest", 0.0)
    latest = _moment(call, "latest", float("inf"))
    edges = {oldest, latest} if call.flag("inclusive") else set()
    times = [(float(message["ts"]), message) for message in messages]
    return [message for ts, message in times if oldest < ts < latest or ts in edges]


def _moment(call: Call, key: str, default: float) -> float:
    try:
        return float(call.text(key) or default)
    except ValueError:
        raise Refused(f"invalid_ts_{key}") from None
