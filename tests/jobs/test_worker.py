"""Workers do what waits, tell what went wrong, and leave nothing half done."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, cast

import pytest
from sqlalchemy import select

from bot.errors import SlackRefused
from bot.jobs.queue import LEASE, Queue
from bot.jobs.worker import Workers
from bot.reviews.jobs import ALL, Job, JobKind, NewJob
from bot.store.schema import jobs
from bot.store.sql import SqlStore
from tests.jobs.clock import Clock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from datetime import datetime
    from pathlib import Path

    from bot.reviews.service import Reviews

PATIENCE = 10
"""Seconds until a test that waits for something has failed."""


class Beating(Queue):
    """A queue that lets a test wait for the next heartbeat."""

    beat: asyncio.Event

    async def renew(self, job: Job) -> bool:
        """See Queue."""
        kept = await super().renew(job)
        self.beat.set()
        return kept


class Bench:
    """Workers on a store, a clock to turn, and a service that does what a test says."""

    def __init__(self, store: SqlStore, clock: Clock) -> None:
        self.store = store
        self.clock = clock
        self.beat = asyncio.Event()
        self.work: Callable[[Job], Awaitable[datetime | None]] = self._nothing
        self.told: list[tuple[str, str, datetime | None]] = []
        self.handles = False
        self.outcomes: list[str] = []
        self._changed = asyncio.Event()
        self.workers = self.more(2)

    async def _nothing(self, _job: Job) -> datetime | None:
        return None

    def more(self, count: int) -> Workers:
        """Workers of another process."""
        queue = Beating(self.store, clock=self.clock, post_interval=0)
        queue.beat = self.beat
        workers = Workers(
            queue, cast("Reviews", self), count=count, clock=self.clock, jitter=lambda: 0.0, heartbeat=0.01
        )
        workers.on_done = self._on_done
        self.store.on_queued = workers.wake
        return workers

    def _on_done(self, _job: Job, outcome: str) -> None:
        self.outcomes.append(outcome)
        self._changed.set()

    async def run(self, job: Job) -> datetime | None:
        """See Reviews."""
        return await self.work(job)

    async def will_retry(self, job: Job, error: Exception, *, at: datetime) -> None:
        """See Reviews."""
        self.told.append(("will_retry", str(error), at))

    async def gave_up(self, job: Job, error: Exception) -> bool:
        """See Reviews."""
        self.told.append(("gave_up", str(error), None))
        return self.handles

    async def add(self, subject: str = "job") -> None:
        """Queue a job."""
        job = NewJob(kind=JobKind.REPLY, subject=subject, lane=subject)
        await self.store.transact(lambda tx: tx.add_job(job))

    async def until(self, wanted: Callable[[], bool]) -> None:
        """Wait for outcomes that a test wants."""
        async with asyncio.timeout(PATIENCE):
            while not wanted():
                self._changed.clear()
                await self._changed.wait()

    async def waiting(self) -> int:
        """How many jobs are in the table."""
        return (await self.store.transact(lambda tx: tx.count_jobs()))["waiting"]

    def turn(self, wait: timedelta) -> None:
        """Let time pass, and the workers notice."""
        self.clock.now += wait
        self.workers.wake()


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    """Everything, with workers not started yet."""
    clock = Clock()
    store = SqlStore(f"sqlite:///{tmp_path / 'jobs.db'}", clock=clock.seconds)
    await store.migrate()
    bench = Bench(store, clock)
    yield bench
    await bench.workers.stop(within=PATIENCE)
    await store.close()


async def test_all_jobs_are_done_and_forgotten(bench: Bench) -> None:
    """Queued before the start and after it."""
    done: Counter[str] = Counter()

    async def work(job: Job) -> datetime | None:
        done[job.subject] += 1
        return None

    bench.work = work
    for number in range(5):
        await bench.add(f"early {number}")
    bench.workers.start()
    for number in range(5):
        await bench.add(f"late {number}")
    await bench.until(lambda: len(bench.outcomes) == 10)
    assert set(done.values()) == {1}
    assert len(done) == 10
    assert await bench.waiting() == 0


async def test_a_failed_job_is_told_and_comes_back_in_its_time(bench: Bench) -> None:
    """Not before; the number of the attempt grows until it is given up."""
    attempts: list[int] = []

    async def work(job: Job) -> datetime | None:
        attempts.append(job.attempt)
        raise TimeoutError  # its text is empty, as that of asyncio's own

    bench.work = work
    await bench.add()
    bench.workers.start()
    for failed in range(1, 8):
        await bench.until(lambda failed=failed: bench.outcomes == ["retried"] * failed)  # type: ignore[misc]
        kind, _, at = bench.told[-1]
        assert kind == "will_retry"
        assert at is not None
        assert at > bench.clock.now
        bench.turn(at - bench.clock.now)
    await bench.until(lambda: "given_up" in bench.outcomes)
    assert attempts == [1, 2, 3, 4, 5, 6, 7, 8]
    assert bench.told[-1][0] == "gave_up"


async def test_a_job_that_asks_for_another_turn_gets_it_then(bench: Bench) -> None:
    """Its attempts start anew: nothing went wrong."""
    attempts: list[int] = []

    async def work(job: Job) -> datetime | None:
        attempts.append(job.attempt)
        return bench.clock.now + timedelta(minutes=1) if len(attempts) < 3 else None

    bench.work = work
    await bench.add()
    bench.workers.start()
    for turn in (1, 2):
        await bench.until(lambda turn=turn: bench.outcomes == ["again"] * turn)  # type: ignore[misc]
        bench.turn(timedelta(minutes=1))
    await bench.until(lambda: bench.outcomes == ["again", "again", "done"])
    assert attempts == [1, 1, 1]


async def test_a_stop_finishes_what_is_in_hand_and_takes_no_more(bench: Bench) -> None:
    """Two are in hand, the third stays for the next start."""
    started: set[str] = set()
    both, go = asyncio.Event(), asyncio.Event()

    async def work(job: Job) -> datetime | None:
        started.add(job.subject)
        if len(started) == 2:
            both.set()
        await go.wait()
        return None

    bench.work = work
    for subject in ("one", "two", "three"):
        await bench.add(subject)
    bench.workers.start()
    await asyncio.wait_for(both.wait(), PATIENCE)
    stopping = asyncio.create_task(bench.workers.stop(within=PATIENCE))
    await asyncio.sleep(0)
    assert not stopping.done()
    go.set()
    await stopping
    assert bench.outcomes == ["done", "done"]
    assert await bench.waiting() == 1


async def test_a_job_that_was_cut_off_runs_again_when_its_lease_is_over(bench: Bench) -> None:
    """A stop does not wait for ever; another process takes the job over, and is told that it is the second time."""
    started = asyncio.Event()
    attempts: list[int] = []

    async def work(job: Job) -> datetime | None:
        attempts.append(job.attempt)
        if job.attempt == 1:
            started.set()
            await asyncio.Event().wait()
        return None

    bench.work = work
    await bench.add()
    bench.workers.start()
    await asyncio.wait_for(started.wait(), PATIENCE)
    await bench.workers.stop(within=0)
    assert bench.outcomes == []

    bench.workers = bench.more(1)
    bench.workers.start()
    bench.turn(LEASE + timedelta(seconds=1))
    await bench.until(lambda: bench.outcomes == ["done"])
    assert attempts == [1, 2]


async def test_a_heartbeat_keeps_a_long_job(bench: Bench) -> None:
    """Three leases long, and nobody else gets it."""
    started, go = asyncio.Event(), asyncio.Event()

    async def work(_job: Job) -> datetime | None:
        started.set()
        await go.wait()
        return None

    bench.work = work
    await bench.add()
    bench.workers.start()
    await asyncio.wait_for(started.wait(), PATIENCE)
    other = Queue(bench.store, clock=bench.clock, post_interval=0)
    for _ in range(6):
        bench.clock.now += LEASE / 2
        for _ in range(2):  # the first beat may have begun before the clock was turned
            bench.beat.clear()
            await asyncio.wait_for(bench.beat.wait(), PATIENCE)
        assert await other.lease() is None
    go.set()
    await bench.until(lambda: bench.outcomes == ["done"])


@pytest.mark.parametrize(("handles", "buried"), [(True, 0), (False, 1)])
async def test_a_job_given_up_is_buried_unless_people_know_of_it(bench: Bench, handles: bool, buried: int) -> None:
    """With what was said, for the operator."""

    async def work(_job: Job) -> datetime | None:
        raise SlackRefused("chat.postMessage", "invalid_blocks")

    bench.work, bench.handles = work, handles
    await bench.add()
    bench.workers.start()
    await bench.until(lambda: bench.outcomes == ["given_up"])
    assert await bench.store.transact(lambda tx: tx.count_jobs()) == {"waiting": 0, "buried": buried}
    assert bench.told == [("gave_up", "chat.postMessage: invalid_blocks", None)]


@pytest.mark.parametrize(
    ("error", "said"), [(TimeoutError(), "TimeoutError"), (ValueError("no such thing"), "no such thing")]
)
async def test_what_went_wrong_is_kept_with_the_job(bench: Bench, error: Exception, said: str) -> None:
    """For the operator; by its kind, if it has no words."""

    async def work(_job: Job) -> datetime | None:
        raise error

    bench.work = work
    await bench.add()
    bench.workers.start()
    await bench.until(lambda: bench.outcomes == ["retried"])
    assert await bench.store.transact(lambda tx: tx._connection.execute(select(jobs.c.error)).scalar()) == said


async def test_workers_that_never_started_stop_at_once(bench: Bench) -> None:
    """A start that failed half-way is undone without waiting."""
    async with asyncio.timeout(PATIENCE):
        await bench.workers.stop(within=3600)


async def test_a_lease_knows_whether_colleagues_have_to_look_too(bench: Bench) -> None:
    """There is more while a job of another lane may start; what waits behind a job of its lane may not."""
    queue = bench.workers._queue
    await bench.add("first")
    await bench.add("second")
    await bench.add("second")
    found = [await queue.lease() for _ in range(3)]
    assert [job and job.more for job in found] == [True, False, None]


async def test_every_worker_hears_of_new_work(bench: Bench) -> None:
    """Also one that is about to sleep while another has begun to look."""
    bench.workers.start()
    await bench.add()
    await bench.until(lambda: bench.outcomes == ["done"])
    bench.workers.wake()
    assert [queued.is_set() for queued in bench.workers._work_queued] == [True, True]


async def test_the_next_job_is_leased_where_the_last_one_is_finished(bench: Bench) -> None:
    """In the same transaction, which costs the disk one write instead of two; a queue that is empty says so."""
    queue = bench.workers._queue
    await bench.add("first")
    await bench.add("second")
    first = await queue.lease()
    assert first is not None
    second = await queue.finish(first, turns=(ALL,))
    assert second is not None
    assert (second.subject, second.attempt) == ("second", 1)
    assert await queue.finish(second, turns=(ALL,)) is None
    assert await bench.waiting() == 0


async def test_a_worker_that_is_to_stop_takes_no_job_while_it_finishes_one(bench: Bench) -> None:
    """What it has in hand is done; the rest is left to others."""
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def work(_job: Job) -> datetime | None:
        begun.set()
        await go_on.wait()
        return None

    bench.work = work
    bench.workers = bench.more(1)
    await bench.add("in hand")
    await bench.add("left")
    bench.workers.start()
    await begun.wait()
    stopping = asyncio.create_task(bench.workers.stop(within=PATIENCE))
    await asyncio.sleep(0)
    go_on.set()
    await stopping
    assert bench.outcomes == ["done"]
    assert await bench.waiting() == 1
