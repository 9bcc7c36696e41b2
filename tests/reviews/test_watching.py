"""Reviews keep in step with the versions in SecMaster."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.errors import NotFound, OutcomeUnknown, Refused, Unauthorized
from bot.reviews.jobs import JobKind
from bot.reviews.models import ClosedBecause, ReviewState, Verdict
from bot.reviews.news import ReleaseReached, ReviewClosed
from tests.reviews.fakes import RULES, VERSION, WORKSPACE, Desk, submission

if TYPE_CHECKING:
    from bot.store.sql import SqlStore


async def poll(desk: Desk) -> object:
    """One look."""
    return await desk.reviews._watching.poll(WORKSPACE)


async def test_a_look_opens_reviews_and_comes_again(desk: Desk) -> None:
    """Each submission once; the next look is an interval later."""
    assert await poll(desk) == desk.now + timedelta(seconds=60)
    await poll(desk)
    assert (await desk.review()).round == 1


@pytest.mark.parametrize("workspace", [WORKSPACE, "forgotten"])
async def test_nobody_looks_where_nothing_is_to_be_seen(store: SqlStore, workspace: str) -> None:
    """With the poller off, or in a workspace that is not configured here; another replica may know it already."""
    desk = Desk(store, poll=0 if workspace == WORKSPACE else 60)
    await desk.reviews.start_work()
    assert await desk.reviews._watching.poll(workspace) == desk.now + timedelta(minutes=1)
    assert desk.releases.asked == []


async def test_watching_is_queued_once(desk: Desk) -> None:
    """However often the bot starts, one look a workspace goes on."""
    await desk.reviews.start_work()
    await desk.reviews.start_work()
    assert await desk.work() == [JobKind.POLL, JobKind.POST_CARD]


@pytest.mark.parametrize(
    ("now", "because"),
    [
        (submission(status="pending_submit"), ClosedBecause.WITHDRAWN),
        (submission(status="rejected"), ClosedBecause.DECIDED_ELSEWHERE),
        (None, ClosedBecause.DELETED),
    ],
)
async def test_open_reviews_end_with_their_versions(desk: Desk, now: object, because: ClosedBecause) -> None:
    """Withdrawn, decided in the console, deleted."""
    await desk.open()
    desk.releases.versions = {VERSION: now} if now else {}  # type: ignore[dict-item]
    await poll(desk)
    await desk.work()

    assert (await desk.review()).closed_because is because
    assert any(isinstance(told, ReviewClosed) and told.because == because for told in desk.messenger.replies())
    await poll(desk)


async def test_the_newest_record_is_told_and_an_unreadable_one_is_not_missed(desk: Desk) -> None:
    """Decided in the console: its words if they can be read, the fact in any case."""
    await desk.open()
    desk.releases.decided("PASS", "Old")
    desk.releases.decided("UN_PASS", "New", by="admin")
    await poll(desk)
    await desk.work()
    assert (
        ReviewClosed(because="decided_elsewhere", status="rejected", result="UN_PASS", content="New", user_id="admin")
        in desk.messenger.replies()
    )

    desk.releases.versions = {VERSION: submission(description="Again")}
    await desk.open()
    desk.releases.decided("PASS", "Unread")
    desk.releases.raise_on["approvals"] = [OutcomeUnknown("lost")]
    await poll(desk)
    await desk.work()
    assert ReviewClosed(because="decided_elsewhere", status="activated") in desk.messenger.replies()


async def test_a_change_opens_a_new_round(desk: Desk) -> None:
    """The old review is closed, the new one begins without votes."""
    first = await desk.open()
    desk.releases.versions[VERSION] = submission(taskflow="b3RoZXI=")
    await poll(desk)
    second = await desk.review()
    assert (second.round, second.votes, second.id != first.id) == (2, (), True)


async def test_a_decided_version_is_no_new_round_until_it_moved(desk: Desk) -> None:
    """SecMaster may go on saying pending for a moment; resubmitted later it is a round of its own."""
    await desk.open()
    await desk.vote()
    await desk.work()
    desk.releases.versions[VERSION] = submission()
    await poll(desk)
    assert (await desk.review()).round == 1

    desk.releases.versions[VERSION] = submission(status="publishing")
    assert await desk.reviews._watching.follow((await desk.review()).id) is not None
    desk.releases.versions[VERSION] = submission()
    await poll(desk)
    assert (await desk.review()).round == 2


async def test_one_unreadable_version_hides_no_other(desk: Desk) -> None:
    """The others are looked at, and the next look comes."""
    desk.releases.versions = {name: submission(version_id=name) for name in ("version-a", "version-b")}
    desk.releases.raise_on["version"] = [OutcomeUnknown("lost")]
    await poll(desk)
    seen = await desk.store.transact(lambda tx: tx.pending_reviews(limit=5))
    assert [review.submission.version_id for review in seen] == ["version-b"]


@pytest.mark.parametrize("error", [Unauthorized("no", status=401), ValueError("mistake")])
async def test_refused_credentials_and_mistakes_stop_the_look(desk: Desk, error: Exception) -> None:
    """They reach the retry rules."""
    desk.releases.raise_on["version"] = [error]
    with pytest.raises(type(error)):
        await poll(desk)


async def test_a_failed_decision_whose_version_moved_is_looked_into_again(desk: Desk) -> None:
    """Our call was sent and never answered: the decision is taken up by itself and read back."""
    await desk.open()
    await desk.vote()
    lost = OutcomeUnknown("lost")
    desk.releases.raise_on["answer"] = [lost]
    job = await desk.job(JobKind.DECIDE)
    with pytest.raises(OutcomeUnknown):
        await desk.reviews.run(job)
    await desk.reviews.gave_up(job, lost)
    await desk.store.transact(lambda tx: tx.finish_job(job))
    await poll(desk)
    await desk.work()
    assert (await desk.review()).state is ReviewState.DECIDED
    assert len(desk.releases.sent) == 1


async def test_a_failed_decision_that_was_never_sent_closes(desk: Desk) -> None:
    """Nothing of ours can be in SecMaster, so what happened there is somebody else's."""
    await desk.open()
    await desk.vote()
    job = await desk.job(JobKind.DECIDE)
    await desk.reviews.gave_up(job, Refused("no"))
    desk.releases.decided("PASS", "Console")
    await poll(desk)
    assert (await desk.review()).state is ReviewState.CLOSED


@pytest.mark.parametrize("status", ["activated", "publish_failed", "rejected", "not_activated"])
async def test_a_final_status_is_told_once(desk: Desk, status: str) -> None:
    """And ends the watch."""
    await desk.open()
    await desk.vote()
    await desk.work()
    review = await desk.review()
    desk.releases.versions[VERSION] = submission(status=status)
    assert await desk.reviews._watching.follow(review.id) is None
    assert await desk.reviews._watching.follow(review.id) is None
    await desk.work()
    assert desk.messenger.replies().count(ReleaseReached(status=status)) == 1


@pytest.mark.parametrize(
    ("verdict", "status", "told"),
    [
        (Verdict.APPROVE, "activated", ["decided", "release"]),
        (Verdict.APPROVE, "not_activated", ["decided", "release"]),
        (Verdict.APPROVE, "rejected", ["decided", "release"]),
        (Verdict.APPROVE, "publish_failed", ["decided", "publish_failed"]),
        (Verdict.REJECT, "rejected", ["decided"]),
    ],
)
async def test_the_submitter_hears_where_the_release_arrived(
    store: SqlStore, verdict: Verdict, status: str, told: list[str]
) -> None:
    """They have to activate it; that it was rejected they know from the decision. Channels hear of failures only."""
    desk = Desk(store, identities=True)
    await desk.open()
    await desk.vote(verdict=verdict)
    await desk.work()
    desk.releases.versions[VERSION] = submission(status=status)
    await desk.reviews._watching.follow((await desk.review()).id)
    await desk.work()
    heard = desk.messenger.announced()
    assert [kind for to, kind in heard if to == "U2"] == told
    assert [kind for to, kind in heard if to == "C2"] == [kind for kind in told if kind != "release"]


async def test_a_release_that_does_not_end_is_given_up_after_a_day(desk: Desk) -> None:
    """Looks grow rarer; after a day the thread says that it is still publishing. A deleted version ends at once."""
    await desk.open()
    await desk.vote()
    await desk.work()
    review = await desk.review()
    desk.releases.versions[VERSION] = submission(status="publishing")
    assert await desk.reviews._watching.follow(review.id) == desk.now + timedelta(seconds=2)
    desk.now += timedelta(hours=1)
    assert await desk.reviews._watching.follow(review.id) == desk.now + timedelta(minutes=5)
    desk.now += timedelta(days=1)
    assert await desk.reviews._watching.follow(review.id) is None
    await desk.work()
    assert ReleaseReached(status="publishing", settled=False) in desk.messenger.replies()


async def test_a_version_deleted_after_the_decision_is_final(desk: Desk) -> None:
    """There is nothing left to watch."""
    await desk.open()
    await desk.vote()
    await desk.work()
    desk.releases.versions = {}
    assert await desk.reviews._watching.follow((await desk.review()).id) is None
    assert (await desk.review()).release_final


async def test_what_was_not_decided_is_not_followed(desk: Desk) -> None:
    """An open review has no release."""
    assert await desk.reviews._watching.follow((await desk.open()).id) is None


async def test_closing_twice_changes_nothing(desk: Desk) -> None:
    """The second finds the review in another state."""
    review = await desk.open()
    for _ in range(2):
        await desk.reviews._watching.close(review, ClosedBecause.WITHDRAWN, status="pending_submit")
    await desk.reviews._watching.left_pending(replace(review, state=ReviewState.FAILED, sent_at=desk.now), "activated")
    assert (await desk.review()).closed_because is ClosedBecause.WITHDRAWN


async def test_a_version_that_vanishes_before_it_was_known_is_no_review(desk: Desk) -> None:
    """Listed a moment ago, deleted now."""
    desk.releases.raise_on["version"] = [NotFound("gone")]
    await poll(desk)
    assert await desk.store.transact(lambda tx: tx.pending_reviews(limit=5)) == []


async def test_a_release_that_cannot_be_read_for_a_day_is_given_up(desk: Desk) -> None:
    """Before that the look is repeated by the retry rules."""
    await desk.open()
    await desk.vote()
    await desk.work()
    review = await desk.review()
    desk.releases.raise_on["version"] = [OutcomeUnknown("down"), OutcomeUnknown("down")]
    with pytest.raises(OutcomeUnknown):
        await desk.reviews._watching.follow(review.id)
    desk.now += timedelta(days=2)
    assert await desk.reviews._watching.follow(review.id) is None
    assert (await desk.review()).release_final


async def test_refused_credentials_are_tried_on_no_other_version(desk: Desk) -> None:
    """Five refusals in a row lock an access key: the rest of the look is left for later."""
    desk.releases.versions = {
        f"version-{number:04}": submission(version_id=f"version-{number:04}") for number in range(9)
    }
    desk.releases.raise_on["version"] = [Unauthorized("no", status=401) for _ in range(9)]
    with pytest.raises(Unauthorized):
        await poll(desk)
    assert len(desk.releases.raise_on["version"]) == 8


async def test_a_vote_that_decides_nothing_has_the_version_looked_at(store: SqlStore) -> None:
    """Who comes next must not add a vote to content that is gone: the change is noticed now, not at the next poll."""
    desk = Desk(store, policy=replace(RULES, approvals_required=2))
    first = await desk.open()
    desk.releases.versions[VERSION] = submission(description="Edited meanwhile")
    await desk.vote("U1")
    assert JobKind.LOOK in await desk.work()
    newest = await desk.review()
    closed = await store.transact(lambda tx: tx.review(first.id))
    assert closed is not None
    assert (closed.state, closed.closed_because) == (ReviewState.CLOSED, ClosedBecause.CHANGED)
    assert (newest.round, newest.votes, newest.open) == (2, (), True)


@pytest.mark.parametrize("gone", [False, True])
async def test_a_look_that_finds_nothing_new_changes_nothing(store: SqlStore, gone: bool) -> None:
    """A version that is as it was; and one that was deleted ends its review."""
    desk = Desk(store, policy=replace(RULES, approvals_required=2))
    await desk.open()
    await desk.vote("U1")
    job = await desk.job(JobKind.LOOK)
    if gone:
        desk.releases.versions.clear()
    await desk.reviews.run(job)
    known = await desk.review()
    assert known.closed_because is (ClosedBecause.DELETED if gone else None)
    asked = len(desk.releases.asked)
    if gone:
        await desk.reviews.run(job)
        assert len(desk.releases.asked) == asked
