"""What /metrics tells after votes, refusals, a rejected call and a throttled one, whichever way Slack reaches us."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from tests.observe import promql
from tests.observe.exposition import OURS, Scrape, scrape
from tests.scenarios.stage import GUEST, JONAS, LIN, OMAR

if TYPE_CHECKING:
    from tests.scenarios.conftest import Open
    from tests.scenarios.stage import Stage

APPROVAL = "CreateAopWorkflowVersionApprovel"
ROUTES = '[[routes]]\nname = "containment"\nworkflow = "isolate*"\n[[routes]]\nworkflow = "no such*"\n'


async def play(stage: Stage) -> tuple[Scrape, Scrape]:
    """What is told while everything waits, and when it is over."""
    passed, rejected, late = stage.pending()
    for version in (passed, rejected, late):
        await stage.examined(version)
    waiting = await scrape(stage.bot)

    await stage.press(JONAS, late, "review_approve")
    await stage.whispered(JONAS, "You are not a reviewer")
    await stage.press(GUEST, late, "review_approve")
    await stage.whispered(GUEST, "Guests cannot use")
    await stage.say(GUEST, "pending")
    await stage.say(LIN, "pending")
    await stage.slack.open_home(LIN)
    await stage.home(LIN, passed)

    stage.slack.faults.throttle("chat.postMessage", retry_after=1)
    await stage.vote(LIN, passed, "approve", "Tested")
    await stage.told(passed, "Final status")

    stage.secmaster.faults.fail(APPROVAL, 400, "SecMaster.20040001", message="Parameter error.")
    await stage.vote(OMAR, rejected, "reject", "No way back")
    await stage.shows(rejected, "did not accept the decision")
    await stage.press(LIN, rejected, "review_retry")
    await stage.told(rejected, "Final status")

    stage.secmaster.faults.fail(APPROVAL, 429, retry_after=1)
    stage.secmaster.faults.apply_then_drop(APPROVAL)
    await stage.vote(LIN, late, "approve", "In time")
    await stage.told(late, "read back")

    workflow = stage.secmaster.new_workflow("Quarantine mailbox", "EASE", "Moves a mailbox aside", "k.tanaka")
    elsewhere = stage.secmaster.new_version(workflow["id"], description="First", submitter="k.tanaka")
    stage.secmaster.submit(elsewhere)
    await stage.examined(elsewhere)
    stage.secmaster.decide(elsewhere, "UN_PASS", "Console says no")
    await stage.shows(elsewhere, "decided in SecMaster")
    return waiting, await scrape(stage.bot)


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_what_was_played_is_what_is_told(open_stage: Open, mode: str) -> None:
    """Reviews by route, decisions, refusals, calls, jobs, acks, connections, the poller; no words of strangers."""
    async with open_stage(mode, toml=ROUTES) as stage:
        waiting, over = await play(stage)
        workspace = stage.secmaster.workspace_id
        versions = {entry["id"] for entry in stage.secmaster.versions.values()}

    what_waits(waiting, workspace)
    assert over.value("reviews_pending") == 0
    assert over.value("reviews_opened_total", workspace=workspace) == 4
    assert 0 <= over.value("poller_lag_seconds", workspace=workspace) < 60
    decisions(over)
    services(over)
    work(over)
    acks(over, mode)
    assert math.isnan(over.value("socket_connections")) is (mode == "http")
    assert over.value("build_info", transport=mode) == 1
    told = set(over.words())
    assert not told & versions
    assert not told & {LIN, OMAR, JONAS, GUEST}


def what_waits(told: Scrape, workspace: str) -> None:
    """Three versions, one of which takes a route of the file."""
    assert told.value("reviews_pending", workspace=workspace, route="containment", state="open") == 1
    assert told.value("reviews_pending", workspace=workspace, route="default", state="open") == 2
    assert told.value("reviews_pending", route="2") == 0
    assert 0 < told.value("reviews_oldest_age_seconds", route="containment", state="open") < 120
    assert told.value("reviews_oldest_age_seconds", state="failed") == 0


def decisions(told: Scrape) -> None:
    """Three of ours, one elsewhere; three refusals."""
    assert told.value("votes_total", verdict="approve") == 2
    assert told.value("votes_total", verdict="reject") == 1
    assert told.value("decisions_total", result="PASS", source="answer") == 1
    assert told.value("decisions_total", result="PASS", source="read_back") == 1
    assert told.value("decisions_total", result="UN_PASS", source="answer") == 1
    assert told.value("decisions_total", result="UN_PASS", source="elsewhere") == 1
    assert told.value("decisions_total") == 4
    assert told.value("decision_failures_total") == 1
    assert told.value("reviews_closed_total", because="decided_elsewhere") == 1
    assert told.value("reviews_closed_total") == 1
    assert told.value("submission_to_decision_seconds_count") == 3
    assert told.value("submission_to_decision_seconds_bucket", result="PASS", le="+Inf") == 2
    assert told.value("vote_to_opinion_seconds_count", source="answer") == 2
    assert 1 < told.value("vote_to_opinion_seconds_sum", source="read_back") < 60
    assert told.value("refusals_total", reason="not_a_reviewer") == 1
    assert told.value("refusals_total", reason="guest") == 2
    assert told.value("refusals_total") == 3


def services(told: Scrape) -> None:
    """The rejected call, the throttled ones, the one whose answer was lost, and those that went well."""
    calls, posts = "secmaster_call_duration_seconds_count", "slack_call_duration_seconds_count"
    assert told.value(calls, method=APPROVAL, status="ok", http_status="200") == 2
    assert told.value(calls, method=APPROVAL, status="refused", http_status="400") == 1
    assert told.value(calls, method=APPROVAL, status="throttled", http_status="429") == 1
    assert told.value(calls, method=APPROVAL, status="outcome_unknown", http_status="none") == 1
    assert told.value(posts, method="chat.postMessage", status="throttled", http_status="429") == 1
    assert told.value(posts, method="chat.postMessage", status="ok", http_status="200") > 3
    assert told.value(posts, method="response_url", status="ok", http_status="200") == 2
    assert told.value("slack_call_errors_total", method="chat.postMessage", code="ratelimited") == 1


def work(told: Scrape) -> None:
    """Decisions were tried again; nothing is left undone."""
    assert told.value("jobs_total", kind="decide", outcome="retried") == 2
    assert told.value("jobs_total", kind="decide", outcome="given_up") == 1
    assert told.value("jobs_total", kind="poll", outcome="again") > 1
    assert told.value("queue_jobs", state="buried") == 0
    assert 0 <= told.value("queue_oldest_due_age_seconds") < 60
    assert told.value("database_up") == 1


def acks(told: Scrape, transport: str) -> None:
    """Of all that people did, in time."""
    kinds = {"command": 2, "action": 6, "view_submission": 3, "event": 1}
    name = "ack_duration_seconds_count"
    assert {kind: told.value(name, kind=kind, transport=transport) for kind in kinds} == kinds
    assert told.value("ack_duration_seconds_bucket", le="3.0") == told.value(name) == sum(kinds.values())


async def test_the_dashboard_and_the_alerts_ask_for_what_there_is(open_stage: Open) -> None:
    """Every metric and label that the dashboard and the README ask for is told by a bot that was at work.

    And every metric of ours is on the dashboard, or said to be left out.
    """
    async with open_stage(toml=ROUTES) as stage:
        _, over = await play(stage)
    told = over.labels()
    asked = promql.dashboard() | promql.readme()
    assert len(asked) > 25
    for expression in sorted(asked):
        for name, labels in promql.series(expression):
            assert name in told, f"{name} in {expression}"
            missing = labels - told[name] - promql.OF_PROMETHEUS
            assert not missing, f"{missing} of {name} in {expression}"

    shown = {promql.metric(name) for expression in promql.dashboard() for name, _ in promql.series(expression)}
    ours = {family.name for family in over.families if family.name.startswith(OURS)}
    assert ours - shown == promql.LEFT_OUT
