"""What is said at start of the channels in the settings, on the emulated Slack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slack_sdk.web.async_client import AsyncWebClient
from structlog.testing import capture_logs

from bot.slack.channels import look_at, rooms
from tests.scenarios.stage import EXTERNAL, LIN, RELEASES, REVIEWS, emulated

if TYPE_CHECKING:
    from structlog.typing import EventDict


async def looked_at(*channels: str, broken: str = "") -> list[EventDict]:
    """What was logged; in RELEASES the bot is not, and `broken` cannot be looked at."""
    async with emulated() as stage:
        await stage.slack.kick_bot(RELEASES)
        if broken:
            stage.slack.faults.fail("conversations.info")
        client = AsyncWebClient(stage.slack.bot_token, base_url=stage.slack.api_url, retry_handlers=[])
        with capture_logs() as logged:
            await look_at(client, {channel: ["BOT_CHANNEL", "route 1"] for channel in channels})
    return logged


async def test_channels_of_no_use_are_logged_with_what_names_them(no_proxies: None) -> None:
    """Found and advice in one; nothing is said of the others, shared ones too."""
    logged = await looked_at(REVIEWS, RELEASES, "C0SHARED00", LIN)
    assert logged == [
        {
            "event": "channel.unusable",
            "log_level": "error",
            "channel": RELEASES,
            "named_by": "BOT_CHANNEL, route 1",
            "problem": "The bot is not in it. Invite it there: /invite @secmaster-reviews",
        }
    ]


async def test_a_channel_that_cannot_be_looked_at_keeps_nobody_from_the_next(no_proxies: None) -> None:
    """Nor is it called wrong."""
    logged = await looked_at(REVIEWS, RELEASES, broken=REVIEWS)
    assert [line["event"] for line in logged] == ["channel.not_looked_at", "channel.unusable"]


def test_people_to_escalate_to_are_no_rooms() -> None:
    """They stand among the channels of the settings."""
    assert list(rooms({REVIEWS: [], EXTERNAL: []})) == [REVIEWS]
