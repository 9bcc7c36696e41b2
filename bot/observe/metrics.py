"""Prometheus metrics of one process, and of the database that it shares with others."""

from __future__ import annotations

import math
from collections import Counter as Tally
from http import HTTPStatus
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from bot.jobs.retry import CLOSED_THREAD, GONE, PASSING, WHOLE_WORKSPACE, WRONG
from bot.reviews.audit import AuditEvent
from bot.reviews.jobs import JobKind
from bot.reviews.models import ClosedBecause, OpinionSource, Result, ReviewState, Verdict
from bot.reviews.policy import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.reviews.audit import AuditEntry
    from bot.reviews.jobs import Job
    from bot.reviews.models import Route
    from bot.reviews.routing import Routing
    from bot.secmaster.client import CallRecord
    from bot.slack.acks import Kind
    from bot.slack.calls import SlackCall
    from bot.store.numbers import Numbers

OTHER = "other"
"""In the place of a word that is on no list of ours: what strangers say makes no series."""
ELSEWHERE = "elsewhere"
"""The source of a decision that was made in SecMaster's console."""

OUTCOMES = ("done", "again", "retried", "given_up")
PENDING = (ReviewState.OPEN, ReviewState.DECIDING, ReviewState.FAILED)
QUEUE = ("due", "scheduled", "running", "buried")
RESULTS = (Result.PASS, Result.UN_PASS, OTHER)
SOURCES = (*OpinionSource, ELSEWHERE)

STATUSES = {
    "": "ok",
    "Refused": "refused",
    "NotFound": "not_found",
    "Unauthorized": "unauthorized",
    "Throttled": "throttled",
    "Unreachable": "unreachable",
    "OutcomeUnknown": "outcome_unknown",
    "SlackRefused": "refused",
    "SlackThrottled": "throttled",
    "SlackUnreachable": "unreachable",
    "SlackOutcomeUnknown": "outcome_unknown",
}
"""What became of a call, by the class of its error."""

SLACK_CODES = (
    PASSING | WRONG | GONE | CLOSED_THREAD | WHOLE_WORKSPACE
    | {
        "channel_not_found", "exchanged_trigger_id", "expired_trigger_id", "hash_conflict", "invalid_trigger_id",
        "is_archived", "no_such_subteam", "not_found", "not_in_channel", "plan_upgrade_required", "rate_limited",
        "ratelimited", "restricted_action", "users_not_found",
    }
)  # fmt: skip
"""The errors of Slack's that have a name here; the others are told by their HTTP status in `http_status`."""

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
ACK_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0)
"""Slack gives up after three seconds."""
CALL_BUCKETS = (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""A call of Slack ends after 10 seconds, one of SecMaster after 60."""
DECISION_BUCKETS = (
    5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, DAY, 2 * DAY, 4 * DAY, 7 * DAY, 14 * DAY,
)  # fmt: skip
OPINION_BUCKETS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR)


class Metrics:
    """What is counted; a registry of its own, so that two bots in one process do not meet.

    What the database tells is the same on every replica. The rest is of this process, and every event is counted by
    the one process that made it happen.
    """

    def __init__(self, routing: Routing | None = None, *, transport: str = "socket", version: str = "") -> None:
        """`routing` names what exists before anything happens there; `transport` is socket or http."""
        disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each, which nobody asks for
        self.registry = CollectorRegistry()
        for collector in (GCCollector, PlatformCollector, ProcessCollector):
            collector(registry=self.registry)
        self._transport = transport
        self.follow(routing)
        self._gauges_of_database()
        self._counters_of_reviews()
        self._metrics_of_services()
        self._metrics_of_process(version)

    def follow(self, routing: Routing | None) -> None:
        """Tell from now on of what this routing names."""
        self._routes = _routes_of(routing)
        self._workspaces = {name: route.workspace for name, route in routing.defaults.items()} if routing else {}

    def _gauges_of_database(self) -> None:
        self._database = self._gauge("database_up", "1 when the database answers, else 0.")
        self._pending = self._gauge(
            "reviews_pending", "Reviews without an outcome yet, by route and state.", "workspace", "route", "state"
        )
        self._oldest = self._gauge(
            "reviews_oldest_age_seconds",
            "Age of the oldest review without an outcome, since it was opened; 0 when there is none.",
            "workspace", "route", "state",
        )  # fmt: skip
        self._queue = self._gauge("queue_jobs", "Jobs in the database, by state; 1000 stands for more, too.", "state")
        self._overdue = self._gauge(
            "queue_oldest_due_age_seconds", "How long the oldest due job waits for a worker; 0 when none is due."
        )
        self._lag = self._gauge(
            "poller_lag_seconds",
            "Seconds since the last look for submissions that succeeded, by workspace; "
            "before the first, since looking began.",
            "workspace",
        )

    def _counters_of_reviews(self) -> None:
        self._opened = self._counter("reviews_opened", "Reviews opened.", "workspace")
        self._votes = self._counter("votes", "Votes counted, also those that replace one.", "verdict")
        self._refusals = self._counter("refusals", "Refusals to let somebody vote or use the bot, by reason.", "reason")
        self._decisions = self._counter(
            "decisions",
            "Decisions that SecMaster has, by its result and by how it is known; elsewhere is made in its console.",
            "result", "source",
        )  # fmt: skip
        self._failures = self._counter("decision_failures", "Decisions that SecMaster refused or that were given up.")
        self._closed = self._counter("reviews_closed", "Reviews ended without a decision of ours, by cause.", "because")
        self._to_decision = self._histogram(
            "submission_to_decision_seconds",
            "From the submission in SecMaster to the vote that decided.",
            DECISION_BUCKETS, "result",
        )  # fmt: skip
        self._to_opinion = self._histogram(
            "vote_to_opinion_seconds",
            "From the vote that decided to the opinion that SecMaster returned.",
            OPINION_BUCKETS, "source",
        )  # fmt: skip
        for name in self._workspaces.values():
            self._opened.labels(name)
        for verdict in Verdict:
            self._votes.labels(verdict)
        for refusal in Refusal:
            self._refusals.labels(refusal)
        for because in ClosedBecause:
            self._closed.labels(because)
        for result in RESULTS:
            for source in SOURCES:
                self._decisions.labels(result, source)

    def _metrics_of_services(self) -> None:
        self._secmaster = self._histogram(
            "secmaster_call_duration_seconds",
            "Calls of SecMaster, by method, what became of them and HTTP status.",
            CALL_BUCKETS, "method", "status", "http_status",
        )  # fmt: skip
        self._slack = self._histogram(
            "slack_call_duration_seconds",
            "Calls of Slack, by method, what became of them and HTTP status.",
            CALL_BUCKETS, "method", "status", "http_status",
        )  # fmt: skip
        self._slack_errors = self._counter(
            "slack_call_errors", "Calls of Slack that it did not take, by method and its word for it.", "method", "code"
        )

    def _metrics_of_process(self, version: str) -> None:
        self._jobs = self._counter("jobs", "Jobs run, by kind and outcome.", "kind", "outcome")
        for kind in JobKind:
            for outcome in OUTCOMES:
                self._jobs.labels(kind, outcome)
        self._acks = self._histogram(
            "ack_duration_seconds",
            "From the arrival of what Slack delivers to its ack, by kind and transport.",
            ACK_BUCKETS, "kind", "transport",
        )  # fmt: skip
        if self._transport == "socket":
            self._sockets = self._gauge("socket_connections", "Socket Mode connections that stand.")
        self._gauge("build_info", "1; tells version and transport.", "version", "transport").labels(
            version, self._transport
        ).set(1)

    def _gauge(self, name: str, meaning: str, *labels: str) -> Gauge:
        return Gauge(f"secmaster_bot_{name}", meaning, labels, registry=self.registry)

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(f"secmaster_bot_{name}", meaning, labels, registry=self.registry)

    def _histogram(self, name: str, meaning: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(f"secmaster_bot_{name}", meaning, labels, registry=self.registry, buckets=buckets)

    # --- what happens in this process ------------------------------------------------------------------------------

    def job_ended(self, job: Job, outcome: str) -> None:
        """Count one run of a job."""
        self._jobs.labels(job.kind, outcome).inc()

    def refused(self, refusal: Refusal) -> None:
        """Count one refusal."""
        self._refusals.labels(refusal).inc()

    def acked(self, kind: Kind, seconds: float) -> None:
        """Something that Slack delivered was acked so long after it came."""
        self._acks.labels(kind, self._transport).observe(seconds)

    def secmaster_called(self, call: CallRecord) -> None:
        """A call of SecMaster has ended."""
        status = STATUSES.get(call.error, OTHER)
        self._secmaster.labels(call.operation, status, _http(call.status)).observe(call.seconds)

    def slack_called(self, call: SlackCall) -> None:
        """A call of Slack has ended."""
        status = STATUSES.get(call.error, OTHER)
        self._slack.labels(call.method, status, _http(call.status)).observe(call.seconds)
        if call.error:
            self._slack_errors.labels(call.method, _known(call.code, SLACK_CODES)).inc()

    def recorded(self, entries: Iterable[AuditEntry]) -> None:
        """Count what this process has added to the audit trail."""
        for entry in entries:
            self._record(entry)

    def _record(self, entry: AuditEntry) -> None:
        details = entry.details
        result = _known(details.get("result"), RESULTS)
        match entry.event:
            case AuditEvent.OPENED:
                self._opened.labels(self._workspaces.get(entry.workspace_id, OTHER)).inc()
            case AuditEvent.VOTED:
                self._votes.labels(_known(details.get("verdict"), Verdict)).inc()
            case AuditEvent.DECIDED:
                self._to_decision.labels(result).observe(_seconds(entry))
            case AuditEvent.ANSWERED:
                source = _known(details.get("source"), SOURCES)
                self._decisions.labels(result, source).inc()
                self._to_opinion.labels(source).observe(_seconds(entry))
            case AuditEvent.FAILED:
                self._failures.inc()
            case AuditEvent.CLOSED:
                because = _known(details.get("because"), ClosedBecause)
                self._closed.labels(because).inc()
                if because == ClosedBecause.DECIDED_ELSEWHERE:
                    self._decisions.labels(result, ELSEWHERE).inc()
            case _:
                pass

    # --- what is measured when somebody asks -----------------------------------------------------------------------

    def database_says(self, numbers: Numbers | None) -> None:
        """Numbers of the database; None when it does not answer."""
        self._database.set(0 if numbers is None else 1)
        for gauge in (self._pending, self._oldest, self._queue, self._lag):
            gauge.clear()  # what was true before an outage may not be true now
        self._overdue.set(math.nan)
        if numbers is None:
            return
        self._show_pending(numbers)
        for state in QUEUE:
            self._queue.labels(state).set(numbers.jobs[state])
        self._overdue.set(max(numbers.at - numbers.due_since, 0) if numbers.due_since is not None else 0)
        newest_first = sorted(numbers.looked_at.items(), key=lambda look: look[1], reverse=True)
        for workspace_id, looked_at in newest_first:  # of workspaces of one name the one that waits longest is told
            self._lag.labels(self._workspaces[workspace_id]).set(max(numbers.at - looked_at, 0))

    def _show_pending(self, numbers: Numbers) -> None:
        """Every route that is configured, and those of settings that are no more while reviews of theirs wait."""
        counts: Tally[tuple[str, str, str]] = Tally({(*route, state): 0 for route in self._routes for state in PENDING})
        ages: dict[tuple[str, str, str], float] = dict.fromkeys(counts, 0.0)
        for group in numbers.pending:
            key = (group.route.workspace, group.route.name, group.state)
            counts[key] += group.count
            ages[key] = max(ages.get(key, 0.0), numbers.at - group.oldest_at)
        for key, count in counts.items():
            self._pending.labels(*key).set(count)
            self._oldest.labels(*key).set(ages[key])

    def sockets_are(self, count: int) -> None:
        """How many Socket Mode connections stand."""
        self._sockets.set(count)

    def text(self) -> bytes:
        """All of it in the text format."""
        return generate_latest(self.registry)


def _routes_of(routing: Routing | None) -> list[tuple[str, str]]:
    routes: list[Route] = [*routing.defaults.values(), *(rule.route for rule in routing.rules)] if routing else []
    return [(route.workspace, route.name) for route in routes]


def _known(word: object, words: Iterable[str]) -> str:
    return next((known for known in words if known == word), OTHER)


_HTTP = {status.value: str(status.value) for status in HTTPStatus}


def _http(status: int | None) -> str:
    """An HTTP status that there is; `none` without an answer."""
    return "none" if status is None else _HTTP.get(status, OTHER)


def _seconds(entry: AuditEntry) -> float:
    return max((entry.at - entry.since).total_seconds(), 0.0) if entry.since else 0.0
