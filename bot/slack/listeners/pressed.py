"""Messages that no job keeps true: what was pressed in one and does nothing any more is taken out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog

from bot.errors import SlackError
from bot.locales import translator
from bot.slack.blocks.notices import ANSWER, question
from bot.slack.blocks.over import over
from bot.slack.calls import told

if TYPE_CHECKING:
    from bot.reviews.models import MessageRef, Review
    from bot.slack.blocks.message import Message
    from bot.slack.listeners.clicks import Click
    from bot.slack.listeners.reception import Reception

log = structlog.get_logger(__name__)


async def mend_pressed(reception: Reception, click: Click) -> None:
    """Take dead buttons out of the message in which one was pressed, if it is no card: those are mended by jobs."""
    if not click.message or click.met is None or not (click.met.direct or click.action_id == ANSWER):
        return
    review = await reception.reviews.find(click.review_id)
    if review and click.action_id == ANSWER:
        await mend_question(reception, review, click.what, at=click.met, reader=click.user_id)
    elif click.met.direct and not (review and review.open):
        t = await reception.speak(click.user_id)
        if said := over(t, click.message, click.review_id, review):
            await _update(reception, click.met, said)


async def mend_question(reception: Reception, review: Review, question_id: str, *, at: MessageRef, reader: str) -> None:
    """Show at its message what became of a question; nothing while it waits for its answer.

    A message in a channel has to be in the channel of the review's card, and not the card.
    """
    asked = next((one for one in review.questions if one.id == question_id), None)
    if asked is None or (review.open and not asked.answered_by):
        return
    if at.direct:
        t = await reception.speak(reader)
    elif review.card and at.channel == review.card.channel and at.ts != review.card.ts:
        t = translator(review.route.locale)
    else:
        return
    await _update(reception, at, question(t, review, question_id, named=at.direct))


async def _update(reception: Reception, at: MessageRef, said: Message) -> None:
    blocks: list[dict[str, Any]] = list(said.blocks)
    try:
        with told("chat.update"):
            await reception.client.chat_update(channel=at.channel, ts=at.ts, text=said.text, blocks=blocks)
    except SlackError as error:
        log.info("pressed.not_mended", error=str(error), channel=at.channel, ts=at.ts)
