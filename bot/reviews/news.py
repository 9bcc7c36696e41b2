"""What is told in the thread of a review, as values that survive in a job's payload."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, TypeAdapter

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class VoteCast:
    """Somebody voted."""

    user_id: str
    verdict: str
    reason: str
    replaces: bool
    approvals: int
    """Approvals counted with this vote."""
    kind: Literal["vote"] = "vote"


@dataclass(frozen=True, kw_only=True)
class VoteWithdrawn:
    """Somebody took their vote back."""

    user_id: str
    verdict: str
    """What it was."""
    approvals: int
    """Approvals counted without it."""
    kind: Literal["withdrawn"] = "withdrawn"


@dataclass(frozen=True, kw_only=True)
class VoteDropped:
    """A vote counts no more: its owner turned out to be the submitter."""

    user_id: str
    approvals: int
    """Approvals counted without it."""
    kind: Literal["dropped"] = "dropped"


@dataclass(frozen=True, kw_only=True)
class QuestionAsked:
    """A reviewer has a question for the submitter; its text stands in the review."""

    question_id: str
    kind: Literal["asked"] = "asked"


@dataclass(frozen=True, kw_only=True)
class QuestionAnswered:
    """A question was answered; the answer stands in the review."""

    question_id: str
    kind: Literal["answered"] = "answered"


@dataclass(frozen=True, kw_only=True)
class HandedOver:
    """A reviewer left the review to a colleague."""

    by: str
    to: str
    note: str
    kind: Literal["handed_over"] = "handed_over"


@dataclass(frozen=True, kw_only=True)
class Escalated:
    """Others were told that the review waits for long."""

    to: str
    """A channel, or a person by user id."""
    kind: Literal["escalated"] = "escalated"


@dataclass(frozen=True, kw_only=True)
class OpinionReturned:
    """SecMaster answered the decision; the opinion stands in the review."""

    kind: Literal["opinion"] = "opinion"


@dataclass(frozen=True, kw_only=True)
class DecisionFailed:
    """SecMaster refused the decision or could not be asked; the failure stands in the review."""

    status: int | None
    code: str
    message: str
    request_id: str
    outcome_known: bool = True
    """False when a call of ours may have taken effect without an answer."""
    kind: Literal["failed"] = "failed"


@dataclass(frozen=True, kw_only=True)
class Retried:
    """Somebody pressed Retry."""

    user_id: str
    kind: Literal["retried"] = "retried"


@dataclass(frozen=True, kw_only=True)
class ReviewClosed:
    """The review ended without a decision of ours. The approval is what SecMaster has on record, if anything."""

    because: str
    status: str
    result: str = ""
    content: str = ""
    user_id: str = ""
    kind: Literal["closed"] = "closed"


@dataclass(frozen=True, kw_only=True)
class Checked:
    """SecMaster's checks were run again and say something else; what they say stands in the review."""

    kind: Literal["checked"] = "checked"


@dataclass(frozen=True, kw_only=True)
class Rebased:
    """Another version works by now, so that a submission changes something else than was shown."""

    version: str
    """What SecMaster calls what it is compared with from now on."""
    active: bool
    """Whether that is the version that works; it is not when none does."""
    voters: tuple[str, ...] = ()
    """Who voted before."""
    kind: Literal["rebased"] = "rebased"


@dataclass(frozen=True, kw_only=True)
class NoPicture:
    """What changes could not be drawn, or the picture not be shown."""

    text: str
    """Why, in English; its {placeholders} are filled from the facts."""
    facts: dict[str, str]
    kind: Literal["no_picture"] = "no_picture"


@dataclass(frozen=True, kw_only=True)
class ReleaseReached:
    """The version reached a final status, or was given up on (`settled` false)."""

    status: str
    settled: bool = True
    kind: Literal["release"] = "release"


News = (
    VoteCast
    | VoteWithdrawn
    | VoteDropped
    | QuestionAsked
    | QuestionAnswered
    | HandedOver
    | Escalated
    | OpinionReturned
    | DecisionFailed
    | Retried
    | ReviewClosed
    | Checked
    | Rebased
    | NoPicture
    | ReleaseReached
)

_NEWS: TypeAdapter[News] = TypeAdapter(Annotated[News, Field(discriminator="kind")])


def to_payload(news: News) -> Mapping[str, object]:
    """The news as JSON values."""
    payload: Mapping[str, object] = _NEWS.dump_python(news, mode="json")
    return payload


def from_payload(payload: Mapping[str, object]) -> News:
    """The news that `to_payload` made."""
    return _NEWS.validate_python(payload)
