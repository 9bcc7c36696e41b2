"""Where two have to approve: votes in sight, changed, withdrawn; what SecMaster hears in the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.scenarios.stage import LIN, OMAR, PRIYA, RELEASES, buttons_of, text_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.scenarios.conftest import Open
    from tests.scenarios.stage import Stage


@pytest.fixture(params=["socket", "http"])
async def stage(request: pytest.FixtureRequest, open_stage: Open) -> AsyncIterator[Stage]:
    """Two approvals, in each transport."""
    async with open_stage(request.param, BOT_APPROVALS_REQUIRED="2") as opened:
        yield opened


async def test_the_first_approval_is_in_sight_and_sends_nothing(stage: Stage) -> None:
    """Card and thread tell of it with its reason; the second one decides, and SecMaster gets both reasons."""
    version = stage.pending()[0]
    await stage.vote(LIN, version, "approve", "Rehearsed on staging")
    card = await stage.shows(version, "1 of 2 approvals", f"@{LIN} approves")
    assert buttons_of(card) == ["review_approve", "review_reject", "review_withdraw", "review_changes"]
    await stage.told(version, f"@{LIN}", "Rehearsed on staging", "1 of 2 approvals")
    assert stage.calls("CreateAopWorkflowVersionApprovel") == []

    form = await stage.open_modal(OMAR, version, "review_approve")
    assert "Your approval decides" in text_of(form)
    await stage.submit(OMAR, "Rollback checked")
    opinion = await stage.told(version, "SecMaster's opinion", "PASS")
    assert "Rehearsed on staging Rollback checked" in text_of(opinion)
    decided = await stage.shows(version, "Approved by", f"@{LIN}", f"@{OMAR}")
    assert buttons_of(decided) == []


async def test_a_vote_can_be_changed_and_withdrawn_until_the_decision(stage: Stage) -> None:
    """The thread has each step; what is withdrawn does not count, and only its owner can withdraw it."""
    version = stage.pending()[0]
    await stage.vote(LIN, version, "approve", "Looks fine")
    await stage.shows(version, "1 of 2 approvals")
    await stage.press(OMAR, version, "review_withdraw")
    await stage.whispered(OMAR, "You have no vote")
    await stage.press(LIN, version, "review_withdraw")
    await stage.told(version, f"@{LIN} withdrew")
    assert buttons_of(await stage.shows(version, "0 of 2 approvals")) == [
        "review_approve",
        "review_reject",
        "review_changes",
    ]

    await stage.vote(OMAR, version, "approve", "Fine by me")
    await stage.shows(version, "1 of 2 approvals")
    await stage.vote(OMAR, version, "reject", "I was wrong: no rollback")
    await stage.told(version, f"@{OMAR} changed their vote: reject", "I was wrong")
    await stage.told(version, "SecMaster's opinion", "UN_PASS", "I was wrong: no rollback")


async def test_a_vote_withdrawn_from_the_keyboard_is_gone(stage: Stage) -> None:
    """`/secmaster withdraw` does what the button does."""
    version = stage.pending()[0]
    await stage.vote(PRIYA, version, "approve", "Fine")
    await stage.shows(version, "1 of 2 approvals")
    answer = await stage.say(PRIYA, f"withdraw {version}")
    assert "is withdrawn" in text_of(answer)
    await stage.shows(version, "0 of 2 approvals")


async def test_notification_channels_hear_a_decision_in_one_line_with_a_link(stage: Stage) -> None:
    """Who, what, SecMaster's word, and where to read on."""
    version = stage.pending()[0]
    await stage.vote(LIN, version, "reject", "No rollback\nNo owner")
    heard = await stage.slack.until(lambda: stage.slack.messages(RELEASES), what="announcement")
    (block,) = heard[-1]["blocks"]
    (section,) = block["elements"]
    assert "\n" not in "".join(element.get("text", "") for element in section["elements"])
    assert [element["type"] for element in section["elements"]].count("link") == 1
    assert "was rejected by" in text_of(heard[-1])
    assert "UN_PASS" in text_of(heard[-1])
