"""The reason modal, and what takes its place when a vote is not possible."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from slack_sdk.models.blocks import ContextBlock, InputBlock, PlainTextInputElement
from slack_sdk.models.views import View

from bot.locales import N_
from bot.reviews import policy
from bot.reviews.models import Verdict
from bot.slack.blocks import words
from bot.slack.blocks.card import description, submission_facts
from bot.slack.blocks.text import (
    SENTENCE_LIMIT,
    Bold,
    Phrase,
    clean,
    clip,
    facts,
    phrase,
    plain,
    preformatted,
    rich,
    section,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slack_sdk.models.blocks import Block

    from bot.locales import Translator
    from bot.reviews.models import Review

VOTE = "review_vote"
"""callback_id of the reason modal."""
REASON_BLOCK = "reason"
REASON_INPUT = "reason_text"
DESCRIPTION_SHOWN = 400
OUTDATED = N_("This form is out of date. Close it and start again.")
REASON_KEPT = 3000
"""Characters of a typed reason that is given back; a field of a form holds no more."""


def reason_modal(t: Translator, review: Review, verdict: Verdict, *, opened_for: str = "") -> dict[str, Any]:
    """One multi-line input; submitting it is the vote of the person that it was opened for."""
    approve = verdict is Verdict.APPROVE
    required = policy.reason_required(review.route.policy, verdict)
    limit = policy.reason_limit(review.route.policy)
    blocks: list[Block] = [
        rich(
            section(phrase("{name}", name=Bold(words.title(review.submission)))), facts(submission_facts(t, review)[:4])
        ),
        *description(review.submission, DESCRIPTION_SHOWN),
        InputBlock(
            block_id=REASON_BLOCK,
            label=plain(t("Reason")),
            hint=plain(
                t("Sent to SecMaster as typed and shown in the thread. At most {limit} characters.").format(limit=limit)
            ),
            optional=not required,
            element=PlainTextInputElement(action_id=REASON_INPUT, multiline=True, max_length=limit, focus_on_load=True),
        ),
        ContextBlock(elements=[plain(_consequence(t, review, verdict))]),
    ]
    return _view(
        title=t("Approve release") if approve else t("Reject release"),
        blocks=blocks,
        submit=t("Approve") if approve else t("Reject"),
        close=t("Cancel"),
        callback_id=VOTE,
        private_metadata=json.dumps({"review": review.id, "verdict": verdict.value, "user": opened_for}),
    )


def checking(t: Translator) -> dict[str, Any]:
    """Shown while a slow check goes on: the trigger that opens a modal lives only three seconds."""
    return _view(
        title=t("One moment"),
        blocks=[rich(section(phrase(t("Checking whether you may review this release…"))))],
        close=t("Close"),
    )


def recording(t: Translator, reason: str) -> dict[str, Any]:
    """Shown while a slow check of a submitted vote goes on: nothing is counted yet."""
    return _view(
        title=t("One moment"),
        blocks=[_kept(t, phrase(t("Your vote is being checked. It does not count yet.")), reason=reason)],
        close=t("Close"),
    )


def recorded(t: Translator) -> dict[str, Any]:
    """After a slow check: the vote counts."""
    return _view(
        title=t("Vote recorded"),
        blocks=[rich(section(phrase(t("Your vote counts. The thread has it."))))],
        close=t("Close"),
    )


def refusal(t: Translator, why: str, *, reason: str = "") -> dict[str, Any]:
    """No vote, and why; a reason that was typed is kept for copying."""
    return _view(
        title=t("Not possible"),
        blocks=[_kept(t, phrase("{why}", why=clip(clean(why), SENTENCE_LIMIT)), reason=reason)],
        close=t("Close"),
    )


def outdated(t: Translator, *, reason: str = "") -> dict[str, Any]:
    """A form that an older version of the bot has made, or nobody that we know."""
    return refusal(t, t(OUTDATED), reason=reason)


def too_late(t: Translator, review: Review, *, reason: str) -> dict[str, Any]:
    """Somebody else, or SecMaster, was faster: who, what, when, and the typed reason kept for copying."""
    return _view(
        title=t("Vote not counted"),
        blocks=[
            _kept(t, phrase(t("The review ended before your vote arrived.")), *words.outcome(t, review), reason=reason)
        ],
        close=t("Close"),
    )


def _consequence(t: Translator, review: Review, verdict: Verdict) -> str:
    if verdict is Verdict.REJECT:
        return t("One rejection decides: SecMaster is told UN_PASS and the version goes back to its author.")
    needed = review.route.policy.approvals_required
    counted = policy.approvals(review.votes)
    if needed - counted > 1:
        return t("{counted} of {needed} approvals so far. Nothing is published before the last one.").format(
            counted=counted, needed=needed
        )
    return t("Your approval decides: SecMaster is told PASS and publishes the version.")


def _kept(t: Translator, *lines: Phrase, reason: str) -> Block:
    if not reason.strip():
        return rich(section(*lines))
    return rich(section(*lines, phrase(t("Your reason, to copy:"))), preformatted(reason, REASON_KEPT))


def _view(
    *,
    title: str,
    blocks: Sequence[Block],
    close: str,
    submit: str | None = None,
    callback_id: str | None = None,
    private_metadata: str | None = None,
) -> dict[str, Any]:
    view = View(
        type="modal",
        title=plain(title, 24),
        close=plain(close, 24),
        submit=plain(submit, 24) if submit else None,
        callback_id=callback_id,
        private_metadata=private_metadata,
        blocks=list(blocks),
    )
    return dict(view.to_dict())
