"""Names by Prometheus' conventions, words from fixed lists, and a README that knows each metric."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from prometheus_client import Histogram
from prometheus_client.metrics import MetricWrapperBase

from bot import errors
from bot.observe import metrics as module
from bot.observe.metrics import OTHER, OUTCOMES, PENDING, STATUSES, Metrics
from bot.reviews.audit import AuditEvent, entry
from bot.reviews.jobs import Job, JobKind
from bot.reviews.models import Result, ReviewState, Route
from bot.reviews.policy import Refusal
from bot.reviews.routing import Routing, Rule
from bot.secmaster.client import CallRecord
from bot.slack.acks import Kind
from bot.slack.calls import SlackCall
from bot.store.numbers import Numbers, Pending
from tests.observe import promql
from tests.observe.exposition import OURS, Scrape
from tests.reviews.fakes import RULES, START
from tests.reviews.test_policy import review

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUTE = Route(channel="C1", notify=(), policy=RULES, locale="en", workspace="SOC")
NAMED = replace(ROUTE, name="containment")
ROUTING = Routing(
    rules=[Rule(route=NAMED)], defaults={"workspace-1": ROUTE, "workspace-2": replace(ROUTE, workspace="Second")}
)
QUEUE = {"due": 2, "scheduled": 1, "running": 0, "buried": 0}
EMPTY = Numbers(at=1000.0, pending=(), jobs=QUEUE, due_since=None, looked_at={})


@pytest.fixture
def metrics() -> Metrics:
    """Of a bot with two workspaces and a route."""
    return Metrics(ROUTING, version="1.2")


def told(metrics: Metrics) -> Scrape:
    """What a scrape would tell."""
    return Scrape(metrics.text().decode())


def registered(metrics: Metrics) -> Iterator[MetricWrapperBase]:
    """Every metric of ours."""
    for collector in metrics.registry._collector_to_names:
        if isinstance(collector, MetricWrapperBase) and collector._name.startswith(OURS):
            yield collector


def row(metric: MetricWrapperBase) -> str:
    """The README's row about a metric."""
    name = metric._name + ("_total" if metric._type == "counter" else "")
    labels = ", ".join(f"`{label}`" for label in metric._labelnames)
    return f"| `{name}` | {metric._type} | {labels} | {metric._documentation} |"


def test_the_readme_has_a_row_for_each_metric(metrics: Metrics) -> None:
    """With name, kind, labels and meaning as in the code, in its order, and no other."""
    readme = promql.README.read_text(encoding="utf-8").splitlines()
    assert [line for line in readme if line.startswith(f"| `{OURS}")] == [row(one) for one in registered(metrics)]


def test_names_go_by_the_conventions(metrics: Metrics) -> None:
    """Base units at the end, no kind in the name, sentences as help; buckets rise."""
    for metric in registered(metrics):
        assert not metric._name.endswith(("_total", "_gauge", "_histogram", "_milliseconds", "_minutes", "_bucket"))
        assert metric._documentation[0].isupper() or metric._documentation[0] == "1"
        assert metric._documentation.endswith(".")
        if isinstance(metric, Histogram):
            assert metric._name.endswith("_seconds")
            assert metric._upper_bounds == sorted(set(metric._upper_bounds))
        if metric._name.endswith(("age", "lag", "duration")):
            pytest.fail(f"{metric._name} has no unit")


def test_what_can_happen_is_there_before_it_does(metrics: Metrics) -> None:
    """As zero: a rate over a series that begins with its first event misses that event."""
    text = told(metrics)
    assert {labels["reason"] for labels in text.series("refusals_total")} == set(Refusal)
    assert len(text.series("jobs_total")) == len(JobKind) * len(OUTCOMES)
    assert {labels["workspace"] for labels in text.series("reviews_opened_total")} == {"SOC", "Second"}
    for name in ("votes_total", "decisions_total", "reviews_closed_total", "decision_failures_total"):
        assert text.value(name) == 0
    assert text.value("build_info", version="1.2", transport="socket") == 1
    metrics.database_says(EMPTY)
    routes = {(one["workspace"], one["route"], one["state"]) for one in told(metrics).series("reviews_pending")}
    known = [("SOC", "default"), ("SOC", "containment"), ("Second", "default")]
    assert routes == {(*route, state) for route in known for state in PENDING}


def test_reviews_wait_by_route_and_state(metrics: Metrics) -> None:
    """Groups of one route are put together, whatever else of it has changed; so are workspaces of one name."""
    metrics.database_says(
        replace(
            EMPTY,
            pending=(
                Pending(route=NAMED, state=ReviewState.OPEN, count=2, oldest_at=400.0),
                Pending(route=replace(NAMED, channel="C2"), state=ReviewState.OPEN, count=3, oldest_at=900.0),
                Pending(route=replace(ROUTE, name="gone"), state=ReviewState.FAILED, count=1, oldest_at=2000.0),
            ),
            due_since=940.0,
            looked_at={"workspace-1": 970.0, "workspace-2": 1001.0},
        )
    )
    text = told(metrics)
    assert text.value("reviews_pending", workspace="SOC", route="containment", state="open") == 5
    assert text.value("reviews_oldest_age_seconds", route="containment", state="open") == 600
    assert text.value("reviews_pending", route="gone", state="failed") == 1
    assert text.value("reviews_oldest_age_seconds", route="gone") == 0  # opened by a clock ahead of ours
    assert text.value("reviews_pending", route="default") == 0
    assert text.value("queue_oldest_due_age_seconds") == 60
    assert text.value("poller_lag_seconds", workspace="SOC") == 30
    assert text.value("poller_lag_seconds", workspace="Second") == 0
    metrics.database_says(EMPTY)
    text = told(metrics)
    assert not [one for one in text.series("reviews_pending") if one["route"] == "gone"]
    assert text.value("queue_oldest_due_age_seconds") == 0
    assert math.isnan(text.value("poller_lag_seconds"))


def test_of_workspaces_of_one_name_the_one_that_waits_longest_is_told() -> None:
    """Whichever comes first."""
    for first, second in ((10.0, 500.0), (500.0, 10.0)):
        metrics = Metrics(replace(ROUTING, defaults={"workspace-1": ROUTE, "workspace-2": ROUTE}))
        metrics.database_says(replace(EMPTY, looked_at={"workspace-1": first, "workspace-2": second}))
        assert told(metrics).value("poller_lag_seconds", workspace="SOC") == 990


def test_the_trail_is_counted(metrics: Metrics) -> None:
    """With times from the submission and the vote; a clock that went back counts as none passed."""
    one, hour = review(), timedelta(hours=1)
    metrics.recorded(
        [
            entry(one, AuditEvent.OPENED, at=START),
            entry(one, AuditEvent.VOTED, {"verdict": "approve"}, at=START),
            entry(one, AuditEvent.DECIDED, {"result": Result.PASS}, at=START, since=START - 3 * hour),
            entry(one, AuditEvent.DECIDED, {"result": Result.UN_PASS}, at=START, since=START + hour),
            entry(one, AuditEvent.ANSWERED, {"result": "PASS", "source": "answer"}, at=START + hour, since=START),
            entry(one, AuditEvent.ANSWERED, {"result": "need modify", "source": "answer"}, at=START),
            entry(one, AuditEvent.FAILED, at=START),
            entry(one, AuditEvent.CLOSED, {"because": "withdrawn", "result": ""}, at=START),
            entry(one, AuditEvent.CLOSED, {"because": "decided_elsewhere", "result": "UN_PASS"}, at=START),
            entry(one, AuditEvent.CLOSED, {"because": "decided_elsewhere", "result": ""}, at=START),
            entry(one, AuditEvent.REMINDED, at=START),
        ]
    )
    text = told(metrics)
    assert text.value("reviews_opened_total", workspace="SOC") == 1
    assert text.value("votes_total", verdict="approve") == 1
    assert text.value("submission_to_decision_seconds_sum", result="PASS") == 3 * 3600
    assert text.value("submission_to_decision_seconds_sum", result="UN_PASS") == 0
    assert text.value("vote_to_opinion_seconds_sum", source="answer") == 3600
    assert text.value("decisions_total", result="PASS", source="answer") == 1
    assert text.value("decisions_total", result=OTHER, source="answer") == 1
    assert text.value("decisions_total", result="UN_PASS", source="elsewhere") == 1
    assert text.value("decisions_total", result=OTHER, source="elsewhere") == 1
    assert text.value("decision_failures_total") == 1
    assert text.value("reviews_closed_total", because="withdrawn") == 1


def test_words_of_strangers_make_no_series(metrics: Metrics) -> None:
    """An invented HTTP status, an unheard of error of Slack's, a result of SecMaster's, a workspace that is gone."""
    stranger = review()
    stranger = replace(stranger, submission=replace(stranger.submission, workspace_id="gone"))
    for number in range(50):
        metrics.slack_called(SlackCall(method="chat.update", status=600 + number, code=f"new_{number}", error="Odd"))
        metrics.secmaster_called(
            CallRecord(operation="X", status=600 + number, code=f"C{number}", request_id="", seconds=1, error="Odd")
        )
        metrics.recorded([entry(stranger, AuditEvent.ANSWERED, {"result": f"R{number}", "source": "?"}, at=START)])
        metrics.recorded([entry(stranger, AuditEvent.VOTED, {"verdict": f"V{number}"}, at=START)])
        metrics.recorded([entry(stranger, AuditEvent.OPENED, at=START)])
    text = told(metrics)
    for name in ("slack_call_duration_seconds_count", "secmaster_call_duration_seconds_count"):
        assert [(one["status"], one["http_status"]) for one in text.series(name)] == [(OTHER, OTHER)]
    assert text.value("slack_call_errors_total", method="chat.update", code=OTHER) == 50
    assert len(text.series("slack_call_errors_total")) == 1
    assert text.value("decisions_total", result=OTHER, source=OTHER) == 50
    assert text.value("votes_total", verdict=OTHER) == 50
    assert text.value("reviews_opened_total", workspace=OTHER) == 50


@pytest.mark.parametrize("kind", [errors.SecMasterError, errors.SlackError])
def test_every_end_of_a_call_has_a_word(kind: type[Exception]) -> None:
    """Of those that can be met: the root of a tree is never raised, and who is locked out has not called."""

    def below(one: type[Exception]) -> Iterator[str]:
        for child in one.__subclasses__():
            yield child.__name__
            yield from below(child)

    assert set(below(kind)) - {"LockedOut"} <= set(STATUSES)


def test_every_http_status_that_there_is_is_told() -> None:
    """And that there was none."""
    assert [module._http(status.value) for status in HTTPStatus] == [str(status.value) for status in HTTPStatus]
    assert (module._http(None), module._http(299)) == ("none", OTHER)


def test_acks_have_kind_and_transport(metrics: Metrics) -> None:
    """Buckets end where Slack's patience does."""
    for kind in Kind:
        metrics.acked(kind, 0.004)
    metrics.acked(Kind.ACTION, 4.0)
    text = told(metrics)
    assert text.value("ack_duration_seconds_bucket", kind="action", transport="socket", le="0.005") == 1
    assert text.value("ack_duration_seconds_bucket", kind="action", le="3.0") == 1
    assert text.value("ack_duration_seconds_count", kind="action") == 2
    assert max(module.ACK_BUCKETS) == 3


def test_connections_are_told_in_socket_mode_alone(metrics: Metrics) -> None:
    """Elsewhere none is no alarm."""
    metrics.sockets_are(2)
    assert told(metrics).value("socket_connections") == 2
    assert math.isnan(told(Metrics(ROUTING, transport="http")).value("socket_connections"))


def test_runs_and_refusals_are_counted(metrics: Metrics) -> None:
    """By kind, outcome and reason."""
    job = Job(id=1, kind=JobKind.DECIDE, subject="r", payload={}, attempt=1, token=1)
    metrics.job_ended(job, "retried")
    metrics.refused(Refusal.GUEST)
    text = told(metrics)
    assert text.value("jobs_total", kind="decide", outcome="retried") == 1
    assert text.value("refusals_total", reason="guest") == 1


def test_nothing_is_told_twice(metrics: Metrics) -> None:
    """No series of when another was created."""
    assert not [name for name in told(metrics).labels() if name.endswith("_created")]


def test_the_dashboard_is_one() -> None:
    """Rows of panels with a title, a unit and the chosen data source; no two have the same number or place."""
    content = json.loads(promql.DASHBOARD.read_text(encoding="utf-8"))
    panels = list(promql.panels(content))
    assert [one["title"] for one in content["panels"] if one["type"] == "row"] == [
        "What waits",
        "Decisions",
        "Services",
        "The bot itself",
    ]
    assert {variable["name"] for variable in content["templating"]["list"]} == {"datasource", "job"}
    for panel in panels:
        assert panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"]
        assert panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
        assert panel["datasource"]["uid"] == "${datasource}"
        for target in panel["targets"]:
            assert target["datasource"]["uid"] == "${datasource}"
            assert 'job=~"$job"' in target["expr"]
    numbers = [one["id"] for one in content["panels"]]
    assert len(set(numbers)) == len(numbers)
    tiles = [
        (x, y)
        for place in (one["gridPos"] for one in content["panels"])
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(set(tiles)) == len(tiles)
    assert max(x for x, _ in tiles) < 24


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ('sum by (a, b) (rate(x_total{job="$job", c=~"d|e_f"}[5m]))', [("x_total", {"a", "b", "job", "c"})]),
        ("1 - x_a / x_b > 0.01", [("x_a", set()), ("x_b", set())]),
        ("max without (i) (x_y offset 5m) and on (j) absent(z_z)", [("x_y", {"i", "j"}), ("z_z", {"i", "j"})]),
        ("x_y[1h]", [("x_y", set())]),
    ],
)
def test_promql_is_read(expression: str, found: list[tuple[str, set[str]]]) -> None:
    """Functions, ranges and texts are no names."""
    assert promql.series(expression) == found
