"""Clicks, from Slack's signed request to what the one who clicked sees."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bot.errors import NotAllowed, ReviewGone, SlackUnreachable
from bot.reviews.models import MessageRef, Verdict
from tests.scenarios.stage import LIN, OMAR, REVIEWS
from tests.slack.listeners.desk import OPEN

if TYPE_CHECKING:
    from tests.slack.listeners.desk import Desk, People


@pytest.mark.parametrize(("action_id", "title"), [("review_approve", "Approve"), ("review_reject", "Reject")])
async def test_a_click_opens_the_reason_modal(desk: Desk, action_id: str, title: str) -> None:
    """At once, after one check of this person for this review; the submit says what it will do."""
    desk.reviews.script["check_vote"] = OPEN
    answer = await desk.interact(desk.click(action_id, ts=await desk.card()))
    assert (answer.status, answer.body) == (200, "")
    await desk.settled()
    assert desk.slack.modals(LIN)[-1]["submit"]["text"] == title
    assert [asked[:3] for asked in desk.reviews.asked] == [("check_vote", LIN, "review-1")]
    assert (desk.called("views.open"), desk.called("views.update")) == (1, 0)


async def test_a_slow_check_opens_a_waiting_form_first(desk: Desk) -> None:
    """The trigger would be dead before the check is done; the form comes into the view that waits."""
    desk.reviews.script["check_vote"] = OPEN
    checked = desk.reviews.hold("check_vote")
    await desk.interact(desk.click("review_approve", ts=await desk.card()))
    await desk.slack.until(desk.modal, what="a view")
    waiting = desk.slack.modals(LIN)[-1]["id"]
    assert "Checking" in desk.modal()
    assert desk.slack.modals(LIN)[-1]["submit"] is None
    checked.set()
    await desk.settled()
    assert desk.slack.modals(LIN)[-1]["callback_id"] == "review_vote"
    assert desk.slack.modals(LIN)[-1]["id"] == waiting


async def test_a_slow_refusal_comes_into_the_waiting_form(desk: Desk) -> None:
    """Nothing to submit, and why."""
    desk.reviews.script["check_vote"] = NotAllowed("Not you.")
    checked = desk.reviews.hold("check_vote")
    await desk.interact(desk.click("review_approve", ts=await desk.card()))
    await desk.slack.until(desk.modal, what="a view")
    checked.set()
    await desk.settled()
    assert "Not you." in desk.modal()
    assert desk.slack.modals(LIN)[-1]["submit"] is None
    assert desk.whispers() == []


async def test_a_slow_check_of_a_dead_trigger_shows_nothing_more(desk: Desk) -> None:
    """There is no view that could be updated; the person is told to try again."""
    desk.reviews.script["check_vote"] = OPEN
    checked = desk.reviews.hold("check_vote")
    await desk.interact(desk.click("review_approve", ts=await desk.card(), trigger="1.2.dead"))
    await desk.slack.until(lambda: desk.called("views.open"), what="an attempt to open the form")
    checked.set()
    await desk.settled()
    assert ["Try again" in said for said in desk.whispers()] == [True]
    assert desk.called("views.update") == 0


async def test_a_refusal_in_a_channel_is_whispered(desk: Desk) -> None:
    """Only the one who clicked sees it, and no form opens."""
    desk.reviews.script["check_vote"] = NotAllowed("Not you.")
    await desk.interact(desk.click("review_approve", ts=await desk.card()))
    await desk.settled()
    assert desk.whispers() == ["Not you."]
    assert desk.whispers(OMAR) == []
    assert desk.slack.modals(LIN) == []


async def test_a_refusal_in_the_home_is_a_modal(desk: Desk) -> None:
    """There is no message beside which to whisper."""
    desk.reviews.script["check_vote"] = ReviewGone("Gone.")
    await desk.interact(desk.click("review_approve"))
    await desk.settled()
    assert "Gone." in desk.modal()
    assert desk.whispers() == []


async def test_a_mistake_of_ours_is_a_reference_not_its_text(desk: Desk) -> None:
    """The person learns where to ask, the log the rest."""
    desk.reviews.script["check_vote"] = RuntimeError("postgres://secret")
    await desk.interact(desk.click("review_approve", ts=await desk.card()))
    await desk.settled()
    assert "reference" in desk.whispers()[0]
    assert "secret" not in desk.whispers()[0]


async def test_a_dead_trigger_is_whispered(desk: Desk) -> None:
    """Slack took more than three seconds to bring the click: pressing again helps."""
    desk.reviews.script["check_vote"] = OPEN
    await desk.interact(desk.click("review_approve", ts=await desk.card(), trigger="1.2.dead"))
    await desk.settled()
    assert ["Try again" in said for said in desk.whispers()] == [True]


async def test_a_click_delivered_twice_opens_one_form_in_silence(desk: Desk) -> None:
    """The second delivery finds its trigger spent."""
    desk.reviews.script["check_vote"] = OPEN
    click = desk.click("review_approve", ts=await desk.card())
    await desk.interact(click)
    await desk.settled()
    await desk.interact(click)
    await desk.settled()
    assert desk.called("views.open") == 2
    assert len(desk.slack.modals(LIN)) == 1
    assert desk.whispers() == []


async def test_retry_and_refresh_ask_the_service(desk: Desk) -> None:
    """Each for the person who pressed; nothing is shown when it went well."""
    await desk.interact(desk.click("review_retry", ts=await desk.card()))
    await desk.interact(desk.click("home_refresh"))
    await desk.settled()
    assert [asked[:2] for asked in desk.reviews.asked] == [("retry", LIN), ("opened_home", LIN)]
    assert (desk.whispers(), desk.modal()) == ([], "")


async def test_a_retry_that_is_refused_is_told(desk: Desk) -> None:
    """To the one who pressed."""
    desk.reviews.script["retry"] = NotAllowed("Not you.")
    await desk.interact(desk.click("review_retry", ts=await desk.card()))
    await desk.settled()
    assert desk.whispers() == ["Not you."]


@pytest.mark.parametrize("action_id", ["approve_v0", "review_approve\n", "\nreview_approve", "review_approve2", "a\nb"])
async def test_a_button_of_an_older_version_says_so(desk: Desk, action_id: str) -> None:
    """Acked, whatever its id; nothing is asked of the service."""
    answer = await desk.interact(desk.click(action_id, ts=await desk.card()))
    assert answer.status == 200
    await desk.settled()
    assert "does nothing any more" in desk.whispers()[0]
    assert desk.reviews.asked == []


async def test_people_are_answered_in_their_language(desk: Desk, directory: People) -> None:
    """English when Slack does not say which that is."""
    directory.people[LIN] = replace(directory.people[LIN], locale="zh-CN")
    ts = await desk.card()
    for directory.down in (False, True):
        await desk.interact(desk.click("old", ts=ts))
        await desk.settled()
    assert desk.whispers()[0].startswith("该按钮已失效")
    assert "does nothing any more" in desk.whispers()[1]


async def test_a_person_who_cannot_be_looked_up_learns_that_nothing_was_done(desk: Desk) -> None:
    """Whose check fails does not vote."""
    desk.reviews.script["check_vote"] = SlackUnreachable("users.info", "ClientConnectorError")
    await desk.interact(desk.click("review_approve", ts=await desk.card()))
    await desk.settled()
    assert "nothing was done" in desk.whispers()[0]


ODD: list[dict[str, Any]] = [
    {"actions": [{}]},
    {"actions": [{"type": "button", "action_id": "review_approve"}]},
    {"actions": [{"type": "button", "action_id": "review_approve", "value": {"a": 1}}]},
    {"user": None},
    {"user": {}},
    {"user": "U0"},
    {"container": None},
    {"container": "C0"},
    {"container": {"type": "message", "channel_id": "C0NOWHERE", "message_ts": "1.0"}},
    {"trigger_id": None},
    {"team": None},
    {"type": "block_suggestion"},
    {"type": None},
    {"type": "shortcut", "callback_id": "x"},
    {"type": "message_action", "callback_id": "x"},
    {"type": "dialog_submission", "callback_id": "x"},
]


@pytest.mark.parametrize("odd", ODD, ids=str)
async def test_odd_payloads_have_no_effect_and_are_no_failure_of_ours(desk: Desk, odd: dict[str, Any]) -> None:
    """Slack is never answered 5xx (it would deliver again), nobody but the service decides, and no form opens."""
    desk.reviews.script["check_vote"] = NotAllowed("Not you.")
    answer = await desk.interact(desk.click("review_approve", ts=await desk.card()) | odd)
    assert answer.status < 500
    await desk.settled()
    assert {asked[0] for asked in desk.reviews.asked} <= {"check_vote"}
    assert not [view for view in desk.slack.modals(LIN) if view["submit"]]


@pytest.mark.parametrize(("value", "redrawn"), [("review-1", True), ("review-2", False), (None, False)])
async def test_only_a_message_with_the_pressed_button_counts_as_the_card(
    desk: Desk, value: str | None, *, redrawn: bool
) -> None:
    """What is mended is the message that shows the review, not whichever message a click says it was in."""
    desk.reviews.script["check_vote"] = NotAllowed("Not you.")
    ts = await desk.card()
    row = {"type": "actions", "elements": [{"type": "button", "action_id": "review_approve", "value": value}]}
    await desk.interact(desk.click("review_approve", ts=ts) | {"message": {"blocks": [row]}})
    await desk.settled()
    met = MessageRef(channel=REVIEWS, ts=ts) if redrawn else None
    assert desk.reviews.asked == [("check_vote", LIN, "review-1", Verdict.APPROVE, met)]
    assert desk.whispers() == ["Not you."]


async def test_the_form_remembers_whom_it_was_opened_for(desk: Desk) -> None:
    """An id among ids."""
    desk.reviews.script["check_vote"] = OPEN
    await desk.interact(desk.click("review_reject", ts=await desk.card()))
    await desk.settled()
    metadata = json.loads(desk.slack.modals(LIN)[-1]["private_metadata"])
    assert metadata == {"review": "review-1", "verdict": "reject", "user": LIN}


@pytest.mark.parametrize("action_id", ["review_approve", "review_retry", "home_refresh"])
async def test_a_click_from_another_workspace_is_refused(desk: Desk, action_id: str) -> None:
    """Before anything is asked of the service."""
    await desk.interact(desk.click(action_id, ts=await desk.card()) | {"team": {"id": "T0OTHER000"}})
    await desk.settled()
    assert desk.reviews.asked == []
    assert "Only people of the workspace" in desk.whispers()[-1]
