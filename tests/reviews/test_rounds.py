"""When a submission is a round of its own, and that no review changes behind another's back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.reviews import transitions
from bot.reviews.jobs import Job, JobKind, NewJob
from bot.reviews.models import ClosedBecause, Failure, MessageRef, Opinion, Review, ReviewState
from tests.reviews.fakes import START, submission
from tests.reviews.test_policy import MEMBER, review

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.reviews.ports import Transaction
    from bot.store.sql import SqlStore

OPEN, DECIDING, DECIDED, FAILED, CLOSED = ReviewState
PENDING, PUBLISHING, ACTIVATED, REJECTED = "pending_approval", "publishing", "activated", "rejected"


@pytest.mark.parametrize(
    ("status", "latest", "seen_in", "changed", "needed"),
    [
        (PENDING, None, "", False, True),
        (ACTIVATED, None, "", False, False),
        ("", None, "", False, False),
        (PENDING, OPEN, PENDING, False, False),
        (PENDING, OPEN, PENDING, True, False),
        (PENDING, DECIDING, PENDING, False, False),
        (PENDING, DECIDING, PENDING, True, False),
        (PENDING, FAILED, PENDING, True, False),
        (PENDING, CLOSED, PENDING, False, True),
        (ACTIVATED, CLOSED, ACTIVATED, False, False),
        (PENDING, DECIDED, "", False, False),
        (PENDING, DECIDED, PENDING, False, False),
        (PENDING, DECIDED, PENDING, True, True),
        (PENDING, DECIDED, PUBLISHING, False, True),
        (PENDING, DECIDED, REJECTED, False, True),
        (REJECTED, DECIDED, REJECTED, False, False),
        (REJECTED, DECIDED, PENDING, True, False),
    ],
)
def test_which_submission_needs_a_review(
    status: str, latest: ReviewState | None, seen_in: str, changed: bool, needed: bool
) -> None:
    """A pending one that nobody reviews, unless it only lingers after our decision."""
    known = review(state=latest, release_status=seen_in) if latest else None
    now = submission(status=status, description="Other" if changed else "Cuts it off")
    assert transitions.needs_review(known, now) is needed


def test_what_waits_on_after_we_gave_up_on_it_is_a_round() -> None:
    """It did not linger: it waits once more."""
    given_up = review(state=DECIDED, release_status=PENDING, release_final=True)
    assert transitions.needs_review(given_up, submission())


FAILURE = Failure(status=400, code="c", message="m", request_id="r", at=START)

JOB = Job(id=1, kind=JobKind.DECIDE, subject="r", payload={}, attempt=1, token=1)
"""As the first lease of a store gives it."""

CHANGES: dict[str, tuple[ReviewState, Callable[[Transaction, Review], object]]] = {
    "settled": (DECIDING, lambda tx, seen: transitions.settled(tx, seen, Opinion(result="", content=""), now=START)),
    "sending": (DECIDING, lambda tx, seen: transitions.sending(tx, seen, job=JOB, before=(), now=START)),
    "troubled": (DECIDING, lambda tx, seen: transitions.troubled(tx, seen, FAILURE, job=JOB)),
    "failed": (DECIDING, lambda tx, seen: transitions.failed(tx, seen, FAILURE, job=JOB)),
    "retried": (FAILED, lambda tx, seen: transitions.retried(tx, seen, by=MEMBER, now=START)),
    "released": (
        DECIDED,
        lambda tx, seen: transitions.released(tx, seen, status=ACTIVATED, final=True, settled=True, now=START),
    ),
}
"""Each change, the state it starts from, and how to make it."""


@pytest.mark.parametrize("state", list(ReviewState))
@pytest.mark.parametrize("name", CHANGES)
async def test_a_change_is_made_from_its_state_only(store: SqlStore, name: str, state: ReviewState) -> None:
    """From any other state nothing changes and no work is queued."""
    source, change = CHANGES[name]
    await lease(store)
    await store.transact(lambda tx: tx.add_review(review(state=state)))
    before = await store.transact(lambda tx: tx.review("r"))
    assert before is not None
    made = await store.transact(lambda tx: change(tx, before))
    after = await store.transact(lambda tx: tx.review("r"))
    queued = (await store.transact(lambda tx: tx.count_jobs()))["waiting"]

    assert made is (state is source)
    assert (after != before) is (state is source)
    assert (queued > 1) is (state is source and name != "sending")  # the call itself is its work


@pytest.mark.parametrize("name", ["troubled", "failed", "closed"])
async def test_a_decision_changes_nothing_without_its_lease(store: SqlStore, name: str) -> None:
    """Who lost it may have read what the new holder's call has done, and must not tell that as somebody else's."""
    lost = replace(await lease(store), token=0)
    moved = review(state=DECIDING)
    await store.transact(lambda tx: tx.add_review(moved))
    changes: dict[str, Callable[[Transaction], bool]] = {
        "troubled": lambda tx: transitions.troubled(tx, moved, FAILURE, job=lost),
        "failed": lambda tx: transitions.failed(tx, moved, FAILURE, job=lost),
        "closed": lambda tx: transitions.closed(
            tx, moved, ClosedBecause.DECIDED_ELSEWHERE, status=ACTIVATED, recorded=None, job=lost, now=START
        ),
    }
    assert await store.transact(changes[name]) is False
    assert await store.transact(lambda tx: tx.review("r")) == moved
    assert (await store.transact(lambda tx: tx.count_jobs()))["waiting"] == 1


async def lease(store: SqlStore) -> Job:
    """The decision's job, leased."""
    await store.transact(lambda tx: tx.add_job(NewJob(kind=JobKind.DECIDE, subject="r", lane="l")))
    leased = await store.transact(lambda tx: tx.lease_job(owner="o", now=1e12, until=2e12, interval={}))
    assert leased is not None
    assert replace(leased, more=True) == JOB
    return JOB


@pytest.mark.parametrize("name", ["closed", "carded", "rerouted"])
async def test_a_change_from_what_was_seen_needs_what_was_seen(store: SqlStore, name: str) -> None:
    """Who read the review before it moved on changes nothing."""
    changes: dict[str, Callable[[Transaction], bool]] = {
        "closed": lambda tx: transitions.closed(
            tx, review(), ClosedBecause.DELETED, status="", recorded=None, now=START
        ),
        "carded": lambda tx: transitions.carded(tx, review(), MessageRef(channel="C1", ts="1")),
        "rerouted": lambda tx: transitions.rerouted(tx, review(), replace(review().route, channel="C9"), now=START),
    }
    moved = review(state=DECIDING, card=MessageRef(channel="C1", ts="0"))
    await store.transact(lambda tx: tx.add_review(moved))
    assert await store.transact(changes[name]) is False
    assert await store.transact(lambda tx: tx.review("r")) == moved
    assert (await store.transact(lambda tx: tx.count_jobs()))["waiting"] == 0
