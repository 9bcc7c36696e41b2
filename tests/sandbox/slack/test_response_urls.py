"""Response URLs: five uses, thirty minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from bot.sandbox.slack.response_urls import LIVES_S
from tests.sandbox.slack.tiny_app import CHANNEL

if TYPE_CHECKING:
    from bot.sandbox.slack import SlackEmulator
    from tests.sandbox.slack.conftest import Clock

LIN = "U0MEILIN00"


async def response_url(slack: SlackEmulator) -> str:
    """That of a command which no app heard."""
    return str((await slack.command(LIN, channel=CHANNEL, command="/secmaster")).payload["response_url"])


async def post(url: str, body: Any) -> tuple[int, dict[str, Any]]:
    """Answer through the URL; status and body."""
    async with aiohttp.ClientSession(trust_env=False) as session, session.post(url, json=body) as response:
        return response.status, await response.json()


async def test_five_uses(slack: SlackEmulator) -> None:
    """The sixth answer is refused."""
    url = await response_url(slack)
    for number in range(5):
        assert await post(url, {"text": str(number)}) == (200, {"ok": True})
    assert await post(url, {"text": "6"}) == (404, {"ok": False, "error": "used_url"})


async def test_thirty_minutes(slack: SlackEmulator, clock: Clock) -> None:
    """After half an hour it is over."""
    url = await response_url(slack)
    clock.now += LIVES_S
    assert (await post(url, {"text": "in time"}))[0] == 200
    clock.now += 1
    assert (await post(url, {"text": "late"}))[1]["error"] == "expired_url"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "no_text"),
        ([], "invalid_payload"),
        ({"text": "x", "blocks": [{"type": "nonsense"}]}, "invalid_blocks"),
        ({"delete_original": True}, "message_not_found"),
    ],
)
async def test_refused(slack: SlackEmulator, body: Any, error: str) -> None:
    """Content is checked as in a post; a command has no original to delete."""
    assert (await post(await response_url(slack), body))[1]["error"] == error


async def test_bypasses_membership(slack: SlackEmulator) -> None:
    """It answers where the bot is no member."""
    delivery = await slack.command(LIN, channel="C0PRIVATE0", command="/secmaster")
    assert delivery.payload["channel_name"] == "privategroup"
    await post(str(delivery.payload["response_url"]), {"text": "here", "response_type": "in_channel"})
    assert [one["text"] for one in slack.messages("C0PRIVATE0")] == ["here"]
    assert (await post(f"{slack.url}/actions/T0/invented", {"text": "x"}))[1]["error"] == "invalid_url"
