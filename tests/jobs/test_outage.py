"""Slack is away, or refuses, for an hour: few calls ask for it, and afterwards all is said, once, in order."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from bot.errors import SlackError, SlackOutcomeUnknown, SlackRefused, SlackThrottled, SlackUnreachable
from bot.reviews.news import VoteCast
from tests.jobs.weather import WORKERS, Bot

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from tests.jobs.weather import Call

    Weather = Callable[[Call], SlackError | None]

HOUR = 60


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    """A bot with work in two channels."""
    running = Bot(channels=2)
    await running.start()
    yield running
    await running.stop()


def fair(_call: Call) -> None:
    """Slack takes everything."""


async def an_hour_of(bot: Bot, weather: Weather, votes: Sequence[tuple[str, str]]) -> list[Call]:
    """These people vote on these reviews while the weather lasts, one after the other; the calls made meanwhile."""
    bot.slack.calls.clear()
    bot.slack.weather = weather
    each = -(-len(votes) // HOUR)
    for minute in range(HOUR):
        for user, review in votes[minute * each : (minute + 1) * each]:
            await bot.vote(user, review)
        await bot.pass_time(minutes=1)
    calls = list(bot.slack.calls)
    bot.slack.calls.clear()
    bot.slack.weather = fair
    return calls


def most_a_minute(calls: list[Call]) -> int:
    """In any minute of the clock."""
    return max(Counter(call.at.replace(second=0, microsecond=0) for call in calls).values())


def said(bot: Bot, review: str) -> list[object]:
    """What was said about a review, in the order in which Slack took it."""
    return [call.said for call in bot.slack.calls if call.taken and call.review_id == review]


def told(bot: Bot, review: str) -> list[str]:
    """Whose votes its thread tells, in order."""
    return [one.user_id for one in said(bot, review) if isinstance(one, VoteCast)]


async def test_an_hour_without_slack_is_no_storm_and_is_caught_up_in_order(bot: Bot) -> None:
    """200 reviews wait: a handful of calls a minute; then each card is updated once, to its newest state, first."""
    reviews = await bot.open(200)
    await bot.pass_time(seconds=1)
    votes = [("U1", review) for review in reviews] + [("U2", review) for review in reviews[:40]]
    calls = await an_hour_of(bot, lambda call: SlackUnreachable(call.method, "ClientConnectorError"), votes)
    assert most_a_minute(calls) <= 15  # the first minute asks at 1, 2, 4, 8 seconds
    assert len(calls) < 6 * HOUR
    assert not any(call.taken for call in calls)

    await bot.pass_time(minutes=2)
    assert await bot.store.transact(lambda tx: tx.count_jobs()) == {"waiting": 0, "buried": 0}
    for number, review in enumerate(reviews):
        voters = ["U1", "U2"] if number < 40 else ["U1"]
        assert said(bot, review)[0] == len(voters)  # the votes on the card
        assert told(bot, review) == voters
    assert set(Counter(call.review_id for call in bot.slack.taken("chat.update")).values()) == {1}


def refusal(method: str, code: str) -> SlackError:
    """As Slack answers it."""
    return SlackOutcomeUnknown(method, code) if code.startswith("http_5") else SlackRefused(method, code)


@pytest.mark.parametrize("code", ["http_503", "token_revoked", "is_archived", "a_code_of_next_year"])
async def test_whatever_slack_refuses_for_an_hour_waits_quietly_and_is_then_done(bot: Bot, code: str) -> None:
    """Old cards wait for their update, new reviews for their card, a home for its list; nothing is given up."""
    old = await bot.open(10)
    await bot.reviews.opened_home("U1")
    await bot.pass_time(seconds=1)
    bot.slack.weather = lambda call: refusal(call.method, code)
    new = await bot.open(10)
    calls = await an_hour_of(bot, bot.slack.weather, list(itertools.product(("U1", "U2"), [*old, *new])))
    assert {call.method for call in calls} == {"chat.postMessage", "chat.update", "views.publish"}
    for place in {(call.method, call.channel) for call in calls}:
        made = [call for call in calls if (call.method, call.channel) == place]
        assert len(made) < 6 * HOUR
        assert most_a_minute(made) <= 15

    await bot.pass_time(minutes=11)
    assert await bot.store.transact(lambda tx: tx.count_jobs()) == {"waiting": 0, "buried": 0}
    for review in [*old, *new]:
        assert told(bot, review) == ["U1", "U2"]
    assert [call.review_id for call in bot.slack.taken("chat.postMessage") if call.said == "card"].count(new[0]) == 1
    assert len(bot.slack.taken("views.publish")) == 1


async def test_one_dead_channel_keeps_no_other_from_its_cards(bot: Bot) -> None:
    """What C0 refuses waits; C1 is served at once all the while."""

    def archived(call: Call) -> SlackError | None:
        return SlackRefused(call.method, "is_archived") if call.channel == "C0" else None

    bot.slack.weather = archived
    reviews = await bot.open(40)
    for _ in range(20):
        bot.slack.calls.clear()
        await bot.open(2)
        await bot.pass_time(seconds=1)
        assert [call.channel for call in bot.slack.calls if call.taken].count("C1") >= 1
        await bot.pass_time(minutes=3)
    bot.slack.weather = fair
    await bot.pass_time(minutes=11)
    assert await bot.store.transact(lambda tx: tx.count_jobs()) == {"waiting": 0, "buried": 0}
    assert all([await bot.reviews.find(review) for review in reviews])


@pytest.fixture
async def contrary() -> AsyncIterator[Bot]:
    """A bot whose jobs come back as soon as they may, while what waits with them waits as long as it may."""
    running = Bot(jitter=itertools.cycle((0.0, 1.0)).__next__)
    await running.start()
    yield running
    await running.stop()


async def test_a_job_that_slack_never_takes_delays_the_others_by_no_more_than_a_minute(contrary: Bot) -> None:
    """A card that makes Slack answer 500 whenever it is sent: the rest of its channel goes first."""
    bot = contrary
    (poison,) = await bot.open(1)
    await bot.pass_time(seconds=1)

    def poisoned(call: Call) -> SlackError | None:
        return SlackOutcomeUnknown(call.method, "http_500") if call.review_id == poison else None

    bot.slack.weather = poisoned
    await bot.vote("U1", poison)
    await bot.pass_time(minutes=20)
    assert told(bot, poison) == []
    for _ in range(10):
        bot.slack.calls.clear()
        (fresh,) = await bot.open(1)
        await bot.vote("U1", fresh)
        await bot.pass_time(minutes=1)
        assert told(bot, fresh) == ["U1"]
        await bot.pass_time(minutes=5)


@pytest.fixture
async def patient() -> AsyncIterator[Bot]:
    """A bot that always waits as long as it may."""
    running = Bot(jitter=lambda: 1.0)
    await running.start()
    yield running
    await running.stop()


async def test_after_an_outage_the_next_trouble_is_the_first_again(patient: Bot) -> None:
    """One failure later on keeps nobody waiting for more than a moment."""
    bot = patient
    bot.slack.weather = lambda call: SlackUnreachable(call.method, "ClientConnectorError")
    await bot.open(2)
    await bot.pass_time(minutes=30)
    bot.slack.weather = fair
    await bot.pass_time(minutes=2)
    assert len(bot.slack.taken("chat.postMessage")) == 2

    troubles: list[SlackError | None] = [SlackOutcomeUnknown("chat.postMessage", "http_500")]
    bot.slack.weather = lambda _call: troubles.pop() if troubles else None
    await bot.open(2)
    await bot.pass_time(seconds=2)
    assert len(bot.slack.taken("chat.postMessage")) == 4


class Tier3:
    """Slack's window: so many calls of a method a minute, then 429 with the rest of the minute to wait."""

    def __init__(self, bot: Bot, limit: int) -> None:
        self._bot = bot
        self._limit = limit
        self.refused_at: list[float] = []

    def __call__(self, call: Call) -> SlackError | None:
        """The answer."""
        if call.method != "chat.update":
            return None
        now = self._bot.clock.seconds()
        window = now - now % 60
        used = sum(made.at.timestamp() >= window for made in self._bot.slack.taken(call.method))
        if used < self._limit:
            return None
        self.refused_at.append(now)
        return SlackThrottled(call.method, "ratelimited", retry_after=window + 60 - now)


async def test_a_throttled_update_keeps_every_channel_waiting_as_long_as_slack_says(bot: Bot) -> None:
    """150 cards in two channels, 50 updates a minute: a window meets 429 once a worker at most; posts go on."""
    reviews = await bot.open(150)
    await bot.pass_time(seconds=1)
    window = bot.slack.weather = Tier3(bot, limit=50)
    bot.slack.calls.clear()
    for review in reviews:
        await bot.vote("U1", review)
    await bot.pass_time(minutes=10)
    assert len(bot.slack.taken("chat.update")) == 150
    assert all(told(bot, review) == ["U1"] for review in reviews)
    refused = Counter(int(at // 60) for at in window.refused_at)
    assert len(refused) >= 2
    assert max(refused.values()) <= WORKERS


async def test_a_throttled_post_holds_its_channel_alone(bot: Bot) -> None:
    """Slack counts chat.postMessage by channel: nothing of C0 is called until it may be, C1 is served at once."""
    opens = bot.clock.seconds() + 300

    def busy(call: Call) -> SlackError | None:
        left = opens - bot.clock.seconds()
        closed = call.channel == "C0" and left > 0
        return SlackThrottled(call.method, "ratelimited", retry_after=left) if closed else None

    bot.slack.weather = busy
    await bot.open(40)
    await bot.pass_time(seconds=1)
    assert len(bot.slack.taken("chat.postMessage")) == 20
    assert sum(not call.taken for call in bot.slack.calls) <= WORKERS
    await bot.pass_time(seconds=298)
    assert sum(not call.taken for call in bot.slack.calls) <= WORKERS
    await bot.pass_time(seconds=10)
    assert len(bot.slack.taken("chat.postMessage")) == 40


async def test_a_home_that_is_throttled_keeps_the_other_homes_waiting(bot: Bot) -> None:
    """users.info and views.publish are counted for the whole workspace."""
    opens = bot.clock.seconds() + 300

    def busy(_call: Call) -> SlackError | None:
        left = opens - bot.clock.seconds()
        return SlackThrottled("users.info", "ratelimited", retry_after=left) if left > 0 else None

    bot.slack.weather = busy
    for user in ("U1", "U2", "U3", "U9"):
        await bot.reviews.opened_home(user)
    await bot.pass_time(seconds=299)
    assert len(bot.slack.calls) <= WORKERS
    await bot.pass_time(seconds=10)
    assert sorted(call.channel for call in bot.slack.taken("views.publish")) == ["U1", "U2", "U3", "U9"]
