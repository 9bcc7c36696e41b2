"""What the core needs of the world, as Protocols."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from bot.changes.diff import Difference
    from bot.reviews.audit import AuditEntry
    from bot.reviews.examination import Check, CheckMode, Picture
    from bot.reviews.jobs import Job, NewJob
    from bot.reviews.models import (
        MessageRef,
        Nudge,
        Opinion,
        Overview,
        Person,
        Place,
        RecordedApproval,
        Result,
        Review,
        ReviewState,
        Submission,
        Vote,
    )
    from bot.reviews.news import News
    from bot.reviews.notices import Notice
    from bot.reviews.pages import Home, Places

T = TypeVar("T")


class Releases(Protocol):
    """SecMaster, as far as reviews need it. Every method raises SecMasterError."""

    async def overview(self, workspace_id: str) -> Overview:
        """Which versions of the workspace wait for review, and which work."""
        ...

    async def version(self, workspace_id: str, version_id: str) -> Submission:
        """The version as it is now; NotFound when there is none."""
        ...

    async def active_version(self, workspace_id: str, workflow_id: str) -> str:
        """Id of the version of a workflow that works now; "" when none does."""
        ...

    async def versions_of(self, workspace_id: str, workflow_id: str) -> list[Submission]:
        """All versions of a workflow, in no certain order; what they hold need not be all of them."""
        ...

    async def check(self, submission: Submission, mode: CheckMode) -> Check:
        """Let SecMaster check the content of a submission; nothing is changed."""
        ...

    async def approve(self, workspace_id: str, version_id: str, *, result: Result, content: str) -> Opinion:
        """Send the decision and return the opinion that SecMaster returned. Never repeats by itself."""
        ...

    async def approvals(self, workspace_id: str, version_id: str) -> list[RecordedApproval]:
        """The approvals recorded for a version, in no certain order."""
        ...


class Transaction(Protocol):
    """One transaction of the store: plain calls, no waiting, all or nothing."""

    def review(self, review_id: str) -> Review | None:
        """The review with its votes, locked against other transactions until this one ends."""
        ...

    def latest_review(self, workspace_id: str, version_id: str) -> Review | None:
        """The newest round of a version; the version is locked likewise, also when it has none yet."""
        ...

    def rounds(self, workspace_id: str, version_id: str, *, limit: int, until: int | None = None) -> list[Review]:
        """The newest rounds of a version, newest first; none after `until`."""
        ...

    def save_baseline(self, review_id: str, baseline: Submission | None) -> None:
        """Keep what a review's submission is compared with, in place of what was kept."""
        ...

    def baseline(self, review_id: str) -> Submission | None:
        """What was kept."""
        ...

    def add_review(self, review: Review) -> None:
        """Insert a new review."""
        ...

    def change_review(self, review_id: str, *, expected: ReviewState, **changes: object) -> bool:
        """Compare-and-set: apply the changes if the review is still in the expected state, and say whether it was."""
        ...

    def save_vote(self, vote: Vote) -> None:
        """Insert the vote, in place of the person's earlier one, and remember the modal that it came from."""
        ...

    def drop_vote(self, review_id: str, user_id: str) -> None:
        """Take a person's vote out; the modal that it came from stays remembered."""
        ...

    def remember(self, review_id: str, user_id: str, mark: str) -> bool:
        """Keep a mark of something that a person did; whether it is new."""
        ...

    def nudge(self, review_id: str, user_id: str) -> Nudge | None:
        """How far a person was reminded of a review, locked until this one ends; None when nothing is known of it."""
        ...

    def nudges(self, review_id: str) -> list[Nudge]:
        """The same for everybody of whom something is known."""
        ...

    def due_nudges(self, user_id: str) -> list[Nudge]:
        """Those of a person's of which the next message has to tell, oldest review first."""
        ...

    def save_nudge(self, nudge: Nudge) -> None:
        """Insert it, in place of what was known."""
        ...

    def digest_told(self, channel: str) -> datetime | None:
        """For which moment a channel had its newest digest."""
        ...

    def tell_digest(self, channel: str, at: datetime) -> None:
        """Remember that."""
        ...

    def counted(self, vote: Vote) -> bool:
        """Whether a vote of this person from the same modal was saved before, replaced since or not."""
        ...

    def record(self, entry: AuditEntry) -> None:
        """Add to the audit trail, at the end of this transaction."""
        ...

    def configuration(self) -> Mapping[str, object] | None:
        """The settings that the newest entry of a configuration holds, locked until this one ends; None without one."""
        ...

    def add_job(self, job: NewJob) -> None:
        """Queue work; a job whose key already waits is not queued twice."""
        ...

    def holds(self, job: Job) -> bool:
        """Whether the job is still leased to the worker that got it in this form."""
        ...

    def unfinished(self, workspace_id: str) -> list[Review]:
        """Open and failed reviews of a workspace: those whose versions have to be watched."""
        ...

    def pending_reviews(self, *, limit: int, after: Place | None = None) -> list[Review]:
        """Reviews without an outcome yet (open, deciding, failed), oldest first; those after a place of that list."""
        ...

    def ended_reviews(self, *, limit: int, after: Place | None = None) -> list[Review]:
        """Decided and closed reviews, newest end first; those after a place of that list."""
        ...

    def reviews_waiting_in(self, channel: str, *, limit: int) -> list[Review]:
        """Open and failed reviews whose card is in a channel, oldest first."""
        ...

    def reviews_voted_by(self, user_id: str, *, limit: int, after: Place | None = None) -> list[Review]:
        """Reviews with a vote of a person, newest vote first; those after a place of that list."""
        ...

    def reviews_submitted_by(self, user_id: str, *, limit: int, after: Place | None = None) -> list[Review]:
        """Reviews whose known submitter a person is, newest first; those after a place of that list."""
        ...

    def forget_ended(self, before: datetime, *, limit: int) -> list[Review]:
        """Take out the oldest reviews that ended before a moment and about which no work waits; those taken out."""
        ...

    def looked(self, workspace_id: str, at: datetime) -> None:
        """Remember when a look at everything in a workspace has succeeded."""
        ...

    def saw_home(self, user_id: str, at: datetime) -> None:
        """Remember that a person opened the bot's home; its lists begin at their beginning."""
        ...

    def turn_home(self, user_id: str, places: Places) -> None:
        """Remember where the lists of a person's home begin."""
        ...

    def home_places(self, user_id: str) -> Places:
        """Where they begin; a list that is not in it begins at its beginning."""
        ...

    def home_viewers(self, since: datetime) -> list[str]:
        """Who opened it since then."""
        ...


class Store(Protocol):
    """Durable memory."""

    async def transact(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` in one transaction, off the event loop. It must not wait for anything but the database."""
        ...


class Messenger(Protocol):
    """Slack, as far as reviews speak in it. Every method raises SlackError."""

    async def post_card(self, review: Review) -> MessageRef:
        """Post the card in the review's channel."""
        ...

    async def update_card(self, review: Review, *, at: MessageRef) -> None:
        """Make the message `at` the review's card as it is now."""
        ...

    async def reply(self, review: Review, news: News) -> None:
        """Tell the news in the card's thread."""
        ...

    async def picture(self, review: Review, picture: Picture) -> None:
        """Put a picture into the card's thread."""
        ...

    async def announce(self, to: str, review: Review, notice: Notice, *, locale: str) -> None:
        """Tell a channel, or a person by user id, something about the review, in a Slack locale."""
        ...

    async def remind(self, person: Person, reviews: Sequence[Review], *, more: bool) -> None:
        """Tell a person which reviews still wait for their vote; `more`: and that others do."""
        ...

    async def digest(self, channel: str, reviews: Sequence[Review], *, more: bool, locale: str) -> None:
        """Tell a channel what waits there, oldest first; `more`: and that there is more of it."""
        ...

    async def publish_home(self, person: Person, shown: Home) -> None:
        """Show a person what concerns them."""
        ...


class Artist(Protocol):
    """Draws what a submission changes."""

    async def draw(self, review: Review, difference: Difference) -> Picture:
        """The picture, in the review's language; PictureError when there can be none."""
        ...


class Directory(Protocol):
    """Who is who in Slack. Every method raises SlackError; nothing is assumed about who cannot be looked up."""

    async def home_team(self) -> str:
        """Id of the team that the bot belongs to."""
        ...

    async def person(self, user_id: str, *, fresh: bool = False) -> Person:
        """The person as known for at most a few minutes, or `fresh`: as they are now."""
        ...

    async def find(self, user_id: str) -> Person | None:
        """The person as known for at most a few minutes; None where Slack knows nobody of that id."""
        ...

    async def by_email(self, address: str) -> str | None:
        """The user with an e-mail address; None when there is none, or when the bot may not look that up."""
        ...

    async def group_members(self, group_id: str, *, fresh: bool = False) -> frozenset[str]:
        """Members of a user group as known for at most a minute, or `fresh`: as they are now."""
        ...

    async def channel_members(self, channel_id: str, *, fresh: bool = False) -> frozenset[str]:
        """Members of a channel, likewise."""
        ...
