"""Whatever breaks between the bot and SecMaster, in whatever order, a decision takes effect once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import OutcomeUnknown, Refused, SecMasterError, Throttled, Unauthorized, Unreachable
from bot.jobs.retry import wait_before_retry
from bot.reviews.jobs import JobKind
from bot.reviews.models import ClosedBecause, OpinionSource, Review, ReviewState, Verdict
from tests.reviews.fakes import VERSION, Desk, FakeReleases
from tests.store.memory import empty, examples

if TYPE_CHECKING:
    from bot.reviews.jobs import Job
    from bot.reviews.models import Opinion, RecordedApproval, Result, Submission
    from bot.store.sql import SqlStore

DEFINITE = (Unreachable("no route"), Throttled("wait"), Refused("no", status=400), Unauthorized("no", status=401))
"""After these SecMaster has changed nothing, and says so."""

ENDED = {ReviewState.DECIDED, ReviewState.CLOSED}


class Killed(BaseException):
    """The process ends here."""


@dataclass(frozen=True)
class Break:
    """One call that goes wrong: before or after SecMaster did its part."""

    error: BaseException
    applied: bool = False


DEFINITE_BREAKS = [Break(error) for error in DEFINITE]
BREAKS = [
    *DEFINITE_BREAKS,
    *(Break(error, applied) for error in (OutcomeUnknown("lost"), Killed()) for applied in (False, True)),
]


@dataclass
class BrokenReleases(FakeReleases):
    """SecMaster behind a bad line. It takes one decision a submission."""

    sends: list[Break | None] = field(default_factory=list)
    reads: list[bool] = field(default_factory=list)
    """For each reading call in turn, whether it fails."""
    sent_in_vain: int = 0
    """Calls for a version that had been decided already."""

    def _read(self) -> None:
        if self.reads and self.reads.pop(0):
            raise OutcomeUnknown("lost")

    async def version(self, workspace_id: str, version_id: str) -> Submission:
        """See Releases."""
        self._read()
        return await super().version(workspace_id, version_id)

    async def approvals(self, workspace_id: str, version_id: str) -> list[RecordedApproval]:
        """See Releases."""
        self._read()
        return await super().approvals(workspace_id, version_id)

    async def approve(self, workspace_id: str, version_id: str, *, result: Result, content: str) -> Opinion:
        """See Releases."""
        breaks = self.sends.pop(0) if self.sends else None
        if breaks and not breaks.applied:
            raise breaks.error
        if not self.versions[version_id].pending:
            self.sent_in_vain += 1
            raise Refused("wrong status", status=400)
        opinion = await super().approve(workspace_id, version_id, result=result, content=content)
        if breaks:
            raise breaks.error
        return opinion


async def desk_with(store: SqlStore, releases: BrokenReleases) -> Desk:
    """A desk on an empty store, and a SecMaster that breaks as told."""
    await store.transact(empty)
    desk = Desk(store)
    desk.use(releases)
    return desk


async def one_run(desk: Desk, job: Job) -> None:
    """What a worker does with the job; a kill leaves it to its lease."""
    try:
        await desk.reviews.run(job)
    except Killed:
        pass
    except SecMasterError as error:
        await after(desk, job, error)


async def after(desk: Desk, job: Job, error: SecMasterError) -> None:
    """Repeat the job, or give it up and have a person press Retry, as the rules say."""
    if wait_before_retry(job.kind, error, job.attempt, jitter=lambda: 0.0) is None:
        await desk.reviews.gave_up(job, error)
        await desk.store.transact(lambda tx: tx.finish_job(job))
        await desk.reviews.retry("U2", job.subject)
    else:
        await desk.reviews.will_retry(job, error, at=desk.now)
        await desk.store.transact(lambda tx: tx.repeat_job(job, at=desk.now, error=str(error)))


async def decide(desk: Desk, *, console_at: int | None = None) -> Review:
    """Run decide jobs until the review has ended; before run `console_at` somebody passes it in the console."""
    for run in range(40):
        if run == console_at and desk.releases.versions[VERSION].pending:
            desk.releases.decided("PASS", "From the console", by="admin")
        await one_run(desk, await desk.job(JobKind.DECIDE))
        review = await desk.review()
        if review.state in ENDED:
            return review
        desk.turn(seconds=60)
    raise AssertionError("the decision never came to an end")


breaks = st.lists(st.sampled_from([None, *BREAKS]), max_size=5)


@examples(100)
@given(breaks, st.lists(st.booleans(), max_size=10), st.booleans(), st.sampled_from(Verdict))
async def test_a_decision_takes_effect_once(
    memory: SqlStore, sends: list[Break | None], reads: list[bool], listed: bool, verdict: Verdict
) -> None:
    """Lost calls, lost answers, kills, refusals, lost readings: one record, never sent after it, told as it is."""
    releases = BrokenReleases(sends=list(sends), lists_approvals=listed)
    desk = await desk_with(memory, releases)
    await desk.open()
    await desk.vote(verdict=verdict, reason="Because")
    releases.reads = list(reads)
    review = await decide(desk)

    assert review.state is ReviewState.DECIDED
    assert review.decision is not None
    assert review.opinion is not None
    assert [(made.result, made.content) for made in releases.recorded] == [(review.decision.result, "Because")]
    assert releases.sent_in_vain == 0
    assert review.opinion.result == review.decision.result
    assert review.opinion.content == ("" if review.opinion.source is OpinionSource.STATUS_ONLY else "Because")


async def with_the_console(
    store: SqlStore, sends: list[Break | None], console_at: int, *, listed: bool
) -> tuple[Review, str]:
    """The review's end and whose decision SecMaster has, when somebody decides in the console meanwhile."""
    releases = BrokenReleases(sends=list(sends), lists_approvals=listed)
    desk = await desk_with(store, releases)
    await desk.open()
    await desk.vote(reason="Because")
    review = await decide(desk, console_at=console_at)
    assert len(releases.recorded) == 1
    return review, releases.recorded[0].user_id


@examples(50)
@given(breaks, st.integers(0, 5))
async def test_anothers_decision_is_never_called_ours(
    memory: SqlStore, sends: list[Break | None], console_at: int
) -> None:
    """With the records readable: decided if and only if the record is ours."""
    review, decided_by = await with_the_console(memory, sends, console_at, listed=True)
    assert (review.state is ReviewState.DECIDED) == (decided_by == "bot")


@examples(30)
@given(st.lists(st.sampled_from(DEFINITE_BREAKS), min_size=1, max_size=5), st.integers(1, 5))
async def test_a_call_known_to_have_failed_claims_nothing(
    memory: SqlStore, sends: list[Break], console_at: int
) -> None:
    """Also where SecMaster lists no records: what is found after a plain no is not taken for our decision."""
    review, decided_by = await with_the_console(memory, [*sends], console_at, listed=False)
    assert (review.state is ReviewState.DECIDED) == (decided_by == "bot")


@pytest.mark.parametrize("error", DEFINITE)
async def test_a_plain_no_leaves_no_mark(desk: Desk, error: SecMasterError) -> None:
    """The next run need not look back; but a later no does not wipe out the mark of a lost answer."""
    await desk.open()
    await desk.vote()
    job = await desk.job(JobKind.DECIDE)
    desk.releases.raise_on["approve"] = [error, OutcomeUnknown("lost"), error]
    marked = []
    for _ in range(3):
        with pytest.raises(SecMasterError):
            await desk.reviews.run(job)
        marked.append((await desk.review()).sent_at is not None)
    assert marked == [False, True, True]


async def test_a_no_that_comes_after_the_lease_was_lost_wipes_out_no_mark(desk: Desk) -> None:
    """Another worker may have sent meanwhile: its mark has to stay."""
    await desk.open()
    await desk.vote()
    stale = await desk.job(JobKind.DECIDE)

    async def taken_over() -> None:
        desk.turn(seconds=60)
        fresh = await desk.job(JobKind.DECIDE)
        desk.releases.raise_on["approve"] = [OutcomeUnknown("lost")]
        with pytest.raises(OutcomeUnknown):
            await desk.reviews.run(fresh)
        raise Refused("no", status=400)

    desk.releases.before["approve"] = taken_over
    with pytest.raises(Refused):
        await desk.reviews.run(stale)
    assert (await desk.review()).sent_at is not None


async def test_refused_credentials_are_not_tried_again_at_once(desk: Desk) -> None:
    """After a 401 nothing more is asked of SecMaster in this run."""
    await desk.open()
    await desk.vote()
    job = await desk.job(JobKind.DECIDE)
    desk.releases.raise_on["approve"] = [Unauthorized("no", status=401)]
    desk.releases.asked.clear()
    with pytest.raises(Unauthorized):
        await desk.reviews.run(job)
    assert desk.releases.asked == ["approvals", "version", "approve"]


async def test_an_old_record_with_the_same_words_is_not_taken_for_ours(desk: Desk) -> None:
    """An earlier round was decided with these very words; our call was lost, so it is sent again."""
    await desk.open()
    desk.releases.decided("PASS", "Fine")
    desk.releases.versions[VERSION] = replace(desk.releases.versions[VERSION], status="pending_approval")
    await desk.vote(reason="Fine")
    desk.releases.raise_on["approve"] = [OutcomeUnknown("lost")]
    job = await desk.job(JobKind.DECIDE)
    with pytest.raises(OutcomeUnknown):
        await desk.reviews.run(job)
    await desk.reviews.run(job)
    assert len(desk.releases.sent) == 2
    opinion = (await desk.review()).opinion
    assert opinion is not None
    assert opinion.source is OpinionSource.ANSWER


async def test_changed_content_opens_a_round_at_once(desk: Desk) -> None:
    """The decision on the old content counts for nothing; people need not wait for the next look."""
    first = await desk.open()
    await desk.vote()
    desk.releases.versions[VERSION] = replace(desk.releases.versions[VERSION], taskflow="b3RoZXI=")
    await desk.work()
    old = await desk.reviews.find(first.id)
    new = await desk.review()
    assert old is not None
    assert old.closed_because is ClosedBecause.CHANGED
    assert (new.round, new.state, new.votes) == (2, ReviewState.OPEN, ())
    assert new.submission.taskflow == "b3RoZXI="
