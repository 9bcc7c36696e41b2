"""Numbers for the metrics, the same whichever replica asks: what waits, how long, and when SecMaster was looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, or_, select

from bot.reviews.jobs import poll
from bot.store import rows
from bot.store.schema import LEASED, UNFINISHED, jobs, looks, reviews
from bot.store.upsert import upsert

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import datetime

    from sqlalchemy import Column, ColumnElement, Connection

    from bot.reviews.models import Route

REVIEWS_AT_MOST = 10_000
JOBS_AT_MOST = 1_000
"""In one state. Whoever sees so many has seen enough: a count must not take long."""
ROUTES_AT_MOST = 200
"""Kinds of routes of reviews that wait: settings that were changed often leave old ones behind."""


@dataclass(frozen=True, kw_only=True)
class Pending:
    """Reviews of one route in one state."""

    route: Route
    state: str
    count: int
    oldest_at: float
    """When the oldest was opened, in seconds since 1970."""


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """As of one moment."""

    at: float
    """In seconds since 1970, like the others."""
    pending: tuple[Pending, ...]
    jobs: Mapping[str, int]
    """How many are `due`, `scheduled` for later, `running` and `buried`."""
    due_since: float | None
    """Since when the oldest due job waits for a worker."""
    looked_at: Mapping[str, float]
    """By workspace id: when the last look that succeeded ended; before the first, when looking began."""


class NumberTables:
    """Part of one transaction."""

    _connection: Connection
    _clock: Callable[[], float]

    def looked(self, workspace_id: str, at: datetime) -> None:
        """See Transaction."""
        row = {"workspace_id": workspace_id, "looked_at": at.timestamp()}
        self._connection.execute(upsert(self._connection, looks, row, keys=["workspace_id"]))

    def numbers(self, workspaces: Collection[str]) -> Numbers:
        """All of them; of looks those at these workspaces. Each statement is bounded and goes by an index."""
        now = self._clock()
        counts, due_since = self._count_jobs(now)
        return Numbers(
            at=now,
            pending=self._pending(),
            jobs=counts,
            due_since=due_since,
            looked_at=self._looked_at(workspaces),
        )

    def _pending(self) -> tuple[Pending, ...]:
        oldest = select(reviews.c.route, reviews.c.state, reviews.c.opened_at).where(UNFINISHED)
        some = oldest.order_by(reviews.c.opened_at, reviews.c.id).limit(REVIEWS_AT_MOST).subquery()
        first = func.min(some.c.opened_at)
        counted = select(some.c.route, some.c.state, func.count(), first).group_by(some.c.route, some.c.state)
        return tuple(
            Pending(route=rows.route_of(route), state=state, count=count, oldest_at=oldest_at)
            for route, state, count, oldest_at in self._connection.execute(
                counted.order_by(first).limit(ROUTES_AT_MOST)
            )
        )

    def _count_jobs(self, now: float) -> tuple[Mapping[str, int], float | None]:
        free = or_(jobs.c.owner.is_(None), jobs.c.leased_until < now)
        found = {
            "due": self._count(and_(~jobs.c.buried, jobs.c.run_at <= now, free), jobs.c.run_at),
            "scheduled": self._count(and_(~jobs.c.buried, jobs.c.run_at > now), jobs.c.run_at),
            "running": self._count(and_(LEASED, jobs.c.leased_until >= now), jobs.c.leased_until),
            "buried": self._count(jobs.c.buried, jobs.c.id),
        }
        return {state: count for state, (count, _) in found.items()}, found["due"][1]

    def _count(self, condition: ColumnElement[bool], order: Column[Any]) -> tuple[int, float | None]:
        some = select(jobs.c.run_at).where(condition).order_by(order).limit(JOBS_AT_MOST).subquery()
        count, first = self._connection.execute(select(func.count(), func.min(some.c.run_at)).select_from(some)).one()
        return count, first

    def _looked_at(self, workspaces: Collection[str]) -> Mapping[str, float]:
        lanes = [poll(workspace_id).lane for workspace_id in workspaces]
        at = func.coalesce(looks.c.looked_at, jobs.c.created_at).label("looked_at")
        polls = select(jobs.c.subject, at).outerjoin(looks, looks.c.workspace_id == jobs.c.subject)
        found = self._connection.execute(polls.where(jobs.c.lane.in_(lanes), ~jobs.c.buried))
        return {row.subject: row.looked_at for row in found}
