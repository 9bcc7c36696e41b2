"""One transaction over the tables: what reviews need of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, exists, insert, select, tuple_, update

from bot.reviews.models import ReviewState
from bot.store import rows
from bot.store.job_table import JobTable
from bot.store.people_tables import PeopleTables
from bot.store.schema import ENDED, UNFINISHED, audit, baselines, jobs, reviews, submits, votes
from bot.store.upsert import insert_new

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import RowMapping, Select

    from bot.reviews.audit import AuditEntry
    from bot.reviews.models import Place, Review, Submission, Vote

# Read at every job; to put them together costs more than to run them.
_ONE_REVIEW = select(reviews).where(reviews.c.id == bindparam("id")).with_for_update()
_VOTES = (
    select(votes)
    .where(votes.c.review_id.in_(bindparam("ids", expanding=True)))
    .order_by(votes.c.voted_at, votes.c.user_id)
)


class SqlTransaction(PeopleTables, JobTable):
    """Implements the core's Transaction on a connection inside BEGIN … COMMIT."""

    def review(self, review_id: str) -> Review | None:
        """See Transaction."""
        return self._one(_ONE_REVIEW, id=rows.storable(review_id))

    def latest_review(self, workspace_id: str, version_id: str) -> Review | None:
        """See Transaction."""
        self._lock(f"version {workspace_id} {version_id}")
        of_version = (reviews.c.workspace_id == workspace_id) & (reviews.c.version_id == version_id)
        newest = select(reviews).where(of_version).order_by(reviews.c.round.desc()).limit(1)
        return self._one(newest.with_for_update())

    def rounds(self, workspace_id: str, version_id: str, *, limit: int, until: int | None = None) -> list[Review]:
        """See Transaction."""
        of_version = (reviews.c.workspace_id == workspace_id) & (reviews.c.version_id == rows.storable(version_id))
        newest = select(reviews).where(of_version).order_by(reviews.c.round.desc()).limit(limit)
        return self._many(newest if until is None else newest.where(reviews.c.round <= until))

    def save_baseline(self, review_id: str, baseline: Submission | None) -> None:
        """See Transaction."""
        self._connection.execute(delete(baselines).where(baselines.c.review_id == review_id))
        if baseline:
            row = {"review_id": review_id, "submission": rows.submission_text(baseline)}
            self._connection.execute(insert(baselines).values(row))

    def baseline(self, review_id: str) -> Submission | None:
        """See Transaction."""
        kept = select(baselines.c.submission).where(baselines.c.review_id == review_id)
        text = self._connection.execute(kept).scalar_one_or_none()
        return rows.submission_of(text) if text else None

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
        self.remember(vote.review_id, vote.user_id, vote.view_id)

    def remember(self, review_id: str, user_id: str, mark: str) -> bool:
        """See Transaction."""
        row = {"review_id": review_id, "user_id": rows.storable(user_id), "view_id": rows.storable(mark)}
        return self._connection.execute(insert_new(self._connection, submits, row, keys=list(row))).rowcount == 1

    def drop_vote(self, review_id: str, user_id: str) -> None:
        """See Transaction."""
        self._connection.execute(delete(votes).where(votes.c.review_id == review_id, votes.c.user_id == user_id))

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

    def reviews_waiting_in(self, channel: str, *, limit: int) -> list[Review]:
        """See Transaction."""
        here = reviews.c.card.contains(f'"channel":"{channel}"', autoescape=True)
        waiting = reviews.c.state.in_((ReviewState.OPEN, ReviewState.FAILED))
        oldest = select(reviews).where(UNFINISHED, waiting, here).order_by(reviews.c.opened_at, reviews.c.id)
        return self._many(oldest.limit(limit))

    def reviews_voted_by(self, user_id: str, *, limit: int, after: Place | None = None) -> list[Review]:
        """See Transaction."""
        newest = select(votes.c.review_id).where(votes.c.user_id == rows.storable(user_id))
        newest = newest.order_by(votes.c.voted_at.desc(), votes.c.review_id.desc()).limit(limit)
        if after:
            newest = newest.where(tuple_(votes.c.voted_at, votes.c.review_id) < (after.at.timestamp(), after.review_id))
        ids = list(self._connection.execute(newest).scalars())
        found = {review.id: review for review in self._many(select(reviews).where(reviews.c.id.in_(ids)))}
        return [found[review_id] for review_id in ids if review_id in found]

    def reviews_submitted_by(self, user_id: str, *, limit: int, after: Place | None = None) -> list[Review]:
        """See Transaction."""
        person = rows.storable(user_id)
        place = tuple_(reviews.c.opened_at, reviews.c.id)
        asked = (reviews.c.requested_by == person) & reviews.c.submitter_user.is_(None)
        found: list[Review] = []
        for theirs in (reviews.c.submitter_user == person, asked):
            newest = select(reviews).where(theirs).order_by(reviews.c.opened_at.desc(), reviews.c.id.desc())
            newest = newest.where(place < (after.at.timestamp(), after.review_id)) if after else newest
            found += self._many(newest.limit(limit))
        return sorted(found, key=lambda review: (review.opened_at, review.id), reverse=True)[:limit]

    def forget_ended(self, before: datetime, *, limit: int) -> list[Review]:
        """See Transaction."""
        idle = ~exists().where(jobs.c.subject == reviews.c.id, ~jobs.c.buried)
        old = select(reviews).where(ENDED, reviews.c.closed_at < before.timestamp(), idle)
        found = self._many(old.order_by(reviews.c.closed_at, reviews.c.id).limit(limit))
        ids = [review.id for review in found]
        self._connection.execute(delete(jobs).where(jobs.c.subject.in_(ids)))
        self._connection.execute(delete(reviews).where(reviews.c.id.in_(ids)))
        return found

    def ping(self) -> None:
        """Ask the database for a sign of life."""
        self._connection.execute(select(1))

    def _one(self, query: Select[tuple[object, ...]], **values: object) -> Review | None:
        row = self._connection.execute(query, values).mappings().one_or_none()
        return self._with_votes([row])[0] if row else None

    def _many(self, query: Select[tuple[object, ...]]) -> list[Review]:
        return self._with_votes(self._connection.execute(query).mappings().all())

    def _with_votes(self, found: Sequence[RowMapping]) -> list[Review]:
        ids = [row["id"] for row in found]
        by_review: dict[str, list[Vote]] = {review_id: [] for review_id in ids}
        for row in self._connection.execute(_VOTES, {"ids": ids}).mappings():
            by_review[row["review_id"]].append(rows.vote_of(row))
        return [rows.review_of(row, by_review[row["id"]]) for row in found]
