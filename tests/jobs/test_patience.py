"""Workers that meet a failure wait together, longer each time, and begin anew when it is over."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, cast

import pytest
from structlog.testing import capture_logs

from bot.errors import StoreError
from bot.jobs.patience import FIRST, LONGEST, TOLD_AGAIN, Patience
from bot.jobs.queue import Queue
from bot.jobs.worker import Workers
from bot.reviews.jobs import ALL
from tests.jobs.clock import Clock

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from bot.jobs.queue import JobStore
    from bot.reviews.jobs import Job, JobKind
    from bot.reviews.service import Reviews

WORKERS = 4


def test_waits_double_up_to_the_longest_and_start_anew() -> None:
    """Failures within one wait are one."""
    now = [0.0]
    patience = Patience(lambda: now[0])
    waits = []
    for _ in range(8):
        waits.append(patience.failed())
        now[0] += waits[-1] / 2
        assert patience.failed() == pytest.approx(waits[-1] / 2)
        now[0] += waits[-1] / 2
    assert waits == [FIRST, 1, 2, 4, 8, LONGEST, LONGEST, LONGEST]
    patience.over()
    assert patience.failed() == FIRST


def failure(kind: type[Exception]) -> Exception:
    """One that was raised, here."""
    with pytest.raises(kind) as caught:
        int(os.environ["NO SUCH NAME"] if kind is KeyError else "no number")
    return caught.value


def test_a_failure_is_told_whole_once_in_a_while() -> None:
    """Another kind, or at another place, is another failure."""
    now = [0.0]
    patience = Patience(lambda: now[0])
    assert [patience.is_new(failure(kind)) for kind in (ValueError, ValueError, KeyError)] == [True, False, True]
    with pytest.raises(ValueError, match="elsewhere") as caught:
        int("elsewhere")
    assert patience.is_new(caught.value)
    now[0] = TOLD_AGAIN
    assert patience.is_new(failure(ValueError))


class Failing(Queue):
    """A queue whose store fails until it is mended."""

    def __init__(self, error: Exception) -> None:
        super().__init__(cast("JobStore", None), clock=Clock(), post_interval=0)
        self.error: Exception | None = error
        self.asked = 0
        self.all_failed = asyncio.Event()
        self.all_idle = asyncio.Event()
        self._idle = 0

    async def lease(self, turns: Sequence[Collection[JobKind]] = (ALL,)) -> Job | None:
        """See Queue."""
        self.asked += 1
        if self.asked >= WORKERS:
            self.all_failed.set()
        if self.error:
            raise self.error
        return None

    async def seconds_to_next(self, *, longest: float) -> float:
        """See Queue."""
        self._idle += 1
        if self._idle == WORKERS:
            self.all_idle.set()
        return 3600.0


async def failed(error: Exception) -> tuple[Failing, Workers]:
    """Workers that have all met this error, and wait as long as they ever do."""
    queue = Failing(error)
    workers = Workers(queue, cast("Reviews", None), count=WORKERS, clock=Clock())
    for _ in range(10):
        workers._patience._next = 0.0
        workers._patience.failed()
    workers.start()
    await asyncio.wait_for(queue.all_failed.wait(), 10)
    await asyncio.sleep(0)
    return queue, workers


async def test_workers_without_a_database_are_quiet_and_go_on_as_soon_as_it_is_back() -> None:
    """They do not wait until their time is over, and none has written a line: the store has told it."""
    with capture_logs() as logs:
        queue, workers = await failed(StoreError("away"))
        queue.error = None
        workers.store_is_back()
        await asyncio.wait_for(queue.all_idle.wait(), 5)
        await workers.stop(within=10)
    assert logs == []
    assert queue.asked == 2 * WORKERS


async def test_workers_that_wait_for_the_database_stop_at_once() -> None:
    """SIGTERM in an outage."""
    _, workers = await failed(StoreError("away"))
    async with asyncio.timeout(5):
        await workers.stop(within=3600)


async def test_an_error_that_nobody_knows_has_one_traceback_for_all_workers() -> None:
    """And a short line each."""
    with capture_logs() as logs:
        _, workers = await failed(ValueError("unheard of"))
        await workers.stop(within=10)
    assert [entry["event"] for entry in logs] == ["worker.failed"] * WORKERS
    assert [entry["exc_info"] for entry in logs] == [True] + [False] * (WORKERS - 1)
    assert {entry["error"] for entry in logs} == {"unheard of"}
