"""Posting and updating: cards, thread replies, announcements, homes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog

from bot.errors import SlackError, SlackRefused
from bot.locales import nearest, translator
from bot.reviews.models import MessageRef
from bot.reviews.telling import PEOPLE
from bot.slack.blocks import words
from bot.slack.blocks.card import card
from bot.slack.blocks.home import home
from bot.slack.blocks.notices import notice as notice_message
from bot.slack.blocks.reminders import digest, reminder
from bot.slack.blocks.text import fallback, phrase
from bot.slack.blocks.thread import reply
from bot.slack.calls import told
from bot.slack.uploads import Upload, upload

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slack_sdk.web.async_client import AsyncWebClient

    from bot.reviews.examination import Picture
    from bot.reviews.models import Person, Review
    from bot.reviews.news import News
    from bot.reviews.notices import Notice
    from bot.reviews.pages import Home
    from bot.slack.blocks.message import Message

log = structlog.get_logger(__name__)


class SlackMessenger:
    """Implements the core's Messenger on the Web API. It repeats nothing: jobs do."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client

    async def post_card(self, review: Review) -> MessageRef:
        """See Messenger."""
        answer = await self._post(review.route.channel, card(translator(review.route.locale), review))
        channel, ts = str(answer["channel"]), str(answer["ts"])
        return MessageRef(channel=channel, ts=ts, link=await self._permalink(channel, ts))

    async def update_card(self, review: Review, *, at: MessageRef) -> None:
        """See Messenger."""
        shown = card(translator(review.route.locale), review)
        with told("chat.update"):
            await self._client.chat_update(channel=at.channel, ts=at.ts, text=shown.text, blocks=shown.blocks)

    async def reply(self, review: Review, news: News) -> None:
        """See Messenger."""
        if review.card is None:
            return
        said = reply(translator(review.route.locale), review, news)
        await self._post(review.card.channel, said, thread_ts=review.card.ts)

    async def picture(self, review: Review, picture: Picture) -> None:
        """See Messenger."""
        if review.card is None:
            return
        title = words.title(review.submission)
        file = Upload(name="changes.png", title=title, content=picture.png, words=picture.words)
        comment = fallback(phrase("{headline}", headline=picture.headline))
        await upload(self._client, file, thread=review.card, comment=comment)

    async def announce(self, to: str, review: Review, notice: Notice, *, locale: str) -> None:
        """See Messenger."""
        t = translator(nearest(locale))
        await self._tell(to, notice_message(t, review, notice, personal=to.startswith(PEOPLE)))

    async def remind(self, person: Person, reviews: Sequence[Review], *, more: bool) -> None:
        """See Messenger."""
        await self._tell(person.id, reminder(translator(nearest(person.locale)), reviews, more=more))

    async def digest(self, channel: str, reviews: Sequence[Review], *, more: bool, locale: str) -> None:
        """See Messenger."""
        await self._post(channel, digest(translator(nearest(locale)), reviews, more=more))

    async def publish_home(self, person: Person, shown: Home) -> None:
        """See Messenger."""
        view = home(translator(nearest(person.locale)), shown, user_id=person.id)
        with told("views.publish"):
            await self._client.views_publish(user_id=person.id, view=view)

    async def _tell(self, to: str, said: Message) -> None:
        """Post to a channel or a person."""
        try:
            await self._post(to, said)
        except SlackRefused as refused:
            if refused.code == "channel_not_found" and to.startswith(PEOPLE):
                # Nobody can invite the bot to a person, so there is nothing to wait for.
                raise SlackRefused(refused.method, "user_not_found") from refused
            raise

    async def _post(self, channel: str, said: Message, *, thread_ts: str | None = None) -> Any:
        with told("chat.postMessage"):
            return await self._client.chat_postMessage(
                channel=channel,
                text=said.text,
                blocks=said.blocks,
                thread_ts=thread_ts,
                unfurl_links=False,
                unfurl_media=False,
            )

    async def _permalink(self, channel: str, ts: str) -> str:
        """A link for lists; without one they do without."""
        try:
            with told("chat.getPermalink"):
                answer = await self._client.chat_getPermalink(channel=channel, message_ts=ts)
        except SlackError as error:
            log.warning("card.no_permalink", error=str(error))
            return ""
        return str(answer["permalink"])
