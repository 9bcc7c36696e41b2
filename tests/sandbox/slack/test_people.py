"""A person uses a real Bolt app through the emulator, over Socket Mode and over HTTP."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from bot.sandbox.errors import InputRefusal, SandboxRefusal
from tests.sandbox.slack.tiny_app import CHANNEL, actions, button, modal

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.sandbox.slack import SlackEmulator

pytestmark = pytest.mark.usefixtures("app")

LIN, OMAR, GUEST, EXTERNAL, GONE = "U0MEILIN00", "U0OMAR0000", "U0GUEST000", "U0EXTERN00", "U0GONE0000"


async def card(client: AsyncWebClient, *elements: dict[str, Any], channel: str = CHANNEL) -> str:
    """Post a message with buttons; its ts."""
    answer = await client.chat_postMessage(channel=channel, text="A card", blocks=[actions(*elements)])
    return str(answer["ts"])


async def opened(slack: SlackEmulator, client: AsyncWebClient, user: str = LIN) -> str:
    """Click until a modal stands before the person; its id."""
    ts = await card(client, button("ask"))
    assert (await slack.click(user, channel=CHANNEL, ts=ts, action_id="ask")).acked
    return str(slack.modals(user)[-1]["id"])


def typed(text: str) -> dict[str, dict[str, Any]]:
    """What is typed in the reason field."""
    return {"why": {"reason": text}}


async def test_a_click_carries_what_slack_sends(
    slack: SlackEmulator, client: AsyncWebClient, heard: list[dict[str, Any]]
) -> None:
    """A block_actions payload has every part that the reference page lists."""
    ts = await card(client, button("heard", "Approve", value="42", style="primary"))
    delivery = await slack.click(OMAR, channel=CHANNEL, ts=ts, action_id="heard")
    assert delivery.acked
    assert delivery.status == 200
    (body,) = heard
    assert body["user"] == {"id": OMAR, "username": "omar", "name": "omar", "team_id": slack.team_id}
    assert body["container"] == {"type": "message", "message_ts": ts, "channel_id": CHANNEL, "is_ephemeral": False}
    assert body["channel"] == {"id": CHANNEL, "name": "workflow-reviews"}
    assert body["message"]["ts"] == ts
    assert body["team"] == {"id": slack.team_id, "domain": "harbour-soc"}
    assert body["enterprise"] is None
    assert body["is_enterprise_install"] is False
    assert body["api_app_id"] == slack.app_id
    assert body["state"] == {"values": {}}
    assert re.fullmatch(r"\d+\.\d+\.\w+", body["trigger_id"])
    assert body["response_url"].startswith(slack.url)
    (action,) = body["actions"]
    assert action.pop("action_ts")
    assert action == {
        "action_id": "heard", "block_id": "buttons", "type": "button", "value": "42", "style": "primary",
        "text": {"type": "plain_text", "text": "Approve", "emoji": True},
    }  # fmt: skip
    assert slack.warnings == []


async def test_a_button_opens_a_modal_and_the_answer_closes_it(
    slack: SlackEmulator, client: AsyncWebClient, heard: list[dict[str, Any]]
) -> None:
    """Click, views.open, submit: the app gets the typed text, and an empty ack closes the view."""
    view_id = await opened(slack, client)
    submitted = await slack.submit(LIN, view_id=view_id, values=typed("看起来不错"))
    assert submitted.acked
    assert submitted.response_action is None
    assert submitted.error is None
    assert slack.modals(LIN) == []
    body = heard[-1]
    assert body["view"]["state"]["values"]["why"]["reason"] == {"type": "plain_text_input", "value": "看起来不错"}
    assert body["view"]["private_metadata"] == CHANNEL
    assert body["view"]["app_installed_team_id"] == slack.team_id
    assert body["response_urls"] == []


async def test_errors_stay_at_their_field(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """`errors` leaves the modal open with what was typed, and names the block."""
    view_id = await opened(slack, client)
    submitted = await slack.submit(LIN, view_id=view_id, values=typed("wrong"))
    assert submitted.response_action == "errors"
    assert submitted.errors == {"why": "not good enough"}
    (view,) = slack.modals(LIN)
    assert view["state"]["values"]["why"]["reason"]["value"] == "wrong"


async def test_update_push_and_clear(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """`update` changes the view in place, `push` puts one on top, `clear` ends them all."""
    view_id = await opened(slack, client)
    assert (await slack.submit(LIN, view_id=view_id, values=typed("more"))).response_action == "update"
    (view,) = slack.modals(LIN)
    assert (view["id"], view["title"]["text"]) == (view_id, "More")
    assert (await slack.submit(LIN, view_id=view_id, values=typed("next"))).response_action == "push"
    root, top = slack.modals(LIN)
    assert top["previous_view_id"] == root["id"] == top["root_view_id"]
    assert (await slack.click_in_modal(LIN, view_id=top["id"], action_id="deeper")).acked
    deepest = slack.modals(LIN)[-1]
    assert deepest["title"]["text"] == "Deeper"
    assert (await slack.submit(LIN, view_id=deepest["id"], values=typed("all"))).response_action == "clear"
    assert slack.modals(LIN) == []


@pytest.mark.parametrize("text", ["wrong block", "too much", "chat"])
async def test_an_answer_slack_does_not_know_is_an_error_to_the_person(
    slack: SlackEmulator, client: AsyncWebClient, text: str
) -> None:
    """An unknown block in `errors`, a view over the limits and a plain text leave the modal open with an error."""
    view_id = await opened(slack, client)
    submitted = await slack.submit(LIN, view_id=view_id, values=typed(text))
    assert submitted.error == "invalid_response"
    assert [view["id"] for view in slack.modals(LIN)] == [view_id]


async def test_no_ack_in_time_is_a_timeout(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """A submission that the app does not ack fails, and the modal stays."""
    view_id = await opened(slack, client)
    slack.ack_within_s = 0.3
    submitted = await slack.submit(LIN, view_id=view_id, values=typed("silent"))
    assert not submitted.acked
    assert submitted.error in {"timeout", "http_error"}
    assert len(slack.modals(LIN)) == 1


async def test_the_client_checks_before_it_sends(
    slack: SlackEmulator, client: AsyncWebClient, heard: list[dict[str, Any]]
) -> None:
    """A required field left empty is told by the block, and the app hears nothing, unless the checks are off."""
    view_id = await opened(slack, client)
    before = len(heard)
    with pytest.raises(InputRefusal) as refused:
        await slack.submit(LIN, view_id=view_id, values=typed(""))
    assert list(refused.value.errors) == ["why"]
    assert len(heard) == before
    await slack.submit(LIN, view_id=view_id, values=typed(""), client_checks=False)
    assert heard[-1]["view"]["state"]["values"]["why"]["reason"]["value"] is None


async def test_closing_tells_the_app_if_it_asked(
    slack: SlackEmulator, client: AsyncWebClient, heard: list[dict[str, Any]]
) -> None:
    """view_closed comes only with notify_on_close, says whether the stack was cleared, and carries no input."""
    view_id = await opened(slack, client)
    await client.views_update(view_id=view_id, view=modal(notify_on_close=True))
    await slack.close_modal(LIN, view_id=view_id, all_views=True)
    assert slack.modals(LIN) == []
    assert heard[-1]["type"] == "view_closed"
    assert heard[-1]["is_cleared"] is True
    assert heard[-1]["view"]["state"] == {"values": {}}


async def test_a_command_is_answered_to_its_author_alone(slack: SlackEmulator, heard: list[dict[str, Any]]) -> None:
    """The text of an ack is an ephemeral for who typed the command; names arrive as ids."""
    delivery = await slack.command(OMAR, channel=CHANNEL, command="/secmaster", text="show @priya <now>")
    assert delivery.acked
    assert heard[-1]["text"] == "show <@U0PRIYA000|priya> &lt;now&gt;"
    (seen,) = slack.messages(CHANNEL, as_user=OMAR)
    assert seen["is_ephemeral"]
    assert seen["text"].startswith("you said show")
    assert slack.messages(CHANNEL, as_user=LIN) == []
    assert slack.messages(CHANNEL) == []


async def test_respond_after_the_ack(slack: SlackEmulator) -> None:
    """A response_url answers ephemerally by default and to everybody with in_channel."""
    await slack.command(OMAR, channel=CHANNEL, command="/secmaster", text="later")
    await slack.until(lambda: len(slack.messages(CHANNEL, as_user=OMAR)) == 2)
    assert [one["text"] for one in slack.messages(CHANNEL, as_user=LIN)] == ["for all"]


async def test_a_command_without_an_ack_is_complained_about(slack: SlackEmulator) -> None:
    """Slackbot tells the author that the command failed."""
    slack.ack_within_s = 0.3
    delivery = await slack.command(OMAR, channel=CHANNEL, command="/secmaster", text="silent")
    assert not delivery.acked
    (seen,) = slack.messages(CHANNEL, as_user=OMAR)
    assert seen["user"] == "USLACKBOT"
    assert "/secmaster failed" in seen["text"]


async def test_ephemerals_are_their_addressees_own(
    slack: SlackEmulator, client: AsyncWebClient, heard: list[dict[str, Any]]
) -> None:
    """Only the addressee sees and clicks an ephemeral; its payload has no message; delete_original removes it."""
    ts = await card(client, button("whisper"))
    await slack.click(OMAR, channel=CHANNEL, ts=ts, action_id="whisper")
    (whisper,) = [one for one in slack.messages(CHANNEL, as_user=OMAR) if one.get("is_ephemeral")]
    assert len(slack.messages(CHANNEL, as_user=LIN)) == 1
    with pytest.raises(SandboxRefusal):
        await slack.click(LIN, channel=CHANNEL, ts=whisper["ts"], action_id="gone")
    await slack.click(OMAR, channel=CHANNEL, ts=whisper["ts"], action_id="gone")
    assert heard[-1]["container"]["is_ephemeral"] is True
    assert "message" not in heard[-1]
    await slack.until(lambda: len(slack.messages(CHANNEL, as_user=OMAR)) == 1)


async def test_replace_original(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """replace_original changes the message that was clicked, for everybody."""
    ts = await card(client, button("replace"))
    await slack.click(OMAR, channel=CHANNEL, ts=ts, action_id="replace")
    await slack.until(lambda: slack.messages(CHANNEL)[0]["text"] == "replaced")
    (message,) = slack.messages(CHANNEL)
    assert message["ts"] == ts
    assert "blocks" not in message


async def test_home(slack: SlackEmulator, heard: list[dict[str, Any]]) -> None:
    """Opening the home tab sends app_home_opened; what the app publishes can be used there."""
    assert slack.home(LIN) is None
    assert (await slack.open_home(LIN)).acked
    await slack.until(lambda: slack.home(LIN))
    assert heard[-1]["event"]["tab"] == "home"
    assert heard[-1]["event"]["channel"] in {one["id"] for one in slack.channels_of(LIN)}
    assert (await slack.click_in_home(LIN, action_id="heard")).acked
    assert heard[-1]["view"]["type"] == "home"
    assert heard[-1]["actions"][0]["value"] == "home"


async def test_who_may_act(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """A deactivated person, a bot and an outsider cannot act; a guest can; an external can click but not command."""
    ts = await card(client, button("heard"))
    for nobody in (GONE, EXTERNAL, "U0OTHERBOT", "USLACKBOT", "U0NOSUCH00"):
        with pytest.raises(SandboxRefusal):
            await slack.click(nobody, channel=CHANNEL, ts=ts, action_id="heard")
    assert (await slack.click(GUEST, channel=CHANNEL, ts=ts, action_id="heard")).acked
    assert (await slack.command(GUEST, channel=CHANNEL, command="/secmaster", text="help")).acked
    shared = await card(client, button("heard"), channel="C0SHARED00")
    delivery = await slack.click(EXTERNAL, channel="C0SHARED00", ts=shared, action_id="heard")
    assert delivery.acked
    assert delivery.payload["user"]["team_id"] == "T0PARTNER0"
    assert delivery.payload["team"]["id"] == slack.team_id
    with pytest.raises(SandboxRefusal, match="organisation"):
        await slack.command(EXTERNAL, channel="C0SHARED00", command="/secmaster")
    with pytest.raises(SandboxRefusal, match="is a bot"):
        await slack.open_home("USLACKBOT")
    with pytest.raises(SandboxRefusal, match="members"):
        await slack.open_home(EXTERNAL)
    await slack.deactivate(OMAR)
    with pytest.raises(SandboxRefusal, match="deactivated"):
        await slack.click(OMAR, channel=CHANNEL, ts=ts, action_id="heard")


async def test_what_is_not_there_cannot_be_used(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """A missing message, element, command, view or option is a refusal, and so is a button hidden from the person."""
    ts = await card(client, button("heard", visible_to_user_ids=[OMAR]))
    with pytest.raises(SandboxRefusal, match="not shown"):
        await slack.click(LIN, channel=CHANNEL, ts=ts, action_id="heard")
    with pytest.raises(SandboxRefusal, match="nothing to use"):
        await slack.click(OMAR, channel=CHANNEL, ts=ts, action_id="other")
    with pytest.raises(SandboxRefusal, match="gone"):
        await slack.click(OMAR, channel=CHANNEL, ts="1.000000", action_id="heard")
    with pytest.raises(SandboxRefusal, match="not a valid command"):
        await slack.command(OMAR, channel=CHANNEL, command="/other")
    with pytest.raises(SandboxRefusal, match="not open"):
        await slack.submit(OMAR, view_id="V0")
    with pytest.raises(SandboxRefusal, match="empty"):
        await slack.click_in_home(OMAR, action_id="heard")


async def test_selects_carry_the_option(
    slack: SlackEmulator, client: AsyncWebClient, heard: list[dict[str, Any]]
) -> None:
    """Picking in an overflow menu or a select sends the whole option; one that is not there cannot be picked."""
    option = {"text": {"type": "plain_text", "text": "All"}, "value": "all"}
    select = {"type": "static_select", "action_id": "heard", "options": [option]}
    overflow = {"type": "overflow", "action_id": "heard", "options": [option]}
    for block_id, element in (("s", select), ("o", overflow)):
        answer = await client.chat_postMessage(channel=CHANNEL, text="x", blocks=[actions(element, block_id=block_id)])
        await slack.click(LIN, channel=CHANNEL, ts=answer["ts"], action_id="heard", value="all")
        assert heard[-1]["actions"][0]["selected_option"]["value"] == "all"
        with pytest.raises(SandboxRefusal, match="option"):
            await slack.click(LIN, channel=CHANNEL, ts=answer["ts"], action_id="heard", value="none")
