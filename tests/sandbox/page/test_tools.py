"""The panes beside the chat, in a real browser: home tab, console, traffic, faults."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.async_api import expect

from tests.sandbox.page.scenery import MEI_LIN, REVIEWS, Sandbox, button

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp

    from tests.sandbox.page.conftest import Open


async def test_opening_the_home_tab_tells_the_app_and_shows_what_it_publishes(
    sandbox: Sandbox, app: AsyncApp, open_page: Open
) -> None:
    """The app hears app_home_opened, its view appears, and its buttons work."""
    pressed: list[str] = []

    @app.event("app_home_opened")
    async def home(event, client):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202 - as Bolt calls it
        section = {
            "type": "section",
            "text": {"type": "mrkdwn", "text": f"Queue of <@{event['user']}>"},
            "accessory": button("review", "Review"),
        }
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": [section]})

    @app.action("review")
    async def review(ack, body):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202 - as Bolt calls it
        await ack()
        pressed.append(body["user"]["id"])

    page = await open_page()
    await page.get_by_role("link", name="SecMaster reviews home").click()
    await expect(page.locator(".home-view")).to_contain_text("Queue of @Lin Mei")
    await page.get_by_role("button", name="Review").click()
    await sandbox.slack.until(lambda: pressed)
    assert pressed == [MEI_LIN]


async def test_a_version_is_rejected_edited_and_submitted_again_in_the_console(
    sandbox: Sandbox, open_page: Open
) -> None:
    """The console's forms do what they say, and the pills follow."""
    workflow = sandbox.secmaster.new_workflow("Block a domain", "EASE", "first try", "zhang.wei")
    version_id = sandbox.secmaster.versions_of(workflow["id"])[0]["id"]
    page = await open_page(tool="console")
    version = page.locator(f"[data-version='{version_id}']")
    await expect(version.locator(".pill")).to_have_text("To be submitted")
    await version.get_by_role("button", name="Submit").click()
    await expect(version.locator(".pill")).to_have_text("Pending review")
    await version.get_by_role("button", name="Decide here").click()
    await version.get_by_label("Result").select_option("UN_PASS")
    await version.get_by_label("Review comment").fill("没有回滚")
    await version.get_by_role("button", name="Record the decision").click()
    await expect(version.locator(".pill")).to_have_text("Rejected")
    await expect(version.locator(".opinion")).to_contain_text("UN_PASS 没有回滚")
    before = sandbox.secmaster.versions[version_id]["taskflow"]
    await version.get_by_role("button", name="Edit").click()
    await version.get_by_label("Description").fill("second try")
    await version.get_by_label("Add a step").fill("回滚")
    await version.get_by_role("button", name="Save").click()
    await expect(version.locator(".pill")).to_have_text("Pending review")
    await expect(version).to_contain_text("second try")
    assert sandbox.secmaster.versions[version_id]["taskflow"] != before


async def test_a_flow_that_is_not_touched_is_saved_as_it_was(sandbox: Sandbox, open_page: Open) -> None:
    """Saving a new description leaves the flow's bytes alone."""
    workflow = sandbox.secmaster.new_workflow("Block a domain", "EASE", "first try", "zhang.wei")
    version_id = sandbox.secmaster.versions_of(workflow["id"])[0]["id"]
    before = sandbox.secmaster.versions[version_id]["taskflow"]
    page = await open_page(tool="console")
    version = page.locator(f"[data-version='{version_id}']")
    await version.get_by_role("button", name="Edit").click()
    await version.get_by_label("Description").fill("second try")
    await version.get_by_role("button", name="Save").click()
    await expect(version).to_contain_text("second try")
    assert sandbox.secmaster.versions[version_id]["taskflow"] == before


async def test_a_refusal_of_the_console_is_shown(sandbox: Sandbox, open_page: Open) -> None:
    """A rejection without a comment is refused in words."""
    waiting = next(one for one in sandbox.secmaster.versions.values() if one["status"] == "pending_approval")
    page = await open_page(tool="console")
    version = page.locator(f"[data-version='{waiting['id']}']")
    await version.get_by_role("button", name="Decide here").click()
    await version.get_by_label("Result").select_option("UN_PASS")
    await version.get_by_role("button", name="Record the decision").click()
    await expect(page.get_by_role("alert").filter(has_text="comment")).to_be_visible()
    assert sandbox.secmaster.versions[waiting["id"]]["status"] == "pending_approval"


async def test_traffic_is_live_filtered_and_paused(sandbox: Sandbox, open_page: Open) -> None:
    """Calls appear by themselves, newest first, open to their JSON, can be filtered, and wait while paused."""
    page = await open_page(tool="traffic")
    await sandbox.bot.chat_postMessage(channel=REVIEWS, text="look at this")
    await sandbox.bot.auth_test()
    calls = page.locator(".exchange b")
    await expect(calls).to_have_text(["auth.test", "chat.postMessage"])
    await page.get_by_label("Filter the traffic").fill("look at")
    await expect(calls).to_have_text(["chat.postMessage"])
    await page.locator(".exchange summary").first.click()
    await expect(page.locator(".json").first).to_contain_text('"text": "look at this"')
    await page.get_by_label("Filter the traffic").fill("")
    await page.get_by_role("button", name="Pause").click()
    await sandbox.bot.users_info(user=MEI_LIN)
    await sandbox.bot.chat_postMessage(channel=REVIEWS, text="meanwhile")
    await expect(page.locator("#messages")).to_contain_text("meanwhile")
    await expect(calls).to_have_count(2)
    await page.get_by_role("button", name="Go on").click()
    await expect(calls.first).to_have_text("chat.postMessage")
    await expect(calls).to_have_count(4)


async def test_a_fault_is_set_used_up_and_cleared(sandbox: Sandbox, open_page: Open) -> None:
    """A switch shows as active with its count, a call uses it up, and clear all ends the rest."""
    page = await open_page(tool="faults")
    panel = page.locator("#faults")
    await panel.get_by_text("Lose deliveries").click()
    await panel.locator(".fault[open]").get_by_label("How many payloads").fill("2")
    await panel.locator(".fault[open]").get_by_role("button", name="Switch on").click()
    active = panel.locator(".active-faults li")
    await expect(active).to_contain_text("2 payloads")
    await expect(page.locator("#fault-count")).to_have_text("1")
    assert sandbox.slack.faults.lost_deliveries == 2
    sandbox.slack.faults.lost_deliveries -= 1
    await expect(active).to_contain_text("1 payloads")
    await panel.get_by_role("button", name="Clear all").click()
    await expect(active).to_have_count(0)
    assert sandbox.slack.faults.active() == []


async def test_the_page_says_when_the_sandbox_is_gone(sandbox: Sandbox, open_page: Open) -> None:
    """When the server stops the page says that the connection is lost instead of showing old things as new."""
    page = await open_page()
    await sandbox.page.stop()
    await expect(page.get_by_role("alert").filter(has_text="connection to the sandbox is lost")).to_be_visible()
