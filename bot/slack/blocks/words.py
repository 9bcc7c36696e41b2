"""How states, statuses and kinds are called when they are shown to people."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.changes.flow import parse
from bot.plain_text import clip, one_line, visible
from bot.reviews.models import ClosedBecause, OpinionSource, ReleaseStatus, Result, ReviewState
from bot.reviews.policy import CHANNEL
from bot.reviews.policy import approvals as count_approvals
from bot.reviews.stamps import moment
from bot.slack.blocks.text import Channel, Code, Group, Link, User, listed, phrase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.locales import Translator
    from bot.reviews.models import Failure, Opinion, Review, Reviewers, Submission
    from bot.slack.blocks.text import Phrase, Value

SHOWN_SINCE, SHOWN_UNTIL = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
"""Slack's dates count seconds from 1970 on, and Python's end with the year 9999."""

COMMAND = "/secmaster"
"""The slash command."""

REVIEWERS_NAMED = 10

WORD_LIMIT = 130
"""Characters of what SecMaster calls something: a status, a result, an id (a request id is read to 128)."""
MESSAGE_LIMIT = 1100
"""Characters of a complaint of SecMaster's, which is read to 1,024."""


def title(submission: Submission, limit: int = 150) -> str:
    """The name of a version, on one line."""
    version = one_line(submission.version) if visible(submission.version) else ""
    name = one_line(submission.name) if visible(submission.name) else word(submission.version_id)
    return (
        f"{clip(name, limit - len(version) - 1)} {version}"
        if version and len(version) < limit // 2
        else clip(name, limit)
    )


def word(text: str) -> str:
    """SecMaster's own word for something; whatever it sends stays short enough to stand in a sentence."""
    return clip(one_line(text), WORD_LIMIT)


def workflow_type(t: Translator, aop_type: str) -> str:
    """SecMaster's aop_type with what it means (secmaster-api, body of a version)."""
    known = {
        "NORMAL": t("general"),
        "SURVEY": t("investigate"),
        "HEMOSTASIS": t("contain"),
        "EASE": t("mitigate"),
    }
    return f"{aop_type} ({known[aop_type]})" if aop_type in known else word(aop_type) or t("not stated")


def stamp(t: Translator, text: str) -> datetime | str:
    """A time of SecMaster's as a moment, or as it came where it names none that Slack can show (`0001-01-01`)."""
    found = moment(text)
    return found if found and SHOWN_SINCE <= found <= SHOWN_UNTIL else word(text) or t("not stated")


OUTLINED_LONGEST = 400_000
"""Characters of a flow of which an outline is made: longer ones would keep everybody else waiting."""

KEPT_LONGEST = 20_000
OUTLINES_KEPT = 32
"""A card is drawn several times while its review goes on; its flow stays the same."""


def steps(submission: Submission) -> str:
    """What the flow does, step by step; "" when it cannot be read, or is too long for that."""
    flow = submission.taskflow
    if len(flow) > OUTLINED_LONGEST:
        return ""
    return _kept_outline(flow) if len(flow) <= KEPT_LONGEST else _outline(flow)


def _outline(taskflow: str) -> str:
    flow = parse(taskflow)
    return " → ".join(one_line(node.name) or node.kind for node in flow.steps()) if flow else ""


_kept_outline = lru_cache(maxsize=OUTLINES_KEPT)(_outline)


def release(t: Translator, status: str) -> str:
    """A version's status in words; one that is not known stays as it came."""
    known = {
        ReleaseStatus.PENDING_SUBMIT: t("not submitted"),
        ReleaseStatus.PENDING_APPROVAL: t("waiting for review"),
        ReleaseStatus.PUBLISHING: t("publishing"),
        ReleaseStatus.PUBLISH_FAILED: t("publication failed"),
        ReleaseStatus.NOT_ACTIVATED: t("published, not activated"),
        ReleaseStatus.ACTIVATED: t("activated"),
        ReleaseStatus.REJECTED: t("rejected"),
    }
    try:
        return known[ReleaseStatus(status)]
    except ValueError:
        return word(status) or t("deleted")


def recorded(t: Translator, opinion: Opinion | None) -> str:
    """How we know what SecMaster made of the decision, as a sentence with {result}."""
    if opinion and opinion.source is OpinionSource.STATUS_ONLY:
        return t("SecMaster shows the outcome of {result}")
    return t("SecMaster's opinion: {result}")


def answer(t: Translator, opinion: Opinion) -> Phrase:
    """SecMaster's result, as the beginning of what is told of it."""
    return phrase("🏛️ " + recorded(t, opinion), result=Code(word(opinion.result)))


def approvals(t: Translator, review: Review) -> str:
    """How many of the approvals are there."""
    return approvals_of(t, review, count_approvals(review.votes))


def approvals_of(t: Translator, review: Review, counted: int) -> str:
    """How many of the approvals that the review needs there were at some time."""
    needed = review.route.policy.approvals_required
    told = t("{counted} of 1 approval") if needed == 1 else t("{counted} of {needed} approvals")
    return told.format(counted=counted, needed=needed)


def standing(t: Translator, review: Review) -> str:
    """Where a review stands, in a few words."""
    match review.state:
        case ReviewState.OPEN:
            return t("waiting, {approvals}").format(approvals=approvals(t, review))
        case ReviewState.DECIDING:
            return t("being sent to SecMaster")
        case ReviewState.FAILED:
            return t("not delivered, somebody has to press Retry")
        case ReviewState.CLOSED:
            return t("closed")
        case ReviewState.DECIDED:
            passed = review.decision is not None and review.decision.result is Result.PASS
            return t("approved") if passed else t("rejected")


def link(t: Translator, review: Review) -> list[Phrase]:
    """A line that leads to the card, if there is a link to it."""
    if review.card and review.card.link:
        return [phrase("{link}", link=Link(review.card.link, t("Open the review")))]
    return []


def not_delivered(t: Translator, *, outcome_known: bool) -> str:
    """What stands on card and thread of a decision that failed."""
    if outcome_known:
        return t("⚠️ SecMaster did not accept the decision.")
    return t("⚠️ SecMaster was told the decision, but not heard of again.")


def closed_because(t: Translator, because: ClosedBecause) -> str:
    """Why a review ended without a decision made here."""
    return {
        ClosedBecause.DECIDED_ELSEWHERE: t("It was decided in SecMaster, not here."),
        ClosedBecause.WITHDRAWN: t("It was withdrawn in SecMaster."),
        ClosedBecause.CHANGED: t("It was changed while under review. Votes on the old content do not count."),
        ClosedBecause.DELETED: t("It was deleted in SecMaster."),
    }[because]


def decided_by(t: Translator, review: Review) -> Phrase:
    """Who decided what, and when; that it is so is only said once SecMaster has answered. Empty while all is open."""
    decision = review.decision
    if decision is None:
        return phrase("")
    passed = decision.result is Result.PASS
    sentence = t("🗳️ Approval by {people} · {when}") if passed else t("🗳️ Rejection by {people} · {when}")
    if review.state is ReviewState.DECIDED:
        sentence = t("✅ Approved by {people} · {when}") if passed else t("❌ Rejected by {people} · {when}")
    return phrase(sentence, people=people(decision.decided_by), when=decision.decided_at)


def outcome(t: Translator, review: Review) -> list[Phrase]:
    """What became of a review that is not open any more, as sentences."""
    if review.state is ReviewState.CLOSED and review.closed_because:
        return [phrase(t("This review is closed.") + " {why}", why=closed_because(t, review.closed_because))]
    if review.decision is None:
        return [phrase(t("This review is not open any more."))]
    return [decided_by(t, review)]


def people(user_ids: Sequence[str]) -> Phrase:
    """These users."""
    return listed([User(user_id) for user_id in user_ids])


def reviewers(t: Translator, named: Reviewers) -> Phrase:
    """Whom a policy names; of many the first."""
    shown = [_reviewer(t, one, named.channel) for one in named.ids[:REVIEWERS_NAMED]]
    return listed([*shown, *(["…"] if len(named.ids) > REVIEWERS_NAMED else [])])


def _reviewer(t: Translator, one: str, channel: str) -> Value:
    if one == CHANNEL:
        return phrase(t("every full member of {channel}"), channel=Channel(channel))
    return Group(one) if one.startswith("S") else User(one)


def failure(t: Translator, failed: Failure) -> str:
    """SecMaster's complaint about a decision."""
    message = failed.message if failed.status or failed.code else t("no answer")
    return complaint(t, message, code=failed.code, status=failed.status, request_id=failed.request_id)


def complaint(t: Translator, message: str, *, code: str, status: int | None, request_id: str) -> str:
    """Message, code, HTTP status and request id, whichever SecMaster gave, in one line."""
    facts = [clip(message, MESSAGE_LIMIT)]
    if code:
        facts.append(t("code {code}").format(code=word(code)))
    if status:
        facts.append(f"HTTP {status}")
    if request_id:
        facts.append(t("request id {request_id}").format(request_id=word(request_id)))
    return " · ".join(fact for fact in facts if fact)
