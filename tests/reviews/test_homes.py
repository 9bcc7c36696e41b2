"""The home of a person: what waits for them, what they voted on, what they submitted; each list by pages."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.errors import NotAllowed, UnknownVersion
from bot.reviews.lists import LATELY_AT_HOME, WAITING_AT_HOME
from bot.reviews.models import ReviewState, Verdict, Vote
from bot.reviews.pages import Home, HomeList
from tests.reviews.fakes import START, Desk, submission
from tests.reviews.test_policy import review

if TYPE_CHECKING:
    from bot.reviews.models import Review
    from bot.store.sql import SqlStore


def made(number: int, **changes: Any) -> Review:
    """One of many reviews, a second after the one before."""
    version_id = f"version-{number:03}"
    opened_at = START + timedelta(seconds=number)
    return review(id=f"r{number:03}", submission=submission(version_id=version_id), opened_at=opened_at, **changes)


async def store_all(desk: Desk, reviews: list[Review]) -> None:
    """Put reviews into the store."""
    for one in reviews:
        await desk.store.transact(lambda tx, one=one: tx.add_review(one))  # type: ignore[misc]


async def home_of(desk: Desk, user_id: str) -> Home:
    """The home as it was published last."""
    await desk.due()
    shown: Home = [home for person, home in desk.messenger.told("home") if person == user_id][-1]
    return shown


def ids(reviews: tuple[Review, ...]) -> list[str]:
    """Their ids."""
    return [one.id for one in reviews]


async def test_the_queue_is_turned_page_by_page_and_back(desk: Desk) -> None:
    """Without gap and overlap; opening the home begins at the beginning."""
    count = 2 * WAITING_AT_HOME + 3
    await store_all(desk, [made(number) for number in range(count)])
    await desk.reviews.opened_home("U1")
    page = (await home_of(desk, "U1")).waiting
    seen = ids(page.reviews)
    assert not page.turned
    while page.next:
        await desk.reviews.turn_home("U1", HomeList.WAITING, page.next)
        page = (await home_of(desk, "U1")).waiting
        assert page.turned
        seen += ids(page.reviews)
    assert seen == [f"r{number:03}" for number in range(count)]

    await desk.reviews.turn_home("U1", HomeList.WAITING, None)
    assert ids((await home_of(desk, "U1")).waiting.reviews)[0] == "r000"


async def test_a_change_leaves_the_home_where_it_is_turned_to(desk: Desk) -> None:
    """And a list that has become shorter than that begins anew."""
    await store_all(desk, [made(number) for number in range(WAITING_AT_HOME + 1)])
    await desk.reviews.opened_home("U1")
    place = (await home_of(desk, "U1")).waiting.next
    assert place
    await desk.reviews.turn_home("U1", HomeList.WAITING, place)
    assert ids((await home_of(desk, "U1")).waiting.reviews) == [f"r{WAITING_AT_HOME:03}"]
    await desk.reviews.vote("U2", "r000", verdict=Verdict.REJECT, reason="No", view_id="V1")
    desk.releases.versions = {}
    assert ids((await home_of(desk, "U1")).waiting.reviews) == [f"r{WAITING_AT_HOME:03}"]
    await desk.reviews.vote("U2", f"r{WAITING_AT_HOME:03}", verdict=Verdict.REJECT, reason="No", view_id="V2")
    page = (await home_of(desk, "U1")).waiting
    assert (ids(page.reviews)[0], page.turned) == ("r001", False)
    await desk.reviews.opened_home("U1")
    assert not (await home_of(desk, "U1")).waiting.turned


async def test_it_shows_what_its_owner_voted_on_newest_first(desk: Desk) -> None:
    """Whatever came of it; and not what others voted on."""
    count = LATELY_AT_HOME + 2
    await store_all(desk, [made(number, state=ReviewState.DECIDED, closed_at=START) for number in range(count)])
    for number in range(count):
        for user, minutes in (("U1", -number), ("U2", number)):
            vote = Vote(
                review_id=f"r{number:03}",
                user_id=user,
                verdict=Verdict.APPROVE,
                reason="",
                voted_at=START + timedelta(minutes=minutes),
                view_id="V",
            )
            await desk.store.transact(lambda tx, vote=vote: tx.save_vote(vote))  # type: ignore[misc]
    await desk.reviews.opened_home("U1")
    page = (await home_of(desk, "U1")).voted
    first = ids(page.reviews)
    assert page.next
    await desk.reviews.turn_home("U1", HomeList.VOTED, page.next)
    assert first + ids((await home_of(desk, "U1")).voted.reviews) == [f"r{number:03}" for number in range(count)]


async def test_it_shows_what_its_owner_submitted(desk: Desk) -> None:
    """By identity, else by who asked; newest first, page by page."""
    kinds = ({"submitter_user": "U1"}, {"requested_by": "U1"}, {"submitter_user": "U2", "requested_by": "U1"})
    count = 3 * LATELY_AT_HOME
    await store_all(desk, [made(number, **kinds[number % 3]) for number in range(count)])
    await desk.reviews.opened_home("U1")
    page = (await home_of(desk, "U1")).submitted
    seen = ids(page.reviews)
    while page.next:
        await desk.reviews.turn_home("U1", HomeList.SUBMITTED, page.next)
        page = (await home_of(desk, "U1")).submitted
        seen += ids(page.reviews)
    assert seen == [f"r{number:03}" for number in reversed(range(count)) if number % 3 != 2]


async def test_who_may_not_use_the_bot_sees_nothing(desk: Desk) -> None:
    """A guest can look at the home, and turns no pages."""
    await store_all(desk, [made(0, requested_by="U1")])
    desk.directory.people["U1"] = replace(desk.directory.people["U1"], guest=True)
    await desk.reviews.opened_home("U1")
    assert await home_of(desk, "U1") == Home(may_use=False)
    with pytest.raises(NotAllowed):
        await desk.reviews.turn_home("U1", HomeList.WAITING, None)


async def test_lists_of_what_waits_for_me(store: SqlStore) -> None:
    """The command's list, from a place on."""
    desk = Desk(store)
    await store_all(desk, [made(number, submitter_user="U1" if number % 2 else "U2") for number in range(6)])
    mine = await desk.reviews.pending("U1", mine=True)
    assert [one.id for one in mine] == ["r000", "r002", "r004"]
    assert len(await desk.reviews.pending("U1")) == 6


async def test_a_review_is_found_by_its_version_without_asking_secmaster(desk: Desk) -> None:
    """A form has three seconds to open."""
    known = await desk.open()
    asked = len(desk.releases.asked)
    assert (await desk.reviews.review_of("U1", known.submission.version_id)).id == known.id
    assert len(desk.releases.asked) == asked
    with pytest.raises(UnknownVersion, match="version-0009"):
        await desk.reviews.review_of("U1", "version-0009")
