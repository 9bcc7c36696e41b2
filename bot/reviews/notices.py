"""What is told to notification channels and to single people about a review, as values that survive in a job."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, TypeAdapter

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class Decided:
    """SecMaster has the decision."""

    kind: Literal["decided"] = "decided"


@dataclass(frozen=True, kw_only=True)
class PublishFailed:
    """SecMaster took the decision, and could not publish the version."""

    kind: Literal["publish_failed"] = "publish_failed"


@dataclass(frozen=True, kw_only=True)
class ReleaseReached:
    """Where the release has arrived; told to the submitter."""

    status: str
    settled: bool = True
    """False: it is not final, but nobody looks any more."""
    kind: Literal["release"] = "release"


@dataclass(frozen=True, kw_only=True)
class Escalated:
    """The review has waited for longer than its policy wants."""

    kind: Literal["escalated"] = "escalated"


@dataclass(frozen=True, kw_only=True)
class HandedOver:
    """A colleague asks the person to review instead of them."""

    by: str
    note: str
    kind: Literal["handed_over"] = "handed_over"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A reviewer has a question for the submitter."""

    question_id: str
    kind: Literal["asked"] = "asked"


@dataclass(frozen=True, kw_only=True)
class Answered:
    """The person's question was answered."""

    question_id: str
    kind: Literal["answered"] = "answered"


Notice = Decided | PublishFailed | ReleaseReached | Escalated | HandedOver | Asked | Answered

_NOTICE: TypeAdapter[Notice] = TypeAdapter(Annotated[Notice, Field(discriminator="kind")])


def to_payload(notice: Notice) -> Mapping[str, object]:
    """The notice as JSON values."""
    payload: Mapping[str, object] = _NOTICE.dump_python(notice, mode="json")
    return payload


def from_payload(payload: object) -> Notice:
    """The notice that `to_payload` made."""
    return _NOTICE.validate_python(payload)
