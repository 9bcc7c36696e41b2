"""chat.*: post, change, delete, show to one person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.slack.api.call import method
from bot.sandbox.slack.api.rooms import joined, postable, visible
from bot.sandbox.slack.content import UPDATE_MOST, Content, read_content
from bot.sandbox.slack.refused import RateLimited, Refused

if TYPE_CHECKING:
    from bot.sandbox.slack.api.call import Call

PER_CHANNEL_S = 1.0


@method("chat.postMessage", "chat:write")
def post_message(call: Call) -> dict[str, Any]:
    """Post in a conversation, or to a person by their user id."""
    channel = postable(call, call.need("channel"))
    content = read_content(call.args)
    _keep_pace(call, channel)
    message = call.world.bot_message(content) | _thread(call, channel)
    if message.get("thread_ts") and call.flag("reply_broadcast"):
        message |= {"subtype": "thread_broadcast"}
    posted = call.world.messages.add(channel["id"], message)
    return {"channel": channel["id"], "ts": posted["ts"], "message": posted, **_warned(call, content)}


@method("chat.update", "chat:write")
def update(call: Call) -> dict[str, Any]:
    """Change one of the app's own messages; text without blocks removes the blocks."""
    channel = joined(call, call.need("channel"))
    if channel["is_archived"]:
        raise Refused("is_inactive")
    old = _own(call, channel["id"], "cant_update_message")
    content = read_content(call.args)
    if len(content.text) > UPDATE_MOST:
        raise Refused("msg_too_long")
    if _only_rich_text(old.get("blocks")) and content.blocks and not _has_rich_text(content.blocks):
        raise Refused("block_mismatch")
    facts = {"blocks": None, "attachments": None} | content.facts()
    if not content.blocks:
        facts["edited"] = {"user": old["user"], "ts": call.world.messages.next_ts()}
    changed = call.world.messages.change(channel["id"], old["ts"], facts) or {}
    answer = {"channel": channel["id"], "ts": old["ts"], "text": content.text, "message": changed}
    return {**answer, **_warned(call, content)}


@method("chat.delete", "chat:write")
def delete(call: Call) -> dict[str, Any]:
    """Delete one of the app's own messages."""
    channel = joined(call, call.need("channel"))
    message = _own(call, channel["id"], "cant_delete_message")
    call.world.messages.delete(channel["id"], message["ts"])
    return {"channel": channel["id"], "ts": message["ts"]}


@method("chat.postEphemeral", "chat:write")
def post_ephemeral(call: Call) -> dict[str, Any]:
    """Show a message to one person in a conversation that they and the bot are in."""
    channel = postable(call, call.need("channel"))
    user = call.need("user")
    person = call.world.workspace.users.get(user)
    if person is None or person["deleted"] or not call.world.workspace.is_member(user, channel["id"]):
        raise Refused("user_not_in_channel")
    content = read_content(call.args)
    thread = _thread(call, channel)
    if thread and not _active(call, channel["id"], thread["thread_ts"]):
        content.warnings.append("ephemeral_in_inactive_thread")
    shown = call.world.messages.add_ephemeral(channel["id"], user, call.world.bot_message(content) | thread)
    return {"message_ts": shown["ts"], **_warned(call, content)}


@method("chat.getPermalink")
def get_permalink(call: Call) -> dict[str, Any]:
    """The address of a message."""
    channel = visible(call, call.need("channel"))
    ts = call.need("message_ts")
    message = call.world.messages.get(channel["id"], ts)
    if message is None:
        raise Refused("message_not_found")
    link = f"{call.world.url}/archives/{channel['id']}/p{ts.replace('.', '')}"
    thread = message.get("thread_ts", ts)
    if thread != ts:
        link += f"?thread_ts={thread}&cid={channel['id']}"
    return {"channel": channel["id"], "permalink": link}


def _thread(call: Call, channel: dict[str, Any]) -> dict[str, str]:
    """Where a reply goes; a reply's ts, or one that does not exist, is taken but is a mistake worth a warning."""
    thread_ts = call.text("thread_ts")
    if not thread_ts:
        return {}
    parent = call.world.messages.get(channel["id"], thread_ts)
    if parent is None:
        call.world.warn(call.name, [f"thread_ts {thread_ts} is no message of {channel['id']}"])
    elif parent.get("thread_ts", thread_ts) != thread_ts:
        call.world.warn(call.name, [f"thread_ts {thread_ts} is a reply, not its parent"])
        return {"thread_ts": parent["thread_ts"]}
    return {"thread_ts": thread_ts}


def _active(call: Call, channel: str, thread_ts: str) -> bool:
    parent = call.world.messages.get(channel, thread_ts)
    return bool(parent and parent.get("reply_count"))


def _own(call: Call, channel: str, code: str) -> dict[str, Any]:
    message = call.world.messages.get(channel, call.need("ts"))
    if message is None or message.get("subtype") == "tombstone":
        raise Refused("message_not_found")
    if message.get("app_id") != call.world.workspace.app.app_id:
        raise Refused(code)
    return message


def _keep_pace(call: Call, channel: dict[str, Any]) -> None:
    """One message a second a channel, when the switch is on."""
    now, last_posts = call.world.clock(), call.world.last_posts
    if call.world.faults.rate_limit_posts and now - last_posts.get(channel["id"], 0.0) < PER_CHANNEL_S:
        raise RateLimited(1)
    last_posts[channel["id"]] = now


def _has_rich_text(blocks: list[dict[str, Any]]) -> bool:
    return any(block["type"] == "rich_text" for block in blocks)


def _only_rich_text(blocks: list[dict[str, Any]] | None) -> bool:
    return bool(blocks) and all(block["type"] == "rich_text" for block in blocks or [])


def _warned(call: Call, content: Content) -> dict[str, Any]:
    """Warnings are kept for tests; the one that Slack itself answers goes into the answer."""
    call.world.warn(call.name, content.warnings)
    if "missing_text_in_message" not in content.warnings:
        return {}
    return {"warning": "missing_text_in_message", "response_metadata": {"warnings": ["missing_text_in_message"]}}
