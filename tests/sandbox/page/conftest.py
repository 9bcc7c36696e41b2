"""The sandbox as its page shows it: both emulators, a tiny app of our own, the page, and a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
import pytest
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.clock import BotClock
from bot.sandbox.page import SandboxPage
from bot.sandbox.secmaster import SecMasterEmulator
from bot.sandbox.slack import SlackEmulator
from tests.sandbox.page.scenery import MEI_LIN, REVIEWS, Sandbox

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from playwright.async_api import Browser, ConsoleMessage, Page

    Open = Callable[..., Awaitable[Page]]


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """A session that knows no proxy."""
    async with aiohttp.ClientSession(trust_env=False) as session:
        yield session


@pytest.fixture
async def sandbox(http: aiohttp.ClientSession, tmp_path: Path) -> AsyncIterator[Sandbox]:
    """Both emulators and the page with a clock, on free ports."""
    slack, secmaster = SlackEmulator(), SecMasterEmulator()
    await slack.start()
    await secmaster.start()
    clock = BotClock(tmp_path / "clock")
    page = SandboxPage(slack, secmaster, port=0, clock=clock)
    await page.start()
    bot = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url, session=http)
    yield Sandbox(slack, secmaster, page, clock, bot)
    await page.stop()
    await secmaster.stop()
    await slack.stop()


@pytest.fixture
async def app(sandbox: Sandbox) -> AsyncIterator[AsyncApp]:
    """A Bolt app on Socket Mode; a test gives it its listeners."""
    bolt = AsyncApp(client=sandbox.bot, process_before_response=True)
    handler = AsyncSocketModeHandler(bolt, sandbox.slack.app_token)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    await sandbox.slack.until(lambda: sandbox.slack.connections)
    yield bolt
    await handler.close_async()  # type: ignore[no-untyped-call]


def _is_ours(message: ConsoleMessage) -> bool:
    # Chromium itself notes every answer that is a refusal, and a server that is gone; the page shows both.
    return message.type == "error" and not message.text.startswith("Failed to load resource")


@pytest.fixture
async def open_page(browser: Browser, sandbox: Sandbox) -> AsyncIterator[Open]:
    """Opens the page as somebody, in a place, at a size; any error in the page's console fails the test."""
    errors: list[str] = []

    async def opened(
        person: str = MEI_LIN, at: str = REVIEWS, *, tool: str = "", width: int = 1280, height: int = 800
    ) -> Page:
        context = await browser.new_context(viewport={"width": width, "height": height})
        context.set_default_timeout(10_000)
        page = await context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if _is_ours(message) else None)
        await page.goto(f"{sandbox.page.url}/#as={person}&at={at}&tool={tool}")
        await page.locator("#actor").wait_for(state="attached")
        await page.wait_for_function("document.title !== 'Harbour SOC · sandbox'")
        return page

    yield opened
    assert errors == []
