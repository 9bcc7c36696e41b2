"""One transaction over the tables: what reviews need of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, exists, insert, select, tuple_, update

from bot.reviews.models import ReviewState
from bot.store import rows
from bot.store.job_table import JobTable
from bot.store.schema import ENDED, UNFINISHED, audit, home_views, jobs, reviews, submits, votes
from bot.store.upsert import insert_new, upsert

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import RowMapping, Select

    from bot.reviews.audit import AuditEntry
    from bot.reviews.models import Place, Review, Vote


class SqlTransaction(JobTable):
    """Implements the core's Transaction on a connection inside BEGIN … COMMIT."""

    def review(self, review_id: str) -> Review | None:
        """See Transaction."""
        return self._one(select(reviews).where(reviews.c.id == rows.storable(review_id)).with_for_update())

    def latest_review(self, workspace_id: str, version_id: str) -> Review | None:
        """See Transaction."""
        self._lock(f"version {workspace_id} {version_id}")
        of_version = (reviews.c.workspace_id == workspace_id) & (reviews.c.version_id == version_id)
        newest = select(reviews).where(of_version).order_by(reviews.c.round.desc()).limit(1)
        return self._one(newest.with_for_update())

    def add_review(self, review: Review) -> None:
        """See Transaction."""
        self._connection.execute(insert(reviews).values(rows.review_row(review)))

    def change_review(self, review_id: str, *, expected: ReviewState, **changes: object) -> bool:
        """See Transaction."""
        values = {name: rows.column(name, value) for name, value in changes.items()}
        in_state = (reviews.c.id == review_id) & (reviews.c.state == expected)
        return self._connection.execute(update(reviews).where(in_state).values(values)).rowcount == 1

    def save_vote(self, vote: Vote) -> None:
        """See Transaction."""
        same = (votes.c.review_id == vote.review_id) & (votes.c.user_id == vote.user_id)
        row = rows.vote_row(vote)
        self._connection.execute(delete(votes).where(same))
        self._connection.execute(insert(votes).values(row))
        modal = {name: row[name] for name in ("review_id", "user_id", "view_id")}
        self._connection.execute(insert_new(self._connection, submits, modal, keys=list(modal)))

    def counted(self, vote: Vote) -> bool:
        """See Transaction."""
        same = (submits.c.review_id == vote.review_id) & (submits.c.user_id == vote.user_id)
        seen = select(submits.c.view_id).where(same, submits.c.view_id == rows.storable(vote.view_id))
        return self._connection.execute(seen).first() is not None

    def record(self, entry: AuditEntry) -> None:
        """See Transaction."""
        self._connection.execute(insert(audit).values(rows.audit_row(entry)))

    def unfinished(self, workspace_id: str) -> list[Review]:
        """See Transaction."""
        watched = reviews.c.state.in_((ReviewState.OPEN, ReviewState.FAILED))
        return self._many(
            select(reviews).where(UNFINISHED, watched, reviews.c.workspace_id == workspace_id).order_by(reviews.c.id)
        )

    def pending_reviews(self, *, limit: int, after: Place | None = None) -> list[Review]:
        """See Transaction."""
        place = tuple_(reviews.c.opened_at, reviews.c.id)
        oldest = select(reviews).where(UNFINISHED).order_by(reviews.c.opened_at, reviews.c.id).limit(limit)
        return self._many(oldest.where(place > (after.at.timestamp(), after.review_id)) if after else oldest)

    def ended_reviews(self, *, limit: int, after: Place | None = None) -> list[Review]:
        """See Transaction."""
        place = tuple_(reviews.c.closed_at, reviews.c.id)
        newest = select(reviews).where(ENDED).order_by(reviews.c.closed_at.desc(), reviews.c.id.desc()).limit(limit)
        return self._many(newest.where(place < (after.at.timestamp(), after.review_id)) if after else newest)

    def forget_ended(self, before: datetime, *, limit: int) -> list[Review]:
        """See Transaction."""
        idle = ~exists().where(jobs.c.subject == reviews.c.id, ~jobs.c.buried)
        old = select(reviews).where(ENDED, reviews.c.closed_at < before.timestamp(), idle)
        found = self._many(old.order_by(reviews.c.closed_at, reviews.c.id).limit(limit))
        ids = [review.id for review in found]
        self._connection.execute(delete(jobs).where(jobs.c.subject.in_(ids)))
        self._connection.execute(delete(reviews).where(reviews.c.id.in_(ids)))
        return found

    def saw_home(self, user_id: str, at: datetime) -> None:
        """See Transaction."""
        seen = {"user_id": rows.storable(user_id), "seen_at": at.timestamp()}
        self._connection.execute(upsert(self._connection, home_views, seen, keys=["user_id"]))

    def home_viewers(self, since: datetime) -> list[str]:
        """See Transaction."""
        recent = select(home_views.c.user_id).where(home_views.c.seen_at >= since.timestamp())
        return list(self._connection.execute(recent.order_by(home_views.c.user_id)).scalars())

    def ping(self) -> None:
        """Ask the database for a sign of life."""
        self._connection.execute(select(1))

    def _one(self, query: Select[tuple[object, ...]]) -> Review | None:
        row = self._connection.execute(query).mappings().one_or_none()
        return self._with_votes([row])[0] if row else None

    def _many(self, query: Select[tuple[object, ...]]) -> list[Review]:
        return self._with_votes(self._connection.execute(query).mappings().all())

    def _with_votes(self, found: Sequence[RowMapping]) -> list[Review]:
        ids = [row["id"] for row in found]
        cast = select(votes).where(votes.c.review_id.in_(ids)).order_by(votes.c.voted_at, votes.c.user_id)
        by_review: dict[str, list[Vote]] = {review_id: [] for review_id in ids}
        for row in self._connection.execute(cast).mappings():
            by_review[row["review_id"]].append(rows.vote_of(row))
        return [rows.review_of(row, by_review[row["id"]]) for row in found]
