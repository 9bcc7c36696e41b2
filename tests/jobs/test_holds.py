"""What waits when Slack refuses or is away: one pace or a whole one; then one job tries before the others."""

from __future__ import annotations

import asyncio
import threading
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from bot.errors import SlackRefused, SlackThrottled, SlackUnreachable
from bot.jobs.holds import Hold, Holds
from bot.jobs.queue import LEASE, Queue
from bot.reviews.jobs import Job, JobKind, NewJob, whole_pace
from bot.store.sql import SqlStore
from tests.jobs.clock import Clock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.store.transaction import SqlTransaction
    from tests.postgres import Postgres

MINUTE = timedelta(minutes=1)


@pytest.fixture
def clock() -> Clock:
    """One clock for all."""
    return Clock()


@pytest.fixture
async def store(database_url: str, clock: Clock) -> AsyncIterator[SqlStore]:
    """Jobs on either database."""
    opened = SqlStore(database_url, clock=clock.seconds)
    await opened.migrate()
    yield opened
    await opened.close()


@pytest.fixture
def queue(store: SqlStore, clock: Clock) -> Queue:
    """A replica's view of them."""
    return Queue(store, clock=clock, post_interval=0)


async def add(store: SqlStore, *paces: str | None, key: str | None = None) -> None:
    """Queue a job of each pace, each in a lane of its own unless they share a key."""
    for pace in paces:
        job = NewJob(kind=JobKind.REPLY, subject=pace or "none", lane=key or uuid.uuid4().hex, pace=pace, key=key)
        await store.transact(lambda tx, job=job: tx.add_job(job))  # type: ignore[misc]


async def take(queue: Queue) -> Job:
    """A job that has to be there."""
    job = await queue.lease()
    assert job is not None
    return job


async def take_all(queue: Queue) -> list[str]:
    """The subjects of everything that may start."""
    found = []
    while job := await queue.lease():
        found.append(job.subject)
    return sorted(found)


async def fail(queue: Queue, clock: Clock, pace: str) -> None:
    """A job fails and has this pace held for a minute."""
    await queue.repeat(
        await take(queue), at=clock.now + MINUTE, error="away", hold=Hold(pace=pace, until=clock.now + MINUTE)
    )


async def test_a_whole_pace_is_held_in_every_channel_and_the_rest_goes_on(
    store: SqlStore, queue: Queue, clock: Clock
) -> None:
    """Posts wait everywhere; updates and what has no pace do not."""
    await add(store, "post:C1")
    await fail(queue, clock, "post:")
    await add(store, "post:C1", "post:C2", "update:C1", "poster", None)
    assert await take_all(queue) == ["none", "poster", "update:C1"]
    assert 0 < await queue.seconds_to_next(longest=600) <= 60


async def test_a_channel_that_is_held_leaves_the_others_alone(store: SqlStore, queue: Queue, clock: Clock) -> None:
    """Also one whose id begins alike."""
    await add(store, "post:C1")
    await fail(queue, clock, "post:C1")
    await add(store, "post:C1", "post:C12", "post:C")
    assert await take_all(queue) == ["post:C", "post:C12"]


async def test_one_job_tries_and_when_it_is_done_all_start(store: SqlStore, queue: Queue, clock: Clock) -> None:
    """While it is under way nobody else asks."""
    await add(store, "post:C1")
    await fail(queue, clock, "post:")
    await add(store, "post:C2", "post:C3", "post:C4")
    clock.now += MINUTE
    tries = await take(queue)
    assert await queue.lease() is None
    await queue.finish(tries)
    assert len(await take_all(queue)) == 3


@pytest.mark.parametrize("end", ["bury", "another hold"])
async def test_a_try_that_slack_answered_lets_the_others_start(
    store: SqlStore, queue: Queue, clock: Clock, end: str
) -> None:
    """It was given up, or only its own channel waits: Slack is there."""
    await add(store, "post:C1")
    await fail(queue, clock, "post:")
    await add(store, "post:C2")
    clock.now += MINUTE
    tries = await take(queue)
    if end == "bury":
        await queue.bury(tries, error="invalid_blocks")
    else:
        hold = Hold(pace=str(tries.pace), until=clock.now + MINUTE)
        await queue.repeat(tries, at=clock.now + MINUTE, error="not_in_channel", hold=hold)
    assert await take_all(queue) == [{"post:C1": "post:C2", "post:C2": "post:C1"}[str(tries.pace)]]


async def test_a_try_that_fails_holds_anew(store: SqlStore, queue: Queue, clock: Clock) -> None:
    """The next one tries after that, and shorter than the try might have taken if so it was said."""
    await add(store, "post:C1", "post:C2")
    await fail(queue, clock, "post:")
    clock.now += MINUTE
    soon = clock.now + timedelta(seconds=1)
    await queue.repeat(await take(queue), at=soon, error="away", hold=Hold(pace="post:", until=soon))
    assert await queue.lease() is None
    clock.now = soon
    await take(queue)
    assert await queue.lease() is None


async def test_a_try_that_dies_is_taken_over(store: SqlStore, queue: Queue, clock: Clock) -> None:
    """The others wait no longer than a lease."""
    await add(store, "post:C1", "post:C2")
    await fail(queue, clock, "post:")
    clock.now += MINUTE
    await take(queue)
    clock.now += LEASE
    assert await queue.lease() is not None
    assert await queue.lease() is None


async def test_a_longer_hold_stands(store: SqlStore, queue: Queue, clock: Clock) -> None:
    """Neither a shorter one nor a try that was under way before it cuts it short: Slack said how long to wait."""
    await add(store, "post:C1", "post:C2", "post:C3")
    under_way = await take(queue)
    await fail(queue, clock, "post:")
    clock.now += MINUTE
    tries = await take(queue)
    long = Hold(pace="post:", until=clock.now + 10 * MINUTE)
    await queue.repeat(under_way, at=clock.now, error="ratelimited", hold=long)
    await queue.finish(tries)
    await store.transact(lambda tx: tx.hold_pace("post:", until=clock.seconds() + 1))
    clock.now += 9 * MINUTE
    assert await queue.lease() is None
    clock.now += MINUTE
    assert await queue.lease() is not None


async def test_a_failed_job_has_its_key_back(store: SqlStore, queue: Queue, clock: Clock) -> None:
    """What was queued meanwhile need not run: the one that is repeated reads the newest state."""
    await add(store, "update:C1", key="card")
    job = await take(queue)
    await add(store, "update:C1", key="card")
    await queue.repeat(job, at=clock.now, error="away")
    await add(store, "update:C1", key="card")
    again = await take(queue)
    assert (again.id, again.attempt, again.key) == (job.id, 2, "card")
    await queue.finish(again)
    assert await queue.lease() is None
    await add(store, "update:C1", key="card")
    assert await queue.lease() is not None


async def test_who_lost_the_lease_takes_no_key(store: SqlStore, queue: Queue, clock: Clock) -> None:
    """What waits under it belongs to somebody else by now."""
    await add(store, "update:C1", key="card")
    stale = await take(queue)
    clock.now += LEASE + timedelta(seconds=1)
    await queue.finish(await take(queue))
    await add(store, "update:C1", key="card")
    await queue.repeat(stale, at=clock.now, error="away")
    assert (await take(queue)).id != stale.id


@pytest.fixture
async def replicas(postgres: Postgres, clock: Clock) -> AsyncIterator[list[SqlStore]]:
    """Three stores on one PostgreSQL database."""
    url = postgres.database()
    stores = [SqlStore(url, clock=clock.seconds) for _ in range(3)]
    await stores[0].migrate()
    yield stores
    for opened in stores:
        await opened.close()


async def test_a_key_that_another_replica_takes_this_moment_is_theirs(replicas: list[SqlStore], clock: Clock) -> None:
    """Both jobs wait then, and run one after the other."""
    here, there, watcher = replicas
    queue = Queue(here, clock=clock, post_interval=0)
    await add(here, "update:C1", key="card")
    job = await take(queue)
    added, go = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def slowly(tx: SqlTransaction) -> None:
        tx.add_job(NewJob(kind=JobKind.REPLY, subject="theirs", lane="card", key="card"))
        loop.call_soon_threadsafe(added.set)
        go.wait(30)

    theirs = asyncio.create_task(there.transact(slowly))
    await asyncio.wait_for(added.wait(), 30)
    ours = asyncio.create_task(queue.repeat(job, at=clock.now, error="away"))
    await until_somebody_waits(watcher)
    go.set()
    await asyncio.gather(theirs, ours)
    first = await take(queue)
    assert (first.id, first.key) == (job.id, None)
    await queue.finish(first)
    second = await take(queue)
    assert (second.subject, second.key) == ("theirs", "card")


async def until_somebody_waits(watcher: SqlStore) -> None:
    """Until one transaction waits for another."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    async with asyncio.timeout(30):
        while not await watcher.transact(lambda tx: tx._connection.execute(waiting).scalar()):  # noqa: ASYNC110 - below
            await asyncio.sleep(0.01)  # a lock is waited for without an event


def of(pace: str | None) -> Job:
    """A job of a pace."""
    return Job(id=1, kind=JobKind.REPLY, subject="r", payload={}, attempt=1, token=1, pace=pace)


AWAY = SlackUnreachable("chat.postMessage", "ClientConnectorError")


def test_holds_grow_with_every_round_of_failures_up_to_a_minute(clock: Clock) -> None:
    """Jobs that were under way together are one round."""
    holds = Holds(clock=clock, jitter=lambda: 1.0)
    waits = []
    for _ in range(9):
        first, second = (holds.after(of(pace), AWAY, retry_at=clock.now) for pace in ("post:C1", "post:C2"))
        assert first is not None
        assert first == second
        waits.append((first.until - clock.now).total_seconds())
        clock.now = first.until
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]


@pytest.mark.parametrize(
    "answer",
    [None, SlackRefused("chat.postMessage", "invalid_blocks"), SlackRefused("chat.postMessage", "is_archived")],
)
def test_any_answer_of_slack_ends_the_row(clock: Clock, answer: SlackRefused | None) -> None:
    """Slack is there, whether it takes this job or not: the next failure is the first again."""
    holds = Holds(clock=clock, jitter=lambda: 1.0)
    for _ in range(5):
        hold = holds.after(of("post:C1"), AWAY, retry_at=clock.now)
        assert hold is not None
        clock.now = hold.until
    if answer:
        holds.after(of("post:C2"), answer, retry_at=clock.now)
    else:
        holds.forget(of("post:C2"))
    assert holds.after(of("post:C1"), AWAY, retry_at=clock.now) == Hold(
        pace="post:", until=clock.now + timedelta(seconds=1)
    )


def test_a_throttled_pace_waits_as_long_as_the_job(clock: Clock) -> None:
    """Slack's own word, however often it says so."""
    holds = Holds(clock=clock, jitter=lambda: 1.0)
    throttled = SlackThrottled("chat.postMessage", "ratelimited", retry_after=30)
    for seconds in (31, 32):
        at = clock.now + timedelta(seconds=seconds)
        assert holds.after(of("post:C1"), throttled, retry_at=at) == Hold(pace="post:C1", until=at)


def test_a_job_without_a_pace_holds_nothing(clock: Clock) -> None:
    """It asks nobody but SecMaster."""
    holds = Holds(clock=clock, jitter=lambda: 1.0)
    holds.forget(of(None))
    assert holds.after(of(None), AWAY, retry_at=clock.now) is None


@pytest.mark.parametrize(("pace", "whole"), [("post:C1", "post:"), ("home:U1", "home:"), ("post:", "post:")])
def test_a_whole_pace_is_its_first_word(pace: str, whole: str) -> None:
    """With the colon, which no channel's pace ends with."""
    assert whole_pace(pace) == whole
