"""The chat in a real browser: who sees what, live messages, threads, the message box, narrow screens."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import expect

from tests.sandbox.page.scenery import EXTERNAL, GUEST, MEI_LIN, OMAR, REVIEWS, Sandbox, button

if TYPE_CHECKING:
    from playwright.async_api import Page
    from slack_bolt.async_app import AsyncApp

    from tests.sandbox.page.conftest import Open


PANES = {
    "Channels": "#sidebar",
    "SecMaster": "#console",
    "Traffic": "#traffic",
    "Faults": "#faults",
    "Chat": "#main",
}
TOO_WIDE = """
[...document.querySelectorAll(".scroll, .entries")]
  .filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.id)
"""


async def act_as(page: Page, person: str) -> None:
    """Use the switch."""
    await page.get_by_label("Act as").select_option(person)
    await expect(page).to_have_url(re.compile(f"as={person}"))


async def test_a_message_appears_without_a_reload(sandbox: Sandbox, open_page: Open) -> None:
    """What is posted is drawn and read out at once; what is edited says so."""
    page = await open_page()
    await expect(page.get_by_text("Nothing has been said here yet.")).to_be_visible()
    ts = await sandbox.slack.write(OMAR, channel=REVIEWS, text="good *morning*")
    message = page.locator("#messages .message")
    await expect(message.locator("strong")).to_have_text("morning")
    await expect(message.locator(".author")).to_have_text("Omar Haddad")
    await expect(page.get_by_role("log")).to_contain_text("Omar Haddad: good *morning*")
    posted = await sandbox.bot.chat_postMessage(channel=REVIEWS, text="draft")
    await expect(message.last.locator(".badge")).to_have_text("App")
    await sandbox.bot.chat_update(channel=REVIEWS, ts=posted["ts"], text="final")
    await expect(message.last).to_contain_text("final")
    await expect(message.last.locator(".edited")).to_have_text("(edited)")
    await sandbox.slack.delete_message(channel=REVIEWS, ts=ts)
    await expect(message).to_have_count(1)


async def test_acting_as_somebody_else_hides_what_is_not_theirs(sandbox: Sandbox, open_page: Open) -> None:
    """Channels, ephemerals and unread counts follow the person; nothing of the one before stays in the page."""
    await sandbox.slack.write(MEI_LIN, channel="C0PRIVATE0", text="for leads only")
    await sandbox.bot.chat_postEphemeral(channel=REVIEWS, user=MEI_LIN, text="between us")
    page = await open_page(MEI_LIN)
    await expect(page.get_by_text("between us")).to_be_visible()
    await expect(page.get_by_text("Only visible to you")).to_be_visible()
    await expect(page.locator("#channels")).to_contain_text("soc-leads")
    await act_as(page, GUEST)
    await expect(page.locator("#channels .entry")).to_have_count(1)
    await act_as(page, EXTERNAL)
    await expect(page.locator("#channels .entry-name")).to_have_text(["partner-desk"])
    html = await page.content()
    for hidden in ("between us", "for leads only", "soc-leads", "soc-releases"):
        assert hidden not in html


async def test_who_acts_as_somebody_else_hears_what_only_they_hear(sandbox: Sandbox, open_page: Open) -> None:
    """The page listens as the person it was switched to, and no longer as the one before."""
    page = await open_page(MEI_LIN)
    async with page.expect_request(lambda request: "/page/stream" in request.url) as listening:
        await act_as(page, OMAR)
    assert f"as={OMAR}" in (await listening.value).url
    await expect(page.locator("#actor")).to_have_value(OMAR)
    await expect(page.locator("#offline")).to_be_hidden()
    await sandbox.bot.chat_postEphemeral(channel=REVIEWS, user=OMAR, text="for Omar alone")
    await expect(page.locator("#messages").get_by_text("for Omar alone")).to_be_visible()


async def test_a_modal_belongs_to_the_one_who_opened_it(sandbox: Sandbox, app: AsyncApp, open_page: Open) -> None:
    """Somebody else's open form is neither shown nor known to another person's page."""

    @app.command("/secmaster")
    async def opened(ack, body, client):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202 - as Bolt calls it
        await ack()
        view = {
            "type": "modal",
            "title": {"type": "plain_text", "text": "Private form"},
            "blocks": [{"type": "divider"}],
        }
        await client.views_open(trigger_id=body["trigger_id"], view=view)

    mei_lin, omar = await open_page(MEI_LIN), await open_page(OMAR)
    await sandbox.slack.command(MEI_LIN, channel=REVIEWS, command="/secmaster", text="x")
    await expect(mei_lin.get_by_role("dialog", name="Private form")).to_be_visible()
    await sandbox.slack.write(MEI_LIN, channel=REVIEWS, text="after")
    await expect(omar.locator("#messages")).to_contain_text("after")
    await expect(omar.get_by_role("dialog")).to_have_count(0)


async def test_a_thread_opens_beside_the_channel(sandbox: Sandbox, open_page: Open) -> None:
    """The reply count opens the thread; a reply typed there lands in it; Escape closes it and gives the focus back."""
    card = await sandbox.bot.chat_postMessage(channel=REVIEWS, text="the card")
    await sandbox.bot.chat_postMessage(channel=REVIEWS, thread_ts=card["ts"], text="the opinion")
    page = await open_page()
    await page.get_by_role("button", name="1 reply").click()
    thread = page.get_by_role("complementary", name="Thread")
    await expect(thread.locator("#thread-messages .message")).to_contain_text("the opinion")
    await expect(page.get_by_label("Reply…")).to_be_focused()
    await page.keyboard.type("thank you")
    await page.keyboard.press("Enter")
    await expect(thread.locator("#thread-messages .message")).to_have_count(2)
    assert [one["text"] for one in sandbox.slack.thread(REVIEWS, card["ts"])] == ["the opinion", "thank you"]
    await expect(page.locator("#messages .message")).to_have_count(1)
    await page.keyboard.press("Escape")
    await expect(thread).to_be_hidden()
    await expect(page.get_by_role("button", name="2 replies")).to_be_focused()


async def test_the_message_box_sends_with_enter_and_breaks_with_shift(sandbox: Sandbox, open_page: Open) -> None:
    """Enter sends, Shift+Enter is a line break, and the box is empty afterwards."""
    page = await open_page()
    box = page.get_by_label("Message #workflow-reviews")
    await box.click()
    await page.keyboard.type("one")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("two <!channel>")
    await page.keyboard.press("Enter")
    await expect(page.locator("#messages .text")).to_have_text("one\ntwo <!channel>")
    await expect(box).to_have_value("")
    await expect(page.locator("#messages .ping")).to_have_count(0)
    assert len(sandbox.slack.messages(REVIEWS)) == 1


async def test_a_slash_offers_commands_and_sends_them(sandbox: Sandbox, app: AsyncApp, open_page: Open) -> None:
    """A slash lists the app's commands; arrows and Enter take one; Enter again sends it; only the asker is answered."""

    @app.command("/secmaster")
    async def answer(ack, body):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202 - as Bolt calls it
        await ack(f"You asked: {body['text']}")

    page = await open_page()
    box = page.get_by_label("Message #workflow-reviews")
    await box.click()
    await page.keyboard.type("/")
    options = page.get_by_role("listbox", name="Commands").get_by_role("option")
    await expect(options).to_have_count(5)
    await expect(options.first).to_have_attribute("aria-selected", "true")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(box).to_have_value("/secmaster pending")
    await page.keyboard.press("Enter")
    await expect(page.locator("[data-ephemeral=yes]")).to_contain_text("You asked: pending")
    assert sandbox.slack.messages(REVIEWS, as_user=OMAR) == []


async def test_show_offers_the_versions_that_wait(open_page: Open, sandbox: Sandbox) -> None:
    """After `show` the ids of versions are offered, those that wait for review first."""
    waiting = {one["id"] for one in sandbox.secmaster.versions.values() if one["status"] == "pending_approval"}
    page = await open_page()
    await page.get_by_label("Message #workflow-reviews").click()
    await page.keyboard.type("/secmaster show ")
    first = page.get_by_role("listbox", name="Commands").get_by_role("option").first
    await first.wait_for()
    offered = await first.inner_text()
    assert any(version in offered for version in waiting)


async def test_a_silent_app_is_said_to_be_silent(sandbox: Sandbox, open_page: Open) -> None:
    """A click that nobody acks leaves a warning at the message, and a command one in a notice."""
    blocks = [{"type": "actions", "elements": [button("approve", "Approve")]}]
    await sandbox.bot.chat_postMessage(channel=REVIEWS, text="card", blocks=blocks)
    page = await open_page()
    await page.get_by_role("button", name="Approve").click()
    await expect(page.locator(".delivery")).to_have_text("The app did not respond.")
    await page.get_by_label("Message #workflow-reviews").fill("/secmaster help")
    await page.keyboard.press("Enter")
    await expect(page.locator(".toast")).to_contain_text("did not respond")


async def test_a_confirmation_is_asked_before_a_click_is_sent(sandbox: Sandbox, app: AsyncApp, open_page: Open) -> None:
    """Saying no, or Escape, sends nothing and returns to the button; saying yes sends the click."""
    clicks: list[str] = []

    @app.action("reject")
    async def rejected(ack, body):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202 - as Bolt calls it
        await ack()
        clicks.append(body["user"]["id"])

    plain = {"type": "plain_text", "text": "Reject it?"}
    confirm = {"title": plain, "text": plain, "confirm": {**plain, "text": "Yes"}, "deny": {**plain, "text": "No"}}
    blocks = [{"type": "actions", "elements": [button("reject", "Reject", style="danger", confirm=confirm)]}]
    await sandbox.bot.chat_postMessage(channel=REVIEWS, text="card", blocks=blocks)
    page = await open_page()
    reject = page.get_by_role("button", name="Reject", exact=True)
    await reject.click()
    await page.keyboard.press("Escape")
    await expect(reject).to_be_focused()
    await reject.click()
    await page.get_by_role("alertdialog", name="Reject it?").get_by_role("button", name="Yes").click()
    await sandbox.slack.until(lambda: clicks)
    assert clicks == [MEI_LIN]


async def test_the_channel_list_walks_with_arrows(open_page: Open) -> None:
    """Down and up move between entries, Enter opens one."""
    page = await open_page()
    await page.locator("#channels .entry").first.focus()
    await page.keyboard.press("ArrowDown")
    await expect(page.locator("#channels .entry").nth(1)).to_be_focused()
    name = await page.locator("#channels .entry-name").nth(1).inner_text()
    await page.keyboard.press("Enter")
    await expect(page.locator("#room-name")).to_have_text(name)


@pytest.mark.parametrize("width", [375, 390])
async def test_a_phone_shows_one_pane_without_sideways_scrolling(sandbox: Sandbox, open_page: Open, width: int) -> None:
    """Long words, tables and every pane fit a phone; the bar at the bottom leads to each."""
    long = "isolate-" + "x" * 120
    row = [{"type": "raw_text", "text": long}] * 4
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": {"type": "plain_text", "text": long}},
        {"type": "table", "rows": [row, row]},
        {"type": "section", "fields": [{"type": "plain_text", "text": long}] * 2},
        {"type": "actions", "elements": [button(f"go{n}", f"Approve number {n}") for n in range(6)]},
    ]
    await sandbox.bot.chat_postMessage(channel=REVIEWS, text="x", blocks=blocks)
    await sandbox.slack.write(OMAR, channel=REVIEWS, text=long)
    sandbox.secmaster.new_workflow(long, "NORMAL", long, "zhang.wei")
    page = await open_page(width=width, height=740)
    await page.locator(".blocks").wait_for()
    bar = page.get_by_role("navigation", name="Panes")
    for tab, pane in PANES.items():
        await bar.get_by_role("button", name=tab).click()
        await expect(page.locator(pane)).to_be_visible()
        assert await page.locator("#app > :is(nav, main, aside):visible").count() == 2, tab
        assert await page.evaluate("document.documentElement.scrollWidth") == width, tab
        assert await page.evaluate(TOO_WIDE) == [], tab


async def test_a_permalink_leads_to_its_message_here(sandbox: Sandbox, open_page: Open) -> None:
    """A link to a message of this workspace opens its channel and focuses it; a hidden channel stays hidden."""
    await sandbox.slack.write(OMAR, channel=REVIEWS, text="first")
    card = await sandbox.bot.chat_postMessage(channel=REVIEWS, text="the card")
    link = (await sandbox.bot.chat_getPermalink(channel=REVIEWS, message_ts=card["ts"]))["permalink"]
    for channel in ("C0RELEASES", "C0SHARED00"):
        await sandbox.bot.chat_postMessage(channel=channel, text=f"<{link}|Open the review>")
    page = await open_page(at="C0RELEASES")
    await page.get_by_role("link", name="Open the review").click()
    await expect(page.locator("#room-name")).to_have_text("workflow-reviews")
    await expect(page.locator(f"#messages [data-ts='{card['ts']}']")).to_be_focused()
    outside = await open_page(EXTERNAL, at="C0SHARED00")
    await outside.get_by_role("link", name="Open the review").click()
    await expect(outside.get_by_text("You are not in that channel.")).to_be_visible()
