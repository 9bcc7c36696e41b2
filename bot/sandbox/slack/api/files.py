"""files.*: the three steps of an upload, of which the middle one is a POST to the URL given here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.slack.api.call import method
from bot.sandbox.slack.api.rooms import joined
from bot.sandbox.slack.content import Content
from bot.sandbox.slack.files import file_object
from bot.sandbox.slack.refused import Refused

if TYPE_CHECKING:
    from bot.sandbox.slack.api.call import Call


@method("files.getUploadURLExternal", "files:write")
def get_upload_url(call: Call) -> dict[str, Any]:
    """Where to POST the bytes of a file."""
    name, length = call.need("filename"), call.text("length")
    if not length.isdecimal() or int(length) == 0:
        raise Refused("missing_argument")
    file = call.world.files.announce(name, int(length))
    return {"upload_url": f"{call.world.url}/upload/v1/{file.ticket}", "file_id": file.id}


@method("files.completeUploadExternal", "files:write")
def complete_upload(call: Call) -> dict[str, Any]:
    """Share uploaded files in a conversation, or keep them private when none is named."""
    entries = call.json("files")
    if not isinstance(entries, list) or not entries:
        raise Refused("invalid_arguments", ["[ERROR] missing required field: files"])
    channel = joined(call, call.text("channel_id")) if call.text("channel_id") else None
    objects = [_complete(call, entry) for entry in entries]
    if channel:
        message = call.world.bot_message(Content(call.text("initial_comment"))) | {"files": objects, "upload": True}
        if call.text("thread_ts"):
            message["thread_ts"] = call.text("thread_ts")
        call.world.messages.add(channel["id"], message)
    return {"files": [{"id": one["id"], "title": one["title"]} for one in objects]}


def _complete(call: Call, entry: Any) -> dict[str, Any]:
    file = call.world.files.get(str(entry.get("id"))) if isinstance(entry, dict) else None
    if file is None or file.content is None or file.shared:
        raise Refused("file_not_found")
    file.shared = True
    file.facts = file_object(
        file,
        title=str(entry.get("title") or ""),
        user=call.world.workspace.app.bot_user_id,
        now=call.world.clock(),
        url=call.world.url,
    )
    return file.facts
