"""Submitted forms, from Slack's signed request to what stands in the modal afterwards."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from bot.errors import NoHeir, NotAllowed, QuestionGone, ReasonRefused, ReviewGone, SlackUnreachable
from bot.reviews.models import ClosedBecause, Verdict
from bot.sandbox.slack.blockkit import too_large, view_problems
from tests.scenarios.stage import LIN, text_of
from tests.slack.listeners.desk import CLOSED, OPEN

if TYPE_CHECKING:
    from slack_bolt.response import BoltResponse

    from tests.slack.listeners.desk import Desk


def said(answer: BoltResponse) -> dict[str, Any]:
    """The answer to the submit; a view in it is one that Slack takes."""
    assert answer.status == 200
    body: dict[str, Any] = json.loads(answer.body) if answer.body else {}
    assert view_problems(body["view"]) == [] if "view" in body else True
    return body


async def test_a_counted_vote_closes_the_modal(desk: Desk) -> None:
    """The service got the reason as typed, the verdict, and the view that tells a second delivery."""
    assert said(await desk.interact(desk.form("  As typed\n"))) == {}
    assert desk.reviews.asked == [("vote", LIN, "review-1", Verdict.APPROVE, "  As typed\n", "V0FORM")]


async def test_an_empty_reason_reaches_the_service_as_none(desk: Desk) -> None:
    """Slack sends null for an empty field; whether that will do is the policy's business."""
    assert said(await desk.interact(desk.form(None))) == {}
    assert desk.reviews.asked[0][4] == ""


async def test_a_refused_reason_is_an_error_by_its_field(desk: Desk) -> None:
    """The form stays open."""
    desk.reviews.script["vote"] = ReasonRefused("Say why.")
    assert said(await desk.interact(desk.form())) == {"response_action": "errors", "errors": {"reason": "Say why."}}


async def test_a_refused_person_is_told_and_keeps_the_reason(desk: Desk) -> None:
    """The typed words can be copied."""
    desk.reviews.script["vote"] = NotAllowed("Not you.")
    answer = said(await desk.interact(desk.form("My words")))
    assert answer["response_action"] == "update"
    assert "Not you." in text_of(answer["view"])
    assert "My words" in text_of(answer["view"])


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (replace(CLOSED, closed_because=ClosedBecause.WITHDRAWN), "withdrawn"),
        (OPEN, "not open any more"),
        (None, "Gone."),
    ],
)
async def test_a_vote_too_late_says_what_happened_and_keeps_the_reason(desk: Desk, found: Any, words: str) -> None:
    """Who was faster, as far as it is known."""
    desk.reviews.script |= {"vote": ReviewGone("Gone."), "find": found}
    answer = said(await desk.interact(desk.form("My words")))
    assert answer["response_action"] == "update"
    assert words in text_of(answer["view"])
    assert "My words" in text_of(answer["view"])


@pytest.mark.parametrize("error", [SlackUnreachable("users.info", "x"), RuntimeError("secret")])
async def test_a_failure_keeps_the_form_open(desk: Desk, error: Exception) -> None:
    """Sending it again counts once."""
    desk.reviews.script["vote"] = error
    answer = said(await desk.interact(desk.form()))
    assert "Submit again" in answer["errors"]["reason"]
    assert "secret" not in answer["errors"]["reason"]


@pytest.mark.parametrize(
    ("error", "words"),
    [(None, "It counts"), (NotAllowed("Not you."), "Not you."), (ReasonRefused("Say why."), "Say why.")],
)
async def test_a_slow_vote_waits_in_the_modal_for_its_outcome(desk: Desk, error: Exception | None, words: str) -> None:
    """Slack waits three seconds; nothing claims to count before it does, and the reason is never lost."""
    desk.reviews.script |= {"vote": error, "check_vote": OPEN}
    await desk.interact(desk.click("review_approve", ts=await desk.card()))
    await desk.settled()
    view_id = desk.slack.modals(LIN)[-1]["id"]
    counted = desk.reviews.hold("vote")
    answer = said(await desk.interact(desk.form("My words", id=view_id)))
    assert answer["response_action"] == "update"
    assert "does not count yet" in text_of(answer["view"])
    assert "My words" in text_of(answer["view"])
    counted.set()
    await desk.settled()
    assert words in desk.modal()
    assert error is None or "My words" in desk.modal()


FORGED: list[dict[str, Any]] = [
    {"private_metadata": ""},
    {"private_metadata": "not json"},
    {"private_metadata": "[]"},
    {"private_metadata": "null"},
    {"private_metadata": '{"review": "review-1"}'},
    {"private_metadata": '{"review": "review-1", "verdict": "PASS"}'},
    {"private_metadata": '{"review": "review-1", "verdict": ["approve"]}'},
    {"private_metadata": "[" * 3000},
    {"private_metadata": None},
    {"private_metadata": 7},
    {"callback_id": "vote_v0"},
    {"callback_id": ""},
    {"state": None},
    {"state": {"values": {"reason": None}}},
    {"state": {"values": {"reason": {"reason_text": "text"}}}},
    {"state": {"values": []}},
    {"state": "state"},
]


@pytest.mark.parametrize("forged", FORGED, ids=range(len(FORGED)))
async def test_forms_not_of_our_making_count_nothing(desk: Desk, forged: dict[str, Any]) -> None:
    """They are told to be out of date, or are the same as an empty reason; never a failure, never another's vote."""
    desk.reviews.script["vote"] = ReasonRefused("Say why.")
    answer = said(await desk.interact(desk.form("My words", **forged)))
    if "state" in forged:
        assert answer["errors"] == {"reason": "Say why."}
        assert [asked[4] for asked in desk.reviews.asked] == [""]
        return
    assert "out of date" in text_of(answer["view"])
    assert desk.reviews.asked == []


@pytest.mark.parametrize("user", [None, {}, "U0"], ids=str)
async def test_a_form_of_nobody_counts_nothing(desk: Desk, user: Any) -> None:
    """Without a user there is no vote."""
    answer = said(await desk.interact(desk.form() | {"user": user}))
    assert "out of date" in text_of(answer["view"])
    assert desk.reviews.asked == []


async def test_a_closed_form_is_nothing(desk: Desk) -> None:
    """We did not ask to hear of it; should it come, it has no effect."""
    answer = await desk.interact(desk.form() | {"type": "view_closed"})
    assert answer.status < 500
    assert desk.reviews.asked == []


async def test_a_form_of_another_person_is_refused_in_the_best_words(desk: Desk) -> None:
    """Why they may not vote at all, if so; else that the form is not theirs. It counts for nobody."""
    theirs = json.dumps({"review": "review-1", "verdict": "approve", "user": "U0OTHER000"})
    answer = said(await desk.interact(desk.form("My words", private_metadata=theirs)))
    assert "out of date" in text_of(answer["view"])
    desk.reviews.script["check_vote"] = NotAllowed("Not you.")
    answer = said(await desk.interact(desk.form("My words", private_metadata=theirs)))
    assert "Not you." in text_of(answer["view"])
    assert {asked[0] for asked in desk.reviews.asked} == {"check_vote"}


async def test_a_form_from_another_workspace_is_refused(desk: Desk) -> None:
    """The reason is kept, nothing is asked of the service."""
    answer = said(await desk.interact(desk.form("My words") | {"team": {"id": "T0OTHER000"}}))
    assert "Only people of the workspace" in text_of(answer["view"])
    assert "My words" in text_of(answer["view"])
    assert desk.reviews.asked == []


async def test_a_huge_reason_comes_back_in_a_view_that_slack_takes(desk: Desk) -> None:
    """No client sends one; what the person is told does not depend on that."""
    desk.reviews.script["vote"] = NotAllowed("Not you.")
    answer = said(await desk.interact(desk.form("字" * 200_000)))
    assert not too_large(answer["view"])
    assert "Not you." in text_of(answer["view"])


WORDS = {"text": {"text_input": {"type": "plain_text_input", "value": " My words\n"}}}
COLLEAGUE = {"colleague": {"colleague_user": {"type": "users_select", "selected_user": "U0OMAR0000"}}}
Other: TypeAlias = "tuple[str, dict[str, Any], tuple[Any, ...]]"
OTHERS: dict[str, Other] = {
    "ask": ("review_ask", WORDS, ("ask", LIN, "review-1", " My words\n", "V0FORM")),
    "answer": ("review_answer", WORDS, ("answer", LIN, "review-1", "V0ASKED", " My words\n")),
    "hand over": (
        "review_hand_over",
        WORDS | COLLEAGUE,
        ("hand_over", LIN, "review-1", "U0OMAR0000", " My words\n", "V0FORM"),
    ),
}
"""Each other form with what is filled in and what the service is asked."""


@pytest.fixture(params=list(OTHERS.values()), ids=list(OTHERS))
def other(request: pytest.FixtureRequest) -> Other:
    """One of them."""
    found: Other = request.param
    return found


async def test_each_form_asks_its_use_case(desk: Desk, other: Other) -> None:
    """With the text as typed, and the view, by which a second delivery is known."""
    callback_id, values, asked = other
    form = desk.filled(callback_id, values)
    assert said(await desk.interact(form)) == said(await desk.interact(form)) == {}
    assert desk.reviews.asked == [asked, asked]


async def test_a_vote_delivered_twice_is_told_by_its_view(desk: Desk) -> None:
    """The service gets the same view twice, and counts once."""
    for _ in range(2):
        assert said(await desk.interact(desk.form("Mine"))) == {}
    assert [asked[-1] for asked in desk.reviews.asked] == ["V0FORM", "V0FORM"]


async def test_each_form_keeps_what_was_typed_when_it_is_refused(desk: Desk, other: Other) -> None:
    """The person, or the question that somebody else has answered."""
    callback_id, values, asked = other
    for refused in (NotAllowed("Not you."), QuestionGone("Answered.")):
        desk.reviews.script[asked[0]] = refused
        answer = said(await desk.interact(desk.filled(callback_id, values)))
        assert str(refused) in text_of(answer["view"])
        assert "My words" in text_of(answer["view"])


async def test_each_form_that_is_too_late_is_given_back(desk: Desk, other: Other) -> None:
    """And not called a vote, which it is none."""
    callback_id, values, asked = other
    desk.reviews.script |= {asked[0]: ReviewGone("Gone."), "find": CLOSED}
    answer = said(await desk.interact(desk.filled(callback_id, values)))
    assert "Too late" in text_of(answer["view"])
    assert "vote" not in text_of(answer["view"]).lower()
    assert "My words" in text_of(answer["view"])


async def test_what_is_wrong_with_a_text_is_said_beside_it(desk: Desk, other: Other) -> None:
    """So is a failure, which a second submit may mend."""
    callback_id, values, asked = other
    for error, words in ((ReasonRefused("Type it."), "Type it."), (RuntimeError("secret"), "Submit again")):
        desk.reviews.script[asked[0]] = error
        answer = said(await desk.interact(desk.filled(callback_id, values)))
        assert list(answer["errors"]) == ["text"]
        assert words in answer["errors"]["text"]


async def test_a_colleague_who_is_refused_is_said_beside_the_field(desk: Desk) -> None:
    """The form stays, with note and all."""
    desk.reviews.script["hand_over"] = NoHeir("Pick somebody else.")
    answer = said(await desk.interact(desk.filled("review_hand_over", WORDS | COLLEAGUE)))
    assert answer == {"response_action": "errors", "errors": {"colleague": "Pick somebody else."}}


@pytest.mark.parametrize("picked", [{}, {"colleague": None}, {"colleague": {"colleague_user": {"selected_user": 7}}}])
async def test_a_handover_to_nobody_reaches_the_service_as_none(desk: Desk, picked: dict[str, Any]) -> None:
    """Which refuses it."""
    await desk.interact(desk.filled("review_hand_over", picked))
    assert desk.reviews.asked == [("hand_over", LIN, "review-1", "", "", "V0FORM")]


async def test_each_form_counts_only_for_whom_it_was_opened(desk: Desk, other: Other) -> None:
    """Nor from another workspace, nor without a review."""
    callback_id, values, asked = other
    theirs = json.dumps({"review": "review-1", "user": "U0OTHER000", "question": "V0ASKED"})
    for form in (
        desk.filled(callback_id, values, private_metadata=theirs),
        desk.filled(callback_id, values, private_metadata='{"user": "U0MEILIN00"}'),
        desk.filled(callback_id, values, private_metadata="{}"),
        desk.filled(callback_id, values, private_metadata="no"),
        desk.filled(callback_id, values) | {"team": {"id": "T0OTHER000"}},
    ):
        answer = said(await desk.interact(form))
        assert "My words" in text_of(answer["view"])
    assert asked[0] not in {one[0] for one in desk.reviews.asked}


@pytest.mark.parametrize(
    ("error", "words"), [(None, "It counts"), (NoHeir("Pick somebody else."), "Pick somebody else.")]
)
async def test_a_slow_form_shows_its_outcome_in_the_view(desk: Desk, error: Exception | None, words: str) -> None:
    """Also an error that would have stood beside a field."""
    desk.reviews.script |= {"hand_over": error, "check_vote": OPEN}
    await desk.interact(desk.choose("hand_over:review-1", ts=await desk.card()))
    await desk.settled()
    view_id = desk.slack.modals(LIN)[-1]["id"]
    done = desk.reviews.hold("hand_over")
    answer = said(await desk.interact(desk.filled("review_hand_over", WORDS | COLLEAGUE, id=view_id)))
    assert "does not count yet" in text_of(answer["view"])
    done.set()
    await desk.settled()
    assert words in desk.modal()
    assert error is None or "My words" in desk.modal()


async def test_a_form_whose_block_has_a_huge_number_counts_as_any_other(desk: Desk) -> None:
    """No client sends one; it is no failure of ours."""
    values = {"reason:" + "9" * 5000: {"reason_text": {"value": "Mine"}}}
    assert said(await desk.interact(desk.form(state={"values": values}))) == {}
    assert desk.reviews.asked[0][4] == "Mine"
