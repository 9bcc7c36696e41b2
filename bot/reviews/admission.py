"""Who may use the bot and who may vote: the policy, asked with what Slack knows of the person right now."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import structlog

from bot.errors import NotAllowed, SlackRefused
from bot.locales import N_
from bot.reviews import policy, transitions
from bot.reviews.models import Reviewers
from bot.reviews.policy import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.reviews.models import Person, Review, Submission
    from bot.reviews.world import World

log = structlog.get_logger(__name__)

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
"""What an e-mail address looks like; Slack tells whether it is one."""

REFUSALS: Mapping[Refusal, str] = {
    Refusal.DEACTIVATED: N_("This account is deactivated."),
    Refusal.BOT: N_("Apps cannot use this bot."),
    Refusal.GUEST: N_("Guests cannot use this bot. Ask a full member of the workspace."),
    Refusal.EXTERNAL: N_("Only people of the workspace that runs this bot can use it."),
    Refusal.NOT_A_REVIEWER: N_("You are not a reviewer of this release. Reviewers are {reviewers}."),
    Refusal.SUBMITTER: N_("You submitted this version, so somebody else has to review it."),
    Refusal.ASKED_FOR_IT: N_("You asked for this review, so somebody else has to do it."),
    Refusal.SUBMITTER_UNKNOWN: N_(
        "Nobody can review this version yet: it is not known which Slack user submitted it. "
        "Ask whoever runs this bot to add {submitter} to its identities, or to correct the Slack user there."
    ),
}


def refused(refusal: Refusal, review: Review) -> NotAllowed:
    """The error that tells a person why they may not vote on a review."""
    facts: Mapping[Refusal, Mapping[str, object]] = {
        Refusal.NOT_A_REVIEWER: {
            "reviewers": Reviewers(ids=review.route.policy.reviewers, channel=review.route.channel)
        },
        Refusal.SUBMITTER_UNKNOWN: {"submitter": review.submission.submitter or "?"},
    }
    return NotAllowed(REFUSALS[refusal], **facts.get(refusal, {}))


class Admission:
    """Every method fails closed: who cannot be looked up is not admitted (SlackError)."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def admit(self, user_id: str, *, to: Review | None = None) -> Person:
        """The person, if they may use the bot at all: NotAllowed otherwise. `to` is the review they want to act on."""
        home_team = await self._world.directory.home_team()
        person = await self._world.directory.person(user_id)
        if refusal := policy.refuse_person(person, home_team=home_team):
            self._world.on_refused(refusal)
            if to:
                await self._record(refusal, person, to)
            raise NotAllowed(REFUSALS[refusal])
        return person

    async def check_reviewer(self, user_id: str, review: Review, *, fresh: bool = False) -> Person:
        """The person, if they may vote: NotAllowed otherwise.

        Where something will be decided person and groups are looked up `fresh`.
        """
        person = await self._world.directory.person(user_id, fresh=fresh)
        if refusal := await self.refusal(person, review, fresh=fresh):
            self._world.on_refused(refusal)
            await self._record(refusal, person, review)
            raise refused(refusal, review)
        return person

    async def waits_for(self, person: Person, review: Review) -> bool:
        """Whether the review wants this person's vote; not for sure where a group of its policy is gone."""
        if not review.open or review.vote_of(person.id) or review.left_to_others(person.id):
            return False
        try:
            return await self.refusal(person, review) is None
        except SlackRefused as refused_by_slack:
            log.warning("reviewers.unreadable", review_id=review.id, code=refused_by_slack.code)
            return False

    async def named(self, review: Review) -> set[str]:
        """Everybody whom the policy names, by user id; a group that is gone names nobody."""
        named: set[str] = set()
        for reviewer in review.route.policy.reviewers:
            if reviewer not in policy.groups_of(review.route.policy):
                named.add(reviewer)
                continue
            try:
                named |= await self._members(reviewer, review)
            except SlackRefused as refused_by_slack:
                log.warning("reviewers.unreadable", review_id=review.id, code=refused_by_slack.code)
        return named

    async def awaited(self, user_id: str, review: Review) -> Person | None:
        """The person, if the review waits for their vote; None also for who cannot be found."""
        try:
            person = await self._world.directory.person(user_id)
        except SlackRefused as refused_by_slack:
            log.warning("reviewers.person_unreadable", user_id=user_id, code=refused_by_slack.code)
            return None
        return person if await self.waits_for(person, review) else None

    async def author(self, submission: Submission) -> str | None:
        """The Slack user behind SecMaster's name of the submitter; SlackError when they could not be looked up.

        By the identities, else, where that name is an e-mail address and the bot may look it up, by that. Identities
        that lead to nobody, or to an app, make nobody known: the person who did submit it could vote unnoticed.
        Somebody deactivated is known all the same.
        """
        name = submission.submitter
        if stated := self._world.routing.submitter_user(submission):
            person = await self._world.directory.find(stated)
            return person.id if person and not person.bot else None
        return await self._world.directory.by_email(name) if EMAIL.fullmatch(name) else None

    async def refusal(self, person: Person, review: Review, *, fresh: bool = False) -> Refusal | None:
        """Why the person may not vote.

        A group that cannot be looked up names nobody, and raises SlackError for who is in no other: one that was
        deleted does not lock out the members of the rest.
        """
        home_team = await self._world.directory.home_team()
        if refusal := policy.refuse_person(person, home_team=home_team):
            return refusal
        rules = review.route.policy
        groups = [] if person.id in rules.reviewers else policy.groups_of(rules)
        found = await asyncio.gather(
            *(self._members(group, review, fresh=fresh) for group in groups), return_exceptions=True
        )
        members = {group: some for group, some in zip(groups, found, strict=True) if isinstance(some, frozenset)}
        author = review.submitter_user
        if author is None and not rules.allow_self_review:
            author = await self.author(review.submission)
        refusal = policy.refuse_vote(person, review, home_team=home_team, members=members, author=author)
        unknown = next((error for error in found if isinstance(error, BaseException)), None)
        if refusal is Refusal.NOT_A_REVIEWER and unknown:
            raise unknown  # the group that could not be looked up may be theirs
        return refusal

    async def _record(self, refusal: Refusal, person: Person, review: Review) -> None:
        log.info("vote.refused", review_id=review.id, user_id=person.id, refusal=refusal)
        now = self._world.clock()
        await self._world.store.transact(lambda tx: transitions.refused(tx, review, person, why=refusal, now=now))

    async def _members(self, group: str, review: Review, *, fresh: bool = False) -> frozenset[str]:
        if group == policy.CHANNEL:
            return await self._world.directory.channel_members(review.route.channel, fresh=fresh)
        return await self._world.directory.group_members(group, fresh=fresh)
