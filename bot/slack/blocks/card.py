"""The card of a review: what is under review, where it stands, and the buttons while votes count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slack_sdk.models.blocks import ActionsBlock, ButtonElement, ContextBlock, HeaderBlock

from bot.reviews import policy
from bot.reviews.models import ReleaseStatus, ReviewState, Verdict
from bot.slack.blocks import words
from bot.slack.blocks.message import Message, message
from bot.slack.blocks.text import (
    Bold,
    Code,
    Phrase,
    User,
    clean,
    clip,
    facts,
    fallback,
    phrase,
    plain,
    quote,
    rich,
    section,
)

if TYPE_CHECKING:
    from slack_sdk.models.blocks import Block

    from bot.locales import Translator
    from bot.reviews.models import Review, Submission
    from bot.slack.blocks.text import Value

APPROVE = "review_approve"
REJECT = "review_reject"
RETRY = "review_retry"

STEPS_SHOWN = 600
"""Characters of the outline of a flow."""

DESCRIPTION_SHOWN = 1200
"""Characters of the description on the card; `/secmaster show` gives more of it."""


def card(t: Translator, review: Review) -> Message:
    """The card as it has to look now."""
    standing = _standing(t, review)
    blocks: list[Block] = [
        HeaderBlock(text=plain(words.title(review.submission), 150)),
        rich(facts(submission_facts(t, review))),
        *description(review.submission, DESCRIPTION_SHOWN),
        rich(section(*standing)),
    ]
    if review.open:
        blocks += [ActionsBlock(elements=vote_buttons(t, review)), _rules(t, review)]
    elif review.state is ReviewState.FAILED:
        blocks.append(ActionsBlock(elements=[_retry_button(t, review)]))
    return message(fallback(_headline(t, review), *standing), blocks)


def submission_facts(t: Translator, review: Review) -> list[tuple[str, Value]]:
    """What is under review, as labelled values."""
    submission = review.submission
    pairs: list[tuple[str, Value]] = [
        (t("Type"), words.workflow_type(t, submission.aop_type)),
        (t("Submitted by"), words.word(submission.submitter) or t("not stated")),
        (t("Submitted at"), words.stamp(t, submission.submitted_at)),
        (t("Version id"), Code(words.word(submission.version_id))),
    ]
    if steps := words.steps(submission):
        pairs.insert(1, (t("Steps"), clip(steps, STEPS_SHOWN)))
    if review.requested_by:
        pairs.append((t("Review asked for by"), User(review.requested_by)))
    if review.round > 1:
        pairs.append((t("Round"), str(review.round)))
    return pairs


def description(submission: Submission, limit: int) -> list[Block]:
    """The author's words, if there are any."""
    text = clean(submission.description).strip()
    return [rich(quote(clip(text, limit)))] if text else []


def vote_buttons(t: Translator, review: Review) -> list[ButtonElement]:
    """Approve and Reject; they carry the review's id and nothing else."""
    name = words.title(review.submission, 50)
    return [
        ButtonElement(
            text=plain(t("Approve"), 75),
            action_id=APPROVE,
            value=review.id,
            style="primary",
            accessibility_label=clip(t("Approve {name}").format(name=name), 75),
        ),
        ButtonElement(
            text=plain(t("Reject"), 75),
            action_id=REJECT,
            value=review.id,
            style="danger",
            accessibility_label=clip(t("Reject {name}").format(name=name), 75),
        ),
    ]


def _retry_button(t: Translator, review: Review) -> ButtonElement:
    label = t("Send the decision on {name} again").format(name=words.title(review.submission, 40))
    return ButtonElement(
        text=plain(t("Retry"), 75), action_id=RETRY, value=review.id, accessibility_label=clip(label, 75)
    )


def _rules(t: Translator, review: Review) -> ContextBlock:
    needed = review.route.policy.approvals_required
    rule = t("One approval publishes this version, one rejection sends it back.")
    if needed > 1:
        rule = t("{needed} approvals publish this version, one rejection sends it back.").format(needed=needed)
    return ContextBlock(elements=[plain(rule)])


def _headline(t: Translator, review: Review) -> Phrase:
    name = Bold(words.title(review.submission))
    sentences = {
        ReviewState.OPEN: t("Review needed: {name}."),
        ReviewState.DECIDING: t("Being decided: {name}."),
        ReviewState.DECIDED: t("Decided: {name}."),
        ReviewState.FAILED: t("Decision not delivered: {name}."),
        ReviewState.CLOSED: t("Review closed: {name}."),
    }
    return phrase(sentences[review.state], name=name)


def _standing(t: Translator, review: Review) -> list[Phrase]:
    """Where the review stands, one sentence a line."""
    match review.state:
        case ReviewState.OPEN:
            return _open(t, review)
        case ReviewState.DECIDING:
            return [words.decided_by(t, review), *_waiting(t, review)]
        case ReviewState.DECIDED:
            return [words.decided_by(t, review), *_answered(t, review)]
        case ReviewState.FAILED:
            return [words.decided_by(t, review), *_failed(t, review)]
        case ReviewState.CLOSED:
            return _closed(t, review)


def _open(t: Translator, review: Review) -> list[Phrase]:
    needed = review.route.policy.approvals_required
    if needed == 1 and not review.votes:
        return [phrase(t("⏳ Waiting for review"))]
    counted = policy.approvals(review.votes)
    lines = [phrase(t("⏳ Waiting for review: {counted} of {needed} approvals"), counted=counted, needed=needed)]
    return lines + [_vote(t, vote.user_id, vote.verdict) for vote in review.votes]


def _vote(t: Translator, user_id: str, verdict: Verdict) -> Phrase:
    sentence = t("{person} approves") if verdict is Verdict.APPROVE else t("{person} rejects")
    return phrase(sentence, person=User(user_id))


def _waiting(t: Translator, review: Review) -> list[Phrase]:
    if review.failure is None or review.failure.retry_at is None:
        return [phrase(t("📨 Being sent to SecMaster"))]
    failure = words.failure(t, review.failure)
    if review.sent_at:
        return [
            phrase(t("⚠️ Not known yet whether it took effect: {failure}"), failure=failure),
            phrase(t("SecMaster will be asked again at {when}"), when=review.failure.retry_at),
        ]
    return [
        phrase(t("⚠️ Not delivered yet: {failure}"), failure=failure),
        phrase(t("It will be tried again at {when}"), when=review.failure.retry_at),
    ]


def _answered(t: Translator, review: Review) -> list[Phrase]:
    opinion = review.opinion
    result = Code(words.word(opinion.result)) if opinion else Code("")
    lines = [phrase(words.recorded(t, opinion), result=result)]
    if review.release_status not in {"", ReleaseStatus.PENDING_APPROVAL} or review.release_final:
        loud = "⚠️ " if review.release_status == ReleaseStatus.PUBLISH_FAILED else ""
        status = words.release(t, review.release_status)
        lines.append(phrase(loud + t("Release: {status}"), status=Bold(status)))
    return lines


def _failed(t: Translator, review: Review) -> list[Phrase]:
    if review.failure is None:  # a failed review always has one
        return []
    return [
        phrase(
            words.not_delivered(t, outcome_known=review.sent_at is None) + " {failure}",
            failure=words.failure(t, review.failure),
        ),
        phrase(t("Nothing was published or sent back. Mend the cause, then press Retry."))
        if review.sent_at is None
        else phrase(t("Whether it took effect is not known. Press Retry: it looks before it sends.")),
    ]


def _closed(t: Translator, review: Review) -> list[Phrase]:
    lines = (
        [phrase(t("🚪 This review is closed.") + " {why}", why=words.closed_because(t, review.closed_because))]
        if review.closed_because
        else []
    )
    if review.closed_at:
        lines.append(phrase(t("Seen {when}"), when=review.closed_at))
    if review.release_status:
        lines.append(phrase(t("Its status then: {status}"), status=Bold(words.release(t, review.release_status))))
    return lines
