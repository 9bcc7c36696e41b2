"""What PostgreSQL does otherwise than SQLite: several transactions at once, and texts that it does not take."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import pytest
from sqlalchemy import text

from bot.errors import StoreError
from bot.reviews import transitions
from bot.reviews.audit import AuditEvent, entry
from bot.reviews.jobs import JobKind, NewJob, poll
from bot.reviews.models import Verdict, Vote
from bot.store.sql import SqlStore
from tests.reviews.fakes import START, submission
from tests.reviews.test_policy import review

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from bot.reviews.models import Review
    from bot.store.transaction import SqlTransaction
    from tests.postgres import Postgres

T = TypeVar("T")

HOSTILE = "a\0b\ud800c"
"""NUL and half a surrogate pair, which no column of PostgreSQL takes."""


@pytest.fixture
async def replicas(postgres: Postgres) -> AsyncIterator[list[SqlStore]]:
    """Three stores on one database."""
    url = postgres.database()
    stores = [SqlStore(url) for _ in range(3)]
    await asyncio.gather(*(store.migrate() for store in stores))
    yield stores
    for store in stores:
        await store.close()


async def at_once(replicas: list[SqlStore], work: Callable[[SqlTransaction], T]) -> list[T]:
    """The same work in a transaction of each replica, all of them begun before the first goes on."""
    begun = threading.Barrier(len(replicas))

    def together(tx: SqlTransaction) -> T:
        tx.ping()
        begun.wait(10)
        return work(tx)

    return await asyncio.gather(*(store.transact(together) for store in replicas))


async def test_one_of_several_opens_a_review(replicas: list[SqlStore]) -> None:
    """Replicas that find a version at once agree on one review: none meets the unique index as an error."""
    names = iter("abc")

    def open_if_needed(tx: SqlTransaction) -> Review | None:
        known = tx.latest_review("workspace-1", "version-0001")
        if not transitions.needs_review(known, submission()):
            return known
        return transitions.opened(
            tx,
            submission(),
            review_id=next(names),
            route=review().route,
            requested_by=None,
            submitter_user=None,
            now=START,
        )

    for attempt in range(10):
        found = await at_once(replicas, open_if_needed)
        assert len({one.id for one in found if one}) == 1, attempt
        for table in ("reviews", "jobs"):
            await replicas[0].transact(lambda tx, table=table: tx._connection.execute(text(f"DELETE FROM {table}")))  # type: ignore[misc]
        names = iter("abc")


async def test_one_of_several_queues_the_poll(replicas: list[SqlStore]) -> None:
    """Replicas that start at once have one poller."""
    for _ in range(10):
        await at_once(replicas, lambda tx: tx.add_job(poll("workspace-1")))
        assert (await replicas[0].transact(lambda tx: tx.count_jobs()))["waiting"] == 1
        await replicas[0].transact(lambda tx: tx._connection.execute(text("DELETE FROM jobs")))


async def test_a_job_goes_to_one_of_several(replicas: list[SqlStore]) -> None:
    """Who comes second takes another, and of a lane there is only one to take."""
    for number in range(3):
        for lane in (f"own {number}", "shared"):
            job = NewJob(kind=JobKind.REPLY, subject=f"{lane} {number}", lane=lane)
            await replicas[0].transact(lambda tx, job=job: tx.add_job(job))  # type: ignore[misc]
    taken: list[str] = []
    for _ in range(3):
        jobs = await at_once(replicas, lambda tx: tx.lease_job(owner="o", now=1e12, until=2e12, interval={}))
        taken += [job.subject for job in jobs if job]
    assert sorted(taken) == ["own 0 0", "own 1 1", "own 2 2", "shared 0"]


async def test_a_pace_has_one_turn_for_all(replicas: list[SqlStore]) -> None:
    """Two posts into one channel do not start in the same second on two replicas."""
    for number in range(3):
        job = NewJob(kind=JobKind.REPLY, subject=str(number), lane=str(number), pace="post:C1")
        await replicas[0].transact(lambda tx, job=job: tx.add_job(job))  # type: ignore[misc]
    jobs = await at_once(replicas, lambda tx: tx.lease_job(owner="o", now=1e12, until=2e12, interval={"post": 1.0}))
    assert len([job for job in jobs if job]) == 1


async def test_a_job_asked_for_again_does_not_start_before_what_it_has_to_show(replicas: list[SqlStore]) -> None:
    """Its cause is not committed yet; starting now would show the old state, and the new one would wait for nothing."""
    home = NewJob(kind=JobKind.PUBLISH_HOME, subject="U1", lane="home:U1", key="home:U1")
    await replicas[0].transact(lambda tx: tx.add_job(home))
    asked, looked = threading.Event(), threading.Event()

    def ask_again(tx: SqlTransaction) -> None:
        tx.add_job(home)
        asked.set()
        looked.wait(10)

    async def look() -> list[bool]:
        await asyncio.to_thread(asked.wait, 10)
        found = await replicas[1].transact(lambda tx: tx.lease_job(owner="o", now=1e12, until=2e12, interval={}))
        looked.set()
        return [found is not None]

    _, early = await asyncio.gather(replicas[0].transact(ask_again), look())
    late = await replicas[1].transact(lambda tx: tx.lease_job(owner="o", now=1e12, until=2e12, interval={}))
    assert early == [False]
    assert late is not None


async def test_the_vote_that_completes_the_policy_is_one(replicas: list[SqlStore]) -> None:
    """Of votes at once the first decides; the others see that it did."""
    await replicas[0].transact(lambda tx: tx.add_review(review()))
    names = iter("abc")

    def vote(tx: SqlTransaction) -> bool:
        current = tx.review("r")
        assert current is not None
        if not current.open:
            return False
        name = next(names)
        cast = Vote(
            review_id="r", user_id=name, verdict=Verdict.APPROVE, reason=name, voted_at=START, view_id=f"V{name}"
        )
        return transitions.voted(tx, current, cast) is not None

    assert sorted(await at_once(replicas, vote)) == [False, False, True]


async def test_texts_that_postgresql_refuses_are_stored_without_what_it_refuses(replicas: list[SqlStore]) -> None:
    """A reason, a status, a job's payload, an entry of the trail; and asking for such a name finds nothing."""
    store = replicas[0]
    vote = Vote(review_id="r", user_id="U1", verdict=Verdict.APPROVE, reason=HOSTILE, voted_at=START, view_id=HOSTILE)
    job = NewJob(kind=JobKind.REPLY, subject="s", lane="l", payload={"text": HOSTILE})
    made = review(release_status=HOSTILE * 50)

    def write(tx: SqlTransaction) -> None:
        tx.add_review(made)
        tx.save_vote(vote)
        tx.add_job(job)
        tx.record(entry(made, AuditEvent.VOTED, {"reason": HOSTILE}, at=START))
        tx.saw_home(HOSTILE, START)

    await store.transact(write)
    stored = await store.transact(lambda tx: tx.review("r"))
    assert stored is not None
    assert stored.votes == (replace(vote, reason="ab?c", view_id="ab?c"),)
    assert stored.release_status == "ab?c" * 50
    assert await store.transact(lambda tx: tx.counted(vote))
    assert await store.transact(lambda tx: tx.review(HOSTILE)) is None


async def test_who_holds_a_lock_and_stays_silent_is_given_up_on(replicas: list[SqlStore]) -> None:
    """A replica that stops in the middle of a transaction keeps the others waiting for half a minute at most."""

    def limits(tx: SqlTransaction) -> list[object]:
        names = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
        return [tx._connection.execute(text(f"SHOW {name}")).scalar() for name in names]

    assert await replicas[0].transact(limits) == ["20s", "30s", "30s"]


async def test_two_that_wait_for_each_other_both_get_through(replicas: list[SqlStore]) -> None:
    """PostgreSQL rolls one of them back, which then runs again: a deadlock is nobody's error."""
    for name in ("a", "b"):
        made = review(id=name, submission=submission(version_id=f"version-{name}"))
        await replicas[0].transact(lambda tx, made=made: tx.add_review(made))  # type: ignore[misc]
    both_hold_one = threading.Barrier(2)
    runs: list[str] = []

    def lock(first: str, second: str) -> Callable[[SqlTransaction], None]:
        def work(tx: SqlTransaction) -> None:
            runs.append(first)
            tx.review(first)
            with suppress(threading.BrokenBarrierError):
                both_hold_one.wait(10 if runs.count(first) == 1 else 0)
            tx.review(second)

        return work

    await asyncio.gather(replicas[0].transact(lock("a", "b")), replicas[1].transact(lock("b", "a")))
    assert len(runs) > 2  # PostgreSQL may roll back both, if they look at the same time


async def test_other_errors_of_the_database_are_not_tried_again(replicas: list[SqlStore]) -> None:
    """Whether a transaction was committed is not known when the connection broke in it."""
    runs: list[int] = []

    def cut(tx: SqlTransaction) -> None:
        runs.append(1)
        tx._connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with pytest.raises(StoreError):
        await replicas[0].transact(cut)
    assert runs == [1]
    await replicas[0].ping()


async def test_connections_that_were_broken_are_replaced(replicas: list[SqlStore], postgres: Postgres) -> None:
    """After the server dropped them all the next transaction gets a new one."""
    await replicas[0].ping()
    assert postgres.kill_connections() > 0
    await replicas[0].ping()
