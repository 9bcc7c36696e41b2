"""Two processes on one queue: every job has one owner, and only the newest may say how it ended."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.jobs.holds import Hold
from bot.jobs.queue import LEASE, Queue
from bot.reviews.jobs import Job, JobKind, NewJob
from bot.store.sql import SqlStore
from tests.jobs.clock import Clock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path


@pytest.fixture
def clock() -> Clock:
    """One clock for both processes."""
    return Clock()


@pytest.fixture
async def queues(tmp_path: Path, clock: Clock) -> AsyncIterator[list[Queue]]:
    """Two queues, each on a store of its own, on one file."""
    url = f"sqlite:///{tmp_path / 'jobs.db'}"
    stores = [SqlStore(url, clock=clock.seconds) for _ in range(2)]
    await asyncio.gather(*(store.migrate() for store in stores))
    yield [Queue(store, clock=clock, post_interval=1) for store in stores]
    for store in stores:
        await store.close()


async def add(queue: Queue, subject: str, *, lane: str = "", pace: str | None = None) -> None:
    """Queue a job."""
    job = NewJob(kind=JobKind.REPLY, subject=subject, lane=lane or subject, pace=pace)
    store: SqlStore = queue._store  # type: ignore[assignment]
    await store.transact(lambda tx: tx.add_job(job))


async def take(queue: Queue) -> Job:
    """A job that has to be there."""
    job = await queue.lease()
    assert job is not None
    return job


async def count(queue: Queue) -> object:
    """What waits and what is buried."""
    store: SqlStore = queue._store  # type: ignore[assignment]
    return await store.transact(lambda tx: tx.count_jobs())


async def test_every_job_is_leased_once(queues: list[Queue]) -> None:
    """Six takers in two processes find forty jobs, each of them once."""
    for number in range(40):
        await add(queues[0], f"job {number}")
    taken: list[int] = []

    async def take_all(queue: Queue) -> None:
        while job := await queue.lease():
            taken.append(job.id)

    await asyncio.gather(*(take_all(queue) for queue in queues * 3))
    assert len(taken) == 40
    assert len(set(taken)) == 40


ENDS: dict[str, Callable[[Queue, Job], Awaitable[object]]] = {
    "finish": lambda queue, job: queue.finish(job),
    "repeat": lambda queue, job: queue.repeat(job, at=datetime(2000, 1, 1, tzinfo=UTC), error="old"),
    "bury": lambda queue, job: queue.bury(job, error="old"),
    "renew": lambda queue, job: queue.renew(job),
}


@pytest.mark.parametrize("name", ENDS)
async def test_who_lost_the_lease_can_end_nothing(queues: list[Queue], clock: Clock, name: str) -> None:
    """The job stays leased to its new owner, who can still finish it."""
    await add(queues[0], "job")
    stale = await take(queues[0])
    clock.now += LEASE + timedelta(seconds=1)
    fresh = await take(queues[1])
    assert (fresh.id, fresh.attempt, fresh.token) == (stale.id, 2, 2)

    assert not await ENDS[name](queues[0], stale)
    assert await queues[0].lease() is None
    assert await count(queues[0]) == {"waiting": 1, "buried": 0}
    assert await queues[1].renew(fresh)
    await queues[1].finish(fresh)
    assert await count(queues[0]) == {"waiting": 0, "buried": 0}


@pytest.mark.parametrize("name", ["finish", "bury", "renew"])
async def test_what_was_given_back_is_nobodys(queues: list[Queue], clock: Clock, name: str) -> None:
    """Its owner of a moment ago may not end it or keep it either."""
    await add(queues[0], "job")
    job = await take(queues[0])
    await queues[0].repeat(job, at=clock.now + timedelta(seconds=5))
    assert not await ENDS[name](queues[0], job)
    assert await count(queues[0]) == {"waiting": 1, "buried": 0}
    clock.now += timedelta(seconds=5)
    assert (await take(queues[1])).attempt == 1


@pytest.mark.parametrize(("error", "attempt"), [(None, 1), ("no", 2), ("", 2)])
async def test_attempts_count_failures(queues: list[Queue], clock: Clock, error: str | None, attempt: int) -> None:
    """An error without words is one too; a job that only asks for its next turn begins anew."""
    await add(queues[0], "job")
    await queues[0].repeat(await take(queues[0]), at=clock.now, error=error)
    assert (await take(queues[0])).attempt == attempt


async def test_a_repeated_job_keeps_its_place_in_the_lane(queues: list[Queue], clock: Clock) -> None:
    """What was queued behind it waits until it has had its turn."""
    await add(queues[0], "first", lane="l")
    await add(queues[0], "second", lane="l")
    await queues[0].repeat(await take(queues[0]), at=clock.now + timedelta(seconds=5), error="no")
    assert await queues[0].lease() is None
    clock.now += timedelta(seconds=5)
    first = await take(queues[1])
    assert first.subject == "first"
    assert await queues[0].lease() is None
    await queues[1].finish(first)
    assert (await take(queues[0])).subject == "second"


async def test_a_pace_holds_for_every_process(queues: list[Queue], clock: Clock) -> None:
    """One second between two posts of a channel; held back, nothing of it starts anywhere; other channels go on."""
    for number in range(3):
        await add(queues[0], f"post {number}", pace="post:C1")
    await queues[0].finish(await take(queues[0]))
    assert await queues[1].lease() is None
    assert await queues[1].seconds_to_next(longest=60) == 1
    clock.now += timedelta(seconds=1)
    throttled = await take(queues[1])
    wait = clock.now + timedelta(seconds=30)
    await queues[1].repeat(throttled, at=wait, error="ratelimited", hold=Hold(pace="post:C1", until=wait))
    await add(queues[0], "elsewhere", pace="post:C2")
    elsewhere = await take(queues[0])
    assert elsewhere.subject == "elsewhere"
    await queues[0].finish(elsewhere)
    clock.now += timedelta(seconds=29)
    assert await queues[0].lease() is None
    clock.now += timedelta(seconds=1)
    assert (await take(queues[0])).subject == "post 2"


async def test_an_empty_queue_is_looked_at_again_after_a_while(queues: list[Queue]) -> None:
    """Nothing waits, so the longest wait is taken; what is due but taken waits no shorter."""
    assert await queues[0].seconds_to_next(longest=7) == 7
    await add(queues[0], "job")
    await take(queues[0])
    assert await queues[1].seconds_to_next(longest=7) == 7
    assert await queues[1].seconds_to_next(longest=600) == LEASE.total_seconds()
