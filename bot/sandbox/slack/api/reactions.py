"""reactions.add."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bot.sandbox.slack.api.call import method
from bot.sandbox.slack.api.rooms import joined
from bot.sandbox.slack.refused import Refused

if TYPE_CHECKING:
    from bot.sandbox.slack.api.call import Call

_NAME = re.compile(r"[a-z0-9_+'-]+(::skin-tone-[2-6])?")


@method("reactions.add", "reactions:write")
def add(call: Call) -> dict[str, Any]:
    """React to a message as the bot."""
    channel = joined(call, call.need("channel"))
    if channel["is_archived"]:
        raise Refused("is_archived")
    message = call.world.messages.get(channel["id"], call.need("timestamp"))
    if message is None:
        raise Refused("message_not_found")
    name, bot = call.need("name"), call.world.workspace.app.bot_user_id
    if not _NAME.fullmatch(name):
        raise Refused("invalid_name")
    reactions = [dict(one) for one in message.get("reactions", [])]
    mine = next((one for one in reactions if one["name"] == name), None)
    if mine and bot in mine["users"]:
        raise Refused("already_reacted")
    if mine:
        mine |= {"users": [*mine["users"], bot], "count": mine["count"] + 1}
    else:
        reactions.append({"name": name, "users": [bot], "count": 1})
    call.world.messages.change(channel["id"], message["ts"], {"reactions": reactions})
    return {}
