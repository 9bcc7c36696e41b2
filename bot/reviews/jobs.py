"""Durable work: what kinds there are, and what one job carries."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.reviews.models import MessageRef, Review


class JobKind(StrEnum):
    """Each is one method of Reviews."""

    POLL = "poll"
    DECIDE = "decide"
    FOLLOW = "follow"
    LOOK = "look"
    EXAMINE = "examine"
    PICTURE = "picture"
    POST_CARD = "post_card"
    UPDATE_CARD = "update_card"
    REPLY = "reply"
    ANNOUNCE = "announce"
    PUBLISH_HOME = "publish_home"
    REMIND = "remind"
    WAKE = "wake"
    NUDGE = "nudge"
    DIGEST = "digest"
    FORGET = "forget"


ALL = frozenset(JobKind)
HOMES = frozenset({JobKind.PUBLISH_HOME})
"""Many are due after every change, and nobody waits for one as they wait for a card."""
SAID = frozenset(
    {JobKind.POST_CARD, JobKind.UPDATE_CARD, JobKind.REPLY, JobKind.ANNOUNCE, JobKind.NUDGE, JobKind.DIGEST}
)
"""What asks Slack alone."""
UNHURRIED = frozenset({JobKind.EXAMINE, JobKind.PICTURE})
"""What takes a while and keeps nobody from deciding: everything else goes before it."""
NEW = frozenset({JobKind.POST_CARD})
"""Of that, what nobody has seen yet: what people look at goes before it."""


@dataclass(frozen=True, kw_only=True)
class NewJob:
    """Work to queue."""

    kind: JobKind
    subject: str
    """What it is about: a review id, a workspace id, a user id."""
    lane: str
    """Jobs of one lane run one at a time, in the order they were queued."""
    payload: Mapping[str, object] = field(default_factory=dict)
    key: str | None = None
    """While a job with this key waits untouched, another is not queued: the newest state is read when it runs."""
    pace: str | None = None
    """Jobs of one pace start no closer together than the interval set for it: Slack's one post a second a channel."""
    run_at: datetime | None = None
    """Not before; None is at once."""
    alone: bool = False
    """Not queued while any job of its lane exists."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """Leased work."""

    id: int
    kind: JobKind
    subject: str
    payload: Mapping[str, object]
    attempt: int
    """1 the first time."""
    token: int
    """The fence: only the holder of the newest token may finish the job."""
    pace: str | None = None
    key: str | None = None
    """What it was queued under; it has it back when it is repeated after an error."""
    trying: float | None = None
    """Set when its whole pace was held and it is the one that tries again: until when the others wait for it."""
    more: bool = True
    """Whether another job of these kinds may start as well; also true where that is not known."""


def whole_pace(pace: str) -> str:
    """What stands for a pace in all channels: `post:` for `post:C1`. Held, it keeps all of them waiting."""
    return pace.partition(":")[0] + ":"


def secmaster_lane(review_id: str) -> str:
    """The lane of everything that asks SecMaster about one review."""
    return f"secmaster:{review_id}"


def slack_lane(review_id: str) -> str:
    """The lane of everything that is said in Slack about one review; apart, so that neither waits for the other."""
    return f"slack:{review_id}"


def poll(workspace_id: str) -> NewJob:
    """Look for submissions; there is one such job a workspace, and it runs again and again."""
    return NewJob(kind=JobKind.POLL, subject=workspace_id, lane=f"poll:{workspace_id}", alone=True)


def decide(review: Review) -> NewJob:
    """Send the decision to SecMaster."""
    return NewJob(kind=JobKind.DECIDE, subject=review.id, lane=secmaster_lane(review.id))


def follow(review: Review) -> NewJob:
    """Watch the release."""
    return NewJob(kind=JobKind.FOLLOW, subject=review.id, lane=secmaster_lane(review.id))


def examine(review: Review) -> NewJob:
    """Find out what a submission changes, and what SecMaster's checks say of it."""
    return NewJob(
        kind=JobKind.EXAMINE,
        subject=review.id,
        lane=f"examine:{review.id}",
        key=f"examine:{review.id}",
        pace="examine:",
    )


def picture(review: Review) -> NewJob:
    """Draw what changes, and put the picture into the thread; apart, so that nothing said there waits for it."""
    return NewJob(
        kind=JobKind.PICTURE,
        subject=review.id,
        lane=f"picture:{review.id}",
        key=f"picture:{review.id}",
        pace=f"post:{review.route.channel}",
    )


def look(review: Review) -> NewJob:
    """See whether the version is still what people vote on; apart from the decision, which must not wait for it."""
    return NewJob(kind=JobKind.LOOK, subject=review.id, lane=f"look:{review.id}", key=f"look:{review.id}")


def forget() -> NewJob:
    """Take out reviews whose time is over; there is one such job, and it runs again and again."""
    return NewJob(kind=JobKind.FORGET, subject="reviews", lane="forget", alone=True)


def post_card(review: Review) -> NewJob:
    """Post the card."""
    return NewJob(
        kind=JobKind.POST_CARD, subject=review.id, lane=slack_lane(review.id), pace=f"post:{review.route.channel}"
    )


def update_card(review: Review) -> NewJob:
    """Make the card true again; many changes in a row need one update."""
    return NewJob(
        kind=JobKind.UPDATE_CARD,
        subject=review.id,
        lane=slack_lane(review.id),
        key=f"card:{review.id}",
        pace=f"update:{review.route.channel}",
    )


def update_orphan(review: Review, ref: MessageRef) -> NewJob:
    """Make true a card of which we lost sight: posting it was answered too late to be remembered."""
    return NewJob(
        kind=JobKind.UPDATE_CARD,
        subject=review.id,
        lane=f"orphan:{ref.channel}:{ref.ts}",
        payload={"orphan": ref.channel, "ts": ref.ts},
        pace=f"update:{ref.channel}",
    )


def reply(review: Review, payload: Mapping[str, object]) -> NewJob:
    """Say something in the thread."""
    return NewJob(
        kind=JobKind.REPLY,
        subject=review.id,
        lane=slack_lane(review.id),
        payload=payload,
        pace=f"post:{review.route.channel}",
    )


def announce(review: Review, to: str, notice: Mapping[str, object]) -> NewJob:
    """Tell a channel, or a person by user id."""
    return NewJob(
        kind=JobKind.ANNOUNCE,
        subject=review.id,
        lane=f"announce:{review.id}:{to}",
        payload={"channel": to, "notice": dict(notice)},
        pace=f"post:{to}",
    )


def remind(review: Review, *, at: datetime) -> NewJob:
    """See who has to be reminded of an open review, and whether others have to hear of it; again and again."""
    return NewJob(kind=JobKind.REMIND, subject=review.id, lane=f"remind:{review.id}", run_at=at)


def wake(review_id: str, user_id: str, *, at: datetime) -> NewJob:
    """Remind a person at the moment for which they asked, unless they ask for another meanwhile."""
    return NewJob(
        kind=JobKind.WAKE,
        subject=review_id,
        lane=f"wake:{review_id}:{user_id}:{at.timestamp()!r}",
        payload={"user": user_id, "at": at.timestamp()},
        run_at=at,
    )


def nudge(user_id: str, *, at: datetime) -> NewJob:
    """Tell a person, in one message, of every review of which they have to be reminded."""
    return NewJob(
        kind=JobKind.NUDGE,
        subject=user_id,
        lane=f"nudge:{user_id}",
        key=f"nudge:{user_id}",
        pace=f"post:{user_id}",
        run_at=at,
    )


def digest(channel: str) -> NewJob:
    """Tell a channel every morning what waits there; there is one such job a channel."""
    return NewJob(kind=JobKind.DIGEST, subject=channel, lane=f"digest:{channel}", pace=f"post:{channel}", alone=True)


def publish_home(user_id: str) -> NewJob:
    """Refresh a person's home."""
    return NewJob(
        kind=JobKind.PUBLISH_HOME,
        subject=user_id,
        lane=f"home:{user_id}",
        key=f"home:{user_id}",
        pace=f"home:{user_id}",
    )
