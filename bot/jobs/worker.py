"""Workers: take jobs, have the service do them, judge what went wrong."""

from __future__ import annotations

import asyncio
import contextlib
import random
from typing import TYPE_CHECKING, TypeAlias

import structlog

from bot.errors import BotError, SecMasterError, SlackError, StoreError
from bot.jobs.holds import Holds
from bot.jobs.patience import Patience
from bot.jobs.retry import wait_before_retry
from bot.reviews.jobs import ALL, HOMES, NEW, SAID, UNHURRIED

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.jobs.queue import Queue
    from bot.reviews.jobs import Job, JobKind
    from bot.reviews.service import Reviews

log = structlog.get_logger(__name__)

Turns: TypeAlias = "tuple[frozenset[JobKind], ...]"

DOES_ALL: Turns = (ALL - HOMES - UNHURRIED, UNHURRIED, HOMES)
HURRIES: Turns = (ALL - HOMES - UNHURRIED, HOMES)
"""All workers but one: what takes a while never has more than one of them."""
SPEAKS: Turns = (SAID - NEW, NEW, HOMES)
"""One of several: a SecMaster that takes its time keeps nothing from being said in Slack."""
ACTS: Turns = (ALL - SAID - HOMES - UNHURRIED, SAID, HOMES)
"""Another: hundreds of cards that can be posted keep no decision waiting."""

IDLE_LOOK = 1.0
"""Seconds until a worker looks again by itself: another replica may have queued something."""


class Workers:
    """A few tasks that do jobs until they are told to stop."""

    def __init__(
        self,
        queue: Queue,
        reviews: Reviews,
        *,
        count: int,
        clock: Callable[[], datetime],
        jitter: Callable[[], float] = random.random,
        heartbeat: float | None = None,
    ) -> None:
        """`heartbeat`: seconds between two renewals of a lease; a quarter of it unless given."""
        self._heartbeat = heartbeat or queue.takeover_after.total_seconds() / 4
        self._queue = queue
        self._reviews = reviews
        self._count = count
        self._clock = clock
        self._jitter = jitter
        self._holds = Holds(clock=clock, jitter=jitter)
        self._stopping = False
        self._patience = Patience()
        self._go_on = asyncio.Event()
        self._work_queued: list[asyncio.Event] = []
        """One a worker: that one of them has begun to look must not keep another from it."""
        self._tasks: list[asyncio.Task[None]] = []
        self.on_done: Callable[[Job, str], None] = lambda _job, _outcome: None
        """Called after each run with `done`, `again`, `retried` or `given_up`: for the metrics."""

    def start(self) -> None:
        """Begin to work."""
        all_kinds: list[Turns] = [*[HURRIES] * (self._count - 1), DOES_ALL]
        turns = [SPEAKS, ACTS, *all_kinds[2:]] if self._count > 2 else all_kinds  # noqa: PLR2004 - one does the rest
        self._work_queued = [asyncio.Event() for _ in turns]
        self._tasks = [
            asyncio.create_task(self._work(kinds, queued), name=f"worker-{number}")
            for number, (kinds, queued) in enumerate(zip(turns, self._work_queued, strict=True))
        ]

    def wake(self) -> None:
        """Something was queued."""
        for queued in self._work_queued:
            queued.set()

    def store_is_back(self) -> None:
        """The database answers again: whoever waits for it need not wait longer."""
        self._patience.over()
        self._go_on.set()  # lets go of those who wait now
        self._go_on.clear()

    async def stop(self, *, within: float) -> None:
        """Take no more jobs and finish those in hand; what is not finished `within` seconds is run again later."""
        self._stopping = True
        self.wake()
        self._go_on.set()
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=within)
        for task in late:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _work(self, turns: Turns, queued: asyncio.Event) -> None:
        job: Job | None = None
        while job or not self._stopping:
            queued.clear()  # before the look, so that nothing queued after it goes unnoticed
            try:
                job = job or await self._queue.lease(turns)
                if job is None:
                    await self._idle(queued)
                else:
                    if job.more:
                        self.wake()  # let idle colleagues look
                    job = await self._run(job, turns)
                self._patience.over()
            except Exception as error:  # noqa: BLE001 - the loop has to go on when the store fails
                job = None
                await self._sit_out(error)

    async def _sit_out(self, error: Exception) -> None:
        wait = self._patience.failed()
        if not isinstance(error, StoreError):  # which the store tells, once for all who meet it
            log.error("worker.failed", error=_said(error), wait=wait, exc_info=self._patience.is_new(error))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._go_on.wait(), timeout=wait)

    async def _idle(self, queued: asyncio.Event) -> None:
        wait = await self._queue.seconds_to_next(longest=IDLE_LOOK)
        if self._stopping:
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(queued.wait(), timeout=wait)

    async def _run(self, job: Job, turns: Turns) -> Job | None:
        """Do a job; the next one, if it was leased while this one was finished."""
        with structlog.contextvars.bound_contextvars(job=job.kind, subject=job.subject, attempt=job.attempt):
            heartbeat = asyncio.create_task(self._keep_lease(job))
            try:
                again = await self._reviews.run(job)
            except Exception as error:  # noqa: BLE001 - judged by the retry rules, never lost
                await self._failed(job, error)
                return None
            else:
                return await self._done(job, again, turns)
            finally:
                heartbeat.cancel()

    async def _done(self, job: Job, again: datetime | None, turns: Turns) -> Job | None:
        self._holds.forget(job)
        following: Job | None = None
        if again is None:
            following = await self._queue.finish(job, turns=() if self._stopping else turns)
        else:
            await self._queue.repeat(job, at=again)
        self.on_done(job, "done" if again is None else "again")
        return following

    async def _failed(self, job: Job, error: Exception) -> None:
        wait = wait_before_retry(job.kind, error, job.attempt, jitter=self._jitter)
        if wait is None:
            log.error("job.given_up", error=_said(error), exc_info=_unexpected(error))
            if await self._reviews.gave_up(job, error):
                await self._queue.finish(job)
            else:
                await self._queue.bury(job, error=_said(error))
            self.on_done(job, "given_up")
            return
        at = self._clock() + wait
        hold = self._holds.after(job, error, retry_at=at) if isinstance(error, SlackError | SecMasterError) else None
        if hold:
            at = max(at, hold.until)  # behind those that wait with it: one that Slack never takes must not go first
        log.warning(
            "job.retried",
            error=_said(error),
            at=at.isoformat(),
            waiting_too=hold.pace if hold else "",
            exc_info=_unexpected(error),
        )
        await self._reviews.will_retry(job, error, at=at)
        await self._queue.repeat(job, at=at, error=_said(error), hold=hold)
        self.on_done(job, "retried")

    async def _keep_lease(self, job: Job) -> None:
        while True:
            await asyncio.sleep(self._heartbeat)
            with contextlib.suppress(Exception):  # a store that fails now is met again when the job ends
                if not await self._queue.renew(job):
                    log.warning("job.lease_lost", job_id=job.id)
                    return


def _said(error: Exception) -> str:
    return str(error) or type(error).__name__  # TimeoutError says nothing


def _unexpected(error: Exception) -> bool:
    return not isinstance(error, BotError)
