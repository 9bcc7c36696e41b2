"""Jobs are leased once, run in the order of their lane, at the pace of their channel."""

from __future__ import annotations

import asyncio
import functools
import operator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from bot.errors import SlackRefused, SlackThrottled
from bot.jobs.queue import LEASE, Queue
from bot.jobs.worker import DOES_ALL, Workers
from bot.reviews.jobs import ALL, Job, JobKind, NewJob
from bot.store.sql import SqlStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
    from pathlib import Path


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    """A migrated SQLite store."""
    opened = SqlStore(f"sqlite:///{tmp_path / 'jobs.db'}")
    await opened.migrate()
    yield opened
    await opened.close()


class Clock:
    """Time that stands until it is turned."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC) + timedelta(seconds=1)

    def __call__(self) -> datetime:
        """The time."""
        return self.now


async def add(store: SqlStore, subject: str, *, lane: str = "", **changes: object) -> None:
    """Queue a job."""
    job = NewJob(kind=JobKind.REPLY, subject=subject, lane=lane or subject, **changes)  # type: ignore[arg-type]
    await store.transact(lambda tx: tx.add_job(job))


def queue_of(store: SqlStore, clock: Clock, *, post_interval: float = 0) -> Queue:
    """A replica's queue."""
    return Queue(store, clock=clock, post_interval=post_interval)


async def subjects(queue: Queue) -> list[str]:
    """Everything that can be leased now."""
    found = []
    while job := await queue.lease():
        found.append(job.subject)
    return found


async def test_a_lane_runs_one_at_a_time_in_order(store: SqlStore) -> None:
    """The second waits until the first is finished; other lanes go on."""
    clock = Clock()
    queue = queue_of(store, clock)
    for subject, lane in (("a1", "a"), ("a2", "a"), ("b1", "b")):
        await add(store, subject, lane=lane)
    first = await queue.lease()
    assert first is not None
    assert await subjects(queue) == ["b1"]
    await queue.finish(first)
    assert await subjects(queue) == ["a2"]


async def test_a_key_is_queued_once_until_it_starts(store: SqlStore) -> None:
    """What started may have read old state, so a new one is queued beside it."""
    queue = queue_of(store, Clock())
    await add(store, "x", lane="one", key="k")
    await add(store, "y", lane="two", key="k")
    assert await subjects(queue) == ["x"]
    await add(store, "z", lane="three", key="k")
    assert await subjects(queue) == ["z"]


async def test_a_lone_job_is_queued_only_into_an_empty_lane(store: SqlStore) -> None:
    """Also while the other runs."""
    queue = queue_of(store, Clock())
    await add(store, "one", lane="l", alone=True)
    assert await subjects(queue) == ["one"]
    await add(store, "two", lane="l", alone=True)
    assert await store.transact(lambda tx: tx.count_jobs()) == {"waiting": 1, "buried": 0}


async def test_one_post_a_channel_and_interval_for_all_replicas(store: SqlStore, tmp_path: Path) -> None:
    """Two stores on one file share the pace."""
    clock = Clock()
    other = SqlStore(f"sqlite:///{tmp_path / 'jobs.db'}")
    queues = [queue_of(store, clock, post_interval=1), queue_of(other, clock, post_interval=1)]
    for number in range(3):
        await add(store, f"p{number}", pace="post:C1")
    await add(store, "elsewhere", pace="post:C2")
    taken = [await subjects(queue) for queue in queues]
    assert sorted(functools.reduce(operator.iadd, taken, [])) == ["elsewhere", "p0"]
    clock.now += timedelta(seconds=1)
    assert await subjects(queues[1]) == ["p1"]
    assert 0 < await queues[0].seconds_to_next(longest=5) <= 1
    await other.close()


async def test_a_silent_owner_loses_its_job_and_may_not_finish_it(store: SqlStore) -> None:
    """After the lease another takes it over; the first one's token is worth nothing."""
    clock = Clock()
    mine, theirs = queue_of(store, clock), queue_of(store, clock)
    await add(store, "job")
    old = await mine.lease()
    assert old is not None
    assert await theirs.lease() is None
    clock.now += LEASE / 2
    assert await mine.renew(old)
    clock.now += LEASE * 0.75
    assert await theirs.lease() is None
    clock.now += LEASE
    new = await theirs.lease()
    assert new is not None
    assert (new.id, new.attempt) == (old.id, 2)
    assert not await mine.renew(old)
    await mine.finish(old)
    assert await store.transact(lambda tx: tx.holds(new))
    assert not await store.transact(lambda tx: tx.holds(old))


async def test_a_buried_job_is_kept_out_of_the_way(store: SqlStore) -> None:
    """Its lane goes on, and the operator can count it."""
    queue = queue_of(store, Clock())
    await add(store, "bad", lane="l")
    await add(store, "good", lane="l")
    job = await queue.lease()
    assert job is not None
    await queue.bury(job, error="no")
    assert await subjects(queue) == ["good"]
    assert await store.transact(lambda tx: tx.count_jobs()) == {"waiting": 1, "buried": 1}


class Service:
    """Stands where Reviews stand: does what a test says."""

    def __init__(self, run: Callable[[Job], Awaitable[datetime | None]], *, handles: bool = False) -> None:
        self.run = run
        self.handles = handles
        self.told: list[str] = []

    async def will_retry(self, job: Job, error: Exception, *, at: datetime) -> None:
        """Remember."""
        self.told.append("will_retry")

    async def gave_up(self, job: Job, error: Exception) -> bool:
        """Remember."""
        self.told.append("gave_up")
        return self.handles


async def work(
    store: SqlStore, service: Service, until: Callable[[list[str]], bool], *, lease_time: bool = False
) -> list[str]:
    """Let workers work until their outcomes are as wanted."""
    outcomes: list[str] = []
    changed = asyncio.Event()
    queue = Queue(store, clock=lambda: datetime.now(UTC), post_interval=0)
    workers = Workers(queue, service, count=2, clock=lambda: datetime.now(UTC), jitter=lambda: 0.0)  # type: ignore[arg-type]

    def done(_job: Job, outcome: str) -> None:
        outcomes.append(outcome)
        changed.set()

    workers.on_done = done
    store.on_queued = workers.wake
    workers.start()
    async with asyncio.timeout(20):
        while not until(outcomes):
            changed.clear()
            await changed.wait()
    await workers.stop(within=5)
    return outcomes


async def test_a_job_that_fails_is_repeated_and_one_that_asks_for_it_runs_again(store: SqlStore) -> None:
    """First an error, then "again at once", then done."""
    steps: list[object] = [ValueError("once"), datetime.now(UTC), None]

    async def run(_job: Job) -> datetime | None:
        step = steps.pop(0)
        if isinstance(step, Exception):
            raise step
        return step  # type: ignore[return-value]

    service = Service(run)
    await add(store, "job")
    assert await work(store, service, lambda outcomes: "done" in outcomes) == ["retried", "again", "done"]
    assert service.told == ["will_retry"]


@pytest.mark.parametrize(("handles", "buried"), [(True, 0), (False, 1)])
async def test_a_job_given_up_is_buried_unless_people_know_of_it(store: SqlStore, handles: bool, buried: int) -> None:
    """A failed decision stands on its card; anything else stays for the operator."""

    async def run(_job: Job) -> datetime | None:
        raise SlackRefused("chat.postMessage", "invalid_blocks")

    service = Service(run, handles=handles)
    await add(store, "job")
    await work(store, service, lambda outcomes: "given_up" in outcomes)
    assert (await store.transact(lambda tx: tx.count_jobs()))["buried"] == buried
    assert service.told == ["gave_up"]


async def test_throttling_holds_the_whole_pace(store: SqlStore) -> None:
    """Slack said how long to wait: nothing of that channel starts before, the rest goes on."""

    async def run(job: Job) -> datetime | None:
        if job.pace:
            raise SlackThrottled("chat.postMessage", "ratelimited", retry_after=600)
        return None

    await add(store, "slow", pace="post:C1")
    await add(store, "also slow", pace="post:C1")
    await add(store, "quick")
    outcomes = await work(store, Service(run), lambda outcomes: {"retried", "done"} <= set(outcomes))
    assert outcomes.count("done") == 1
    assert await subjects(Queue(store, clock=lambda: datetime.now(UTC), post_interval=0)) == []


async def test_a_stop_waits_for_the_job_in_hand_and_cancels_what_takes_too_long(store: SqlStore) -> None:
    """A cancelled job is left to its lease."""
    started = asyncio.Event()

    async def run(_job: Job) -> datetime | None:
        started.set()
        await asyncio.Event().wait()
        return None

    await add(store, "endless")
    queue = Queue(store, clock=lambda: datetime.now(UTC), post_interval=0)
    workers = Workers(queue, Service(run), count=1, clock=lambda: datetime.now(UTC))  # type: ignore[arg-type]
    await workers.stop(within=0)
    workers = Workers(queue, Service(run), count=1, clock=lambda: datetime.now(UTC))  # type: ignore[arg-type]
    workers.start()
    await asyncio.wait_for(started.wait(), 10)
    await workers.stop(within=0.01)
    assert (await store.transact(lambda tx: tx.count_jobs()))["waiting"] == 1


async def test_a_long_job_keeps_its_lease_until_it_is_lost(store: SqlStore) -> None:
    """The heartbeat renews; when the job is somebody else's it stops."""
    renewals: list[bool] = []
    lost = asyncio.Event()

    class Watched(Queue):
        async def renew(self, job: Job) -> bool:
            """Count, and lose the job after three."""
            renewals.append(await super().renew(job))
            if len(renewals) == 3:
                await store.transact(lambda tx: tx.finish_job(job))
            if not renewals[-1]:
                lost.set()
            return renewals[-1]

    async def run(_job: Job) -> datetime | None:
        await asyncio.wait_for(lost.wait(), 10)
        return None

    await add(store, "long")
    queue = Watched(store, clock=lambda: datetime.now(UTC), post_interval=0)
    workers = Workers(queue, Service(run), count=1, clock=lambda: datetime.now(UTC), heartbeat=0.01)  # type: ignore[arg-type]
    workers.start()
    await asyncio.wait_for(lost.wait(), 10)
    await workers.stop(within=5)
    assert renewals == [True, True, True, False]


async def test_a_store_that_fails_does_not_end_the_worker(store: SqlStore) -> None:
    """The next look works again."""
    done = asyncio.Event()
    failures = [OSError("disk")]

    class Broken(Queue):
        async def lease(self, turns: Sequence[Collection[JobKind]] = (ALL,)) -> Job | None:
            """Fail once."""
            if failures:
                raise failures.pop()
            return await super().lease(turns)

    async def run(_job: Job) -> datetime | None:
        done.set()
        return None

    await add(store, "job")
    queue = Broken(store, clock=lambda: datetime.now(UTC), post_interval=0)
    workers = Workers(queue, Service(run), count=1, clock=lambda: datetime.now(UTC))  # type: ignore[arg-type]
    workers.start()
    await asyncio.wait_for(done.wait(), 10)
    await workers.stop(within=5)
    assert failures == []


async def test_a_lone_job_that_is_asked_for_again_starts_at_once(store: SqlStore) -> None:
    """A poll that was due in a day is not waited for after a restart."""
    clock = Clock()
    queue = queue_of(store, clock)
    await add(store, "poll", lane="l", alone=True, run_at=clock.now + timedelta(days=1))
    assert await subjects(queue) == []
    await add(store, "poll", lane="l", alone=True)
    assert await subjects(queue) == ["poll"]


async def test_a_job_that_runs_keeps_an_earlier_one_of_its_lane_waiting(store: SqlStore) -> None:
    """Numbers are given before commits, so on PostgreSQL an earlier number may turn up later."""
    clock = Clock()
    queue = queue_of(store, clock)
    await add(store, "first", lane="other")
    await add(store, "second", lane="l")
    assert await subjects(queue) == ["first", "second"]
    await store.transact(
        lambda tx: tx._connection.execute(
            text("UPDATE jobs SET lane = 'l', owner = NULL, leased_until = NULL WHERE subject = 'first'")
        )
    )
    assert await subjects(queue) == []


async def test_an_error_that_no_column_takes_is_kept_without_it(store: SqlStore) -> None:
    """NUL and lone surrogates."""
    queue = queue_of(store, Clock())
    await add(store, "job")
    job = await queue.lease()
    assert job is not None
    await queue.repeat(job, at=datetime.now(UTC), error="a\0b\ud800")
    found = await store.transact(lambda tx: tx._connection.execute(text("SELECT error FROM jobs")).scalar())
    assert found == "ab?"


async def test_kinds_that_come_first_are_taken_first(store: SqlStore) -> None:
    """A hundred homes that are due do not keep the next card waiting; they are not forgotten either."""
    queue = queue_of(store, Clock())
    for number in range(3):
        home = NewJob(kind=JobKind.PUBLISH_HOME, subject=f"home {number}", lane=f"home {number}")
        await store.transact(lambda tx, home=home: tx.add_job(home))  # type: ignore[misc]
    await add(store, "reply")
    order = []
    while job := await queue.lease(DOES_ALL):
        order.append(job.subject)
    assert order == ["reply", "home 0", "home 1", "home 2"]


async def test_one_worker_of_several_does_not_wait_for_secmaster(store: SqlStore) -> None:
    """While three wait for it, the fourth goes on speaking."""
    spoken, asked = asyncio.Event(), asyncio.Semaphore(0)

    async def run(job: Job) -> datetime | None:
        if job.kind is JobKind.DECIDE:
            asked.release()
            await asyncio.Event().wait()
        spoken.set()
        return None

    for number in range(6):
        decide = NewJob(kind=JobKind.DECIDE, subject="r", lane=f"secmaster {number}")
        await store.transact(lambda tx, decide=decide: tx.add_job(decide))  # type: ignore[misc]
    queue = Queue(store, clock=lambda: datetime.now(UTC), post_interval=0)
    workers = Workers(queue, Service(run), count=4, clock=lambda: datetime.now(UTC))  # type: ignore[arg-type]
    workers.start()
    for _ in range(3):
        await asyncio.wait_for(asked.acquire(), 10)
    await add(store, "reply")
    workers.wake()
    await asyncio.wait_for(spoken.wait(), 10)
    await workers.stop(within=0)


async def test_a_lease_says_which_replica_has_it(store: SqlStore) -> None:
    """By the name that the replica's log and connections bear; a queue without one makes up its own."""
    found = []
    for owner in ("a1b2c3d4", None):
        await add(store, f"of {owner}")
        await Queue(store, clock=Clock(), post_interval=0, owner=owner).lease()
        owned = text("SELECT owner FROM jobs ORDER BY id DESC LIMIT 1")
        found.append(await store.transact(lambda tx, owned=owned: tx._connection.execute(owned).scalar()))  # type: ignore[misc]
    assert found[0] == "a1b2c3d4"
    assert found[1] not in {None, "a1b2c3d4"}
