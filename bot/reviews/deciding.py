"""Sending a decision to SecMaster so that it takes effect once, whatever breaks on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from bot.errors import (
    LockedOut,
    NotFound,
    OutcomeUnknown,
    Refused,
    SecMasterError,
    Throttled,
    Unauthorized,
    Unreachable,
)
from bot.reviews import transitions
from bot.reviews.models import ClosedBecause, Failure, Opinion, OpinionSource, ReleaseStatus, Result, ReviewState

if TYPE_CHECKING:
    from datetime import datetime

    from bot.reviews.jobs import Job
    from bot.reviews.models import Decision, RecordedApproval, Review, Submission
    from bot.reviews.watching import Watching
    from bot.reviews.world import World

log = structlog.get_logger(__name__)

RECORDS_AWAITED = 10
"""Attempts of a decision after which approvals that cannot be read are done without: the status has to tell."""

PASSED = frozenset(
    {ReleaseStatus.PUBLISHING, ReleaseStatus.PUBLISH_FAILED, ReleaseStatus.ACTIVATED, ReleaseStatus.NOT_ACTIVATED}
)
"""Where a version can be after PASS (secmaster-api, life cycle; partly inferred there)."""


class Deciding:
    """One decision, from policy met to SecMaster's opinion."""

    def __init__(self, world: World, watching: Watching) -> None:
        self._world = world
        self._watching = watching

    async def decide(self, job: Job) -> None:
        """Look, send, store the opinion. Safe to run again at any point: it looks before it sends.

        Raises SecMasterError when nothing is settled yet; the worker repeats the job or gives up.
        """
        review = await self._world.review(job.subject)
        if review.state is not ReviewState.DECIDING or review.decision is None:
            return
        try:
            before = review.approvals_before if review.sent_at else await self._recorded_before(review)
            submission = await self._read(review)  # last of all: nothing but the approval call comes after it
        except NotFound:
            await self._watching.close(review, ClosedBecause.DELETED, status="", job=job)
            return
        if review.sent_at is not None:
            opinion = await self._look_back(review, review.decision, submission, job)
            if opinion is not None:
                await self._settle(review, opinion)
                return
        if await self._not_ours_any_more(review, submission, job):
            return
        self._let_arrive(review)
        await self._send(review, review.decision, job, before)

    def _let_arrive(self, review: Review) -> None:
        """A call that lost its answer may still take effect: OutcomeUnknown until that is unlikely."""
        if review.sent_at and self._world.clock() < review.sent_at + self._world.resend_after:
            raise OutcomeUnknown("an earlier call without an answer may still arrive; it is looked for again")

    async def _read(self, review: Review) -> Submission:
        return await self._world.releases.version(review.submission.workspace_id, review.submission.version_id)

    async def _not_ours_any_more(self, review: Review, submission: Submission, job: Job) -> bool:
        if not submission.pending:
            await self._watching.left_pending(review, submission.status, job=job)
            return True
        if submission.fingerprint != review.submission.fingerprint:
            await self._watching.close(review, ClosedBecause.CHANGED, status=submission.status, job=job)
            await self._watching.observe(submission)
            return True
        return False

    async def _send(self, review: Review, decision: Decision, job: Job, before: tuple[str, ...] | None) -> None:
        world = self._world
        if not await world.store.transact(
            lambda tx: transitions.sending(tx, review, job=job, before=before, now=world.clock())
        ):
            return
        submission = review.submission
        try:
            opinion = await world.releases.approve(
                submission.workspace_id, submission.version_id, result=decision.result, content=decision.content
            )
        except (Throttled, Unreachable) as unsent:
            await self._unsent(review, unsent, job)
            raise
        except OutcomeUnknown as unanswered:
            await self._unanswered(review, unanswered)
            raise
        except Refused as refused:
            await self._unsent(review, refused, job)
            await self._refused(review, decision, refused, job)
            return
        await self._settle(review, opinion)

    async def _unsent(self, review: Review, answer: SecMasterError, job: Job) -> None:
        now = self._world.clock()
        await self._world.store.transact(lambda tx: transitions.unsent(tx, review, answer, job=job, now=now))

    async def _unanswered(self, review: Review, answer: SecMasterError) -> None:
        now = self._world.clock()
        await self._world.store.transact(lambda tx: transitions.unanswered(tx, review, answer, now=now))

    async def _refused(self, review: Review, decision: Decision, refused: Refused, job: Job) -> None:
        """SecMaster said no. Because an earlier call of ours arrived late, because somebody was faster, or for good."""
        if isinstance(refused, Unauthorized):
            raise refused
        try:
            submission = await self._read(review)
            opinion = await self._look_back(review, decision, submission, job) if review.sent_at else None
        except SecMasterError:
            raise refused from None
        if opinion is not None:
            await self._settle(review, opinion)
        elif not await self._not_ours_any_more(review, submission, job):
            raise refused

    async def _settle(self, review: Review, opinion: Opinion) -> None:
        now = self._world.clock()
        if await self._world.store.transact(lambda tx: transitions.settled(tx, review, opinion, now=now)):
            log.info("review.decided", review_id=review.id, result=opinion.result, source=opinion.source)

    async def _recorded_before(self, review: Review) -> tuple[str, ...] | None:
        """Ids of the approvals recorded before ours: an earlier round may have used the same words."""
        submission = review.submission
        try:
            recorded = await self._world.releases.approvals(submission.workspace_id, submission.version_id)
        except (LockedOut, Unauthorized):
            raise  # the call itself would meet the same
        except SecMasterError as error:
            log.warning("decide.approvals_unreadable", review_id=review.id, error=str(error))
            return None
        return tuple(approval.id for approval in recorded)

    async def _look_back(self, review: Review, decision: Decision, submission: Submission, job: Job) -> Opinion | None:
        """What became of a call whose answer never came; None when it did not take effect, or another's did."""
        fresh = await self._recorded_since(review, job)
        for approval in fresh:
            # Whether SecMaster keeps blanks at the ends is not known; they make no opinion another one.
            if (approval.result, approval.content.strip()) == (decision.result, decision.content.strip()):
                return Opinion(result=approval.result, content=approval.content, source=OpinionSource.READ_BACK)
        if not fresh and _took_effect(decision, submission.status):
            # That workflow approvals are listed at all is inferred from the API description: an empty list is no proof.
            return Opinion(result=decision.result, content="", source=OpinionSource.STATUS_ONLY)
        return None

    async def _recorded_since(self, review: Review, job: Job) -> list[RecordedApproval]:
        if review.approvals_before is None:
            return []
        submission = review.submission
        try:
            recorded = await self._world.releases.approvals(submission.workspace_id, submission.version_id)
        except Unauthorized:
            raise
        except Refused as refused:
            # Asking again would be refused again, for ever; the status has to tell.
            log.warning("decide.approvals_refused", review_id=review.id, error=str(refused))
            return []
        except (OutcomeUnknown, Unreachable) as error:
            if job.attempt < RECORDS_AWAITED:
                raise
            log.warning("decide.approvals_given_up", review_id=review.id, error=str(error))
            return []
        return [approval for approval in recorded if approval.id not in review.approvals_before]

    async def will_retry(self, job: Job, error: Exception, *, at: datetime) -> None:
        """Let the card say that the decision waits, and until when."""
        review = await self._world.review(job.subject)
        failure = _failure(error, at=self._world.clock(), retry_at=at)
        await self._world.store.transact(lambda tx: transitions.troubled(tx, review, failure, job=job))

    async def gave_up(self, job: Job, error: Exception) -> None:
        """The decision was refused or could not be sent for too long: a person has to press Retry."""
        review = await self._world.review(job.subject)
        failure = _failure(error, at=self._world.clock(), retry_at=None)
        await self._world.store.transact(lambda tx: transitions.failed(tx, review, failure, job=job))
        log.error("review.failed", review_id=review.id, error=str(error))


def _took_effect(decision: Decision, status: str) -> bool:
    return status in PASSED if decision.result is Result.PASS else status == ReleaseStatus.REJECTED


def _failure(error: Exception, *, at: datetime, retry_at: datetime | None) -> Failure:
    if isinstance(error, SecMasterError):
        return Failure(
            status=error.status,
            code=error.code,
            message=error.message,
            request_id=error.request_id,
            at=at,
            retry_at=retry_at,
        )
    return Failure(status=None, code="bot", message=type(error).__name__, request_id="", at=at, retry_at=retry_at)
