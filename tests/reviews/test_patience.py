"""A decision waits where sending, giving up or settling now could be wrong."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from bot.errors import LockedOut, OutcomeUnknown, SlackRefused, Throttled, Unauthorized
from bot.reviews.deciding import RECORDS_AWAITED
from bot.reviews.jobs import JobKind
from bot.reviews.models import OpinionSource, ReviewState
from bot.store.schema import audit
from tests.reviews.fakes import VERSION, Desk

if TYPE_CHECKING:
    from bot.reviews.jobs import Job
    from bot.store.sql import SqlStore

LOST = OutcomeUnknown("no answer", status=504)


async def voted(desk: Desk) -> Job:
    """The decision's job."""
    await desk.open()
    await desk.vote()
    return await desk.job(JobKind.DECIDE)


async def events(store: SqlStore) -> list[Any]:
    """What the trail has noted, in order."""
    noted = select(audit.c.event).order_by(audit.c.id)
    return await store.transact(lambda tx: list(tx._connection.execute(noted).scalars()))


async def test_a_call_that_may_still_arrive_is_not_followed_by_another(desk: Desk) -> None:
    """Its gateway gave up first: while it may take effect it is looked for, and only then sent again."""
    desk.wait_before_resending(timedelta(minutes=1))
    job = await voted(desk)
    desk.releases.raise_on["approve"] = [LOST]
    with pytest.raises(OutcomeUnknown, match="no answer"):
        await desk.reviews.run(job)
    desk.turn(seconds=59)
    with pytest.raises(OutcomeUnknown, match="may still arrive"):
        await desk.reviews.run(job)
    assert len(desk.releases.sent) == 1
    desk.turn(seconds=1)
    await desk.reviews.run(job)
    assert len(desk.releases.sent) == 2
    assert (await desk.review()).state is ReviewState.DECIDED


async def test_a_late_arrival_is_read_back_while_it_is_waited_for(desk: Desk) -> None:
    """One call, one record."""
    desk.wait_before_resending(timedelta(minutes=1))
    job = await voted(desk)
    desk.releases.raise_on["approve"] = [LOST]
    with pytest.raises(OutcomeUnknown):
        await desk.reviews.run(job)
    desk.releases.decided("PASS", "Fine")
    await desk.reviews.run(job)
    opinion = (await desk.review()).opinion
    assert opinion is not None
    assert opinion.source is OpinionSource.READ_BACK
    assert len(desk.releases.sent) == 1


@pytest.mark.parametrize("error", [LockedOut("not asked", retry_after=30.0), Unauthorized("no", status=401)])
async def test_refused_credentials_stop_a_decision_before_its_call(desk: Desk, error: Exception) -> None:
    """The look at earlier approvals met them first; the call would meet the same, and the trail says no untruth."""
    job = await voted(desk)
    desk.releases.raise_on["approvals"] = [error]
    with pytest.raises(type(error)):
        await desk.reviews.run(job)
    assert desk.releases.sent == []
    assert "sending" not in await events(desk.store)


async def test_the_trail_tells_what_was_not_sent_after_all(desk: Desk) -> None:
    """So that a reader can count the calls that may have arrived."""
    job = await voted(desk)
    desk.releases.raise_on["approve"] = [Throttled("slow down", status=429)]
    with pytest.raises(Throttled):
        await desk.reviews.run(job)
    await desk.reviews.run(job)
    assert (await events(desk.store))[-4:] == ["sending", "unsent", "sending", "answered"]


@pytest.mark.parametrize("patient", [True, False])
async def test_records_that_stay_unreadable_do_not_keep_a_decision_for_ever(desk: Desk, *, patient: bool) -> None:
    """The status tells that it was applied; a list that stays away is no reason to alarm people again and again."""
    job = await voted(desk)
    desk.releases.raise_on["answer"] = [LOST]
    with pytest.raises(OutcomeUnknown):
        await desk.reviews.run(job)
    attempt = RECORDS_AWAITED - 1 if patient else RECORDS_AWAITED
    desk.releases.raise_on["approvals"] = [OutcomeUnknown("broken", status=502)]
    again = job.__class__(**{**vars(job), "attempt": attempt})
    if patient:
        with pytest.raises(OutcomeUnknown, match="broken"):
            await desk.reviews.run(again)
        return
    await desk.reviews.run(again)
    opinion = (await desk.review()).opinion
    assert opinion is not None
    assert opinion.source is OpinionSource.STATUS_ONLY


async def test_a_home_does_not_wait_for_a_group_that_is_gone(desk: Desk) -> None:
    """What its members might see is left out; what the person may vote on is there."""
    await desk.open()
    desk.directory.gone.add("S1")
    for user in ("U1", "U3"):
        await desk.reviews.opened_home(user)
    await desk.work()
    review = await desk.review()
    assert desk.messenger.homes() == [("U1", [review.id], False), ("U3", [], False)]
    with pytest.raises(SlackRefused):
        await desk.vote("U3")
    assert desk.releases.versions[VERSION].pending
