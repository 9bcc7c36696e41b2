"""What comes out of the store is what went in."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.changes.diff import Counts, Summary
from bot.errors import StoreError
from bot.reviews.examination import Against, Check, CheckMode, CheckResult, Examination
from bot.reviews.jobs import JobKind, NewJob
from bot.reviews.models import (
    ClosedBecause,
    Decision,
    Failure,
    Handover,
    MessageRef,
    Nudge,
    Opinion,
    OpinionSource,
    Policy,
    Question,
    Result,
    Review,
    ReviewState,
    Route,
    Submission,
    Verdict,
    Vote,
)
from bot.store.sql import SqlStore
from tests.store.memory import empty, examples, memory_store

if TYPE_CHECKING:
    from pathlib import Path

M = TypeVar("M")

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
"""What can come from outside: lone surrogates are taken out when answers are read, and PostgreSQL takes no NUL."""

MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - zone apart

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "str": TEXT,
    "str | None": st.none() | TEXT,
    "int": st.integers(1, 1000),
    "int | None": st.none() | st.integers(100, 599),
    "bool": st.booleans(),
    "datetime": MOMENTS,
    "datetime | None": st.none() | MOMENTS,
    "tuple[str, ...]": st.lists(TEXT, max_size=3).map(tuple),
    "tuple[str, ...] | None": st.none() | st.lists(TEXT, max_size=3).map(tuple),
    **{kind.__name__: st.sampled_from(kind) for kind in (ReviewState, Result, Verdict, OpinionSource)},
    "ClosedBecause | None": st.none() | st.sampled_from(ClosedBecause),
    "timedelta | None": st.none() | st.timedeltas(timedelta(minutes=1), timedelta(days=30)),
    "tuple[Vote, ...]": st.just(()),
}
"""What a field of a type may hold; a field of a type that is not here fails loudly."""


def any_of(kind: type[M], **given: st.SearchStrategy[Any]) -> st.SearchStrategy[M]:
    """Every field of a model, those with defaults too."""
    return st.builds(kind, **{field.name: given.get(field.name, VALUES[str(field.type)]) for field in fields(kind)})  # type: ignore[arg-type]


for model in (Submission, Policy, MessageRef, Decision, Opinion, Failure):
    VALUES[model.__name__] = any_of(model)
    VALUES[f"{model.__name__} | None"] = st.none() | VALUES[model.__name__]
VALUES |= {kind.__name__: st.sampled_from(kind) for kind in (Against, CheckMode, CheckResult)}
for kind in (Counts, Summary, Check, Examination):
    VALUES[kind.__name__] = any_of(kind)
    VALUES[f"{kind.__name__} | None"] = st.none() | VALUES[kind.__name__]
    VALUES[f"tuple[{kind.__name__}, ...]"] = st.lists(VALUES[kind.__name__], max_size=2).map(tuple)
VALUES["Route"] = any_of(Route)
VALUES["tuple[Question, ...]"] = st.lists(any_of(Question), max_size=2).map(tuple)
VALUES["tuple[Handover, ...]"] = st.lists(any_of(Handover), max_size=2).map(tuple)
REVIEWS = any_of(Review, id=st.just("r"))
VOTES = st.lists(any_of(Vote, review_id=st.just("r")), max_size=3, unique_by=lambda vote: vote.user_id)


@examples(100)
@given(REVIEWS, VOTES)
async def test_reviews_come_back_as_they_were(memory: SqlStore, review: Review, votes: list[Vote]) -> None:
    """Every field, given or not, to the microsecond; the votes in the order in which they were cast."""
    await memory.transact(empty)
    await memory.transact(lambda tx: tx.add_review(review))
    for vote in votes:
        await memory.transact(lambda tx, vote=vote: tx.save_vote(vote))  # type: ignore[misc]
    stored = await memory.transact(lambda tx: tx.review("r"))
    in_order = sorted(votes, key=lambda vote: (vote.voted_at, vote.user_id.encode()))
    assert stored == replace(review, votes=tuple(in_order))


@examples(50)
@given(any_of(Nudge, review_id=st.just("r"), user_id=st.just("U1")), any_of(Nudge, review_id=st.just("r")))
async def test_what_is_known_of_reminders_comes_back(memory: SqlStore, nudge: Nudge, other: Nudge) -> None:
    """The newest of each person, and what is due of theirs."""
    await memory.transact(empty)
    await memory.transact(lambda tx: tx.add_review(REVIEW))
    for known in (nudge, other, replace(nudge, told=nudge.told + 1)):
        await memory.transact(lambda tx, known=known: tx.save_nudge(known))  # type: ignore[misc]
    newest = replace(nudge, told=nudge.told + 1)
    expected = {other.user_id: other, "U1": newest}
    assert await memory.transact(lambda tx: tx.nudge("r", "U1")) == newest
    assert {one.user_id: one for one in await memory.transact(lambda tx: tx.nudges("r"))} == expected
    assert await memory.transact(lambda tx: tx.due_nudges("U1")) == ([newest] if newest.due else [])


CHANGEABLE = [
    field.name for field in fields(Review) if field.name not in {"id", "round", "submission", "route", "votes"}
]


@examples(100)
@given(REVIEWS, REVIEWS, st.sets(st.sampled_from(CHANGEABLE)))
async def test_changes_come_back_as_they_were_made(
    memory: SqlStore, review: Review, other: Review, names: set[str]
) -> None:
    """Only what was changed changes, also to nothing."""
    changes = {name: getattr(other, name) for name in sorted(names)} | {"state": other.state}
    await memory.transact(empty)
    await memory.transact(lambda tx: tx.add_review(review))
    assert await memory.transact(lambda tx: tx.change_review("r", expected=review.state, **changes))
    assert await memory.transact(lambda tx: tx.review("r")) == replace(review, **changes)


@pytest.mark.parametrize("seen", list(ReviewState))
@pytest.mark.parametrize("state", list(ReviewState))
async def test_a_change_needs_the_expected_state(memory: SqlStore, state: ReviewState, seen: ReviewState) -> None:
    """Compare and set."""
    review = replace(REVIEW, state=state)
    await memory.transact(lambda tx: tx.add_review(review))
    assert await memory.transact(lambda tx: tx.change_review("r", expected=seen, release_status="new")) is (
        state is seen
    )
    stored = await memory.transact(lambda tx: tx.review("r"))
    assert stored == replace(review, release_status="new" if state is seen else "")
    assert not await memory.transact(lambda tx: tx.change_review("unknown", expected=seen, release_status="new"))


REVIEW = Review(
    id="r",
    round=1,
    state=ReviewState.OPEN,
    submission=Submission(
        workspace_id="w",
        version_id="v",
        workflow_id="f",
        name="n",
        version="v1",
        description="",
        status="pending_approval",
        aop_type="",
        submitter="",
        submitted_at="",
    ),
    route=Route(channel="C", notify=(), policy=Policy(reviewers=("U1",)), locale="en"),
    requested_by=None,
    submitter_user=None,
    opened_at=datetime(2026, 11, 24, tzinfo=UTC),
)


@examples(50)
@given(st.dictionaries(TEXT, st.recursive(st.none() | st.booleans() | TEXT, st.lists, max_leaves=5), max_size=3))
async def test_a_jobs_payload_comes_back_as_it_was(memory: SqlStore, payload: dict[str, object]) -> None:
    """Chinese, emoji, quotes and nothing at all."""
    await memory.transact(empty)
    await memory.transact(
        lambda tx: tx.add_job(NewJob(kind=JobKind.REPLY, subject="s", lane="l", payload=payload, pace="post:C"))
    )
    job = await memory.transact(lambda tx: tx.lease_job(owner="o", now=1e12, until=2e12, interval={}))
    assert job is not None
    assert (job.payload, job.kind, job.subject, job.pace) == (payload, JobKind.REPLY, "s", "post:C")


async def test_the_newest_round_is_the_latest(memory: SqlStore) -> None:
    """Of this version in this workspace."""
    for number in (1, 3, 2):
        made = replace(REVIEW, id=f"r{number}", round=number, state=ReviewState.CLOSED)
        await memory.transact(lambda tx, made=made: tx.add_review(made))  # type: ignore[misc]
    latest = await memory.transact(lambda tx: tx.latest_review("w", "v"))
    assert latest is not None
    assert latest.round == 3
    assert await memory.transact(lambda tx: tx.latest_review("w", "other")) is None
    assert await memory.transact(lambda tx: tx.latest_review("other", "v")) is None


async def test_each_list_has_its_states_order_and_end(memory: SqlStore) -> None:
    """Watched: open and failed of one workspace; pending: oldest first; ended: newest end first."""
    for day, state in enumerate(ReviewState, start=1):
        made = replace(
            REVIEW,
            id=state,
            state=state,
            submission=replace(REVIEW.submission, version_id=state),
            opened_at=datetime(2026, 11, 10 - day, tzinfo=UTC),
            closed_at=datetime(2026, 11, 20 + day, tzinfo=UTC),
        )
        await memory.transact(lambda tx, made=made: tx.add_review(made))  # type: ignore[misc]
    watched = await memory.transact(lambda tx: tx.unfinished("w"))
    waiting = await memory.transact(lambda tx: tx.pending_reviews(limit=2))
    ended = await memory.transact(lambda tx: tx.ended_reviews(limit=5))
    assert {review.id for review in watched} == {"open", "failed"}
    assert [review.id for review in waiting] == ["failed", "deciding"]
    assert [review.id for review in ended] == ["closed", "decided"]
    assert await memory.transact(lambda tx: tx.unfinished("other")) == []
    assert [review.id for review in await memory.transact(lambda tx: tx.ended_reviews(limit=1))] == ["closed"]


async def test_homes_are_remembered_by_their_last_view(memory: SqlStore) -> None:
    """Seen twice is one viewer."""
    early, late = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 20, tzinfo=UTC)
    for user, at in (("U2", early), ("U1", early), ("U2", late)):
        await memory.transact(lambda tx, user=user, at=at: tx.saw_home(user, at))  # type: ignore[misc]
    assert await memory.transact(lambda tx: tx.home_viewers(early)) == ["U1", "U2"]
    assert await memory.transact(lambda tx: tx.home_viewers(late)) == ["U2"]


async def test_a_database_that_is_away_says_so(tmp_path: Path) -> None:
    """The sign of life is a real one."""
    store = SqlStore(f"sqlite:///{tmp_path / 'nowhere' / 'x.db'}")
    with pytest.raises(StoreError, match="cannot be opened"):
        await store.ping()
    await store.close()
    async with memory_store() as there:
        await there.ping()
