"""While a service refuses or is away only one job at a time asks: the others of its pace wait, longer each time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.errors import SlackThrottled, Throttled
from bot.jobs.retry import SLACK, pace_to_hold
from bot.reviews.jobs import whole_pace

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.errors import SecMasterError, SlackError
    from bot.reviews.jobs import Job


@dataclass(frozen=True, kw_only=True)
class Hold:
    """Nothing of a pace starts before a moment."""

    pace: str
    until: datetime


@dataclass(frozen=True, kw_only=True)
class _Trouble:
    rounds: int
    """Failures in a row; those of jobs that were under way together count as one."""
    until: datetime


class Holds:
    """What this process has met lately; the holds themselves are kept in the store, for all replicas."""

    def __init__(self, *, clock: Callable[[], datetime], jitter: Callable[[], float]) -> None:
        self._clock = clock
        self._jitter = jitter
        self._troubles: dict[str, _Trouble] = {}

    def after(self, job: Job, error: SlackError | SecMasterError, *, retry_at: datetime) -> Hold | None:
        """What has to wait after a failed job, `retry_at` being when the job itself is tried again; None is nothing."""
        pace = pace_to_hold(job.pace, error)
        self.forget(job, except_for=pace)
        if pace is None:
            return None
        return Hold(pace=pace, until=retry_at if isinstance(error, SlackThrottled | Throttled) else self._longer(pace))

    def forget(self, job: Job, *, except_for: str | None = None) -> None:
        """The service has taken the job: the next trouble with its pace is the first again."""
        if job.pace:
            for pace in {job.pace, whole_pace(job.pace)} - {except_for}:
                self._troubles.pop(pace, None)

    def _longer(self, pace: str) -> datetime:
        now = self._clock()
        trouble = self._troubles.get(pace)
        if trouble is None or trouble.until <= now:
            rounds = trouble.rounds + 1 if trouble else 1
            wait = SLACK.wait(rounds, self._jitter) or timedelta()
            trouble = self._troubles[pace] = _Trouble(rounds=rounds, until=now + wait)
        return trouble.until
