"""What channels and single people are told about a review."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.locales import translator
from bot.reviews import notices
from bot.reviews.models import Decision, MessageRef, Opinion, Question, Result, ReviewState
from bot.slack.blocks.notices import answer, notice, question
from tests.reviews.fakes import START
from tests.scenarios.stage import LIN, OMAR, PRIYA, REVIEWS, acts_of, text_of
from tests.slack.listeners.desk import OPEN
from tests.slack.markup import quotes

if TYPE_CHECKING:
    from bot.slack.blocks.message import Message

T = translator("en")
LINK = "https://x.slack.com/archives/C1/p1"
DECIDED = replace(
    OPEN,
    state=ReviewState.DECIDED,
    card=MessageRef(channel=REVIEWS, ts="1.0", link=LINK),
    decision=Decision(result=Result.PASS, content="Fine", decided_at=START, decided_by=(LIN, OMAR)),
    opinion=Opinion(result="PASS", content="Fine"),
)
WHY = Question(id="V1", asked_by=LIN, text="Why now?", asked_at=START)
SO = replace(WHY, id="V2", answered_by=PRIYA, answer="An incident.", answered_at=START)
ASKED = replace(OPEN, questions=(WHY, SO))


def read(said: Message) -> str:
    """As a person reads it."""
    return text_of({"blocks": list(said.blocks)})


def buttons(said: Message) -> list[str]:
    """Its action ids."""
    return acts_of({"blocks": list(said.blocks)})


@pytest.mark.parametrize(("result", "word"), [(Result.PASS, "was approved by"), (Result.UN_PASS, "was rejected by")])
def test_a_channel_hears_a_decision_in_one_line_with_a_link(result: Result, word: str) -> None:
    """Version, people, SecMaster's result and the way to the review; its words are for the thread."""
    assert DECIDED.decision
    said = notice(
        T, replace(DECIDED, decision=replace(DECIDED.decision, result=result)), notices.Decided(), personal=False
    )
    assert f"Isolate host v2 {word} @{LIN} , @{OMAR}" in read(said)
    assert f"@{OMAR} · SecMaster's opinion: PASS · Open the review" in " ".join(read(said).split())
    assert quotes(said.blocks) == []
    assert "\n" not in said.text
    assert f"<{LINK}|Open the review>" in said.text
    (block,) = said.blocks
    assert len(block["elements"]) == 1
    assert all("\n" not in element.get("text", "") for element in block["elements"][0]["elements"])


@pytest.mark.parametrize("content", ["Fine", ""])
def test_the_submitter_reads_what_secmaster_returned(content: str) -> None:
    """Word for word; there is no empty quote."""
    said = notice(
        T, replace(DECIDED, opinion=Opinion(result="PASS", content=content)), notices.Decided(), personal=True
    )
    assert quotes(said.blocks) == ([content] if content else [])


def test_the_submitter_reads_where_their_release_arrived() -> None:
    """Of which release it is, and what is left to do for them."""
    said = read(notice(T, DECIDED, notices.ReleaseReached(status="not_activated"), personal=True))
    assert "Isolate host v2" in said
    assert "published, not activated . Activate it in SecMaster" in said


def test_a_decision_without_a_card_is_told_without_a_link() -> None:
    """Slack gave none."""
    said = notice(T, replace(DECIDED, card=None), notices.Decided(), personal=False)
    assert "Open the review" not in read(said)


def test_a_question_has_a_button_while_it_waits_for_an_answer() -> None:
    """Which question of which review, in ids; in the thread it need not say which release."""
    direct, thread = question(T, ASKED, "V1", named=True), question(T, ASKED, "V1")
    assert f"@{LIN} asks you:" in " ".join(read(direct).split())
    assert quotes(direct.blocks) == ["Why now?"]
    (row,) = [block for block in direct.blocks if block["type"] == "actions"]
    assert [element["value"] for element in row["elements"]] == ["V1:review-1"]
    assert "Isolate host" in row["elements"][0]["accessibility_label"]
    assert "Isolate host" in direct.text
    assert "Isolate host" not in thread.text
    assert buttons(question(T, ASKED, "V2")) == []
    assert notice(T, ASKED, notices.Asked(question_id="V1"), personal=True) == direct


def test_an_answer_stands_below_its_question() -> None:
    """Who answered whom; a long question is repeated in part."""
    said = notice(T, ASKED, notices.Answered(question_id="V2"), personal=True)
    assert f"@{PRIYA} answers the question of @{LIN}" in read(said)
    assert quotes(said.blocks) == ["Why now?", "An incident."]
    long = replace(ASKED, questions=(replace(SO, text="why " * 250),))
    asked, answered = quotes(answer(T, long, "V2").blocks)
    assert len(asked) == 300
    assert answered == "An incident."


@pytest.mark.parametrize("note", ["Please look", ""])
def test_an_heir_gets_the_review_with_its_buttons(note: str) -> None:
    """From whom, what they say, and the vote at hand; no buttons once it is decided."""
    told = notices.HandedOver(by=OMAR, note=note)
    said = notice(T, OPEN, told, personal=True)
    assert f"@{OMAR} asks you to review this release" in read(said)
    assert quotes(said.blocks) == ([note] if note else [])
    assert buttons(said) == ["review_approve", "review_reject", "review_changes", "review_menu"]
    assert buttons(notice(T, DECIDED, told, personal=True)) == []


def test_an_escalation_says_that_nothing_is_decided_by_time() -> None:
    """What waits and since when; no word of a denial."""
    said = notice(T, OPEN, notices.Escalated(), personal=False)
    assert "still waits for review" in read(said)
    assert "Nothing is decided until people vote" in read(said)
    assert "Isolate host v2" in read(said)
    assert "<!date^" in said.text
