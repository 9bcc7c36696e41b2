"""Everything that is known of a version, seen only by who asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slack_sdk.models.blocks import ActionsBlock, DividerBlock, HeaderBlock

from bot.plain_text import clean, clip
from bot.reviews.models import ReviewState, Verdict
from bot.slack.blocks import words
from bot.slack.blocks.changes import see_button, summary
from bot.slack.blocks.message import Message, message
from bot.slack.blocks.text import Bold, Code, User, facts, fallback, phrase, plain, quote, rich, section

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from slack_sdk.models.blocks import Block

    from bot.locales import Translator
    from bot.reviews.models import RecordedApproval, Review, Vote
    from bot.reviews.story import Story
    from bot.slack.blocks.text import Phrase, Value

DESCRIPTION_SHOWN = 1200
SAID_SHOWN = 200
ROUNDS_SHOWN = 5000
"""Characters of the description, of each thing that somebody said, and of all rounds: together they are one message."""


def story(t: Translator, told: Story) -> Message:
    """The version as it is now, each round of its review, and SecMaster's own records."""
    submission = told.submission
    blocks: list[Block] = [HeaderBlock(text=plain(words.title(submission), 150)), rich(facts(_now(t, told)))]
    if text := clean(submission.description).strip():
        blocks.append(rich(quote(clip(text, DESCRIPTION_SHOWN))))
    lines = [phrase(t("No review of it is known here."))] if not told.rounds else []
    for paragraph in _fitting([list(_round(t, review)) for review in told.rounds]):
        lines += paragraph[:1]
        blocks += [DividerBlock(), rich(section(*paragraph))]
    if not told.rounds:
        blocks.append(rich(section(*lines)))
    else:
        blocks.append(ActionsBlock(elements=[see_button(t, told.rounds[0])]))
    blocks += [DividerBlock(), rich(section(*_records(t, told)))]
    name = phrase("{name}: {status}.", name=words.title(submission), status=words.release(t, submission.status))
    return message(fallback(name, *lines), blocks)


def _now(t: Translator, told: Story) -> list[tuple[str, Value]]:
    submission = told.submission
    waits = submission.pending
    pairs: list[tuple[str, Value]] = [
        (t("Status in SecMaster"), words.release(t, submission.status)),
        (t("Type"), words.workflow_type(t, submission.aop_type)),
        (t("Steps"), words.steps(submission) or t("not readable")),
        (
            t("Submitted by") if waits else t("Last changed by"),
            words.word(submission.submitter) or t("not stated"),
        ),
        (t("Submitted at") if waits else t("Last changed"), words.stamp(t, submission.submitted_at)),
        (t("Version id"), Code(words.word(submission.version_id))),
        (t("Workflow id"), Code(words.word(submission.workflow_id))),
    ]
    return pairs


def _fitting(rounds: Sequence[Sequence[Phrase]]) -> Iterator[list[Phrase]]:
    """The lines of each round, as long as there is room; the newest rounds come first."""
    room = ROUNDS_SHOWN
    for lines in rounds:
        shown: list[Phrase] = []
        for line in lines:
            room -= len(line.plain())
            if room < 0:
                yield [*shown, phrase("…")]
                return
            shown.append(line)
        yield shown


def _round(t: Translator, review: Review) -> Iterator[Phrase]:
    """One round, from its opening to its end, a line each."""
    yield phrase(t("Review, round {round}: {standing}"), round=review.round, standing=words.standing(t, review))
    yield phrase(t("Opened {when}"), when=review.opened_at)
    if review.examination:
        for label, value in summary(t, review):
            yield phrase("{label}: {value}", label=label, value=value)
    for vote in review.votes:
        yield _vote(t, vote)
    for question in review.questions:
        yield phrase("❓ {person}: {text}", person=User(question.asked_by), text=_said(question.text))
        if question.answered_by:
            yield phrase("💬 {person}: {text}", person=User(question.answered_by), text=_said(question.answer))
    yield from _end(t, review)
    yield from words.link(t, review)


def _end(t: Translator, review: Review) -> Iterator[Phrase]:
    if review.state is ReviewState.CLOSED:  # whatever was decided, nothing of it was sent
        yield from words.outcome(t, review)
        return
    if review.decision:
        yield words.decided_by(t, review)
    if review.opinion:
        result, content = Code(words.word(review.opinion.result)), _said(review.opinion.content)
        yield phrase(t("SecMaster's opinion: {result} {content}"), result=result, content=content)
    if review.failure:
        yield phrase("⚠️ {failure}", failure=words.failure(t, review.failure))
    if review.release_status and not review.pending:
        status = Bold(words.release(t, review.release_status))
        yield phrase(t("Final status: {status}") if review.release_final else t("Release: {status}"), status=status)


def _vote(t: Translator, vote: Vote) -> Phrase:
    sentence = t("{person} approves: {reason}") if vote.verdict is Verdict.APPROVE else t("{person} rejects: {reason}")
    return phrase(sentence, person=User(vote.user_id), reason=_said(vote.reason))


def _records(t: Translator, told: Story) -> Iterator[Phrase]:
    if told.recorded is None:
        yield phrase(t("SecMaster's own review history could not be read."))
        return
    yield phrase(
        t("SecMaster's own review history:") if told.recorded else t("SecMaster has no review of it on record.")
    )
    for approval in told.recorded:
        yield _record(t, approval)


def _record(t: Translator, approval: RecordedApproval) -> Phrase:
    return phrase(
        t("{when}: {result} by user {user}: {content}"),
        when=words.stamp(t, approval.created_at),
        result=Code(words.word(approval.result)),
        user=Code(words.word(approval.user_id)),
        content=_said(approval.content),
    )


def _said(text: str) -> str:
    return clip(clean(text), SAID_SHOWN) or "—"
