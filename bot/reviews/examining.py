"""Comparing a submission with what it would replace, and letting SecMaster check it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from bot.changes.diff import compare
from bot.errors import ChecksFail, Refused, SecMasterError, Throttled, Unauthorized
from bot.reviews import policy, transitions
from bot.reviews.examination import Against, Changes, Check, CheckMode, CheckResult, Examination
from bot.reviews.models import ReleaseStatus, Verdict
from bot.reviews.stamps import moment

if TYPE_CHECKING:
    from bot.changes.diff import Difference
    from bot.reviews.jobs import Job
    from bot.reviews.models import Person, Review, Submission
    from bot.reviews.world import World

log = structlog.get_logger(__name__)

READS_AWAITED = 5
"""Attempts after which an examination does without what SecMaster does not answer; it can be asked for again."""

EXAMINED_APART = timedelta(seconds=10)
"""At least so long after an examination people's clicks cause the next: each costs calls that decisions need, too."""

RELEASED = frozenset({ReleaseStatus.ACTIVATED, ReleaseStatus.NOT_ACTIVATED})
"""Where a version is that was approved at some time (secmaster-api, life cycle; partly inferred there)."""

LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """What a submission is compared with."""

    against: Against
    submission: Submission | None = None


class Examining:
    """Finds out, once a review is open, what its submission changes."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def examine(self, job: Job) -> None:
        """Compare and check; SecMasterError while SecMaster may still answer what it did not."""
        review = await self._world.review(job.subject)
        if not review.pending:
            return  # what was approved stays compared with what it was compared with then
        patient = job.attempt < READS_AWAITED
        # One call after another: several refusals of the credentials at once would help to lock them.
        baseline = await self._baseline(review.submission, patient=patient)
        checks = [await self._check(review.submission, mode, patient=patient) for mode in CheckMode]
        before = await self._round_before(review)
        known = baseline.against is not Against.UNKNOWN
        changed = await _difference(baseline.submission, review.submission) if known else None
        since = await _difference(before, review.submission) if before else None
        examination = Examination(
            at=self._world.clock(),
            against=baseline.against,
            baseline_id=baseline.submission.version_id if baseline.submission else "",
            baseline_version=baseline.submission.version if baseline.submission else "",
            summary=changed.summary if changed else None,
            since=since.summary if since else None,
            checks=tuple(checks),
        )
        await self._world.store.transact(
            lambda tx: transitions.examined(tx, review.id, examination, baseline.submission, now=examination.at)
        )
        log.info("review.examined", review_id=review.id, against=examination.against, failed=len(examination.failed))

    async def check_approval(self, person: Person, review: Review, verdict: Verdict) -> None:
        """ChecksFail when the policy lets nobody approve now; the checks are run again then."""
        if barred := bar(review, verdict):
            now = self._world.clock()
            await self._world.store.transact(lambda tx: transitions.barred(tx, review, person, now=now))
            await self.again(review)
            raise barred

    async def again(self, review: Review) -> None:
        """Have it done once more: something could not be found out, or may be otherwise by now."""
        rested = review.examination is None or self._world.clock() >= review.examination.at + EXAMINED_APART
        if review.pending and rested:
            await self._world.store.transact(lambda tx: transitions.examine_again(tx, review))

    async def changes(self, review: Review) -> tuple[Review, Changes]:
        """The differences of a review that was examined, from the contents that are stored with it.

        The review is the one that they belong to: what it is compared with may have changed since it was read.
        """
        review, baseline = await self._world.store.transact(
            lambda tx: (tx.review(review.id) or review, tx.baseline(review.id))
        )
        since = await self._since(review)
        examination = review.examination
        if examination is None or examination.against is Against.UNKNOWN:
            return review, Changes(difference=None, since=since)
        return review, Changes(difference=await _difference(baseline, review.submission), since=since)

    async def _since(self, review: Review) -> Difference | None:
        before = await self._round_before(review)
        return await _difference(before, review.submission) if before else None

    async def _round_before(self, review: Review) -> Submission | None:
        """What the round before was about; None in the first round, or when that one is forgotten."""
        submission = review.submission
        if review.round == 1:
            return None
        rounds = await self._world.store.transact(
            lambda tx: tx.rounds(submission.workspace_id, submission.version_id, limit=2, until=review.round)
        )
        return next((known.submission for known in rounds if known.round == review.round - 1), None)

    async def _baseline(self, submission: Submission, *, patient: bool) -> Baseline:
        try:
            return await self._read_baseline(submission)
        except SecMasterError as error:
            if _worth_waiting(error, patient=patient):
                raise
            log.warning("examine.baseline_unreadable", version_id=submission.version_id, error=str(error))
            return Baseline(against=Against.UNKNOWN)

    async def _read_baseline(self, submission: Submission) -> Baseline:
        """The active version, else the newest that was approved. No answer tells of the order of versions."""
        releases, workspace = self._world.releases, submission.workspace_id
        active = await releases.active_version(workspace, submission.workflow_id)
        if active and active != submission.version_id:
            return Baseline(against=Against.ACTIVE, submission=await releases.version(workspace, active))
        versions = await releases.versions_of(workspace, submission.workflow_id)
        approved = [
            version
            for version in versions
            if version.status in RELEASED and version.version_id != submission.version_id
        ]
        if not approved:
            return Baseline(against=Against.NOTHING)
        newest = max(approved, key=lambda version: moment(version.submitted_at) or LONG_AGO)
        # Read by itself: what a list holds of a version is not promised to be all of it.
        return Baseline(against=Against.APPROVED, submission=await releases.version(workspace, newest.version_id))

    async def _check(self, submission: Submission, mode: CheckMode, *, patient: bool) -> Check:
        try:
            return await self._world.releases.check(submission, mode)
        except SecMasterError as error:
            if _worth_waiting(error, patient=patient):
                raise
            log.warning("examine.check_unavailable", version_id=submission.version_id, mode=mode, error=str(error))
            return Check(mode=mode, result=CheckResult.UNAVAILABLE, detail=error.message)


def bar(review: Review, verdict: Verdict) -> ChecksFail | None:
    """Why SecMaster's checks keep everybody from such a vote; None when they do not."""
    if verdict is Verdict.REJECT or not policy.approval_barred(review):
        return None
    if review.examination is None:
        return ChecksFail(
            "SecMaster's checks of this version are not done yet, and it cannot be approved before. "
            "Try again in a moment; rejecting is possible."
        )
    return ChecksFail(
        "This version cannot be approved before each check of SecMaster's has passed: {checks}. "
        "Whoever tries has it checked again; rejecting is possible.",
        checks="; ".join(map(str, review.examination.not_passed)) or "?",
    )


def _worth_waiting(error: SecMasterError, *, patient: bool) -> bool:
    """Whether to ask the same again later. What stops all questions alike is waited for, however long it takes."""
    return isinstance(error, Throttled | Unauthorized) or (patient and not isinstance(error, Refused))


async def _difference(old: Submission | None, new: Submission) -> Difference:
    """Off the event loop: flows may be large."""
    return await asyncio.to_thread(compare, old.content if old else None, new.content)
