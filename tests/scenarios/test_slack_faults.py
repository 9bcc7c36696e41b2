"""Slack falters: work waits and catches up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.scenarios.stage import LIN, REVIEWS, buttons_of

if TYPE_CHECKING:
    from tests.scenarios.conftest import Open
    from tests.scenarios.stage import Stage


async def test_a_throttled_post_waits_and_comes(open_stage: Open) -> None:
    """429 with Retry-After on the first post: every card still comes, each once."""
    async with open_stage(BOT_POLL_INTERVAL="0") as stage:
        stage.slack.faults.throttle("chat.postMessage", retry_after=1, times=2)
        versions = stage.pending()
        for version in versions:
            await stage.say(LIN, f"request {version}")
        for version in versions:
            await stage.card(version)
        assert len(stage.slack.messages(REVIEWS)) == len(versions)


async def test_server_errors_of_slack_lose_no_opinion(socket_stage: Stage) -> None:
    """500s while the decision is told: the thread still gets everything, in order."""
    stage = socket_stage
    version = stage.pending()[0]
    await stage.open_modal(LIN, version, "review_approve")
    stage.slack.faults.fail("chat.postMessage", status=500, times=2)
    stage.slack.faults.fail("chat.update", status=500, times=2)
    await stage.submit(LIN, "Through the storm")

    await stage.told(version, "Final status")
    await stage.shows(version, "Approved by", "PASS")


async def test_a_channel_without_the_bot_gets_its_cards_once_it_is_invited(open_stage: Open) -> None:
    """not_in_channel is no reason to give up: the work waits for an operator."""
    async with open_stage(BOT_CHANNEL="C0GENERAL0", BOT_POLL_INTERVAL="0") as stage:
        version = stage.pending()[0]
        await stage.say(LIN, f"request {version}")
        await stage.slack.until(
            lambda: [one for one in stage.slack.traffic if one.kind == "chat.postMessage"], what="a refused post"
        )
        assert stage.slack.messages("C0GENERAL0") == []
        assert version in str(await stage.say(LIN, "pending"))


async def test_connections_come_back_after_a_refresh(socket_stage: Stage) -> None:
    """Slack asks both connections to reconnect; a click afterwards works as before."""
    stage = socket_stage
    version = stage.pending()[0]
    await stage.card(version)
    opened = len(stage.slack.traffic.of("apps.connections.open"))
    await stage.slack.faults.disconnect("refresh_requested")
    await stage.slack.until(
        lambda: len(stage.slack.traffic.of("apps.connections.open")) >= opened + 2 and stage.slack.connections == 2,
        timeout=30,
        what="two new connections",
    )

    await stage.vote(LIN, version, "approve", "After the refresh")
    await stage.told(version, "SecMaster's opinion")


async def test_a_late_check_opens_a_waiting_form_first(socket_stage: Stage) -> None:
    """Looking the person up takes longer than a trigger may wait: the form comes in two steps."""
    stage = socket_stage
    version = stage.pending()[0]
    await stage.card(version)
    stage.slack.faults.slow("users.info", 1.5)
    await stage.press(LIN, version, "review_approve")

    view = await stage.form(LIN)
    assert view["callback_id"] == "review_vote"
    assert buttons_of(await stage.card(version))
