"""Who may use the bot and who may vote: the policy, asked with what Slack knows of the person right now."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from bot.errors import NotAllowed, SlackRefused
from bot.locales import N_
from bot.reviews import policy, transitions
from bot.reviews.policy import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.reviews.models import Person, Review
    from bot.reviews.world import World

log = structlog.get_logger(__name__)

REFUSALS: Mapping[Refusal, str] = {
    Refusal.DEACTIVATED: N_("This account is deactivated."),
    Refusal.BOT: N_("Apps cannot use this bot."),
    Refusal.GUEST: N_("Guests cannot use this bot. Ask a full member of the workspace."),
    Refusal.EXTERNAL: N_("Only people of the workspace that runs this bot can use it."),
    Refusal.NOT_A_REVIEWER: N_("You are not a reviewer of this release, so your vote would not count. Ask a reviewer."),
    Refusal.SUBMITTER: N_("You submitted this version, so somebody else has to review it."),
}


class Admission:
    """Every method fails closed: who cannot be looked up is not admitted (SlackError)."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def admit(self, user_id: str) -> Person:
        """The person, if they may use the bot at all: NotAllowed otherwise."""
        home_team = await self._world.directory.home_team()
        person = await self._world.directory.person(user_id)
        if refusal := policy.refuse_person(person, home_team=home_team):
            raise NotAllowed(REFUSALS[refusal])
        return person

    async def check_reviewer(self, user_id: str, review: Review, *, fresh: bool = False) -> None:
        """NotAllowed for who may not vote; where something will be decided the person is looked up `fresh`."""
        person = await self._world.directory.person(user_id, fresh=fresh)
        if refusal := await self._refusal(person, review):
            log.info("vote.refused", review_id=review.id, user_id=user_id, refusal=refusal)
            now = self._world.clock()
            await self._world.store.transact(
                lambda tx: transitions.refused(tx, review, user_id=user_id, why=refusal, now=now)
            )
            raise NotAllowed(REFUSALS[refusal])

    async def waits_for(self, person: Person, review: Review) -> bool:
        """Whether the review wants this person's vote; not for sure where a group of its policy is gone."""
        if not review.open or review.vote_of(person.id):
            return False
        try:
            return await self._refusal(person, review) is None
        except SlackRefused as refused:
            log.warning("home.group_unreadable", review_id=review.id, code=refused.code)
            return False

    async def _refusal(self, person: Person, review: Review) -> Refusal | None:
        """Why the person may not vote.

        A group that cannot be looked up names nobody, and raises SlackError for who is in no other: one that was
        deleted does not lock out the members of the rest.
        """
        home_team = await self._world.directory.home_team()
        if refusal := policy.refuse_person(person, home_team=home_team):
            return refusal
        rules = review.route.policy
        if person.id in rules.reviewers:
            return policy.refuse_vote(person, review, home_team=home_team, members={})
        groups = policy.groups_of(rules)
        found = await asyncio.gather(*(self._members(group, review) for group in groups), return_exceptions=True)
        members = {group: some for group, some in zip(groups, found, strict=True) if isinstance(some, frozenset)}
        refusal = policy.refuse_vote(person, review, home_team=home_team, members=members)
        unknown = next((error for error in found if isinstance(error, BaseException)), None)
        if refusal is Refusal.NOT_A_REVIEWER and unknown:
            raise unknown  # the group that could not be looked up may be theirs
        return refusal

    async def _members(self, group: str, review: Review) -> frozenset[str]:
        if group == policy.CHANNEL:
            return await self._world.directory.channel_members(review.route.channel)
        return await self._world.directory.group_members(group)
