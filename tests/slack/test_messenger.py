"""What the messenger makes of the core's words, before an emulated Slack."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import aiohttp
import pytest

from bot.errors import SlackOutcomeUnknown, SlackRefused, SlackThrottled
from bot.reviews import news
from bot.reviews.models import Decision, MessageRef, Opinion, Person, Result, ReviewState
from bot.sandbox.slack import SlackEmulator
from bot.slack.calls import web_client
from bot.slack.messenger import SlackMessenger
from tests.reviews.fakes import START
from tests.scenarios.stage import LIN, RELEASES, REVIEWS, buttons_of, text_of
from tests.slack.listeners.desk import OPEN

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

DECIDED = replace(
    OPEN,
    state=ReviewState.DECIDED,
    decision=Decision(result=Result.PASS, content="Fine", decided_at=START, decided_by=(LIN,)),
    opinion=Opinion(result="PASS", content="Fine"),
)


@pytest.fixture
async def slack(no_proxies: None) -> AsyncIterator[SlackEmulator]:
    """An emulated Slack, which frowns at nothing that we send."""
    emulator = SlackEmulator()
    await emulator.start()
    yield emulator
    await emulator.stop()
    assert emulator.warnings == []


@pytest.fixture
async def messenger(slack: SlackEmulator) -> AsyncIterator[SlackMessenger]:
    """The messenger on it."""
    async with aiohttp.ClientSession(trust_env=False) as session:
        yield SlackMessenger(web_client(slack.bot_token, session, base_url=slack.api_url))


async def test_a_card_is_posted_and_made_anew_in_its_place(slack: SlackEmulator, messenger: SlackMessenger) -> None:
    """In the route's channel, with its permalink; the decided card has no buttons."""
    ref = await messenger.post_card(OPEN)
    (card,) = slack.messages(REVIEWS)
    assert (ref.channel, ref.ts) == (REVIEWS, card["ts"])
    assert ref.link.endswith(card["ts"].replace(".", ""))
    assert buttons_of(card) == ["review_approve", "review_reject"]
    assert "Isolate host" in card["text"]
    await messenger.update_card(DECIDED, at=ref)
    (card,) = slack.messages(REVIEWS)
    assert buttons_of(card) == []
    assert "Approved" in text_of(card)


async def test_a_card_without_a_permalink_is_still_a_card(slack: SlackEmulator, messenger: SlackMessenger) -> None:
    """Lists do without the link; the posting must not be repeated for its sake."""
    slack.faults.fail("chat.getPermalink", status=500)
    assert (await messenger.post_card(OPEN)).link == ""
    assert len(slack.messages(REVIEWS)) == 1


async def test_news_goes_into_the_thread_of_the_card(slack: SlackEmulator, messenger: SlackMessenger) -> None:
    """And nowhere while there is no card."""
    told = news.Retried(user_id=LIN)
    await messenger.reply(replace(OPEN, card=None), told)
    ref = await messenger.post_card(OPEN)
    await messenger.reply(replace(OPEN, card=ref), told)
    assert len(slack.messages(REVIEWS)) == 1
    (reply,) = slack.thread(REVIEWS, ref.ts)
    assert f"@{LIN}" in text_of(reply)


async def test_a_decision_is_announced_elsewhere(slack: SlackEmulator, messenger: SlackMessenger) -> None:
    """In the locale of the route, with SecMaster's opinion."""
    await messenger.announce(RELEASES, replace(DECIDED, route=replace(DECIDED.route, locale="zh-CN")))
    (message,) = slack.messages(RELEASES)
    assert "PASS" in text_of(message)
    assert "Fine" in text_of(message)
    assert "approved" not in text_of(message)


@pytest.mark.parametrize(("channel", "code"), [("U0GONE0000", "user_not_found"), ("C0NOWHERE0", "channel_not_found")])
async def test_nobody_waits_for_a_person_who_cannot_be_written_to(
    messenger: SlackMessenger, channel: str, code: str
) -> None:
    """Slack says channel_not_found of a deactivated account too, but there is nothing to invite the bot to."""
    with pytest.raises(SlackRefused) as refused:
        await messenger.announce(channel, DECIDED)
    assert refused.value.code == code


async def test_a_home_is_in_the_persons_language(slack: SlackEmulator, messenger: SlackMessenger) -> None:
    """With the buttons of each review."""
    person = Person(id=LIN, name="Lin", team_id="T", locale="en-GB")
    await messenger.publish_home(person, [OPEN], more=True)
    home = slack.home(LIN)
    assert home is not None
    assert buttons_of(home) == ["review_approve", "review_reject", "home_refresh"]
    assert "There are more" in text_of(home)
    await messenger.publish_home(replace(person, locale="zh-TW"), [], more=False)
    assert "Nothing waits" not in text_of(slack.home(LIN))


async def test_every_failure_is_a_slack_error_and_nothing_is_repeated(
    slack: SlackEmulator, messenger: SlackMessenger
) -> None:
    """Jobs repeat, and know how."""
    slack.faults.throttle("chat.postMessage", retry_after=3)
    with pytest.raises(SlackThrottled) as throttled:
        await messenger.post_card(OPEN)
    assert throttled.value.retry_after == 3
    slack.faults.lose_answer("chat.postMessage")
    with pytest.raises(SlackOutcomeUnknown):
        await messenger.announce(REVIEWS, DECIDED)
    assert len(slack.messages(REVIEWS)) == 1
    with pytest.raises(SlackRefused) as refused:
        await messenger.update_card(OPEN, at=MessageRef(channel=REVIEWS, ts="1.0"))
    assert refused.value.code == "message_not_found"
    slack.faults.fail("views.publish", status=502)
    with pytest.raises(SlackOutcomeUnknown):
        await messenger.publish_home(Person(id=LIN, name="Lin", team_id="T"), [], more=False)
