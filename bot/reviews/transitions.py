"""Every change of a review's state, each with the work that it causes, inside one transaction of the store.

                        opened
                          │
       voted ┌────────────▼───┐   voted, policy met   ┌──────────┐  settled   ┌─────────┐
             └──────────── open ─────────────────────▶│ deciding │───────────▶│ decided │
                           │                          └─┬──────▲─┘            └────▲────┘
                    closed │                     failed │      │ retried           │ released
                           ▼                            ▼      │                   └── follows the version
                         closed ◀──── closed ──────── failed ──┘

A decision closes as well when it finds the version changed, withdrawn or decided elsewhere before it was sent.
Each function is compare-and-set: it changes nothing, and says so, when the review has moved on meanwhile.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.reviews import jobs, news, notices, policy
from bot.reviews.audit import AuditEvent, entry
from bot.reviews.examination import Against
from bot.reviews.models import ReleaseStatus, Result, Review, ReviewState
from bot.reviews.stamps import moment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.errors import SecMasterError
    from bot.reviews.examination import Check, Examination
    from bot.reviews.models import (
        ClosedBecause,
        Decision,
        Failure,
        MessageRef,
        Opinion,
        Person,
        RecordedApproval,
        Route,
        Submission,
        Vote,
    )
    from bot.reviews.ports import Transaction

HOME_KEPT_FRESH = timedelta(days=7)
"""Whose home is kept up to date: people who opened it in this time."""


def opened(  # noqa: PLR0913 - the facts of a review
    tx: Transaction,
    submission: Submission,
    *,
    review_id: str,
    route: Route,
    requested_by: Person | None,
    submitter_user: str | None,
    now: datetime,
) -> Review:
    """Open the next round for a submission and queue its card."""
    latest = tx.latest_review(submission.workspace_id, submission.version_id)
    review = Review(
        id=review_id,
        round=latest.round + 1 if latest else 1,
        state=ReviewState.OPEN,
        submission=submission,
        route=route,
        requested_by=requested_by.id if requested_by else None,
        submitter_user=submitter_user,
        opened_at=now,
        release_status=submission.status,
    )
    tx.add_review(review)
    facts: dict[str, object] = {"round": review.round, "name": submission.name, "version": submission.version}
    content: dict[str, object] = {
        "fingerprint": submission.fingerprint,
        "submitter": submission.submitter,
        "channel": route.channel,
    }
    name = requested_by.name if requested_by else ""
    tx.record(entry(review, AuditEvent.OPENED, facts | content, at=now, user_id=review.requested_by, name=name))
    tx.add_job(jobs.post_card(review))
    tx.add_job(jobs.examine(review))
    first = [after for after in (route.policy.remind_after, route.policy.escalate_after) if after]
    if first:
        tx.add_job(jobs.remind(review, at=now + min(first)))
    _refresh_homes(tx, now)
    return review


def needs_review(latest: Review | None, submission: Submission) -> bool:
    """Whether a pending submission is a round of its own.

    It is when nobody reviewed it yet, when its last review was closed, and when a decided version was seen in another
    status, changed, or was given up on since: SecMaster may go on saying `pending_approval` for a moment after a
    decision.
    """
    if not submission.pending:
        return False
    if latest is None or latest.state is ReviewState.CLOSED:
        return True
    if latest.state is not ReviewState.DECIDED:
        return False
    left_pending = latest.release_status not in {"", ReleaseStatus.PENDING_APPROVAL}
    return left_pending or latest.release_final or latest.submission.fingerprint != submission.fingerprint


def carded(tx: Transaction, review: Review, ref: MessageRef) -> bool:
    """Remember where the card is; the picture of what changes belongs under it."""
    if not tx.change_review(review.id, expected=review.state, card=ref):
        return False
    if review.examination:
        tx.add_job(jobs.picture(review))
    return True


def examined(
    tx: Transaction, review_id: str, examination: Examination, baseline: Submission | None, *, now: datetime
) -> bool:
    """It is known what a submission changes, and drawn when it is known for the first time or is something else."""
    review = tx.review(review_id)
    if review is None or not review.pending:
        return False
    earlier = review.examination
    if earlier and examination.against is Against.UNKNOWN:
        examination = replace(earlier, checks=examination.checks, at=examination.at)
    else:
        tx.save_baseline(review.id, baseline)
    tx.change_review(review.id, expected=review.state, examination=examination)
    checks: dict[str, object] = {check.mode: check.result for check in examination.checks}
    compared: dict[str, object] = {"against": examination.against, "baseline": examination.baseline_id}
    found: dict[str, object] = {"found": [str(check) for check in examination.not_passed]}
    tx.record(entry(review, AuditEvent.EXAMINED, compared | checks | found, at=now))
    show(tx, review, now)
    if earlier is None or earlier.against is Against.UNKNOWN:
        _draw(tx, review)
    elif earlier.baseline_id != examination.baseline_id:
        told = news.Rebased(
            version=examination.baseline_version,
            active=examination.against is Against.ACTIVE,
            voters=tuple(vote.user_id for vote in review.votes),
        )
        tx.add_job(jobs.reply(review, news.to_payload(told)))
        _draw(tx, review)
    elif {check.mode: check.result for check in earlier.checks} != checks:
        tx.add_job(jobs.reply(review, news.to_payload(news.Checked())))
    return True


def _draw(tx: Transaction, review: Review) -> None:
    """Queue the picture; without a card it is drawn once there is one."""
    if review.card:
        tx.add_job(jobs.picture(review))


def examine_again(tx: Transaction, review: Review) -> None:
    """Find out once more what could not be found out, or may be otherwise by now."""
    tx.add_job(jobs.examine(review))


def identified(tx: Transaction, review: Review, submitter_user: str, *, now: datetime) -> bool:
    """It is known now which Slack user the submitter of an open review is; a vote of theirs counts no more."""
    if review.submitter_user or not review.open:
        return False
    tx.change_review(review.id, expected=ReviewState.OPEN, submitter_user=submitter_user)
    own = None if review.route.policy.allow_self_review else review.vote_of(submitter_user)
    known = {"submitter": submitter_user, "drops": own.verdict if own else ""}
    tx.record(entry(review, AuditEvent.IDENTIFIED, known, at=now))
    show(tx, review, now)
    if own:
        tx.drop_vote(review.id, submitter_user)
        left = [vote for vote in review.votes if vote.user_id != submitter_user]
        told = news.VoteDropped(user_id=submitter_user, approvals=policy.approvals(left))
        tx.add_job(jobs.reply(review, news.to_payload(told)))
    return True


def voted(tx: Transaction, review: Review, vote: Vote, *, name: str = "") -> Decision | None:
    """Record a vote on an open review; the decision, if this vote completes the policy. `name` is the voter's.

    Whether it does is worked out in the same transaction, so exactly one vote can.
    """
    earlier = review.vote_of(vote.user_id)
    votes = (*(kept for kept in review.votes if kept.user_id != vote.user_id), vote)
    tx.save_vote(vote)
    said = {"verdict": vote.verdict, "reason": vote.reason, "replaces": earlier is not None}
    tx.record(entry(review, AuditEvent.VOTED, said, at=vote.voted_at, user_id=vote.user_id, name=name))
    cast = news.VoteCast(
        user_id=vote.user_id,
        verdict=vote.verdict,
        reason=vote.reason,
        replaces=earlier is not None,
        approvals=policy.approvals(votes),
    )
    decision = policy.decide(votes, review.route.policy, now=vote.voted_at)
    if decision:
        tx.change_review(review.id, expected=ReviewState.OPEN, state=ReviewState.DECIDING, decision=decision)
        sent = {"result": decision.result, "content": decision.content, "by": list(decision.decided_by)}
        submitted = moment(review.submission.submitted_at) or review.opened_at
        tx.record(entry(review, AuditEvent.DECIDED, sent, at=vote.voted_at, since=submitted))
        tx.add_job(jobs.decide(review))
    else:
        tx.add_job(jobs.look(review))  # what is voted on may have changed; the last vote's decision looks by itself
    show(tx, review, vote.voted_at)
    tx.add_job(jobs.reply(review, news.to_payload(cast)))
    return decision


def withdrew(tx: Transaction, review: Review, person: Person, *, now: datetime) -> bool:
    """Take a person's vote on an open review back; False when there is none."""
    earlier = review.vote_of(person.id)
    if earlier is None or not review.open:
        return False
    tx.drop_vote(review.id, person.id)
    said = {"verdict": earlier.verdict}
    tx.record(entry(review, AuditEvent.VOTE_WITHDRAWN, said, at=now, user_id=person.id, name=person.name))
    left = [vote for vote in review.votes if vote.user_id != person.id]
    told = news.VoteWithdrawn(user_id=person.id, verdict=earlier.verdict, approvals=policy.approvals(left))
    show(tx, review, now)
    tx.add_job(jobs.reply(review, news.to_payload(told)))
    return True


def sending(tx: Transaction, review: Review, *, job: jobs.Job, before: tuple[str, ...] | None, now: datetime) -> bool:
    """Note that the approval call is about to be made; False when this worker may not make it any more."""
    if not tx.holds(job):
        return False
    if not tx.change_review(review.id, expected=ReviewState.DECIDING, sent_at=now, approvals_before=before):
        return False
    decision = review.decision
    sent = {"result": decision.result, "content": decision.content} if decision else {}
    tx.record(entry(review, AuditEvent.SENDING, {"attempt": job.attempt, **sent}, at=now))
    return True


def unsent(tx: Transaction, review: Review, answer: SecMasterError, *, job: jobs.Job, now: datetime) -> bool:
    """The approval call is known to have changed nothing; `review` is as it was before that call.

    If it was the first, nothing of ours is in SecMaster: a decision found there later is somebody else's.
    """
    tx.record(entry(review, AuditEvent.UNSENT, _facts(answer), at=now))
    if not tx.holds(job):
        return False
    return review.sent_at is None and tx.change_review(
        review.id, expected=ReviewState.DECIDING, sent_at=None, approvals_before=None
    )


def unanswered(tx: Transaction, review: Review, answer: SecMasterError, *, now: datetime) -> None:
    """The approval call was made, and nobody knows whether it changed anything."""
    tx.record(entry(review, AuditEvent.UNANSWERED, _facts(answer), at=now))


def settled(tx: Transaction, review: Review, opinion: Opinion, *, now: datetime) -> bool:
    """SecMaster has the decision: tell its opinion, tell who wants to hear, follow the release."""
    if not tx.change_review(
        review.id,
        expected=ReviewState.DECIDING,
        state=ReviewState.DECIDED,
        opinion=opinion,
        failure=None,
        closed_at=now,
    ):
        return False
    answer = {"result": opinion.result, "content": opinion.content}
    known = {"source": opinion.source, "request_id": opinion.request_id}
    voted_at = review.decision.decided_at if review.decision else None
    tx.record(entry(review, AuditEvent.ANSWERED, answer | known, at=now, since=voted_at))
    show(tx, review, now)
    tx.add_job(jobs.reply(review, news.to_payload(news.OpinionReturned())))
    tx.add_job(jobs.follow(review))
    _announce(tx, review, notices.Decided())
    return True


def troubled(tx: Transaction, review: Review, failure: Failure, *, job: jobs.Job) -> bool:
    """The decision could not be sent for now, and will be tried again: let the card say so."""
    if not tx.holds(job) or not tx.change_review(review.id, expected=ReviewState.DECIDING, failure=failure):
        return False
    tx.add_job(jobs.update_card(review))
    return True


def failed(tx: Transaction, review: Review, failure: Failure, *, job: jobs.Job) -> bool:
    """The decision was refused, or given up on: a person has to press Retry."""
    if not tx.holds(job):
        return False
    if not tx.change_review(review.id, expected=ReviewState.DECIDING, state=ReviewState.FAILED, failure=failure):
        return False
    tx.record(entry(review, AuditEvent.FAILED, _facts(failure), at=failure.at))
    told = news.DecisionFailed(
        status=failure.status,
        code=failure.code,
        message=failure.message,
        request_id=failure.request_id,
        outcome_known=review.sent_at is None,
    )
    show(tx, review, failure.at)
    tx.add_job(jobs.reply(review, news.to_payload(told)))
    return True


def _facts(answer: SecMasterError | Failure) -> dict[str, object]:
    """What SecMaster said, in its own words."""
    said = {"code": answer.code, "message": answer.message, "request_id": answer.request_id}
    return {"status": answer.status, **said}


def retried(tx: Transaction, review: Review, *, by: Person | None, now: datetime) -> bool:
    """Try the failed decision again; `by` is who asked for it, None when SecMaster itself gave cause."""
    if not tx.change_review(review.id, expected=ReviewState.FAILED, state=ReviewState.DECIDING, failure=None):
        return False
    user_id, name = (by.id, by.name) if by else (None, "")
    tx.record(entry(review, AuditEvent.RETRIED, at=now, user_id=user_id, name=name))
    show(tx, review, now)
    if by:
        tx.add_job(jobs.reply(review, news.to_payload(news.Retried(user_id=by.id))))
    tx.add_job(jobs.decide(review))
    return True


def closed(  # noqa: PLR0913 - the facts of an end
    tx: Transaction,
    review: Review,
    because: ClosedBecause,
    *,
    status: str,
    recorded: RecordedApproval | None,
    now: datetime,
    job: jobs.Job | None = None,
) -> bool:
    """The submission is not ours to decide any more; `recorded` is what SecMaster has on record about it.

    `job`: the decision that noticed it. Without its lease it may have seen what another worker's call has done.
    """
    if job and not tx.holds(job):
        return False
    if not tx.change_review(
        review.id,
        expected=review.state,
        state=ReviewState.CLOSED,
        closed_because=because,
        closed_at=now,
        release_status=status,
        failure=None,
    ):
        return False
    told = news.ReviewClosed(
        because=because,
        status=status,
        result=recorded.result if recorded else "",
        content=recorded.content if recorded else "",
        user_id=recorded.user_id if recorded else "",
    )
    there = {"result": told.result, "content": told.content, "by": told.user_id}
    tx.record(entry(review, AuditEvent.CLOSED, {"because": because, "status": status} | there, at=now))
    show(tx, review, now)
    tx.add_job(jobs.reply(review, news.to_payload(told)))
    return True


def released(tx: Transaction, review: Review, *, status: str, final: bool, settled: bool, now: datetime) -> bool:
    """The decided version was read in a status; a final one (or the end of our patience) is told."""
    if review.release_final or (status == review.release_status and not final):
        return False
    if not tx.change_review(review.id, expected=ReviewState.DECIDED, release_status=status, release_final=final):
        return False
    tx.record(entry(review, AuditEvent.RELEASED, {"status": status, "final": final}, at=now))
    show(tx, review, now)
    if final:
        tx.add_job(jobs.reply(review, news.to_payload(news.ReleaseReached(status=status, settled=settled))))
        _tell_release(tx, review, status=status, settled=settled)
    return True


def _tell_release(tx: Transaction, review: Review, *, status: str, settled: bool) -> None:
    """A failed publication is told everywhere; else the submitter hears what they do not know from the decision."""
    if status == ReleaseStatus.PUBLISH_FAILED:
        _announce(tx, review, notices.PublishFailed())
        return
    rejected = review.decision is not None and review.decision.result is Result.UN_PASS
    submitter = policy.submitter(review)
    if submitter and not (rejected and status == ReleaseStatus.REJECTED):
        notice = notices.ReleaseReached(status=status, settled=settled)
        tx.add_job(jobs.announce(review, submitter, notices.to_payload(notice)))


def rerouted(tx: Transaction, review: Review, route: Route, *, now: datetime) -> bool:
    """Send a review that has no card yet another way."""
    if not tx.change_review(review.id, expected=review.state, route=route):
        return False
    tx.record(entry(review, AuditEvent.REROUTED, {"channel": route.channel}, at=now))
    return True


def refused(tx: Transaction, review: Review, person: Person, *, why: str, now: datetime) -> None:
    """Somebody tried to vote, or to act otherwise, who may not."""
    tx.record(entry(review, AuditEvent.REFUSED, {"why": why}, at=now, user_id=person.id, name=person.name))


def barred(tx: Transaction, review: Review, person: Person, *, now: datetime) -> None:
    """Somebody tried to approve what SecMaster's checks keep everybody from approving."""
    why = {"why": "checks", "checks": [str(check) for check in _not_passed(review)]}
    tx.record(entry(review, AuditEvent.REFUSED, why, at=now, user_id=person.id, name=person.name))


def _not_passed(review: Review) -> Sequence[Check]:
    """None when there is no examination yet."""
    return review.examination.not_passed if review.examination else ()


def forgotten(tx: Transaction, *, before: datetime, limit: int, now: datetime) -> int:
    """Take out reviews that ended before a moment; how many. What happened to them stays in the audit trail."""
    reviews = tx.forget_ended(before, limit=limit)
    for review in reviews:
        tx.record(entry(review, AuditEvent.FORGOTTEN, at=now))
    return len(reviews)


def mend_card(tx: Transaction, review: Review, *, met: MessageRef | None = None) -> None:
    """Somebody met a card that is not true any more: make it so, the one they met too if it is another message."""
    tx.add_job(jobs.update_card(review))
    if met and review.card and (met.channel, met.ts) != (review.card.channel, review.card.ts):
        tx.add_job(jobs.update_orphan(review, met))


def show(tx: Transaction, review: Review, now: datetime) -> None:
    """Let the card and the homes tell of a change.

    The card comes first: what is said afterwards in its thread needs one, and a deleted card is noticed here.
    """
    tx.add_job(jobs.update_card(review))
    _refresh_homes(tx, now)


def _announce(tx: Transaction, review: Review, notice: notices.Notice) -> None:
    """Tell the notification channels and, where they are known, the submitter."""
    submitter = policy.submitter(review)
    for to in (*review.route.notify, *([submitter] if submitter else [])):
        tx.add_job(jobs.announce(review, to, notices.to_payload(notice)))


def _refresh_homes(tx: Transaction, now: datetime) -> None:
    for user_id in tx.home_viewers(now - HOME_KEPT_FRESH):
        tx.add_job(jobs.publish_home(user_id))
