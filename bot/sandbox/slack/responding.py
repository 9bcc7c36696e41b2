"""What the app says through a response URL, or in the ack of a slash command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.slack.content import read_content
from bot.sandbox.slack.refused import Refused

if TYPE_CHECKING:
    from bot.sandbox.slack.response_urls import Reply
    from bot.sandbox.slack.world import World


def respond(world: World, reply: Reply, body: dict[str, Any]) -> None:
    """Post, replace or delete; ephemeral unless `response_type` is in_channel.

    Raises:
        Refused: the content is not one Slack takes, or there is no message to replace any more.
    """
    if body.get("delete_original"):
        _delete_original(world, reply)
        return
    content = read_content(body)
    world.warn("response_url", content.warnings)
    if body.get("replace_original") and reply.message_ts:
        _replace_original(world, reply, {"blocks": None, "attachments": None} | content.facts())
        return
    message = world.bot_message(content)
    thread_ts = body.get("thread_ts")
    if thread_ts:
        message["thread_ts"] = str(thread_ts)
    if body.get("response_type") == "in_channel":
        world.messages.add(reply.channel, message)
    else:
        world.messages.add_ephemeral(reply.channel, reply.user, message)


def _delete_original(world: World, reply: Reply) -> None:
    if not reply.message_ts or not world.messages.delete(reply.channel, reply.message_ts):
        raise Refused("message_not_found")


def _replace_original(world: World, reply: Reply, facts: dict[str, Any]) -> None:
    if world.messages.change(reply.channel, reply.message_ts or "", facts) is None:
        raise Refused("message_not_found")
