"""Votes in any order and from anywhere at once make one decision, the one that the policy says."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import NotAllowed, ReasonRefused, ReviewGone, UnknownVersion
from bot.reviews.jobs import JobKind
from bot.reviews.lists import LISTED, WAITING_AT_HOME
from bot.reviews.models import Result, ReviewState, Verdict
from bot.store.sql import SqlStore
from tests.reviews.fakes import RULES, VERSION, Desk, submission
from tests.store.memory import empty, examples

if TYPE_CHECKING:
    from pathlib import Path

    from bot.reviews.models import Decision

APPROVE, REJECT = Verdict

texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=5)
"""No database keeps a NUL, so that it is taken out of what is stored."""
votes = st.lists(
    st.tuples(st.sampled_from(["U1", "U2", "U3"]), st.sampled_from([APPROVE, APPROVE, REJECT]), texts), max_size=6
)


def expected_decision(cast: list[tuple[str, Verdict, str]], needed: int) -> tuple[int, Result | None, str]:
    """By hand: how many of the votes count, what they decide, and the words that go to SecMaster."""
    standing: dict[str, str] = {}
    for number, (user, verdict, reason) in enumerate(cast, start=1):
        standing.pop(user, None)
        standing[user] = reason
        reasons = list(standing.values())
        words = reasons[0] if len(reasons) == 1 else "\n".join(" ".join(said.split()) for said in reasons)
        if verdict is REJECT:
            return number, Result.UN_PASS, words
        if len(standing) == needed:
            return number, Result.PASS, words
    return len(cast), None, ""


@examples(60)
@given(votes, st.integers(1, 3))
async def test_votes_decide_as_the_policy_says(
    memory: SqlStore, cast: list[tuple[str, Verdict, str]], needed: int
) -> None:
    """Never before, exactly once, with every standing reason; whoever comes later is told."""
    cast = [(user, verdict, f"{number} {reason}") for number, (user, verdict, reason) in enumerate(cast)]
    counted, result, words = expected_decision(cast, needed)
    await memory.transact(empty)
    desk = Desk(memory, policy=replace(RULES, approvals_required=needed))
    await desk.open()
    for number, (user, verdict, reason) in enumerate(cast, start=1):
        desk.turn(seconds=1)
        if number <= counted:
            await desk.vote(user, verdict, reason)
            assert (await desk.review()).open == (number < counted or result is None)
        else:
            with pytest.raises(ReviewGone, match="already decided"):
                await desk.vote(user, verdict, reason)
    ran = Counter(await desk.work())

    assert ran[JobKind.DECIDE] == (1 if result else 0)
    assert desk.releases.sent == ([(result, words)] if result else [])
    assert len((await desk.review()).votes) == len({user for user, _, _ in cast[:counted]})


@pytest.mark.parametrize(("one", "other"), [(APPROVE, APPROVE), (APPROVE, REJECT), (REJECT, APPROVE), (REJECT, REJECT)])
async def test_replicas_that_count_at_once_decide_once(
    store: SqlStore, tmp_path: Path, one: Verdict, other: Verdict
) -> None:
    """Two replicas on one database: the first to commit decides, the second is told that it is too late."""
    replica = SqlStore(f"sqlite:///{tmp_path / 'test.db'}")
    here, there = Desk(store), Desk(replica)
    opened = await here.open()
    ballots = [
        desk.reviews.vote(user, opened.id, verdict=verdict, reason=user, view_id=f"V{user}")
        for desk, user, verdict in ((here, "U1", one), (there, "U2", other))
    ]
    outcomes: list[Decision | BaseException | None] = await asyncio.gather(*ballots, return_exceptions=True)
    decided = await here.review()
    await replica.close()

    assert Counter(type(outcome).__name__ for outcome in outcomes) == {"Decision": 1, "ReviewGone": 1}
    assert decided.decision is not None
    assert [vote.user_id for vote in decided.votes] == [decided.decision.content]
    assert (await here.work()).count(JobKind.DECIDE) == 1


async def test_replicas_that_find_a_submission_at_once_open_one_review(store: SqlStore, tmp_path: Path) -> None:
    """Somebody asks here and somebody else there: one review, one card."""
    replica = SqlStore(f"sqlite:///{tmp_path / 'test.db'}")
    here, there = Desk(store), Desk(replica)
    (first, _), (second, _) = await asyncio.gather(
        here.reviews.request("U1", VERSION), there.reviews.request("U2", VERSION)
    )
    await replica.close()
    assert first.id == second.id
    assert (await here.work()).count(JobKind.POST_CARD) == 1


async def test_a_retry_pressed_twice_at_once_sends_once(desk: Desk) -> None:
    """Two people see the same Retry button."""
    opened = await desk.open()
    await desk.vote()
    job = await desk.job(JobKind.DECIDE)
    await desk.reviews.gave_up(job, ValueError("broken"))
    await desk.store.transact(lambda tx: tx.finish_job(job))
    presses = [desk.reviews.retry(user, opened.id) for user in ("U1", "U2")]
    outcomes = await asyncio.gather(*presses, return_exceptions=True)
    assert Counter(type(outcome).__name__ for outcome in outcomes) == {"NoneType": 1, "ReviewGone": 1}
    assert (await desk.work()).count(JobKind.DECIDE) == 1


async def test_a_vote_that_is_refused_leaves_the_earlier_one(store: SqlStore) -> None:
    """Nothing is recorded when the new reason is too long."""
    desk = Desk(store, policy=replace(RULES, approvals_required=2))
    await desk.open()
    await desk.vote(reason="First")
    with pytest.raises(ReasonRefused, match="1001 characters"):
        await desk.vote(reason="x" * 1001)
    assert [vote.reason for vote in (await desk.review()).votes] == ["First"]


async def test_a_failed_review_takes_no_votes(desk: Desk) -> None:
    """It is decided; only its sending failed."""
    opened = await desk.open()
    await desk.vote("U1")
    job = await desk.job(JobKind.DECIDE)
    await desk.reviews.gave_up(job, ValueError("broken"))
    assert (await desk.review()).state is ReviewState.FAILED
    with pytest.raises(ReviewGone, match="already decided"):
        await desk.reviews.check_vote("U2", opened.id)
    with pytest.raises(ReviewGone, match="already decided"):
        await desk.vote("U2")


@pytest.mark.parametrize(
    "version_id", ["", "short", "x" * 65, "version 0001", "version-0001\n", "version/0001", "版本版本版本版本"]
)
async def test_what_cannot_be_a_version_id_is_not_sent_to_secmaster(desk: Desk, version_id: str) -> None:
    """It would become part of an address."""
    with pytest.raises(UnknownVersion, match="does not look like"):
        await desk.reviews.show("U1", version_id)
    assert desk.releases.asked == []


async def test_a_request_for_what_we_just_decided_shows_that_review(desk: Desk) -> None:
    """SecMaster still says pending: no new round is opened, the person is led to the decided one."""
    opened = await desk.open()
    await desk.vote()
    await desk.work()
    desk.releases.versions[VERSION] = submission()
    assert await desk.reviews.request("U1", VERSION) == (await desk.review(), False)
    assert (await desk.review()).id == opened.id


async def test_lists_say_that_there_is_more(desk: Desk) -> None:
    """One more than is shown is returned, oldest first; a home shows what fits and says so."""
    ids = [f"version-{number:04}" for number in range(LISTED + 2)]
    for version_id in ids:
        desk.releases.versions = {version_id: submission(version_id=version_id)}
        desk.turn(seconds=1)
        await desk.reviews.request("U9", version_id)
    await desk.reviews.opened_home("U1")
    await desk.work()
    waiting = await desk.reviews.pending("U1")
    assert [review.submission.version_id for review in waiting] == ids[: LISTED + 1]
    assert desk.messenger.homes() == [("U1", [review.id for review in waiting[:WAITING_AT_HOME]], True)]


async def test_history_begins_with_the_newest(desk: Desk) -> None:
    """By when a review ended, not by when it was opened."""
    for version_id, status in (("version-000a", "rejected"), ("version-000b", "activated")):
        desk.releases.versions[version_id] = submission(version_id=version_id)
        await desk.reviews.request("U9", version_id)
        desk.releases.versions[version_id] = submission(version_id=version_id, status=status)
    for version_id in ("version-000b", "version-000a"):
        desk.turn(seconds=1)
        await desk.reviews._watching.observe(desk.releases.versions[version_id])
    ended = await desk.reviews.history("U1")
    assert [review.submission.version_id for review in ended] == ["version-000a", "version-000b"]


async def test_who_turns_out_to_be_the_submitter_while_voting_does_not_vote(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The account was found between the check and the count; the refusal is in the audit trail."""
    await desk.open()
    found = iter([None, "U1"])

    async def author(_submission: object) -> str | None:
        return next(found)

    monkeypatch.setattr(desk.reviews._admission, "author", author)
    with pytest.raises(NotAllowed, match="You submitted this version"):
        await desk.vote("U1")
    review = await desk.review()
    assert (review.votes, review.submitter_user, review.state) == ((), "U1", ReviewState.OPEN)
