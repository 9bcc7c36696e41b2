"""Whether the bot can post where it is configured to, found out before the first card is due."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from bot.errors import SlackError, SlackRefused
from bot.reviews.telling import PEOPLE
from bot.slack.calls import told
from bot.slack.trouble import Trouble, unable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from slack_sdk.web.async_client import AsyncWebClient

log = structlog.get_logger(__name__)

UNKNOWN = Trouble(
    found="Slack knows no such channel, or it is private and the bot is not in it.",
    advice="Check the id, or invite the bot.",
)
OUTSIDE = Trouble(found="The bot is not in it.", advice="Invite it there: /invite @secmaster-reviews")
ARCHIVED = Trouble(found="It is archived.", advice="Name another channel, or bring it back.")

SHARED = {
    "is_ext_shared": "with another organisation (Slack Connect)",
    "is_pending_ext_shared": "with another organisation (Slack Connect) as soon as that accepts",
    "is_org_shared": "with other workspaces of your organisation",
}
"""What a conversation says of itself, and who else is there then (Slack, Conversation object)."""


@dataclass(frozen=True, kw_only=True)
class Channel:
    """A channel that the settings name, as the bot finds it."""

    name: str = ""
    shared: str = ""
    """With whom; "" when nobody of another workspace is there."""
    trouble: Trouble | None = None
    """What keeps the bot from posting there."""


async def look_at(client: AsyncWebClient, channels: Mapping[str, Sequence[str]]) -> None:
    """Log an error for every channel where the bot cannot post, with the settings that name it and what to do.

    The bot runs on: whoever invites it later needs no restart, and what has to be said there waits.
    """
    for channel, settings in rooms(channels).items():
        try:
            trouble = (await found(client, channel)).trouble
        except SlackError as error:
            log.warning("channel.not_looked_at", channel=channel, error=str(error))
            continue
        if trouble:
            log.error("channel.unusable", channel=channel, named_by=", ".join(settings), problem=str(trouble))


def rooms(channels: Mapping[str, Sequence[str]]) -> Mapping[str, Sequence[str]]:
    """Those that are channels: people to escalate to stand among them, too."""
    return {channel: settings for channel, settings in channels.items() if not channel.startswith(PEOPLE)}


async def found(client: AsyncWebClient, channel: str) -> Channel:
    """How the bot finds a channel; SlackError when that cannot be told now."""
    try:
        with told("conversations.info"):
            answer = await client.conversations_info(channel=channel)
    except SlackRefused as refused:
        return Channel(trouble=UNKNOWN if refused.code == "channel_not_found" else unable(refused.code))
    facts = answer["channel"]
    return Channel(
        name=str(facts.get("name") or ""),
        shared=next((whom for flag, whom in SHARED.items() if facts.get(flag)), ""),
        trouble=ARCHIVED if facts.get("is_archived") else None if facts.get("is_member") else OUTSIDE,
    )
