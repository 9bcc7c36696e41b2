"""Finding submissions, and noticing what happens to them without us: decided in the console, withdrawn, changed."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from bot.errors import NotFound, SecMasterError, SlackError, Unauthorized
from bot.reviews import transitions
from bot.reviews.models import FINAL_STATUSES, ClosedBecause, ReleaseStatus, ReviewState, Submission
from bot.reviews.stamps import moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.reviews.admission import Admission
    from bot.reviews.jobs import Job
    from bot.reviews.models import Overview, Person, RecordedApproval, Review
    from bot.reviews.ports import Transaction
    from bot.reviews.world import World

log = structlog.get_logger(__name__)

READS_AT_ONCE = 4
"""Versions read from SecMaster at the same time by one look; its rate limits are not documented."""

UNKNOWN_HERE = timedelta(minutes=1)
"""When a replica looks again at a job that its settings do not know: another one, with newer settings, may."""

FOLLOW_SOONEST = timedelta(seconds=2)
FOLLOW_LATEST = timedelta(minutes=5)
FOLLOW_PATIENCE = timedelta(hours=24)
"""How long a decided version is watched; how long publishing takes is not documented."""
LINGERING = timedelta(minutes=10)
"""How long a decided version may go on saying that it waits for review; after that it does wait, once more."""


class Watching:
    """Keeps reviews in step with the versions in SecMaster."""

    def __init__(self, world: World, admission: Admission) -> None:
        self._world = world
        self._admission = admission

    async def poll(self, workspace_id: str) -> datetime | None:
        """Look at everything that waits for review and at every review that waits for votes; when to look again."""
        world = self._world
        if not world.poll_interval or workspace_id not in world.routing.workspaces:
            return world.clock() + UNKNOWN_HERE
        overview = await world.releases.overview(workspace_id)
        watched = await world.store.transact(lambda tx: tx.unfinished(workspace_id))
        versions = dict.fromkeys([*overview.pending, *(review.submission.version_id for review in watched)])
        turns, refused = asyncio.Semaphore(READS_AT_ONCE), asyncio.Event()
        reads = [self._read(workspace_id, version_id, turns, refused) for version_id in versions]
        outcomes: list[object] = [*await asyncio.gather(*reads, return_exceptions=True)]
        # One after the other, so that lists of what waits have at their top what was submitted first.
        for submission in sorted((one for one in outcomes if isinstance(one, Submission)), key=_submitted):
            outcomes += await asyncio.gather(self.observe(submission), return_exceptions=True)
        await self._compare_anew(watched, overview)
        for trouble in (one for one in outcomes if isinstance(one, BaseException)):
            # One unreadable version must not hide the others; refused credentials or a mistake of ours stop the look.
            if isinstance(trouble, Unauthorized) or not isinstance(trouble, SecMasterError):
                raise trouble
        now = world.clock()
        await world.store.transact(lambda tx: tx.looked(workspace_id, now))
        return now + world.poll_interval

    async def _compare_anew(self, watched: Sequence[Review], overview: Overview) -> None:
        """Have those examined again that would replace another version by now than they were compared with."""
        for review in watched:
            submission, examination = review.submission, review.examination
            active = overview.active.get(submission.workflow_id, "")
            if examination and active != submission.version_id and examination.outdated(active):
                await self._world.store.transact(lambda tx, review=review: transitions.examine_again(tx, review))  # type: ignore[misc]

    async def _read(
        self, workspace_id: str, version_id: str, turns: asyncio.Semaphore, refused: asyncio.Event
    ) -> Submission | None:
        """A version as it is now; None when it is gone, or when nothing may be read any more."""
        async with turns:
            if refused.is_set():
                return None
            try:
                return await self._world.releases.version(workspace_id, version_id)
            except NotFound:
                await self._deleted(workspace_id, version_id)
                return None
            except Unauthorized:
                refused.set()  # for the versions still in the queue: a row of refusals locks the key
                raise
            except SecMasterError as error:
                log.warning("watch.version_unreadable", version_id=version_id, error=str(error))
                raise

    async def observe(self, submission: Submission, *, requested_by: Person | None = None) -> Review | None:
        """Bring the reviews of a version in step with the version as it is now; the newest review, if there is one."""
        world = self._world
        latest = await world.store.transact(lambda tx: tx.latest_review(submission.workspace_id, submission.version_id))
        if latest and _contradicts(latest, submission):
            # What was read may have become old on its way here, while a review was decided or opened: look once more.
            submission = await world.releases.version(submission.workspace_id, submission.version_id)
        if latest and latest.state in {ReviewState.OPEN, ReviewState.FAILED}:
            await self._compare(latest, submission)
        submitter_user = await self._submitter(latest, submission)

        def open_if_needed(tx: Transaction) -> Review | None:
            known = tx.latest_review(submission.workspace_id, submission.version_id)
            configured = submission.workspace_id in world.routing.workspaces
            if not configured or not transitions.needs_review(known, submission):
                if known and submitter_user:
                    transitions.identified(tx, known, submitter_user, now=world.clock())
                return known
            return transitions.opened(
                tx,
                submission,
                review_id=world.new_id(),
                route=world.routing.route(submission),
                requested_by=requested_by,
                submitter_user=submitter_user,
                now=world.clock(),
            )

        review = await world.store.transact(open_if_needed)
        if review and review != latest:
            log.info("review.seen", review_id=review.id, version_id=submission.version_id, state=review.state)
        return review

    async def _submitter(self, latest: Review | None, submission: Submission) -> str | None:
        """The Slack user behind a submission whose review does not know them; None while that is not known."""
        if latest and not transitions.needs_review(latest, submission) and (latest.submitter_user or not latest.open):
            return None
        try:
            return await self._admission.author(submission)
        except SlackError as error:  # looked up again before anybody votes
            log.warning("watch.submitter_unknown", version_id=submission.version_id, error=str(error))
            return None

    async def _compare(self, review: Review, submission: Submission) -> None:
        if not submission.pending:
            await self.left_pending(review, submission.status)
        elif submission.fingerprint != review.submission.fingerprint:
            await self.close(review, ClosedBecause.CHANGED, status=submission.status)

    async def left_pending(self, review: Review, status: str, *, job: Job | None = None) -> None:
        """The version of an open or failed review, or of the decision of a `job`, does not wait for review any more."""
        if review.state is ReviewState.FAILED and review.sent_at:
            # Our call was sent and its outcome never learned: deciding looks for our opinion first.
            await self._world.store.transact(
                lambda tx: transitions.retried(tx, review, by=None, now=self._world.clock())
            )
            return
        withdrawn = status == ReleaseStatus.PENDING_SUBMIT
        because = ClosedBecause.WITHDRAWN if withdrawn else ClosedBecause.DECIDED_ELSEWHERE
        recorded = None if withdrawn else await self.recorded_elsewhere(review)
        await self.close(review, because, status=status, recorded=recorded, job=job)

    async def look(self, review_id: str) -> None:
        """See whether the version of an open review is still what people vote on."""
        review = await self._world.review(review_id)
        if not review.open:
            return
        submission = review.submission
        try:
            current = await self._world.releases.version(submission.workspace_id, submission.version_id)
        except NotFound:
            await self._deleted(submission.workspace_id, submission.version_id)
        else:
            await self.observe(current)

    async def _deleted(self, workspace_id: str, version_id: str) -> None:
        review = await self._world.store.transact(lambda tx: tx.latest_review(workspace_id, version_id))
        if review and review.state in {ReviewState.OPEN, ReviewState.FAILED}:
            await self.close(review, ClosedBecause.DELETED, status="")

    async def close(
        self,
        review: Review,
        because: ClosedBecause,
        *,
        status: str,
        recorded: RecordedApproval | None = None,
        job: Job | None = None,
    ) -> None:
        """End a review without a decision of ours."""
        now = self._world.clock()
        if await self._world.store.transact(
            lambda tx: transitions.closed(tx, review, because, status=status, recorded=recorded, job=job, now=now)
        ):
            log.info("review.closed", review_id=review.id, because=because, status=status)

    async def recorded_elsewhere(self, review: Review) -> RecordedApproval | None:
        """The newest approval on record, for the thread; None when there is none or it cannot be read."""
        submission = review.submission
        try:
            recorded = await self._world.releases.approvals(submission.workspace_id, submission.version_id)
        except SecMasterError as error:
            log.warning("watch.approvals_unreadable", review_id=review.id, error=str(error))
            return None
        return max(recorded, key=lambda approval: approval.created_at, default=None)

    async def follow(self, review_id: str) -> datetime | None:
        """Read a decided version's status; when to read it again, None once it is final or patience has ended."""
        world = self._world
        review = await world.review(review_id)
        submission = review.submission
        if review.state is not ReviewState.DECIDED or review.release_final or await self._has_newer_round(review):
            return None
        now = world.clock()
        elapsed = now - (review.closed_at or now)
        try:
            status = (await world.releases.version(submission.workspace_id, submission.version_id)).status
        except NotFound:
            status = ""
        except SecMasterError:
            if elapsed <= FOLLOW_PATIENCE:
                raise
            status = review.release_status
        settled = status in FINAL_STATUSES or not status
        patience = LINGERING if status == ReleaseStatus.PENDING_APPROVAL else FOLLOW_PATIENCE
        final = settled or elapsed > patience
        await world.store.transact(
            lambda tx: transitions.released(tx, review, status=status, final=final, settled=settled, now=now)
        )
        return None if final else now + min(max(elapsed / 4, FOLLOW_SOONEST), FOLLOW_LATEST)

    async def _has_newer_round(self, review: Review) -> bool:
        """Whether the version is under review again: its status is the new round's affair then."""
        submission = review.submission
        latest = await self._world.store.transact(
            lambda tx: tx.latest_review(submission.workspace_id, submission.version_id)
        )
        return latest is not None and latest.id != review.id


def _submitted(submission: Submission) -> tuple[bool, datetime]:
    """What submissions are ordered by: when they were made, and last those that do not tell."""
    when = moment(submission.submitted_at)
    return when is None, when or datetime.max.replace(tzinfo=UTC)


def _contradicts(latest: Review, submission: Submission) -> bool:
    """Whether a version, as it was read, calls for an end of its review or for a new round."""
    if latest.state in {ReviewState.OPEN, ReviewState.FAILED}:
        return not submission.pending or submission.fingerprint != latest.submission.fingerprint
    return transitions.needs_review(latest, submission)
