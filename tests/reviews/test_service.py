"""The use cases: what people ask for, and what jobs do for them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.errors import (
    BotError,
    NotAllowed,
    NotPending,
    ReasonRefused,
    ReviewGone,
    SlackRefused,
    UnknownVersion,
)
from bot.reviews import jobs, news
from bot.reviews.jobs import JobKind
from bot.reviews.models import ClosedBecause, MessageRef, Policy, Result, ReviewState, Verdict
from bot.reviews.transitions import closed
from tests.reviews.fakes import RULES, VERSION, Desk, submission

if TYPE_CHECKING:
    from bot.store.sql import SqlStore


async def test_of_many_votes_at_once_one_decides(desk: Desk) -> None:
    """Approvals and rejections in the same instant: one decision, one decide job, the others are told."""
    review = await desk.open()
    outcomes = await asyncio.gather(
        *(
            desk.reviews.vote(user, review.id, verdict=verdict, reason="now", view_id=f"V{user}")
            for user, verdict in (("U1", Verdict.APPROVE), ("U2", Verdict.REJECT), ("U3", Verdict.APPROVE))
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(outcome, ReviewGone) for outcome in outcomes) == 2
    assert (await desk.work()).count(JobKind.DECIDE) == 1
    assert len(desk.releases.sent) == 1


async def test_the_same_form_delivered_twice_counts_once(desk: Desk) -> None:
    """Also when both arrive together, and also after the decision."""
    review = await desk.open()
    vote = {"verdict": Verdict.APPROVE, "reason": "Fine", "view_id": "V1"}
    both = await asyncio.gather(*(desk.reviews.vote("U1", review.id, **vote) for _ in range(2)))  # type: ignore[arg-type]
    again = await desk.reviews.vote("U1", review.id, **vote)  # type: ignore[arg-type]
    assert all(decision is not None for decision in (*both, again))
    await desk.work()
    assert sum(isinstance(told, news.VoteCast) for told in desk.messenger.replies()) == 1


async def test_a_second_vote_replaces_the_first(store: SqlStore) -> None:
    """With two approvals needed one person's two votes are one, and are told as a change."""
    desk = Desk(store, policy=replace(RULES, approvals_required=2))
    await desk.open()
    await desk.vote(reason="First")
    await desk.vote(reason="Second")
    await desk.work()
    review = await desk.review()
    assert [vote.reason for vote in review.votes] == ["Second"]
    assert review.open
    assert [told.replaces for told in desk.messenger.replies() if isinstance(told, news.VoteCast)] == [False, True]


@pytest.mark.parametrize("reason", ["", " \n\t", "x" * 1001])
async def test_a_reason_is_needed_and_has_a_limit(desk: Desk, reason: str) -> None:
    """Nothing is recorded; the message says what to do."""
    await desk.open()
    with pytest.raises(ReasonRefused):
        await desk.vote(reason=reason)
    assert (await desk.review()).votes == ()


async def test_a_thousand_characters_are_a_reason(desk: Desk) -> None:
    """The limit itself is allowed."""
    await desk.open()
    await desk.vote(reason="字" * 1000)
    await desk.work()
    assert desk.releases.sent == [(Result.PASS, "字" * 1000)]


async def test_an_approval_may_come_without_a_reason_where_the_policy_says_so(store: SqlStore) -> None:
    """A rejection never may."""
    desk = Desk(store, policy=replace(RULES, require_reason="reject"))
    await desk.open()
    with pytest.raises(ReasonRefused):
        await desk.vote(verdict=Verdict.REJECT, reason="")
    await desk.vote(reason="")
    await desk.work()
    assert desk.releases.sent == [(Result.PASS, "ok")]


@pytest.mark.parametrize(("user", "changes"), [("U9", {}), ("U1", {"deleted": True}), ("U1", {"team_id": "T2"})])
async def test_who_may_not_vote_is_refused_on_click_and_on_submit(
    desk: Desk, user: str, changes: dict[str, object]
) -> None:
    """Both ways in check."""
    review = await desk.open()
    desk.directory.people[user] = replace(desk.directory.people[user], **changes)  # type: ignore[arg-type]
    with pytest.raises(NotAllowed):
        await desk.reviews.check_vote(user, review.id)
    with pytest.raises(NotAllowed):
        await desk.vote(user)
    assert (await desk.review()).votes == ()


async def test_reviewers_by_group_and_by_channel(store: SqlStore) -> None:
    """A member of the group, and with `channel` a member of the review channel."""
    desk = Desk(store)
    review = await desk.open()
    assert await desk.reviews.check_vote("U3", review.id) == review
    with pytest.raises(NotAllowed):
        await desk.reviews.check_vote("U9", review.id)

    open_to_channel = Desk(store, policy=Policy(reviewers=("channel",)))
    open_to_channel.releases.versions = {"version-0002": submission(version_id="version-0002")}
    other, _ = await open_to_channel.reviews.request("U1", "version-0002")
    assert await open_to_channel.reviews.check_vote("U9", other.id) == other


async def test_the_identified_submitter_may_not_vote(store: SqlStore) -> None:
    """Identities tie the IAM user to the Slack user."""
    desk = Desk(store, identities=True)
    review = await desk.open()
    assert review.submitter_user == "U2"
    with pytest.raises(NotAllowed, match="You submitted"):
        await desk.reviews.check_vote("U2", review.id)
    await desk.vote()
    await desk.work()
    assert ("U2", "decided") in desk.messenger.announced()


async def test_a_press_on_what_has_moved_on_mends_the_cards(desk: Desk) -> None:
    """The review's card, and the forgotten one that was pressed, even if it is gone by now."""
    review = await desk.open()
    await desk.vote()
    await desk.work()
    desk.messenger.said.clear()
    for met in (MessageRef(channel="C1", ts="0.5"), review.card, None):
        with pytest.raises(ReviewGone, match="already decided"):
            await desk.reviews.check_vote("U2", review.id, met=met)
    desk.messenger.refuse_update = "message_not_found"
    await desk.reviews.run(
        jobs.Job(
            id=0, kind=JobKind.UPDATE_CARD, subject=review.id, payload={"orphan": "C1", "ts": "0.4"}, attempt=1, token=1
        )
    )
    await desk.work()
    assert ("update", (ReviewState.DECIDED, "0.5")) in desk.messenger.said
    assert ("update", (ReviewState.DECIDED, "1.0")) in desk.messenger.said


async def test_reviews_that_nobody_knows_are_gone(desk: Desk) -> None:
    """Forged and forgotten ids."""
    for attempt in (
        desk.reviews.check_vote("U1", "forged"),
        desk.reviews.vote("U1", "forged", verdict=Verdict.APPROVE, reason="x", view_id="V"),
        desk.reviews.retry("U1", "forged"),
    ):
        with pytest.raises(ReviewGone, match="not known"):
            await attempt
    with pytest.raises(BotError):
        await desk.world.review("forged")


async def test_a_vote_on_a_closed_review_is_too_late(desk: Desk) -> None:
    """The content changed while the form was open."""
    review = await desk.open()
    await desk.store.transact(
        lambda tx: closed(tx, review, ClosedBecause.CHANGED, status="pending_approval", recorded=None, now=desk.now)
    )
    with pytest.raises(ReviewGone, match="is closed"):
        await desk.reviews.vote("U1", review.id, verdict=Verdict.APPROVE, reason="x", view_id="V")


async def test_a_review_that_ends_while_the_person_is_looked_up_takes_no_vote(desk: Desk) -> None:
    """The state is checked again in the transaction that records."""
    review = await desk.open()
    directory = desk.directory

    class Slow(type(directory)):  # type: ignore[misc]
        async def person(self, user_id: str, *, fresh: bool = False) -> object:
            await desk.store.transact(
                lambda tx: closed(tx, review, ClosedBecause.WITHDRAWN, status="", recorded=None, now=desk.now)
            )
            return await super().person(user_id)

    directory.__class__ = Slow
    with pytest.raises(ReviewGone, match="is closed"):
        await desk.reviews.vote("U1", review.id, verdict=Verdict.APPROVE, reason="x", view_id="V")
    assert (await desk.review()).votes == ()


async def test_requests(desk: Desk) -> None:
    """Opened once; unknown, odd and not pending versions are told apart; who asks counts as submitter."""
    review, opened = await desk.reviews.request("U1", VERSION)
    assert (opened, review.requested_by) == (True, "U1")
    assert (await desk.reviews.request("U2", VERSION))[1] is False
    with pytest.raises(NotAllowed):
        await desk.reviews.check_vote("U1", review.id)
    with pytest.raises(UnknownVersion, match="knows no"):
        await desk.reviews.request("U1", "version-9999")
    with pytest.raises(UnknownVersion, match="does not look like"):
        await desk.reviews.request("U1", "../x")
    desk.releases.versions["version-0003"] = submission(version_id="version-0003", status="activated")
    with pytest.raises(NotPending, match="activated"):
        await desk.reviews.request("U1", "version-0003")
    shown = await desk.reviews.show("U1", "version-0003")
    assert (shown.submission.status, shown.rounds) == ("activated", ())


async def test_lists_are_for_full_members(desk: Desk) -> None:
    """Pending and history; a guest gets neither."""
    await desk.open()
    assert len(await desk.reviews.pending("U1")) == 1
    await desk.vote()
    await desk.work()
    assert await desk.reviews.pending("U1") == []
    assert len(await desk.reviews.history("U1")) == 1
    desk.directory.people["U1"] = replace(desk.directory.people["U1"], guest=True)
    for ask in (desk.reviews.pending("U1"), desk.reviews.history("U1")):
        with pytest.raises(NotAllowed):
            await ask


async def test_a_home_shows_what_waits_for_its_owner_and_stays_fresh(desk: Desk) -> None:
    """Nothing they may not vote on, nothing they voted on."""
    review = await desk.open()
    for user in ("U1", "U9"):
        await desk.reviews.opened_home(user)
    await desk.work()
    assert ("U1", [review.id], False) in desk.messenger.homes()
    assert ("U9", [], False) in desk.messenger.homes()
    await desk.vote()
    await desk.work()
    assert desk.messenger.said[-1][0] != ""
    assert ("U1", [], False) in desk.messenger.homes()


async def test_a_deleted_card_is_posted_again_before_the_thread_goes_on(desk: Desk) -> None:
    """What is said next belongs under the new card."""
    await desk.open()
    desk.messenger.refuse_update = "message_not_found"
    await desk.vote()
    await desk.work()
    kinds = [kind for kind, _ in desk.messenger.said]
    assert desk.messenger.posted == 2
    assert kinds.index("reply") > [index for index, kind in enumerate(kinds) if kind == "card"][1]
    card = (await desk.review()).card
    assert card is not None
    assert card.ts == "2.0"


async def test_other_refusals_of_an_update_are_judged_elsewhere(desk: Desk) -> None:
    """They reach the retry rules."""
    await desk.open()
    desk.messenger.refuse_update = "edit_window_closed"
    await desk.vote()
    job = await desk.job(JobKind.UPDATE_CARD)
    with pytest.raises(SlackRefused):
        await desk.reviews.run(job)
    await desk.reviews.will_retry(job, SlackRefused("chat.update", "x"), at=desk.now)
    assert await desk.reviews.gave_up(job, SlackRefused("chat.update", "x")) is False


async def test_cards_are_posted_once_and_never_for_closed_reviews(desk: Desk) -> None:
    """A repeated job posts nothing; a review that closed before its card was posted needs none, and no replies."""
    review = await desk.open()
    post = jobs.post_card(review)
    await desk.store.transact(lambda tx: tx.add_job(post))
    await desk.work()
    assert desk.messenger.posted == 1

    desk.releases.versions["version-0002"] = submission(version_id="version-0002")
    other, _ = await desk.reviews.request("U1", "version-0002")
    await desk.store.transact(
        lambda tx: closed(tx, other, ClosedBecause.WITHDRAWN, status="", recorded=None, now=desk.now)
    )
    desk.messenger.said.clear()
    await desk.work()
    assert desk.messenger.said == []


async def test_a_review_that_moved_while_its_card_was_posted_has_the_card_mended(desk: Desk) -> None:
    """The vote came between the post and its record."""
    await desk.reviews._watching.observe(desk.releases.versions[VERSION])
    job = await desk.job(JobKind.POST_CARD)
    messenger = desk.messenger

    class Slow(type(messenger)):  # type: ignore[misc]
        async def post_card(self, review: object) -> object:
            await desk.vote()
            return await super().post_card(review)

    messenger.__class__ = Slow
    await desk.reviews.run(job)
    messenger.__class__ = Slow.__mro__[1]
    await desk.store.transact(lambda tx: tx.finish_job(job))
    assert JobKind.UPDATE_CARD in await desk.work()


async def test_of_two_posts_of_one_card_the_first_is_remembered(desk: Desk) -> None:
    """A second worker posted meanwhile: its card is the one, ours is mended when somebody presses it."""
    review = await desk.reviews._watching.observe(desk.releases.versions[VERSION])
    assert review is not None
    job = await desk.job(JobKind.POST_CARD)
    messenger = desk.messenger

    class Twice(type(messenger)):  # type: ignore[misc]
        async def post_card(self, review: object) -> object:
            messenger.__class__ = Twice.__mro__[1]
            await desk.reviews.run(job)
            return await self.post_card(review)

    messenger.__class__ = Twice
    await desk.reviews.run(job)
    card = (await desk.review()).card
    assert card is not None
    assert card.ts == "1.0"


async def test_a_home_leaves_out_what_its_owner_voted_on(store: SqlStore) -> None:
    """The review is still open for others."""
    desk = Desk(store, policy=replace(RULES, approvals_required=2))
    review = await desk.open()
    await desk.vote("U1")
    for user in ("U1", "U2"):
        await desk.reviews.opened_home(user)
    await desk.work()
    assert desk.messenger.homes() == [("U1", [], False), ("U2", [review.id], False)]
