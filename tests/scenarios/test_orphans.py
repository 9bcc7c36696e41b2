"""Posting a card was answered too late to be remembered: two cards stand in the channel, and both tell the truth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.scenarios.stage import LIN, OMAR, REVIEWS, buttons_of, text_of
from tests.scenarios.waiting import refused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.scenarios.conftest import Open
    from tests.scenarios.stage import Stage


@pytest.fixture(params=["socket", "http"])
async def stage(request: pytest.FixtureRequest, open_stage: Open) -> AsyncIterator[Stage]:
    """A stage on which nothing is posted before somebody asks for it, and one approval does not decide."""
    async with open_stage(request.param, BOT_POLL_INTERVAL="0", BOT_APPROVALS_REQUIRED="2") as opened:
        yield opened


async def two_cards(stage: Stage) -> tuple[str, str, str]:
    """A version, its orphan and the card that the bot knows."""
    version = stage.pending()[0]
    stage.slack.faults.lose_answer("chat.postMessage")
    await stage.say(LIN, f"request {version}", channel=REVIEWS)
    orphan, known = await stage.until(
        lambda: stage.cards(version) if len(stage.cards(version)) == 2 else None, "a second card"
    )
    return version, orphan["ts"], known["ts"]


def card_at(stage: Stage, version: str, ts: str) -> dict[str, Any]:
    """One of the cards, as it is now."""
    return next(card for card in stage.cards(version) if card["ts"] == ts)


async def vote_at(stage: Stage, user: str, ts: str, verdict: str, reason: str) -> None:
    """Vote with the buttons of this very message."""
    await stage.slack.click(user, channel=REVIEWS, ts=ts, action_id=f"review_{verdict}")
    await stage.submit(user, reason)


async def test_a_vote_through_the_orphan_counts_and_shows_on_the_known_card(stage: Stage) -> None:
    """Its buttons name the review, not the message; the thread is the known card's."""
    version, orphan, known = await two_cards(stage)
    await vote_at(stage, OMAR, orphan, "approve", "Through the orphan")
    await stage.until(lambda: "1 of 2 approvals" in text_of(card_at(stage, version, known)), "the vote on the card")
    await stage.told(version, "Through the orphan")
    assert stage.slack.thread(REVIEWS, orphan) == []
    assert stage.secmaster.approvals(version) == []


async def test_a_decision_through_the_orphan_is_shown_and_the_next_press_mends_the_orphan(stage: Stage) -> None:
    """Who presses the one that still has buttons is told, decides nothing, and both cards agree."""
    version, orphan, known = await two_cards(stage)
    await vote_at(stage, OMAR, orphan, "reject", "Seen on the orphan")
    await stage.told(version, "SecMaster's opinion", "Seen on the orphan")
    await stage.until(lambda: buttons_of(card_at(stage, version, known)) == [], "the known card without buttons")
    assert buttons_of(card_at(stage, version, orphan))

    await stage.slack.click(LIN, channel=REVIEWS, ts=orphan, action_id="review_approve")
    await stage.whispered(LIN, "already decided")
    await stage.until(lambda: buttons_of(card_at(stage, version, orphan)) == [], "the orphan without buttons")
    assert "Rejected by" in text_of(card_at(stage, version, orphan))
    assert text_of(card_at(stage, version, orphan)) == text_of(card_at(stage, version, known))
    assert len(stage.secmaster.approvals(version)) == 1
    assert len(stage.cards(version)) == 2


async def test_an_orphan_of_a_decision_that_failed_is_mended_by_its_old_buttons(stage: Stage) -> None:
    """The review is neither open nor decided: the press brings the orphan up to date, Retry button and all."""
    version, orphan, known = await two_cards(stage)
    stage.secmaster.faults.fail("CreateAopWorkflowVersionApprovel", 400, "SecMaster.20040001")
    await vote_at(stage, OMAR, known, "reject", "Will be refused")
    await stage.until(lambda: "review_retry" in buttons_of(card_at(stage, version, known)), "the retry button")
    await stage.slack.click(OMAR, channel=REVIEWS, ts=orphan, action_id="review_approve")
    await stage.until(lambda: "review_retry" in buttons_of(card_at(stage, version, orphan)), "the orphan mended")

    await stage.slack.click(OMAR, channel=REVIEWS, ts=orphan, action_id="review_retry")
    await stage.told(version, "SecMaster's opinion", "Will be refused")
    assert len(stage.secmaster.approvals(version)) == 1


async def test_an_orphan_that_is_gone_when_it_would_be_mended_is_left_alone(stage: Stage) -> None:
    """No new card is posted for it."""
    version, orphan, known = await two_cards(stage)
    await vote_at(stage, OMAR, orphan, "reject", "No")
    await stage.told(version, "SecMaster's opinion")
    stage.slack.faults.when(
        "chat.update",
        "arrives",
        lambda: stage.slack.delete_message(channel=REVIEWS, ts=orphan),
        only=lambda args: bool(args["ts"] == orphan),
    )
    await stage.slack.click(LIN, channel=REVIEWS, ts=orphan, action_id="review_approve")
    (refusal,) = await stage.until(lambda: refused(stage.slack, "chat.update"), "an update in vain")
    assert refusal.response["error"] == "message_not_found"
    await stage.told(version, "Final status")
    assert [card["ts"] for card in stage.cards(version)] == [known]
    assert stage.bot is not None
    assert (await stage.bot._store.transact(lambda tx: tx.count_jobs()))["buried"] == 0


def lose_the_next_reply(stage: Stage) -> None:
    """It is posted, and the bot does not learn of it."""

    async def lose() -> None:
        stage.slack.faults.lose_answer("chat.postMessage")

    stage.slack.faults.when("chat.postMessage", "applied", lose, only=lambda args: bool(args.get("thread_ts")))


async def test_a_lost_answer_to_an_update_or_a_reply_loses_nothing(stage: Stage) -> None:
    """An update is repeated; a reply may be said twice, but not less than once, and in order."""
    version = stage.pending()[0]
    await stage.say(LIN, f"request {version}")
    await stage.card(version)
    stage.slack.faults.lose_answer("chat.update", times=2)
    lose_the_next_reply(stage)
    await stage.vote(OMAR, version, "reject", "Answer lost")
    await stage.told(version, "Final status")
    await stage.shows(version, "Rejected by", f"@{OMAR}")
    said = [text_of(reply) for reply in stage.thread(version)]
    kinds = ["voted" if "voted to" in one else "opinion" if "opinion" in one else "final" for one in said]
    assert list(dict.fromkeys(kinds)) == ["voted", "opinion", "final"]
    assert len(said) == 4
    assert len(stage.cards(version)) == 1
