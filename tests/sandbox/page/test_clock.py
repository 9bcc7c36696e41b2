"""The control of the bot's clock: over HTTP, and in a real browser."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import expect

from bot.sandbox.page import SandboxPage
from tests.sandbox.page.scenery import MEI_LIN, OMAR, REVIEWS, Sandbox

if TYPE_CHECKING:
    import aiohttp

    from tests.sandbox.page.conftest import Open


async def moved(http: aiohttp.ClientSession, url: str, act: str, **body: Any) -> int:
    """One act on the clock; the HTTP status of its answer."""
    async with http.post(f"{url}/page/clock/{act}", json=body) as answer:
        return answer.status


@pytest.mark.parametrize("person", [MEI_LIN, OMAR])
async def test_the_next_morning_is_that_of_the_person(
    http: aiohttp.ClientSession, sandbox: Sandbox, person: str
) -> None:
    """It is nine o'clock where the person acted as lives."""
    assert await moved(http, sandbox.page.url, "morning", **{"as": person}) == 200
    there = sandbox.clock.now().astimezone(ZoneInfo(sandbox.slack.users[person]["tz"]))
    assert (there.hour, there.minute) == (9, 0)
    assert there.date() > datetime.now(UTC).astimezone(there.tzinfo).date()


async def test_what_is_no_way_forward_is_refused(http: aiohttp.ClientSession, sandbox: Sandbox) -> None:
    """Nothing, backwards, days at once, something unknown: the clock stays."""
    for hours in (0, -1, 25, "4"):
        assert await moved(http, sandbox.page.url, "forward", hours=hours) == 409
    assert await moved(http, sandbox.page.url, "back", hours=1) == 404
    assert sandbox.clock.ahead == timedelta()


async def test_the_clock_is_moved_with_the_keyboard(sandbox: Sandbox, open_page: Open) -> None:
    """A labelled control says the bot's time, opens, moves it, follows, and gives the focus back; on a phone too."""
    page = await open_page(OMAR, width=375, height=700)
    wide = await open_page(OMAR)
    chip = page.get_by_role("button", name="Bot's clock:")
    await chip.focus()
    await page.keyboard.press("Enter")
    panel = page.get_by_role("dialog", name="Bot's clock")
    await expect(panel).to_contain_text("only goes forward")
    await expect(panel).to_be_in_viewport(ratio=1)
    await page.keyboard.press("ArrowDown")
    await expect(panel.get_by_role("button", name="four hours")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(panel.get_by_role("status")).to_contain_text("4 h ahead")
    assert sandbox.clock.ahead == timedelta(hours=4)
    await expect(wide.get_by_role("button", name=re.compile(r"^Bot's clock: .*\d\d:\d\d \(\+4 h\)$"))).to_be_visible()
    await panel.get_by_role("button", name="09:00 tomorrow").click()
    await expect(chip).to_contain_text("09:00")
    await page.keyboard.press("Escape")
    await expect(panel).to_be_hidden()
    await expect(chip).to_be_focused()


async def test_times_in_messages_are_near_by_the_bots_clock(sandbox: Sandbox, open_page: Open) -> None:
    """How long ago, and which day: what the bot says is meant by its own clock. Slack's times are not moved."""
    posted = int(datetime.now(UTC).timestamp())
    await sandbox.bot.chat_postMessage(channel=REVIEWS, text=f"since <!date^{posted}^{{date_pretty}}, {{ago}}|x>")
    page = await open_page(OMAR)
    text = page.locator("#messages .message time[data-ago]")
    await expect(text).to_contain_text(re.compile("^Today, (now|[0-9]+ seconds? ago)"))
    sandbox.clock.forward(timedelta(hours=24))
    await expect(text).to_have_text(re.compile("^Yesterday, (yesterday|1 day ago)$"))
    later = int(sandbox.clock.now().timestamp())
    await sandbox.bot.chat_postMessage(channel=REVIEWS, text=f"until <!date^{later}^{{date_pretty}}|x>")
    await expect(text.last).to_have_text("Today")
    await expect(page.locator("#messages .day")).to_have_text(["Today"])


async def test_a_bot_of_ones_own_has_no_clock_to_move(
    http: aiohttp.ClientSession, sandbox: Sandbox, open_page: Open
) -> None:
    """Where the sandbox did not start the bot, the control says so and offers no button."""
    alone = SandboxPage(sandbox.slack, sandbox.secmaster, port=0)
    await alone.start()
    page = await open_page()
    await page.goto(alone.url)
    await page.get_by_role("button", name="Bot's clock: not available").click()
    panel = page.get_by_role("dialog", name="Bot's clock")
    await expect(panel).to_contain_text("--no-bot")
    await expect(panel.get_by_role("button")).to_have_count(0)
    assert await moved(http, alone.url, "forward", hours=1) == 409
    await page.close()
    await alone.stop()
