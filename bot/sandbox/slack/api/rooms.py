"""Which conversations the app may see and post in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.slack.refused import Refused

if TYPE_CHECKING:
    from bot.sandbox.slack.api.call import Call

READ = {"public_channel": "channels:read", "private_channel": "groups:read", "im": "im:read", "mpim": "mpim:read"}
HISTORY = {
    "public_channel": "channels:history",
    "private_channel": "groups:history",
    "im": "im:history",
    "mpim": "mpim:history",
}


def kind_of(channel: dict[str, Any]) -> str:
    """What Slack calls this type of conversation."""
    if channel["is_im"]:
        return "im"
    return "private_channel" if channel["is_private"] else "public_channel"


def visible(call: Call, channel_id: str) -> dict[str, Any]:
    """The conversation, if the app can see it: a public one, or one that its bot is in.

    Raises:
        Refused: `channel_not_found`.
    """
    workspace = call.world.workspace
    channel = workspace.channels.get(channel_id)
    if channel is None or (channel["is_private"] and not workspace.bot_in(channel_id)):
        raise Refused("channel_not_found")
    return channel


def readable(call: Call, channel_id: str, scopes: dict[str, str]) -> dict[str, Any]:
    """The conversation, if the app can see it and has the scope for its type.

    Raises:
        Refused: `channel_not_found`, `missing_scope`.
    """
    channel = visible(call, channel_id)
    call.need_scope(scopes[kind_of(channel)])
    return channel


def joined(call: Call, channel_id: str) -> dict[str, Any]:
    """The conversation, if the bot is in it.

    Raises:
        Refused: `channel_not_found`, `not_in_channel`.
    """
    channel = visible(call, channel_id)
    if not call.world.workspace.bot_in(channel_id):
        raise Refused("not_in_channel")
    return channel


def postable(call: Call, target: str) -> dict[str, Any]:
    """The conversation to post in; a user id means the direct message with them, which is opened.

    Raises:
        Refused: `channel_not_found`, `not_in_channel`, `is_archived`.
    """
    workspace = call.world.workspace
    if target in workspace.users:
        return _direct_message(call, target)
    channel = visible(call, target)
    if not workspace.bot_in(target) and "chat:write.public" not in workspace.app.scopes:
        raise Refused("not_in_channel")
    if channel["is_archived"]:
        raise Refused("is_archived")
    return channel


def _direct_message(call: Call, user: str) -> dict[str, Any]:
    """The DM with a person; Slack documents no code for a person who cannot have one, so it is channel_not_found."""
    workspace = call.world.workspace
    person = workspace.users[user]
    if person["deleted"] or person["is_bot"] or not shares_a_channel(call, user):
        raise Refused("channel_not_found")
    if f"D{user[1:]}" not in workspace.channels:
        call.world.changes.publish("channel", channel=f"D{user[1:]}")
    return workspace.direct_message(user, call.world.clock())


def shares_a_channel(call: Call, user: str) -> bool:
    """Whether the bot may write to `user`: a member of this workspace, or an external one met in a shared channel."""
    workspace = call.world.workspace
    if not workspace.is_external(user):
        return True
    met = [one for one in workspace.channels.values() if user in one["members"] and not one["is_im"]]
    return any(workspace.bot_in(channel["id"]) for channel in met)
