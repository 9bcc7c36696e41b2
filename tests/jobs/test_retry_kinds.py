"""What holds for every kind of job and every error."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import OperationalError

from bot.errors import (
    BotError,
    NotFound,
    OutcomeUnknown,
    Refused,
    SecMasterError,
    SlackError,
    SlackOutcomeUnknown,
    SlackRefused,
    SlackThrottled,
    SlackUnreachable,
    StoreError,
    Throttled,
    Unauthorized,
    Unreachable,
)
from bot.jobs.retry import (
    CLOSED_THREAD,
    GONE,
    LOCKED_OUT,
    OPERATOR,
    OWN_MISTAKE,
    PASSING,
    SECMASTER_DECISION,
    SECMASTER_READ,
    SLACK,
    UNLOCKED,
    WHOLE_WORKSPACE,
    WRONG,
    Backoff,
    pace_to_hold,
    wait_before_retry,
)
from bot.reviews.jobs import JobKind

KINDS = st.sampled_from(JobKind)
ATTEMPTS = st.integers(1, 1000)
JITTERS = st.floats(0, 1)


@given(KINDS, ATTEMPTS, st.one_of(st.none(), st.floats(0, 3600)), JITTERS)
def test_a_throttled_call_waits_as_long_as_it_was_told(
    kind: JobKind, attempt: int, retry_after: float | None, jitter: float
) -> None:
    """And a moment more, so that not all come at once; it is never given up. Untold, it waits a minute."""
    told = timedelta(seconds=60 if retry_after is None else retry_after)
    wait = wait_before_retry(kind, Throttled("wait", retry_after=retry_after), attempt, jitter=lambda: jitter)
    assert wait is not None
    assert told <= wait <= told + timedelta(seconds=1)


@given(ATTEMPTS, JITTERS, st.sampled_from([Refused("no"), NotFound("no"), Unauthorized("no")]))
def test_a_refused_decision_waits_for_a_person(attempt: int, jitter: float, error: Refused) -> None:
    """The same call would be refused again; a refused key must not be tried in a loop."""
    assert wait_before_retry(JobKind.DECIDE, error, attempt, jitter=lambda: jitter) is None


@given(KINDS.filter(lambda kind: kind is not JobKind.DECIDE), ATTEMPTS, JITTERS)
def test_refused_credentials_are_rarely_tried(kind: JobKind, attempt: int, jitter: float) -> None:
    """Well beyond the five minutes for which a key is locked."""
    assert wait_before_retry(kind, Unauthorized("no"), attempt, jitter=lambda: jitter) == LOCKED_OUT
    assert timedelta(minutes=5) < LOCKED_OUT


@pytest.mark.parametrize("kind", list(JobKind))
@pytest.mark.parametrize("error", [OutcomeUnknown("?"), Unreachable("?")])
def test_only_a_decision_is_given_up_when_secmaster_is_away(kind: JobKind, error: Exception) -> None:
    """A person can press Retry; reading goes on until SecMaster is back."""
    given_up = wait_before_retry(kind, error, 1000, jitter=lambda: 0.5) is None
    assert given_up is (kind is JobKind.DECIDE)
    assert wait_before_retry(kind, error, 19, jitter=lambda: 0.5) is not None


@given(
    ATTEMPTS,
    JITTERS,
    st.sampled_from([ValueError("mistake"), BotError("no review"), OutcomeUnknown("?"), Refused("no")]),
)
def test_the_poller_is_never_given_up(attempt: int, jitter: float, error: Exception) -> None:
    """Nobody else finds submissions."""
    assert wait_before_retry(JobKind.POLL, error, attempt, jitter=lambda: jitter) is not None


@pytest.mark.parametrize("error", [SlackUnreachable("m", "x"), SlackOutcomeUnknown("m", "x")])
@given(kind=KINDS, attempt=ATTEMPTS, jitter=JITTERS)
def test_slack_is_waited_for(error: Exception, kind: JobKind, attempt: int, jitter: float) -> None:
    """However long it is away, a look a minute at the least."""
    wait = wait_before_retry(kind, error, attempt, jitter=lambda: jitter)
    assert wait is not None
    assert wait <= timedelta(minutes=1)


@given(KINDS, ATTEMPTS, st.one_of(st.none(), st.floats(0.1, 3600)))
def test_slacks_word_on_waiting_is_kept(kind: JobKind, attempt: int, retry_after: float | None) -> None:
    """Not a moment sooner; a minute if it did not say."""
    error = SlackThrottled("m", "ratelimited", retry_after=retry_after)
    wait = wait_before_retry(kind, error, attempt, jitter=lambda: 0.0)
    assert wait == timedelta(seconds=retry_after or 60)


OPERATORS = [
    "a_code_of_next_year", "access_denied", "channel_not_found", "ekm_access_denied", "http_403", "http_407",
    "is_archived", "is_inactive", "message_limit_exceeded", "method_deprecated", "missing_scope", "no_permission",
    "not_in_channel", "restricted_action", "restricted_action_read_only_channel",
    "restricted_action_thread_only_channel", "token_revoked", "two_factor_setup_required",
]  # fmt: skip


@given(st.sampled_from(OPERATORS), KINDS, ATTEMPTS, JITTERS)
def test_what_somebody_can_mend_is_waited_for(code: str, kind: JobKind, attempt: int, jitter: float) -> None:
    """The card is posted when the bot has been invited, however late; a look every ten minutes at the least."""
    wait = wait_before_retry(kind, SlackRefused("m", code), attempt, jitter=lambda: jitter)
    assert wait is not None
    assert timedelta(seconds=30) <= wait <= timedelta(minutes=10)


@pytest.mark.parametrize("code", sorted(WRONG | GONE))
def test_what_nobody_can_mend_is_given_up(code: str) -> None:
    """The lane goes on: what is said next may be taken."""
    assert wait_before_retry(JobKind.REPLY, SlackRefused("m", code), 1, jitter=lambda: 0.0) is None


@pytest.mark.parametrize("code", sorted(CLOSED_THREAD))
def test_a_closed_thread_is_waited_for_no_longer_than_the_card_can_wait(code: str) -> None:
    """Replies and card share a lane: after about an hour the reply is given up, and the card is shown as it is."""
    waits: list[timedelta] = []
    while wait := wait_before_retry(JobKind.REPLY, SlackRefused("m", code), len(waits) + 1, jitter=lambda: 1.0):
        waits.append(wait)
    assert timedelta(minutes=50) < sum(waits, timedelta()) < timedelta(minutes=70)


@pytest.mark.parametrize("code", sorted(PASSING))
def test_slacks_own_faults_pass(code: str) -> None:
    """Tried again like a call that never arrived."""
    assert wait_before_retry(JobKind.REPLY, SlackRefused("m", code), 1, jitter=lambda: 1.0) == timedelta(seconds=1)


def test_no_refusal_of_slack_is_of_two_kinds() -> None:
    """It passes by itself, or needs somebody, or is for ever."""
    kinds = [PASSING, WRONG, GONE, CLOSED_THREAD, WHOLE_WORKSPACE]
    assert len(frozenset().union(*kinds)) == sum(len(kind) for kind in kinds)


@pytest.mark.parametrize(
    ("pace", "error", "held"),
    [
        ("post:C1", SlackThrottled("chat.postMessage", "ratelimited"), "post:C1"),
        ("update:C1", SlackThrottled("chat.update", "ratelimited"), "update:"),
        ("update:C1", SlackThrottled("chat.postMessage", "ratelimited"), "post:C1"),
        ("home:U1", SlackThrottled("users.info", "ratelimited"), "home:"),
        ("home:U1", SlackThrottled("views.publish", "ratelimited"), "home:"),
        ("post:C1", SlackUnreachable("chat.postMessage", "ClientConnectorError"), "post:"),
        ("update:C1", SlackOutcomeUnknown("chat.update", "http_503"), "update:"),
        ("update:C1", SlackRefused("chat.update", "internal_error"), "update:"),
        ("home:U1", SlackOutcomeUnknown("views.publish", "TimeoutError"), "home:"),
        ("post:C1", SlackRefused("chat.postMessage", "token_revoked"), "post:"),
        ("post:C1", SlackRefused("chat.postMessage", "http_407"), "post:"),
        ("post:C1", SlackRefused("chat.postMessage", "not_in_channel"), "post:C1"),
        ("update:C1", SlackRefused("chat.update", "is_inactive"), "update:C1"),
        ("post:C1", SlackRefused("chat.postMessage", "a_code_of_next_year"), "post:C1"),
        ("post:C1", SlackRefused("chat.postMessage", "restricted_action_thread_locked"), None),
        ("post:C1", SlackRefused("chat.postMessage", "invalid_blocks"), None),
        ("update:C1", SlackRefused("chat.update", "message_not_found"), None),
        (None, SlackUnreachable("users.info", "ClientConnectorError"), None),
    ],
)
def test_what_waits_with_a_job_is_what_would_meet_the_same(
    pace: str | None, error: SlackError, held: str | None
) -> None:
    """One channel, a method in all channels, or nothing else."""
    assert pace_to_hold(pace, error) == held


@pytest.mark.parametrize(
    ("pace", "error", "held"),
    [
        ("post:U1", SlackThrottled("users.info", "ratelimited"), None),
        ("post:U1", SlackRefused("usergroups.users.list", "no_such_subteam"), None),
        ("post:U1", SlackRefused("users.info", "token_revoked"), "post:"),
        ("home:U1", SlackThrottled("users.info", "ratelimited"), "home:"),
    ],
)
def test_who_cannot_be_looked_up_for_a_message_keeps_no_channel_waiting(
    pace: str, error: SlackError, held: str | None
) -> None:
    """What is said elsewhere needs no lookup; a Slack that refuses the bot itself refuses everything."""
    assert pace_to_hold(pace, error) == held


@pytest.mark.parametrize(
    ("pace", "error", "held"),
    [
        ("examine:", Throttled("slowly"), "examine:"),
        ("examine:", Unreachable("away"), "examine:"),
        ("examine:", Unauthorized("no"), "examine:"),
        ("examine:", OutcomeUnknown("it takes long"), None),
        (None, Throttled("slowly"), None),
    ],
)
def test_one_examination_at_a_time_asks_a_secmaster_that_refuses(
    pace: str | None, error: SecMasterError, held: str | None
) -> None:
    """All others would meet the same, and use up what decisions need; what one version alone meets holds no other."""
    assert pace_to_hold(pace, error) == held


@pytest.mark.parametrize("backoff", [SECMASTER_DECISION, SECMASTER_READ, SLACK, OPERATOR, UNLOCKED, OWN_MISTAKE])
@given(attempt=st.integers(1, 10**6), low=JITTERS, high=JITTERS)
def test_waits_grow_within_their_bounds(backoff: Backoff, attempt: int, low: float, high: float) -> None:
    """Half the first wait at the least, the longest at the most; more jitter is never a shorter wait."""
    low, high = sorted((low, high))
    shorter, longer = backoff.wait(attempt, lambda: low), backoff.wait(attempt, lambda: high)
    following = backoff.wait(attempt + 1, lambda: low)
    if backoff.attempts is not None and attempt >= backoff.attempts:
        assert shorter is longer is following is None
        return
    assert shorter is not None
    assert longer is not None
    assert backoff.first / 2 <= shorter <= longer <= backoff.longest
    assert following is None or following >= shorter


@pytest.mark.parametrize("kind", list(JobKind))
def test_a_database_that_is_away_costs_no_work(kind: JobKind) -> None:
    """However often the job has waited for something else before."""
    unknown = OperationalError("SELECT 1", {}, Exception("out of sorts"))
    for away in (StoreError("away"), unknown):
        assert wait_before_retry(kind, away, 1000, jitter=lambda: 1.0) == timedelta(minutes=5)


@pytest.mark.parametrize("kind", list(JobKind))
def test_a_mistake_of_ours_ends_no_work_that_nobody_would_miss(kind: JobKind) -> None:
    """A card that is never posted, a version that is never followed: only who looks for them would notice."""
    given_up = wait_before_retry(kind, ValueError("ours"), 8, jitter=lambda: 0.5) is None
    kept = {JobKind.POLL, JobKind.FORGET, JobKind.FOLLOW, JobKind.LOOK, JobKind.POST_CARD}
    kept |= {JobKind.REMIND, JobKind.DIGEST}
    assert given_up is (kind not in kept)
