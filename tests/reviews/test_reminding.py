"""Reminders, escalation, digests: who hears of what waits, when, and that nothing is ever decided by time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete

from bot.errors import NotAllowed, ReviewGone, SlackRefused, SlackThrottled
from bot.hours import DailyTime, WorkingHours
from bot.reviews import jobs, notices
from bot.reviews.jobs import JobKind
from bot.reviews.models import Verdict
from bot.reviews.news import Escalated
from bot.reviews.nudges import Later
from bot.reviews.reminding import LISTED_IN_DIGEST, LISTED_IN_REMINDER
from bot.store.schema import reviews
from tests.reviews.fakes import RULES, START, VERSION, Desk, submission
from tests.reviews.test_trail import trail

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.reviews.models import Person, Review
    from bot.store.sql import SqlStore

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
REMINDING = replace(RULES, approvals_required=2, remind_after=4 * HOUR)
ESCALATING = replace(RULES, escalate_after=DAY, escalate_to=("C7", "U9"))
OFFICE = WorkingHours(days=frozenset(range(5)), begins=time(9), ends=time(18))


async def opened(desk: Desk, version_id: str = VERSION) -> Review:
    """A review with its card."""
    desk.releases.versions[version_id] = submission(version_id=version_id)
    review = await desk.reviews._watching.observe(desk.releases.versions[version_id])
    await desk.due()
    assert review is not None
    return review


async def after(desk: Desk, wait: timedelta) -> None:
    """Let time pass in steps, doing whatever becomes due."""
    end = desk.now + wait
    while desk.now < end:
        desk.now = min(desk.now + HOUR / 2, end)
        await desk.due()


def reminded(desk: Desk) -> list[tuple[str, list[str]]]:
    """Who was reminded of what, so far."""
    return [(user_id, told) for user_id, told, _ in desk.messenger.told("remind")]


async def test_who_may_vote_and_has_not_is_reminded(store: SqlStore) -> None:
    """Each by a message of their own: people named, members of groups; not who voted, not others."""
    desk = Desk(store, policy=REMINDING)
    review = await opened(desk)
    await desk.vote("U1")
    await after(desk, 3.5 * HOUR)
    assert reminded(desk) == []
    await after(desk, HOUR)
    assert sorted(reminded(desk)) == [("U2", [review.id]), ("U3", [review.id])]


async def test_reminders_become_rarer_and_end_with_the_review(store: SqlStore) -> None:
    """After 4, 8 and 16 hours, then not more than once a day; and no more once it is decided."""
    desk = Desk(store, policy=replace(REMINDING, reviewers=("U1", "U2")))
    review = await opened(desk)
    await after(desk, 3 * DAY)
    assert reminded(desk).count(("U1", [review.id])) == 4
    assert (await desk.review()).open
    await desk.vote("U1", Verdict.REJECT)
    await after(desk, 3 * DAY)
    assert len(reminded(desk)) == 8


async def test_nobody_is_reminded_at_night(store: SqlStore) -> None:
    """Each in the working hours of their own time zone."""
    desk = Desk(store, policy=replace(REMINDING, reviewers=("U1", "U2")))
    desk.bring(working_hours=OFFICE)
    desk.directory.people["U2"] = replace(desk.directory.people["U2"], tz="Asia/Shanghai")
    review = await opened(desk)
    await after(desk, 5 * HOUR)
    assert reminded(desk) == [("U1", [review.id])]
    await after(desk, 12 * HOUR)
    assert reminded(desk)[1:] == [("U2", [review.id])]
    assert desk.now > datetime(2026, 11, 25, 1, tzinfo=UTC)


async def test_several_reviews_are_told_in_one_message(store: SqlStore) -> None:
    """The oldest of them, and that there are more; nobody gets a row of messages."""
    desk = Desk(store, policy=replace(REMINDING, reviewers=("U1",)))
    ids = []
    for number in range(LISTED_IN_REMINDER + 2):
        ids.append((await opened(desk, f"version-{number:04}")).id)
        desk.turn(seconds=1)
    await after(desk, 5 * HOUR)
    assert desk.messenger.told("remind") == [("U1", ids[:LISTED_IN_REMINDER], True)]
    await after(desk, 8 * HOUR)
    assert len(desk.messenger.told("remind")) == 2


async def test_a_vote_while_the_reminder_waits_for_its_turn_is_respected(store: SqlStore) -> None:
    """It is looked at again before the message is sent, and nothing is said where nothing waits any more."""
    desk = Desk(store, policy=replace(REMINDING, reviewers=("U1",)))
    await opened(desk)
    desk.turn(seconds=4 * 3600)
    assert await desk.due() == [JobKind.REMIND]
    await desk.vote("U1")
    await after(desk, HOUR)
    assert reminded(desk) == []


async def test_a_review_that_is_forgotten_while_it_is_told_of_leaves_nothing_behind(store: SqlStore) -> None:
    """Its nudges go with it, and do not come back."""
    desk = Desk(store, policy=replace(REMINDING, reviewers=("U1",)))
    review = await opened(desk)
    send = desk.messenger.remind

    async def forgotten(person: Person, waiting: Sequence[Review], *, more: bool) -> None:
        await send(person, waiting, more=more)
        await store.transact(lambda tx: tx._connection.execute(delete(reviews)))

    desk.messenger.remind = forgotten  # type: ignore[assignment]
    await after(desk, 5 * HOUR)
    assert reminded(desk) == [("U1", [review.id])]
    assert await store.transact(lambda tx: tx.nudges(review.id)) == []


async def test_a_reminder_that_finds_nothing_due_says_nothing(desk: Desk) -> None:
    """Another message told of it."""
    await desk.store.transact(lambda tx: tx.add_job(jobs.nudge("U1", at=desk.now)))
    assert await desk.due() == [JobKind.NUDGE]
    assert reminded(desk) == []


async def test_who_leaves_slack_or_a_group_that_is_gone_keeps_nobody_from_being_reminded(store: SqlStore) -> None:
    """What Slack does not know any more is left out."""
    desk = Desk(store, policy=replace(REMINDING, reviewers=("U1", "U0GONE", "S0GONE", "channel")))
    desk.directory.gone.add("S0GONE")
    known = desk.directory.person

    async def person(user_id: str, *, fresh: bool = False) -> Person:
        if user_id == "U0GONE":
            raise SlackRefused("users.info", "user_not_found")
        return await known(user_id, fresh=fresh)

    desk.directory.person = person  # type: ignore[method-assign]
    review = await opened(desk)
    await after(desk, 5 * HOUR)
    assert sorted(reminded(desk)) == [("U1", [review.id]), ("U9", [review.id])]


async def test_a_wish_is_kept_and_puts_off_the_others(store: SqlStore) -> None:
    """Reminded when they asked for it, and not before; the newest wish counts."""
    desk = Desk(store, policy=replace(REMINDING, reviewers=("U1",)))
    review = await opened(desk)
    assert await desk.reviews.remind_me("U1", review.id, Later.FOUR_HOURS) == desk.now + 4 * HOUR
    assert await desk.reviews.remind_me("U1", review.id, Later.ONE_HOUR) == desk.now + HOUR
    await after(desk, 2 * HOUR)
    assert reminded(desk) == [("U1", [review.id])]
    await desk.reviews.remind_me("U1", review.id, Later.TOMORROW)
    await after(desk, 12 * HOUR)
    assert len(reminded(desk)) == 1
    await after(desk, 2 * HOUR)
    assert len(reminded(desk)) == 2


async def test_a_wish_works_where_the_policy_reminds_nobody(desk: Desk) -> None:
    """It is the person's own."""
    review = await opened(desk)
    await desk.reviews.remind_me("U1", review.id, Later.ONE_HOUR)
    await after(desk, 2 * HOUR)
    assert reminded(desk) == [("U1", [review.id])]
    assert "reminded" in [entry["event"] for entry in await trail(desk.store)]


async def test_only_who_may_vote_on_what_is_open_is_reminded_later(desk: Desk) -> None:
    """Others are told why not."""
    review = await opened(desk)
    with pytest.raises(NotAllowed):
        await desk.reviews.remind_me("U9", review.id, Later.ONE_HOUR)
    await desk.vote("U1")
    await desk.due()
    with pytest.raises(ReviewGone):
        await desk.reviews.remind_me("U2", review.id, Later.ONE_HOUR)


async def test_what_waits_for_long_is_told_to_others_once(store: SqlStore) -> None:
    """In the thread, on the card, to channels and to people in their own language; nothing is decided by it."""
    desk = Desk(store, policy=replace(ESCALATING, remind_after=8 * HOUR))
    desk.directory.people["U9"] = replace(desk.directory.people["U9"], locale="zh-CN")
    await opened(desk)
    await after(desk, DAY - HOUR)
    assert desk.messenger.announced() == []
    await after(desk, 2 * DAY)
    assert sorted(desk.messenger.announced()) == [("C7", "escalated"), ("U9", "escalated")]
    assert {to: locale for to, _, locale in desk.messenger.told("announce")} == {"C7": "en", "U9": "zh-CN"}
    assert sorted(desk.messenger.replies(), key=str) == [Escalated(to="C7"), Escalated(to="U9")]
    review = await desk.review()
    assert review.open
    assert review.escalated_at == START + DAY
    assert desk.releases.sent == []


async def test_what_is_decided_in_time_is_not_told_to_others(store: SqlStore) -> None:
    """The look that was planned finds it ended."""
    desk = Desk(store, policy=ESCALATING)
    await opened(desk)
    await desk.vote("U1")
    await after(desk, 2 * DAY)
    assert ("C7", "escalated") not in desk.messenger.announced()


async def test_a_review_that_ends_while_its_people_are_looked_up_reminds_nobody(store: SqlStore) -> None:
    """The look-up takes a while; what it found is compared with how the review is then."""
    desk = Desk(store, policy=replace(REMINDING, approvals_required=1))
    await opened(desk)
    known = desk.directory.group_members

    async def slow(group_id: str, *, fresh: bool = False) -> frozenset[str]:
        if not fresh and (await desk.review()).open and desk.now > START + HOUR:
            await desk.vote("U1")
        return await known(group_id, fresh=fresh)

    desk.directory.group_members = slow  # type: ignore[method-assign]
    await after(desk, 5 * HOUR)
    assert reminded(desk) == []


MORNING = DailyTime(days=frozenset(range(7)), at=time(9), zone="Asia/Shanghai")  # 01:00 UTC


def digesting(store: SqlStore) -> Desk:
    """A desk whose channel has a digest."""
    desk = Desk(store)
    desk.bring(digests={"C1": MORNING})
    desk.releases.versions.clear()
    return desk


async def test_a_channel_hears_every_morning_what_waits_in_it(store: SqlStore) -> None:
    """Oldest first, once a day, in the route's locale; not of what has ended."""
    desk = digesting(store)
    await desk.reviews.start_work()
    first = await opened(desk, "version-000a")
    desk.turn(seconds=1)
    second = await opened(desk, "version-000b")
    assert desk.messenger.told("digest") == []
    await after(desk, DAY)
    assert desk.messenger.told("digest") == [("C1", [first.id, second.id], False, "en")]
    await desk.reviews.vote("U1", first.id, verdict=Verdict.REJECT, reason="No", view_id="V")
    await after(desk, DAY)
    assert desk.messenger.told("digest")[1:] == [("C1", [second.id], False, "en")]


async def test_a_restart_does_not_repeat_a_digest(store: SqlStore) -> None:
    """For which morning it was told is remembered."""
    desk = digesting(store)
    await opened(desk)
    await desk.reviews.start_work()
    await after(desk, DAY)
    await desk.reviews.start_work()
    await desk.due()
    assert len(desk.messenger.told("digest")) == 1


async def test_a_late_digest_is_told_while_it_is_morning(store: SqlStore) -> None:
    """Down at nine and up at eleven it is; up in the afternoon it waits for the next day."""
    for hours, told in ((2, 1), (4, 0)):
        desk = digesting(store)
        desk.now = datetime(2026, 12, hours, 1 + hours, tzinfo=UTC)
        await opened(desk, f"version-000{hours}")
        await desk.reviews.start_work()
        await desk.due()
        assert len(desk.messenger.told("digest")) == told


async def test_where_nothing_waits_nothing_is_said(store: SqlStore) -> None:
    """And a review whose card is elsewhere does not wait here."""
    desk = digesting(store)
    desk.bring(digests={"C5": MORNING})
    await opened(desk)
    await desk.reviews.start_work()
    await after(desk, 2 * DAY)
    assert desk.messenger.told("digest") == []


async def test_a_digest_says_when_there_is_more(store: SqlStore) -> None:
    """The oldest are named."""
    desk = digesting(store)
    ids = [(await opened(desk, f"version-{number:04}")).id for number in range(LISTED_IN_DIGEST + 1)]
    await desk.reviews.start_work()
    await after(desk, DAY)
    ((channel, told, more, _),) = desk.messenger.told("digest")
    assert (channel, len(told), more) == ("C1", LISTED_IN_DIGEST, True)
    assert set(told) < set(ids)


async def test_a_digest_that_a_replica_does_not_know_waits_for_one_that_does(store: SqlStore) -> None:
    """Settings change replica by replica: the job is not lost on the way."""
    desk = digesting(store)
    await opened(desk)
    await desk.reviews.start_work()
    await desk.due()
    known = desk.world.digests
    desk.bring(digests={})
    await after(desk, DAY)
    assert desk.messenger.told("digest") == []
    desk.bring(digests=known)
    await after(desk, DAY)
    assert len(desk.messenger.told("digest")) == 1


async def test_a_newcomer_and_who_withdraws_at_night_are_reminded_in_the_morning(store: SqlStore) -> None:
    """What has been due for long is due, and still waits for their working hours."""
    desk = Desk(store, policy=REMINDING)
    desk.bring(working_hours=OFFICE)
    await opened(desk)
    await desk.vote("U1")
    await after(desk, 11 * HOUR)  # 20:00
    said = len(reminded(desk))
    await desk.reviews.withdraw("U1", (await desk.review()).id, click_id="c1")
    desk.directory.groups["S1"] = frozenset({"U3", "U9"})
    await after(desk, 12 * HOUR)  # 08:00
    assert len(reminded(desk)) == said
    await after(desk, 2 * HOUR)
    assert {user for user, _ in reminded(desk)[said:]} == {"U1", "U9", "U2", "U3"}


async def test_a_reminder_that_comes_to_be_sent_at_night_waits(store: SqlStore) -> None:
    """The bot or Slack was away: nobody is woken by what was due in the afternoon."""
    desk = Desk(store, policy=replace(REMINDING, reviewers=("U1",)))
    desk.bring(working_hours=OFFICE)
    await opened(desk)
    desk.turn(seconds=4.5 * 3600)
    assert await desk.due() == [JobKind.REMIND]
    desk.turn(seconds=12 * 3600)
    await desk.due()
    assert reminded(desk) == []
    await after(desk, 8 * HOUR)
    assert len(reminded(desk)) == 1


async def test_a_wish_is_kept_also_for_who_has_voted_or_handed_over(store: SqlStore) -> None:
    """They were told that they would be reminded; at night too, if that is what they asked for."""
    desk = Desk(store, policy=replace(RULES, approvals_required=2))
    desk.bring(working_hours=OFFICE)
    desk.turn(seconds=10 * 3600)  # 19:00
    review = await opened(desk)
    await desk.vote("U1")
    await desk.reviews.hand_over("U2", review.id, to="U3", note="", view_id="V")
    for user in ("U1", "U2"):
        await desk.reviews.remind_me(user, review.id, Later.ONE_HOUR)
    await after(desk, 2 * HOUR)
    assert sorted(reminded(desk)) == [("U1", [review.id]), ("U2", [review.id])]


async def test_people_whom_slack_does_not_tell_of_keep_nobody_waiting(store: SqlStore) -> None:
    """Escalation comes first; who was found is reminded, and the others are looked for a minute later."""
    desk = Desk(store, policy=replace(REMINDING, escalate_after=4 * HOUR, escalate_to=("C7",)))
    await opened(desk)
    known = desk.directory.person
    throttled = {"U2"}

    async def person(user_id: str, *, fresh: bool = False) -> Person:
        if user_id in throttled:
            raise SlackThrottled("users.info", "ratelimited")
        return await known(user_id, fresh=fresh)

    desk.directory.person = person  # type: ignore[method-assign]
    desk.turn(seconds=4 * 3600 + 60)
    await desk.due()
    assert desk.messenger.announced() == [("C7", "escalated")]
    throttled.clear()
    await after(desk, HOUR)
    assert {user for user, _ in reminded(desk)} == {"U1", "U2", "U3"}


async def test_an_escalation_that_comes_too_late_is_not_told(store: SqlStore) -> None:
    """The channel could not be posted to before the decision: it would claim what is not so any more."""
    desk = Desk(store, policy=ESCALATING)
    review = await opened(desk)
    notice = notices.to_payload(notices.Escalated())
    await desk.vote("U1")
    await desk.store.transact(lambda tx: tx.add_job(jobs.announce(review, "C7", notice)))
    await desk.due()
    assert ("C7", "escalated") not in desk.messenger.announced()
    assert not any(isinstance(said, Escalated) for said in desk.messenger.replies())
