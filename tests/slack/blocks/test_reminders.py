"""Reminders and digests: everything that waits in one message that Slack takes, and in a friendly tone."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.locales import LOCALES, translator
from bot.reviews.models import Question
from bot.reviews.reminding import LISTED_IN_DIGEST, LISTED_IN_REMINDER
from bot.sandbox.slack.content import read_content
from bot.slack.blocks.reminders import digest, reminder
from tests.reviews.fakes import START, submission
from tests.scenarios.stage import LIN, text_of
from tests.slack.listeners.desk import OPEN
from tests.slack.markup import BLOCKS_LONGEST, FALLBACK_LONGEST, nodes, read, units

if TYPE_CHECKING:
    from bot.slack.blocks.message import Message

T = translator("en")


def longest(count: int, letter: str) -> list[Message]:
    """A reminder and a digest of so many reviews with names that never end."""
    text = letter * 5000
    question = Question(id="V1", asked_by=LIN, text=text, asked_at=START)
    long = submission(name=text, version=text, aop_type=text, submitter=text, description=text)
    reviews = [replace(OPEN, id=f"{number:032}", submission=long, questions=(question,)) for number in range(count)]
    return [
        draw
        for locale in LOCALES
        for draw in (
            reminder(translator(locale), reviews[:LISTED_IN_REMINDER]),
            digest(translator(locale), reviews[:LISTED_IN_DIGEST], more=True),
        )
    ]


@pytest.mark.parametrize("letter", ["字", "&", "<", "👩", "x"])
def test_the_longest_reminder_and_digest_are_taken_by_slack(letter: str) -> None:
    """As many entries as there can be, with the longest names: blocks, characters and fallback stay in the limits."""
    for said in longest(LISTED_IN_DIGEST, letter):
        assert read_content({"text": said.text, "blocks": list(said.blocks)}).warnings == []
        assert len(said.blocks) <= 50
        assert units(read(said.blocks)) <= BLOCKS_LONGEST
        assert 0 < units(said.text) <= FALLBACK_LONGEST


def test_a_reminder_names_each_review_with_its_own_buttons() -> None:
    """Every button, and every entry of a menu, carries the id of the review above it."""
    second = replace(OPEN, id="review-2", submission=submission(name="Block domain"))
    said = reminder(T, [OPEN, second])
    assert "these still wait for your review" in said.text
    assert "this still waits for your review" in reminder(T, [OPEN]).text
    assert re.search("Isolate host.*Block domain", text_of({"blocks": list(said.blocks)}))
    rows = [block["elements"] for block in said.blocks if block["type"] == "actions"]
    values = [{node["value"].rpartition(":")[2] for _, node in nodes(row) if "value" in node} for row in rows]
    assert values == [{"review-1"}, {"review-2"}]
    assert "Isolate host" in said.text
    assert "Block domain" in said.text


@pytest.mark.parametrize("locale", LOCALES)
def test_a_reminder_is_no_denial_and_no_pressure(locale: str) -> None:
    """It says that nothing is decided without votes; no word of refusal, blame or a deadline."""
    headline = read(reminder(translator(locale), [OPEN]).blocks[0])
    assert re.search(r"Nothing is decided|不会有任何结论", headline)
    pressure = (
        r"(?i)reject|den(y|ied)|refus|overdue|late\b|must|urgent|deadline|last|驳回|拒绝|逾期|必须|紧急|截止|尽快|最后"
    )
    assert not re.search(pressure, headline)


def test_a_digest_mentions_nobody_and_has_nothing_to_press() -> None:
    """It is for the whole channel, every morning."""
    said = digest(T, [replace(OPEN, submitter_user=LIN)], more=False)
    assert {node["type"] for _, node in nodes(said.blocks) if "type" in node}.isdisjoint(
        {"user", "usergroup", "button"}
    )
    assert "<@" not in said.text
    assert "There are more" not in read(said.blocks)


def test_an_open_question_is_told_where_people_are_reminded() -> None:
    """Who waits for an answer does not wonder why it still waits."""
    asked = replace(OPEN, questions=(Question(id="V1", asked_by=LIN, text="Why?", asked_at=START),))
    assert "waits for the submitter's answer" in read(reminder(T, [asked]).blocks)
    assert "waits for the submitter's answer" not in read(reminder(T, [OPEN]).blocks)
