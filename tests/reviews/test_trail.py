"""The audit trail tells the whole story, and outlives what it tells of."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import delete, select

from bot.errors import NotAllowed, OutcomeUnknown, Refused, ReviewGone, SecMasterError, Throttled, Unreachable
from bot.reviews import jobs
from bot.reviews.jobs import JobKind
from bot.reviews.lists import READ_AT_ONCE, WAITING_AT_HOME
from bot.reviews.models import Place, ReviewState, Verdict
from bot.store.schema import audit, reviews
from tests.reviews.fakes import RULES, START, VERSION, Desk, submission
from tests.reviews.test_policy import review

if TYPE_CHECKING:
    from bot.reviews.models import Person
    from bot.reviews.pages import Home
    from bot.store.sql import SqlStore
    from bot.store.transaction import SqlTransaction


async def trail(store: SqlStore) -> list[dict[str, Any]]:
    """Every entry, in the order of writing."""

    def read(tx: SqlTransaction) -> list[dict[str, Any]]:
        rows = tx._connection.execute(select(audit).order_by(audit.c.id)).mappings()
        return [{**row, "details": json.loads(row["details"])} for row in rows]

    return await store.transact(read)


async def test_the_trail_tells_the_whole_story(desk: Desk) -> None:
    """Who was refused, who voted and why, what was sent, what was answered, what came of it."""
    await desk.open()
    desk.directory.people["U1"] = replace(desk.directory.people["U1"], name="Li Wei")
    with pytest.raises(NotAllowed):
        await desk.vote("U9", Verdict.APPROVE, "Let me")
    await desk.vote("U1", Verdict.APPROVE, "Reviewed")
    await desk.work(skip=frozenset())
    entries = await trail(desk.store)
    known = await desk.review()

    assert [entry["event"] for entry in entries] == [
        "opened", "refused", "voted", "decided", "sending", "answered", "released",
    ]  # fmt: skip
    assert {(entry["version_id"], entry["review_id"]) for entry in entries} == {(VERSION, known.id)}
    opened, refused, voted, decided, sending, answered, released = entries
    assert (opened["user_id"], opened["details"]["fingerprint"]) == (None, known.submission.fingerprint)
    assert (refused["user_id"], refused["details"]) == ("U9", {"person": "U9", "why": "not_a_reviewer"})
    assert (voted["user_id"], voted["at"]) == ("U1", START.timestamp())
    assert voted["details"] == {"person": "Li Wei", "verdict": "approve", "reason": "Reviewed", "replaces": False}
    assert decided["details"] == {"result": "PASS", "content": "Reviewed", "by": ["U1"]}
    assert sending["details"] == {"attempt": 1, "result": "PASS", "content": "Reviewed"}
    assert (answered["details"]["content"], answered["details"]["request_id"]) == ("Reviewed", "r1")
    assert released["details"] == {"status": "activated", "final": True}


async def test_whoever_acts_is_told_with_id_and_name(store: SqlStore) -> None:
    """Also those who do something else than voting; the one to whom a review is handed over as well."""
    desk = Desk(store, policy=replace(RULES, approvals_required=2))
    for user_id, name in (("U1", "Li Wei"), ("U2", "Wang Fang"), ("U3", "Omar"), ("U9", "Zhang Wei")):
        desk.directory.people[user_id] = replace(desk.directory.people[user_id], name=name)
    known, _ = await desk.reviews.request("U9", VERSION)
    await desk.reviews.ask("U1", known.id, "Why 480 minutes?", view_id="V1")
    await desk.reviews.answer("U9", known.id, "V1", "The lawyers want a day")
    await desk.reviews.hand_over("U1", known.id, to="U2", note="You know the hosts", view_id="V2")
    await desk.vote("U3")
    await desk.reviews.withdraw("U3", known.id, click_id="c1")
    await desk.vote("U3", Verdict.REJECT, "Not today")
    await desk.reviews.gave_up(await desk.job(JobKind.DECIDE), Refused("no", status=400))
    await desk.reviews.retry("U1", known.id)
    told = {entry["event"]: (entry["user_id"], entry["details"]) for entry in await trail(store)}

    assert {event: (user_id, details["person"]) for event, (user_id, details) in told.items() if user_id} == {
        "opened": ("U9", "Zhang Wei"),
        "asked": ("U1", "Li Wei"),
        "question_answered": ("U9", "Zhang Wei"),
        "handed_over": ("U1", "Li Wei"),
        "voted": ("U3", "Omar"),
        "vote_withdrawn": ("U3", "Omar"),
        "retried": ("U1", "Li Wei"),
    }
    assert told["question_answered"][1]["asked"] == "Why 480 minutes?"
    handed = told["handed_over"][1]
    assert (handed["to"], handed["to_person"], handed["note"]) == ("U2", "Wang Fang", "You know the hosts")


async def test_the_trail_tells_which_vote_counts_no_more(store: SqlStore) -> None:
    """Of who turns out to have submitted the version."""
    desk = Desk(store, policy=replace(RULES, approvals_required=2))
    await desk.open()
    await desk.vote("U2")
    desk.bring(routing=replace(desk.world.routing, identities={"zhang.wei": "U2"}))
    await desk.reviews._watching.observe(desk.releases.versions[VERSION])
    assert (await desk.review()).votes == ()
    identified = (await trail(store))[-1]
    assert (identified["event"], identified["details"]) == ("identified", {"submitter": "U2", "drops": "approve"})


async def test_the_trail_tells_every_answer_to_an_approval(desk: Desk) -> None:
    """With status, code, words and request id, also of those after which it is sent or looked for again."""
    await desk.open()
    await desk.vote()
    job = await desk.job(JobKind.DECIDE)
    answers: dict[str, list[SecMasterError]] = {
        "approve": [
            Throttled("slow down", status=429, code="APIG.0308", request_id="r-1"),
            OutcomeUnknown("broken", status=502, code="SecMaster.5", request_id="r-2"),
        ]
    }
    desk.releases.raise_on = {name: list(errors) for name, errors in answers.items()}
    for error in answers["approve"]:
        with pytest.raises(type(error)):
            await desk.reviews.run(job)
    desk.turn(seconds=3600)
    await desk.reviews.run(job)
    told = [(entry["event"], entry["details"]) for entry in (await trail(desk.store))[-6:]]
    assert [event for event, _ in told] == ["sending", "unsent", "sending", "unanswered", "sending", "answered"]
    assert told[1][1] == {"status": 429, "code": "APIG.0308", "message": "slow down", "request_id": "r-1"}
    assert told[3][1] == {"status": 502, "code": "SecMaster.5", "message": "broken", "request_id": "r-2"}
    assert told[5][1]["request_id"] == "r1"


async def test_an_answer_that_comes_after_the_lease_was_lost_is_told(desk: Desk) -> None:
    """It was given, whoever goes on with the decision."""
    await desk.open()
    await desk.vote()
    job = await desk.job(JobKind.DECIDE)

    async def lose() -> None:
        assert await desk.store.transact(lambda tx: tx.finish_job(job))

    desk.releases.before["approve"] = lose
    desk.releases.raise_on["approve"] = [Unreachable("no route")]
    with pytest.raises(Unreachable):
        await desk.reviews.run(job)
    assert (await trail(desk.store))[-1]["details"]["message"] == "no route"
    assert (await desk.review()).sent_at


async def test_the_trail_tells_failures_and_who_tried_again(desk: Desk) -> None:
    """With SecMaster's own words."""
    await desk.open()
    await desk.vote()
    job = await desk.job(JobKind.DECIDE)
    await desk.reviews.gave_up(job, Refused("no", status=400, code="SecMaster.1", request_id="r-9"))
    await desk.reviews.retry("U2", (await desk.review()).id)
    failed, retried = (await trail(desk.store))[-2:]
    assert (failed["event"], failed["details"]) == (
        "failed",
        {"status": 400, "code": "SecMaster.1", "message": "no", "request_id": "r-9"},
    )
    assert (retried["event"], retried["user_id"]) == ("retried", "U2")


async def test_the_trail_tells_what_was_decided_elsewhere(desk: Desk) -> None:
    """With what SecMaster has on record."""
    await desk.open()
    desk.releases.decided("UN_PASS", "In the console", by="zhang.wei")
    await desk.reviews._watching.observe(desk.releases.versions[VERSION])
    closed = (await trail(desk.store))[-1]
    assert closed["event"] == "closed"
    assert closed["details"] == {
        "because": "decided_elsewhere", "status": "rejected", "result": "UN_PASS", "content": "In the console",
        "by": "zhang.wei",
    }  # fmt: skip


async def ended(store: SqlStore, count: int) -> None:
    """Reviews that ended, one a day, the last of them at START."""
    for number in range(count):
        made = review(
            id=f"r{number:04}",
            state=ReviewState.CLOSED,
            submission=submission(version_id=f"version-{number:04}"),
            closed_at=START - timedelta(days=count - 1 - number),
        )
        await store.transact(lambda tx, made=made: tx.add_review(made))  # type: ignore[misc]


def keeping(store: SqlStore, *, days: int) -> Desk:
    """A desk with a retention."""
    desk = Desk(store)
    desk.keep(timedelta(days=days))
    return desk


async def test_reviews_are_forgotten_when_their_time_is_over(store: SqlStore) -> None:
    """Those that ended longer ago, with votes and buried work; younger ones and the open one stay; the trail grows."""
    await ended(store, 10)
    desk = keeping(store, days=3)
    await desk.open()
    await desk.reviews.start_work()
    job = await desk.job(JobKind.FORGET)
    again = await desk.reviews.run(job)

    kept = await store.transact(lambda tx: tx.ended_reviews(limit=100))
    assert [one.id for one in kept] == ["r0009", "r0008", "r0007", "r0006"]
    assert (await desk.review()).open
    forgotten = [entry["review_id"] for entry in await trail(store) if entry["event"] == "forgotten"]
    assert forgotten == [f"r{number:04}" for number in range(6)]
    assert again is not None
    assert again > desk.now


async def test_work_that_waits_keeps_its_review(store: SqlStore) -> None:
    """A reply that waits for its channel is not lost; one that was given up goes with the review."""
    await ended(store, 3)
    waits, buried = review(id="r0000"), review(id="r0001")
    await store.transact(lambda tx: tx.add_job(jobs.post_card(buried)))
    given_up = await store.transact(lambda tx: tx.lease_job(owner="o", now=1e12, until=2e12, interval={}))
    assert given_up is not None
    await store.transact(lambda tx: tx.bury_job(given_up, error="gone"))
    await store.transact(lambda tx: tx.add_job(jobs.post_card(waits)))
    desk = keeping(store, days=1)
    desk.turn(seconds=1)
    await desk.reviews._forget(given_up)
    kept = await store.transact(lambda tx: tx.ended_reviews(limit=100))
    assert [one.id for one in kept] == ["r0002", "r0000"]
    assert await store.transact(lambda tx: tx.count_jobs()) == {"waiting": 1, "buried": 0}


async def test_many_are_forgotten_some_at_a_time(store: SqlStore) -> None:
    """No transaction is so long that a click would wait for it; the rest goes at once after it."""
    await ended(store, 201)
    desk = keeping(store, days=1)
    desk.turn(seconds=timedelta(days=500).total_seconds())
    await desk.reviews.start_work()
    job = await desk.job(JobKind.FORGET)
    assert await desk.reviews.run(job) == desk.now
    assert len(await store.transact(lambda tx: tx.ended_reviews(limit=300))) == 1
    assert await desk.reviews.run(job) == desk.now + timedelta(hours=1)


async def test_where_nothing_is_over_nothing_is_forgotten(store: SqlStore) -> None:
    """It is looked for again an hour later."""
    await ended(store, 2)
    desk = keeping(store, days=30)
    await desk.reviews.start_work()
    job = await desk.job(JobKind.FORGET)
    assert await desk.reviews.run(job) == desk.now + timedelta(hours=1)
    assert len(await store.transact(lambda tx: tx.ended_reviews(limit=10))) == 2


async def test_a_vote_on_what_is_forgotten_meanwhile_is_told(desk: Desk) -> None:
    """The review may go between the check of the person and the count."""
    known = await desk.open()
    look_up = desk.directory.person

    async def slow(user_id: str, *, fresh: bool = False) -> Person:
        await desk.store.transact(lambda tx: tx._connection.execute(delete(reviews)))
        return await look_up(user_id, fresh=fresh)

    desk.directory.person = slow  # type: ignore[method-assign]
    with pytest.raises(ReviewGone, match="not known any more"):
        await desk.reviews.vote("U1", known.id, verdict=Verdict.APPROVE, reason="Fine", view_id="V1")


async def test_a_home_finds_what_waits_behind_many_that_do_not(store: SqlStore) -> None:
    """Fifty versions of the person's own come first; what others submitted later is what waits for them."""
    for number in range(READ_AT_ONCE + 3):
        made = review(
            id=f"r{number:03}",
            submission=submission(version_id=f"version-{number:03}"),
            submitter_user="U1" if number < READ_AT_ONCE else "U2",
            opened_at=START + timedelta(seconds=number),
        )
        await store.transact(lambda tx, made=made: tx.add_review(made))  # type: ignore[misc]
    desk = Desk(store)
    for user in ("U1", "U2"):
        await desk.reviews.opened_home(user)
    await desk.work()
    homes: dict[str, Home] = dict(desk.messenger.told("home"))
    assert [one.id for one in homes["U1"].waiting.reviews] == ["r050", "r051", "r052"]
    assert homes["U1"].waiting.next is None
    assert [one.id for one in homes["U2"].waiting.reviews] == [f"r{number:03}" for number in range(WAITING_AT_HOME)]
    assert homes["U2"].waiting.next == Place(at=START + timedelta(seconds=11), review_id="r011")


async def test_without_a_retention_nothing_is_forgotten(store: SqlStore) -> None:
    """Also not by a job that another replica's settings have made, who may want it."""
    await ended(store, 3)
    desk = Desk(store)
    desk.turn(seconds=timedelta(days=500).total_seconds())
    await store.transact(lambda tx: tx.add_job(jobs.forget()))
    job = await desk.job(JobKind.FORGET)
    assert await desk.reviews.run(job) == desk.now + timedelta(hours=1)
    assert len(await store.transact(lambda tx: tx.ended_reviews(limit=10))) == 3


async def test_a_submit_delivered_late_does_not_bring_a_replaced_vote_back(store: SqlStore) -> None:
    """Slack may deliver the first form again after the person has changed their mind in a second one."""
    desk = Desk(store, policy=replace(RULES, approvals_required=2))
    known = await desk.open()
    for reason in ("First", "Second", "First"):
        await desk.reviews.vote("U1", known.id, verdict=Verdict.APPROVE, reason=reason, view_id=f"V{reason}")
    assert [vote.reason for vote in (await desk.review()).votes] == ["Second"]
    assert [entry["event"] for entry in await trail(store)].count("voted") == 2


async def test_pages_of_a_list_meet_without_gap_and_overlap(store: SqlStore) -> None:
    """Also where several reviews began or ended in the same moment."""
    for number in range(7):
        for state in (ReviewState.OPEN, ReviewState.DECIDED):
            moment = START + timedelta(seconds=number // 3)
            made = review(
                id=f"{state}{number}",
                state=state,
                submission=submission(version_id=f"{state}{number}"),
                opened_at=moment,
                closed_at=moment,
            )
            await store.transact(lambda tx, made=made: tx.add_review(made))  # type: ignore[misc]
    waiting, over = [], []
    after = None
    while page := await store.transact(lambda tx, after=after: tx.pending_reviews(limit=2, after=after)):  # type: ignore[misc]
        waiting += [one.id for one in page]
        after = Place(at=page[-1].opened_at, review_id=page[-1].id)
    after = None
    while page := await store.transact(lambda tx, after=after: tx.ended_reviews(limit=2, after=after)):  # type: ignore[misc]
        over += [one.id for one in page]
        assert page[-1].closed_at
        after = Place(at=page[-1].closed_at, review_id=page[-1].id)
    assert waiting == [f"open{number}" for number in range(7)]
    assert over == [f"decided{number}" for number in reversed(range(7))]
