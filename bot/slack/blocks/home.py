"""App Home: the queue of versions that wait for this person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slack_sdk.models.blocks import ActionsBlock, ButtonElement, DividerBlock, HeaderBlock
from slack_sdk.models.views import View

from bot.slack.blocks import words
from bot.slack.blocks.card import vote_buttons
from bot.slack.blocks.text import Bold, Code, Link, clean, clip, phrase, plain, rich, section

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slack_sdk.models.blocks import Block

    from bot.locales import Translator
    from bot.reviews.models import Review

REFRESH = "home_refresh"


def home(t: Translator, queue: Sequence[Review], *, more: bool) -> dict[str, Any]:
    """The whole home view."""
    blocks: list[Block] = [HeaderBlock(text=plain(t("Waiting for your review"), 150))]
    if not queue:
        blocks.append(
            rich(section(phrase(t("Nothing waits for you. New submissions appear here and in their channel."))))
        )
    for review in queue:
        blocks += [DividerBlock(), *_entry(t, review)]
    if more:
        blocks.append(rich(section(phrase(t("There are more; these are the oldest.")))))
    blocks += [DividerBlock(), _footer(t)]
    return dict(View(type="home", blocks=blocks).to_dict())


def _entry(t: Translator, review: Review) -> list[Block]:
    submission = review.submission
    lines = [
        phrase("{name}", name=Bold(words.title(submission))),
        phrase(
            t("{type} · submitted by {submitter} · waiting since {when}"),
            type=words.workflow_type(t, submission.aop_type),
            submitter=words.word(submission.submitter) or t("not stated"),
            when=review.opened_at,
        ),
    ]
    if submission.description.strip():
        lines.append(phrase("{description}", description=clip(clean(submission.description), 200)))
    lines.append(phrase("{id}", id=Code(words.word(submission.version_id))))
    if review.card and review.card.link:
        lines.append(phrase("{link}", link=Link(review.card.link, t("Open the review"))))
    return [rich(section(*lines)), ActionsBlock(elements=vote_buttons(t, review))]


def _footer(t: Translator) -> ActionsBlock:
    return ActionsBlock(
        elements=[
            ButtonElement(text=plain(t("Refresh"), 75), action_id=REFRESH, accessibility_label=t("Refresh this list"))
        ]
    )
