"""A bot whose hours pass in moments: real workers and store, a clock that jumps, and a Slack with weather."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot.jobs.queue import Queue
from bot.jobs.worker import Workers
from bot.reviews.jobs import ALL
from bot.reviews.models import MessageRef, Policy, Route, Verdict
from bot.reviews.routing import Routing, Rule
from bot.reviews.service import Reviews
from bot.reviews.world import World
from bot.store.schema import metadata
from bot.store.sql import SqlStore
from tests.jobs.clock import Clock
from tests.reviews.fakes import WORKSPACE, FakeDirectory, FakeReleases, submission

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from bot.errors import SlackError
    from bot.reviews.examination import Picture
    from bot.reviews.jobs import Job, JobKind
    from bot.reviews.models import Person, Review
    from bot.reviews.news import News
    from bot.reviews.notices import Notice
    from bot.reviews.pages import Home

WORKERS = 3

PATIENCE = 60
"""Seconds until workers that do not come to rest have failed."""


@dataclass(kw_only=True)
class Call:
    """One call of Slack."""

    at: datetime
    method: str
    channel: str
    review_id: str
    said: object
    taken: bool = False


@dataclass
class Slack:
    """Implements the core's Messenger: takes what is said, or refuses it as the weather is."""

    clock: Clock
    weather: Callable[[Call], SlackError | None] = lambda _call: None
    """What a call meets now; None: it is taken."""
    calls: list[Call] = field(default_factory=list)

    def _call(self, method: str, channel: str, review_id: str, said: object) -> None:
        call = Call(at=self.clock.now, method=method, channel=channel, review_id=review_id, said=said)
        trouble = self.weather(call)
        call.taken = trouble is None
        self.calls.append(call)
        if trouble:
            raise trouble

    def taken(self, method: str) -> list[Call]:
        """What Slack took of a method."""
        return [call for call in self.calls if call.taken and call.method == method]

    async def post_card(self, review: Review) -> MessageRef:
        """See Messenger."""
        self._call("chat.postMessage", review.route.channel, review.id, "card")
        return MessageRef(channel=review.route.channel, ts=f"{len(self.calls)}.0")

    async def update_card(self, review: Review, *, at: MessageRef) -> None:
        """See Messenger."""
        self._call("chat.update", at.channel, review.id, len(review.votes))

    async def reply(self, review: Review, news: News) -> None:
        """See Messenger."""
        self._call("chat.postMessage", review.route.channel, review.id, news)

    async def announce(self, to: str, review: Review, notice: Notice, *, locale: str) -> None:
        """See Messenger."""
        self._call("chat.postMessage", to, review.id, notice)

    async def remind(self, person: Person, reviews: Sequence[Review], *, more: bool) -> None:
        """See Messenger."""
        self._call("chat.postMessage", person.id, "", [review.id for review in reviews])

    async def picture(self, review: Review, picture: Picture) -> None:
        """See Messenger."""
        self._call("files.completeUploadExternal", review.route.channel, review.id, picture)

    async def digest(self, channel: str, reviews: Sequence[Review], *, more: bool, locale: str) -> None:
        """See Messenger."""
        self._call("chat.postMessage", channel, "", [review.id for review in reviews])

    async def publish_home(self, person: Person, shown: Home) -> None:
        """See Messenger."""
        self._call("views.publish", person.id, "", len(shown.waiting.reviews))


class Watched(Queue):
    """A queue that knows when every worker has found nothing to do."""

    def __init__(self, store: SqlStore, clock: Clock) -> None:
        super().__init__(store, clock=clock, post_interval=0)
        self._idle: set[asyncio.Task[object] | None] = set()
        self._rest = asyncio.Event()

    async def lease(self, turns: Sequence[Collection[JobKind]] = (ALL,)) -> Job | None:
        """See Queue."""
        self._idle.discard(asyncio.current_task())
        self._rest.clear()
        return await super().lease(turns)

    async def seconds_to_next(self, *, longest: float) -> float:
        """See Queue: the worker sleeps until it is woken, for time passes only by jumps."""
        self._idle.add(asyncio.current_task())
        if len(self._idle) == WORKERS:
            self._rest.set()
        return 3600.0

    def stir(self) -> None:
        """All of them are about to look again; none has found nothing to do before it has."""
        self._idle.clear()
        self._rest.clear()

    async def rest(self) -> None:
        """Wait until one has looked in vain while the others slept."""
        async with asyncio.timeout(PATIENCE):
            await self._rest.wait()


class Stirred(Workers):
    """Workers of which none counts as idle once it is woken, be it slow to get up."""

    def wake(self) -> None:
        """See Workers."""
        assert isinstance(self._queue, Watched)
        self._queue.stir()
        super().wake()


class Bot:
    """Reviews, workers and store of one process."""

    def __init__(self, *, channels: int = 1, jitter: Callable[[], float] = random.random) -> None:
        self.clock = Clock()
        self.slack = Slack(self.clock)
        self.store = SqlStore("sqlite://", clock=self.clock.seconds)
        self.releases = FakeReleases(versions={})
        self._channels = channels
        rules = [Rule(route=self._route(number), workflow=f"workflow of c{number}") for number in range(channels)]
        self.reviews = Reviews(
            World(
                store=self.store,
                releases=self.releases,
                messenger=self.slack,
                directory=FakeDirectory(),
                routing=Routing(rules=rules, defaults={WORKSPACE: self._route(0)}),
                poll_interval=timedelta(0),
                clock=self.clock,
            )
        )
        self.queue = Watched(self.store, self.clock)
        self.workers = Stirred(self.queue, self.reviews, count=WORKERS, clock=self.clock, jitter=jitter, heartbeat=3600)
        self.store.on_queued = self.workers.wake

    @staticmethod
    def _route(number: int) -> Route:
        return Route(
            channel=f"C{number}", notify=(), policy=Policy(reviewers=("U1", "U2"), approvals_required=3), locale="en"
        )

    async def start(self) -> None:
        """Make the tables and begin to work."""
        await self.store.transact(lambda tx: metadata.create_all(tx._connection))
        self.workers.start()

    async def stop(self) -> None:
        """Let go of everything."""
        await self.workers.stop(within=10)
        await self.store.close()

    async def open(self, count: int) -> list[str]:
        """New submissions are found, spread over the channels; their reviews."""
        opened = []
        for _ in range(count):
            number = len(self.releases.versions)
            version = submission(version_id=f"version-{number:04}", name=f"Workflow of C{number % self._channels}")
            self.releases.versions[version.version_id] = version
            review = await self.reviews._watching.observe(version)
            assert review is not None
            opened.append(review.id)
        return opened

    async def vote(self, user: str, review_id: str) -> None:
        """Somebody approves."""
        await self.reviews.vote(user, review_id, verdict=Verdict.APPROVE, reason=user, view_id=f"V{user}{review_id}")

    async def pass_time(self, **spent: float) -> None:
        """Let the workers work through so much time, from one moment at which something may start to the next."""
        end = self.clock.now + timedelta(**spent)
        while True:
            self.workers.wake()
            await self.queue.rest()
            if self.clock.now >= end:
                return
            start = await self.store.transact(lambda tx: tx.next_start(self.clock.seconds()))
            moment = end if start is None else datetime.fromtimestamp(start + 0.001, UTC)
            self.clock.now = min(moment, end)
