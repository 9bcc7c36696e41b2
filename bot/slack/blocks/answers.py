"""Answers to slash commands, seen only by who asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slack_sdk.models.blocks import ActionsBlock, ButtonElement, DividerBlock, HeaderBlock

from bot.plain_text import clip
from bot.reviews.lists import LISTED
from bot.reviews.models import Place
from bot.slack.blocks import words
from bot.slack.blocks.message import Message, lines_only, message
from bot.slack.blocks.places import place_of, place_text
from bot.slack.blocks.text import Bold, Channel, Code, Phrase, fallback, phrase, plain, rich, section

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from slack_sdk.models.blocks import Block

    from bot.locales import Translator
    from bot.reviews.models import Review

MORE = "list_more"
"""action_id of the button under a list that goes on."""
PENDING, MINE, HISTORY = "pending", "mine", "history"
"""The lists, as that button names them."""


def help_text(t: Translator, command: str, entries: Sequence[tuple[str, str]], *, unknown: str = "") -> Message:
    """Every subcommand (`name ARGUMENT`, what it does); led by what was not understood, if anything was."""
    lines = [phrase("{usage}  {what}", usage=Code(f"{command} {usage}"), what=what) for usage, what in entries]
    if unknown:
        lines.insert(
            0, phrase(t("There is no {unknown}. This is what I know:"), unknown=Code(f"{command} {clip(unknown, 60)}"))
        )
    return lines_only(*lines)


def pending(t: Translator, reviews: Sequence[Review], *, mine: bool = False, later: bool = False) -> Message:
    """Reviews without an outcome yet, or those that want the person's vote, or a `later` page of them."""
    if not reviews and later:
        return _nothing_more(t)
    if not reviews:
        return lines_only(phrase(t("Nothing waits for your vote.") if mine else t("Nothing waits for review.")))
    title = t("Waiting for your review") if mine else t("Waiting for review")
    return _list(t, title, reviews, _more(t, MINE if mine else PENDING, title, reviews))


def history(t: Translator, reviews: Sequence[Review], *, later: bool = False) -> Message:
    """Reviews that ended, or a `later` page of them."""
    if not reviews and later:
        return _nothing_more(t)
    if not reviews:
        return lines_only(phrase(t("No review has ended yet.")))
    title = t("Past reviews")
    return _list(t, title, reviews, _more(t, HISTORY, title, reviews))


def _nothing_more(t: Translator) -> Message:
    return lines_only(phrase(t("Nothing follows any more: the list has become shorter.")))


def asked_page(value: str) -> tuple[str, Place] | None:
    """The list and the place in it that the value of a MORE button names; None for what is none of ours."""
    name, _, text = value.partition(":")
    place = place_of(text)
    return (name, place) if name in {PENDING, MINE, HISTORY} and place else None


def will_remind(t: Translator, at: datetime) -> Phrase:
    """What somebody is told who asked for a reminder."""
    return phrase(t("⏰ You will be reminded of this release: {when}."), when=at)


def requested(t: Translator, review: Review, *, opened: bool) -> Message:
    """What came of asking for a review."""
    name = Bold(words.title(review.submission))
    if opened:
        return lines_only(
            phrase(
                t("The review of {name} is open; its card comes in {channel} at once."),
                name=name,
                channel=Channel(review.route.channel),
            )
        )
    lines = [phrase(t("{name} already has a review: {standing}"), name=name, standing=words.standing(t, review))]
    return lines_only(*lines, *words.link(t, review))


def _more(t: Translator, name: str, title: str, reviews: Sequence[Review]) -> list[Block]:
    """A button for what follows, if anything does; it names the last entry that is shown."""
    if len(reviews) <= LISTED:
        return []
    last = reviews[LISTED - 1]
    at = last.opened_at if name != HISTORY or last.closed_at is None else last.closed_at
    value = f"{name}:{place_text(Place(at=at, review_id=last.id))}"
    label = t("Show the next")
    button = ButtonElement(
        text=plain(label, 75), action_id=MORE, value=value, accessibility_label=clip(f"{title}: {label}", 75)
    )
    return [ActionsBlock(elements=[button])]


def _list(t: Translator, title: str, reviews: Sequence[Review], more: Sequence[Block]) -> Message:
    lines = [_entry(t, review) for review in reviews[:LISTED]]
    blocks: list[Block] = [HeaderBlock(text=plain(title, 150))]
    for entry in lines:
        blocks += [DividerBlock(), rich(section(*entry))]
    blocks += more
    return message(fallback(phrase("{title}:", title=title), *(line for entry in lines for line in entry[:1])), blocks)


def _entry(t: Translator, review: Review) -> list[Phrase]:
    submission = review.submission
    return [
        phrase("{name} · {standing}", name=Bold(words.title(submission)), standing=words.standing(t, review)),
        *([] if review.open else words.outcome(t, review)),
        phrase("{id}", id=Code(words.word(submission.version_id))),
        *words.link(t, review),
    ]
