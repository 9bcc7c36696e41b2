"""What a submission changes, and what SecMaster's checks say of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.errors import (
    ChecksFail,
    NotAllowed,
    NotFound,
    OutcomeUnknown,
    Refused,
    ReviewGone,
    SecMasterError,
    SlackError,
    SlackOutcomeUnknown,
    SlackRefused,
    SlackThrottled,
    Throttled,
    Unauthorized,
)
from bot.reviews import jobs, news, notices
from bot.reviews.examination import Against, CheckMode, CheckResult
from bot.reviews.examining import EXAMINED_APART, READS_AWAITED
from bot.reviews.jobs import JobKind
from bot.reviews.models import ReviewState, Verdict
from bot.reviews.telling import NOT_TAKEN
from tests.reviews.fakes import RULES, VERSION, WORKSPACE, Desk, submission
from tests.reviews.test_trail import trail

if TYPE_CHECKING:
    from bot.reviews.examination import Examination
    from bot.store.sql import SqlStore

NOTHING_SKIPPED = frozenset({JobKind.FOLLOW})
OLD = submission(version_id="version-old", version="v1", status="activated", description="Looks only")


async def examined(desk: Desk) -> Examination:
    """The examination of a review that was opened and worked off."""
    await desk.reviews._watching.observe(desk.releases.versions[VERSION])
    await desk.work(skip=NOTHING_SKIPPED)
    examination = (await desk.review()).examination
    assert examination is not None
    return examination


def add(desk: Desk, **changes: str) -> None:
    """Another version of the workflow."""
    version = replace(OLD, **changes)
    desk.releases.versions[version.version_id] = version


async def test_a_submission_is_compared_with_the_active_version(desk: Desk) -> None:
    """The one that it would replace; what was compared is kept with the review, whatever becomes of that version."""
    add(desk)
    desk.releases.active = "version-old"
    found = await examined(desk)
    assert (found.against, found.baseline_id, found.baseline_version) == (Against.ACTIVE, "version-old", "v1")
    assert found.summary is not None
    assert found.summary.fields.changed == 1

    desk.releases.versions.clear()
    _, changes = await desk.reviews.changes("U1", (await desk.review()).id)
    assert changes.difference is not None
    assert changes.difference.summary == found.summary


async def test_where_none_is_active_the_last_approved_version_is_compared(desk: Desk) -> None:
    """By the time of its last change, whatever the order of the list; drafts and rejected ones were never approved."""
    add(desk, version_id="version-a", status="not_activated", version="v1", submitted_at="2026-01-01T10:00:00Z+0800")
    add(desk, version_id="version-b", status="not_activated", version="v2", submitted_at="2026-03-01T10:00:00Z+0800")
    add(desk, version_id="version-c", status="not_activated", version="v3", submitted_at="no time")
    add(desk, version_id="version-d", status="rejected", version="v4", submitted_at="2026-09-01T10:00:00Z+0800")
    add(desk, version_id="version-e", status="pending_submit", version="", submitted_at="2026-10-01T10:00:00Z+0800")
    found = await examined(desk)
    assert (found.against, found.baseline_version) == (Against.APPROVED, "v2")


async def test_what_has_no_approved_version_before_it_is_the_first(desk: Desk) -> None:
    """It is not compared with itself, even if SecMaster should call it active."""
    desk.releases.active = VERSION
    found = await examined(desk)
    assert (found.against, found.baseline_id) == (Against.NOTHING, "")
    assert found.summary is not None
    assert found.summary.first


async def test_the_picture_goes_into_the_thread_once(desk: Desk) -> None:
    """After the card, which does not wait for it; looking again draws nothing anew."""
    await examined(desk)
    kinds = [kind for kind, _ in desk.messenger.said]
    assert kinds.index("card") < kinds.index("picture")
    await desk.reviews._examining.again(await desk.review())
    await desk.work(skip=NOTHING_SKIPPED)
    assert len(desk.messenger.told("picture")) == 1
    assert desk.messenger.replies() == []


async def test_no_picture_is_drawn_for_a_review_that_has_ended(desk: Desk) -> None:
    """Nobody has to decide on it any more."""
    await desk.reviews._watching.observe(desk.releases.versions[VERSION])
    job = await desk.job(JobKind.EXAMINE)
    await desk.reviews.run(job)
    desk.releases.versions[VERSION] = submission(status="rejected")
    await desk.reviews._watching.observe(desk.releases.versions[VERSION])
    await desk.work(skip=NOTHING_SKIPPED)
    assert desk.messenger.told("picture") == []


async def test_a_picture_waits_for_its_card_and_follows_it(desk: Desk) -> None:
    """There is no thread before; where somebody deleted the card, the new one has its picture too."""
    await desk.reviews._watching.observe(desk.releases.versions[VERSION])
    post = await desk.job(JobKind.POST_CARD)
    await desk.reviews.run(await desk.job(JobKind.EXAMINE))
    await desk.work(skip=frozenset({JobKind.UPDATE_CARD, JobKind.FOLLOW}))
    assert desk.artist.drawn == []
    await desk.reviews.run(post)
    await desk.store.transact(lambda tx: tx.finish_job(post))
    await desk.work(skip=NOTHING_SKIPPED)
    assert len(desk.messenger.told("picture")) == 1
    desk.messenger.refuse_update = "message_not_found"
    review = await desk.review()
    await desk.store.transact(lambda tx: tx.add_job(jobs.update_card(review)))
    await desk.work(skip=NOTHING_SKIPPED)
    assert len(desk.messenger.told("picture")) == 2


async def test_without_an_artist_nothing_is_drawn(desk: Desk) -> None:
    """Pictures can be turned off."""
    desk.bring(artist=None)
    assert (await examined(desk)).summary is not None
    assert desk.messenger.told("picture") == desk.messenger.replies() == []


@pytest.mark.parametrize(
    "trouble",
    [
        SlackRefused("files.getUploadURLExternal", "missing_scope"),
        SlackOutcomeUnknown("files.completeUploadExternal", "TimeoutError"),
    ],
)
async def test_a_picture_that_cannot_be_shown_stops_nothing(desk: Desk, trouble: SlackError) -> None:
    """The thread says so, once, and people vote as always."""
    desk.messenger.refuse_picture = trouble
    await examined(desk)
    assert desk.messenger.replies() == [news.NoPicture(text=NOT_TAKEN, facts={"code": trouble.code})]
    await desk.vote()
    assert len((await desk.review()).votes) == 1


async def test_a_picture_that_cannot_be_drawn_stops_nothing(desk: Desk) -> None:
    """Likewise, with the reason."""
    desk.artist.cannot = "No font draws 隔离"
    await examined(desk)
    assert desk.messenger.replies() == [news.NoPicture(text="No font draws 隔离", facts={})]


async def test_a_throttled_upload_is_tried_again(desk: Desk) -> None:
    """By the worker, as everything that Slack puts off."""
    desk.messenger.refuse_picture = SlackThrottled("files.getUploadURLExternal", "ratelimited", retry_after=1)
    with pytest.raises(SlackThrottled):
        await examined(desk)


async def test_checks_are_told_as_secmaster_told_them(desk: Desk) -> None:
    """All three modes, in order; one that fails with its detail."""
    desk.releases.failing = {CheckMode.CIRCLE: "loop found: a -> b"}
    found = await examined(desk)
    assert [(check.mode, check.result) for check in found.checks] == [
        (CheckMode.BASIC, CheckResult.PASSED),
        (CheckMode.CIRCLE, CheckResult.FAILED),
        (CheckMode.APP_PARAMS, CheckResult.PASSED),
    ]
    assert [check.detail for check in found.failed] == ["loop found: a -> b"]


@pytest.mark.parametrize("error", [OutcomeUnknown("down"), Throttled("wait"), Unauthorized("no", status=401)])
@pytest.mark.parametrize("call", ["active_version", "check"])
async def test_what_may_be_answered_later_is_asked_again(desk: Desk, error: SecMasterError, call: str) -> None:
    """The job fails for now, nothing is recorded, and one refusal of the credentials ends the whole of it."""
    await desk.reviews._watching.observe(desk.releases.versions[VERSION])
    job = await desk.job(JobKind.EXAMINE)
    desk.releases.asked.clear()
    desk.releases.raise_on[call] = [error]
    with pytest.raises(type(error)):
        await desk.reviews.run(job)
    assert desk.releases.asked.count(call) == 1
    assert (await desk.review()).examination is None


async def test_what_is_refused_for_good_is_said_to_be_unknown(desk: Desk) -> None:
    """The card says so; whoever wants to see the changes has them looked up again, and then they are there."""
    desk.releases.raise_on = {"active_version": [NotFound("gone")], "check": [Refused("forbidden", status=403)]}
    found = await examined(desk)
    assert (found.against, found.summary) == (Against.UNKNOWN, None)
    assert [check.result for check in found.checks] == [CheckResult.UNAVAILABLE, CheckResult.PASSED, CheckResult.PASSED]
    assert found.checks[0].detail == "forbidden"
    assert desk.messenger.told("picture") == []

    desk.now += EXAMINED_APART
    review, changes = await desk.reviews.changes("U1", (await desk.review()).id)
    assert changes.difference is None
    await desk.work(skip=NOTHING_SKIPPED)
    review, changes = await desk.reviews.changes("U1", review.id)
    assert changes.difference is not None
    assert len(desk.messenger.told("picture")) == 1


async def test_patience_with_what_is_never_answered_ends(desk: Desk) -> None:
    """Throttling and refused credentials are waited for still: they say nothing of the question."""
    await desk.reviews._watching.observe(desk.releases.versions[VERSION])
    job = replace(await desk.job(JobKind.EXAMINE), attempt=READS_AWAITED)
    desk.releases.raise_on["check"] = [Throttled("wait")]
    with pytest.raises(Throttled):
        await desk.reviews.run(job)
    desk.releases.raise_on = {"active_version": [OutcomeUnknown("down")], "check": [OutcomeUnknown("down")] * 3}
    await desk.reviews.run(job)
    examination = (await desk.review()).examination
    assert examination is not None
    assert examination.against is Against.UNKNOWN
    assert {check.result for check in examination.checks} == {CheckResult.UNAVAILABLE}


async def test_changed_content_opens_a_round_with_what_changed_since(desk: Desk) -> None:
    """Beside the difference to what it would replace; the first round has none."""
    add(desk)
    desk.releases.active = "version-old"
    assert (await examined(desk)).since is None
    desk.releases.versions[VERSION] = submission(description="Cuts it off at once")
    await desk.reviews._watching.observe(desk.releases.versions[VERSION])
    await desk.work(skip=NOTHING_SKIPPED)
    review = await desk.review()
    assert review.round == 2
    assert review.examination is not None
    assert review.examination.since is not None
    assert review.examination.since.fields.changed == 1
    _, changes = await desk.reviews.changes("U1", review.id)
    assert changes.since is not None
    assert changes.since.summary == review.examination.since


async def test_a_forgotten_round_is_not_compared_with(desk: Desk) -> None:
    """Retention took it; the new round says nothing of it."""
    await examined(desk)
    desk.releases.versions[VERSION] = submission(status="rejected")
    await desk.reviews._watching.observe(desk.releases.versions[VERSION])
    await desk.work(skip=NOTHING_SKIPPED)
    desk.releases.versions[VERSION] = submission(description="Anew")
    await desk.reviews._watching.observe(desk.releases.versions[VERSION])
    await desk.store.transact(lambda tx: tx.forget_ended(desk.now + timedelta(days=1), limit=10))
    await desk.work(skip=NOTHING_SKIPPED)
    review = await desk.review()
    assert review.round == 2
    assert review.examination is not None
    assert review.examination.since is None


async def test_an_examination_of_a_forgotten_review_changes_nothing(desk: Desk) -> None:
    """It went while SecMaster was asked."""
    from bot.reviews import transitions  # the only test that needs it

    found = await examined(desk)
    assert not await desk.store.transact(lambda tx: transitions.examined(tx, "nobody", found, None, now=desk.now))


async def test_only_who_may_use_the_bot_sees_what_changes(desk: Desk) -> None:
    """And only of reviews that are known."""
    await examined(desk)
    desk.directory.people["U9"] = replace(desk.directory.people["U9"], guest=True)
    with pytest.raises(NotAllowed):
        await desk.reviews.changes("U9", (await desk.review()).id)
    with pytest.raises(ReviewGone):
        await desk.reviews.changes("U1", "unknown")


async def refusals(desk: Desk) -> list[dict[str, Any]]:
    """What the audit trail tells of them."""
    return [one["details"] for one in await trail(desk.store) if one["event"] == "refused"]


@pytest.fixture
def strict(store: SqlStore) -> Desk:
    """Nobody may approve while a check fails."""
    return Desk(store, policy=replace(RULES, block_on_failed_checks=True))


async def test_a_failed_check_bars_approvals_and_no_rejections(strict: Desk) -> None:
    """On click and on submit; it is checked again, and once it passes people approve."""
    strict.releases.failing = {CheckMode.BASIC: "no end event"}
    await examined(strict)
    review = await strict.review()
    strict.now += EXAMINED_APART
    with pytest.raises(ChecksFail, match="no end event"):
        await strict.reviews.check_vote("U1", review.id, verdict=Verdict.APPROVE)
    with pytest.raises(ChecksFail):
        await strict.vote()
    assert (await strict.review()).votes == ()
    told = {"person": "U1", "why": "checks", "checks": ["BASIC failed: no end event"]}
    assert await refusals(strict) == [told] * 2
    (found,) = [one for one in await trail(strict.store) if one["event"] == "examined"]
    assert (found["user_id"], found["details"]["BASIC"], found["details"]["CIRCLE"]) == (None, "failed", "passed")
    assert found["details"]["found"] == ["BASIC failed: no end event"]
    await strict.reviews.check_vote("U1", review.id, verdict=Verdict.REJECT)

    strict.releases.failing = {}
    await strict.work(skip=NOTHING_SKIPPED)
    assert strict.messenger.replies() == [news.Checked()]
    await strict.vote()
    assert len((await strict.review()).votes) == 1


async def test_clicks_in_a_row_cause_one_examination(strict: Desk) -> None:
    """Each costs calls of the project's quota."""
    strict.releases.failing = {CheckMode.BASIC: "no end event"}
    await examined(strict)
    review = await strict.review()
    strict.now += EXAMINED_APART
    for _ in range(3):
        with pytest.raises(ChecksFail):
            await strict.reviews.check_vote("U1", review.id, verdict=Verdict.APPROVE)
        await strict.work(skip=NOTHING_SKIPPED)
    assert strict.releases.asked.count("check") == 2 * len(CheckMode)


async def test_a_rejection_needs_no_check(strict: Desk) -> None:
    """It publishes nothing."""
    strict.releases.failing = {CheckMode.BASIC: "no end event"}
    await examined(strict)
    await strict.vote(verdict=Verdict.REJECT)
    assert len((await strict.review()).votes) == 1


async def test_checks_that_are_not_made_yet_bar_approvals_too(strict: Desk) -> None:
    """Nobody knows whether they pass."""
    await strict.reviews._watching.observe(strict.releases.versions[VERSION])
    with pytest.raises(ChecksFail, match="not done yet"):
        await strict.vote()
    assert await refusals(strict) == [{"person": "U1", "why": "checks", "checks": []}]


async def test_checks_that_secmaster_does_not_make_bar_approvals_too(strict: Desk) -> None:
    """Whoever makes them impossible would get past them otherwise; they are tried again."""
    strict.releases.raise_on["check"] = [Refused("too large", status=413)] * 3
    await examined(strict)
    strict.now += EXAMINED_APART
    with pytest.raises(ChecksFail, match="too large"):
        await strict.vote()
    await strict.work(skip=NOTHING_SKIPPED)
    await strict.vote()
    assert len((await strict.review()).votes) == 1


async def test_a_check_that_fails_while_a_vote_is_on_its_way_bars_it(strict: Desk) -> None:
    """It is looked at in the very transaction that counts the vote."""
    await examined(strict)
    strict.releases.failing = {CheckMode.BASIC: "no end event"}
    asked = strict.directory.by_email
    review = await strict.review()
    strict.now += EXAMINED_APART

    async def meanwhile(address: str) -> str | None:
        await strict.reviews._examining.again(review)
        await strict.work(skip=NOTHING_SKIPPED)
        return await asked(address)

    strict.directory.by_email = meanwhile  # type: ignore[method-assign]
    strict.releases.versions[VERSION] = submission(submitter="zhang.wei@example.org")
    await strict.store.transact(
        lambda tx: tx.change_review(review.id, expected=ReviewState.OPEN, submission=strict.releases.versions[VERSION])
    )
    with pytest.raises(ChecksFail, match="no end event"):
        await strict.vote()
    assert (await strict.review()).votes == ()
    assert await refusals(strict) == [{"person": "U1", "why": "checks", "checks": ["BASIC failed: no end event"]}]


async def test_what_is_known_is_not_forgotten_for_what_is_not(desk: Desk) -> None:
    """A later look that cannot read the baseline keeps the earlier one; its checks count."""
    add(desk)
    desk.releases.active = "version-old"
    known = await examined(desk)
    desk.releases.raise_on["active_version"] = [NotFound("gone")]
    desk.releases.failing = {CheckMode.CIRCLE: "loop"}
    desk.now += EXAMINED_APART
    await desk.reviews._examining.again(await desk.review())
    await desk.work(skip=NOTHING_SKIPPED)
    review = await desk.review()
    assert review.examination is not None
    assert (review.examination.against, review.examination.summary) == (Against.ACTIVE, known.summary)
    assert [check.mode for check in review.examination.failed] == [CheckMode.CIRCLE]
    _, changes = await desk.reviews.changes("U1", review.id)
    assert changes.difference is not None


async def look(desk: Desk) -> None:
    """One look for submissions, and what it causes."""
    await desk.reviews._watching.poll(WORKSPACE)
    await desk.work(skip=NOTHING_SKIPPED)


async def test_another_active_version_is_compared_with_from_then_on(store: SqlStore) -> None:
    """The thread says so, and whose votes are older; the votes stay, for the content is what it was."""
    desk = Desk(store, policy=replace(RULES, approvals_required=2))
    add(desk)
    desk.releases.active = "version-old"
    await examined(desk)
    await desk.vote()
    await desk.work(skip=NOTHING_SKIPPED)
    add(desk, version_id="version-other", version="v5", description="Meanwhile")
    desk.releases.active = "version-other"
    desk.messenger.said.clear()
    await look(desk)
    review = await desk.review()
    assert review.examination is not None
    assert (review.examination.baseline_id, review.examination.baseline_version) == ("version-other", "v5")
    assert desk.messenger.replies() == [news.Rebased(version="v5", active=True, voters=("U1",))]
    assert len(desk.messenger.told("picture")) == 1
    assert [vote.user_id for vote in review.votes] == ["U1"]
    _, changes = await desk.reviews.changes("U1", review.id)
    assert changes.difference is not None

    desk.releases.asked.clear()
    await look(desk)
    assert "check" not in desk.releases.asked  # once is enough


async def test_what_is_told_belongs_to_what_it_is_said_to_be_compared_with(desk: Desk) -> None:
    """Also to who read the review before another version was activated."""
    add(desk)
    desk.releases.active = "version-old"
    await examined(desk)
    read_before = await desk.review()
    add(desk, version_id="version-other", version="v5", description="Cuts it off")
    desk.releases.active = "version-other"
    await look(desk)
    review, changes = await desk.reviews._examining.changes(read_before)
    assert review.examination is not None
    assert changes.difference is not None
    assert (review.examination.baseline_version, review.examination.summary) == ("v5", changes.difference.summary)


async def test_the_first_version_that_works_meanwhile_is_compared_with(desk: Desk) -> None:
    """There was nothing to compare with when the review opened."""
    await examined(desk)
    add(desk)
    desk.releases.active = "version-old"
    await look(desk)
    examination = (await desk.review()).examination
    assert examination is not None
    assert (examination.against, examination.baseline_id) == (Against.ACTIVE, "version-old")


async def test_an_approved_version_that_starts_to_work_is_said_to_work(desk: Desk) -> None:
    """It is the same content that it is compared with, so that the thread has nothing to hear."""
    add(desk, status="not_activated")
    assert (await examined(desk)).against is Against.APPROVED
    add(desk)
    desk.releases.active = "version-old"
    desk.messenger.said.clear()
    await look(desk)
    examination = (await desk.review()).examination
    assert examination is not None
    assert examination.against is Against.ACTIVE
    assert desk.messenger.replies() == []


async def test_what_is_active_itself_is_compared_with_nothing_new(desk: Desk) -> None:
    """SecMaster says so of the very version that waits."""
    await examined(desk)
    desk.releases.active = VERSION
    desk.releases.asked.clear()
    await look(desk)
    assert "check" not in desk.releases.asked


async def test_what_has_ended_stays_as_it_was_examined(desk: Desk) -> None:
    """What is active now was not what people compared with."""
    desk.releases.raise_on["active_version"] = [NotFound("gone")]
    await examined(desk)
    await desk.vote()
    await desk.work()
    review = await desk.review()
    desk.releases.asked.clear()
    await desk.reviews.changes("U1", review.id)
    await desk.store.transact(lambda tx: tx.add_job(jobs.examine(review)))
    await desk.work(skip=NOTHING_SKIPPED)
    assert desk.releases.asked == []
    after = (await desk.review()).examination
    assert after is not None
    assert after == review.examination


async def test_reviews_of_an_earlier_release_are_examined_at_start(desk: Desk) -> None:
    """They have no examination; those that have one are left alone."""
    await desk.open()
    await desk.reviews.start_work()
    assert JobKind.EXAMINE in await desk.work(skip=frozenset({JobKind.POLL, JobKind.FOLLOW}))
    assert (await desk.review()).examination is not None
    await desk.reviews.start_work()
    assert JobKind.EXAMINE not in await desk.work(skip=frozenset({JobKind.POLL, JobKind.FOLLOW}))


async def test_without_that_policy_checks_are_only_told(desk: Desk) -> None:
    """People decide."""
    desk.releases.failing = {CheckMode.BASIC: "no end event"}
    await examined(desk)
    await desk.vote()
    assert len((await desk.review()).votes) == 1


async def test_a_failed_publication_is_told_loudly(desk: Desk) -> None:
    """In the notification channels too, once."""
    await desk.open()
    await desk.vote()
    await desk.work()
    desk.releases.versions[VERSION] = submission(status="publish_failed")
    review = await desk.review()
    await desk.reviews._watching.follow(review.id)
    await desk.reviews._watching.follow(review.id)
    await desk.work()
    assert (await desk.review()).state is ReviewState.DECIDED
    assert [told for told in desk.messenger.announced() if told[1] == notices.PublishFailed.kind] == [
        ("C2", "publish_failed")
    ]


async def test_a_story_has_every_round_and_secmasters_records(desk: Desk) -> None:
    """Newest first; records that cannot be read are said to be missing."""
    await desk.open()
    await desk.vote(verdict=Verdict.REJECT)
    await desk.work()
    desk.releases.versions[VERSION] = submission(status="pending_submit")
    await desk.reviews._watching.follow((await desk.review()).id)
    desk.releases.versions[VERSION] = submission(description="Anew")
    await desk.reviews._watching.observe(desk.releases.versions[VERSION])
    told = await desk.reviews.show("U1", VERSION)
    assert [review.round for review in told.rounds] == [2, 1]
    assert told.recorded is not None
    assert [approval.result for approval in told.recorded] == ["UN_PASS"]
    desk.releases.raise_on["approvals"] = [OutcomeUnknown("down")]
    assert (await desk.reviews.show("U1", VERSION)).recorded is None
