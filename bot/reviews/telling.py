"""What is said in Slack, each as a job: cards, replies in their threads, announcements, homes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import structlog

from bot.errors import PictureError, SlackOutcomeUnknown, SlackRefused
from bot.locales import N_
from bot.reviews import jobs, news, notices, transitions
from bot.reviews.models import MessageRef, ReviewState

if TYPE_CHECKING:
    from bot.reviews.examining import Examining
    from bot.reviews.jobs import Job
    from bot.reviews.lists import Lists
    from bot.reviews.models import Review
    from bot.reviews.ports import Transaction
    from bot.reviews.world import World

log = structlog.get_logger(__name__)

WHILE_OPEN = (notices.Escalated, notices.HandedOver, notices.Asked)
"""What is not worth telling once votes count no more."""

NOT_TAKEN = N_("Slack did not take it ({code}).")

PEOPLE = ("U", "W")
"""How the ids of people begin; posting to one opens a direct message (Slack, chat.postMessage)."""


class Telling:
    """Every method reads the review as it is when it runs, so that the newest state is what is shown."""

    def __init__(self, world: World, lists: Lists, examining: Examining) -> None:
        self._world = world
        self._lists = lists
        self._examining = examining

    async def post_card(self, job: Job) -> None:
        """Post the card of a review that has none."""
        review = await self._world.review(job.subject)
        if review.card is None and review.state is not ReviewState.CLOSED:
            await self._put_card(await self._rerouted(review))

    async def _rerouted(self, review: Review) -> Review:
        """A review that has no card yet goes where the settings say now: its channel may have been a mistake."""
        routing = self._world.routing
        if review.submission.workspace_id not in routing.workspaces:
            return review
        channel = routing.route(review.submission).channel
        if channel == review.route.channel:
            return review
        route = replace(review.route, channel=channel)
        await self._world.store.transact(lambda tx: transitions.rerouted(tx, review, route, now=self._world.clock()))
        return await self._world.review(review.id)

    async def _put_card(self, review: Review) -> None:
        """Post the card in place of the one that the review has, if it has one."""
        ref = await self._world.messenger.post_card(review)

        def remember(tx: Transaction) -> None:
            current = tx.review(review.id)
            if current is None or current.card != review.card:
                return
            transitions.carded(tx, current, ref)
            if current != review:
                transitions.mend_card(tx, current)

        await self._world.store.transact(remember)
        log.info("card.posted", review_id=review.id, channel=ref.channel, ts=ref.ts)

    async def update_card(self, job: Job) -> None:
        """Make a card true: the one that the review has, or one of which it lost sight."""
        review = await self._world.review(job.subject)
        if "orphan" in job.payload:
            ref = MessageRef(channel=str(job.payload["orphan"]), ts=str(job.payload["ts"]))
            await self._mend_orphan(review, ref)
            return
        if review.card is None:
            await self.post_card(job)
            return
        try:
            await self._world.messenger.update_card(review, at=review.card)
        except SlackRefused as refused:
            if refused.code != "message_not_found":
                raise
            # Posted again by this very job: what waits behind it in the lane belongs into the new card's thread.
            await self._put_card(review)

    async def _mend_orphan(self, review: Review, ref: MessageRef) -> None:
        try:
            await self._world.messenger.update_card(review, at=ref)
        except SlackRefused as refused:
            log.info("card.orphan_left", review_id=review.id, code=refused.code)

    async def reply(self, job: Job) -> None:
        """Say something in the thread."""
        review = await self._world.review(job.subject)
        if review.card:
            await self._world.messenger.reply(review, news.from_payload(job.payload))

    async def picture(self, job: Job) -> None:
        """Draw what changes into the thread, or say there why not."""
        review, artist = await self._world.review(job.subject), self._world.artist
        if not review.pending or artist is None:
            return
        review, changes = await self._examining.changes(review)
        if changes.difference is None:
            return
        try:
            await self._world.messenger.picture(review, await artist.draw(review, changes.difference))
        except PictureError as error:
            await self._tell_without(review, error)
        except (SlackRefused, SlackOutcomeUnknown) as error:
            # Whether a picture is there when the answer was lost is not known, and two would say no more than one.
            await self._tell_without(review, PictureError(NOT_TAKEN, code=error.code))

    async def _tell_without(self, review: Review, trouble: PictureError) -> None:
        log.warning("picture.not_shown", review_id=review.id, error=str(trouble))
        told = news.NoPicture(text=trouble.text, facts={name: str(fact) for name, fact in trouble.facts.items()})
        await self._world.store.transact(lambda tx: tx.add_job(jobs.reply(review, news.to_payload(told))))

    async def announce(self, job: Job) -> None:
        """Tell a notification channel, or a person in their own language."""
        review = await self._world.review(job.subject)
        to = str(job.payload["channel"])
        notice = notices.from_payload(job.payload["notice"]) if "notice" in job.payload else notices.Decided()
        if not review.open and isinstance(notice, WHILE_OPEN):
            return
        locale = review.route.locale
        if to.startswith(PEOPLE):
            locale = (await self._world.directory.person(to)).locale
        await self._world.messenger.announce(to, review, notice, locale=locale)
        if isinstance(notice, notices.Escalated):
            told = news.to_payload(news.Escalated(to=to))
            await self._world.store.transact(lambda tx: tx.add_job(jobs.reply(review, told)))

    async def publish_home(self, job: Job) -> None:
        """Show a person what concerns them."""
        person = await self._world.directory.person(job.subject)
        await self._world.messenger.publish_home(person, await self._lists.home(job.subject))
