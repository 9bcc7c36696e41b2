"""Whatever people and SecMaster write, what we send to Slack is accepted, pings nobody and shows it as typed."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from bot.locales import LOCALES, translator
from bot.reviews import news
from bot.reviews.models import (
    ClosedBecause,
    Decision,
    Failure,
    MessageRef,
    Opinion,
    OpinionSource,
    Policy,
    Result,
    Review,
    ReviewState,
    Route,
    Verdict,
    Vote,
)
from bot.reviews.service import Shown
from bot.sandbox.slack.blockkit import blocks_problems, filled, view_problems
from bot.slack.blocks import answers, modals, thread
from bot.slack.blocks.card import card
from bot.slack.blocks.home import home
from bot.slack.blocks.text import clean, fallback, phrase
from tests.reviews.fakes import START, submission

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.slack.blocks.message import Message

NASTY = [
    "",
    "<!channel> <@U0LIN> <#C0A> <https://evil.example|Approve>",
    "&" * 3000,
    "`code` *bold* _it_ ~no~ :boom: @here #general",
    "\u202eevil\u202c \x00\x07\x1b[31m",
    "{people} {name} {0} {} }{",
    "line one\nline two\r\n" * 40,
    "字" * 65536,
    "👩‍👩‍👧 é ﷽ \ud800",
    "https://example.org/?a=1&b=<2>",
]
FAILURE = Failure(status=400, code="SecMaster.1", message="no", request_id="r", at=START)


def reviews(text: str) -> Iterator[Review]:
    """A review in every state, with the text wherever somebody can put one."""
    version = submission(name=text, version=text, description=text, submitter=text, aop_type=text, submitted_at=text)
    vote = Vote(review_id="r", user_id="U0LIN", verdict=Verdict.APPROVE, reason=text, voted_at=START, view_id="V")
    decision = Decision(result=Result.PASS, content=text, decided_at=START, decided_by=("U0LIN", "U0OMAR"))
    failure = replace(FAILURE, message=text, code=text[:64], request_id=text[:64])
    base = Review(
        id="r" * 32,
        round=2,
        state=ReviewState.OPEN,
        submission=version,
        route=Route(channel="C0A", notify=(), policy=Policy(reviewers=("U0LIN",), approvals_required=3), locale="en"),
        requested_by="U0ASKED",
        submitter_user=None,
        opened_at=START,
        card=MessageRef(channel="C0A", ts="1.0", link="https://x.slack.com/archives/C0A/p10"),
        votes=(vote, replace(vote, user_id="U0OMAR", verdict=Verdict.REJECT)),
    )
    yield base
    yield replace(base, votes=(), card=None, route=replace(base.route, policy=Policy(reviewers=("U0LIN",))))
    yield replace(base, state=ReviewState.DECIDING, decision=decision)
    yield replace(base, state=ReviewState.DECIDING, decision=decision, failure=replace(failure, retry_at=START))
    yield replace(base, state=ReviewState.FAILED, decision=replace(decision, result=Result.UN_PASS), failure=failure)
    for source in OpinionSource:
        opinion = Opinion(result="PASS", content=text + "!", source=source, request_id=text[:32])
        yield replace(base, state=ReviewState.DECIDED, decision=decision, opinion=opinion, release_status=text[:60])
    for because in ClosedBecause:
        yield replace(
            base, state=ReviewState.CLOSED, closed_because=because, closed_at=START, release_status="activated"
        )


def messages(text: str, locale: str) -> Iterator[Message]:
    """Every message we can send about it."""
    t = translator(locale)
    told = [
        news.VoteCast(user_id="U0LIN", verdict=verdict, reason=text, replaces=replaces, approvals=1)
        for verdict in Verdict
        for replaces in (True, False)
    ]
    for review in reviews(text):
        yield card(t, review)
        for one in told:
            yield thread.reply(t, review, one)
        yield answers.shown(t, Shown(submission=review.submission, review=review))
        yield answers.requested(t, review, opened=review.open)
        if review.opinion:
            yield thread.reply(t, review, news.OpinionReturned())
            yield thread.announcement(t, review)
    yield answers.pending(t, list(reviews(text)) * 3)
    yield answers.history(t, list(reviews(text)))
    yield answers.shown(t, Shown(submission=submission(description=text), review=None))
    yield answers.error(text or "?")
    yield answers.help_text(t, "/secmaster", [("help", text)], unknown=text)
    yield from (thread.reply(t, next(reviews(text)), one) for one in other_news(text))


def other_news(text: str) -> list[news.News]:
    """News that need no state of their own."""
    return [
        news.DecisionFailed(status=400, code=text[:64], message=text[:1024], request_id=text[:64]),
        news.DecisionFailed(status=None, code="", message=text[:1024], request_id=""),
        news.Retried(user_id="U0LIN"),
        news.ReviewClosed(because="withdrawn", status=""),
        news.ReviewClosed(
            because="decided_elsewhere", status="rejected", result="UN_PASS", content=text, user_id=text[:64]
        ),
        news.ReviewClosed(because="decided_elsewhere", status="rejected", result="UN_PASS", content=text),
        *(news.ReleaseReached(status=status) for status in ("activated", "not_activated", "publish_failed", text[:60])),
        news.ReleaseReached(status="publishing", settled=False),
    ]


def views(text: str, locale: str) -> Iterator[dict[str, Any]]:
    """Every view we can open about it."""
    t = translator(locale)
    for review in reviews(text):
        yield from (modals.reason_modal(t, review, verdict) for verdict in Verdict)
        yield modals.too_late(t, review, reason=text[:3000])
    yield modals.too_late(t, replace(next(reviews(text)), state=ReviewState.DECIDED), reason="")
    yield modals.refusal(t, text[:3000], reason=text[:3000])
    yield modals.recording(t, text[:3000])
    yield modals.checking(t)
    yield modals.recorded(t)
    yield home(t, [next(reviews(text))] * 20, more=True)
    yield home(t, [], more=False)


def texts(node: Any) -> Iterator[dict[str, Any]]:
    """Every text object and rich text element below."""
    if isinstance(node, dict):
        if "type" in node:
            yield node
        for value in node.values():
            yield from texts(value)
    elif isinstance(node, list | tuple):
        for value in node:
            yield from texts(value)


OURS = re.compile(
    r"<@[UW][A-Z0-9]+>|<#C[A-Z0-9]+>|<!date\^\d+\^[^<>|]*\|[^<>]*>|<https://x\.slack\.com/[^<>|]*\|[^<>]*>"
)


def check_message(message: Message) -> None:
    """Accepted by Slack's rules, with a fallback that can ping nobody whom we do not name."""
    assert blocks_problems(filled(list(message.blocks))) == []
    assert 0 < len(message.text) <= 4000
    assert "<" not in OURS.sub("", message.text)
    for element in texts(message.blocks):
        assert element["type"] not in {"mrkdwn", "markdown", "usergroup", "broadcast"}
        if element["type"] == "link":
            assert element["url"].startswith("https://x.slack.com/")
        if element["type"] == "button":
            assert 0 < len(element["accessibility_label"]) <= 75


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("text", NASTY, ids=range(len(NASTY)))
def test_nasty_texts_break_nothing(text: str, locale: str) -> None:
    """In every message and view, in every language."""
    for message in messages(text, locale):
        check_message(message)
    for view in views(text, locale):
        assert view_problems(view) == []


@effort(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.text(st.characters(), max_size=400))
def test_any_text_breaks_nothing(text: str) -> None:
    """Whatever hypothesis thinks of."""
    for message in messages(text, "en"):
        check_message(message)
    for view in views(text, "en"):
        assert view_problems(view) == []


@given(st.text())
def test_a_reason_is_shown_as_typed(reason: str) -> None:
    """In the thread, in plain text elements, but for characters that could disguise it."""
    cast = news.VoteCast(user_id="U0LIN", verdict="approve", reason=reason, replaces=False, approvals=1)
    quoted = [
        "".join(inner["text"] for inner in element["elements"])
        for element in texts(thread.reply(translator("en"), next(reviews("x")), cast).blocks)
        if element["type"] == "rich_text_quote"
    ]
    assert quoted == ([clean(reason) or "—"] if reason.strip() else [])


def test_a_long_fallback_is_cut_between_entities() -> None:
    """Never inside &amp; or a mention."""
    text = fallback(phrase("{text}", text="&" * 3000))
    assert re.fullmatch(r"(&amp;)+…", text)
