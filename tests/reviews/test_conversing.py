"""What reviewers do beside voting: withdraw, ask, hand over; and what the others hear of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.errors import NoHeir, NotAllowed, NoVote, QuestionGone, ReasonRefused, ReviewGone, SlackUnreachable
from bot.reviews.conversing import HANDOVERS_MOST, QUESTIONS_MOST, TEXT_LONGEST
from bot.reviews.models import MessageRef, Person, Verdict
from bot.reviews.news import HandedOver, QuestionAnswered, QuestionAsked, VoteWithdrawn
from tests.reviews.fakes import RULES, Desk
from tests.reviews.test_trail import trail

if TYPE_CHECKING:
    from bot.reviews.models import Review
    from bot.store.sql import SqlStore

TWO = replace(RULES, approvals_required=2)


async def open_for_two(store: SqlStore, *, identities: bool = False) -> tuple[Desk, Review]:
    """A review that needs two approvals."""
    desk = Desk(store, policy=TWO, identities=identities)
    return desk, await desk.open()


async def test_a_vote_can_be_withdrawn_until_the_decision(store: SqlStore) -> None:
    """It counts no more, the thread has it, and the same person may vote again."""
    desk, review = await open_for_two(store)
    await desk.vote("U1")
    await desk.reviews.withdraw("U1", review.id, click_id="c1")
    assert (await desk.review()).votes == ()
    await desk.vote("U2")
    assert (await desk.review()).open
    await desk.vote("U1", reason="After all")
    await desk.work()
    assert VoteWithdrawn(user_id="U1", verdict="approve", approvals=0) in desk.messenger.replies()
    assert desk.releases.sent == [("PASS", "Fine\nAfter all")]
    withdrawn = next(entry for entry in await trail(store) if entry["event"] == "vote_withdrawn")
    assert (withdrawn["user_id"], withdrawn["details"]) == ("U1", {"person": "U1", "verdict": "approve"})


async def test_who_may_not_vote_any_more_can_still_withdraw(store: SqlStore) -> None:
    """Somebody who left the group does not have to leave a vote behind that counts."""
    desk, review = await open_for_two(store)
    await desk.vote("U3")
    desk.directory.groups["S1"] = frozenset()
    await desk.reviews.withdraw("U3", review.id, click_id="c1")
    assert (await desk.review()).votes == ()


async def test_the_same_click_takes_back_one_vote(store: SqlStore) -> None:
    """Delivered twice it is no error; delivered late it leaves the newer vote alone."""
    desk, review = await open_for_two(store)
    await desk.vote("U1")
    for _ in range(2):
        await desk.reviews.withdraw("U1", review.id, click_id="c1")
    await desk.vote("U1", reason="Once more")
    await desk.reviews.withdraw("U1", review.id, click_id="c1")
    assert [vote.reason for vote in (await desk.review()).votes] == ["Once more"]
    await desk.reviews.withdraw("U1", review.id, click_id="c2")
    assert (await desk.review()).votes == ()


async def test_there_has_to_be_a_vote_to_withdraw(store: SqlStore) -> None:
    """And the review has to be open; somebody external withdraws nothing."""
    desk, review = await open_for_two(store)
    with pytest.raises(NoVote):
        await desk.reviews.withdraw("U1", review.id, click_id="c1")
    await desk.vote("U1", Verdict.REJECT)
    desk.directory.people["U9"] = replace(desk.directory.people["U9"], team_id="T2")
    with pytest.raises(NotAllowed):
        await desk.reviews.withdraw("U9", review.id, click_id="c1")
    refused = (await trail(store))[-1]
    assert (refused["event"], refused["user_id"], refused["details"]["why"]) == ("refused", "U9", "external")
    with pytest.raises(ReviewGone):
        await desk.reviews.withdraw("U1", review.id, click_id="c1")
    assert len((await desk.review()).votes) == 1


async def test_a_vote_that_decides_while_it_is_withdrawn_is_not_taken_back(store: SqlStore) -> None:
    """The other's approval came first."""
    desk, review = await open_for_two(store)
    await desk.vote("U1")
    known = desk.reviews.check_open

    async def open_then_decided(review_id: str, **met: object) -> Review:
        found = await known(review_id)
        await desk.vote("U2")
        return found

    desk.reviews.check_open = open_then_decided  # type: ignore[method-assign]
    with pytest.raises(ReviewGone):
        await desk.reviews.withdraw("U1", review.id, click_id="c1")
    assert len((await desk.review()).votes) == 2


async def test_a_late_delivery_of_a_withdrawn_vote_does_not_bring_it_back(store: SqlStore) -> None:
    """Its form was counted once."""
    desk, review = await open_for_two(store)
    await desk.vote("U1")
    await desk.reviews.withdraw("U1", review.id, click_id="c1")
    await desk.vote("U1")
    assert (await desk.review()).votes == ()


async def test_a_question_goes_to_thread_and_submitter_and_its_answer_back(store: SqlStore) -> None:
    """The card waits for it meanwhile; votes count all the same."""
    desk, review = await open_for_two(store, identities=True)
    await desk.reviews.ask("U1", review.id, "Why 480 minutes?", view_id="V1")
    await desk.work()
    asked = (await desk.review()).unanswered
    assert [(question.asked_by, question.text) for question in asked] == [("U1", "Why 480 minutes?")]
    assert QuestionAsked(question_id="V1") in desk.messenger.replies()
    assert desk.messenger.announced() == [("U2", "asked")]
    await desk.vote("U1")

    await desk.reviews.answer("U2", review.id, "V1", "The lawyers want a day")
    await desk.work()
    answered = (await desk.review()).questions[0]
    assert (answered.answered_by, answered.answer) == ("U2", "The lawyers want a day")
    assert (await desk.review()).unanswered == ()
    assert QuestionAnswered(question_id="V1") in desk.messenger.replies()
    assert desk.messenger.announced()[1:] == [("U1", "answered")]
    events = [entry["event"] for entry in await trail(store)]
    assert [event for event in events if "ask" in event or "question" in event] == ["asked", "question_answered"]


async def test_where_the_submitter_is_not_known_the_thread_alone_has_the_question(store: SqlStore) -> None:
    """Anybody who may use the bot can answer; who answers their own question is told nothing."""
    desk, review = await open_for_two(store)
    await desk.reviews.ask("U1", review.id, "Who knows?", view_id="V1")
    await desk.reviews.answer("U1", review.id, "V1", "I found it")
    await desk.work()
    assert desk.messenger.announced() == []
    assert (await desk.review()).questions[0].answered_by == "U1"


async def test_a_guest_answers_nothing(store: SqlStore) -> None:
    """And the audit trail tells who tried."""
    desk, review = await open_for_two(store)
    await desk.reviews.ask("U1", review.id, "Who knows?", view_id="V1")
    desk.directory.people["U9"] = replace(desk.directory.people["U9"], guest=True)
    with pytest.raises(NotAllowed):
        await desk.reviews.answer("U9", review.id, "V1", "I do")
    refused = (await trail(store))[-1]
    assert (refused["event"], refused["user_id"], refused["details"]["why"]) == ("refused", "U9", "guest")


async def test_the_same_form_delivered_twice_counts_once(store: SqlStore) -> None:
    """Questions, answers and handovers."""
    desk, review = await open_for_two(store)
    for _ in range(2):
        await desk.reviews.ask("U1", review.id, "Why?", view_id="V1")
        await desk.reviews.answer("U9", review.id, "V1", "So")
        await desk.reviews.hand_over("U1", review.id, to="U2", note="", view_id="V2")
    known = await desk.review()
    assert (len(known.questions), len(known.handovers)) == (1, 1)
    with pytest.raises(QuestionGone):
        await desk.reviews.answer("U2", review.id, "V1", "Because")
    with pytest.raises(QuestionGone):
        await desk.reviews.answer("U2", review.id, "V0", "Because")


async def test_only_reviewers_ask_and_only_while_votes_count(store: SqlStore) -> None:
    """Others are told why not; what was typed has to be something, and not too long."""
    desk, review = await open_for_two(store)
    with pytest.raises(NotAllowed):
        await desk.reviews.ask("U9", review.id, "Why?", view_id="V1")
    for text in (" \n", "x" * (TEXT_LONGEST + 1)):
        with pytest.raises(ReasonRefused):
            await desk.reviews.ask("U1", review.id, text, view_id="V1")
        with pytest.raises(ReasonRefused):
            await desk.reviews.answer("U1", review.id, "V0", text)
    with pytest.raises(ReasonRefused):
        await desk.reviews.hand_over("U1", review.id, to="U2", note="x" * (TEXT_LONGEST + 1), view_id="V1")
    for number in range(QUESTIONS_MOST):
        await desk.reviews.ask("U1", review.id, "Why?", view_id=f"V{number}")
    with pytest.raises(ReasonRefused, match="as many questions"):
        await desk.reviews.ask("U1", review.id, "Why?", view_id="V")
    await desk.vote("U1", Verdict.REJECT)
    with pytest.raises(ReviewGone):
        await desk.reviews.ask("U1", review.id, "Why?", view_id="V")


async def test_a_review_that_ends_while_the_asker_is_looked_up_takes_no_question(desk: Desk) -> None:
    """What was typed is given back by who calls."""
    review = await desk.open()
    known = desk.directory.person

    async def slow(user_id: str, *, fresh: bool = False) -> object:
        if not fresh:
            await desk.vote("U2")
        return await known(user_id, fresh=fresh)

    desk.directory.person = slow  # type: ignore[assignment]
    with pytest.raises(ReviewGone, match="meanwhile"):
        await desk.reviews.ask("U1", review.id, "Why?", view_id="V1")


async def test_a_review_is_handed_over_to_who_may_vote(store: SqlStore) -> None:
    """They hear of it directly, the thread has it, and it does not wait for the first any more."""
    desk, review = await open_for_two(store)
    for user in ("U1", "U2"):
        await desk.reviews.opened_home(user)
    await desk.reviews.hand_over("U1", review.id, to="U2", note=" You know the hosts ", view_id="V1")
    await desk.work()
    assert HandedOver(by="U1", to="U2", note="You know the hosts") in desk.messenger.replies()
    assert desk.messenger.announced() == [("U2", "handed_over")]
    assert desk.messenger.homes()[-2:] == [("U1", [], False), ("U2", [review.id], False)]
    await desk.vote("U1")
    assert (await desk.review()).vote_of("U1")

    await desk.reviews.hand_over("U2", review.id, to="U3", note="", view_id="V2")
    known = await desk.review()
    assert [known.left_to_others(user) for user in ("U1", "U2", "U3", "U9")] == [True, True, False, False]


async def test_who_gets_it_back_has_it(store: SqlStore) -> None:
    """The newest handover of each counts."""
    desk, review = await open_for_two(store)
    await desk.reviews.hand_over("U1", review.id, to="U2", note="", view_id="V1")
    await desk.reviews.hand_over("U2", review.id, to="U1", note="Please do it yourself", view_id="V2")
    known = await desk.review()
    assert [known.left_to_others(user) for user in ("U1", "U2")] == [False, True]


@pytest.mark.parametrize(
    ("to", "why"),
    [
        ("U1", "That is you"),
        ("U2", "voted"),
        ("U9", "not a reviewer of this release"),
        ("U0NOBODY", "may not review"),
        ("U3", "They submitted this version"),
        ("UGUEST", "Guests cannot"),
        ("UAPP", "Apps cannot"),
        ("UGONE", "deactivated"),
        ("UOUT", "another workspace"),
    ],
)
async def test_nobody_else_gets_it(store: SqlStore, to: str, why: str) -> None:
    """Not oneself, not who voted, not who may not vote, not who is not there; which of these is said."""
    desk, review = await open_for_two(store)
    desk.bring(routing=replace(desk.world.routing, identities={"zhang.wei": "U3"}))
    desk.directory.people |= {
        "UGUEST": Person(id="UGUEST", name="Guest", team_id="T1", guest=True),
        "UAPP": Person(id="UAPP", name="App", team_id="T1", bot=True),
        "UGONE": Person(id="UGONE", name="Gone", team_id="T1", deleted=True),
        "UOUT": Person(id="UOUT", name="Out", team_id="T2"),
    }
    await desk.vote("U2")
    with pytest.raises(NoHeir, match=why):
        await desk.reviews.hand_over("U1", review.id, to=to, note="", view_id="V1")
    assert (await desk.review()).handovers == ()


async def test_while_slack_is_away_nothing_is_handed_over(store: SqlStore) -> None:
    """It is not known then who may vote."""
    desk, review = await open_for_two(store)
    desk.directory.broken.add("group_members")
    with pytest.raises(SlackUnreachable):
        await desk.reviews.hand_over("U1", review.id, to="U3", note="", view_id="V1")


async def test_it_does_not_go_round_for_ever(store: SqlStore) -> None:
    """A review is read and written whole."""
    desk, review = await open_for_two(store)
    for number in range(HANDOVERS_MOST):
        by, to = ("U1", "U2") if number % 2 else ("U2", "U1")
        await desk.reviews.hand_over(by, review.id, to=to, note="", view_id=f"V{number}")
    with pytest.raises(ReasonRefused, match="too often"):
        await desk.reviews.hand_over("U1", review.id, to="U2", note="", view_id="V")


@pytest.mark.parametrize(("channel", "direct"), [("D0LIN", True), ("C0REVIEWS", False), ("G0LEADS", False)])
def test_a_message_knows_whether_only_two_read_it(channel: str, direct: bool) -> None:
    """By the channel's id; the one of a card is never direct."""
    assert MessageRef(channel=channel, ts="1.0").direct is direct
