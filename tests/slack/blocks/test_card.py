"""The card of a review that takes more than one person: counts, names, the menu, what cannot be checked."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.locales import translator
from bot.reviews.models import Decision, Handover, Policy, Question, Result, ReviewState, Verdict, Vote
from bot.slack.blocks.card import MENU, card
from tests.reviews.fakes import START
from tests.scenarios.stage import LIN, OMAR, PRIYA, acts_of, text_of
from tests.slack.listeners.desk import OPEN

if TYPE_CHECKING:
    from bot.reviews.models import Review

T = translator("en")
RULES = Policy(reviewers=(LIN, OMAR), approvals_required=2)
TWO = replace(OPEN, submitter_user=PRIYA, route=replace(OPEN.route, policy=RULES))
VOTE = Vote(review_id="review-1", user_id=OMAR, verdict=Verdict.APPROVE, reason="Yes", voted_at=START, view_id="V")
QUESTION = Question(id="V1", asked_by=LIN, text="Why?", asked_at=START)


def shown(review: Review) -> str:
    """What a person reads on the card."""
    return text_of({"blocks": list(card(T, review).blocks)})


def drawn(review: Review) -> list[str]:
    """The action ids on the card."""
    return acts_of({"blocks": list(card(T, review).blocks)})


def test_votes_are_counted_and_named_while_more_are_needed() -> None:
    """How many of how many, and whose: also in the text of the notification."""
    nobody, one = shown(TWO), shown(replace(TWO, votes=(VOTE,)))
    assert "0 of 2 approvals" in nobody
    assert "approves" not in nobody
    assert "1 of 2 approvals" in one
    assert f"@{OMAR} approves" in one
    assert f"<@{OMAR}>" in card(T, replace(TWO, votes=(VOTE,))).text
    assert "2 approvals publish this version, 1 rejection sends it back." in one


def test_a_vote_can_be_withdrawn_where_there_is_one() -> None:
    """No button that could only refuse; none once the review is not open any more."""
    voted = replace(TWO, votes=(VOTE,))
    decision = Decision(result=Result.PASS, content="Yes", decided_at=START, decided_by=(OMAR,))
    assert "review_withdraw" not in drawn(TWO)
    assert "review_withdraw" in drawn(voted)
    assert drawn(replace(voted, state=ReviewState.DECIDING, decision=decision)) == []


def test_the_menu_has_five_entries_that_carry_ids_only() -> None:
    """What is meant and which review, nothing that somebody else wrote."""
    (row,) = [block for block in card(T, TWO).blocks if block["type"] == "actions"]
    (menu,) = [element for element in row["elements"] if element["action_id"] == MENU]
    assert menu["type"] == "overflow"
    assert [option["value"] for option in menu["options"]] == [
        "ask:review-1", "hand_over:review-1", "1h:review-1", "4h:review-1", "tomorrow:review-1",
    ]  # fmt: skip
    assert [option["text"]["text"] for option in menu["options"]] == [
        "Ask the submitter", "Hand over", "Remind me in 1 hour", "Remind me in 4 hours", "Remind me tomorrow",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rules", "known", "doubt"),
    [
        ({}, {}, "self-review cannot be checked"),
        ({"require_known_submitter": True}, {}, "nobody can vote yet"),
        ({"allow_self_review": True}, {}, ""),
        ({}, {"submitter_user": PRIYA}, ""),
        ({}, {"requested_by": PRIYA}, "self-review cannot be checked"),
        ({"require_known_submitter": True}, {"submitter_user": PRIYA}, ""),
    ],
)
def test_the_card_says_what_cannot_be_checked_of_the_submitter(
    rules: dict[str, Any], known: dict[str, Any], doubt: str
) -> None:
    """Only where it matters: nobody is warned of what the policy allows."""
    said = shown(replace(OPEN, route=replace(OPEN.route, policy=replace(RULES, **rules)), **known))
    assert ("not known in Slack" in said) is bool(doubt)
    assert doubt in said


def test_the_card_says_who_waits_for_whom() -> None:
    """The newest handovers, and who waits for an answer."""
    handovers = tuple(
        Handover(id=f"h{number}", by=LIN, to=f"U0HEIR{number}", at=START + timedelta(hours=number))
        for number in range(4)
    )
    answered = replace(QUESTION, id="V2", asked_by="U0ASKER00", answered_by=OMAR, answer="So", answered_at=START)
    questions = (QUESTION, replace(QUESTION, id="V3"), answered)
    said = shown(replace(TWO, handovers=handovers, questions=questions))
    assert "@U0HEIR0" not in said
    assert f"@{LIN} handed over to @U0HEIR3" in said
    assert said.count("Waiting for an answer") == 1
    assert f"@{LIN} asked in the thread" in said
    assert "@U0ASKER00" not in said
    assert "Waiting for an answer" not in shown(replace(TWO, questions=(answered,)))
