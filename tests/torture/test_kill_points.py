"""Kill -9 at every named point of a review's life; the next process brings it to the one end that it must have."""

from __future__ import annotations

import asyncio
import itertools
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
import pytest_asyncio

from tests.scenarios.stage import JONAS, LIN, RELEASES, REVIEWS
from tests.torture.arena import Arena, opened
from tests.torture.lanes import in_lanes, selected
from tests.torture.ledger import APPROVAL
from tests.torture.moments import Call, Fate
from tests.torture.voting import Ballot

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from tests.torture.tally import Tally

    Story: TypeAlias = Callable[[Arena, str], Awaitable[None]]

pytestmark = pytest.mark.asyncio(loop_scope="module")

KILLED_WITHIN = 60.0
"""Seconds until the point is reached."""

numbers = itertools.count(1)


def says(*words: str, thread: bool | None = None, channel: str = REVIEWS) -> Any:
    """Chooses posts and updates in a channel by what they say, and by whether they go into a thread."""

    def chosen(args: dict[str, Any]) -> bool:
        threaded = thread is None or bool(args.get("thread_ts")) == thread
        return threaded and args["channel"] == channel and all(word in str(args["text"]) for word in words)

    return chosen


def post(*words: str, thread: bool = True, channel: str = REVIEWS) -> Call:
    """Posting what says all of this."""
    return Call("slack", "chat.postMessage", says(*words, thread=thread, channel=channel))


def update(*words: str) -> Call:
    """Updating the card to what says all of this."""
    return Call("slack", "chat.update", says(*words))


FORM = Call("slack", "views.open")
READ = Call("secmaster", "ShowAopWorkflowVersion")
RECORD = Call("secmaster", "ListPlaybookApproves")
APPROVE = Call("secmaster", APPROVAL)


@dataclass(frozen=True)
class Point:
    """A moment in a review's life."""

    what: str
    call: Call
    fate: Fate
    after: Call | None = None
    """Not before a call of this kind was applied."""

    @property
    def moment(self) -> str:
        """As the summary calls it."""
        return f"as {self.what} arrives, {self.fate}" if self.fate is not Fate.APPLIED else f"{self.fate}: {self.what}"


def both_sides(what: str, call: Call, after: Call | None = None) -> list[Point]:
    """Before and after a call took effect."""
    return [Point(what, call, fate, after) for fate in (Fate.LOST, Fate.APPLIED)]


POINTS = [
    *both_sides("the card's post", post(thread=False)),
    *both_sides("the form's opening", FORM),
    *both_sides("the decision's look at the version", READ, FORM),
    *both_sides("the look at earlier approvals", RECORD, FORM),
    *both_sides("the vote's reply", post("voted to")),
    *both_sides("the first update of the card", update()),
    *both_sides("the approval call", APPROVE),
    Point("the approval call", APPROVE, Fate.LATE),
    *both_sides("the opinion's reply", post("SecMaster's opinion")),
    *both_sides("the card's update to decided", update("Decided")),
    *both_sides("the announcement", post("was approved", thread=False, channel=RELEASES)),
    *both_sides("the look at the release", READ, APPROVE),
    *both_sides("the release's reply", post("Final status")),
    *both_sides("the card's last update", update("Release")),
]


async def ask_for_review(arena: Arena, version: str) -> None:
    """Jonas asks for the review of a version: the bot is told of it at once, and polls at its start only."""
    arena.secmaster.submit(version)
    await arena.slack.command(JONAS, channel=REVIEWS, command="/secmaster", text=f"request {version}")


def vote(version: str) -> Ballot:
    """Lin approves."""
    return Ballot(version, LIN, "approve", f"Tested in staging, run {next(numbers)}")


def killed_at(point: Point) -> Story:
    """The story of a kill at a point: the next process decides once, tells the opinion and makes the card true."""

    async def story(arena: Arena, version: str) -> None:
        async def arm() -> None:
            point.call.kills(arena, point.fate, point.moment)

        if point.after:
            point.after.when(arena, Fate.APPLIED, arm)
        else:
            await arm()
        voting = arena.votes(vote(version))
        asking = asyncio.ensure_future(ask_for_review(arena, version))
        assert await arena.lives.died(KILLED_WITHIN), point.moment

        await arena.begin()
        await asyncio.gather(asking, voting)
        await arena.settled(version)

    return story


async def as_the_vote_is_acked(arena: Arena, version: str) -> None:
    """An ack is a promise: the vote that it answers survives a kill in the same moment."""
    await ask_for_review(arena, version)
    await arena.votes(vote(version))
    await arena.kill("as the vote is acked")

    await arena.begin()
    await arena.settled(version)


async def as_the_approval_call_arrives_which_comes_after_its_successor(arena: Arena, version: str) -> None:
    """A first approval call that comes in after the second was applied is refused, and nothing is told twice."""
    second_applied = asyncio.Event()

    async def pull_the_plug_and_hold() -> None:
        await arena.kill("as the approval call arrives, and it comes after its successor")
        await second_applied.wait()

    async def let_go() -> None:
        second_applied.set()

    APPROVE.when(arena, Fate.LATE, pull_the_plug_and_hold)
    APPROVE.when(arena, Fate.APPLIED, let_go)
    voting = arena.votes(vote(version))
    await ask_for_review(arena, version)
    assert await arena.lives.died(KILLED_WITHIN)

    await arena.begin()
    await voting
    await arena.settled(version)
    await arena.slack.until(lambda: len(arena.ledger.posts(version)) == 2, what="the first call's answer")
    assert [one.status for one in arena.ledger.posts(version)] == [400, 200]


async def as_the_approval_call_arrives_which_overtakes_its_successor(arena: Arena, version: str) -> None:
    """A first call that is applied while the second is on its way: the second is refused, the opinion read back."""
    second_arrived, first_applied = asyncio.Event(), asyncio.Event()

    async def pull_the_plug_and_hold() -> None:
        APPROVE.when(arena, Fate.LATE, hold_the_second)
        await arena.kill("as the approval call arrives, and it overtakes its successor")
        await second_arrived.wait()

    async def hold_the_second() -> None:
        second_arrived.set()
        await first_applied.wait()

    async def let_go() -> None:
        first_applied.set()

    APPROVE.when(arena, Fate.LATE, pull_the_plug_and_hold)
    APPROVE.when(arena, Fate.APPLIED, let_go)
    voting = arena.votes(vote(version))
    await ask_for_review(arena, version)
    assert await arena.lives.died(KILLED_WITHIN)

    await arena.begin()
    await voting
    await arena.settled(version)
    assert [one.status for one in arena.ledger.posts(version)] == [200, 400]


TOLD_IN_FULL = (
    as_the_vote_is_acked,
    as_the_approval_call_arrives_which_comes_after_its_successor,
    as_the_approval_call_arrives_which_overtakes_its_successor,
)
STORIES = {point.moment: killed_at(point) for point in POINTS} | {
    story.__name__.replace("_", " "): story for story in TOLD_IN_FULL
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def outcomes(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, tally: Tally
) -> AsyncIterator[Mapping[str, Awaitable[None]]]:
    """The stories of this run, told side by side; in each lane one bot after another lives on one database."""

    @asynccontextmanager
    async def lane() -> AsyncIterator[Arena]:
        folder = tmp_path_factory.mktemp("kill-points")
        database = f"sqlite:///{folder / 'bot.db'}"
        async with opened(folder, tally, database_url=database, BOT_POLL_INTERVAL="3600") as arena:
            yield arena
            await arena.at_rest()

    async def tell(arena: Arena, moment: str) -> None:
        if not arena.lives.alive:
            await arena.begin()
        await arena.lives.awake()
        arena.calm()  # not sooner: that it wakes is a moment, too
        arena.secmaster.faults.publish_seconds = 0  # a release is final when it is first looked at
        await arena.slack.until(lambda: arena.slack.connections == 2, timeout=KILLED_WITHIN, what="two connections")
        await STORIES[moment](arena, arena.draft(f"Point {next(numbers)}"))

    async with in_lanes(selected(request, "moment"), lane, tell) as told:
        yield told


@pytest.mark.parametrize("moment", STORIES)
async def test_killed(outcomes: Mapping[str, Awaitable[None]], moment: str) -> None:
    """Wherever the process dies, the next one decides once, tells the opinion and makes the card true."""
    await outcomes[moment]
