"""The forms, and what takes their place when something is not possible."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from slack_sdk.models.blocks import (
    ContextBlock,
    InputBlock,
    Option,
    PlainTextInputElement,
    StaticSelectElement,
    UserSelectElement,
)

from bot.locales import N_
from bot.plain_text import clip, one_line
from bot.reviews import policy
from bot.reviews.conversing import TEXT_LONGEST
from bot.reviews.models import Verdict
from bot.slack.blocks import words
from bot.slack.blocks.card import description, identity
from bot.slack.blocks.changes import summary
from bot.slack.blocks.text import Bold, Phrase, User, facts, phrase, plain, preformatted, quote, rich, section
from bot.slack.blocks.view import view

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slack_sdk.models.blocks import Block

    from bot.locales import Translator
    from bot.reviews.models import MessageRef, Question, Review, Vote

VOTE, ASK, ANSWER, HAND_OVER = "review_vote", "review_ask", "review_answer", "review_hand_over"
"""callback_ids of the forms."""
REASON_BLOCK, REASON_INPUT = "reason", "reason_text"
"""The block's id begins like this."""
COMMON_BLOCK, COMMON_REASON = "common", "common_reason"
TEXT_BLOCK, TEXT_INPUT = "text", "text_input"
COLLEAGUE_BLOCK, COLLEAGUE_INPUT = "colleague", "colleague_user"
DESCRIPTION_SHOWN = 400
OUTDATED = N_("This form is out of date. Close it and start again.")
REASON_KEPT = 3000
"""Characters of a typed reason that is given back; a field of a form holds no more."""


@dataclass(frozen=True, kw_only=True)
class Filled:
    """What stands in the reason of a form that is drawn anew."""

    reason: str
    version: int
    """How often it was filled: Slack keeps what was typed in an input that keeps its block_id."""


def reason_modal(
    t: Translator, review: Review, verdict: Verdict, *, opened_for: str = "", filled: Filled | None = None
) -> dict[str, Any]:
    """One multi-line input, and common reasons to begin with; submitting it is the vote of who it was opened for."""
    approve = verdict is Verdict.APPROVE
    earlier = review.vote_of(opened_for)
    about = section(phrase("{name}", name=Bold(words.title(review.submission))))
    blocks: list[Block] = [
        rich(about, facts([*identity(t, review), *summary(t, review)])),
        *description(review.submission, DESCRIPTION_SHOWN),
        *_common_reasons(t, review),
        _reason_input(t, review, verdict, filled, earlier),
        ContextBlock(elements=[plain(_consequence(t, review, verdict, earlier))]),
    ]
    return view(
        title=t("Approve release") if approve else t("Reject release"),
        blocks=blocks,
        submit=t("Approve") if approve else t("Reject"),
        close=t("Cancel"),
        callback_id=VOTE,
        private_metadata=json.dumps({"review": review.id, "verdict": verdict.value, "user": opened_for}),
    )


def _reason_input(
    t: Translator, review: Review, verdict: Verdict, filled: Filled | None, earlier: Vote | None
) -> InputBlock:
    """What was filled in stands in it, else the reason of an earlier vote that said the same."""
    given = filled.reason if filled else earlier.reason if earlier and earlier.verdict is verdict else ""
    limit = policy.reason_limit(review.route.policy)
    optional = not policy.reason_required(review.route.policy, verdict)
    hint = t("Sent to SecMaster as typed and shown in the thread. At most {limit} characters.").format(limit=limit)
    empty = t("Where nobody gives a reason, “{content}” is sent.").format(content=policy.CONTENT_WITHOUT_REASON)
    return InputBlock(
        block_id=f"{REASON_BLOCK}:{filled.version}" if filled else REASON_BLOCK,
        label=plain(t("Reason")),
        hint=plain(f"{hint} {empty}" if optional else hint),
        optional=optional,
        element=PlainTextInputElement(
            action_id=REASON_INPUT,
            multiline=True,
            max_length=limit,
            focus_on_load=True,
            initial_value=clip(given, limit) if given or filled else None,
        ),
    )


def _common_reasons(t: Translator, review: Review) -> list[Block]:
    """A menu that fills the reason, which stays open to changes; nothing where the policy has none."""
    reasons = review.route.policy.reasons
    if not reasons:
        return []
    options = [Option(text=plain(one_line(reason), 75), value=str(index)) for index, reason in enumerate(reasons)]
    menu = StaticSelectElement(
        action_id=COMMON_REASON, placeholder=plain(t("Pick one; you can change it below")), options=options
    )
    return [
        InputBlock(
            block_id=COMMON_BLOCK,
            label=plain(t("Common reasons")),
            optional=True,
            dispatch_action=True,
            element=menu,
        )
    ]


def ask_modal(t: Translator, review: Review, *, opened_for: str) -> dict[str, Any]:
    """A question for the submitter."""
    known = policy.submitter(review)
    told = (
        phrase(t("Your question goes into the thread, and to {person} as a direct message."), person=User(known))
        if known
        else None
    )
    submitter = words.word(review.submission.submitter) or t("not stated")
    unknown = phrase(
        t(
            "Your question goes into the thread. The submitter ({submitter}) is not known in Slack: "
            "tell them that you asked."
        ),
        submitter=submitter,
    )
    return view(
        title=t("Ask the submitter"),
        blocks=[_about(review, told or unknown), _text_input(t("Question"))],
        submit=t("Ask"),
        close=t("Cancel"),
        callback_id=ASK,
        private_metadata=json.dumps({"review": review.id, "user": opened_for}),
    )


def answer_modal(
    t: Translator, review: Review, question: Question, *, opened_for: str, met: MessageRef | None = None
) -> dict[str, Any]:
    """An answer to a question; `met` is the message with the button, which loses it when it is answered."""
    sent = {"review": review.id, "user": opened_for, "question": question.id}
    line = phrase(t("{person} asks:"), person=User(question.asked_by))
    about = rich(
        section(phrase("{name}", name=Bold(words.title(review.submission))), line), quote(question.text, REASON_KEPT)
    )
    return view(
        title=t("Answer"),
        blocks=[about, _text_input(t("Answer"))],
        submit=t("Answer"),
        close=t("Cancel"),
        callback_id=ANSWER,
        private_metadata=json.dumps(sent | ({"channel": met.channel, "ts": met.ts} if met else {})),
    )


def hand_over_modal(t: Translator, review: Review, *, opened_for: str) -> dict[str, Any]:
    """A colleague to review instead."""
    told = phrase(t("Your colleague gets a direct message. You are not reminded of it any more, and can still vote."))
    colleague = InputBlock(
        block_id=COLLEAGUE_BLOCK,
        label=plain(t("Colleague who may review it")),
        element=UserSelectElement(action_id=COLLEAGUE_INPUT, placeholder=plain(t("Pick a person"))),
    )
    return view(
        title=t("Hand over"),
        blocks=[_about(review, told), colleague, _text_input(t("Note"), optional=True)],
        submit=t("Hand over"),
        close=t("Cancel"),
        callback_id=HAND_OVER,
        private_metadata=json.dumps({"review": review.id, "user": opened_for}),
    )


def noted(t: Translator, *lines: Phrase) -> dict[str, Any]:
    """Something was done, where there is no message beside which it could be told."""
    return view(title=t("Done"), blocks=[rich(section(*lines))], close=t("Close"))


def _about(review: Review, told: Phrase) -> Block:
    return rich(section(phrase("{name}", name=Bold(words.title(review.submission))), told))


def _text_input(label: str, *, optional: bool = False) -> InputBlock:
    element = PlainTextInputElement(
        action_id=TEXT_INPUT, multiline=True, max_length=TEXT_LONGEST, focus_on_load=not optional
    )
    return InputBlock(block_id=TEXT_BLOCK, label=plain(label), optional=optional, element=element)


def metadata_of(view: Any) -> dict[str, Any] | None:
    """The private_metadata of one of our forms; None for what is none of our making (its values are not trusted)."""
    try:
        found = json.loads(view["private_metadata"])
        if view["callback_id"] == VOTE:
            Verdict(found["verdict"])
    except (KeyError, TypeError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def checking(t: Translator) -> dict[str, Any]:
    """Shown while a slow check goes on: the trigger that opens a modal lives only three seconds."""
    return view(
        title=t("One moment"),
        blocks=[rich(section(phrase(t("Checking whether you may review this release…"))))],
        close=t("Close"),
    )


def recording(t: Translator, reason: str) -> dict[str, Any]:
    """Shown while a slow check of what was submitted goes on: nothing is done yet."""
    return view(
        title=t("One moment"),
        blocks=[_kept(t, phrase(t("This is being checked. It does not count yet.")), reason=reason)],
        close=t("Close"),
    )


def recorded(t: Translator) -> dict[str, Any]:
    """After a slow check: it is done."""
    return view(
        title=t("Recorded"),
        blocks=[rich(section(phrase(t("It counts. See the thread."))))],
        close=t("Close"),
    )


def refusal(t: Translator, why: Phrase, *, reason: str = "") -> dict[str, Any]:
    """Not done, and why; what was typed is kept for copying."""
    return view(
        title=t("Not possible"),
        blocks=[_kept(t, why, reason=reason)],
        close=t("Close"),
    )


def too_large(t: Translator) -> dict[str, Any]:
    """Instead of a view that Slack does not take, and where else its content can be seen."""
    sentence = t(
        "Slack refuses to show this: it is too large for one form. "
        "`secmaster-bot diff` prints all of it; so does SecMaster's console."
    )
    return refusal(t, phrase(sentence))


def outdated(t: Translator, *, reason: str = "") -> dict[str, Any]:
    """A form that an older version of the bot has made, or nobody that we know."""
    return refusal(t, phrase(t(OUTDATED)), reason=reason)


def too_late(t: Translator, review: Review, *, reason: str, voted: bool = True) -> dict[str, Any]:
    """Somebody else, or SecMaster, was faster: who, what, when, and the typed reason kept for copying."""
    ended = t("The review ended before your vote arrived.") if voted else t("The review ended before this arrived.")
    return view(
        title=t("Vote not counted") if voted else t("Too late"),
        blocks=[_kept(t, phrase(ended), *words.outcome(t, review), reason=reason)],
        close=t("Close"),
    )


def _consequence(t: Translator, review: Review, verdict: Verdict, earlier: Vote | None) -> str:
    """What submitting the form does; it replaces what the person may have voted earlier."""
    effect = _effect(t, review, verdict, others=[vote for vote in review.votes if vote is not earlier])
    replaces = t("This replaces your vote.")
    return f"{replaces} {effect}" if earlier else effect


def _effect(t: Translator, review: Review, verdict: Verdict, *, others: Sequence[Vote]) -> str:
    if verdict is Verdict.REJECT:
        return t("One rejection decides: SecMaster is told UN_PASS and the version goes back to its author.")
    needed = review.route.policy.approvals_required
    counted = policy.approvals(others)
    if needed - counted > 1:
        return t("{counted} of {needed} approvals without yours. Nothing is published before the last one.").format(
            counted=counted, needed=needed
        )
    return t("Your approval decides: SecMaster is told PASS and publishes the version.")


def _kept(t: Translator, *lines: Phrase, reason: str) -> Block:
    if not reason.strip():
        return rich(section(*lines))
    return rich(section(*lines, phrase(t("What you typed, to copy:"))), preformatted(reason, REASON_KEPT))
