"""Whether the bot can post where it is configured to, found out before the first card is due."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from bot.errors import SlackError, SlackRefused
from bot.reviews.telling import PEOPLE
from bot.slack.calls import told

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from slack_sdk.web.async_client import AsyncWebClient

log = structlog.get_logger(__name__)

UNKNOWN = "Slack knows no such channel, or it is private and the bot is not in it. Check the id, or invite the bot."
OUTSIDE = "The bot is not in it. Invite it there: /invite @secmaster-reviews"
ARCHIVED = "It is archived. Name another channel, or bring it back."
UNABLE = "Slack does not let the bot look at it ({code})."


async def look_at(client: AsyncWebClient, channels: Mapping[str, Sequence[str]]) -> None:
    """Log an error for every channel where the bot cannot post, with the settings that name it and what to do.

    The bot runs on: whoever invites it later needs no restart, and what has to be said there waits.
    """
    for channel, settings in channels.items():
        if channel.startswith(PEOPLE):
            continue
        if problem := await trouble_with(client, channel):
            log.error("channel.unusable", channel=channel, named_by=", ".join(settings), problem=problem)


async def trouble_with(client: AsyncWebClient, channel: str) -> str | None:
    """What keeps the bot from posting in a channel; None when nothing does, or when that cannot be told now."""
    try:
        with told("conversations.info"):
            answer = await client.conversations_info(channel=channel)
    except SlackRefused as refused:
        return UNKNOWN if refused.code == "channel_not_found" else UNABLE.format(code=refused.code)
    except SlackError as error:
        log.warning("channel.not_looked_at", channel=channel, error=str(error))
        return None
    found = answer["channel"]
    if found.get("is_archived"):
        return ARCHIVED
    return None if found.get("is_member") else OUTSIDE
