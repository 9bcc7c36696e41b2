"""What Slack delivers twice, or long after: recognised before and after a restart, or without a second effect."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from bot.app import Bot
from tests.scenarios.stage import LIN, OMAR, REVIEWS, Stage, buttons_of, emulated, environment, settings, text_of
from tests.scenarios.waiting import catch_up, refused, taken

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.sandbox.slack.delivery import Delivery

QUIET = {"BOT_POLL_INTERVAL": "0", "BOT_NOTIFY_CHANNELS": ""}


@pytest.fixture(params=["socket", "http"])
def mode(request: pytest.FixtureRequest) -> str:
    """Each transport."""
    return str(request.param)


@pytest.fixture
async def stage(no_proxies: None) -> AsyncIterator[Stage]:
    """Both emulators, with no bot yet."""
    async with emulated() as bare:
        bare.slack.workspace.users[LIN]["locale"] = "en-US"
        bare.secmaster.faults.publish_seconds = 0.1
        yield bare
        assert bare.slack.warnings == []


@asynccontextmanager
async def running(stage: Stage, folder: Path, mode: str, **changes: str) -> AsyncIterator[None]:
    """A bot on the database in this folder."""
    variables = environment(stage.slack, stage.secmaster, folder, BOT_MODE=mode, **QUIET, **changes)
    stage.bot = Bot(settings(variables))
    try:
        await stage.bot.start()
        if mode == "http":
            stage.slack.deliver_over_http(f"http://127.0.0.1:{stage.bot.server.port}/slack/events")
        else:
            await stage.slack.until(lambda: stage.slack.connections == 2, timeout=30, what="two connections")
        yield
    finally:
        await stage.bot.stop()


async def deliver_again(stage: Stage, delivery: Delivery) -> Delivery:
    """The very same payload once more."""
    return await stage.slack._courier.deliver(delivery.kind, delivery.payload)


async def settle(stage: Stage) -> None:
    """Until what clicks and submits have started is done."""
    assert stage.bot is not None
    await stage.bot._reception.inflight.drain(within=20)


async def test_a_command_delivered_twice_opens_one_review(stage: Stage, tmp_path: Path, mode: str) -> None:
    """Each delivery is answered with the truth; there is one card."""
    async with running(stage, tmp_path, mode):
        version = stage.pending()[0]
        stage.slack.faults.duplicate_deliveries = 1
        await stage.slack.command(OMAR, channel=REVIEWS, command="/secmaster", text=f"request {version}")
        answers = await stage.until(
            lambda: stage.whispers(OMAR) if len(stage.whispers(OMAR)) == 2 else None, "both answers"
        )
        for answer in answers:
            assert any(words in text_of(answer) for words in ("is open", "already has a review"))
        await stage.card(version)
        assert len(stage.slack.messages(REVIEWS)) == 1


async def test_a_home_that_is_opened_twice_is_published_and_nothing_else(
    stage: Stage, tmp_path: Path, mode: str
) -> None:
    """Both deliveries of the event are acked."""
    async with running(stage, tmp_path, mode):
        version = stage.pending()[0]
        await stage.say(OMAR, f"request {version}")
        stage.slack.faults.duplicate_deliveries = 1
        opened = await stage.slack.open_home(LIN)
        assert opened.acked
        home = await stage.until(lambda: stage.slack.home(LIN), "a home")
        assert buttons_of(home) == ["review_approve", "review_reject", "review_changes", "home_refresh"]
        await settle(stage)
        assert 1 <= len(taken(stage.slack, "views.publish")) <= 2
        assert refused(stage.slack, "views.publish") == []


async def test_what_was_handled_before_a_restart_comes_again_without_effect(
    stage: Stage, tmp_path: Path, mode: str
) -> None:
    """Command, click, submit and event: one review, one vote, one decision, and a form that opens once."""
    version = stage.pending()[0]
    async with running(stage, tmp_path, mode):
        command = await stage.slack.command(OMAR, channel=REVIEWS, command="/secmaster", text=f"request {version}")
        click = await stage.press(LIN, version, "review_approve")
        submit = await stage.submit(LIN, "Before the restart")
        await stage.told(version, "Final status")
        home = await stage.slack.open_home(LIN)
        await stage.until(lambda: stage.slack.home(LIN), "a home")
    before = [text_of(reply) for reply in stage.thread(version)]

    async with running(stage, tmp_path, mode):
        for delivery in (command, click, submit, home):
            assert (await deliver_again(stage, delivery)).acked
        await settle(stage)
        await stage.shows(version, "Approved by")
        assert stage.slack.modals(LIN) == []
        assert "already decided" in text_of(stage.whispers(LIN)[-1])
        await stage.vote(LIN, await another(stage), "approve", "The next one works")
        assert [text_of(reply) for reply in stage.thread(version)] == before
        assert len(stage.cards(version)) == 1
    assert len(stage.secmaster.approvals(version)) == 1


async def another(stage: Stage) -> str:
    """A review of another version."""
    version = stage.pending()[0]
    await stage.say(OMAR, f"request {version}")
    return version


async def test_a_submit_whose_first_copy_came_before_a_restart_is_answered_like_the_first(
    stage: Stage, tmp_path: Path, mode: str
) -> None:
    """The vote stands, one of two; the copy closes the form as the first did, and adds nothing."""
    async with running(stage, tmp_path, mode, BOT_APPROVALS_REQUIRED="2"):
        version = stage.pending()[0]
        await stage.say(OMAR, f"request {version}")
        submit = await stage.vote(LIN, version, "approve", "Counted")
        await stage.told(version, "Counted")
    async with running(stage, tmp_path, mode, BOT_APPROVALS_REQUIRED="2"):
        again = await deliver_again(stage, submit)
        assert (again.acked, again.body) == (submit.acked, submit.body)
        await stage.shows(version, "1 of 2 approvals")
        assert len(stage.thread(version)) == 1


async def test_an_event_that_was_not_acked_is_delivered_later_and_handled(
    stage: Stage, tmp_path: Path, mode: str
) -> None:
    """The bot was down when somebody opened their home; Slack's retry finds it up."""
    stage.slack.faults.event_retry_delays_s = (0.2, 0.5, 5.0)
    stage.slack.faults.lost_deliveries = 2
    async with running(stage, tmp_path, mode):
        opened = await stage.slack.open_home(OMAR)
        assert not opened.acked
        home = await stage.until(lambda: stage.slack.home(OMAR), "a home")
        assert "Nothing waits" in text_of(home)
        await stage.until(
            lambda: [entry for entry in stage.slack.traffic.of("app_home_opened") if entry.status == 200], "an ack"
        )
        assert [entry.status for entry in stage.slack.traffic.of("app_home_opened")] == [None, None, 200]


async def test_a_card_that_could_not_be_posted_goes_where_the_new_settings_say(
    stage: Stage, tmp_path: Path, mode: str
) -> None:
    """BOT_CHANNEL was a mistake: after a restart with another one the waiting card appears there, once."""
    version = stage.pending()[0]
    async with running(stage, tmp_path, mode, BOT_CHANNEL="C0PRIVATE0"):
        await stage.say(OMAR, f"request {version}")
        await stage.until(lambda: refused(stage.slack, "chat.postMessage"), "a refused card")
    async with running(stage, tmp_path, mode):
        await catch_up(stage, lambda: stage.cards(version), "the card")
        assert len(stage.slack.messages(REVIEWS)) == 1
        await stage.vote(LIN, version, "approve", "In the right place")
        await stage.told(version, "SecMaster's opinion")
