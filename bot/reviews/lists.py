"""Lists of reviews: what waits, for everybody and for one person; what ended; what somebody voted on or submitted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.reviews import policy
from bot.reviews.models import Place
from bot.reviews.pages import Home, HomeList, Page

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.reviews.admission import Admission
    from bot.reviews.models import Person, Review
    from bot.reviews.pages import Places
    from bot.reviews.world import World

LISTED = 20
"""Reviews shown by one list."""
WAITING_AT_HOME = 12
"""Reviews on one page of a home's queue: three blocks each, of the hundred that a home may have."""
LATELY_AT_HOME = 5
"""Reviews on one page of each of its other lists."""

READ_AT_ONCE = 50
"""Reviews read at once to find those that wait for a person."""


class Lists:
    """Every list is read from a place on, so that its length costs nothing."""

    def __init__(self, world: World, admission: Admission) -> None:
        self._world = world
        self._admission = admission

    async def pending(self, *, after: Place | None = None) -> list[Review]:
        """Reviews without an outcome yet, oldest first, at most LISTED + 1."""
        return await self._world.store.transact(lambda tx: tx.pending_reviews(limit=LISTED + 1, after=after))

    async def ended(self, *, after: Place | None = None) -> list[Review]:
        """Reviews that ended, newest first, at most LISTED + 1."""
        return await self._world.store.transact(lambda tx: tx.ended_reviews(limit=LISTED + 1, after=after))

    async def waiting_for(self, person: Person, *, after: Place | None = None, most: int = LISTED + 1) -> list[Review]:
        """Reviews that want this person's vote, oldest first."""
        mine: list[Review] = []
        while len(mine) < most:
            page = await self._world.store.transact(
                lambda tx, after=after: tx.pending_reviews(limit=READ_AT_ONCE, after=after)  # type: ignore[misc]
            )
            mine += [review for review in page if await self._admission.waits_for(person, review)]
            if len(page) < READ_AT_ONCE:
                break
            after = opened(page[-1])
        return mine[:most]

    async def home(self, user_id: str) -> Home:
        """What a person's home shows: their lists, each from where they have turned it to."""
        person = await self._world.directory.person(user_id)
        home_team = await self._world.directory.home_team()
        if policy.refuse_person(person, home_team=home_team):
            return Home(may_use=False)
        places = await self._world.store.transact(lambda tx: tx.home_places(user_id))
        return Home(
            may_use=True,
            waiting=await self._waiting(person, places),
            voted=await self._voted(user_id, places),
            submitted=await self._submitted(user_id, places),
        )

    async def _waiting(self, person: Person, places: Places) -> Page:
        after = places.get(HomeList.WAITING)
        most = WAITING_AT_HOME + 1
        found = await self.waiting_for(person, after=after, most=most)
        if after and not found:  # the list has become shorter than where they are
            after, found = None, await self.waiting_for(person, most=most)
        return _page(found, WAITING_AT_HOME, after, opened)

    async def _voted(self, user_id: str, places: Places) -> Page:
        after = places.get(HomeList.VOTED)
        found = await self._world.store.transact(
            lambda tx: tx.reviews_voted_by(user_id, limit=LATELY_AT_HOME + 1, after=after)
        )
        return _page(found, LATELY_AT_HOME, after, lambda review: _voted(review, user_id))

    async def _submitted(self, user_id: str, places: Places) -> Page:
        after = places.get(HomeList.SUBMITTED)
        found = await self._world.store.transact(
            lambda tx: tx.reviews_submitted_by(user_id, limit=LATELY_AT_HOME + 1, after=after)
        )
        return _page(found, LATELY_AT_HOME, after, opened)


def opened(review: Review) -> Place:
    """The place of a review in a list by opening."""
    return Place(at=review.opened_at, review_id=review.id)


def _voted(review: Review, user_id: str) -> Place:
    vote = review.vote_of(user_id)
    return Place(at=vote.voted_at if vote else review.opened_at, review_id=review.id)


def _page(found: Sequence[Review], most: int, after: Place | None, place: Callable[[Review], Place]) -> Page:
    shown = tuple(found[:most])
    return Page(reviews=shown, turned=after is not None, next=place(shown[-1]) if len(found) > most else None)
