"""What happens to a version without us: decided in the console, withdrawn, changed, deleted, resubmitted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.scenarios.stage import LIN, OMAR, buttons_of, text_of

if TYPE_CHECKING:
    from tests.scenarios.stage import Stage


async def test_a_decision_in_the_console_closes_the_review(stage: Stage) -> None:
    """The card says so, the thread tells the opinion on record, the buttons are gone."""
    version = stage.pending()[0]
    await stage.card(version)
    stage.secmaster.decide(version, "UN_PASS", "Console says no")

    card = await stage.shows(version, "decided in SecMaster")
    assert buttons_of(card) == []
    await stage.told(version, "UN_PASS", "Console says no")


async def test_a_withdrawn_version_closes_the_review(socket_stage: Stage) -> None:
    """Back to draft: nothing to review."""
    stage = socket_stage
    version = stage.pending()[0]
    await stage.card(version)
    stage.secmaster.withdraw(version)

    assert buttons_of(await stage.shows(version, "withdrawn")) == []


async def test_a_deleted_version_closes_the_review(socket_stage: Stage) -> None:
    """Gone for ever, and said so."""
    stage = socket_stage
    version = stage.pending()[0]
    await stage.card(version)
    stage.secmaster.delete_version(version)

    assert buttons_of(await stage.shows(version, "deleted in SecMaster")) == []


async def test_changed_content_opens_a_new_round_and_old_votes_count_for_nothing(socket_stage: Stage) -> None:
    """A form opened on the old content is refused with its reason kept; the new card is voted on."""
    stage = socket_stage
    version = stage.pending()[0]
    view = await stage.open_modal(LIN, version, "review_approve")
    first = stage.cards(version)[0]["ts"]
    stage.secmaster.faults.edit_while_pending = True
    stage.secmaster.edit(version, description="Now also wipes the disk")
    await stage.slack.until(lambda: len(stage.cards(version)) == 2, what="a second card")

    answer = await stage.submit(LIN, "Seen the old one")
    assert answer.response_action == "update"
    assert "Seen the old one" in text_of(stage.slack.modals(LIN)[-1])
    await stage.slack.close_modal(LIN, view_id=view["id"])
    old = next(card for card in stage.cards(version) if card["ts"] == first)
    assert buttons_of(old) == []
    assert stage.secmaster.approvals(version) == []

    await stage.shows(version, "Now also wipes the disk", "Round")
    await stage.vote(OMAR, version, "reject", "No wiping")
    await stage.told(version, "UN_PASS", "No wiping")


async def test_a_change_between_vote_and_call_stops_the_decision(socket_stage: Stage) -> None:
    """The content is compared once more before the call: an approval of other content is never sent."""
    stage = socket_stage
    version = stage.pending()[0]
    await stage.open_modal(LIN, version, "review_approve")
    stage.secmaster.faults.edit_while_pending = True
    stage.secmaster.faults.fail("ListWorkflows", 503, times=1000)
    stage.secmaster.edit(version, description="Swapped at the last moment")
    await stage.submit(LIN, "For the old content")

    await stage.shows(version, "Swapped at the last moment")
    assert stage.calls("CreateAopWorkflowVersionApprovel") == []
    assert stage.secmaster.approvals(version) == []
    story = text_of(await stage.say(LIN, f"show {version}"))
    assert f"@{LIN} approves: For the old content" in story
    assert "Approval by" not in story


async def test_a_resubmission_after_rejection_is_a_new_round(stage: Stage) -> None:
    """The same version submitted again gets a card of its own."""
    version = stage.pending()[0]
    await stage.vote(LIN, version, "reject", "Add a rollback")
    await stage.told(version, "Final status")
    stage.secmaster.edit(version, description="With rollback")
    stage.secmaster.submit(version)

    card = await stage.shows(version, "With rollback", "Round")
    assert len(stage.cards(version)) == 2
    assert buttons_of(card) == ["review_approve", "review_reject", "review_changes"]
    await stage.vote(OMAR, version, "approve", "Better")
    await stage.told(version, "PASS", "Better")


async def test_a_console_decision_in_the_same_moment_is_not_claimed_as_ours(socket_stage: Stage) -> None:
    """The form is open while the console decides: the vote does not become a decision, and the truth is told."""
    stage = socket_stage
    version = stage.pending()[0]
    await stage.open_modal(LIN, version, "review_approve")
    stage.secmaster.faults.fail("ListWorkflows", 503, times=1000)
    stage.secmaster.decide(version, "UN_PASS", "Console first")
    await stage.submit(LIN, "Too late")

    await stage.told(version, "decided in SecMaster", "Console first")
    assert stage.calls("CreateAopWorkflowVersionApprovel") == []
    assert [one["content"] for one in stage.secmaster.approvals(version)] == ["Console first"]
