"""Triggers, the stack of modals, hashes and the home tab, as the Web API handles them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from slack_sdk.errors import SlackApiError

from tests.sandbox.slack.tiny_app import CHANNEL, actions, button, modal

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.sandbox.slack import SlackEmulator
    from tests.sandbox.slack.conftest import Clock

LIN = "U0MEILIN00"


async def trigger(slack: SlackEmulator, client: AsyncWebClient) -> str:
    """The trigger of a click; no app is connected, so it is still unused."""
    answer = await client.chat_postMessage(channel=CHANNEL, text="x", blocks=[actions(button("b"))])
    delivery = await slack.click(LIN, channel=CHANNEL, ts=answer["ts"], action_id="b")
    assert delivery.error == "no_connection"
    return str(delivery.payload["trigger_id"])


async def refused(call: Any, error: str) -> None:
    """The call fails with this code."""
    with pytest.raises(SlackApiError) as caught:
        await call
    assert caught.value.response["error"] == error


async def test_a_trigger_lives_three_seconds(slack: SlackEmulator, client: AsyncWebClient, clock: Clock) -> None:
    """At 3 s it still opens a modal, after that it is expired."""
    first, second = await trigger(slack, client), await trigger(slack, client)
    clock.now += 3.0
    assert (await client.views_open(trigger_id=first, view=modal()))["view"]["id"]
    clock.now += 0.1
    await refused(client.views_open(trigger_id=second, view=modal()), "expired_trigger_id")


async def test_a_trigger_works_once(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """The second use is exchanged, an invented one invalid."""
    trigger_id = await trigger(slack, client)
    await client.views_open(trigger_id=trigger_id, view=modal())
    await refused(client.views_open(trigger_id=trigger_id, view=modal()), "exchanged_trigger_id")
    await refused(client.views_open(trigger_id="1.2.3", view=modal()), "invalid_trigger_id")


async def test_a_view_object(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """The ids and the state are as documented for a view; a refused view does not spend the trigger."""
    trigger_id = await trigger(slack, client)
    await refused(client.views_open(trigger_id=trigger_id, view=modal("x" * 25)), "invalid_arguments")
    view = (await client.views_open(trigger_id=trigger_id, view=modal()))["view"]
    assert view["root_view_id"] == view["id"]
    assert view["previous_view_id"] is None
    assert view["app_id"] == slack.app_id
    assert view["app_installed_team_id"] == slack.team_id
    assert view["state"]["values"]["why"]["reason"]["value"] is None
    assert slack.modals(LIN)[0]["id"] == view["id"]


async def test_push_limit(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """A stack holds three views; a trigger from outside a modal pushes nothing."""
    view = modal(blocks=[actions(button("b"))])
    await client.views_open(trigger_id=await trigger(slack, client), view=view)
    await refused(client.views_push(trigger_id=await trigger(slack, client), view=view), "not_found")
    for depth in (2, 3, 4):
        clicked = await slack.click_in_modal(LIN, view_id=slack.modals(LIN)[-1]["id"], action_id="b")
        push = client.views_push(trigger_id=clicked.payload["trigger_id"], view=view)
        if depth <= 3:
            await push
            assert len(slack.modals(LIN)) == depth
        else:
            await refused(push, "push_limit_reached")


async def test_update_by_hash(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """A stale hash conflicts, the newest does not; a closed view is not found."""
    view = (await client.views_open(trigger_id=await trigger(slack, client), view=modal()))["view"]
    newer = (await client.views_update(view_id=view["id"], hash=view["hash"], view=modal("Newer")))["view"]
    assert newer["id"] == view["id"]
    assert newer["hash"] != view["hash"]
    await refused(client.views_update(view_id=view["id"], hash=view["hash"], view=modal()), "hash_conflict")
    await slack.close_modal(LIN, view_id=view["id"])
    await refused(client.views_update(view_id=view["id"], view=modal()), "not_found")


async def test_typed_text_survives_an_update_with_the_same_ids(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """Inputs are kept exactly when block_id and action_id stay."""
    blocks = modal()["blocks"] + [actions(button("b"))]
    view = (await client.views_open(trigger_id=await trigger(slack, client), view=modal(blocks=blocks)))["view"]
    await slack.click_in_modal(LIN, view_id=view["id"], action_id="b", values={"why": {"reason": "typed"}})
    await client.views_update(view_id=view["id"], view=modal("Same ids", blocks=blocks))
    assert slack.modals(LIN)[0]["state"]["values"]["why"]["reason"]["value"] == "typed"
    renamed = [{**blocks[0], "block_id": "because"}]
    await client.views_update(view_id=view["id"], view=modal("Other ids", blocks=renamed))
    assert slack.modals(LIN)[0]["state"]["values"] == {
        "because": {"reason": {"type": "plain_text_input", "value": None}}
    }


async def test_external_ids(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """An external id addresses a view, and is taken while that view is open."""
    await client.views_open(trigger_id=await trigger(slack, client), view=modal(external_id="mine"))
    await client.views_update(external_id="mine", view=modal("By its own id", external_id="mine"))
    assert slack.modals(LIN)[0]["title"]["text"] == "By its own id"
    view = modal(external_id="mine")
    await refused(client.views_open(trigger_id=await trigger(slack, client), view=view), "duplicate_external_id")


async def test_home_by_hash(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """Publishing again keeps the view's id, and a stale hash conflicts."""
    home = {"type": "home", "blocks": [{"type": "divider"}]}
    first = (await client.views_publish(user_id=LIN, view=home))["view"]
    second = (await client.views_publish(user_id=LIN, view=home, hash=first["hash"]))["view"]
    assert second["id"] == first["id"]
    await refused(client.views_publish(user_id=LIN, view=home, hash=first["hash"]), "hash_conflict")
    await refused(client.views_publish(user_id=LIN, view=modal()), "invalid_arguments")


async def test_too_large_a_view(client: AsyncWebClient) -> None:
    """Over 250 kB a view is too large, although each block is within its limits."""
    section = {"type": "section", "text": {"type": "plain_text", "text": "字" * 3000}}
    view = {"type": "home", "blocks": [dict(section) for _ in range(50)]}
    await refused(client.views_publish(user_id=LIN, view=view), "view_too_large")
