"""Reviews and votes as table rows and back."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from bot.changes import diff
from bot.reviews import examination, models
from bot.reviews.chain import Head, Kept
from bot.reviews.examination import Examination
from bot.reviews.models import (
    ClosedBecause,
    Decision,
    Failure,
    Handover,
    MessageRef,
    Nudge,
    Opinion,
    Place,
    Question,
    Review,
    ReviewState,
    Route,
    Submission,
    Verdict,
    Vote,
)
from bot.reviews.pages import HomeList

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import RowMapping

    from bot.reviews.audit import AuditEntry
    from bot.reviews.pages import Places

_TYPES = {**vars(diff), **vars(examination), **vars(models), "datetime": datetime, "timedelta": timedelta}


def _adapter(kind: Any) -> TypeAdapter[Any]:
    adapter: TypeAdapter[Any] = TypeAdapter(kind)
    adapter.rebuild(_types_namespace=_TYPES)
    return adapter


_JSON: Mapping[str, TypeAdapter[Any]] = {
    "submission": _adapter(Submission),
    "route": _adapter(Route),
    "examination": _adapter(Examination),
    "card": _adapter(MessageRef),
    "questions": _adapter(tuple[Question, ...]),
    "handovers": _adapter(tuple[Handover, ...]),
    "decision": _adapter(Decision),
    "approvals_before": TypeAdapter(tuple[str, ...]),
    "opinion": _adapter(Opinion),
    "failure": _adapter(Failure),
}
"""Columns that hold a value as JSON text."""

_MOMENTS = frozenset({"opened_at", "escalated_at", "sent_at", "closed_at", "voted_at", "told_at", "wanted_at"})

_PLACES: TypeAdapter[dict[HomeList, Place]] = _adapter(dict[HomeList, Place])


def to_moment(seconds: float) -> datetime:
    """A stored moment."""
    return datetime.fromtimestamp(seconds, UTC)


def storable(text: str) -> str:
    """The text without what PostgreSQL takes in no column: NUL and lone surrogates."""
    return text.encode("utf-8", "replace").decode().replace("\0", "")


def column(name: str, value: object) -> object:
    """A review's field as its column holds it."""
    if value is None:
        return None
    if name in _JSON:
        return _JSON[name].dump_json(value).decode()
    if isinstance(value, datetime):
        return value.timestamp()
    return storable(value) if isinstance(value, str) else value


def _field(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in _JSON:
        return _JSON[name].validate_json(value)
    return to_moment(value) if name in _MOMENTS else value


def route_of(text: str) -> Route:
    """A stored route."""
    route: Route = _JSON["route"].validate_json(text)
    return route


def review_row(review: Review) -> dict[str, object]:
    """All columns of a new review."""
    fields = (
        "id", "round", "state", "submission", "route", "requested_by", "submitter_user", "opened_at",
        "examination", "card", "questions", "handovers", "escalated_at", "decision", "sent_at", "approvals_before",
        "opinion", "failure", "closed_because", "closed_at", "release_status", "release_final",
    )  # fmt: skip
    row = {name: column(name, getattr(review, name)) for name in fields}
    return row | {"workspace_id": review.submission.workspace_id, "version_id": review.submission.version_id}


def review_of(row: RowMapping, votes: Iterable[Vote]) -> Review:
    """The review of a row."""
    fields = {name: _field(name, value) for name, value in row.items() if name not in {"workspace_id", "version_id"}}
    fields["state"] = ReviewState(fields["state"])
    fields["closed_because"] = ClosedBecause(fields["closed_because"]) if fields["closed_because"] else None
    return Review(**fields, votes=tuple(votes))


def submission_text(submission: Submission) -> str:
    """A submission as a column holds it."""
    text: str = _JSON["submission"].dump_json(submission).decode()
    return text


def submission_of(text: str) -> Submission:
    """Likewise back."""
    submission: Submission = _JSON["submission"].validate_json(text)
    return submission


def vote_row(vote: Vote) -> dict[str, object]:
    """All columns of a vote."""
    names = ("review_id", "user_id", "verdict", "reason", "voted_at", "view_id")
    return {name: column(name, getattr(vote, name)) for name in names}


def nudge_row(nudge: Nudge) -> dict[str, object]:
    """All columns of what is known of reminding somebody."""
    names = ("review_id", "user_id", "told", "told_at", "wanted_at", "due", "wished")
    return {name: column(name, getattr(nudge, name)) for name in names}


def nudge_of(row: RowMapping) -> Nudge:
    """The Nudge of a row."""
    return Nudge(**{name: _field(name, value) for name, value in row.items()})


def places_text(places: Places) -> str:
    """Where a home's lists begin, as its column holds it."""
    return _PLACES.dump_json(dict(places)).decode()


def places_of(text: str) -> Places:
    """Likewise back."""
    return _PLACES.validate_json(text)


KEPT = tuple(field.name for field in dataclasses.fields(Kept))
"""The columns of the audit trail."""


def kept(entry: AuditEntry, *, id: int) -> Kept:  # noqa: A002 - the column's name
    """An entry of the audit trail as it will be kept, but for its hash."""
    return Kept(
        id=id,
        at=entry.at.timestamp(),
        event=str(entry.event),
        workspace_id=storable(entry.workspace_id),
        version_id=storable(entry.version_id),
        review_id=storable(entry.review_id),
        user_id=None if entry.user_id is None else storable(entry.user_id),
        details=storable(json.dumps(dict(entry.details), ensure_ascii=False, default=str)),
    )


def kept_row(entry: Kept) -> dict[str, object]:
    """All columns of it."""
    return {name: getattr(entry, name) for name in KEPT}


def kept_of(row: Sequence[Any]) -> Kept:
    """The entry of a row with the columns of `KEPT`; by place, because a million of them are read at a time."""
    number, at, event, workspace_id, version_id, review_id, user_id, details, its_hash = row
    return Kept(
        id=number,
        at=at,
        event=event,
        workspace_id=workspace_id,
        version_id=version_id,
        review_id=review_id,
        user_id=user_id,
        details=details,
        hash=its_hash,
    )


def head_row(head: Head) -> dict[str, object]:
    """All columns of the head of the audit trail, but for its key."""
    return {"entries": head.entries, "last_id": head.last_id, "hash": head.hash}


def head_of(row: RowMapping) -> Head:
    """The head of a row."""
    return Head(entries=row["entries"], last_id=row["last_id"], hash=row["hash"])


def configuration_of(details: str | None) -> Mapping[str, Any] | None:
    """The settings that an entry about them holds; None when there is none that can be read."""
    try:
        known = json.loads(details or "")["settings"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return known if isinstance(known, dict) else None


def vote_of(row: RowMapping) -> Vote:
    """The vote of a row."""
    fields = {name: _field(name, value) for name, value in row.items()}
    return Vote(**fields | {"verdict": Verdict(fields["verdict"])})
