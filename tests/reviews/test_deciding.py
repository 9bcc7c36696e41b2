"""A decision takes effect once, whatever breaks on the way."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.errors import OutcomeUnknown, Refused, ReviewGone, Unauthorized, Unreachable
from bot.reviews import transitions
from bot.reviews.jobs import JobKind
from bot.reviews.models import ClosedBecause, OpinionSource, ReviewState, Verdict
from bot.reviews.news import OpinionReturned
from tests.reviews.fakes import VERSION, submission

if TYPE_CHECKING:
    from tests.reviews.fakes import Desk

LOST = OutcomeUnknown("timed out")


async def test_the_answer_is_stored_and_told(desk: Desk) -> None:
    """One call, the opinion in the thread, the notification channel hears, the release is followed."""
    await desk.open()
    await desk.vote()
    kinds = await desk.work()

    assert desk.releases.sent == [("PASS", "Fine")]
    assert OpinionReturned() in desk.messenger.replies()
    assert ("C2", "decided") in desk.messenger.announced()
    assert JobKind.DECIDE in kinds
    assert (await desk.review()).state is ReviewState.DECIDED


async def lose_the_answer(desk: Desk, *, applied: bool) -> None:
    """Open, vote, and run the decision into a lost answer."""
    await desk.open()
    await desk.vote(reason="Once")
    desk.releases.raise_on["answer" if applied else "approve"] = [LOST]
    job = await desk.job(JobKind.DECIDE)
    with pytest.raises(OutcomeUnknown):
        await desk.reviews.run(job)
    await desk.reviews.will_retry(job, LOST, at=desk.now)
    assert (await desk.review()).failure is not None
    await desk.reviews.run(job)


async def test_an_applied_call_is_read_back_and_not_repeated(desk: Desk) -> None:
    """The record that was not there before is ours."""
    await lose_the_answer(desk, applied=True)

    review = await desk.review()
    assert len(desk.releases.sent) == 1
    assert review.opinion is not None
    assert review.opinion.source is OpinionSource.READ_BACK


async def test_a_call_that_was_not_applied_is_repeated(desk: Desk) -> None:
    """Still pending and nothing recorded: sent again."""
    await lose_the_answer(desk, applied=False)

    assert len(desk.releases.sent) == 2
    assert len(desk.releases.recorded) == 1
    assert (await desk.review()).state is ReviewState.DECIDED


@pytest.mark.parametrize("verdict", list(Verdict))
async def test_without_records_the_status_tells_the_outcome(desk: Desk, verdict: Verdict) -> None:
    """SecMaster may list no approvals of workflows at all: nothing is claimed but the outcome."""
    desk.releases.lists_approvals = False
    await desk.open()
    await desk.vote(verdict=verdict)
    desk.releases.raise_on["answer"] = [LOST]
    job = await desk.job(JobKind.DECIDE)
    with pytest.raises(OutcomeUnknown):
        await desk.reviews.run(job)
    await desk.reviews.run(job)

    opinion = (await desk.review()).opinion
    assert opinion is not None
    assert opinion.source is OpinionSource.STATUS_ONLY
    assert len(desk.releases.sent) == 1


async def test_records_that_could_not_be_read_before_prove_nothing_later(desk: Desk) -> None:
    """An old record with the same words is not taken for ours."""
    await desk.open()
    await desk.vote()
    desk.releases.raise_on = {"approvals": [LOST], "approve": [LOST]}
    job = await desk.job(JobKind.DECIDE)
    with pytest.raises(OutcomeUnknown):
        await desk.reviews.run(job)
    assert (await desk.review()).approvals_before is None
    desk.releases.decided("PASS", "Fine")
    await desk.reviews.run(job)

    opinion = (await desk.review()).opinion
    assert opinion is not None
    assert opinion.source is OpinionSource.STATUS_ONLY


async def test_anothers_record_is_not_claimed(desk: Desk) -> None:
    """Our call was lost and somebody else decided: closed, with their words."""
    await desk.open()
    await desk.vote()
    desk.releases.raise_on["approve"] = [LOST]
    job = await desk.job(JobKind.DECIDE)
    with pytest.raises(OutcomeUnknown):
        await desk.reviews.run(job)
    desk.releases.decided("PASS", "From the console", by="admin")
    await desk.reviews.run(job)

    review = await desk.review()
    assert review.closed_because is ClosedBecause.DECIDED_ELSEWHERE
    assert review.opinion is None
    assert len(desk.releases.sent) == 1


@pytest.mark.parametrize(
    ("now", "because"),
    [
        (submission(status="pending_submit"), ClosedBecause.WITHDRAWN),
        (submission(status="activated"), ClosedBecause.DECIDED_ELSEWHERE),
        (submission(description="Other"), ClosedBecause.CHANGED),
        (None, ClosedBecause.DELETED),
    ],
)
async def test_what_is_not_ours_any_more_is_not_sent(desk: Desk, now: object, because: ClosedBecause) -> None:
    """The version is read once more before the call."""
    review = await desk.open()
    await desk.vote()
    desk.releases.versions = {VERSION: now} if now else {}  # type: ignore[dict-item]
    await desk.work()

    closed = await desk.store.transact(lambda tx: tx.review(review.id))
    assert closed is not None
    assert closed.closed_because is because
    assert desk.releases.sent == []


async def test_a_refusal_fails_and_a_retry_sends_again(desk: Desk) -> None:
    """The failure keeps every fact; Retry makes a new decision job; a second Retry finds nothing to do."""
    await desk.open()
    await desk.vote()
    refusal = Refused("Parameter error.", status=400, code="SecMaster.20040001", request_id="r9")
    desk.releases.raise_on["approve"] = [refusal]
    job = await desk.job(JobKind.DECIDE)
    with pytest.raises(Refused):
        await desk.reviews.run(job)
    assert await desk.reviews.gave_up(job, refusal)
    review = await desk.review()
    assert review.state is ReviewState.FAILED
    assert review.failure is not None
    assert (review.failure.code, review.failure.request_id) == ("SecMaster.20040001", "r9")

    await desk.store.transact(lambda tx: tx.finish_job(job))
    await desk.reviews.retry("U2", review.id)
    await desk.work()
    assert (await desk.review()).state is ReviewState.DECIDED
    with pytest.raises(ReviewGone, match="not waiting for a retry"):
        await desk.reviews.retry("U2", review.id)


async def test_a_refusal_because_somebody_was_faster_is_told_as_that(desk: Desk) -> None:
    """After a no the version is read: decided elsewhere is the reason."""
    await desk.open()
    await desk.vote()

    class Faster(type(desk.releases)):  # type: ignore[misc]
        async def approve(self, *args: object, **facts: object) -> object:
            self.decided("UN_PASS", "Console", by="admin")
            raise Refused("wrong status", status=400)

    desk.releases.__class__ = Faster
    await desk.work()
    assert (await desk.review()).closed_because is ClosedBecause.DECIDED_ELSEWHERE


@pytest.mark.parametrize("error", [Unauthorized("no", status=401), Refused("no", status=400)])
async def test_a_refusal_stands_when_the_version_cannot_be_read(desk: Desk, error: Refused) -> None:
    """401 is not followed by another call; else an unreadable version changes nothing."""
    await desk.open()
    await desk.vote()
    job = await desk.job(JobKind.DECIDE)
    desk.releases.raise_on["approve"] = [error]
    sent = desk.releases.sent
    if not isinstance(error, Unauthorized):

        class Broken(type(desk.releases)):  # type: ignore[misc]
            async def version(self, *args: object) -> object:
                if self.sent:
                    raise LOST
                return await super().version(*args)

        desk.releases.__class__ = Broken
    with pytest.raises(Refused) as caught:
        await desk.reviews.run(job)
    assert caught.value is error
    assert len(sent) == 1


async def test_a_worker_that_lost_its_lease_sends_nothing(desk: Desk) -> None:
    """Another worker holds the job now: this one stops before the call."""
    await desk.open()
    await desk.vote()
    job = await desk.job(JobKind.DECIDE)
    await desk.reviews.run(replace(job, token=job.token - 1))
    assert desk.releases.sent == []


async def test_a_finished_decision_is_not_made_again(desk: Desk) -> None:
    """Running the job twice is harmless, and late news of it changes nothing."""
    await desk.open()
    await desk.vote()
    job = await desk.job(JobKind.DECIDE)
    await desk.reviews.run(job)
    await desk.reviews.run(job)
    await desk.reviews.will_retry(job, LOST, at=desk.now)
    await desk.reviews.gave_up(job, ValueError("late"))

    review = await desk.review()
    assert len(desk.releases.sent) == 1
    assert review.state is ReviewState.DECIDED
    assert review.failure is None
    assert not await desk.store.transact(lambda tx: transitions.settled(tx, review, review.opinion, now=desk.now))  # type: ignore[arg-type]


async def test_an_error_of_our_own_is_shown_by_its_kind_only(desk: Desk) -> None:
    """No detail of a mistake in the code reaches people."""
    await desk.open()
    await desk.vote()
    job = await desk.job(JobKind.DECIDE)
    await desk.reviews.gave_up(job, ValueError("secret detail"))
    failure = (await desk.review()).failure
    assert failure is not None
    assert failure.message == "ValueError"


async def test_an_answer_that_comes_after_the_review_ended_changes_nothing(desk: Desk) -> None:
    """Another worker closed the review while the call was under way."""
    await desk.open()
    await desk.vote()
    job = await desk.job(JobKind.DECIDE)

    class Late(type(desk.releases)):  # type: ignore[misc]
        async def approve(self, *args: object, **facts: object) -> object:
            review = await desk.review()
            await desk.reviews._watching.close(review, ClosedBecause.DELETED, status="")
            return await super().approve(*args, **facts)

    desk.releases.__class__ = Late
    await desk.reviews.run(job)
    assert (await desk.review()).closed_because is ClosedBecause.DELETED


async def test_a_status_is_only_noted_of_what_is_decided(desk: Desk) -> None:
    """An open review has no release, whatever somebody read."""
    review = await desk.open()
    assert not await desk.store.transact(
        lambda tx: transitions.released(tx, review, status="activated", final=True, settled=True, now=desk.now)
    )


@pytest.mark.parametrize("lost_before", [True, False])
async def test_a_call_that_never_left_leaves_no_mark_unless_one_did_before(desk: Desk, *, lost_before: bool) -> None:
    """Only a call that may have arrived makes us look for our opinion later."""
    await desk.open()
    await desk.vote()
    away = Unreachable("no connection")
    desk.releases.raise_on["approve"] = [LOST, away] if lost_before else [away]
    job = await desk.job(JobKind.DECIDE)
    if lost_before:
        with pytest.raises(OutcomeUnknown):
            await desk.reviews.run(job)
    with pytest.raises(Unreachable):
        await desk.reviews.run(job)
    assert ((await desk.review()).sent_at is not None) is lost_before
