"""Reminders to people, and the digest of a channel: what waits, oldest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slack_sdk.models.blocks import ActionsBlock, DividerBlock

from bot.slack.blocks import words
from bot.slack.blocks.card import acts
from bot.slack.blocks.message import Message, message
from bot.slack.blocks.notices import entry
from bot.slack.blocks.text import Code, fallback, phrase, rich, section

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slack_sdk.models.blocks import Block

    from bot.locales import Translator
    from bot.reviews.models import Review


def reminder(t: Translator, reviews: Sequence[Review], *, more: bool = False) -> Message:
    """What still waits for a person's vote, with the buttons to cast it or to be reminded later."""
    one = t("⏰ A reminder: this still waits for your review. Nothing is decided until people vote.")
    several = t("⏰ A reminder: these still wait for your review. Nothing is decided until people vote.")
    headline = phrase(several if more or len(reviews) > 1 else one)
    blocks: list[Block] = [rich(section(headline))]
    for review in reviews:
        buttons = ActionsBlock(elements=acts(t, review))
        blocks += [DividerBlock(), rich(section(*entry(t, review))), buttons]
    if more:
        rest = phrase(t("There is more: {command} lists it."), command=Code(f"{words.COMMAND} pending mine"))
        blocks += [DividerBlock(), rich(section(rest))]
    return message(fallback(headline, *(entry(t, review)[0] for review in reviews)), blocks)


def digest(t: Translator, reviews: Sequence[Review], *, more: bool) -> Message:
    """What waits in a channel."""
    headline = phrase(t("☀️ Waiting for review, oldest first:"))
    blocks: list[Block] = [rich(section(headline))]
    for review in reviews:
        blocks += [DividerBlock(), rich(section(*entry(t, review)))]
    if more:
        blocks.append(rich(section(phrase(t("There are more; these are the oldest.")))))
    return message(fallback(headline, *(entry(t, review)[0] for review in reviews)), blocks)
