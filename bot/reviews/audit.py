"""What happened to a review, as entries of an audit trail that is only ever added to."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.reviews.models import Review


class AuditEvent(StrEnum):
    """Each is written in the transaction that makes it so."""

    OPENED = "opened"
    VOTED = "voted"
    IDENTIFIED = "identified"
    """It became known which Slack user the submitter is."""
    VOTE_WITHDRAWN = "vote_withdrawn"
    ASKED = "asked"
    """A reviewer asked the submitter something."""
    QUESTION_ANSWERED = "question_answered"
    HANDED_OVER = "handed_over"
    """A reviewer left the review to a colleague."""
    REMINDED = "reminded"
    """Somebody was sent a reminder."""
    ESCALATED = "escalated"
    """Others were told that the review waits for long."""
    EXAMINED = "examined"
    """It is known what the submission changes, and what SecMaster's checks say."""
    REFUSED = "refused"
    """Somebody may not vote, or not act on a review at all, and was told so."""
    DECIDED = "decided"
    """The policy is met; nothing was sent yet."""
    SENDING = "sending"
    """The approval call is about to be made."""
    UNSENT = "unsent"
    """It is known to have changed nothing; with SecMaster's answer."""
    UNANSWERED = "unanswered"
    """No usable answer came to it: it may have changed something."""
    ANSWERED = "answered"
    """SecMaster has the decision."""
    FAILED = "failed"
    RETRIED = "retried"
    CLOSED = "closed"
    RELEASED = "released"
    """The version was read in another status after the decision."""
    REROUTED = "rerouted"
    """Its card goes into another channel than it was to."""
    CONFIGURED = "configured"
    """The bot started with other settings than those recorded last; about no review."""
    FORGOTTEN = "forgotten"
    """The review was taken out of the store when its time was over; the trail stays."""


@dataclass(frozen=True, kw_only=True)
class AuditEntry:
    """One event."""

    at: datetime
    event: AuditEvent
    workspace_id: str
    version_id: str
    review_id: str
    user_id: str | None = None
    """Who did it in Slack; None when no person did."""
    details: Mapping[str, object] = field(default_factory=dict)
    """Facts of the event, as JSON values."""
    since: datetime | None = None
    """When that began of which this is the end; for the metrics, and not kept."""


def entry(  # noqa: PLR0913 - the facts of an event
    review: Review,
    event: AuditEvent,
    details: Mapping[str, object] | None = None,
    *,
    at: datetime,
    user_id: str | None = None,
    name: str = "",
    since: datetime | None = None,
) -> AuditEntry:
    """An entry about a review. `name` is what Slack calls the person: an id alone says little years later."""
    return AuditEntry(
        at=at,
        event=event,
        workspace_id=review.submission.workspace_id,
        version_id=review.submission.version_id,
        review_id=review.id,
        user_id=user_id,
        details={"person": name, **(details or {})} if name else details or {},
        since=since,
    )
