"""The words of the field as values: submission, review, vote, decision, opinion."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.changes.content import Content

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    from bot.reviews.examination import Examination


class ReviewState(StrEnum):
    """Where a review stands (see the drawing in the package's service)."""

    OPEN = "open"
    DECIDING = "deciding"
    DECIDED = "decided"
    FAILED = "failed"
    CLOSED = "closed"


class Verdict(StrEnum):
    """What a person says."""

    APPROVE = "approve"
    REJECT = "reject"


class Result(StrEnum):
    """What SecMaster is told, in its own words (CreateAopWorkflowVersionApprovel)."""

    PASS = "PASS"  # noqa: S105 - the wire word, not a password
    UN_PASS = "UN_PASS"  # noqa: S105 - likewise


class ReleaseStatus(StrEnum):
    """The statuses of a workflow version; SecMaster may send others, which are kept as text."""

    PENDING_SUBMIT = "pending_submit"
    PENDING_APPROVAL = "pending_approval"
    PUBLISHING = "publishing"
    PUBLISH_FAILED = "publish_failed"
    NOT_ACTIVATED = "not_activated"
    ACTIVATED = "activated"
    REJECTED = "rejected"


class ClosedBecause(StrEnum):
    """Why a review ended without a decision of ours."""

    DECIDED_ELSEWHERE = "decided_elsewhere"
    WITHDRAWN = "withdrawn"
    CHANGED = "changed"
    DELETED = "deleted"


class OpinionSource(StrEnum):
    """How we know SecMaster's opinion."""

    ANSWER = "answer"
    """It was the answer to our call."""
    READ_BACK = "read_back"
    """Our call got no answer; the opinion was found in the recorded approvals."""
    STATUS_ONLY = "status_only"
    """Our call got no answer and no record was found; only the version's status tells the outcome."""


@dataclass(frozen=True, kw_only=True)
class Submission:
    """A workflow version as SecMaster shows it (ShowAopWorkflowVersion). Times are SecMaster's own text."""

    workspace_id: str
    version_id: str
    workflow_id: str
    name: str
    version: str
    description: str
    status: str
    aop_type: str
    submitter: str
    """IAM user name of the last person who changed the version, else of its creator; may be empty."""
    submitted_at: str
    """The version's update time, else its creation time, as it came."""
    dataclass_id: str = ""
    """What the flow works on; its name may stay the same while this becomes another."""
    dataclass_name: str = ""
    taskflow: str = ""
    taskflow_type: str = ""
    taskconfig: str = ""
    input: str = ""
    output: str = ""

    @property
    def pending(self) -> bool:
        """Whether it waits for review."""
        return self.status == ReleaseStatus.PENDING_APPROVAL

    @property
    def content(self) -> Content:
        """What a reviewer approves, to be compared with another version's; its version number tells nothing."""
        return Content(
            fields={
                "name": self.name,
                "description": self.description,
                "aop_type": self.aop_type,
                "dataclass_id": self.dataclass_id,
                "dataclass_name": self.dataclass_name,
                "taskflow_type": self.taskflow_type,
                "taskconfig": self.taskconfig,
                "input": self.input,
                "output": self.output,
            },
            taskflow=self.taskflow,
        )

    @property
    def fingerprint(self) -> str:
        """SHA-256 over everything a reviewer approves; status, times and people are left out."""
        content = [
            self.workflow_id,
            self.name,
            self.version,
            self.description,
            self.aop_type,
            self.dataclass_id,
            self.dataclass_name,
            self.taskflow_type,
            self.taskflow,
            self.taskconfig,
            self.input,
            self.output,
        ]
        return hashlib.sha256(json.dumps(content, ensure_ascii=True).encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Opinion:
    """What SecMaster returned, word for word."""

    result: str
    content: str
    source: OpinionSource = OpinionSource.ANSWER
    request_id: str = ""


@dataclass(frozen=True, kw_only=True)
class Overview:
    """What one look at all workflows of a workspace tells."""

    pending: tuple[str, ...]
    """Ids of the versions that wait for review, each once."""
    active: Mapping[str, str]
    """By workflow id, the id of the version that works; workflows of which that is not known are left out."""


@dataclass(frozen=True, kw_only=True)
class RecordedApproval:
    """One entry of SecMaster's own review history (ListPlaybookApproves, type AOP_WORKFLOW)."""

    id: str
    result: str
    content: str
    user_id: str
    created_at: str


@dataclass(frozen=True, kw_only=True)
class Policy:
    """Who may vote, and what decides. Taken into the review when it opens, so that later settings do not move it."""

    reviewers: tuple[str, ...]
    """Slack user ids, user group ids, or the one word `channel`."""
    approvals_required: int = 1
    allow_self_review: bool = False
    require_reason: str = "always"
    """`always`, or `reject`: an approval may come without one."""
    require_known_submitter: bool = False
    """Whether nobody may vote while it is not known which Slack user the submitter is."""
    block_on_failed_checks: bool = False
    """Whether nobody may approve while a check of SecMaster's fails; rejecting is always possible."""
    reasons: tuple[str, ...] = ()
    """Common reasons, offered in the form."""
    remind_after: timedelta | None = None
    """After how long those who may vote and have not are reminded the first time; None is never."""
    escalate_after: timedelta | None = None
    """After how long an open review is told to others; None is never."""
    escalate_to: tuple[str, ...] = ()
    """Whom: channels, and people by user id."""


@dataclass(frozen=True, kw_only=True)
class Reviewers:
    """Whom a review's policy names, to be told to people."""

    ids: tuple[str, ...]
    """As in the policy."""
    channel: str
    """The channel that the word `channel` means."""


@dataclass(frozen=True, kw_only=True)
class Route:
    """Where a submission's card goes, who hears of it, under which policy and locale."""

    channel: str
    notify: tuple[str, ...]
    policy: Policy
    locale: str
    workspace: str = ""
    """What people call the workspace; its id where it has no name."""
    name: str = "default"
    """What operators call the route: the name in the file, else its number there."""


@dataclass(frozen=True, kw_only=True)
class MessageRef:
    """A message in Slack."""

    channel: str
    ts: str
    link: str = ""
    """Its permalink, if Slack gave one."""

    @property
    def direct(self) -> bool:
        """Whether it is in a direct conversation, by the channel's id."""
        return self.channel.startswith("D")


@dataclass(frozen=True, kw_only=True)
class Vote:
    """One reviewer's verdict with a reason. A later vote of the same person replaces it."""

    review_id: str
    user_id: str
    verdict: Verdict
    reason: str
    voted_at: datetime
    view_id: str
    """The modal it came from: the same submit delivered twice is recognised by it."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """What a reviewer wants to know of the submitter; votes count with and without an answer."""

    id: str
    asked_by: str
    text: str
    asked_at: datetime
    answered_by: str | None = None
    """None while it waits for an answer."""
    answer: str = ""
    answered_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Handover:
    """A reviewer left a review to a colleague who may vote on it."""

    id: str
    by: str
    to: str
    at: datetime
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Nudge:
    """How far one person was reminded of one review."""

    review_id: str
    user_id: str
    told: int = 0
    """Reminders sent so far without being asked for."""
    told_at: datetime | None = None
    """When the newest reminder was sent."""
    wanted_at: datetime | None = None
    """When the person wants to be reminded; nothing is sent before."""
    due: bool = False
    """Whether the next message to the person tells of this review."""
    wished: bool = False
    """Whether it does because the person asked for it."""


@dataclass(frozen=True, kw_only=True)
class Decision:
    """The outcome once the policy is met, and what will be sent to SecMaster."""

    result: Result
    content: str
    decided_at: datetime
    decided_by: tuple[str, ...]
    """Slack users whose votes carried it."""


@dataclass(frozen=True, kw_only=True)
class Failure:
    """What stands between a decision and its release, in SecMaster's words."""

    status: int | None
    code: str
    message: str
    request_id: str
    at: datetime
    retry_at: datetime | None = None
    """When it is tried again by itself; None when a person has to press Retry."""


@dataclass(frozen=True, kw_only=True)
class Review:
    """Our record of one round of reviewing one submission."""

    id: str
    round: int
    state: ReviewState
    submission: Submission
    """As it was when the review opened: what people are shown and vote on."""
    route: Route
    requested_by: str | None
    """Slack user who asked for the review by slash command; None when the poller found it."""
    submitter_user: str | None
    """Slack user known to be the submitter; None when that is not known."""
    opened_at: datetime
    examination: Examination | None = None
    """What the submission changes; None while that is being found out."""
    card: MessageRef | None = None
    votes: tuple[Vote, ...] = ()
    questions: tuple[Question, ...] = ()
    handovers: tuple[Handover, ...] = ()
    escalated_at: datetime | None = None
    decision: Decision | None = None
    sent_at: datetime | None = None
    """When an approval call was last about to be made that may have been applied: look before every repeat."""
    approvals_before: tuple[str, ...] | None = None
    """Ids of the approvals recorded before ours was sent; None when that could not be read."""
    opinion: Opinion | None = None
    failure: Failure | None = None
    closed_because: ClosedBecause | None = None
    closed_at: datetime | None = None
    release_status: str = ""
    """The version's status as last read."""
    release_final: bool = False
    """Whether that status was seen to be final after our decision."""

    @property
    def open(self) -> bool:
        """Whether votes count."""
        return self.state is ReviewState.OPEN

    @property
    def pending(self) -> bool:
        """Whether it has no outcome yet."""
        return self.state in {ReviewState.OPEN, ReviewState.DECIDING, ReviewState.FAILED}

    @property
    def unanswered(self) -> tuple[Question, ...]:
        """The questions that wait for an answer."""
        return tuple(question for question in self.questions if question.answered_by is None)

    def vote_of(self, user_id: str) -> Vote | None:
        """The person's vote, if there is one."""
        return next((vote for vote in self.votes if vote.user_id == user_id), None)

    def left_to_others(self, user_id: str) -> bool:
        """Whether the person handed it over, and it was not handed back to them since."""
        part = [handover for handover in self.handovers if user_id in {handover.by, handover.to}]
        return bool(part) and part[-1].by == user_id


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where one page of a list of reviews ended, and the next begins."""

    at: datetime
    """When the review there was opened, ended or voted on, whatever the list is ordered by."""
    review_id: str


@dataclass(frozen=True, kw_only=True)
class Person:
    """A Slack user, as far as it matters to who may vote."""

    id: str
    name: str
    team_id: str
    deleted: bool = False
    bot: bool = False
    guest: bool = False
    stranger: bool = False
    locale: str = ""
    tz: str = ""


FINAL_STATUSES = frozenset(
    {
        ReleaseStatus.ACTIVATED,
        ReleaseStatus.NOT_ACTIVATED,
        ReleaseStatus.PUBLISH_FAILED,
        ReleaseStatus.REJECTED,
        ReleaseStatus.PENDING_SUBMIT,
    }
)
"""A decided version in one of these moves no further by itself (secmaster-api, life cycle)."""
