"""When is a failed job tried again? Pure rules over what it was, what went wrong, and how often."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.errors import (
    BotError,
    Refused,
    SecMasterError,
    SlackError,
    SlackRefused,
    SlackThrottled,
    Throttled,
    Unauthorized,
)
from bot.reviews.jobs import JobKind

if TYPE_CHECKING:
    from collections.abc import Callable

THROTTLING_WINDOW = timedelta(minutes=1)
"""How long to wait on a 429 that does not say; the gateway counts by the minute (secmaster-api, limits)."""

LOCKED_OUT = timedelta(minutes=15)
"""After refused credentials. More than five failures in a row lock an access key for five minutes."""

MENDABLE = timedelta(minutes=1)
"""How soon to look again whether an operator has mended what Slack complains of."""

NEEDS_AN_OPERATOR = frozenset(
    {
        "account_inactive",
        "channel_not_found",
        "invalid_auth",
        "is_archived",
        "missing_scope",
        "not_authed",
        "not_in_channel",
        "org_login_required",
        "restricted_action",
        "team_access_not_granted",
        "token_expired",
        "token_revoked",
    }
)
"""What Slack refuses until somebody invites the bot, gives it back its token or its channel: the work waits."""

PASSING = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout", "ratelimited"})
"""What Slack answers with `ok: false` when the fault is its own."""


@dataclass(frozen=True, kw_only=True)
class Backoff:
    """Doubling waits with full jitter."""

    first: timedelta
    longest: timedelta
    attempts: int | None
    """Give up after so many; None is never."""

    def wait(self, attempt: int, jitter: Callable[[], float]) -> timedelta | None:
        """The wait after this attempt (1 is the first); `jitter` gives 0 to 1. None: give up."""
        if self.attempts is not None and attempt >= self.attempts:
            return None
        ceiling = min(self.first * 2 ** min(attempt - 1, 20), self.longest)
        spread: timedelta = ceiling - self.first / 2
        return self.first / 2 + spread * jitter()


SECMASTER_DECISION = Backoff(first=timedelta(seconds=2), longest=timedelta(minutes=5), attempts=20)
SECMASTER_READ = Backoff(first=timedelta(seconds=5), longest=timedelta(minutes=5), attempts=None)
SLACK = Backoff(first=timedelta(seconds=1), longest=timedelta(minutes=1), attempts=None)
OWN_MISTAKE = Backoff(first=timedelta(seconds=1), longest=timedelta(minutes=1), attempts=8)


def wait_before_retry(
    kind: JobKind, error: Exception, attempt: int, *, jitter: Callable[[], float]
) -> timedelta | None:
    """How long to wait before the job is tried again; None when trying again cannot help."""
    if isinstance(error, SecMasterError):
        return _after_secmaster(kind, error, attempt, jitter)
    if isinstance(error, SlackError):
        return _after_slack(error, attempt, jitter)
    if kind is JobKind.POLL:
        return SECMASTER_READ.wait(attempt, jitter)  # whatever it met, nobody else finds submissions
    if isinstance(error, BotError):
        return None
    return OWN_MISTAKE.wait(attempt, jitter)


def _after_secmaster(
    kind: JobKind, error: SecMasterError, attempt: int, jitter: Callable[[], float]
) -> timedelta | None:
    if isinstance(error, Throttled):
        window = timedelta(seconds=error.retry_after) if error.retry_after is not None else THROTTLING_WINDOW
        return window + timedelta(seconds=1) * jitter()
    if kind is JobKind.DECIDE:
        return None if isinstance(error, Refused) else SECMASTER_DECISION.wait(attempt, jitter)
    if isinstance(error, Unauthorized):
        return LOCKED_OUT
    return SECMASTER_READ.wait(attempt, jitter)


def _after_slack(error: SlackError, attempt: int, jitter: Callable[[], float]) -> timedelta | None:
    if isinstance(error, SlackThrottled):
        return timedelta(seconds=error.retry_after or SLACK.longest.total_seconds()) + timedelta(seconds=1) * jitter()
    if isinstance(error, SlackRefused) and error.code in NEEDS_AN_OPERATOR:
        return MENDABLE
    if isinstance(error, SlackRefused) and error.code not in PASSING:
        return None
    return SLACK.wait(attempt, jitter)
