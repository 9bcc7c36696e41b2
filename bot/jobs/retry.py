"""When is a failed job tried again, and what waits with it? Pure rules over what it was and what went wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError

from bot.errors import (
    BotError,
    Refused,
    SecMasterError,
    SlackError,
    SlackRefused,
    SlackThrottled,
    StoreError,
    Throttled,
    Unauthorized,
    Unreachable,
)
from bot.reviews.jobs import JobKind, whole_pace

if TYPE_CHECKING:
    from collections.abc import Callable

THROTTLING_WINDOW = timedelta(minutes=1)
"""How long to wait on a 429 that does not say; the gateway counts by the minute (secmaster-api, limits)."""

LOCKED_OUT = timedelta(minutes=15)
"""After refused credentials. More than five failures in a row lock an access key for five minutes."""

PASSING = frozenset(
    {
        "external_channel_migrating",
        "fatal_error",
        "internal_error",
        "request_timeout",
        "service_unavailable",
        "team_added_to_org",
        "update_failed",
    }
)
"""What Slack answers with `ok: false` when the fault is its own and goes by itself."""

WRONG = frozenset(
    {
        "as_user_not_supported",
        "block_mismatch",
        "invalid_arg_name",
        "invalid_arguments",
        "invalid_array_arg",
        "invalid_attachments",
        "invalid_blocks",
        "invalid_blocks_format",
        "invalid_charset",
        "invalid_form_data",
        "invalid_json",
        "invalid_metadata_format",
        "invalid_metadata_schema",
        "invalid_post_type",
        "json_not_object",
        "markdown_text_conflict",
        "metadata_too_large",
        "missing_post_type",
        "msg_blocks_too_long",
        "msg_too_long",
        "no_text",
        "too_many_attachments",
        "view_too_large",
    }
)
"""What Slack says of a call that is itself at fault: the same one is refused for ever."""

GONE = frozenset(
    {
        "cannot_dm_bot",
        "cannot_reply_to_message",
        "cant_update_message",
        "edit_window_closed",
        "message_not_found",
        "thread_not_found",
        "user_disabled",
        "user_not_found",
        "user_not_visible",
    }
)
"""What Slack says when the message or the person is not there any more, and will not come back."""

CLOSED_THREAD = frozenset({"restricted_action_non_threadable_channel", "restricted_action_thread_locked"})
"""Somebody wants no replies there. The card can still be changed, and waits behind them in its lane."""

WHOLE_WORKSPACE = frozenset(
    {
        "accesslimited",
        "account_inactive",
        "enterprise_is_restricted",
        "invalid_auth",
        "message_limit_exceeded",
        "missing_scope",
        "not_allowed_token_type",
        "not_authed",
        "org_login_required",
        "team_access_not_granted",
        "token_expired",
        "token_revoked",
        "two_factor_setup_required",
    }
)
"""Refusals that have nothing to do with the channel: whatever the bot calls like this is refused as well."""

PACES = {"chat.postMessage": "post", "chat.update": "update"}
"""The pace of what calls a method; the other methods are called for homes."""


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
OPERATOR = Backoff(first=timedelta(minutes=1), longest=timedelta(minutes=10), attempts=None)
"""How soon to look again whether somebody has invited the bot, or given it back its token or its channel."""
UNLOCKED = Backoff(first=timedelta(minutes=1), longest=timedelta(minutes=10), attempts=9)
"""About an hour for a thread to be opened again; then the card is worth more than the reply."""
STORE = Backoff(first=timedelta(seconds=1), longest=timedelta(minutes=5), attempts=None)
"""A database that is away comes back, whatever the job has met before."""
NEVER_GIVEN_UP = frozenset(
    {JobKind.DIGEST, JobKind.FOLLOW, JobKind.FORGET, JobKind.LOOK, JobKind.POST_CARD, JobKind.REMIND}
)
"""Without these a review stays unseen or unfinished for ever, and nobody would notice."""
OWN_MISTAKE = Backoff(first=timedelta(seconds=1), longest=timedelta(minutes=1), attempts=8)


def wait_before_retry(
    kind: JobKind, error: Exception, attempt: int, *, jitter: Callable[[], float]
) -> timedelta | None:
    """How long to wait before the job is tried again; None when trying again cannot help."""
    if isinstance(error, SecMasterError):
        return _after_secmaster(kind, error, attempt, jitter)
    if isinstance(error, SlackError):
        return _after_slack(error, attempt, jitter)
    if kind is JobKind.POLL or isinstance(error, DBAPIError | StoreError):
        return STORE.wait(attempt, jitter)  # whatever the poll met: nobody else finds submissions
    if isinstance(error, BotError):
        return None
    return (STORE if kind in NEVER_GIVEN_UP else OWN_MISTAKE).wait(attempt, jitter)


def pace_to_hold(pace: str | None, error: SlackError | SecMasterError) -> str | None:
    """The pace that has to wait when a job of `pace` met this error: it would meet the same; None if none would.

    SecMaster's limits and its refusals of the credentials meet whoever asks. Only examinations have a pace there.

    Slack counts chat.postMessage by channel and every other method by workspace (Slack, Rate limits). A Slack that is
    away, or refuses the bot itself, does so in every channel; a refusal of an unknown kind is taken for the channel's.
    """
    if pace is None:
        return None
    if isinstance(error, SecMasterError):
        return whole_pace(pace) if isinstance(error, Throttled | Unreachable | Unauthorized) else None
    everybody = not isinstance(error, SlackRefused) or error.code in WHOLE_WORKSPACE | PASSING
    if (
        error.method not in PACES
        and not pace.startswith("home:")
        and (isinstance(error, SlackThrottled) or not everybody)
    ):
        return None  # a lookup: what is said elsewhere needs none
    of_method = f"{PACES.get(error.method, pace.partition(':')[0])}:{pace.partition(':')[2]}"
    if isinstance(error, SlackThrottled):
        return of_method if error.method == "chat.postMessage" else whole_pace(of_method)
    if everybody or error.code.startswith("http_"):
        return whole_pace(of_method)
    return None if error.code in WRONG | GONE | CLOSED_THREAD else of_method


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
    if not isinstance(error, SlackRefused) or error.code in PASSING:
        return SLACK.wait(attempt, jitter)
    if error.code in WRONG | GONE:
        return None
    return (UNLOCKED if error.code in CLOSED_THREAD else OPERATOR).wait(attempt, jitter)
