"""The main story as a person does it: a browser on the sandbox page, the real bot behind it."""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from playwright.async_api import expect

from bot.sandbox.page import SandboxPage
from tests.scenarios.stage import LIN, REVIEWS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, Page

    from tests.scenarios.stage import Stage


@asynccontextmanager
async def opened(stage: Stage, browser: Browser, user: str = LIN) -> AsyncIterator[Page]:
    """The page, in the review channel, as somebody."""
    served = SandboxPage(stage.slack, stage.secmaster, port=0)
    await served.start()
    try:
        page = await browser.new_page(viewport={"width": 1280, "height": 900})
        await page.goto(f"{served.url}/#as={user}&at={REVIEWS}&tool=console")
        yield page
        await page.close()
    finally:
        await served.stop()


async def test_a_person_approves_and_reads_the_opinion(stage: Stage, browser: Browser) -> None:
    """Button, form, the error for an empty reason by its field, submit, thread: all on the page."""
    version = stage.pending()[0]
    name = stage.secmaster.versions[version]["name"]
    async with opened(stage, browser) as page:
        await page.get_by_role("button", name=re.compile(f"^Approve {name}")).click()
        dialog = page.get_by_role("dialog")
        await expect(dialog).to_be_visible()
        reason = dialog.get_by_role("textbox")
        await expect(reason).to_be_focused()

        await dialog.get_by_role("button", name=re.compile("^(Approve|通过|批准)")).click()
        await expect(reason).to_have_attribute("aria-invalid", "true")
        await reason.fill("   ")
        await dialog.get_by_role("button", name=re.compile("^(Approve|通过|批准)")).click()
        await expect(reason).to_have_attribute("aria-invalid", "true")
        assert stage.secmaster.approvals(version) == []

        await reason.fill("已在预发布环境验证 <b>&")
        await dialog.get_by_role("button", name=re.compile("^(Approve|通过|批准)")).click()
        await expect(dialog).to_be_hidden()
        await stage.told(version, "Final status")

        card = page.get_by_role("button", name=re.compile(f"^Approve {name}"))
        await expect(card).to_have_count(0)
        await page.get_by_role("button", name=re.compile("3 repl")).first.click()
        thread = page.get_by_role("complementary", name="Thread")
        await expect(thread.get_by_text("SecMaster's opinion").last).to_be_visible()
        await expect(thread.get_by_text("已在预发布环境验证 <b>&").first).to_be_visible()


async def test_a_person_changes_what_is_under_review(socket_stage: Stage, browser: Browser) -> None:
    """With the switch on, the console edits a pending version: the card is closed and a second round begins."""
    stage = socket_stage
    stage.secmaster.faults.edit_while_pending = True
    version = stage.pending()[0]
    await stage.card(version)
    async with opened(stage, browser) as page:
        row = page.locator(f"[data-version='{version}']")
        await row.get_by_role("button", name="Edit").click()
        await expect(row.get_by_label("Submit for review after saving")).to_have_count(0)
        await row.get_by_label("Description").fill("Now also wipes the disk")
        await row.get_by_role("button", name="Save").click()
        await stage.shows(version, "Now also wipes the disk", "Round 2")
        assert len(stage.cards(version)) == 2
