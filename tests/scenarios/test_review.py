"""A submission is reviewed in Slack and SecMaster's opinion comes back in the thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.scenarios.stage import LIN, OMAR, RELEASES, REVIEWS, buttons_of, text_of

if TYPE_CHECKING:
    from tests.scenarios.stage import Stage


async def test_approval_reaches_secmaster_and_its_opinion_the_thread(stage: Stage) -> None:
    """SecMaster gets PASS and the reason once, the thread its answer; the card loses its buttons."""
    version = stage.pending()[0]
    card = await stage.card(version)
    assert buttons_of(card) == ["review_approve", "review_reject", "review_changes"]

    answer = await stage.vote(LIN, version, "approve", "Rollback tested on staging")
    assert answer.response_action is None
    assert stage.slack.modals(LIN) == []

    await stage.told(version, "voted to approve", "Rollback tested on staging")
    await stage.told(version, "SecMaster's opinion: ", "PASS", "Rollback tested on staging")
    await stage.told(version, "Final status")
    final = await stage.shows(version, "Approved by", f"@{LIN}", "PASS", "activated")
    assert buttons_of(final) == []
    assert stage.status(version) in {"activated", "not_activated"}
    assert [(one["result"], one["content"]) for one in stage.secmaster.approvals(version)] == [
        ("PASS", "Rollback tested on staging")
    ]
    assert len(stage.calls("CreateAopWorkflowVersionApprovel")) == 1


async def test_rejection_with_a_chinese_reason(stage: Stage) -> None:
    """Reject: SecMaster gets UN_PASS and the Chinese reason as typed, and says so in the thread."""
    version = stage.pending()[1]

    await stage.vote(OMAR, version, "reject", "缺少回滚步骤，请补充")

    await stage.told(version, "UN_PASS", "缺少回滚步骤，请补充")
    await stage.shows(version, "Rejected by", f"@{OMAR}")
    assert stage.status(version) == "rejected"
    announced = await stage.slack.until(lambda: stage.slack.messages(RELEASES))
    assert "was rejected by" in text_of(announced[0])


async def test_every_pending_version_gets_one_card(socket_stage: Stage) -> None:
    """The poller posts one card for each submission, however often it looks."""
    stage = socket_stage
    versions = stage.pending()
    for version in versions:
        await stage.card(version)
    looks = len(stage.calls("ListWorkflows"))
    await stage.secmaster.until(lambda: len(stage.calls("ListWorkflows")) >= looks + 3)

    assert len(stage.slack.messages(REVIEWS)) == len(versions)
