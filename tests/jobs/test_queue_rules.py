"""The jobs table against a model of its rules, in any order of adding, leasing, finishing, and time passing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from bot.reviews.jobs import JobKind, NewJob, whole_pace
from bot.store.job_table import JobTable
from bot.store.schema import metadata
from bot.store.sql import sqlite_engine

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.reviews.jobs import Job

T = TypeVar("T")

INTERVAL = {"post": 2.0}
LEASE = 10.0


@dataclass(frozen=True)
class Known:
    """A job as the model has it."""

    serial: int
    """In the order of queueing, as the table's ids are; those may have gaps."""
    lane: str
    key: str | None
    pace: str | None
    run_at: float
    attempt: int = 0
    token: int = 0
    leased_until: float | None = None
    buried: bool = False


class QueueRules(RuleBasedStateMachine):
    """Two owners share one table."""

    leases = Bundle("leases")

    def __init__(self) -> None:
        super().__init__()
        self.now = 1_000_000.0
        self.known: dict[int, Known] = {}
        self.paces: dict[str, float] = {}
        self.added = 0
        self.engine = sqlite_engine("sqlite://")
        with self.engine.begin() as connection:
            metadata.create_all(connection)

    def teardown(self) -> None:
        """Let go of the database."""
        self.engine.dispose()

    def _do(self, work: Callable[[JobTable], T]) -> T:
        with self.engine.begin() as connection:
            return work(JobTable(connection, lambda: self.now))

    def _first_of_lane(self, job: Known) -> bool:
        others = [other for other in self.known.values() if other.lane == job.lane and not other.buried]
        runs = [other for other in others if other.leased_until is not None and other.leased_until >= self.now]
        return min(other.serial for other in others) == job.serial and not any(other is not job for other in runs)

    def _startable(self, job: Known) -> bool:
        if job.buried:
            return False
        free = job.leased_until is None or job.leased_until < self.now
        return job.run_at <= self.now and free and self._held_until(job) <= self.now and self._first_of_lane(job)

    def _held_until(self, job: Known) -> float:
        """When its own pace and the whole one let it start."""
        return max(self.paces.get(pace, 0.0) for pace in (job.pace, whole_pace(job.pace))) if job.pace else 0.0

    def _end_try(self, table: JobTable, job: Job) -> None:
        """Who tried for the whole pace lets it go, if it is still held for them."""
        table.end_try(job)
        if job.pace and job.trying is not None and self.paces.get(whole_pace(job.pace)) == job.trying:
            del self.paces[whole_pace(job.pace)]

    def _current(self, job: Job) -> Known | None:
        """The model's job, if this lease is still the one that counts."""
        known = self.known.get(int(job.subject))
        return known if known and known.token == job.token and known.leased_until is not None else None

    @rule(
        lane=st.sampled_from("ab"),
        key=st.sampled_from([None, None, "k"]),
        pace=st.sampled_from([None, "post:C1", "post:C2", "update:C1"]),
        delay=st.sampled_from([0, 0, 3]),
        alone=st.sampled_from([False, False, True]),
    )
    def add(self, lane: str, key: str | None, pace: str | None, delay: int, *, alone: bool) -> None:
        """A job is queued, unless its key waits untouched or (alone) its lane is busy, which may start now then."""
        run_at = datetime.fromtimestamp(self.now + delay, UTC) if delay else None
        job = NewJob(
            kind=JobKind.REPLY, subject=str(self.added), lane=lane, key=key, pace=pace, run_at=run_at, alone=alone
        )  # fmt: skip
        waits = key is not None and any(known.key == key for known in self.known.values())
        busy = alone and any(known.lane == lane and not known.buried for known in self.known.values())
        self._do(lambda table: table.add_job(job))
        count = sum(self._do(lambda table: table.count_jobs()).values())
        assert count == len(self.known) + (0 if waits or busy else 1)
        if busy:
            self._let_start(lane)
        if count > len(self.known):
            self.known[self.added] = Known(serial=self.added, lane=lane, key=key, pace=pace, run_at=self.now + delay)
            self.added += 1

    def _let_start(self, lane: str) -> None:
        for known in list(self.known.values()):
            if known.lane == lane and known.leased_until is None:
                self.known[known.serial] = replace(known, run_at=min(known.run_at, self.now))

    @rule(target=leases, owner=st.sampled_from(["here", "there"]))
    def lease(self, owner: str) -> Job | None:
        """The one that is due first, of those that are free, first of their lane, and within their pace."""
        ready = [job for job in self.known.values() if self._startable(job)]
        until = self.now + LEASE
        job = self._do(lambda table: table.lease_job(owner=owner, now=self.now, until=until, interval=INTERVAL))
        if not ready:
            assert job is None
            return None
        expected = min(ready, key=lambda known: (known.run_at, known.serial))
        assert job is not None
        assert (job.subject, job.attempt, job.token) == (str(expected.serial), expected.attempt + 1, expected.token + 1)
        assert job.key == expected.key
        self.known[expected.serial] = replace(
            expected, key=None, attempt=job.attempt, token=job.token, leased_until=self.now + LEASE
        )
        self._tries(job, until)
        if job.pace and job.pace.startswith("post"):
            self.paces[job.pace] = self.now + INTERVAL["post"]
        return job

    def _tries(self, job: Job, until: float) -> None:
        """One job at a time after the hold of a whole pace."""
        whole = whole_pace(job.pace) if job.pace else ""
        assert job.trying == (until if whole in self.paces else None)
        if whole in self.paces:
            self.paces[whole] = until

    @rule(job=leases)
    def renew(self, job: Job | None) -> None:
        """Only the newest lease can be kept."""
        if job is None:
            return
        known = self._current(job)
        assert self._do(lambda table: table.holds(job)) is (known is not None)
        assert self._do(lambda table: table.renew_job(job, until=self.now + LEASE)) is (known is not None)
        if known:
            self.known[known.serial] = replace(known, leased_until=self.now + LEASE)

    @rule(job=leases)
    def finish(self, job: Job | None) -> None:
        """By its newest owner, once."""
        if job is None:
            return
        known = self._current(job)
        self._do(lambda table: self._end_try(table, job))
        assert self._do(lambda table: table.finish_job(job)) is (known is not None)
        if known:
            del self.known[known.serial]

    @rule(job=leases, error=st.sampled_from([None, "", "no"]), delay=st.sampled_from([0, 5]))
    def repeat(self, job: Job | None, error: str | None, delay: int) -> None:
        """After an error the attempts go on counting, even if it says nothing, and it has its key back; else anew."""
        if job is None:
            return
        known = self._current(job)
        self._do(lambda table: self._end_try(table, job))
        at = datetime.fromtimestamp(self.now + delay, UTC)
        assert self._do(lambda table: table.repeat_job(job, at=at, error=error)) is (known is not None)
        if known:
            attempt = known.attempt if error is not None else 0
            self.known[known.serial] = replace(known, leased_until=None, run_at=self.now + delay, attempt=attempt)
            if error is not None and job.key:
                self._take_key_back(known.serial, job.key)

    def _take_key_back(self, serial: int, key: str) -> None:
        """What was queued under it meanwhile need not run."""
        for other in [known for known in self.known.values() if known.key == key]:
            del self.known[other.serial]
        self.known[serial] = replace(self.known[serial], key=key)

    @rule(job=consumes(leases))
    def bury(self, job: Job | None) -> None:
        """Out of the way of its lane."""
        if job is None:
            return
        known = self._current(job)
        self._do(lambda table: self._end_try(table, job))
        assert self._do(lambda table: table.bury_job(job, error="no")) is (known is not None)
        if known:
            self.known[known.serial] = replace(known, leased_until=None, buried=True)

    @rule(seconds=st.sampled_from([1, 2, 5, 11]))
    def time_passes(self, seconds: int) -> None:
        """Leases run out."""
        self.now += seconds

    @rule(pace=st.sampled_from(["post:C1", "update:C1", "post:", "update:"]), seconds=st.sampled_from([3, 7]))
    def hold(self, pace: str, seconds: int) -> None:
        """Slack says to wait; who says to wait shorter takes nothing back."""
        until = self.now + seconds
        self._do(lambda table: table.hold_pace(pace, until=until))
        self.paces[pace] = max(until, self.paces.get(pace, 0.0))

    @invariant()
    def nobody_sleeps_too_long(self) -> None:
        """The next start is never said to be later than it is."""
        starts = [
            max(job.run_at, self._held_until(job), job.leased_until or 0.0)
            for job in self.known.values()
            if not job.buried and self._first_of_lane(job)
        ]
        later = [start for start in starts if start > self.now]
        if later:
            said = self._do(lambda table: table.next_start(self.now))
            assert said is not None
            assert self.now < said <= min(later)

    @invariant()
    def the_count_is_right(self) -> None:
        """What waits and what is buried."""
        buried = sum(job.buried for job in self.known.values())
        assert self._do(lambda table: table.count_jobs()) == {"waiting": len(self.known) - buried, "buried": buried}


QueueRules.TestCase.settings = settings(max_examples=80, stateful_step_count=30, deadline=None)
TestQueueRules = QueueRules.TestCase
