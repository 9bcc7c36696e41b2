"""Every builder of messages and views with everything that it can be given, for tests that hold for all of them."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

from bot.reviews import news
from bot.reviews.models import (
    ClosedBecause,
    Decision,
    Failure,
    MessageRef,
    Opinion,
    OpinionSource,
    Policy,
    ReleaseStatus,
    Result,
    Review,
    ReviewState,
    Route,
    Verdict,
    Vote,
)
from bot.reviews.service import LISTED, Shown
from bot.slack.blocks import answers, card, home, modals, thread
from tests.reviews.fakes import START, submission

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.locales import Translator
    from bot.slack.blocks.message import Message

Drawn: TypeAlias = "Message | dict[str, Any]"
Drawing: TypeAlias = "Callable[[Translator, str], Iterator[Drawn]]"

LINK = "https://x.slack.com/archives/C0A/p10"

DRAWINGS: dict[str, Drawing] = {}
"""By builder, `module.function`: all that it draws in a language about a text."""


def draws(name: str) -> Callable[[Drawing], Drawing]:
    """Register what a builder is given."""

    def register(drawing: Drawing) -> Drawing:
        DRAWINGS[name] = drawing
        return drawing

    return register


def taskflow(step: str) -> str:
    """A flow with one step of this name."""
    node = {"type": "element", "name": "bpmn2:userTask", "attributes": {"id": "a", "name": step}, "elements": []}
    process = {"type": "element", "name": "bpmn2:process", "attributes": {"id": "p"}, "elements": [node]}
    return base64.b64encode(json.dumps({"workflow": {"elements": [process]}}).encode()).decode()


def reviews(text: str) -> Iterator[Review]:
    """A review in every state, with the text wherever somebody else can put one."""
    version = submission(
        name=text, version=text, description=text, submitter=text, aop_type=text, submitted_at=text, status=text,
        version_id=text, workflow_id=text, taskflow=taskflow(text),
    )  # fmt: skip
    vote = Vote(review_id="r", user_id="U0LIN", verdict=Verdict.APPROVE, reason=text, voted_at=START, view_id="V")
    decision = Decision(result=Result.PASS, content=text, decided_at=START, decided_by=("U0LIN", "U0OMAR"))
    failure = Failure(status=400, code=text, message=text, request_id=text, at=START)
    base = Review(
        id="r" * 32,
        round=2,
        state=ReviewState.OPEN,
        submission=version,
        route=Route(channel="C0A", notify=(), policy=Policy(reviewers=("U0LIN",), approvals_required=3), locale="en"),
        requested_by="U0ASKED",
        submitter_user=None,
        opened_at=START,
        card=MessageRef(channel="C0A", ts="1.0", link=LINK),
        votes=(vote, replace(vote, user_id="U0OMAR", verdict=Verdict.REJECT)),
        release_status=text,
    )
    yield base
    yield replace(base, votes=(), card=None, route=replace(base.route, policy=Policy(reviewers=("U0LIN",))))
    yield replace(base, state=ReviewState.DECIDING, decision=decision)
    waiting = replace(base, state=ReviewState.DECIDING, decision=decision, failure=replace(failure, retry_at=START))
    yield from (waiting, replace(waiting, sent_at=START))
    failed = replace(base, state=ReviewState.FAILED, decision=replace(decision, result=Result.UN_PASS), failure=failure)
    yield from (failed, replace(failed, sent_at=START))
    for source in OpinionSource:
        opinion = Opinion(result=text, content=text + "!", source=source, request_id=text)
        yield replace(base, state=ReviewState.DECIDED, decision=decision, opinion=opinion)
        yield replace(base, state=ReviewState.DECIDED, decision=decision, opinion=replace(opinion, content=""))
    for because in ClosedBecause:
        yield replace(base, state=ReviewState.CLOSED, closed_because=because, closed_at=START)


def all_news(text: str) -> Iterator[news.News]:
    """Everything that can be told in a thread of any review."""
    for verdict in Verdict:
        for replaces in (True, False):
            yield news.VoteCast(user_id="U0LIN", verdict=verdict, reason=text, replaces=replaces, approvals=1)
    for status, known in ((400, True), (None, False)):
        yield news.DecisionFailed(status=status, code=text, message=text, request_id=text, outcome_known=known)
    yield news.Retried(user_id="U0LIN")
    for because in ClosedBecause:
        yield news.ReviewClosed(because=because, status=text)
        yield news.ReviewClosed(because=because, status=text, result=text, content=text, user_id=text)
    for status_told in (*ReleaseStatus, text):
        for settled in (True, False):
            yield news.ReleaseReached(status=status_told, settled=settled)


@draws("card.card")
def _card(t: Translator, text: str) -> Iterator[Drawn]:
    return (card.card(t, review) for review in reviews(text))


@draws("thread.reply")
def _reply(t: Translator, text: str) -> Iterator[Drawn]:
    first = next(reviews(text))
    yield from (thread.reply(t, first, told) for told in all_news(text))
    yield from (thread.reply(t, review, news.OpinionReturned()) for review in reviews(text) if review.opinion)


@draws("thread.announcement")
def _announcement(t: Translator, text: str) -> Iterator[Drawn]:
    for review in reviews(text):
        if review.opinion and review.decision:
            yield thread.announcement(t, review)
            yield thread.announcement(t, replace(review, decision=replace(review.decision, result=Result.UN_PASS)))


@draws("answers.shown")
def _shown(t: Translator, text: str) -> Iterator[Drawn]:
    for review in reviews(text):
        yield answers.shown(t, Shown(submission=review.submission, review=review))
    pending = replace(next(reviews(text)).submission, status="pending_approval")
    yield answers.shown(t, Shown(submission=pending, review=None))


@draws("answers.requested")
def _requested(t: Translator, text: str) -> Iterator[Drawn]:
    yield from (answers.requested(t, review, opened=review.open) for review in reviews(text))


@draws("answers.pending")
def _pending(t: Translator, text: str) -> Iterator[Drawn]:
    yield answers.pending(t, [next(reviews(text))] * (LISTED + 1))
    yield answers.pending(t, list(reviews(text)))
    yield answers.pending(t, [])


@draws("answers.history")
def _history(t: Translator, text: str) -> Iterator[Drawn]:
    yield answers.history(t, [*reviews(text), *reviews(text)][-LISTED - 1 :])
    yield answers.history(t, [])


@draws("answers.error")
def _error(_t: Translator, text: str) -> Iterator[Drawn]:
    yield answers.error(text)


@draws("answers.help_text")
def _help(t: Translator, text: str) -> Iterator[Drawn]:
    yield answers.help_text(t, "/secmaster", [("help", "shows this list")], unknown=text)


@draws("home.home")
def _home(t: Translator, text: str) -> Iterator[Drawn]:
    yield home.home(t, [next(reviews(text))] * LISTED, more=True)
    yield home.home(t, list(reviews(text)), more=False)
    yield home.home(t, [], more=False)


@draws("modals.reason_modal")
def _reason_modal(t: Translator, text: str) -> Iterator[Drawn]:
    for review in reviews(text):
        for verdict in Verdict:
            yield modals.reason_modal(t, review, verdict, opened_for="U0LIN")


@draws("modals.too_late")
def _too_late(t: Translator, text: str) -> Iterator[Drawn]:
    for review in reviews(text):
        yield modals.too_late(t, review, reason=text)
        yield modals.too_late(t, replace(review, decision=None), reason="")


@draws("modals.refusal")
def _refusal(t: Translator, text: str) -> Iterator[Drawn]:
    yield from (modals.refusal(t, text, reason=reason) for reason in (text, ""))


@draws("modals.outdated")
def _outdated(t: Translator, text: str) -> Iterator[Drawn]:
    yield from (modals.outdated(t, reason=reason) for reason in (text, ""))


@draws("modals.recording")
def _recording(t: Translator, text: str) -> Iterator[Drawn]:
    yield from (modals.recording(t, reason) for reason in (text, ""))


@draws("modals.checking")
def _checking(t: Translator, _text: str) -> Iterator[Drawn]:
    yield modals.checking(t)


@draws("modals.recorded")
def _recorded(t: Translator, _text: str) -> Iterator[Drawn]:
    yield modals.recorded(t)
