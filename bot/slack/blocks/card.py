"""The card of a review: what is under review, where it stands, and the buttons while votes count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slack_sdk.models.blocks import (
    ActionsBlock,
    ButtonElement,
    ContextBlock,
    HeaderBlock,
    Option,
    OverflowMenuElement,
)

from bot.plain_text import clean, clip
from bot.reviews import policy
from bot.reviews.models import ReleaseStatus, ReviewState, Verdict
from bot.reviews.nudges import Later
from bot.slack.blocks import words
from bot.slack.blocks.changes import see_button, summary
from bot.slack.blocks.message import Message, message
from bot.slack.blocks.text import Bold, Code, Phrase, User, facts, fallback, phrase, plain, quote, rich, section

if TYPE_CHECKING:
    from slack_sdk.models.blocks import Block, InteractiveElement

    from bot.locales import Translator
    from bot.reviews.models import Review, Submission
    from bot.slack.blocks.text import Value

APPROVE = "review_approve"
REJECT = "review_reject"
WITHDRAW = "review_withdraw"
MENU = "review_menu"
RETRY = "review_retry"

ASK, HAND_OVER = "ask", "hand_over"
"""What the menu offers beside the moments for a reminder; each stands before the review's id in a value."""
HANDOVERS_SHOWN = 3

STEPS_SHOWN = 400
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
        blocks += [ActionsBlock(elements=acts(t, review, withdraw=bool(review.votes))), _rules(t, review)]
    elif review.state is ReviewState.FAILED:
        blocks.append(ActionsBlock(elements=[_retry_button(t, review), see_button(t, review)]))
    return message(fallback(_headline(t, review), *standing), blocks)


def submission_facts(t: Translator, review: Review) -> list[tuple[str, Value]]:
    """What is under review, as labelled values."""
    submission = review.submission
    pairs = [*identity(t, review), *summary(t, review)]
    if steps := words.steps(submission):
        pairs.append((t("Steps"), clip(steps, STEPS_SHOWN)))
    pairs.append((t("Version id"), Code(words.word(submission.version_id))))
    if review.requested_by:
        pairs.append((t("Review asked for by"), User(review.requested_by)))
    if review.round > 1:
        pairs.append((t("Round"), str(review.round)))
    return pairs


def identity(t: Translator, review: Review) -> list[tuple[str, Value]]:
    """What kind it is, where it belongs, and who submitted it when."""
    submission = review.submission
    workspace = words.word(review.route.workspace) or words.word(submission.workspace_id)
    return [
        (t("Type"), words.workflow_type(t, submission.aop_type)),
        (t("Workspace"), workspace),
        (t("Submitted by"), _submitter(t, review)),
        (t("Submitted at"), words.stamp(t, submission.submitted_at)),
    ]


def _submitter(t: Translator, review: Review) -> Value:
    """SecMaster's name of the submitter, and who that is in Slack where it is known."""
    name = words.word(review.submission.submitter) or t("not stated")
    if review.submitter_user is None:
        return name
    return phrase("{name} ({person})", name=name, person=User(review.submitter_user))


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


def menu(t: Translator, review: Review) -> OverflowMenuElement:
    """What else a reviewer may do; values carry ids and nothing else."""
    return OverflowMenuElement(
        action_id=MENU,
        options=[
            _choice(t("Ask the submitter"), ASK, review),
            _choice(t("Hand over"), HAND_OVER, review),
            _choice(t("Remind me in 1 hour"), Later.ONE_HOUR, review),
            _choice(t("Remind me in 4 hours"), Later.FOUR_HOURS, review),
            _choice(t("Remind me tomorrow"), Later.TOMORROW, review),
        ],
    )


def _choice(label: str, what: str, review: Review) -> Option:
    return Option(text=plain(label, 75), value=f"{what}:{review.id}")


def acts(t: Translator, review: Review, *, withdraw: bool = False) -> list[InteractiveElement]:
    """Everything that can be done about an open review, wherever it is shown."""
    buttons = [*vote_buttons(t, review), *([_withdraw_button(t, review)] if withdraw else [])]
    return [*buttons, see_button(t, review), menu(t, review)]


def _withdraw_button(t: Translator, review: Review) -> ButtonElement:
    label = t("Withdraw my vote on {name}").format(name=words.title(review.submission, 40))
    return ButtonElement(
        text=plain(t("Withdraw my vote"), 75),
        action_id=WITHDRAW,
        value=review.id,
        accessibility_label=clip(label, 75),
    )


def _retry_button(t: Translator, review: Review) -> ButtonElement:
    label = t("Send the decision on {name} again").format(name=words.title(review.submission, 40))
    return ButtonElement(
        text=plain(t("Retry"), 75), action_id=RETRY, value=review.id, accessibility_label=clip(label, 75)
    )


def _rules(t: Translator, review: Review) -> ContextBlock:
    needed = review.route.policy.approvals_required
    rule = t("1 approval publishes this version, 1 rejection sends it back.")
    if needed > 1:
        rule = t("{needed} approvals publish this version, 1 rejection sends it back.").format(needed=needed)
    return ContextBlock(elements=[plain(rule), *([plain(doubt)] if (doubt := _doubt(t, review)) else [])])


def _doubt(t: Translator, review: Review) -> str:
    """What cannot be checked about who votes; "" when all can."""
    if policy.self_review_unchecked(review):
        return t("⚠️ The submitter is not known in Slack, so self-review cannot be checked.")
    if review.route.policy.require_known_submitter and review.submitter_user is None:
        return t(
            "⛔ The submitter is not known in Slack, so nobody can vote yet. "
            "Ask whoever runs this bot to add them, or to correct their Slack id."
        )
    return ""


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
        lines = [phrase(t("⏳ Waiting for review"))]
    else:
        counted = policy.approvals(review.votes)
        lines = [phrase(t("⏳ Waiting for review: {counted} of {needed} approvals"), counted=counted, needed=needed)]
        lines += [_vote(t, vote.user_id, vote.verdict) for vote in review.votes]
    return lines + _between_people(t, review)


def _between_people(t: Translator, review: Review) -> list[Phrase]:
    """Who waits for whom."""
    lines = [
        phrase(t("🤝 {person} handed over to {heir}"), person=User(handover.by), heir=User(handover.to))
        for handover in review.handovers[-HANDOVERS_SHOWN:]
    ]
    if asking := dict.fromkeys(question.asked_by for question in review.unanswered):
        lines.append(
            phrase(t("❓ Waiting for an answer: {people} asked in the thread"), people=words.people([*asking]))
        )
    return lines


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
