"""Modals in a real browser: fields with labels, errors at their field, focus, Escape, stacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import expect

from tests.sandbox.page.scenery import MEI_LIN, REVIEWS, Sandbox, button, modal, text_field

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page
    from slack_bolt.async_app import AsyncApp

    from tests.sandbox.page.conftest import Open


class Form:
    """An app with one button that opens a modal; `answers` is what it says to a submission, `heard` what it got."""

    def __init__(self, app: AsyncApp, view: dict[str, Any]) -> None:
        self.view = view
        self.answer: dict[str, Any] = {}
        self.heard: list[dict[str, Any]] = []
        self.closed: list[bool] = []
        app.action("open")(self._opened)
        app.view("vote")(self._submitted)
        app.view_closed("vote")(self._closed)

    async def _opened(self, ack: Any, body: Any, client: Any) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=self.view)

    async def _submitted(self, ack: Any, view: Any) -> None:
        self.heard.append(view["state"]["values"])
        await ack(**self.answer)

    async def _closed(self, ack: Any, body: Any) -> None:
        await ack()
        self.closed.append(body["is_cleared"])


@pytest.fixture
async def form(app: AsyncApp, sandbox: Sandbox) -> Form:
    """The app with its card posted."""
    blocks = [{"type": "actions", "elements": [button("open", "Approve")]}]
    await sandbox.bot.chat_postMessage(channel=REVIEWS, text="card", blocks=blocks)
    return Form(app, modal(text_field(max_length=20)))


async def opened(page: Page) -> Locator:
    """Press the card's button and wait for the form."""
    await page.get_by_role("button", name="Approve", exact=True).click()
    dialog = page.get_by_role("dialog", name="Approve v3")
    await dialog.wait_for()
    return dialog


async def answered(page: Page) -> None:
    """Every submit so far was answered, and the answer is shown."""
    await expect(page.locator("dialog.modal")).to_have_attribute("aria-busy", "false")


async def test_a_form_has_labels_hints_and_the_focus(form: Form, open_page: Open) -> None:
    """The dialog is modal and named; its field is labelled, described by its hint, and ready to type into."""
    page = await open_page()
    dialog = await opened(page)
    assert await dialog.get_attribute("aria-modal") == "true"
    reason = dialog.get_by_label("Reason")
    await expect(reason).to_be_focused()
    assert await reason.evaluate("(node) => node.tagName") == "TEXTAREA"
    assert await reason.get_attribute("maxlength") == "20"
    await expect(reason).to_have_accessible_description("Word for word.")
    await page.keyboard.type("已核对")
    await expect(dialog).to_contain_text("3 / 20")
    await dialog.get_by_role("button", name="Send").click()
    await expect(dialog).to_be_hidden()
    assert form.heard == [{"reason": {"typed": {"type": "plain_text_input", "value": "已核对"}}}]


async def test_a_required_field_is_asked_for_before_anything_is_sent(form: Form, open_page: Open) -> None:
    """An empty field gets its error at once, as in a Slack client; the app hears nothing."""
    page = await open_page()
    dialog = await opened(page)
    await page.keyboard.press("Control+Enter")
    reason = dialog.get_by_label("Reason")
    await expect(reason).to_have_attribute("aria-invalid", "true")
    await expect(reason).to_have_accessible_description("Please fill in this field. Word for word.")
    await expect(reason).to_be_focused()
    assert form.heard == []


async def test_the_apps_errors_stand_at_their_field(form: Form, open_page: Open) -> None:
    """An error is put at the field that it names and at no other, with what was typed still there; then it goes."""
    form.view = modal(text_field(), text_field("note", "Note"))
    form.answer = {"response_action": "errors", "errors": {"note": "Name the <b>rollback</b>."}}
    page = await open_page()
    dialog = await opened(page)
    await dialog.get_by_label("Reason").fill("because")
    await dialog.get_by_label("Note").fill("none")
    await page.keyboard.press("Control+Enter")
    note = dialog.get_by_label("Note")
    await expect(note).to_have_attribute("aria-invalid", "true")
    await expect(note).to_have_accessible_description("Name the <b>rollback</b>. Word for word.")
    await expect(note).to_be_focused()
    assert await dialog.get_by_label("Reason").get_attribute("aria-invalid") is None
    below = await dialog.locator(".field-error:visible").bounding_box()
    field = await note.bounding_box()
    assert below
    assert field
    assert 0 <= below["y"] - (field["y"] + field["height"]) < 20
    await expect(dialog.get_by_label("Reason")).to_have_value("because")
    form.answer = {}
    await page.keyboard.press("Control+Enter")
    await expect(dialog).to_be_hidden()
    assert len(form.heard) == 2


async def test_escape_closes_and_gives_the_focus_back(form: Form, sandbox: Sandbox, open_page: Open) -> None:
    """Escape closes the form, tells the app, and the focus is on the button that opened it."""
    page = await open_page()
    dialog = await opened(page)
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    await expect(page.get_by_role("button", name="Approve", exact=True)).to_be_focused()
    await sandbox.slack.until(lambda: form.closed)
    assert (form.closed, form.heard) == ([False], [])


async def test_the_focus_finds_a_button_that_was_drawn_anew(form: Form, sandbox: Sandbox, open_page: Open) -> None:
    """When the message changes behind the form, the focus goes to the button that took the old one's place."""
    page = await open_page()
    dialog = await opened(page)
    blocks: list[dict[str, Any]] = [
        {"type": "section", "text": {"type": "plain_text", "text": "changed meanwhile"}},
        {"type": "actions", "elements": [button("open", "Approve")]},
    ]
    card = sandbox.slack.messages(REVIEWS)[0]
    await sandbox.bot.chat_update(channel=REVIEWS, ts=card["ts"], text="card", blocks=blocks)
    await expect(page.locator("#messages")).to_contain_text("changed meanwhile")
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    await expect(page.get_by_role("button", name="Approve", exact=True)).to_be_focused()


async def test_the_focus_stays_in_the_form(form: Form, open_page: Open) -> None:
    """Tab walks round inside the dialog, in both directions, and never reaches the page behind it."""
    page = await open_page()
    dialog = await opened(page)
    stops = await dialog.locator("button, textarea").count()
    for key in ["Tab"] * (stops + 1) + ["Shift+Tab"] * (stops + 1):
        await page.keyboard.press(key)
        assert await dialog.evaluate("(node) => node.contains(document.activeElement)")


async def test_a_silent_app_leaves_the_form_and_its_text(form: Form, sandbox: Sandbox, open_page: Open) -> None:
    """When a submission is not acked the form says so and keeps what was typed."""
    page = await open_page()
    dialog = await opened(page)
    await page.keyboard.type("kept")
    sandbox.slack.faults.lost_deliveries = 1
    await page.keyboard.press("Control+Enter")
    await expect(dialog.get_by_role("alert")).to_contain_text("did not respond")
    await expect(dialog.get_by_label("Reason")).to_have_value("kept")


async def test_update_and_push_change_the_stack(form: Form, open_page: Open) -> None:
    """A pushed view lies on top, Escape uncovers the one below with its text, an update replaces, clear closes all."""
    pushed = modal(text_field(), title="Second")
    form.answer = {"response_action": "push", "view": pushed}
    page = await open_page()
    first = await opened(page)
    await page.keyboard.type("below")
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_role("dialog", name="Second")).to_be_visible()
    await answered(page)
    await page.keyboard.press("Escape")
    await expect(first.get_by_label("Reason")).to_have_value("below")
    form.answer = {"response_action": "update", "view": modal(text_field(), title="Updated")}
    await page.keyboard.press("Control+Enter")
    updated = page.get_by_role("dialog", name="Updated")
    await expect(updated.get_by_label("Reason")).to_have_value("below")
    await answered(page)
    form.answer = {"response_action": "clear"}
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_every_kind_of_field_sends_slacks_state(form: Form, open_page: Open) -> None:
    """Radio, checkbox, select, person, date and initial values arrive in the shape that Slack sends."""

    def options(*names: str) -> list[dict[str, Any]]:
        return [{"text": {"type": "plain_text", "text": name}, "value": name.lower()} for name in names]

    def field(name: str, kind: str, **more: Any) -> dict[str, Any]:
        element = {"type": kind, "action_id": "it", **more}
        label = {"type": "plain_text", "text": name}
        return {"type": "input", "block_id": name, "label": label, "element": element, "optional": True}

    form.view = modal(
        field("Risk", "radio_buttons", options=options("Low", "High")),
        field("Checks", "checkboxes", options=options("Flow", "Rollback")),
        field("Kind", "static_select", options=options("Contain", "Ease")),
        field("Who", "users_select"),
        field("Day", "datepicker"),
        field("Kept", "plain_text_input", initial_value="as it was"),
        field("Empty", "plain_text_input"),
    )
    page = await open_page(height=1000)
    dialog = await opened(page)
    await dialog.get_by_role("radiogroup", name="Risk").get_by_label("High").check()
    await dialog.get_by_role("group", name="Checks").get_by_label("Rollback").check()
    await dialog.get_by_label("Kind").select_option("ease")
    await dialog.get_by_label("Who").select_option(MEI_LIN)
    await dialog.get_by_label("Day").fill("2026-11-24")
    await dialog.get_by_role("button", name="Send").click()
    await expect(dialog).to_be_hidden()
    values = {name: actions["it"] for name, actions in form.heard[0].items()}
    assert values["Risk"]["selected_option"]["value"] == "high"
    assert [one["value"] for one in values["Checks"]["selected_options"]] == ["rollback"]
    assert values["Kind"]["selected_option"]["text"]["text"] == "Ease"
    assert values["Who"] == {"type": "users_select", "selected_user": MEI_LIN}
    assert values["Day"] == {"type": "datepicker", "selected_date": "2026-11-24"}
    assert values["Kept"]["value"] == "as it was"
    assert values["Empty"]["value"] is None


def option(name: str) -> dict[str, Any]:
    """One option of a select."""
    return {"text": {"type": "plain_text", "text": name}, "value": name.lower()}


def template_form(*fields: dict[str, Any]) -> dict[str, Any]:
    """A form whose first select, and whose field Kind, tell the app what is picked."""
    options = [option("Fine"), option("Rollback")]
    pick = {
        "type": "static_select",
        "action_id": "template",
        "options": options,
        "placeholder": option("Template")["text"],
    }
    kind = {"type": "static_select", "action_id": "template", "options": options}
    return modal(
        {"type": "actions", "block_id": "pick", "elements": [pick]},
        {
            "type": "input",
            "block_id": "kind",
            "label": option("Kind")["text"],
            "element": kind,
            "dispatch_action": True,
        },
        *fields,
        text_field("note", "Note"),
    )


async def test_a_template_fills_a_field_and_leaves_the_others(app: AsyncApp, form: Form, open_page: Open) -> None:
    """A pick tells the app all that was typed; the field it puts in is filled; the rest, and the caret, stay."""
    states: list[dict[str, Any]] = []
    form.view = template_form(text_field("reason"))

    @app.action("template")
    async def picked(ack: Any, body: Any, client: Any) -> None:
        await ack()
        view, words = body["view"], body["actions"][0]["selected_option"]["value"]
        states.append(view["state"]["values"])
        fresh = template_form(text_field(f"reason-{words}", initial_value=f"template {words}"))
        await client.views_update(view_id=view["id"], hash=view["hash"], view=fresh)

    page = await open_page()
    dialog = await opened(page)
    reason, note = dialog.get_by_label("Reason"), dialog.get_by_label("Note")
    await reason.fill("thrown away")
    await note.fill("this stays")
    await note.press("Home")
    await dialog.get_by_label("Template").select_option("rollback")
    await expect(reason).to_have_value("template rollback")
    assert states[0]["note"]["typed"]["value"] == "this stays"
    assert states[0]["reason"]["typed"]["value"] == "thrown away"
    await page.keyboard.type("Indeed, ")
    await reason.fill("my own words")
    kind = dialog.get_by_label("Kind")
    await kind.focus()
    await kind.select_option("fine")
    await expect(reason).to_have_value("template fine")
    await expect(kind).to_be_focused()
    await dialog.get_by_role("button", name="Send").click()
    await expect(dialog).to_be_hidden()
    sent = form.heard[0]
    assert sent.keys() == {"pick", "kind", "reason-fine", "note"}
    assert sent["reason-fine"]["typed"]["value"] == "template fine"
    assert sent["note"]["typed"]["value"] == "Indeed, this stays"
    assert sent["pick"]["template"]["selected_option"]["value"] == "rollback"


async def test_a_form_fills_a_phone(form: Form, open_page: Open) -> None:
    """At phone width the dialog takes the whole screen, with its buttons in reach."""
    page = await open_page(width=375, height=700)
    dialog = await opened(page)
    box = await dialog.bounding_box()
    assert box
    assert (round(box["width"]), round(box["height"])) == (375, 700)
    await expect(dialog.get_by_role("button", name="Send")).to_be_in_viewport()
