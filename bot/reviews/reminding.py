"""Nobody forgets: reminders to those who have not voted, escalation of what waits for long, a digest every morning.

Nothing is ever decided here; time alone changes nothing about a review.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from bot.errors import SlackError
from bot.hours import zone_of
from bot.reviews import jobs, notices, nudges
from bot.reviews.audit import AuditEvent, entry
from bot.reviews.models import Nudge, ReviewState
from bot.reviews.watching import UNKNOWN_HERE

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from bot.reviews.admission import Admission
    from bot.reviews.jobs import Job
    from bot.reviews.models import Person, Review
    from bot.reviews.ports import Transaction
    from bot.reviews.world import World

log = structlog.get_logger(__name__)

LOOK_AGAIN = timedelta(hours=6)
"""How long a review is left alone at most: its groups and people's time zones change."""
GATHERED = timedelta(seconds=3)
"""How long a person's reminders are gathered, so that one message tells of them all."""
ONCE_MORE = timedelta(minutes=1)
"""When to look again for people whom Slack did not tell of: it counts lookups by the minute."""
LISTED_IN_REMINDER = 8
LISTED_IN_DIGEST = 15
LATE_DIGEST = timedelta(hours=3)
"""How long after its time a digest is still worth telling, when the bot or Slack was away."""


class Reminding:
    """Jobs that look at what waits, and ask for what has to be told."""

    def __init__(self, world: World, admission: Admission) -> None:
        self._world = world
        self._admission = admission

    async def remind(self, job: Job) -> datetime | None:
        """See who has to be reminded of a review and who else has to hear of it; when to look again."""
        world = self._world
        review = await world.review(job.subject)
        now = world.clock()
        escalation = await world.store.transact(lambda tx: _escalate(tx, review.id, now))
        later = [now + LOOK_AGAIN, *([escalation] if escalation else [])]
        after = review.route.policy.remind_after
        if review.open and after:
            later += await self._remind(review, after, now)
        return min(later) if review.open else None

    async def _remind(self, review: Review, after: timedelta, now: datetime) -> list[datetime]:
        """Note who is due and works now; when to look at the others."""
        nudges_so_far = await self._world.store.transact(lambda tx: tx.nudges(review.id))
        known = {nudge.user_id: nudge for nudge in nudges_so_far}
        due: list[str] = []
        later: list[datetime] = []
        for user_id in _in_turn(await self._admission.named(review), now):
            nudge = known.get(user_id) or Nudge(review_id=review.id, user_id=user_id)
            at = nudges.due_at(nudge, since=review.opened_at, after=after)
            if at <= now:
                try:
                    person = await self._admission.awaited(user_id, review)
                except SlackError as error:  # who was found so far is not kept waiting by it
                    log.warning("reminder.person_unknown", user_id=user_id, error=str(error))
                    later.append(now + ONCE_MORE)
                    break
                if person is None:
                    continue
                at = self._at_work(person, now)
            if at > now:
                later.append(at)
            else:
                due.append(user_id)
        await self._world.store.transact(lambda tx: _due(tx, review.id, due, now))
        return later + ([now + after] if due else [])

    def _at_work(self, person: Person, now: datetime) -> datetime:
        """When the person may be reminded: now, or at the beginning of their working hours."""
        return self._world.working_hours.next(now, zone_of(person.tz))

    async def wake(self, job: Job) -> None:
        """A person asked to be reminded now, unless they have changed their mind."""
        user_id, at = str(job.payload["user"]), job.payload["at"]

        def note(tx: Transaction) -> None:
            nudge = tx.nudge(job.subject, user_id)
            if nudge and nudge.wanted_at and nudge.wanted_at.timestamp() == at:
                tx.save_nudge(replace(nudge, wanted_at=None, told_at=self._world.clock(), due=True, wished=True))
                tx.add_job(jobs.nudge(user_id, at=self._world.clock()))

        await self._world.store.transact(note)

    async def nudge(self, job: Job) -> datetime | None:
        """Tell a person in one message of what they have to be reminded of, if it still waits for them.

        When to do so instead, where they are not at work and did not ask for it.
        """
        world = self._world
        due = await world.store.transact(lambda tx: tx.due_nudges(job.subject))
        if not due:
            return None
        person = await world.directory.person(job.subject)
        now = world.clock()
        at = self._at_work(person, now)
        if at > now and not any(nudge.wished for nudge in due):
            return at
        waiting = await self._still_waiting(person, due)
        told = waiting[:LISTED_IN_REMINDER]
        if told:
            await world.messenger.remind(person, told, more=len(waiting) > len(told))
        await world.store.transact(lambda tx: _told(tx, person, due, told, now))
        log.info("reminder.sent", user_id=person.id, reviews=len(told), due=len(due))
        return None

    async def _still_waiting(self, person: Person, due: Sequence[Nudge]) -> list[Review]:
        """The oldest of what is to be told, one more than a message tells of.

        What the person asked to be reminded of is told while they could vote on it, also when they have.
        """
        waiting: list[Review] = []
        for nudge in due:
            review = await self._world.store.transact(lambda tx, nudge=nudge: tx.review(nudge.review_id))  # type: ignore[misc]
            if review and await self._wanted(person, review, nudge):
                waiting.append(review)
            if len(waiting) > LISTED_IN_REMINDER:
                break
        return waiting

    async def _wanted(self, person: Person, review: Review, nudge: Nudge) -> bool:
        if not nudge.wished:
            return await self._admission.waits_for(person, review)
        return review.open and await self._admission.refusal(person, review) is None

    async def digest(self, job: Job) -> datetime | None:
        """Tell a channel what waits there, once a morning; when to do it again. Where nothing waits nothing is said."""
        world, channel = self._world, job.subject
        when = world.digests.get(channel)
        now = world.clock()
        if when is None:  # another replica, with newer settings, may know better
            return now + UNKNOWN_HERE
        at = when.latest(now)
        told = await world.store.transact(lambda tx: tx.digest_told(channel))
        if (told is None or told < at) and now - at <= LATE_DIGEST:
            reviews = await world.store.transact(lambda tx: tx.reviews_waiting_in(channel, limit=LISTED_IN_DIGEST + 1))
            if reviews:
                more = len(reviews) > LISTED_IN_DIGEST
                locale = reviews[0].route.locale
                await world.messenger.digest(channel, reviews[:LISTED_IN_DIGEST], more=more, locale=locale)
                log.info("digest.told", channel=channel, reviews=len(reviews))
            await world.store.transact(lambda tx: tx.tell_digest(channel, at))
        return when.next(now)


def _told(tx: Transaction, person: Person, due: Sequence[Nudge], waiting: Sequence[Review], now: datetime) -> None:
    """The message was sent; what did not fit into it is reminded of when its turn comes again."""
    for nudge in due:
        current = tx.nudge(nudge.review_id, nudge.user_id)
        if current:
            tx.save_nudge(replace(current, due=False, wished=False))
    for review in waiting:
        tx.record(entry(review, AuditEvent.REMINDED, at=now, user_id=person.id, name=person.name))


def _in_turn(user_ids: Collection[str], now: datetime) -> list[str]:
    """All of them, each time from another one on: whoever Slack cannot tell of today keeps nobody waiting for ever."""
    ordered = sorted(user_ids)
    first = int(now.timestamp()) % max(len(ordered), 1)
    return ordered[first:] + ordered[:first]


def _due(tx: Transaction, review_id: str, user_ids: Sequence[str], now: datetime) -> None:
    """The next message to each of these people tells of the review, if it is still open."""
    review = tx.review(review_id)
    for user_id in user_ids if review and review.open else ():
        nudge = tx.nudge(review_id, user_id) or Nudge(review_id=review_id, user_id=user_id)
        tx.save_nudge(replace(nudge, told=nudge.told + 1, told_at=now, due=True))
        tx.add_job(jobs.nudge(user_id, at=now + GATHERED))


def _escalate(tx: Transaction, review_id: str, now: datetime) -> datetime | None:
    """Have others told of a review that waits for long, once; when that will be, if it is not yet."""
    review = tx.review(review_id)
    if review is None or not review.open or review.escalated_at:
        return None
    policy = review.route.policy
    if policy.escalate_after is None:
        return None
    at = review.opened_at + policy.escalate_after
    if now < at:
        return at
    tx.change_review(review.id, expected=ReviewState.OPEN, escalated_at=now)
    tx.record(entry(review, AuditEvent.ESCALATED, {"to": list(policy.escalate_to)}, at=now))
    for to in policy.escalate_to:
        tx.add_job(jobs.announce(review, to, notices.to_payload(notices.Escalated())))
    return None
