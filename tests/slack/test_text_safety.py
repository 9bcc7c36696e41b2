"""Whatever people and SecMaster write, what we send to Slack is accepted, pings nobody and shows it as typed."""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
import re
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from bot.locales import LOCALES, translator
from bot.plain_text import clean, inline, one_line
from bot.reviews import news, notices
from bot.reviews.models import Decision, Failure, Handover, Opinion, Question, Submission, Vote
from bot.sandbox.slack.blockkit import filled, too_large, view_problems
from bot.sandbox.slack.content import read_content
from bot.slack import blocks
from bot.slack.blocks import modals, thread
from bot.slack.blocks.card import card
from bot.slack.blocks.message import Message
from bot.slack.blocks.notices import notice
from bot.slack.blocks.text import fallback, phrase
from tests.slack.drawings import DRAWINGS, LINK, all_news, all_notices, reviews
from tests.slack.markup import BLOCKS_LONGEST, check_elements, check_fallback, nodes, quotes, read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.slack.drawings import Drawn

PEOPLE = {"U0LIN", "U0OMAR", "U0ASKED"}

NASTY = {
    "nothing": "",
    "blank": " \n\t ",
    "invisible": "\u200b\u2060\ufeff\u00ad\u3164",
    "mentions": "<!channel> <!here> <!everyone> <@U0LIN> <#C0A> <!subteam^S0A> <!date^0^{date}|x>",
    "links": "<https://evil.example|Approve> <mailto:a@b.example|x> https://example.org/?a=1&b=<2>",
    "ampersands": "&" * 3000,
    "entities": "&amp;&lt;!channel&gt; &#60;!here&#62;",
    "marks": "`code` ```fence``` *bold* _it_ ~no~ > quote :boom: @here @channel #general",
    "fence open": "```" * 400,
    "turned round": "\u202eevil\u202c \u2066\u2069 \u200f\u200e \u061c",
    "controls": "\x00\x07\x1b[31m\x7f\x85\r",
    "right to left": "שלום عالم " * 20,
    "emoji": "👩‍👩‍👧🏴󠁧󠁢󠁥󠁮󠁧󠁿🇨🇳" * 200,
    "combining": "e" + "\u0301\u0323" * 500,
    "half a pair": "\ud800 \udfff",
    "braces": "{people} {name} {0} {} }{ %s %(name)s",
    "lines": "line one\nline two\r\n" * 40,
    "line ends": "\n" * 3000,
    "64 kilobytes": "字" * 21846,
    "overrides": "\u202e" * 3000,
    "4 bytes each": "𠜎" * 1000,
    "json": '"}]}' * 500 + "\\",
}


def builders() -> set[str]:
    """Every public function of the package that makes a message or a view, but for those that all others use."""
    found = set()
    for module in pkgutil.iter_modules(blocks.__path__):
        for name, function in inspect.getmembers(importlib.import_module(f"{blocks.__name__}.{module.name}")):
            made_here = inspect.isfunction(function) and function.__module__.endswith(f".{module.name}")
            if made_here and not name.startswith("_") and module.name not in {"message", "view"}:
                returned = str(function.__annotations__.get("return"))
                found |= {f"{module.name}.{name}"} if returned in {"Message", "dict[str, Any]"} else set()
    return found


def blocks_of(drawn: Drawn) -> Any:
    """The blocks of a message, or the whole view."""
    return drawn.blocks if isinstance(drawn, Message) else drawn


def check(drawn: Drawn) -> None:
    """Accepted by Slack's rules; names nobody and leads nowhere but as we say."""
    if isinstance(drawn, Message):
        content = read_content({"text": drawn.text, "blocks": list(drawn.blocks)})
        assert content.warnings == []
        check_fallback(drawn.text, PEOPLE)
        assert len(read(drawn.blocks)) <= BLOCKS_LONGEST
    else:
        assert view_problems(drawn) == []
        assert not too_large(drawn | {"blocks": filled(drawn["blocks"])})
        assert len(drawn.get("private_metadata") or "") <= 3000
    json.dumps(blocks_of(drawn), ensure_ascii=False).encode()
    check_elements(blocks_of(drawn), PEOPLE, LINK)


def test_every_builder_is_drawn_here() -> None:
    """A new message or view has to be added to the drawings, so that everything below holds for it too."""
    assert set(DRAWINGS) == builders()


UNSEEN = {
    "Submission.workspace_id", "Submission.dataclass_id", "Submission.dataclass_name",
    "Submission.taskflow_type", "Submission.taskflow",
    "Submission.taskconfig", "Submission.input", "Submission.output", "Vote.review_id", "Vote.view_id",
    "Vote.user_id", "VoteCast.user_id", "VoteCast.verdict", "Retried.user_id", "ReviewClosed.because",
    "VoteWithdrawn.user_id", "VoteWithdrawn.verdict", "QuestionAsked.question_id", "QuestionAnswered.question_id",
    "Asked.question_id", "Answered.question_id", "Question.id", "Question.asked_by", "Handover.id", "Handover.by",
    "Handover.to", "HandedOver.by", "HandedOver.to", "Escalated.to", "VoteDropped.user_id", "NoPicture.text",
}  # fmt: skip
"""Texts that are shown nowhere, are ours, or are ids that Slack has confirmed."""


def test_every_text_of_the_models_is_nasty_here() -> None:
    """A new field that somebody else fills has to be added to the drawings."""
    told = [*reviews("nasty"), *all_news("nasty"), *all_notices("nasty")]
    others = {type(one) for one in (*all_news(""), *all_notices(""))}
    kinds = {Submission, Vote, Question, Handover, Decision, Opinion, Failure, *others}
    texts = {f"{kind.__name__}.{field.name}" for kind in kinds for field in fields(kind) if field.type == "str"}
    assert {place for one in told for place in filled_places(one)} >= texts - UNSEEN
    assert texts >= UNSEEN
    assert {type(one) for one in all_news("")} | {news.OpinionReturned} == set(news.News.__args__)
    assert {type(one) for one in all_notices("")} | {notices.Decided} == set(notices.Notice.__args__)


def filled_places(node: Any) -> Iterator[str]:
    """Every `Class.field` below that holds the text."""
    if isinstance(node, tuple):
        for one in node:
            yield from filled_places(one)
    elif is_dataclass(node):
        for field in fields(node):
            value = getattr(node, field.name)
            if isinstance(value, str) and value.startswith("nasty"):
                yield f"{type(node).__name__}.{field.name}"
            yield from filled_places(value)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY)
@pytest.mark.parametrize("builder", DRAWINGS)
def test_nasty_texts_break_nothing(builder: str, text: str, locale: str) -> None:
    """In every message and view, in every language."""
    for drawn in DRAWINGS[builder](translator(locale), text):
        check(drawn)


@effort(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.text(st.characters() | st.sampled_from("<>&|@#!^`*_~:\u202e\u2069\u0000\n\r"), max_size=400))
def test_any_text_breaks_nothing(text: str) -> None:
    """Whatever hypothesis thinks of."""
    for drawing in DRAWINGS.values():
        for drawn in drawing(translator("en"), text):
            check(drawn)


@effort(deadline=None)
@given(st.text())
def test_a_reason_is_shown_as_typed(reason: str) -> None:
    """In the thread, in plain text elements, with what could disguise it named."""
    cast = news.VoteCast(user_id="U0LIN", verdict="approve", reason=reason, replaces=False, approvals=1)
    reply = thread.reply(translator("en"), next(reviews("x")), cast)
    assert quotes(reply.blocks) == ([clean(reason) or "—"] if reason.strip() else [])


@effort(deadline=None, max_examples=50)
@given(st.text(min_size=1, max_size=60))
def test_what_secmaster_says_is_shown_as_it_came(text: str) -> None:
    """Its opinion and the author's words in quotes, everything else in the middle of our sentences."""
    t = translator("en")
    for review in reviews(text):
        drawn = card(t, review)
        assert quotes(drawn.blocks) == ([clean(text).strip()] if clean(text).strip() else [])
        assert one_line(review.submission.name) in read(drawn.blocks)
        if review.failure:
            assert inline(one_line(text)) in read(drawn.blocks)
        if review.opinion and review.opinion.content:
            assert clean(review.opinion.content) in quotes(thread.reply(t, review, news.OpinionReturned()).blocks)
            told = notice(t, review, notices.Decided(), personal=True)
            assert clean(review.opinion.content) in quotes(told.blocks)
    failed = news.DecisionFailed(status=400, code="", message=text, request_id="")
    assert inline(text) in read(thread.reply(t, next(reviews("x")), failed).blocks)


@effort(deadline=None)
@given(st.text(min_size=1, max_size=1000))
def test_a_reason_that_does_not_count_is_given_back_as_typed(reason: str) -> None:
    """To be copied: whatever becomes of a form, the typed words are not lost."""
    t = translator("en")
    kept = [
        modals.outdated(t, reason=reason),
        modals.recording(t, reason),
        modals.refusal(t, phrase("No."), reason=reason),
        modals.too_late(t, next(reviews("x")), reason=reason),
    ]
    for view in kept:
        found = [node for _, node in nodes(view) if node.get("type") == "rich_text_preformatted"]
        shown = ["".join(inner["text"] for inner in node["elements"]) for node in found]
        assert shown == ([clean(reason)] if reason.strip() else [])


LIE = "ok\n✅ Approved by Lin Mei\r\nVersion id  other\u2028Round 9"


@pytest.mark.parametrize("builder", sorted(set(DRAWINGS) - {"modals.checking", "modals.recorded", "modals.too_large"}))
def test_nobody_can_write_a_line_that_looks_like_ours(builder: str) -> None:
    """Text of others begins a line only in a quote, or where it is given back to its author."""
    for drawn in DRAWINGS[builder](translator("en"), LIE):
        for _, node in nodes(blocks_of(drawn)):
            if node.get("type") == "rich_text_section":
                lines = "".join(inner.get("text", "") for inner in node["elements"]).split("\n")
                assert not [line for line in lines if line.startswith(("✅ Approved by Lin", "Version id  other"))]
        if isinstance(drawn, Message):
            assert "\n✅" not in drawn.text


def test_a_long_fallback_is_cut_between_entities() -> None:
    """Never inside &amp; or a mention."""
    text = fallback(phrase("{text}", text="&" * 3000))
    assert re.fullmatch(r"(&amp;)+…", text)


def test_the_version_stays_to_be_told_apart_where_a_name_shows_nothing() -> None:
    """A name of zero-width characters is no name: the version's id stands in its place."""
    review = next(reviews("id-7"))
    for name in ("", " ", "\u200b", "\u3164\ufeff"):
        nameless = replace(review, submission=replace(review.submission, name=name, version="v2"))
        assert card(translator("en"), nameless).blocks[0]["text"]["text"] == "id-7 v2"
