"""Every builder of messages and views with everything that it can be given, for tests that hold for all of them."""

from __future__ import annotations

import base64
import itertools
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

from bot.changes.diff import compare
from bot.reviews import news, notices
from bot.reviews.examination import Against, Changes, Check, CheckMode, CheckResult, Examination
from bot.reviews.lists import LATELY_AT_HOME, WAITING_AT_HOME
from bot.reviews.models import (
    ClosedBecause,
    Decision,
    Failure,
    Handover,
    MessageRef,
    Opinion,
    OpinionSource,
    Place,
    Policy,
    Question,
    RecordedApproval,
    ReleaseStatus,
    Result,
    Review,
    ReviewState,
    Route,
    Verdict,
    Vote,
)
from bot.reviews.pages import Home, Page
from bot.reviews.reminding import LISTED_IN_DIGEST, LISTED_IN_REMINDER
from bot.reviews.service import LISTED
from bot.reviews.story import Story
from bot.slack.blocks import answers, card, home, modals, reminders, thread
from bot.slack.blocks import notices as notice_blocks
from bot.slack.blocks.changes import SINCE, Asked, changes_modal
from bot.slack.blocks.story import story
from bot.slack.blocks.text import phrase
from tests.changes import drawing
from tests.reviews.fakes import START, submission

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.changes.content import Content
    from bot.locales import Translator
    from bot.slack.blocks.message import Message

Drawn: TypeAlias = "Message | dict[str, Any]"
Drawing: TypeAlias = "Callable[[Translator, str], Iterator[Drawn]]"

LINK = "https://x.slack.com/archives/C0A/p10"
QUESTION, ANSWERED = "V0ASKED", "V0ANSWERED"
REASONS = ("Ticket is missing", "x" * 75)
"""What whoever runs the bot has written; the settings keep it short."""

DRAWINGS: dict[str, Drawing] = {}
"""By builder, `module.function`: all that it draws in a language about a text."""


def draws(name: str) -> Callable[[Drawing], Drawing]:
    """Register what a builder is given."""

    def register(drawing: Drawing) -> Drawing:
        DRAWINGS[name] = drawing
        return drawing

    return register


def all_notices(text: str) -> Iterator[notices.Notice]:
    """Everything that can be told elsewhere of any review; a decision needs one."""
    yield notices.Escalated()
    yield notices.ReleaseReached(status=text)
    yield notices.ReleaseReached(status="not_activated")
    yield notices.ReleaseReached(status="publishing", settled=False)
    yield notices.PublishFailed()
    yield notices.HandedOver(by="U0LIN", note=text)
    yield notices.Asked(question_id=QUESTION)
    yield notices.Answered(question_id=ANSWERED)


def full_home(t: Translator, text: str) -> dict[str, Any]:
    """A home with as much as it can have."""
    following = Place(at=START, review_id="r" * 32)
    first, ended = next(reviews(text)), next(review for review in reviews(text) if review.opinion)
    waiting = Page(reviews=(first,) * WAITING_AT_HOME, turned=True, next=following)
    past = Page(reviews=(ended,) * LATELY_AT_HOME, turned=True, next=following)
    return home.home(t, Home(may_use=True, waiting=waiting, voted=past, submitted=past), user_id="U0LIN")


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
    question = Question(id=QUESTION, asked_by="U0LIN", text=text, asked_at=START)
    answered = replace(question, id=ANSWERED, answered_by="U0OMAR", answer=text, answered_at=START)
    handover = Handover(id="h", by="U0LIN", to="U0OMAR", at=START, note=text)
    rules = Policy(reviewers=("U0LIN",), approvals_required=3, reasons=REASONS)
    base = Review(
        id="r" * 32,
        round=2,
        state=ReviewState.OPEN,
        submission=version,
        route=Route(channel="C0A", notify=(), policy=rules, locale="en"),
        requested_by="U0ASKED",
        submitter_user=None,
        opened_at=START,
        card=MessageRef(channel="C0A", ts="1.0", link=LINK),
        votes=(vote, replace(vote, user_id="U0OMAR", verdict=Verdict.REJECT)),
        questions=(question, answered),
        handovers=(handover,) * 5,
        escalated_at=START,
        release_status=text,
    )
    yield base
    unknown = replace(base, requested_by=None)
    yield unknown
    yield replace(unknown, route=replace(base.route, policy=replace(rules, require_known_submitter=True)))
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
    yield news.VoteWithdrawn(user_id="U0LIN", verdict="approve", approvals=0)
    yield news.QuestionAsked(question_id=QUESTION)
    yield news.QuestionAnswered(question_id=ANSWERED)
    yield news.HandedOver(by="U0LIN", to="U0OMAR", note=text)
    yield news.Escalated(to="C0A")
    yield news.VoteDropped(user_id="U0LIN", approvals=1)
    yield news.Checked()
    yield news.Rebased(version=text, active=True, voters=("U0LIN", "U0OMAR"))
    yield news.Rebased(version="", active=False)
    yield news.NoPicture(text="No font draws {characters}.", facts={"characters": text})
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


@draws("notices.notice")
def _notice(t: Translator, text: str) -> Iterator[Drawn]:
    first, *others = reviews(text)
    for review, told in itertools.product((first, others[-1]), all_notices(text)):
        yield from (notice_blocks.notice(t, review, told, personal=personal) for personal in (True, False))
    for review in others:
        if review.opinion and review.decision:
            rejected = replace(review, decision=replace(review.decision, result=Result.UN_PASS))
            for one, personal in itertools.product((review, rejected), (True, False)):
                yield notice_blocks.notice(t, one, notices.Decided(), personal=personal)


@draws("notices.question")
def _question(t: Translator, text: str) -> Iterator[Drawn]:
    first = next(reviews(text))
    for question_id, named in itertools.product((QUESTION, ANSWERED), (True, False)):
        yield notice_blocks.question(t, first, question_id, named=named)


@draws("notices.answer")
def _answer(t: Translator, text: str) -> Iterator[Drawn]:
    yield from (notice_blocks.answer(t, next(reviews(text)), ANSWERED, named=named) for named in (True, False))


@draws("reminders.reminder")
def _reminder(t: Translator, text: str) -> Iterator[Drawn]:
    yield reminders.reminder(t, [next(reviews(text))] * LISTED_IN_REMINDER, more=True)
    yield from (reminders.reminder(t, [review]) for review in reviews(text) if review.open)


@draws("reminders.digest")
def _digest(t: Translator, text: str) -> Iterator[Drawn]:
    yield reminders.digest(t, [next(reviews(text))] * LISTED_IN_DIGEST, more=True)
    yield reminders.digest(t, [review for review in reviews(text) if review.open], more=False)


@draws("story.story")
def _shown(t: Translator, text: str) -> Iterator[Drawn]:
    for review in reviews(text):
        record = RecordedApproval(id="a", result=text, content=text, user_id=text, created_at=text)
        yield story(t, Story(submission=review.submission, rounds=(review,) * 5, recorded=(record,) * 5))
    pending = replace(next(reviews(text)).submission, status="pending_approval")
    yield story(t, Story(submission=pending, recorded=None))


def _content(name: str) -> Content:
    flow = drawing.taskflow(drawing.start(), drawing.plugin("Activity_1", name, name))
    return drawing.content(drawing.version(flow, description=name))


@draws("changes.changes_modal")
def _changes(t: Translator, text: str) -> Iterator[Drawn]:
    old, new = (_content(name) for name in (text, "x"))
    check = Check(mode=CheckMode.BASIC, result=CheckResult.FAILED, detail=text)
    examination = Examination(at=START, against=Against.ACTIVE, baseline_version=text, checks=(check,))
    for review in reviews(text):
        examined = replace(review, examination=examination, round=2)
        changes = Changes(difference=compare(old, new), since=compare(new, old))
        yield changes_modal(t, examined, changes, Asked())
        yield changes_modal(t, examined, changes, Asked(which=SINCE))
        yield card.card(t, examined)


@draws("answers.requested")
def _requested(t: Translator, text: str) -> Iterator[Drawn]:
    yield from (answers.requested(t, review, opened=review.open) for review in reviews(text))


@draws("answers.pending")
def _pending(t: Translator, text: str) -> Iterator[Drawn]:
    for mine in (True, False):
        yield answers.pending(t, [next(reviews(text))] * (LISTED + 1), mine=mine)
        yield answers.pending(t, list(reviews(text))[:LISTED], mine=mine)
        yield answers.pending(t, [], mine=mine)
        yield answers.pending(t, [], mine=mine, later=True)


@draws("answers.history")
def _history(t: Translator, text: str) -> Iterator[Drawn]:
    yield answers.history(t, [*reviews(text), *reviews(text)][-LISTED - 1 :])
    yield answers.history(t, [])
    yield answers.history(t, [], later=True)


@draws("answers.help_text")
def _help(t: Translator, text: str) -> Iterator[Drawn]:
    yield answers.help_text(t, "/secmaster", [("help", "shows this list")], unknown=text)


@draws("home.home")
def _home(t: Translator, text: str) -> Iterator[Drawn]:
    yield full_home(t, text)
    every = Page(reviews=tuple(reviews(text))[:LATELY_AT_HOME])
    yield home.home(t, Home(may_use=True, waiting=every, voted=every, submitted=every), user_id="U0LIN")
    yield home.home(t, Home(may_use=True), user_id="U0LIN")
    yield home.home(t, Home(may_use=True, voted=Page(turned=True)), user_id="U0LIN")
    yield home.home(t, Home(may_use=False), user_id="U0LIN")


@draws("modals.reason_modal")
def _reason_modal(t: Translator, text: str) -> Iterator[Drawn]:
    typed = text.encode("utf-8", "replace").decode()  # it is read without lone surrogates (listeners.payload)
    filled = modals.Filled(reason=typed, version=1)
    for known in reviews(text):
        review = replace(known, votes=tuple(replace(vote, reason=typed) for vote in known.votes))
        for verdict in Verdict:
            yield modals.reason_modal(t, review, verdict, opened_for="U0LIN")
            yield modals.reason_modal(t, review, verdict, opened_for="U0LIN", filled=filled)


@draws("modals.ask_modal")
def _ask_modal(t: Translator, text: str) -> Iterator[Drawn]:
    yield from (modals.ask_modal(t, review, opened_for="U0LIN") for review in reviews(text))


@draws("modals.answer_modal")
def _answer_modal(t: Translator, text: str) -> Iterator[Drawn]:
    for review in reviews(text):
        yield from (modals.answer_modal(t, review, question, opened_for="U0LIN") for question in review.questions)


@draws("modals.hand_over_modal")
def _hand_over_modal(t: Translator, text: str) -> Iterator[Drawn]:
    yield from (modals.hand_over_modal(t, review, opened_for="U0LIN") for review in reviews(text))


@draws("modals.too_late")
def _too_late(t: Translator, text: str) -> Iterator[Drawn]:
    for review in reviews(text):
        yield modals.too_late(t, review, reason=text)
        yield modals.too_late(t, replace(review, decision=None), reason="", voted=False)


@draws("modals.refusal")
def _refusal(t: Translator, text: str) -> Iterator[Drawn]:
    why = phrase("{why}", why=text)
    yield from (modals.refusal(t, why, reason=reason) for reason in (text, ""))


@draws("modals.outdated")
def _outdated(t: Translator, text: str) -> Iterator[Drawn]:
    yield from (modals.outdated(t, reason=reason) for reason in (text, ""))


@draws("modals.recording")
def _recording(t: Translator, text: str) -> Iterator[Drawn]:
    yield from (modals.recording(t, reason) for reason in (text, ""))


@draws("modals.too_large")
def _too_large(t: Translator, _text: str) -> Iterator[Drawn]:
    yield modals.too_large(t)


@draws("modals.checking")
def _checking(t: Translator, _text: str) -> Iterator[Drawn]:
    yield modals.checking(t)


@draws("modals.recorded")
def _recorded(t: Translator, _text: str) -> Iterator[Drawn]:
    yield modals.recorded(t)


@draws("modals.noted")
def _noted(t: Translator, text: str) -> Iterator[Drawn]:
    yield modals.noted(t, answers.will_remind(t, START), phrase("{text}", text=text))
