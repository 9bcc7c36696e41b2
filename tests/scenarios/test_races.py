"""Several people in the same moment, and Slack delivering twice."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.scenarios.stage import LIN, OMAR, PRIYA, REVIEWS, text_of
from tests.scenarios.waiting import OUTAGE

if TYPE_CHECKING:
    from tests.scenarios.conftest import Open
    from tests.scenarios.stage import Stage


async def test_of_approve_and_reject_at_once_one_decides_and_the_others_are_told(stage: Stage) -> None:
    """Three people submit in the same instant: one decision; each loser sees who decided and keeps their reason."""
    version = stage.pending()[0]
    await stage.open_modal(LIN, version, "review_approve")
    await stage.open_modal(OMAR, version, "review_reject")
    await stage.open_modal(PRIYA, version, "review_approve")
    reasons = {LIN: "Lin says yes", OMAR: "Omar says no", PRIYA: "Priya says yes"}
    answers = await asyncio.gather(*(stage.submit(user, reason) for user, reason in reasons.items()))

    outcomes = dict(zip(reasons, answers, strict=True))
    winners = [user for user, answer in outcomes.items() if answer.response_action is None]
    assert len(winners) == 1
    for loser in set(reasons) - set(winners):
        view = stage.slack.modals(loser)[-1]
        assert f"@{winners[0]}" in text_of(view)
        assert reasons[loser] in text_of(view)
    await stage.told(version, "SecMaster's opinion", reasons[winners[0]])
    assert len(stage.secmaster.approvals(version)) == 1


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_of_twenty_at_once_one_decides(open_stage: Open, mode: str) -> None:
    """Everybody else is told the truth, with their words to copy; SecMaster is called once."""
    people = [f"U0CROWD{number:03}" for number in range(20)]
    async with open_stage(mode, crowd=people) as stage:
        version = stage.pending()[0]
        for number, person in enumerate(people):
            await stage.open_modal(person, version, "review_reject" if number % 2 else "review_approve")
        answers = await asyncio.gather(*(stage.submit(person, f"Because, says {person}") for person in people))

        winners = [person for person, answer in zip(people, answers, strict=True) if answer.response_action is None]
        assert len(winners) == 1
        for loser in set(people) - set(winners):
            view = text_of(stage.slack.modals(loser)[-1])
            assert f"@{winners[0]}" in view
            assert f"Because, says {loser}" in view
        await stage.told(version, "SecMaster's opinion", f"Because, says {winners[0]}")
        assert len(stage.calls("CreateAopWorkflowVersionApprovel")) == 1


async def test_a_form_for_what_was_withdrawn_meanwhile_counts_for_nothing(socket_stage: Stage) -> None:
    """Its reason is given back; the version goes on as a draft."""
    stage = socket_stage
    version = stage.pending()[0]
    await stage.open_modal(LIN, version, "review_approve")
    stage.secmaster.withdraw(version)
    await stage.shows(version, "withdrawn")
    answer = await stage.submit(LIN, "Too late for this")

    assert answer.response_action == "update"
    assert "Too late for this" in text_of(stage.slack.modals(LIN)[-1])
    assert stage.calls("CreateAopWorkflowVersionApprovel") == []
    assert stage.status(version) == "pending_submit"


async def test_the_same_submit_delivered_twice_counts_once(stage: Stage) -> None:
    """Slack delivers again: one vote in the thread, one decision, no complaint."""
    version = stage.pending()[0]
    await stage.open_modal(LIN, version, "review_approve")
    stage.slack.faults.duplicate_deliveries = 1
    answer = await stage.submit(LIN, "Once")

    assert answer.response_action is None
    await stage.told(version, "Final status")
    assert sum("voted to approve" in text_of(reply) for reply in stage.thread(version)) == 1
    assert len(stage.secmaster.approvals(version)) == 1


async def test_the_same_click_delivered_twice_opens_one_form(stage: Stage) -> None:
    """The trigger is used up: the second delivery is silent."""
    version = stage.pending()[0]
    await stage.card(version)
    stage.slack.faults.duplicate_deliveries = 1
    await stage.open_modal(LIN, version, "review_approve")

    await stage.submit(LIN, "One form")
    await stage.told(version, "Final status")
    assert stage.slack.modals(LIN) == []
    assert stage.whispers(LIN) == []


async def test_an_outdated_card_mends_itself_when_it_is_pressed(socket_stage: Stage) -> None:
    """The update of the card failed for good; the next press tells the truth and brings the card up to date."""
    stage = socket_stage
    version = stage.pending()[0]
    card = await stage.examined(version)
    stage.slack.faults.error("chat.update", "edit_window_closed", times=OUTAGE)
    await stage.vote(LIN, version, "approve", "Done")
    await stage.told(version, "Final status")
    stage.slack.faults.clear()
    await stage.slack.click(OMAR, channel=REVIEWS, ts=card["ts"], action_id="review_reject")

    await stage.whispered(OMAR, "already decided")
    await stage.shows(version, "Approved by")


async def test_a_deleted_card_is_posted_again(socket_stage: Stage) -> None:
    """Somebody deletes the card: the next change of the review brings it back, with the truth."""
    stage = socket_stage
    version = stage.pending()[0]
    await stage.open_modal(LIN, version, "review_approve")
    await stage.slack.delete_message(channel=REVIEWS, ts=stage.cards(version)[0]["ts"])
    await stage.submit(LIN, "Still true")

    await stage.shows(version, "Approved by", f"@{LIN}", "PASS")
    assert len(stage.secmaster.approvals(version)) == 1
