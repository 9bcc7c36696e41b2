"""SecMaster refuses, falters, answers oddly: nothing is decided twice, nothing is claimed that did not happen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.scenarios.stage import JONAS, LIN, OMAR, buttons_of, text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.sandbox.secmaster import SecMasterEmulator
    from tests.scenarios.stage import Stage

APPROVAL = "CreateAopWorkflowVersionApprovel"


@pytest.mark.parametrize(
    "refuse",
    [
        lambda secmaster: secmaster.faults.fail(APPROVAL, 400, "SecMaster.20040001", message="Parameter error."),
        lambda secmaster: secmaster.faults.non_zero_code(APPROVAL, "SecMaster.20040001", "Parameter error."),
        lambda secmaster: secmaster.faults.fail(APPROVAL, 403, "APIGW.0302"),
    ],
    ids=["400", "200 with a code", "403"],
)
async def test_a_refusal_is_shown_whole_and_can_be_retried(
    stage: Stage, refuse: Callable[[SecMasterEmulator], None]
) -> None:
    """Code, message and request id stand on card and thread; a reviewer presses Retry and the decision goes through."""
    version = stage.pending()[0]
    refuse(stage.secmaster)
    await stage.vote(LIN, version, "approve", "Checked")

    failed = await stage.shows(version, "did not accept the decision", "request id")
    assert buttons_of(failed) == ["review_retry", "review_changes"]
    refused = stage.calls(APPROVAL)[-1]
    assert str(refused.response.get("code") or refused.response.get("error_code")) in text_of(failed)
    await stage.told(version, "did not accept the decision", "Request id")
    assert stage.status(version) == "pending_approval"

    await stage.press(JONAS, version, "review_retry")
    await stage.whispered(JONAS, "You are not a reviewer")
    await stage.press(OMAR, version, "review_retry")
    await stage.told(version, f"@{OMAR}", "sent again")
    await stage.told(version, "SecMaster's opinion", "PASS", "Checked")
    assert buttons_of(await stage.shows(version, "SecMaster's opinion")) == []
    assert len(stage.secmaster.approvals(version)) == 1


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_a_server_error_that_was_not_applied_is_tried_again(socket_stage: Stage, status: int) -> None:
    """The card says that the decision waits; then it goes through, once."""
    stage = socket_stage
    version = stage.pending()[0]
    stage.secmaster.faults.fail(APPROVAL, status)
    await stage.vote(LIN, version, "approve", "Patience")

    await stage.shows(version, "whether it took effect", "asked again")
    await stage.told(version, "SecMaster's opinion", "PASS", "Patience")
    assert len(stage.secmaster.approvals(version)) == 1


async def test_an_applied_decision_without_an_answer_is_read_back(stage: Stage) -> None:
    """The connection breaks after SecMaster applied the decision: no second call, the recorded opinion is told."""
    version = stage.pending()[0]
    stage.secmaster.faults.apply_then_drop(APPROVAL)
    await stage.vote(LIN, version, "reject", "没有回滚")

    await stage.told(version, "UN_PASS", "没有回滚", "read back")
    assert len(stage.calls(APPROVAL)) == 1
    assert len(stage.secmaster.approvals(version)) == 1
    await stage.shows(version, "Rejected by", "UN_PASS")


async def test_a_dropped_call_is_sent_again_after_a_look(socket_stage: Stage) -> None:
    """The connection breaks before SecMaster applied anything: it is sent again, and applied once."""
    stage = socket_stage
    version = stage.pending()[0]
    stage.secmaster.faults.drop(APPROVAL)
    await stage.vote(LIN, version, "approve", "Again")

    await stage.told(version, "SecMaster's opinion", "PASS", "Again")
    assert len(stage.secmaster.approvals(version)) == 1


async def test_throttling_waits_as_long_as_it_is_told(socket_stage: Stage) -> None:
    """429 with Retry-After: later, and once."""
    stage = socket_stage
    version = stage.pending()[0]
    stage.secmaster.faults.fail(APPROVAL, 429, retry_after=1)
    await stage.vote(LIN, version, "approve", "Slowly")

    await stage.told(version, "SecMaster's opinion", "PASS", "Slowly")
    first, second = stage.calls(APPROVAL)
    assert second.at - first.at >= 1
    assert len(stage.secmaster.approvals(version)) == 1


async def test_refused_credentials_are_never_repeated(socket_stage: Stage) -> None:
    """401 fails at once: one call, no loop, a Retry button."""
    stage = socket_stage
    version = stage.pending()[0]
    stage.secmaster.faults.fail(APPROVAL, 401, "APIGW.0301")
    await stage.vote(LIN, version, "approve", "Locked out")

    assert buttons_of(await stage.shows(version, "did not accept", "APIGW.0301")) == ["review_retry", "review_changes"]
    assert len(stage.calls(APPROVAL)) == 1


async def test_a_different_opinion_is_shown_with_a_warning(stage: Stage) -> None:
    """What SecMaster returned is told word for word, and that it is not what was sent."""
    version = stage.pending()[0]
    stage.secmaster.faults.change_echo("need modify")
    await stage.vote(LIN, version, "approve", "Looks fine")

    reply = await stage.told(version, "SecMaster's opinion", "need modify")
    assert "not what was sent" in text_of(reply)
    assert "Looks fine" in text_of(reply)


async def test_gibberish_is_no_success(socket_stage: Stage) -> None:
    """An answer that is no JSON says nothing: the versions and records are read before anything is sent again."""
    stage = socket_stage
    version = stage.pending()[0]
    stage.secmaster.faults.garbage(APPROVAL)
    await stage.vote(LIN, version, "approve", "Clear words")

    await stage.told(version, "SecMaster's opinion", "PASS", "Clear words")
    assert len(stage.secmaster.approvals(version)) == 1


async def test_a_failed_publication_is_said_loudly(socket_stage: Stage) -> None:
    """publish_failed after PASS stands in the thread and on the card."""
    stage = socket_stage
    version = stage.pending()[0]
    stage.secmaster.faults.publish_fails = 1
    await stage.vote(LIN, version, "approve", "Ship it")

    await stage.told(version, "could not publish")
    await stage.shows(version, "publication failed")


async def test_an_outage_of_secmaster_hides_no_submission(socket_stage: Stage) -> None:
    """The poller goes on after errors."""
    stage = socket_stage
    stage.secmaster.faults.fail("ListWorkflows", 503)
    workflow = stage.secmaster.new_workflow("Quarantine mailbox", "EASE", "Moves a mailbox aside", "k.tanaka")
    version = stage.secmaster.new_version(workflow["id"], description="First", submitter="k.tanaka")
    stage.secmaster.submit(version)

    await stage.shows(version, "Quarantine mailbox")
