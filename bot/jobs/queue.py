"""The queue: lease, renew, finish, repeat, bury, over the store."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol, TypeVar

from bot.reviews.jobs import ALL

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from bot.jobs.holds import Hold
    from bot.reviews.jobs import Job, JobKind

T = TypeVar("T")

LEASE = timedelta(seconds=20)
"""How long a job belongs to a worker that gives no sign of life, unless set otherwise; then another takes it over."""


class JobTransaction(Protocol):
    """What the queue needs of a transaction of the store."""

    def lease_job(
        self, *, owner: str, now: float, until: float, interval: Mapping[str, float], kinds: Collection[JobKind]
    ) -> Job | None:
        """Lease the first job of these kinds that may start."""
        ...

    def next_start(self, now: float) -> float | None:
        """When the next waiting job could start."""
        ...

    def renew_job(self, job: Job, *, until: float) -> bool:
        """Keep the lease."""
        ...

    def finish_job(self, job: Job) -> bool:
        """Forget the job."""
        ...

    def repeat_job(self, job: Job, *, at: datetime, error: str | None) -> bool:
        """Give it back."""
        ...

    def bury_job(self, job: Job, *, error: str) -> bool:
        """Give it up."""
        ...

    def hold_pace(self, pace: str, *, until: float) -> None:
        """Let no job of the pace start before a moment."""
        ...

    def end_try(self, job: Job) -> None:
        """The job does not try for its whole pace any more."""
        ...


class JobStore(Protocol):
    """A store whose transactions know jobs."""

    async def transact(self, work: Callable[[JobTransaction], T]) -> T:
        """Run `work` in one transaction."""
        ...


class Queue:
    """One process's view of the jobs table."""

    def __init__(
        self,
        store: JobStore,
        *,
        clock: Callable[[], datetime],
        post_interval: float,
        takeover_after: timedelta = LEASE,
        owner: str | None = None,
    ) -> None:
        """`post_interval`: seconds between the starts of two jobs that post in one channel; `owner`: of the leases."""
        self.takeover_after = takeover_after
        self._store = store
        self._clock = clock
        self._interval = {"post": post_interval}
        self._owner = owner or uuid.uuid4().hex

    async def lease(self, turns: Sequence[Collection[JobKind]] = (ALL,)) -> Job | None:
        """Take a job for `takeover_after`, of the first kinds of which one may start; None when none may."""
        return await self._store.transact(lambda tx: self._first(tx, turns))

    def _first(self, tx: JobTransaction, turns: Sequence[Collection[JobKind]]) -> Job | None:
        now = self._clock().timestamp()
        until = now + self.takeover_after.total_seconds()
        for kinds in turns:
            job = tx.lease_job(owner=self._owner, now=now, until=until, interval=self._interval, kinds=kinds)
            if job:
                return job
        return None

    async def seconds_to_next(self, *, longest: float) -> float:
        """How long until a waiting job could start, at most `longest`."""
        now = self._clock().timestamp()
        start = await self._store.transact(lambda tx: tx.next_start(now))
        return longest if start is None else min(max(start - now, 0.0), longest)

    async def renew(self, job: Job) -> bool:
        """Keep a job for `takeover_after` more; False when it was lost to another worker."""
        until = (self._clock() + self.takeover_after).timestamp()
        return await self._store.transact(lambda tx: tx.renew_job(job, until=until))

    async def finish(self, job: Job, *, turns: Sequence[Collection[JobKind]] = ()) -> Job | None:
        """The job is done; the next one, leased in the same transaction, if there is one in these turns."""

        def forget(tx: JobTransaction) -> Job | None:
            tx.end_try(job)
            tx.finish_job(job)
            return self._first(tx, turns)

        return await self._store.transact(forget)

    async def repeat(self, job: Job, *, at: datetime, error: str | None = None, hold: Hold | None = None) -> None:
        """Run the job again at a moment; with `hold` nothing of that pace starts before its end."""

        def give_back(tx: JobTransaction) -> None:
            tx.end_try(job)
            tx.repeat_job(job, at=at, error=error)
            if hold:
                tx.hold_pace(hold.pace, until=hold.until.timestamp())

        await self._store.transact(give_back)

    async def bury(self, job: Job, *, error: str) -> None:
        """Give the job up."""

        def put_away(tx: JobTransaction) -> None:
            tx.end_try(job)
            tx.bury_job(job, error=error)

        await self._store.transact(put_away)
