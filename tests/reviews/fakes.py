"""The world around the core, by hand: SecMaster, Slack and the directory as plain objects, on a real SQLite store."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bot.errors import NotFound, PictureError, SlackRefused, SlackUnreachable
from bot.reviews.examination import Check, CheckMode, CheckResult, Picture
from bot.reviews.jobs import UNHURRIED, Job, JobKind
from bot.reviews.models import (
    MessageRef,
    Opinion,
    Overview,
    Person,
    Policy,
    RecordedApproval,
    Result,
    Review,
    Route,
    Submission,
    Verdict,
)
from bot.reviews.routing import Routing
from bot.reviews.service import Reviews
from bot.reviews.world import World

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bot.changes.diff import Difference
    from bot.errors import SlackError
    from bot.reviews.news import News
    from bot.reviews.notices import Notice
    from bot.reviews.pages import Home
    from bot.store.sql import SqlStore

WORKSPACE, VERSION = "workspace-1", "version-0001"
START = datetime(2026, 11, 24, 9, tzinfo=UTC)
FOLLOWS = frozenset({JobKind.FOLLOW, *UNHURRIED})
"""What most stories do without: it goes on long after, or beside them."""
RULES = Policy(reviewers=("U1", "U2", "S1"))


def submission(**changes: str) -> Submission:
    """A version that waits for review."""
    given = {
        "workspace_id": WORKSPACE,
        "version_id": VERSION,
        "workflow_id": "workflow-1",
        "name": "Isolate host",
        "version": "v2",
        "description": "Cuts it off",
        "status": "pending_approval",
        "aop_type": "HEMOSTASIS",
        "submitter": "zhang.wei",
        "submitted_at": "2026-11-24T10:00:00Z+0800",
    }
    return Submission(**given | changes)


@dataclass
class FakeReleases:
    """SecMaster: versions, recorded approvals, and errors to raise at the next calls."""

    versions: dict[str, Submission] = field(default_factory=lambda: {VERSION: submission()})
    recorded: list[RecordedApproval] = field(default_factory=list)
    sent: list[tuple[Result, str]] = field(default_factory=list)
    raise_on: dict[str, list[Exception]] = field(default_factory=dict)
    before: dict[str, Callable[[], Awaitable[None]]] = field(default_factory=dict)
    """What happens elsewhere while the next such call is on its way."""
    asked: list[str] = field(default_factory=list)
    lists_approvals: bool = True
    active: str = ""
    """Id of the version that works."""
    failing: dict[CheckMode, str] = field(default_factory=dict)
    """What SecMaster's checks find."""

    def _raise(self, call: str) -> None:
        self.asked.append(call)
        if self.raise_on.get(call):
            raise self.raise_on[call].pop(0)

    async def overview(self, workspace_id: str) -> Overview:
        """See Releases."""
        self._raise("overview")
        waiting = tuple(version.version_id for version in self.versions.values() if version.pending)
        return Overview(pending=waiting, active={"workflow-1": self.active} if self.active else {})

    async def version(self, workspace_id: str, version_id: str) -> Submission:
        """See Releases."""
        self._raise("version")
        if version_id not in self.versions:
            raise NotFound("no such version")
        return self.versions[version_id]

    async def active_version(self, workspace_id: str, workflow_id: str) -> str:
        """See Releases."""
        self._raise("active_version")
        return self.active

    async def versions_of(self, workspace_id: str, workflow_id: str) -> list[Submission]:
        """See Releases."""
        self._raise("versions_of")
        return [version for version in self.versions.values() if version.workflow_id == workflow_id]

    async def check(self, submission: Submission, mode: CheckMode) -> Check:
        """See Releases."""
        self._raise("check")
        if mode in self.failing:
            return Check(mode=mode, result=CheckResult.FAILED, detail=self.failing[mode])
        return Check(mode=mode, result=CheckResult.PASSED)

    async def approve(self, workspace_id: str, version_id: str, *, result: Result, content: str) -> Opinion:
        """See Releases: `approve` raises before, `answer` after it was applied."""
        self.sent.append((result, content))
        if meanwhile := self.before.pop("approve", None):
            await meanwhile()
        self._raise("approve")
        self.decided(result, content, version_id=version_id)
        if self.raise_on.get("answer"):
            raise self.raise_on["answer"].pop(0)
        return Opinion(result=result, content=content, request_id="r1")

    async def approvals(self, workspace_id: str, version_id: str) -> list[RecordedApproval]:
        """See Releases."""
        self._raise("approvals")
        return list(self.recorded) if self.lists_approvals else []

    def decided(self, result: str, content: str, *, by: str = "bot", version_id: str = VERSION) -> None:
        """Somebody decided."""
        number = len(self.recorded) + 1
        self.recorded.append(
            RecordedApproval(id=f"a{number}", result=result, content=content, user_id=by, created_at=f"{number:04}")
        )
        status = "activated" if result == "PASS" else "rejected"
        self.versions[version_id] = replace(self.versions[version_id], status=status)


@dataclass
class FakeMessenger:
    """Slack: what was said, in order."""

    said: list[tuple[str, object]] = field(default_factory=list)
    refuse_update: str = ""
    refuse_picture: SlackError | None = None
    posted: int = 0

    async def post_card(self, review: Review) -> MessageRef:
        """See Messenger."""
        self.posted += 1
        self.said.append(("card", review.state))
        return MessageRef(channel="C1", ts=f"{self.posted}.0")

    async def update_card(self, review: Review, *, at: MessageRef) -> None:
        """See Messenger."""
        if self.refuse_update:
            code, self.refuse_update = self.refuse_update, ""
            raise SlackRefused("chat.update", code)
        self.said.append(("update", (review.state, at.ts)))

    async def reply(self, review: Review, news: News) -> None:
        """See Messenger."""
        self.said.append(("reply", news))

    async def picture(self, review: Review, picture: Picture) -> None:
        """See Messenger."""
        if self.refuse_picture:
            raise self.refuse_picture
        self.said.append(("picture", picture))

    async def announce(self, to: str, review: Review, notice: Notice, *, locale: str) -> None:
        """See Messenger."""
        self.said.append(("announce", (to, notice, locale)))

    async def remind(self, person: Person, reviews: Sequence[Review], *, more: bool) -> None:
        """See Messenger."""
        self.said.append(("remind", (person.id, [review.id for review in reviews], more)))

    async def digest(self, channel: str, reviews: Sequence[Review], *, more: bool, locale: str) -> None:
        """See Messenger."""
        self.said.append(("digest", (channel, [review.id for review in reviews], more, locale)))

    async def publish_home(self, person: Person, shown: Home) -> None:
        """See Messenger."""
        self.said.append(("home", (person.id, shown)))

    def told(self, kind: str) -> list[Any]:
        """What was said of one kind."""
        return [what for said, what in self.said if said == kind]

    def announced(self) -> list[tuple[str, str]]:
        """To whom which kind of notice went."""
        return [(to, notice.kind) for to, notice, _ in self.told("announce")]

    def homes(self) -> list[tuple[str, list[str], bool]]:
        """Whose home showed which reviews as waiting, and whether it said that there are more."""
        return [
            (user_id, [review.id for review in shown.waiting.reviews], shown.waiting.next is not None)
            for user_id, shown in self.told("home")
        ]

    def replies(self) -> list[object]:
        """The news told in threads."""
        return [what for kind, what in self.said if kind == "reply"]


@dataclass
class FakeArtist:
    """Draws nothing but says what it was asked to draw; or cannot."""

    cannot: str = ""
    drawn: list[Difference] = field(default_factory=list)

    async def draw(self, review: Review, difference: Difference) -> Picture:
        """See Artist."""
        if self.cannot:
            raise PictureError(self.cannot)
        self.drawn.append(difference)
        return Picture(png=b"PNG", headline="What changes", words="In words")


@dataclass
class FakeDirectory:
    """Who is who."""

    people: dict[str, Person] = field(
        default_factory=lambda: {name: Person(id=name, name=name, team_id="T1") for name in ("U1", "U2", "U3", "U9")}
    )
    groups: dict[str, frozenset[str]] = field(default_factory=lambda: {"S1": frozenset({"U3"})})
    channels: dict[str, frozenset[str]] = field(default_factory=lambda: {"C1": frozenset({"U9"})})

    addresses: dict[str, str] = field(default_factory=dict)
    """E-mail address -> user."""
    gone: set[str] = field(default_factory=set)
    """Groups that were deleted."""
    broken: set[str] = field(default_factory=set)
    """Calls that Slack does not answer."""
    asked: list[tuple[str, bool]] = field(default_factory=list)
    """Who was looked up, and whether afresh."""

    def _raise(self, call: str) -> None:
        if call in self.broken:
            raise SlackUnreachable(call, "TimeoutError")

    async def home_team(self) -> str:
        """See Directory."""
        self._raise("home_team")
        return "T1"

    async def person(self, user_id: str, *, fresh: bool = False) -> Person:
        """See Directory."""
        self._raise("person")
        self.asked.append((user_id, fresh))
        if user_id not in self.people:
            raise SlackRefused("users.info", "user_not_found")
        return self.people[user_id]

    async def find(self, user_id: str) -> Person | None:
        """See Directory."""
        self._raise("find")
        return self.people.get(user_id)

    async def by_email(self, address: str) -> str | None:
        """See Directory."""
        self._raise("by_email")
        return self.addresses.get(address)

    async def group_members(self, group_id: str, *, fresh: bool = False) -> frozenset[str]:
        """See Directory."""
        self._raise("group_members")
        self.asked.append((group_id, fresh))
        if group_id in self.gone:
            raise SlackRefused("usergroups.users.list", "no_such_subteam")
        return self.groups[group_id]

    async def channel_members(self, channel_id: str, *, fresh: bool = False) -> frozenset[str]:
        """See Directory."""
        return self.channels[channel_id]


class Desk:
    """Reviews with its whole world, a clock to turn, and jobs run by hand."""

    def __init__(self, store: SqlStore, *, policy: Policy = RULES, poll: float = 60, identities: bool = False) -> None:
        self.store = store
        self.now = START
        store._clock = lambda: self.now.timestamp()  # noqa: PLW0108 - `now` is turned
        self.releases: FakeReleases
        self.releases, self.messenger, self.directory = FakeReleases(), FakeMessenger(), FakeDirectory()
        self.artist = FakeArtist()
        route = Route(channel="C1", notify=("C2",), policy=policy, locale="en")
        known = {"zhang.wei": "U2"} if identities else {}
        self.world = World(
            store=store,
            releases=self.releases,
            messenger=self.messenger,
            directory=self.directory,
            artist=self.artist,
            routing=Routing(rules=[], defaults={WORKSPACE: route}, identities=known),
            poll_interval=timedelta(seconds=poll),
            clock=lambda: self.now,
        )
        self.reviews = Reviews(self.world)

    def use(self, releases: FakeReleases) -> None:
        """Another SecMaster."""
        self.releases = releases
        self.world = replace(self.world, releases=releases)
        self.reviews = Reviews(self.world)

    def forget_workspaces(self) -> None:
        """The bot is started anew with nothing to watch."""
        self.world = replace(self.world, routing=Routing(rules=[], defaults={}))
        self.reviews = Reviews(self.world)

    def wait_before_resending(self, patience: timedelta) -> None:
        """The bot is started anew with some patience for calls that may still arrive."""
        self.world = replace(self.world, resend_after=patience)
        self.reviews = Reviews(self.world)

    def bring(self, **changes: Any) -> None:
        """The bot is started anew in a world with these changes."""
        self.world = replace(self.world, **changes)
        self.reviews = Reviews(self.world)

    def keep(self, retention: timedelta) -> None:
        """The bot is started anew with a retention."""
        self.world = replace(self.world, retention=retention)
        self.reviews = Reviews(self.world)

    def turn(self, *, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)

    async def lease(self) -> Job | None:
        """The next job that may start, whatever its time."""
        far = self.now.timestamp() + 10**9
        return await self.store.transact(lambda tx: tx.lease_job(owner="desk", now=far, until=far + 20, interval={}))

    async def due(self) -> list[JobKind]:
        """Run what is due by the clock, until nothing is; the kinds that ran. What is to be repeated is repeated."""
        done: list[JobKind] = []
        while True:
            now = self.now.timestamp()
            job = await self.store.transact(
                lambda tx, now=now: tx.lease_job(owner="desk", now=now, until=now + 20, interval={})  # type: ignore[misc]
            )
            if job is None:
                return done
            again = await self.reviews.run(job)
            done.append(job.kind)
            if again is None:
                await self.store.transact(lambda tx, job=job: tx.finish_job(job))  # type: ignore[misc]
            else:
                await self.store.transact(lambda tx, job=job, at=again: tx.repeat_job(job, at=at, error=None))  # type: ignore[misc]

    async def work(self, *, skip: frozenset[JobKind] = FOLLOWS) -> list[JobKind]:
        """Run jobs until none is left, forgetting those to skip; the kinds that ran."""
        done = []
        while job := await self.lease():
            if job.kind not in skip:
                await self.reviews.run(job)
                done.append(job.kind)
            finished = job
            await self.store.transact(lambda tx, job=finished: tx.finish_job(job))  # type: ignore[misc]
        return done

    async def job(self, kind: JobKind) -> Job:
        """Lease jobs until one of this kind comes; the others are forgotten."""
        while job := await self.lease():
            if job.kind is kind:
                return job
            finished = job
            await self.store.transact(lambda tx, job=finished: tx.finish_job(job))  # type: ignore[misc]
        raise AssertionError(f"no {kind} job")

    async def open(self) -> Review:
        """A review of the version, its card posted."""
        review = await self.reviews._watching.observe(self.releases.versions[VERSION])
        await self.work()
        assert review is not None
        return await self.review()

    async def review(self) -> Review:
        """The newest review of the version."""
        found = await self.store.transact(lambda tx: tx.latest_review(WORKSPACE, VERSION))
        assert found is not None
        return found

    async def vote(self, user: str = "U1", verdict: Verdict = Verdict.APPROVE, reason: str = "Fine") -> None:
        """A vote on the newest review."""
        review = await self.review()
        await self.reviews.vote(user, review.id, verdict=verdict, reason=reason, view_id=f"V{user}{reason}")
