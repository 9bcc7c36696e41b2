"""What is told in the thread of a review."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slack_sdk.models.blocks import ContextBlock

from bot.plain_text import clean, clip
from bot.reviews import news
from bot.reviews.models import ClosedBecause, OpinionSource, Verdict
from bot.reviews.telling import PEOPLE
from bot.slack.blocks import notices, words
from bot.slack.blocks.changes import checks, summary
from bot.slack.blocks.message import Message, lines_only, message
from bot.slack.blocks.text import QUOTE_LIMIT, Bold, Channel, Code, User, fallback, phrase, plain, quote, rich, section

if TYPE_CHECKING:
    from slack_sdk.models.blocks import Block

    from bot.locales import Translator
    from bot.reviews.models import Decision, Opinion, Review
    from bot.slack.blocks.text import Phrase


def reply(t: Translator, review: Review, told: news.News) -> Message:  # noqa: C901, PLR0911, PLR0912 - one line a kind of news
    """The news as a message of the thread."""
    match told:
        case news.VoteCast():
            return _vote(t, review, told)
        case news.VoteWithdrawn():
            return _withdrawn(t, review, told)
        case news.QuestionAsked(question_id=question_id):
            return notices.question(t, review, question_id)
        case news.QuestionAnswered(question_id=question_id):
            return notices.answer(t, review, question_id)
        case news.HandedOver():
            return _handed_over(t, told)
        case news.VoteDropped():
            return _dropped(t, review, told)
        case news.Escalated(to=to):
            heard = User(to) if to.startswith(PEOPLE) else Channel(to)
            return lines_only(phrase(t("📣 Still waiting for review: {heard} got a message."), heard=heard))
        case news.OpinionReturned():
            return _opinion(t, review)
        case news.DecisionFailed():
            return _failed(t, told)
        case news.Retried(user_id=user_id):
            return lines_only(phrase(t("🔁 {person} has the decision sent again."), person=User(user_id)))
        case news.ReviewClosed():
            return _closed(t, told)
        case news.Checked():
            return lines_only(*_checked(t, review))
        case news.Rebased():
            return lines_only(*_rebased(t, told))
        case news.NoPicture():
            return _not_drawn(t, review, told)
        case news.ReleaseReached():
            return lines_only(notices.release(t, told.status, settled=told.settled))


def _vote(t: Translator, review: Review, cast: news.VoteCast) -> Message:
    person = User(cast.user_id)
    approves = cast.verdict == Verdict.APPROVE
    if cast.replaces:
        line = phrase(
            t("🗳️ {person} changed their vote: approve") if approves else t("🗳️ {person} changed their vote: reject"),
            person=person,
        )
    else:
        line = phrase(t("🗳️ {person} voted to approve") if approves else t("🗳️ {person} voted to reject"), person=person)
    lines = [line]
    if approves and review.route.policy.approvals_required > 1:
        lines.append(phrase("{approvals}", approvals=words.approvals_of(t, review, cast.approvals)))
    said = [quote(cast.reason)] if cast.reason.strip() else []
    return message(fallback(*lines, phrase("{reason}", reason=cast.reason)), [rich(section(*lines), *said)])


def _withdrawn(t: Translator, review: Review, told: news.VoteWithdrawn) -> Message:
    lines = [phrase(t("↩️ {person} withdrew their vote"), person=User(told.user_id))]
    lines.append(phrase("{approvals}", approvals=words.approvals_of(t, review, told.approvals)))
    return lines_only(*lines)


def _dropped(t: Translator, review: Review, told: news.VoteDropped) -> Message:
    line = phrase(
        t("↩️ {person} turned out to be the submitter, so their vote does not count"), person=User(told.user_id)
    )
    return lines_only(line, phrase("{approvals}", approvals=words.approvals_of(t, review, told.approvals)))


def _handed_over(t: Translator, told: news.HandedOver) -> Message:
    line = phrase(t("🤝 {person} handed this review over to {heir}."), person=User(told.by), heir=User(told.to))
    said = [quote(told.note)] if told.note.strip() else []
    return message(fallback(line, phrase("{note}", note=told.note)), [rich(section(line), *said)])


def _opinion(t: Translator, review: Review) -> Message:
    """SecMaster's opinion, word for word, with a note when it is not what was sent."""
    opinion, decision = review.opinion, review.decision
    if opinion is None or decision is None:  # told only after SecMaster answered
        raise ValueError(f"review {review.id} has no opinion")
    headline = words.answer(t, opinion)
    limit = QUOTE_LIMIT // 2 if differs(opinion, decision) else QUOTE_LIMIT
    blocks: list[Block] = [rich(section(headline), *([quote(opinion.content, limit)] if opinion.content else []))]
    lines = [headline, phrase("{content}", content=opinion.content)]
    if note := _source(t, opinion):
        blocks.append(ContextBlock(elements=[plain(note)]))
    if differs(opinion, decision):
        warning = phrase(t("⚠️ This is not what was sent. Sent: {result}"), result=Code(decision.result))
        blocks.append(rich(section(warning), quote(decision.content, limit)))
        lines.insert(0, warning)
    return message(fallback(*lines), blocks)


def differs(opinion: Opinion, decision: Decision) -> bool:
    """Whether SecMaster returned something else than it was sent; a status alone says nothing of the content."""
    if opinion.source is OpinionSource.STATUS_ONLY:
        return False
    return (opinion.result, opinion.content) != (decision.result, decision.content)


def _source(t: Translator, opinion: Opinion) -> str:
    if opinion.source is OpinionSource.READ_BACK:
        return t("SecMaster's answer was lost on the way; this was read back from its recorded approvals.")
    if opinion.source is OpinionSource.STATUS_ONLY:
        return t("SecMaster's answer was lost on the way and no record of it was found; the status tells the outcome.")
    return (
        t("SecMaster gave request id {request_id}.").format(request_id=words.word(opinion.request_id))
        if opinion.request_id
        else ""
    )


def _failed(t: Translator, told: news.DecisionFailed) -> Message:
    lines = [
        phrase(words.not_delivered(t, outcome_known=told.outcome_known)),
        phrase("{message}", message=clip(clean(told.message), words.MESSAGE_LIMIT)),
    ]
    if told.code:
        lines.append(phrase(t("Code {code}"), code=Code(words.word(told.code))))
    if told.status:
        lines.append(phrase("HTTP {status}", status=told.status))
    if told.request_id:
        lines.append(phrase(t("Request id {request_id}"), request_id=Code(words.word(told.request_id))))
    lines.append(phrase(t("The card has a Retry button.")))
    return lines_only(*lines)


def _closed(t: Translator, told: news.ReviewClosed) -> Message:
    lines = [phrase("🚪 {why}", why=words.closed_because(t, ClosedBecause(told.because)))]
    if told.status:
        lines.append(phrase(t("Status in SecMaster: {status}"), status=Bold(words.release(t, told.status))))
    if not told.result:
        return lines_only(*lines)
    recorded = (
        t("SecMaster's newest recorded opinion: {result}, by user {user}")
        if told.user_id
        else t("SecMaster's newest recorded opinion: {result}")
    )
    lines.append(phrase(recorded, result=Code(words.word(told.result)), user=Code(words.word(told.user_id))))
    return message(
        fallback(*lines, phrase("{content}", content=told.content)), [rich(section(*lines), quote(told.content))]
    )


def _checked(t: Translator, review: Review) -> list[Phrase]:
    made = review.examination.checks if review.examination else ()
    return [phrase(t("🔎 SecMaster's checks were run again: {checks}"), checks=checks(t, made))]


def _rebased(t: Translator, told: news.Rebased) -> list[Phrase]:
    sentence = (
        t("🔄 {version} is active now. From here on, what this version changes is told against that.")
        if told.active
        else t("🔄 What is active has changed. Look again at what this version changes.")
    )
    lines = [phrase(sentence, version=Bold(words.word(told.version)))]
    if told.voters:
        voted = t("Voted before that: {people}. These votes count; they can be changed or withdrawn.")
        lines.append(phrase(voted, people=words.people(told.voters)))
    return lines


def _not_drawn(t: Translator, review: Review, told: news.NoPicture) -> Message:
    """What the picture would have shown, in a line each."""
    lines = [phrase("{label}: {value}", label=label, value=value) for label, value in summary(t, review)]
    trouble = phrase(t(told.text), **{name: words.word(fact) for name, fact in told.facts.items()})
    return lines_only(*lines, phrase(t("🖼️ There is no picture of it: {trouble}"), trouble=trouble))
