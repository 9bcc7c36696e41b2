"""The forms: what they ask, what they carry, and what takes their place."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.locales import translator
from bot.reviews import policy
from bot.reviews.models import ClosedBecause, Policy, Question, ReviewState, Verdict, Vote
from bot.slack.blocks import modals
from tests.reviews.fakes import START, submission
from tests.scenarios.stage import LIN, OMAR, PRIYA, text_of
from tests.slack.listeners.desk import OPEN

T = translator("en")
REASONS = ("Ticket is missing", "No rollback\nplanned")
WITH_REASONS = replace(OPEN, route=replace(OPEN.route, policy=Policy(reviewers=(LIN,), reasons=REASONS)))


def inputs(view: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The input blocks by block_id."""
    return {block["block_id"]: block for block in view["blocks"] if block["type"] == "input"}


def test_common_reasons_are_offered_where_the_policy_has_them() -> None:
    """A menu above the text, which tells us at once; values are numbers, not texts."""
    assert list(inputs(modals.reason_modal(T, OPEN, Verdict.REJECT))) == ["reason"]
    found = inputs(modals.reason_modal(T, WITH_REASONS, Verdict.REJECT))
    assert list(found) == ["common", "reason"]
    assert found["common"]["dispatch_action"] is True
    assert found["common"]["optional"] is True
    options = found["common"]["element"]["options"]
    assert [(one["value"], one["text"]["text"]) for one in options] == [
        ("0", "Ticket is missing"),
        ("1", "No rollback planned"),
    ]


def test_a_filled_form_has_a_new_block_and_the_text_in_it() -> None:
    """Slack keeps what was typed where the block_id stays; a text too long for the field is cut."""
    limit = policy.reason_limit(WITH_REASONS.route.policy)
    for reason, shown in (("Mine\nTicket", "Mine\nTicket"), ("x" * 5000, "x" * (limit - 1) + "…")):
        filled = modals.Filled(reason=reason, version=3)
        view = modals.reason_modal(T, WITH_REASONS, Verdict.REJECT, opened_for=LIN, filled=filled)
        assert inputs(view)["reason:3"]["element"]["initial_value"] == shown
        assert json.loads(view["private_metadata"]) == {"review": "review-1", "verdict": "reject", "user": LIN}


def test_who_votes_again_is_told_that_it_replaces_their_vote_and_finds_their_reason() -> None:
    """Their own approval decides nothing with itself; a vote of the other kind begins empty."""
    two = replace(OPEN, route=replace(OPEN.route, policy=Policy(reviewers=(LIN, OMAR), approvals_required=2)))
    vote = Vote(review_id="review-1", user_id=LIN, verdict=Verdict.APPROVE, reason="Mine", voted_at=START, view_id="V1")
    voted = replace(two, votes=(vote,))
    again = modals.reason_modal(T, voted, Verdict.APPROVE, opened_for=LIN)
    assert "This replaces your vote. 0 of 2 approvals without yours." in text_of(again)
    assert inputs(again)["reason"]["element"]["initial_value"] == "Mine"
    picked = modals.Filled(reason="Other", version=1)
    filled = modals.reason_modal(T, voted, Verdict.APPROVE, opened_for=LIN, filled=picked)
    assert inputs(filled)["reason:1"]["element"]["initial_value"] == "Other"
    otherwise = modals.reason_modal(T, voted, Verdict.REJECT, opened_for=LIN)
    assert "This replaces your vote. One rejection decides" in text_of(otherwise)
    assert "initial_value" not in inputs(otherwise)["reason"]["element"]
    second = modals.reason_modal(T, voted, Verdict.APPROVE, opened_for=OMAR)
    assert "Your approval decides" in text_of(second)
    assert "replaces" not in text_of(second)
    assert "initial_value" not in inputs(second)["reason"]["element"]


@pytest.mark.parametrize(
    ("review", "said"),
    [
        (replace(OPEN, submitter_user=PRIYA), f"@{PRIYA} as a direct message"),
        (replace(OPEN, requested_by=OMAR), f"@{OMAR} as a direct message"),
        (OPEN, "(zhang.wei) is not known in Slack"),
        (replace(OPEN, submission=submission(submitter="")), "(not stated) is not known in Slack"),
    ],
)
def test_the_form_for_a_question_says_who_will_read_it(review: Any, said: str) -> None:
    """Or that somebody has to tell the submitter."""
    view = modals.ask_modal(T, review, opened_for=LIN)
    assert said in text_of(view).replace(" )", ")").replace("( ", "(")
    assert list(inputs(view)) == ["text"]
    assert json.loads(view["private_metadata"]) == {"review": "review-1", "user": LIN}


def test_the_form_for_an_answer_shows_the_question() -> None:
    """Who asks what; ids only go along."""
    asked = Question(id="V1", asked_by=OMAR, text="Why?", asked_at=START)
    view = modals.answer_modal(T, OPEN, asked, opened_for=LIN)
    assert f"@{OMAR} asks: Why?" in text_of(view).replace(" :", ":")
    assert json.loads(view["private_metadata"]) == {"review": "review-1", "user": LIN, "question": "V1"}


def test_the_form_for_a_handover_takes_a_person_and_a_note() -> None:
    """The note may be left out, the person may not; what it means is said."""
    found = inputs(modals.hand_over_modal(T, OPEN, opened_for=LIN))
    assert found["colleague"]["element"]["type"] == "users_select"
    assert "optional" not in found["colleague"]
    assert found["text"]["optional"] is True
    assert "can still vote" in text_of(modals.hand_over_modal(T, OPEN, opened_for=LIN))


def test_only_a_vote_that_came_too_late_is_called_one() -> None:
    """A question, an answer and a handover are none; each is given back."""
    closed = replace(OPEN, state=ReviewState.CLOSED, closed_because=ClosedBecause.DELETED)
    voted = text_of(modals.too_late(T, closed, reason="Mine"))
    asked = text_of(modals.too_late(T, closed, reason="Mine", voted=False))
    assert "Vote not counted" in voted
    assert "vote" not in asked.lower()
    assert all("deleted in SecMaster" in said and "Mine" in said for said in (voted, asked))


@pytest.mark.parametrize(
    "view", [None, {}, {"private_metadata": "[]"}, {"private_metadata": '"x"', "callback_id": "review_ask"}, "view", 7]
)
def test_metadata_that_is_not_ours_is_none(view: Any) -> None:
    """Whatever shape it has."""
    assert modals.metadata_of(view) is None


def test_a_form_without_a_verdict_needs_none() -> None:
    """Only votes have one."""
    view = {"callback_id": modals.ASK, "private_metadata": '{"review": "r"}'}
    assert modals.metadata_of(view) == {"review": "r"}
    assert modals.metadata_of(view | {"callback_id": modals.VOTE}) is None
