"""With a hundred thousand reviews stored, everything is found by an index: no statement reads a whole table."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import event, text

from bot.reviews import jobs
from bot.reviews.jobs import JobKind
from bot.reviews.models import Nudge, Place
from tests.reviews.fakes import RULES, START, Desk
from tests.reviews.test_policy import review

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from bot.store.sql import SqlStore
    from bot.store.transaction import SqlTransaction

STORED = 100_000
QUEUED = 2_000
LARGE = ("reviews", "votes", "submits", "nudges", "audit", "jobs")

NUMBERS = {
    "sqlite": "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count})",
    "postgresql": "WITH numbers AS (SELECT n FROM generate_series(1, {count}) AS n)",
}
TRUTH = {"sqlite": {"true": "1", "false": "0"}, "postgresql": {"true": "true", "false": "false"}}
FILL = {
    "reviews": """INSERT INTO reviews (id, workspace_id, version_id, round, state, submission, route, opened_at,
            closed_at, release_status, release_final)
        {numbers} SELECT 'old' || n, 'workspace-1', 'old' || n, 1, 'decided', submission, route, 1000000 + n,
            1000000 + n, 'activated', {true} FROM numbers, reviews WHERE id = 'r'""",
    "votes": """INSERT INTO votes (review_id, user_id, verdict, reason, voted_at, view_id)
        {numbers} SELECT 'old' || n, 'U1', 'approve', 'fine', 1000000 + n, 'V' || n FROM numbers""",
    "submits": """INSERT INTO submits (review_id, user_id, view_id)
        {numbers} SELECT 'old' || n, 'U1', 'V' || n FROM numbers""",
    "nudges": """INSERT INTO nudges (review_id, user_id, told, due, wished)
        {numbers} SELECT 'old' || n, 'U1', 3, {false}, {false} FROM numbers""",
    "audit": """INSERT INTO audit (at, event, workspace_id, version_id, review_id, details, hash)
        {numbers} SELECT 1000000 + n, 'opened', 'workspace-1', 'old' || n, 'old' || n, '{{}}', '' FROM numbers""",
    "jobs": """INSERT INTO jobs (kind, subject, lane, payload, run_at, created_at)
        {numbers} SELECT 'follow', 'old' || n, 'secmaster:old' || n, '{{}}', 9000000000 + n, 1000000 FROM numbers""",
}


async def fill(store: SqlStore) -> None:
    """A hundred thousand decided reviews, each with a vote and an entry of the trail; some thousand jobs wait."""

    def insert(tx: SqlTransaction) -> None:
        tx.add_review(review(id="r"))
        dialect = tx._connection.dialect.name
        for table, statement in FILL.items():
            numbers = NUMBERS[dialect].format(count=QUEUED if table == "jobs" else STORED)
            placed = statement.format(numbers=numbers, **TRUTH[dialect])
            if dialect == "postgresql":  # the common table comes first there
                head, _, tail = placed.partition(numbers)
                placed = f"{numbers} {head} {tail}"
            tx._connection.execute(text(placed))
        tx._connection.execute(text("DELETE FROM reviews WHERE id = 'r'"))
        tx._connection.execute(text("ANALYZE"))

    await store.transact(insert)


class Plans:
    """Explains every statement of a store that reads, before it runs."""

    def __init__(self, store: SqlStore) -> None:
        self.seen: dict[str, str] = {}
        """Statement -> plan."""
        self._asking = False
        event.listen(store._engine, "before_cursor_execute", self._explain)

    def _explain(self, connection: Connection, cursor: Any, statement: str, parameters: Any, *_: object) -> None:
        if self._asking or not re.match("SELECT|UPDATE|DELETE|WITH", statement):
            return
        self._asking = True
        prefix = "EXPLAIN QUERY PLAN " if connection.dialect.name == "sqlite" else "EXPLAIN "
        cursor.execute(prefix + statement, parameters)
        self.seen[statement] = "\n".join(str(row[-1]) for row in cursor.fetchall())
        self._asking = False

    def whole_tables_read(self) -> list[str]:
        """Plans that read all of a large table; an index in its order counts as a way, not as a whole."""
        whole = re.compile(rf"(?:SCAN|Seq Scan on) ({'|'.join(LARGE)})(?:_\d+)?\b(?! USING)")
        return [f"{statement}\n{plan}" for statement, plan in self.seen.items() if whole.search(plan)]


async def the_life_of_a_review(desk: Desk) -> None:
    """Found, voted on twice, decided, told, followed, listed, shown in a home; and the old ones forgotten."""
    await desk.reviews.opened_home("U2")
    await desk.reviews.start_work()
    await desk.work(skip=frozenset({JobKind.POLL, JobKind.FOLLOW}))
    await desk.reviews._watching.poll("workspace-1")
    await desk.vote("U1", reason="first")
    await desk.vote("U2", reason="second")
    await desk.work(skip=frozenset({JobKind.POLL}))
    assert (await desk.review()).release_final
    await desk.reviews.pending("U1")
    await desk.reviews.history("U1")


async def test_no_statement_reads_a_whole_table(store: SqlStore) -> None:
    """Of a review's whole life, the queue's bookkeeping, lists and their later pages, and retention."""
    await fill(store)
    plans = Plans(store)
    desk = Desk(store, policy=replace(RULES, approvals_required=2))
    await the_life_of_a_review(desk)
    somewhere = Place(at=START, review_id="old5000")
    now = START.timestamp()
    reading: list[Callable[[SqlTransaction], object]] = [
        lambda tx: tx.ended_reviews(
            limit=20, after=Place(at=START.fromtimestamp(1_050_000, START.tzinfo), review_id="x")
        ),
        lambda tx: tx.pending_reviews(limit=20, after=somewhere),
        lambda tx: tx.next_start(now),
        lambda tx: tx.numbers(["workspace-1"]),
        lambda tx: tx.lease_job(owner="o", now=now, until=now + 20, interval={"post": 1.0}),
        lambda tx: tx.add_job(jobs.poll("workspace-1")),
        lambda tx: tx.forget_ended(START.fromtimestamp(1_000_500, START.tzinfo), limit=200),
        lambda tx: tx.reviews_waiting_in("C1", limit=20),
        lambda tx: tx.reviews_voted_by("U1", limit=5),
        lambda tx: tx.reviews_voted_by("U1", limit=5, after=somewhere),
        lambda tx: tx.reviews_submitted_by("U1", limit=5),
        lambda tx: tx.reviews_submitted_by("U1", limit=5, after=somewhere),
        lambda tx: tx.save_nudge(Nudge(review_id="old5000", user_id="U1", due=True)),
        lambda tx: tx.nudge("old5000", "U1"),
        lambda tx: tx.nudges("old5000"),
        lambda tx: tx.due_nudges("U1"),
        lambda tx: tx.configuration(),
    ]
    for read in reading:
        await store.transact(read)
    assert len(plans.seen) > 20
    assert plans.whole_tables_read() == []


async def test_a_missing_index_would_be_seen(store: SqlStore) -> None:
    """The proof can fail: without the index of ended reviews their list reads the whole table."""
    await fill(store)
    await store.transact(lambda tx: tx._connection.execute(text("DROP INDEX ix_reviews_ended")))
    plans = Plans(store)
    await store.transact(lambda tx: tx.ended_reviews(limit=20))
    assert len(plans.whole_tables_read()) == 1
