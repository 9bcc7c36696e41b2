"""Troubles that came out when the core was attacked, each told so that it cannot come back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.errors import OutcomeUnknown, Refused, SlackRefused, SlackUnreachable, Unauthorized
from bot.reviews import jobs, news
from bot.reviews.jobs import JobKind
from bot.reviews.models import OpinionSource, Policy, ReviewState, Verdict
from bot.reviews.routing import Routing
from bot.reviews.watching import FOLLOW_PATIENCE, LINGERING
from tests.reviews.fakes import VERSION, WORKSPACE, Desk, submission

if TYPE_CHECKING:
    from bot.store.sql import SqlStore

LOST = OutcomeUnknown("timed out")


async def decide_until_lost(desk: Desk) -> jobs.Job:
    """A decision whose first call got no answer and, so far, no effect."""
    await desk.open()
    await desk.vote(reason="Fine")
    desk.releases.raise_on["approve"] = [LOST]
    job = await desk.job(JobKind.DECIDE)
    with pytest.raises(OutcomeUnknown):
        await desk.reviews.run(job)
    return job


async def test_a_late_first_call_that_makes_the_second_refused_is_still_ours(desk: Desk) -> None:
    """The first takes effect while the second is under way: its record is our opinion, not somebody else's."""
    job = await decide_until_lost(desk)

    class Late(type(desk.releases)):  # type: ignore[misc]
        async def approve(self, *args: object, **facts: object) -> object:
            self.decided("PASS", "Fine")
            raise Refused("wrong status", status=400)

    desk.releases.__class__ = Late
    await desk.reviews.run(job)
    review = await desk.review()
    assert review.state is ReviewState.DECIDED
    assert review.opinion is not None
    assert review.opinion.source is OpinionSource.READ_BACK


async def test_blanks_at_the_ends_make_no_other_opinion(desk: Desk) -> None:
    """SecMaster may trim what it stores."""
    await desk.open()
    await desk.vote(reason="Fine\n")
    desk.releases.raise_on["approve"] = [LOST]
    job = await desk.job(JobKind.DECIDE)
    with pytest.raises(OutcomeUnknown):
        await desk.reviews.run(job)
    desk.releases.decided("PASS", "Fine")
    await desk.reviews.run(job)
    assert (await desk.review()).state is ReviewState.DECIDED


async def test_records_that_are_refused_leave_the_status_to_tell(desk: Desk) -> None:
    """Without the right to list approvals the decision ends, instead of failing at every look; 401 is still told."""
    job = await decide_until_lost(desk)
    desk.releases.versions[VERSION] = submission(status="activated")
    desk.releases.raise_on["approvals"] = [Unauthorized("no", status=401), Refused("no right", status=403)]
    with pytest.raises(Unauthorized):
        await desk.reviews.run(job)
    await desk.reviews.run(job)
    opinion = (await desk.review()).opinion
    assert opinion is not None
    assert opinion.source is OpinionSource.STATUS_ONLY


async def test_a_failure_after_a_lost_answer_claims_nothing_of_its_outcome(desk: Desk) -> None:
    """The news says that it may have taken effect."""
    job = await decide_until_lost(desk)
    await desk.reviews.gave_up(job, Unauthorized("no", status=401))
    await desk.store.transact(lambda tx: tx.finish_job(job))
    await desk.work()
    told = [one for one in desk.messenger.replies() if isinstance(one, news.DecisionFailed)]
    assert [one.outcome_known for one in told] == [False]


async def test_a_card_whose_new_post_fails_is_not_forgotten(desk: Desk) -> None:
    """Deleted, and Slack is away when it is posted again: the next try finds it missing still."""
    await desk.open()
    await desk.vote()
    desk.messenger.refuse_update = "message_not_found"
    job = await desk.job(JobKind.UPDATE_CARD)
    messenger = desk.messenger

    class Away(type(messenger)):  # type: ignore[misc]
        async def post_card(self, review: object) -> object:
            raise SlackUnreachable("chat.postMessage", "ClientConnectorError")

    messenger.__class__ = Away
    with pytest.raises(SlackUnreachable):
        await desk.reviews.run(job)
    messenger.__class__ = Away.__mro__[1]
    desk.messenger.refuse_update = "message_not_found"
    await desk.reviews.run(job)
    card = (await desk.review()).card
    assert card is not None
    assert card.ts == "2.0"


async def test_a_card_that_could_not_be_posted_comes_with_the_next_change(desk: Desk) -> None:
    """Its first post was given up; the thread needs one all the same."""
    await desk.reviews._watching.observe(desk.releases.versions[VERSION])
    await desk.work(skip=frozenset({JobKind.POST_CARD, JobKind.FOLLOW}))
    await desk.vote()
    await desk.work()
    assert desk.messenger.posted == 1
    assert any(isinstance(told, news.VoteCast) for told in desk.messenger.replies())


async def test_a_card_without_a_place_goes_where_the_settings_say_now(desk: Desk) -> None:
    """The channel was a mistake, and an operator has mended it."""
    await desk.reviews._watching.observe(desk.releases.versions[VERSION])
    review = await desk.review()
    better = replace(review.route, channel="C7")
    world = replace(desk.world, routing=Routing(rules=[], defaults={WORKSPACE: better}))
    desk.reviews = type(desk.reviews)(world)
    await desk.work()
    assert (await desk.review()).route.channel == "C7"
    assert (await desk.review()).card is not None


async def test_a_release_is_watched_from_the_answer_on(desk: Desk) -> None:
    """A decision that was retried a day later is not given up at the first look."""
    await desk.open()
    await desk.vote()
    desk.now += timedelta(hours=30)
    await desk.work()
    desk.releases.versions[VERSION] = submission(status="publishing")
    assert await desk.reviews._watching.follow((await desk.review()).id) is not None


async def test_a_decided_version_that_waits_on_is_told_and_becomes_a_new_round(desk: Desk) -> None:
    """Resubmitted unchanged before anybody saw it leave: after a while it does wait again."""
    await desk.open()
    await desk.vote(verdict=Verdict.REJECT, reason="No")
    await desk.work()
    review = await desk.review()
    desk.releases.versions[VERSION] = submission()
    await desk.reviews._watching.observe(submission())
    assert (await desk.review()).id == review.id
    desk.now += LINGERING + timedelta(seconds=1)
    assert await desk.reviews._watching.follow(review.id) is None
    await desk.reviews._watching.observe(submission())
    assert (await desk.review()).round == 2
    assert LINGERING < FOLLOW_PATIENCE


async def test_a_version_under_review_again_is_not_followed_for_the_old_round(desk: Desk) -> None:
    """Its status is the new round's affair."""
    first = await desk.open()
    await desk.vote(verdict=Verdict.REJECT, reason="No")
    await desk.work()
    desk.releases.versions[VERSION] = submission(description="Better")
    await desk.reviews._watching.observe(submission(description="Better"))
    desk.releases.versions[VERSION] = submission(description="Better", status="activated")
    assert await desk.reviews._watching.follow(first.id) is None
    old = await desk.store.transact(lambda tx: tx.review(first.id))
    assert old is not None
    assert old.release_status == "pending_approval"


async def test_a_read_that_arrives_late_opens_no_round_and_closes_none(desk: Desk) -> None:
    """It is read once more before anything is believed that would end or begin a review."""
    await desk.open()
    old = desk.releases.versions[VERSION]
    await desk.vote()
    await desk.work()
    await desk.reviews._watching.follow((await desk.review()).id)
    await desk.reviews._watching.observe(old)
    assert (await desk.review()).round == 1

    desk.releases.versions[VERSION] = submission(description="Next")
    await desk.reviews._watching.observe(desk.releases.versions[VERSION])
    await desk.reviews._watching.observe(submission(status="rejected"))
    review = await desk.review()
    assert (review.round, review.state) == (2, ReviewState.OPEN)


async def test_a_deleted_group_locks_out_nobody_of_the_others(store: SqlStore) -> None:
    """Who is in a readable group votes; who is in none is told to try again, not that they are no reviewer."""
    desk = Desk(store, policy=Policy(reviewers=("S1", "S0GONE")))

    class Partly(type(desk.directory)):  # type: ignore[misc]
        async def group_members(self, group_id: str, *, fresh: bool = False) -> Any:
            if group_id == "S0GONE":
                raise SlackRefused("usergroups.users.list", "no_such_subteam")
            return await super().group_members(group_id, fresh=fresh)

    desk.directory.__class__ = Partly
    review = await desk.open()
    assert await desk.reviews.check_vote("U3", review.id) == review
    with pytest.raises(SlackRefused):
        await desk.reviews.check_vote("U9", review.id)
