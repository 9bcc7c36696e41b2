"""Overflow menus in a real browser: in a channel, in a direct message, in the home tab."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playwright.async_api import expect

from tests.sandbox.page.scenery import MEI_LIN, OMAR, REVIEWS, Sandbox, button

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp

    from tests.sandbox.page.conftest import Open


def overflow(*names: str) -> dict[str, Any]:
    """A menu with these entries."""
    options = [{"text": {"type": "plain_text", "text": name}, "value": name.lower()} for name in names]
    return {"type": "overflow", "action_id": "more", "options": options}


def row(name: str) -> dict[str, Any]:
    """A block that names itself, with a button and a menu."""
    return {"type": "actions", "block_id": name, "elements": [button("go", f"Open {name}"), overflow("Ask", "Snooze")]}


def listen(app: AsyncApp) -> list[tuple[str, str]]:
    """What is chosen: the block, and the option's or the button's value."""
    chosen: list[tuple[str, str]] = []

    async def heard(ack: Any, action: Any) -> None:
        await ack()
        chosen.append((action["block_id"], action.get("selected_option", {}).get("value", "pressed")))

    app.action("more")(heard)
    app.action("go")(heard)
    return chosen


async def test_an_overflow_menu_is_used_by_mouse_and_keyboard(sandbox: Sandbox, app: AsyncApp, open_page: Open) -> None:
    """It opens whole within the window, walks with the arrows, closes with Escape, and sends the option chosen."""
    chosen = listen(app)
    await sandbox.bot.chat_postMessage(channel=REVIEWS, text="x", blocks=[row("card")])
    page = await open_page(width=375, height=700)
    toggle, menu = page.get_by_role("button", name="More actions"), page.get_by_role("menu")
    await toggle.click()
    await expect(menu).to_be_in_viewport(ratio=1)
    await page.keyboard.press("Escape")
    await expect(menu).to_be_hidden()
    await expect(toggle).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("End")
    await page.keyboard.press("Enter")
    await expect(menu).to_be_hidden()
    await sandbox.slack.until(lambda: chosen == [("card", "snooze")])
    await toggle.click()
    await menu.get_by_role("menuitem", name="Ask").click()
    await sandbox.slack.until(lambda: chosen[1:] == [("card", "ask")])


async def test_a_direct_message_is_seen_and_used(sandbox: Sandbox, app: AsyncApp, open_page: Open) -> None:
    """It appears with its unread mark for its person alone, and its button and menu work there."""
    chosen = listen(app)
    page, other = await open_page(), await open_page(OMAR)
    await sandbox.bot.chat_postMessage(channel=MEI_LIN, text="x", blocks=[row("reminder")])
    entry = page.locator("#direct").get_by_role("link")
    await expect(entry.get_by_label("1 unread")).to_be_visible()
    await entry.click()
    await expect(entry.get_by_label("1 unread")).to_have_count(0)
    await page.get_by_role("button", name="Open reminder").click()
    await page.get_by_role("button", name="More actions").click()
    await page.get_by_role("menuitem", name="Snooze").click()
    await sandbox.slack.until(lambda: chosen == [("reminder", "pressed"), ("reminder", "snooze")])
    await expect(other.locator("#direct").get_by_role("link")).to_have_count(0)


async def test_a_home_tab_of_many_rows_keeps_the_focus_where_it_is(
    sandbox: Sandbox, app: AsyncApp, open_page: Open
) -> None:
    """A menu tells its own row, and when the home is published again the focus is still on that row."""
    chosen = listen(app)
    rows = [row("first"), row("second"), row("third")]
    await sandbox.bot.views_publish(user_id=MEI_LIN, view={"type": "home", "blocks": rows})
    page = await open_page(at="home")
    toggle = page.locator("[data-block=second]").get_by_role("button", name="More actions")
    await toggle.click()
    await page.get_by_role("menuitem", name="Ask").click()
    await sandbox.slack.until(lambda: chosen == [("second", "ask")])
    news = {"type": "header", "text": {"type": "plain_text", "text": "New"}}
    changed = row("second") | {"elements": [button("go", "Open again"), overflow("Ask")]}
    await sandbox.bot.views_publish(user_id=MEI_LIN, view={"type": "home", "blocks": [news, rows[0], changed]})
    await expect(page.get_by_role("button", name="Open again")).to_be_visible()
    await expect(toggle).to_be_focused()
