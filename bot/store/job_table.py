"""The jobs of one transaction: queue, lease, finish, repeat, bury."""

from __future__ import annotations

import contextlib
import json
import time
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Double, and_, bindparam, delete, exists, func, insert, or_, select, union_all, update
from sqlalchemy.exc import IntegrityError

from bot.reviews.jobs import ALL, Job, JobKind, whole_pace
from bot.store.rows import storable
from bot.store.schema import LEASED, jobs, paces
from bot.store.upsert import insert_new, insert_or_lock

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import datetime

    from sqlalchemy import ColumnElement, CompoundSelect, Connection, Select

    from bot.reviews.jobs import NewJob


class JobTable:
    """Work in the same transaction as the state that causes it."""

    def __init__(self, connection: Connection, clock: Callable[[], float] = time.time) -> None:
        self._connection = connection
        self._clock = clock
        self.queued = False
        """Whether this transaction queued work: workers need not wait for their next look."""

    def add_job(self, job: NewJob) -> None:
        """Queue work, unless a job with its key waits, or (`alone`) one of its lane exists: that one may start now."""
        now = self._clock()
        if job.alone:
            self._lock(f"lane {job.lane}")  # of replicas that start at once, one queues it
        if job.alone and self._lane_is_busy(job.lane):
            waiting = update(jobs).where(jobs.c.lane == job.lane, jobs.c.owner.is_(None), jobs.c.run_at > now)
            self._connection.execute(waiting.values(run_at=now))
            return
        row = {
            "kind": job.kind,
            "subject": job.subject,
            "lane": job.lane,
            "payload": storable(json.dumps(dict(job.payload), ensure_ascii=False)),
            "key": job.key,
            "pace": job.pace,
            "run_at": job.run_at.timestamp() if job.run_at else now,
            "created_at": now,
        }
        insertion = insert_or_lock(self._connection, jobs, row, key="key") if job.key else insert(jobs).values(row)
        self._connection.execute(insertion)
        self.queued = True

    def _lock(self, name: str) -> None:
        """Keep everybody else who locks this name waiting until the transaction ends; SQLite has one writer anyway."""
        if self._connection.dialect.name == "postgresql":
            self._connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))

    def _lane_is_busy(self, lane: str) -> bool:
        waiting = select(jobs.c.id).where(jobs.c.lane == lane, ~jobs.c.buried).limit(1)
        return self._connection.execute(waiting).first() is not None

    def holds(self, job: Job) -> bool:
        """Whether the job is still leased under the token that the caller got."""
        held = select(jobs.c.id).where(self._leased(job))
        return self._connection.execute(held.with_for_update()).first() is not None

    def lease_job(
        self, *, owner: str, now: float, until: float, interval: Mapping[str, float], kinds: Collection[JobKind] = ALL
    ) -> Job | None:
        """Lease the first of these kinds that may start: due, first of its lane, its pace reached; None without one.

        `interval` gives, for the part of a pace before its colon, the seconds until the next job of that pace.
        """
        startable = _first_startable(self._connection.dialect.name, frozenset(kinds))
        found = self._connection.execute(startable, {"now": now}).mappings().all()
        row = found[0] if found else None
        if row is None or not self._take_turn(row["pace"], now, interval):
            return None
        trying = self._try_for_all(row["pace"], now, until)
        self._connection.execute(
            update(jobs)
            .where(jobs.c.id == row["id"])
            .values(key=None, owner=owner, leased_until=until, attempt=jobs.c.attempt + 1, token=jobs.c.token + 1)
        )
        return Job(
            id=row["id"],
            kind=JobKind(row["kind"]),
            subject=row["subject"],
            payload=json.loads(row["payload"]),
            attempt=row["attempt"] + 1,
            token=row["token"] + 1,
            pace=row["pace"],
            key=row["key"],
            trying=trying,
            more=len(found) > 1 or self._connection.dialect.name != "sqlite",
        )

    def _take_turn(self, pace: str | None, now: float, interval: Mapping[str, float]) -> bool:
        """Take the pace's next turn; False when another replica took it since the job was chosen."""
        seconds = interval.get(pace.partition(":")[0], 0.0) if pace else 0.0
        if pace is None or not seconds:
            return True
        self._connection.execute(insert_new(self._connection, paces, {"pace": pace, "next_at": 0.0}, keys=["pace"]))
        turn = update(paces).where(paces.c.pace == pace, paces.c.next_at <= now).values(next_at=now + seconds)
        return self._connection.execute(turn).rowcount == 1

    def _try_for_all(self, pace: str | None, now: float, until: float) -> float | None:
        """The hold of a whole pace is over: one job tries first, the others wait `until` it has told how it went."""
        if pace is None:
            return None
        over = update(paces).where(paces.c.pace == whole_pace(pace), paces.c.next_at <= now).values(next_at=until)
        return until if self._connection.execute(over).rowcount == 1 else None

    def next_start(self, now: float) -> float | None:
        """When it is worth to look for a job again: one becomes due, a pace's turn or a lease ends; None if never."""
        moments = self._connection.execute(_next_moments(), {"now": now}).scalars()
        return min((at for at in moments if at is not None), default=None)

    def renew_job(self, job: Job, *, until: float) -> bool:
        """Keep the lease; False when it was lost."""
        return self._touch(job, leased_until=until)

    def finish_job(self, job: Job) -> bool:
        """Done: forget it. False when the lease was lost."""
        return self._connection.execute(delete(jobs).where(self._leased(job))).rowcount == 1

    def repeat_job(self, job: Job, *, at: datetime, error: str | None) -> bool:
        """Give it back to run at a moment; after an error the attempts go on counting, else they start anew."""
        attempt = job.attempt if error is not None else 0
        given_back = self._touch(
            job, owner=None, leased_until=None, run_at=at.timestamp(), attempt=attempt, error=error and storable(error)
        )
        if given_back and error is not None and job.key:
            self._take_key_back(job)
        self.queued |= given_back
        return given_back

    def _take_key_back(self, job: Job) -> None:
        """From the job that was queued under it meanwhile, which need not run: this one will read the newest state."""
        with contextlib.suppress(IntegrityError), self._connection.begin_nested():  # queued by a replica this moment
            self._connection.execute(delete(jobs).where(jobs.c.key == job.key))
            self._connection.execute(update(jobs).where(jobs.c.id == job.id).values(key=job.key))

    def bury_job(self, job: Job, *, error: str) -> bool:
        """Given up: keep it for the operator, out of everybody's way."""
        return self._touch(job, owner=None, leased_until=None, buried=True, error=storable(error))

    def hold_pace(self, pace: str, *, until: float) -> None:
        """Let no job of the pace start before a moment, or a later one if that was said before."""
        self._connection.execute(insert_new(self._connection, paces, {"pace": pace, "next_at": until}, keys=["pace"]))
        self._connection.execute(
            update(paces).where(paces.c.pace == pace, paces.c.next_at < until).values(next_at=until)
        )

    def end_try(self, job: Job) -> None:
        """The job that tried for its whole pace has ended: let the others start, unless they are held anew."""
        if job.pace and job.trying is not None:
            tried = and_(paces.c.pace == whole_pace(job.pace), paces.c.next_at == job.trying)
            self._connection.execute(delete(paces).where(tried))

    def count_jobs(self) -> Mapping[str, int]:
        """How many jobs wait, and how many are buried."""
        counted = select(jobs.c.buried, func.count()).group_by(jobs.c.buried)
        found = {bool(buried): count for buried, count in self._connection.execute(counted)}
        return {"waiting": found.get(False, 0), "buried": found.get(True, 0)}

    def _touch(self, job: Job, **values: object) -> bool:
        return self._connection.execute(update(jobs).where(self._leased(job)).values(values)).rowcount == 1

    @staticmethod
    def _leased(job: Job) -> ColumnElement[bool]:
        return and_(jobs.c.id == job.id, jobs.c.token == job.token, jobs.c.owner.is_not(None))


@cache
def _first_startable(dialect: str, kinds: frozenset[JobKind]) -> Select[Any]:
    """The first job of these kinds that may start `now`; kept, since to put it together costs more than to run it.

    For SQLite the next one, too: whether there is one.
    """
    now = bindparam("now", type_=Double)
    earlier = jobs.alias()
    # PostgreSQL numbers rows when they are inserted, not when they are committed: one that runs may be a later one.
    before = or_(earlier.c.id < jobs.c.id, and_(earlier.c.leased_until >= now, earlier.c.id != jobs.c.id))
    first_of_lane = ~exists().where(earlier.c.lane == jobs.c.lane, ~earlier.c.buried, before)
    colon = func.instr if dialect == "sqlite" else func.strpos
    whole = func.substr(jobs.c.pace, 1, colon(jobs.c.pace, ":"))
    waits_for_pace = exists().where(paces.c.pace.in_([jobs.c.pace, whole]), paces.c.next_at > now)
    free = or_(jobs.c.owner.is_(None), jobs.c.leased_until < now)
    startable = and_(~jobs.c.buried, jobs.c.run_at <= now, free, first_of_lane, ~waits_for_pace)
    return (
        select(jobs)
        .where(startable, jobs.c.kind.in_(sorted(kinds)))
        .order_by(jobs.c.run_at, jobs.c.id)
        .limit(2 if dialect == "sqlite" else 1)  # a second row would be locked for nothing
        .with_for_update(skip_locked=True)
    )


@cache
def _next_moments() -> CompoundSelect[Any]:
    """When after `now` a job becomes due, a lease ends, a pace has its turn."""
    now = bindparam("now", type_=Double)
    return union_all(
        select(func.min(jobs.c.run_at)).where(~jobs.c.buried, jobs.c.run_at > now),
        select(func.min(jobs.c.leased_until)).where(LEASED, jobs.c.leased_until > now),
        select(func.min(paces.c.next_at)).where(paces.c.next_at > now),
    )
