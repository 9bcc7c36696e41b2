"""What people type and pick in forms, and what their client checks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bot.sandbox.errors import InputRefusal, SandboxRefusal
from tests.sandbox.slack.tiny_app import CHANNEL, actions, button, modal, plain, reason_input

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.sandbox.slack import SlackEmulator

LIN = "U0MEILIN00"
OPTIONS = [{"text": plain(value), "value": value} for value in ("a", "b")]


async def opened(slack: SlackEmulator, client: AsyncWebClient, *blocks: dict[str, Any]) -> str:
    """A modal with these blocks before Lin Mei; its id."""
    answer = await client.chat_postMessage(channel=CHANNEL, text="x", blocks=[actions(button("b"))])
    click = await slack.click(LIN, channel=CHANNEL, ts=answer["ts"], action_id="b")
    view = await client.views_open(trigger_id=click.payload["trigger_id"], view=modal(blocks=list(blocks)))
    return str(view["view"]["id"])


def field(kind: str, *, optional: bool = False, **more: Any) -> dict[str, Any]:
    """An input block `f` with an element `e`."""
    element = {"type": kind, "action_id": "e", **more}
    return {"type": "input", "block_id": "f", "label": plain("Field"), "element": element, "optional": optional}


@pytest.mark.parametrize(
    ("block", "given", "state"),
    [
        (field("plain_text_input"), "text", {"value": "text"}),
        (field("number_input", is_decimal_allowed=False), "7", {"value": "7"}),
        (field("static_select", options=OPTIONS), "b", {"selected_option": OPTIONS[1]}),
        (field("radio_buttons", options=OPTIONS), "a", {"selected_option": OPTIONS[0]}),
        (field("checkboxes", options=OPTIONS), ["a", "b"], {"selected_options": OPTIONS}),
        (field("multi_static_select", options=OPTIONS), ["b"], {"selected_options": [OPTIONS[1]]}),
        (field("users_select"), LIN, {"selected_user": LIN}),
        (field("multi_users_select"), [LIN], {"selected_users": [LIN]}),
        (field("conversations_select"), CHANNEL, {"selected_conversation": CHANNEL}),
        (field("datepicker"), "2026-11-24", {"selected_date": "2026-11-24"}),
        (field("plain_text_input"), {"value": "whole state"}, {"value": "whole state"}),
    ],
)
async def test_what_is_picked(
    slack: SlackEmulator, client: AsyncWebClient, block: dict[str, Any], given: Any, state: dict[str, Any]
) -> None:
    """Each kind of field arrives under the key that Slack uses for it."""
    view_id = await opened(slack, client, block)
    submitted = await slack.submit(LIN, view_id=view_id, values={"f": {"e": given}})
    values = submitted.payload["view"]["state"]["values"]
    assert values["f"]["e"] == {"type": block["element"]["type"], **_filled(state)}


def _filled(state: dict[str, Any]) -> dict[str, Any]:
    """Options come back with the defaults that Slack adds to their texts."""
    known = {value: {"text": plain(value) | {"emoji": True}, "value": value} for value in ("a", "b")}
    if "selected_option" in state:
        return {"selected_option": known[state["selected_option"]["value"]]}
    if "selected_options" in state:
        return {"selected_options": [known[option["value"]] for option in state["selected_options"]]}
    return state


@pytest.mark.parametrize(
    ("block", "given", "wrong"),
    [
        (field("plain_text_input"), "", True),
        (field("plain_text_input", optional=True), "", False),
        (field("plain_text_input"), "   ", False),
        (field("plain_text_input", min_length=3), "ab", True),
        (field("plain_text_input", min_length=3), "abc", False),
        (field("plain_text_input", max_length=3), "abcd", True),
        (field("plain_text_input", max_length=3), "abc", False),
        (field("plain_text_input"), "x" * 3001, True),
        (field("plain_text_input"), "x" * 3000, False),
        (field("static_select", options=OPTIONS), None, True),
        (field("checkboxes", options=OPTIONS), [], True),
        (field("checkboxes", options=OPTIONS), ["a"], False),
    ],
)
async def test_client_checks(
    slack: SlackEmulator, client: AsyncWebClient, block: dict[str, Any], given: Any, *, wrong: bool
) -> None:
    """Required, shortest and longest are checked before anything is sent."""
    view_id = await opened(slack, client, block)
    if not wrong:
        assert (await slack.submit(LIN, view_id=view_id, values={"f": {"e": given}})).error == "no_connection"
        return
    with pytest.raises(InputRefusal) as refused:
        await slack.submit(LIN, view_id=view_id, values={"f": {"e": given}})
    assert refused.value.errors.keys() == {"f"}
    assert slack.traffic.of("view_submission") == []


async def test_initial_values_count(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """An initial value stands in the state from the start."""
    view_id = await opened(slack, client, field("static_select", options=OPTIONS, initial_option=OPTIONS[1]))
    submitted = await slack.submit(LIN, view_id=view_id)
    assert submitted.payload["view"]["state"]["values"]["f"]["e"]["selected_option"]["value"] == "b"


async def test_fields_that_are_not_there(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """Neither an unknown field nor an unknown option can be filled in."""
    view_id = await opened(slack, client, field("static_select", options=OPTIONS))
    for values in ({"nowhere": {"e": "a"}}, {"f": {"other": "a"}}, {"f": {"e": "c"}}):
        with pytest.raises(SandboxRefusal):
            await slack.submit(LIN, view_id=view_id, values=values)


async def test_only_what_dispatches_tells_the_app(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """An input block is silent until the form is sent, unless it has dispatch_action."""
    silent = field("static_select", options=OPTIONS)
    view_id = await opened(slack, client, silent)
    with pytest.raises(SandboxRefusal, match="before the form"):
        await slack.click_in_modal(LIN, view_id=view_id, action_id="e", value="a")
    view_id = await opened(slack, client, {**silent, "dispatch_action": True})
    click = await slack.click_in_modal(LIN, view_id=view_id, action_id="e", value="a")
    assert click.payload["actions"][0]["selected_option"]["value"] == "a"
    assert click.payload["view"]["state"]["values"]["f"]["e"]["selected_option"]["value"] == "a"


async def test_a_pick_may_change_the_form_around_what_was_typed(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """The app hears what stands in all fields, puts in another one with a value, and the rest stays as it was."""
    select = {"type": "static_select", "action_id": "s", "options": OPTIONS}
    note = field("plain_text_input") | {"block_id": "note"}
    view_id = await opened(slack, client, actions(select), field("plain_text_input"), note)
    typed = {"f": {"e": "typed"}, "note": {"e": "kept"}}
    click = await slack.click_in_modal(LIN, view_id=view_id, action_id="s", value="b", values=typed)
    heard = click.payload["view"]["state"]["values"]
    assert (heard["f"]["e"]["value"], heard["note"]["e"]["value"]) == ("typed", "kept")
    fresh = field("plain_text_input", initial_value="from the template") | {"block_id": "f2"}
    changed = modal(blocks=[actions(select), fresh, note])
    await client.views_update(view_id=view_id, hash=click.payload["view"]["hash"], view=changed)
    submitted = await slack.submit(LIN, view_id=view_id)
    values = submitted.payload["view"]["state"]["values"]
    assert values.keys() == {"buttons", "f2", "note"}
    assert values["buttons"]["s"]["selected_option"]["value"] == "b"
    assert (values["f2"]["e"]["value"], values["note"]["e"]["value"]) == ("from the template", "kept")


async def test_no_submit_without_a_button(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """A view without submit, or with it disabled, cannot be sent."""
    view_id = await opened(slack, client, reason_input())
    await client.views_update(view_id=view_id, view=modal(submit_disabled=True))
    with pytest.raises(SandboxRefusal, match="submit"):
        await slack.submit(LIN, view_id=view_id)
    waiting = {"type": "modal", "title": plain("Wait"), "blocks": [{"type": "divider"}]}
    await client.views_update(view_id=view_id, view=waiting)
    with pytest.raises(SandboxRefusal, match="submit"):
        await slack.submit(LIN, view_id=view_id)


async def test_the_same_action_in_two_blocks_needs_the_block(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """An ambiguous press is refused; with its block_id it is not."""
    blocks = [actions(button("b", value=place), block_id=place) for place in ("1", "2")]
    ts = (await client.chat_postMessage(channel=CHANNEL, text="x", blocks=blocks))["ts"]
    with pytest.raises(SandboxRefusal, match="name the block"):
        await slack.click(LIN, channel=CHANNEL, ts=ts, action_id="b")
    click = await slack.click(LIN, channel=CHANNEL, ts=ts, action_id="b", block_id="2")
    assert click.payload["actions"][0]["value"] == "2"


async def test_close_button_and_x(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """Close takes the top view off; a view with clear_on_close takes all."""
    pushed = modal("Top", blocks=[actions(button("b"))])
    for clear, left in ((False, 1), (True, 0)):
        view_id = await opened(slack, client, actions(button("b")))
        click = await slack.click_in_modal(LIN, view_id=view_id, action_id="b")
        top = {**pushed, "clear_on_close": clear}
        view = await client.views_push(trigger_id=click.payload["trigger_id"], view=top)
        with pytest.raises(SandboxRefusal, match="not open"):
            await slack.submit(LIN, view_id=view_id)
        await slack.close_modal(LIN, view_id=view["view"]["id"])
        assert len(slack.modals(LIN)) == left
