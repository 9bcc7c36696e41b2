"""A look at SecMaster stops where it must and nowhere else."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.errors import OutcomeUnknown, Unauthorized
from bot.reviews.jobs import Job, JobKind
from bot.reviews.models import ClosedBecause, ReviewState
from bot.reviews.watching import READS_AT_ONCE
from tests.reviews.fakes import START, VERSION, WORKSPACE, Desk, FakeReleases, submission

if TYPE_CHECKING:
    from datetime import datetime

    from bot.reviews.models import Submission

POLL = Job(id=0, kind=JobKind.POLL, subject=WORKSPACE, payload={}, attempt=1, token=1)


@dataclass
class SlowReleases(FakeReleases):
    """Reading a version takes a turn of the loop; some versions cannot be read."""

    errors: dict[str, Exception] = field(default_factory=dict)
    at_once: int = 0
    most_at_once: int = 0

    async def version(self, workspace_id: str, version_id: str) -> Submission:
        """See Releases."""
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        found = await super().version(workspace_id, version_id)
        if version_id in self.errors:
            raise self.errors[version_id]
        return found


def desk_of(desk: Desk, *, errors: dict[str, Exception]) -> SlowReleases:
    """Twenty submissions, some of them unreadable."""
    ids = [f"version-{number:04}" for number in range(20)]
    releases = SlowReleases(versions={name: submission(version_id=name) for name in ids}, errors=errors)
    desk.use(releases)
    return releases


async def look(desk: Desk) -> datetime | None:
    """One look, as the worker runs it."""
    return await desk.reviews.run(POLL)


async def reviewed(desk: Desk) -> set[str]:
    """The versions under review."""
    found = await desk.store.transact(lambda tx: tx.pending_reviews(limit=100))
    return {review.submission.version_id for review in found}


async def test_few_versions_are_read_at_once(desk: Desk) -> None:
    """SecMaster's rate limits are not known, so a look is gentle; it reads everything all the same."""
    releases = desk_of(desk, errors={})
    await look(desk)
    assert releases.most_at_once == READS_AT_ONCE
    assert await reviewed(desk) == set(releases.versions)


async def test_refused_credentials_stop_the_versions_in_the_queue(desk: Desk) -> None:
    """Five refusals in a row would lock the key: only those already on their way are made."""
    releases = desk_of(desk, errors={f"version-{number:04}": Unauthorized("no", status=401) for number in range(20)})
    with pytest.raises(Unauthorized):
        await look(desk)
    assert releases.asked.count("version") <= READS_AT_ONCE


@pytest.mark.parametrize("error", [OutcomeUnknown("lost"), ValueError("a mistake of ours")])
async def test_a_version_that_cannot_be_looked_at_hides_no_other(desk: Desk, error: Exception) -> None:
    """The other nineteen are under review, whatever the look itself ends with."""
    releases = desk_of(desk, errors={"version-0003": error})
    if isinstance(error, OutcomeUnknown):
        assert await look(desk) is not None
    else:
        with pytest.raises(ValueError, match="mistake"):
            await look(desk)
    assert await reviewed(desk) == set(releases.versions) - {"version-0003"}


async def test_what_was_submitted_first_is_opened_first(desk: Desk) -> None:
    """Whatever order SecMaster lists them in; a time that cannot be read is last."""
    stamps = {"v-none": "yesterday", "v-late": "2026-11-24T09:00:00Z+0800", "v-first": "2026-11-24T00:30:00Z"}
    stamps["v-last"] = "2026-11-24T10:00:00Z+0800"
    versions = {name: submission(version_id=name, submitted_at=stamp) for name, stamp in stamps.items()}
    desk.use(FakeReleases(versions=versions))
    moments = itertools.count()
    desk.bring(clock=lambda: START + timedelta(microseconds=next(moments)))
    await look(desk)
    found = await desk.store.transact(lambda tx: tx.pending_reviews(limit=100))
    assert [review.submission.version_id for review in found] == ["v-first", "v-late", "v-last", "v-none"]


async def test_a_rejected_version_resubmitted_unchanged_is_a_new_round(desk: Desk) -> None:
    """It was seen rejected in between, so it waits for review anew, and the old votes are not carried over."""
    await desk.open()
    await desk.vote()
    await desk.work()
    decided = await desk.review()
    desk.releases.versions[VERSION] = submission(status="rejected")
    follow = Job(id=0, kind=JobKind.FOLLOW, subject=decided.id, payload={}, attempt=1, token=1)
    assert await desk.reviews.run(follow) is None
    desk.releases.versions[VERSION] = submission()
    await look(desk)
    again = await desk.review()
    assert (again.round, again.state, again.votes) == (2, ReviewState.OPEN, ())
    await look(desk)
    assert (await desk.review()).id == again.id


async def test_a_review_whose_workspace_is_configured_no_more_opens_no_round(desk: Desk) -> None:
    """Its decision is closed as changed; there is no route for a new one."""
    opened = await desk.open()
    await desk.vote()
    job = await desk.job(JobKind.DECIDE)
    desk.releases.versions[VERSION] = submission(description="Other")
    desk.forget_workspaces()
    await desk.reviews.run(job)
    closed = await desk.review()
    assert (closed.id, closed.closed_because) == (opened.id, ClosedBecause.CHANGED)


async def test_a_card_of_a_workspace_configured_no_more_is_posted_all_the_same(desk: Desk) -> None:
    """The review was promised; it goes where it was routed when it opened."""
    await look(desk)
    desk.forget_workspaces()
    await desk.work()
    card = (await desk.review()).card
    assert card is not None
    assert card.channel == "C1"
