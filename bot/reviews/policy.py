"""May this person vote? Is it decided? Pure functions over a review, a person and what is known of groups."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from bot.limits import reason_longest
from bot.reviews.models import Decision, Result, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bot.reviews.models import Person, Policy, Review, Vote

CHANNEL = "channel"
"""The word in a policy that makes every full member of the review channel a reviewer."""

CONTENT_WITHOUT_REASON = "ok"
"""What is sent for an approval whose policy asks for no reason (the field is obligatory in SecMaster)."""


class Refusal(StrEnum):
    """Why somebody may not vote, or may not use the bot at all."""

    DEACTIVATED = "deactivated"
    BOT = "bot"
    GUEST = "guest"
    EXTERNAL = "external"
    NOT_A_REVIEWER = "not_a_reviewer"
    SUBMITTER = "submitter"
    ASKED_FOR_IT = "asked_for_it"
    SUBMITTER_UNKNOWN = "submitter_unknown"


def refuse_person(person: Person, *, home_team: str) -> Refusal | None:
    """Why this person may not use the bot at all; None when they may: an active, human, full member of our team."""
    if person.deleted:
        return Refusal.DEACTIVATED
    if person.bot:
        return Refusal.BOT
    if person.stranger or not home_team or person.team_id != home_team:
        return Refusal.EXTERNAL
    if person.guest:
        return Refusal.GUEST
    return None


def refuse_vote(
    person: Person, review: Review, *, home_team: str, members: Mapping[str, frozenset[str]], author: str | None
) -> Refusal | None:
    """Why this person may not vote on this review; None when they may.

    `members` maps each group id of the policy, and `channel`, to the ids of its members; what is missing has none.
    `author` is the Slack user known to have submitted the version in SecMaster, None when that is not known; who asked
    for the review is barred like them, and never stands in for them.
    """
    if refusal := refuse_person(person, home_team=home_team):
        return refusal
    policy = review.route.policy
    if not is_reviewer(person.id, policy, members=members):
        return Refusal.NOT_A_REVIEWER
    if policy.allow_self_review:
        return None
    if person.id == author:
        return Refusal.SUBMITTER
    if person.id == review.requested_by:
        return Refusal.ASKED_FOR_IT
    return Refusal.SUBMITTER_UNKNOWN if author is None and policy.require_known_submitter else None


def is_reviewer(user_id: str, policy: Policy, *, members: Mapping[str, frozenset[str]]) -> bool:
    """Whether the policy names the person, directly or through a group or the channel."""
    return any(user_id == reviewer or user_id in members.get(reviewer, frozenset()) for reviewer in policy.reviewers)


def submitter(review: Review) -> str | None:
    """The Slack user known to be the submitter: by identity, else who asked for the review; None when unknown."""
    return review.submitter_user or review.requested_by


def self_review_unchecked(review: Review) -> bool:
    """Whether a submitter could vote unnoticed: they may not, but nobody knows who they are."""
    policy = review.route.policy
    return review.submitter_user is None and not policy.allow_self_review and not policy.require_known_submitter


def groups_of(policy: Policy) -> list[str]:
    """What has to be looked up before the policy can be judged: group ids and the word `channel`."""
    return [reviewer for reviewer in policy.reviewers if reviewer == CHANNEL or reviewer.startswith("S")]


def reason_required(policy: Policy, verdict: Verdict) -> bool:
    """Whether this verdict needs a reason."""
    return policy.require_reason != "reject" or verdict is Verdict.REJECT


def approval_barred(review: Review) -> bool:
    """Whether SecMaster's checks keep everybody from approving: until each of them is known to have passed."""
    if not review.route.policy.block_on_failed_checks:
        return False
    return review.examination is None or not review.examination.passed


def reason_limit(policy: Policy) -> int:
    """Characters that a reason may have under the policy."""
    return reason_longest(policy.approvals_required)


def approvals(votes: Sequence[Vote]) -> int:
    """How many of the votes approve."""
    return sum(vote.verdict is Verdict.APPROVE for vote in votes)


def decide(votes: Sequence[Vote], policy: Policy, *, now: datetime) -> Decision | None:
    """The decision that these votes make under the policy, None while more are needed.

    One rejection decides UN_PASS, enough approvals decide PASS; a rejection outweighs any number of approvals.
    """
    rejections = tuple(vote.user_id for vote in votes if vote.verdict is Verdict.REJECT)
    if rejections:
        return Decision(result=Result.UN_PASS, content=_content(votes), decided_at=now, decided_by=rejections)
    if approvals(votes) >= policy.approvals_required:
        people = tuple(vote.user_id for vote in votes)
        return Decision(result=Result.PASS, content=_content(votes), decided_at=now, decided_by=people)
    return None


def _content(votes: Sequence[Vote]) -> str:
    """One vote: the reason as typed. Several: every reason, one a line, in the order of voting."""
    reasons = [vote.reason for vote in sorted(votes, key=lambda vote: vote.voted_at) if vote.reason.strip()]
    if len(reasons) > 1:
        return "\n".join(" ".join(reason.split()) for reason in reasons)
    return reasons[0] if reasons else CONTENT_WITHOUT_REASON
