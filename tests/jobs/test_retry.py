"""When a failed job is tried again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import (
    NotAllowed,
    OutcomeUnknown,
    Refused,
    SlackOutcomeUnknown,
    SlackRefused,
    SlackThrottled,
    Throttled,
    Unauthorized,
    Unreachable,
)
from bot.jobs.retry import Backoff, wait_before_retry
from bot.reviews.jobs import JobKind

DECIDE, POLL, REPLY = JobKind.DECIDE, JobKind.POLL, JobKind.REPLY


@pytest.mark.parametrize(
    ("kind", "error", "attempt", "wait"),
    [
        (DECIDE, Refused("no"), 1, None),
        (DECIDE, Unauthorized("no"), 1, None),
        (DECIDE, OutcomeUnknown("?"), 1, 2),
        (DECIDE, Unreachable("?"), 3, 8),
        (DECIDE, OutcomeUnknown("?"), 20, None),
        (DECIDE, Throttled("wait", retry_after=7), 1, 8),
        (DECIDE, Throttled("wait"), 99, 61),
        (POLL, Unauthorized("no"), 1, 900),
        (POLL, Refused("no"), 1, 5),
        (POLL, OutcomeUnknown("?"), 500, 300),
        (POLL, ValueError("mistake"), 500, 300),
        (REPLY, SlackThrottled("m", "ratelimited", retry_after=30), 99, 31),
        (REPLY, SlackThrottled("m", "ratelimited"), 1, 61),
        (REPLY, SlackRefused("m", "channel_not_found"), 1, 60),
        (REPLY, SlackRefused("m", "channel_not_found"), 500, 600),
        (REPLY, SlackRefused("m", "a_code_of_next_year"), 3, 240),
        (REPLY, SlackRefused("m", "restricted_action_thread_locked"), 8, 600),
        (REPLY, SlackRefused("m", "restricted_action_thread_locked"), 9, None),
        (REPLY, SlackRefused("m", "invalid_blocks"), 1, None),
        (REPLY, SlackRefused("m", "internal_error"), 2, 2),
        (REPLY, SlackOutcomeUnknown("m", "TimeoutError"), 500, 60),
        (REPLY, NotAllowed("no"), 1, None),
        (REPLY, ValueError("mistake"), 1, 1),
        (REPLY, ValueError("mistake"), 8, None),
    ],
)
def test_each_error_has_its_wait(kind: JobKind, error: Exception, attempt: int, wait: float | None) -> None:
    """With the jitter at its most; None is giving up."""
    found = wait_before_retry(kind, error, attempt, jitter=lambda: 1.0)
    assert found == (None if wait is None else timedelta(seconds=wait))


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_backoff_stays_within_its_bounds(attempt: int, jitter: float) -> None:
    """Never below half the first wait, never above the longest."""
    backoff = Backoff(first=timedelta(seconds=2), longest=timedelta(minutes=5), attempts=None)
    wait = backoff.wait(attempt, lambda: jitter)
    assert wait is not None
    assert timedelta(seconds=1) <= wait <= timedelta(minutes=5)
