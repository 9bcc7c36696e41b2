"""Nobody forgets: reminders, escalation and the morning's digest, by a clock that is moved."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.scenarios.stage import JONAS, LIN, OMAR, PRIYA, REVIEWS, buttons_of, elements_of, text_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.scenarios.conftest import Open
    from tests.scenarios.stage import Stage

RULES = {
    "BOT_REVIEWERS": f"{OMAR},{PRIYA}",
    "BOT_REMIND_AFTER": "4h",
    "BOT_ESCALATE_AFTER": "1d",
    "BOT_ESCALATE_TO": f"C0PRIVATE0,{JONAS}",
    "BOT_WORKING_HOURS": "00:00-24:00",
}


@pytest.fixture(params=["socket", "http"])
async def stage(request: pytest.FixtureRequest, open_stage: Open) -> AsyncIterator[Stage]:
    """Reminders after four hours, escalation after a day."""
    async with open_stage(request.param, **RULES) as opened:
        opened.slack.workspace.channels["C0PRIVATE0"]["members"].append(opened.slack.bot_user_id)
        await opened.slack.until(lambda: all(map(opened.cards, opened.pending())), what="cards")
        yield opened


async def test_who_has_not_voted_is_reminded_in_one_message(stage: Stage) -> None:
    """Of everything that waits for them; who voted on something is not reminded of it; the buttons work from there."""
    first, *others = stage.pending()
    await stage.vote(OMAR, first, "reject", "No rollback")
    await stage.told(first, "SecMaster's opinion")
    stage.forward(hours=4.5)
    reminder = await stage.written(OMAR, "still wait for your review", "Nothing is decided until people vote")
    assert buttons_of(reminder) == ["review_approve", "review_reject", "review_changes"] * len(others)
    assert len(stage.direct(OMAR)) == 1
    await stage.written(PRIYA, "wait")
    assert stage.direct(LIN) == []

    room = stage.room(OMAR)
    blocks = [block for block in reminder["blocks"] if block["type"] == "actions"]
    await stage.slack.click(
        OMAR, channel=room, ts=reminder["ts"], action_id="review_approve", block_id=blocks[0]["block_id"]
    )
    await stage.submit(OMAR, "Done from the reminder")
    await stage.until(lambda: any(stage.status(version) == "activated" for version in others), "a decision")
    await stage.slack.click(
        OMAR, channel=room, ts=reminder["ts"], action_id="review_reject", block_id=blocks[0]["block_id"]
    )
    told = await stage.until(
        lambda: [one for one in stage.slack.messages(room, as_user=OMAR) if one.get("is_ephemeral")], "a word"
    )
    assert "already decided" in text_of(told[-1])
    assert elements_of(stage.direct(OMAR)[0], "button")  # the reminder still has the others


async def test_what_waits_for_a_day_is_told_to_others(stage: Stage) -> None:
    """A channel and a person; the card and its thread say so, and nothing is decided by it."""
    version = stage.pending()[0]
    stage.forward(days=1, minutes=1)
    await stage.slack.until(
        lambda: [one for one in stage.slack.messages("C0PRIVATE0") if "still waits for review" in text_of(one)],
        what="escalation",
    )
    await stage.written(JONAS, "still waits for review")
    await stage.told(version, "Still waiting for review", f"@{JONAS}")
    await stage.told(version, "Still waiting for review", "@C0PRIVATE0")
    assert stage.status(version) == "pending_approval"
    assert stage.calls("CreateAopWorkflowVersionApprovel") == []


async def test_a_channel_hears_in_the_morning_what_waits(open_each: Open) -> None:
    """Oldest first, with links; once."""
    now = datetime.now(UTC)
    async with open_each(BOT_DIGEST=f"{now.hour:02}:{now.minute:02} UTC", BOT_POLL_INTERVAL="3600") as stage:
        await stage.slack.until(lambda: all(map(stage.cards, stage.pending())), what="cards")
        stage.forward(days=1, minutes=1)

        def digests() -> list[dict[str, object]]:
            return [one for one in stage.slack.messages(REVIEWS) if "oldest first" in text_of(one)]

        await stage.slack.until(lambda: any("v2" in text_of(one) for one in digests()), what="digest")
        count = len(digests())
        stage.forward(minutes=5)
        await stage.vote(OMAR, stage.pending()[0], "approve", "Fine")
        await stage.until(lambda: len(stage.pending()) == 2, "a decision")
        assert len(digests()) == count
