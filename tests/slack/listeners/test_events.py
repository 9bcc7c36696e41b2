"""Events, and what the manifest promises."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.scenarios.stage import LIN

if TYPE_CHECKING:
    from slack_bolt.response import BoltResponse

    from tests.slack.listeners.desk import Desk

MANIFEST = yaml.safe_load((Path(__file__).parents[3] / "manifest.yml").read_text(encoding="utf-8"))


async def happen(desk: Desk, event: dict[str, Any], *, team: str = "") -> BoltResponse:
    """Slack tells of an event; returns once what follows is done."""
    body = {"type": "event_callback", "team_id": team or desk.slack.team_id, "event_id": "Ev1", "event": event}
    answer = await desk.deliver(json.dumps(body), "application/json")
    await desk.settled()
    return answer


async def test_an_opened_home_is_published(desk: Desk) -> None:
    """The home tab is; the messages tab is not."""
    await happen(desk, {"type": "app_home_opened", "user": LIN, "tab": "messages"})
    assert desk.reviews.asked == []
    await happen(desk, {"type": "app_home_opened", "user": LIN, "tab": "home"})
    assert desk.reviews.asked == [("opened_home", LIN)]


async def test_a_home_that_nobody_can_see_is_not_published(desk: Desk) -> None:
    """In another workspace, or of nobody; there is no place to say so, and it is no failure."""
    opened = {"type": "app_home_opened", "user": LIN, "tab": "home"}
    assert (await happen(desk, opened, team="T0OTHER000")).status == 200
    assert (await happen(desk, opened | {"user": "U0NOBODY00"})).status == 200
    assert desk.reviews.asked == []


@pytest.mark.parametrize("event_type", MANIFEST["settings"]["event_subscriptions"]["bot_events"])
async def test_every_event_of_the_manifest_has_a_listener(desk: Desk, event_type: str) -> None:
    """And is acked, whatever else is in it."""
    assert (await happen(desk, {"type": event_type, "user": LIN})).status == 200


async def test_other_events_have_none(desk: Desk) -> None:
    """What is not subscribed does not come; were it to come, nothing happens."""
    assert (await happen(desk, {"type": "reaction_added", "user": LIN})).status == 404


async def test_the_loss_of_the_workspace_is_an_error_in_the_log(
    desk: Desk, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """Otherwise nobody would know why everything fails from now on."""
    with caplog.at_level(logging.ERROR):
        await happen(desk, {"type": "app_uninstalled"})
    assert "slack.removed" in caplog.text + capsys.readouterr().out


async def test_slacks_first_question_is_answered(desk: Desk) -> None:
    """The request URL is verified by its challenge."""
    answer = await desk.deliver(json.dumps({"type": "url_verification", "challenge": "c1"}), "application/json")
    assert (answer.status, json.loads(answer.body)["challenge"]) == (200, "c1")


@pytest.mark.parametrize("event", [{"type": "app_home_opened", "tab": "home"}, {"type": "app_home_opened"}, {}])
async def test_odd_events_are_no_failure_of_ours(desk: Desk, event: dict[str, Any]) -> None:
    """Slack would deliver a failed one again and again."""
    assert (await happen(desk, event)).status < 500
