"""What reviewers do beside voting: ask the submitter, hand over to a colleague, have themselves reminded."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import structlog

from bot.errors import NoHeir, QuestionGone, ReasonRefused, ReviewGone, SlackRefused
from bot.hours import zone_of
from bot.locales import N_
from bot.reviews import jobs, news, notices, nudges, policy, transitions
from bot.reviews.audit import AuditEvent, entry
from bot.reviews.models import Handover, Nudge, Question, ReviewState
from bot.reviews.policy import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from bot.reviews.admission import Admission
    from bot.reviews.models import Person, Review
    from bot.reviews.ports import Transaction
    from bot.reviews.world import World

log = structlog.get_logger(__name__)

TEXT_LONGEST = 1000
"""Characters of a question, an answer or a note."""
QUESTIONS_MOST = 20
HANDOVERS_MOST = 50
"""A review is read and written whole; nobody needs more of either."""

ANSWERED = N_("This question was answered already; the thread has the answer.")
MAY_NOT_REVIEW = N_("They may not review this release, so it cannot be handed over to them. Pick somebody else.")

NO_HEIRS: Mapping[Refusal, str] = {
    Refusal.DEACTIVATED: N_("Their account is deactivated. Pick somebody else."),
    Refusal.BOT: N_("Apps cannot review. Pick somebody else."),
    Refusal.EXTERNAL: N_("They belong to another workspace and cannot review. Pick somebody else."),
    Refusal.GUEST: N_("Guests cannot review. Pick somebody else."),
    Refusal.NOT_A_REVIEWER: N_("They are not a reviewer of this release. Pick somebody else."),
    Refusal.SUBMITTER: N_("They submitted this version, so they may not review it. Pick somebody else."),
    Refusal.ASKED_FOR_IT: N_("They asked for this review, so they may not do it. Pick somebody else."),
    Refusal.SUBMITTER_UNKNOWN: MAY_NOT_REVIEW,
}


class Conversing:
    """Each method checks the person, writes down what they want, and leaves the telling to jobs."""

    def __init__(self, world: World, admission: Admission) -> None:
        self._world = world
        self._admission = admission

    async def ask(self, user_id: str, review: Review, text: str, *, view_id: str) -> None:
        """A question of a reviewer for the submitter; NotAllowed, ReasonRefused, ReviewGone.

        `view_id` names the form here and below: the same submit delivered twice counts once.
        """
        _check_text(text, N_("Type the question first."))
        person = await self._admission.check_reviewer(user_id, review)
        question = Question(id=view_id, asked_by=user_id, text=text, asked_at=self._world.clock())
        await self._in_open_review(review, lambda tx, current: _asked(tx, current, question, person.name))
        log.info("review.asked", review_id=review.id, user_id=user_id)

    async def answer(self, user_id: str, review: Review, question_id: str, text: str) -> None:
        """An answer, by anybody who may use the bot: the submitter, or who knows; QuestionGone when one was faster."""
        _check_text(text, N_("Type the answer first."))
        person = await self._admission.admit(user_id, to=review)
        now = self._world.clock()

        def record(tx: Transaction, current: Review) -> None:
            _answered(tx, current, question_id, person, text=text, now=now)

        await self._in_open_review(review, record)
        log.info("review.answered", review_id=review.id, user_id=user_id)

    async def hand_over(self, user_id: str, review: Review, *, to: str, note: str, view_id: str) -> None:
        """Leave a review to a colleague who may vote on it and has not; NoHeir when they may not."""
        _check_length(note)
        person = await self._admission.check_reviewer(user_id, review)
        heir = await self._heir(user_id, review, to)
        handover = Handover(id=view_id, by=user_id, to=to, at=self._world.clock(), note=note.strip())
        await self._in_open_review(review, lambda tx, current: _handed_over(tx, current, handover, person, heir))
        log.info("review.handed_over", review_id=review.id, user_id=user_id, to=to)

    async def remind_me(self, user_id: str, review: Review, choice: nudges.Later) -> datetime:
        """Remind a reviewer at a moment of their choice, and not before; the moment."""
        person = await self._admission.check_reviewer(user_id, review)
        world = self._world
        at = nudges.later(choice, now=world.clock(), hours=world.working_hours, zone=zone_of(person.tz))

        def record(tx: Transaction, current: Review) -> None:
            known = tx.nudge(current.id, user_id) or Nudge(review_id=current.id, user_id=user_id)
            tx.save_nudge(_wanted(known, at))
            tx.add_job(jobs.wake(current.id, user_id, at=at))

        await self._in_open_review(review, record)
        log.info("review.snoozed", review_id=review.id, user_id=user_id, at=at.isoformat())
        return at

    async def _heir(self, user_id: str, review: Review, to: str) -> Person:
        if to == user_id:
            raise NoHeir("That is you. Pick somebody else.")
        if review.vote_of(to):
            raise NoHeir("They have voted on this release already. Pick somebody else.")
        try:
            person = await self._world.directory.person(to)
            refusal = await self._admission.refusal(person, review)
        except SlackRefused as refused:
            log.info("review.heir_unreadable", review_id=review.id, code=refused.code)
            raise NoHeir(MAY_NOT_REVIEW) from refused
        if refusal:
            raise NoHeir(NO_HEIRS[refusal])
        return person

    async def _in_open_review(self, review: Review, record: Callable[[Transaction, Review], None]) -> None:
        def work(tx: Transaction) -> None:
            current = tx.review(review.id)
            if current is None or not current.open:
                raise ReviewGone("This review has ended meanwhile.")
            record(tx, current)

        await self._world.store.transact(work)


def _check_text(text: str, if_empty: str) -> None:
    if not text.strip():
        raise ReasonRefused(if_empty)
    _check_length(text)


def _check_length(text: str) -> None:
    if len(text) > TEXT_LONGEST:
        raise ReasonRefused(
            "This is {length} characters long; at most {limit} are possible. Shorten it.",
            length=len(text),
            limit=TEXT_LONGEST,
        )


def _wanted(nudge: Nudge, at: datetime) -> Nudge:
    return replace(nudge, wanted_at=at, due=False)


def _asked(tx: Transaction, review: Review, question: Question, name: str) -> None:
    if any(known.id == question.id for known in review.questions):
        return
    if len(review.questions) >= QUESTIONS_MOST:
        raise ReasonRefused("This release has as many questions as can be kept. Go on in the thread.")
    tx.change_review(review.id, expected=ReviewState.OPEN, questions=(*review.questions, question))
    at, by = question.asked_at, question.asked_by
    tx.record(entry(review, AuditEvent.ASKED, {"text": question.text}, at=at, user_id=by, name=name))
    transitions.show(tx, review, at)
    tx.add_job(jobs.reply(review, news.to_payload(news.QuestionAsked(question_id=question.id))))
    if submitter := policy.submitter(review):
        tx.add_job(jobs.announce(review, submitter, notices.to_payload(notices.Asked(question_id=question.id))))


def _answered(tx: Transaction, review: Review, question_id: str, person: Person, *, text: str, now: datetime) -> None:
    question = next((one for one in review.questions if one.id == question_id), None)
    if question and (question.answered_by, question.answer) == (person.id, text):
        return
    if question is None or question.answered_by:
        raise QuestionGone(ANSWERED)
    answered = replace(question, answered_by=person.id, answer=text, answered_at=now)
    questions = tuple(answered if one.id == question_id else one for one in review.questions)
    tx.change_review(review.id, expected=ReviewState.OPEN, questions=questions)
    said = {"to": question.asked_by, "asked": question.text, "text": text}
    tx.record(entry(review, AuditEvent.QUESTION_ANSWERED, said, at=now, user_id=person.id, name=person.name))
    transitions.show(tx, review, now)
    tx.add_job(jobs.reply(review, news.to_payload(news.QuestionAnswered(question_id=question_id))))
    if person.id != question.asked_by:
        notice = notices.Answered(question_id=question_id)
        tx.add_job(jobs.announce(review, question.asked_by, notices.to_payload(notice)))


def _handed_over(tx: Transaction, review: Review, handover: Handover, person: Person, heir: Person) -> None:
    if any(known.id == handover.id for known in review.handovers):
        return
    if len(review.handovers) >= HANDOVERS_MOST:
        raise ReasonRefused("This review was handed over too often. Agree in the thread who reviews it.")
    tx.change_review(review.id, expected=ReviewState.OPEN, handovers=(*review.handovers, handover))
    said = {"to": heir.id, "to_person": heir.name, "note": handover.note}
    tx.record(entry(review, AuditEvent.HANDED_OVER, said, at=handover.at, user_id=person.id, name=person.name))
    transitions.show(tx, review, handover.at)
    told = news.HandedOver(by=handover.by, to=handover.to, note=handover.note)
    tx.add_job(jobs.reply(review, news.to_payload(told)))
    notice = notices.HandedOver(by=handover.by, note=handover.note)
    tx.add_job(jobs.announce(review, handover.to, notices.to_payload(notice)))
