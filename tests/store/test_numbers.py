"""What the store tells of itself for the metrics."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.errors import Throttled
from bot.reviews.audit import AuditEvent, entry
from bot.reviews.jobs import JobKind, NewJob
from bot.reviews.models import ReviewState
from bot.store import numbers as module
from tests.reviews.fakes import START, Desk
from tests.reviews.test_policy import review

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.reviews.audit import AuditEntry
    from bot.reviews.models import Review
    from bot.store.numbers import Numbers
    from bot.store.sql import SqlStore
    from bot.store.transaction import SqlTransaction

NOW = START.timestamp()


async def told(store: SqlStore, *workspaces: str) -> Numbers:
    """All numbers, as of START."""
    store._clock = lambda: NOW
    return await store.transact(lambda tx: tx.numbers(workspaces))


def waiting(number: int, *, state: ReviewState, age: float, route: str = "default") -> Review:
    """A review of its own version."""
    one = review(id=f"r{number}")
    submission = replace(one.submission, version_id=f"v{number}")
    return replace(
        one,
        submission=submission,
        state=state,
        route=replace(one.route, name=route),
        opened_at=START - timedelta(seconds=age),
    )


async def test_reviews_are_counted_by_route_and_state(store: SqlStore) -> None:
    """With the oldest of each; those that have ended are not."""
    stored = [
        waiting(1, state=ReviewState.OPEN, age=10),
        waiting(2, state=ReviewState.OPEN, age=30),
        waiting(3, state=ReviewState.OPEN, age=20, route="other"),
        waiting(4, state=ReviewState.FAILED, age=5),
        waiting(5, state=ReviewState.DECIDED, age=99),
        waiting(6, state=ReviewState.CLOSED, age=99),
    ]
    for one in stored:
        await store.transact(lambda tx, one=one: tx.add_review(one))  # type: ignore[misc]
    found = {(one.route.name, one.state): (one.count, NOW - one.oldest_at) for one in (await told(store)).pending}
    assert found == {("default", "open"): (2, 30), ("other", "open"): (1, 20), ("default", "failed"): (1, 5)}


async def test_jobs_are_counted_by_what_they_wait_for(store: SqlStore) -> None:
    """Due, scheduled, running, given up; one whose worker is dead is due again."""

    def queue(tx: SqlTransaction) -> None:
        for number, late in enumerate((50, 40, 30, 20, -60)):
            tx.add_job(
                NewJob(kind=JobKind.FOLLOW, subject="r", lane=f"l{number}", run_at=START - timedelta(seconds=late))
            )
        dead = tx.lease_job(owner="dead", now=NOW, until=NOW - 1, interval={})
        assert dead
        assert tx.lease_job(owner="alive", now=NOW - 1, until=NOW + 20, interval={})
        given_up = tx.lease_job(owner="alive", now=NOW - 1, until=NOW + 20, interval={})
        assert given_up
        tx.bury_job(given_up, error="no use")

    await store.transact(queue)
    numbers = await told(store)
    assert numbers.jobs == {"due": 2, "scheduled": 1, "running": 1, "buried": 1}
    assert numbers.due_since == NOW - 50


async def test_counts_have_an_end(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the oldest is the oldest all the same."""
    monkeypatch.setattr(module, "JOBS_AT_MOST", 2)
    monkeypatch.setattr(module, "REVIEWS_AT_MOST", 2)

    def fill(tx: SqlTransaction) -> None:
        for number in range(5):
            tx.add_review(waiting(number, state=ReviewState.OPEN, age=number))
            run_at = START - timedelta(seconds=number)
            tx.add_job(NewJob(kind=JobKind.FOLLOW, subject="r", lane=f"l{number}", run_at=run_at))

    await store.transact(fill)
    numbers = await told(store)
    (group,) = numbers.pending
    assert (group.count, group.oldest_at) == (2, NOW - 4)
    assert (numbers.jobs["due"], numbers.due_since) == (2, NOW - 4)


async def test_a_look_counts_when_it_has_succeeded(store: SqlStore) -> None:
    """Before the first it counts since looking began; one that failed moves nothing."""
    desk = Desk(store)
    store._clock = lambda: NOW
    await desk.reviews.start_work()
    assert (await told(store, "workspace-1", "workspace-2")).looked_at == {"workspace-1": NOW}
    assert (await told(store)).looked_at == {}

    desk.now = START + timedelta(minutes=1)
    desk.releases.raise_on["overview"] = [Throttled("wait")]
    with pytest.raises(Throttled):
        await desk.reviews._watching.poll("workspace-1")
    assert (await told(store, "workspace-1")).looked_at == {"workspace-1": NOW}
    for _ in range(2):
        desk.now += timedelta(minutes=1)
        await desk.reviews._watching.poll("workspace-1")
        assert (await told(store, "workspace-1")).looked_at == {"workspace-1": desk.now.timestamp()}


async def test_what_is_kept_of_the_trail_is_heard_of(store: SqlStore) -> None:
    """Once it is committed, and not if it never is."""
    heard: list[AuditEntry] = []

    def hear(entries: Sequence[AuditEntry]) -> None:
        heard.extend(entries)

    store.on_recorded = hear
    one = entry(review(), AuditEvent.FAILED, at=START)

    def fail(tx: SqlTransaction) -> None:
        tx.record(one)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await store.transact(fail)
    assert heard == []
    await store.transact(lambda tx: tx.record(one))
    assert heard == [one]
