"""What notification channels and single people are told about a review."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slack_sdk.models.blocks import ActionsBlock, ButtonElement

from bot.plain_text import clip
from bot.reviews import notices
from bot.reviews.models import ReleaseStatus, Result
from bot.slack.blocks import words
from bot.slack.blocks.card import acts
from bot.slack.blocks.message import Message, lines_only, message
from bot.slack.blocks.text import Ago, Bold, Code, Link, User, fallback, phrase, plain, quote, rich, section

if TYPE_CHECKING:
    from slack_sdk.models.blocks import Block

    from bot.locales import Translator
    from bot.reviews.models import Question, Review
    from bot.slack.blocks.text import Phrase

QUESTION_SHOWN = 300
"""Characters of a question that are repeated above its answer."""

ANSWER = "question_answer"
"""action_id of the button under a question."""


def notice(t: Translator, review: Review, told: notices.Notice, *, personal: bool) -> Message:  # noqa: PLR0911 - one line a kind
    """The notice as a message, for one person or for a channel."""
    match told:
        case notices.Decided():
            return _decided(t, review, quoted=personal)
        case notices.PublishFailed():
            return _publish_failed(t, review)
        case notices.ReleaseReached(status=status, settled=settled):
            lines = [*_about(t, review, named=True), release(t, status, settled=settled)]
            return lines_only(*lines)
        case notices.Escalated():
            return _escalated(t, review)
        case notices.HandedOver():
            return _handed_over(t, review, told)
        case notices.Asked(question_id=question_id):
            return question(t, review, question_id, named=True)
        case notices.Answered(question_id=question_id):
            return answer(t, review, question_id, named=True)


def question(t: Translator, review: Review, question_id: str, *, named: bool = False) -> Message:
    """A question for the submitter with a button for the answer; `named`: to them, with the name of the release."""
    asked = question_of(review, question_id)
    sentence = t("❓ {person} asks you:") if named else t("❓ {person} asks the submitter:")
    line = phrase(sentence, person=User(asked.asked_by))
    after = _after(t, review, asked)
    told = rich(
        section(*_about(t, review, named=named), line), quote(asked.text), *([section(*after)] if after else [])
    )
    blocks: list[Block] = [told]
    if not after:
        label = t("Answer the question on {name}").format(name=words.title(review.submission, 40))
        button = ButtonElement(
            text=plain(t("Answer"), 75),
            action_id=ANSWER,
            value=f"{asked.id}:{review.id}",
            accessibility_label=clip(label, 75),
        )
        blocks.append(ActionsBlock(elements=[button]))
    return message(fallback(*_about(t, review, named=named), line, phrase("{text}", text=asked.text)), blocks)


def _after(t: Translator, review: Review, asked: Question) -> list[Phrase]:
    """What became of a question that nobody can answer any more; empty while it waits."""
    if asked.answered_by:
        return [phrase(t("✅ {person} has answered; the thread has the answer."), person=User(asked.answered_by))]
    return [] if review.open else words.outcome(t, review)


def answer(t: Translator, review: Review, question_id: str, *, named: bool = False) -> Message:
    """An answer, below its question."""
    asked = question_of(review, question_id)
    by = User(asked.answered_by or asked.asked_by)
    line = phrase(t("💬 {person} answers the question of {asker}:"), person=by, asker=User(asked.asked_by))
    lines = [*_about(t, review, named=named), line]
    told = rich(section(*lines), quote(asked.text, QUESTION_SHOWN), quote(asked.answer))
    return message(fallback(*lines, phrase("{answer}", answer=asked.answer)), [told])


def question_of(review: Review, question_id: str) -> Question:
    """The question of that id; questions are never taken out of a review."""
    return next(question for question in review.questions if question.id == question_id)


def entry(t: Translator, review: Review) -> list[Phrase]:
    """A review that waits, in two or three lines."""
    lines = [
        phrase("{name}", name=Bold(words.title(review.submission))),
        phrase(
            t("{type} · submitted by {submitter} · waiting since {when} ({ago})"),
            type=words.workflow_type(t, review.submission.aop_type),
            submitter=words.word(review.submission.submitter) or t("not stated"),
            when=review.opened_at,
            ago=Ago(review.opened_at),
        ),
    ]
    if not review.open:
        lines.append(phrase("{standing}", standing=words.standing(t, review)))
    elif review.votes or review.route.policy.approvals_required > 1:
        lines.append(phrase("{approvals}", approvals=words.approvals(t, review)))
    if review.unanswered:
        lines.append(phrase(t("❓ A question waits for the submitter's answer.")))
    return lines + words.link(t, review)


def _decided(t: Translator, review: Review, *, quoted: bool) -> Message:
    """One line; with what SecMaster returned, for who has to work with it."""
    decision, opinion = review.decision, review.opinion
    if decision is None or opinion is None:  # told only after SecMaster answered
        raise ValueError(f"review {review.id} is not decided")
    passed = decision.result is Result.PASS
    sentence = t("✅ {name} was approved by {people}") if passed else t("❌ {name} was rejected by {people}")
    name = Bold(words.title(review.submission))
    answered = phrase(words.recorded(t, opinion), result=Code(words.word(opinion.result)))
    parts = [phrase(sentence, name=name, people=words.people(decision.decided_by)), answered]
    if review.card and review.card.link:
        parts.append(phrase("{link}", link=Link(review.card.link, t("Open the review"))))
    line = phrase(" · ".join(f"{{part{number}}}" for number in range(len(parts))), **_numbered(parts))
    said = [quote(opinion.content)] if quoted and opinion.content else []
    return message(fallback(line), [rich(section(line), *said)])


def _publish_failed(t: Translator, review: Review) -> Message:
    """Loud: what was approved does not work."""
    name = Bold(words.title(review.submission))
    line = phrase(t("🚨 {name} was approved, but SecMaster could not publish it. Look into SecMaster."), name=name)
    return lines_only(line, *words.link(t, review))


def release(t: Translator, status: str, *, settled: bool) -> Phrase:
    """Where a release has arrived, and what somebody has to do about it."""
    shown = Bold(words.release(t, status))
    if not settled:
        return phrase(t("⚠️ The version is still {status}. Look into SecMaster."), status=shown)
    if status == ReleaseStatus.PUBLISH_FAILED:
        return phrase(t("🚨 {status}: SecMaster could not publish this version. Look into SecMaster."), status=shown)
    if status == ReleaseStatus.NOT_ACTIVATED:
        return phrase(t("🏁 Final status: {status}. Activate it in SecMaster to put it to work."), status=shown)
    return phrase(t("🏁 Final status: {status}."), status=shown)


def _numbered(parts: list[Phrase]) -> dict[str, Phrase]:
    return {f"part{number}": part for number, part in enumerate(parts)}


def _escalated(t: Translator, review: Review) -> Message:
    headline = phrase(t("📣 A release still waits for review. Nothing is decided until people vote."))
    lines = [headline, *entry(t, review)]
    return message(fallback(*lines), [rich(section(*lines))])


def _handed_over(t: Translator, review: Review, told: notices.HandedOver) -> Message:
    headline = phrase(t("🤝 {person} asks you to review this release."), person=User(told.by))
    lines = [headline, *entry(t, review)]
    said = [quote(told.note)] if told.note else []
    blocks: list[Block] = [rich(section(*lines), *said)]
    if review.open:
        blocks.append(ActionsBlock(elements=acts(t, review)))
    return message(fallback(*lines, phrase("{note}", note=told.note)), blocks)


def _about(t: Translator, review: Review, *, named: bool) -> list[Phrase]:
    if not named:
        return []
    return [phrase("{name}", name=Bold(words.title(review.submission))), *words.link(t, review)]
