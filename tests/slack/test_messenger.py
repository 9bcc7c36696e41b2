"""What the messenger makes of the core's words, before an emulated Slack."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import aiohttp
import pytest

from bot.errors import SlackOutcomeUnknown, SlackRefused, SlackThrottled
from bot.reviews import news, notices
from bot.reviews.examination import Picture
from bot.reviews.models import Decision, MessageRef, Opinion, Person, Place, Result, ReviewState
from bot.reviews.pages import Home, Page
from bot.sandbox.slack import SlackEmulator
from bot.slack import uploads
from bot.slack.calls import web_client
from bot.slack.messenger import SlackMessenger
from tests.reviews.fakes import START
from tests.scenarios.stage import LIN, RELEASES, REVIEWS, acts_of, text_of
from tests.slack.listeners.desk import OPEN

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import Any

DECIDED = replace(
    OPEN,
    state=ReviewState.DECIDED,
    decision=Decision(result=Result.PASS, content="Fine", decided_at=START, decided_by=(LIN,)),
    opinion=Opinion(result="PASS", content="Fine"),
)


def direct_messages(slack: SlackEmulator, user: str) -> list[dict[str, Any]]:
    """What the bot wrote to a person directly."""
    (channel,) = (one["id"] for one in slack.channels.values() if one["is_im"] and one["user"] == user)
    return slack.messages(channel, as_user=user)


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
    assert acts_of(card) == ["review_approve", "review_reject", "review_changes", "review_menu"]
    assert "Isolate host" in card["text"]
    await messenger.update_card(DECIDED, at=ref)
    (card,) = slack.messages(REVIEWS)
    assert acts_of(card) == []
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
    """In the locale that is asked for: one line for a channel, with SecMaster's words for a person."""
    await messenger.announce(RELEASES, DECIDED, notices.Decided(), locale="zh-CN")
    (message,) = slack.messages(RELEASES)
    assert "PASS" in text_of(message)
    assert "Fine" not in text_of(message)
    assert "approved" not in text_of(message)
    await messenger.announce(LIN, DECIDED, notices.Decided(), locale="en-GB")
    (direct,) = direct_messages(slack, LIN)
    assert "Fine" in text_of(direct)
    assert "approved" in text_of(direct)


async def test_a_reminder_is_a_direct_message_in_the_persons_language(
    slack: SlackEmulator, messenger: SlackMessenger
) -> None:
    """One message for all that waits, with the buttons of each."""
    person = Person(id=LIN, name="Lin", team_id="T", locale="zh-CN")
    await messenger.remind(person, [OPEN, replace(OPEN, id="review-2")], more=False)
    (message,) = direct_messages(slack, LIN)
    assert acts_of(message) == ["review_approve", "review_reject", "review_changes", "review_menu"] * 2
    assert "reminder" not in text_of(message)


async def test_a_digest_is_one_message_in_the_channel(slack: SlackEmulator, messenger: SlackMessenger) -> None:
    """In the locale of its route, and nobody is mentioned in it."""
    await messenger.digest(REVIEWS, [OPEN], more=True, locale="en")
    (message,) = slack.messages(REVIEWS)
    assert "oldest first" in text_of(message)
    assert "There are more" in text_of(message)
    assert "@" not in text_of(message)
    assert acts_of(message) == []


@pytest.mark.parametrize(("channel", "code"), [("U0GONE0000", "user_not_found"), ("C0NOWHERE0", "channel_not_found")])
async def test_nobody_waits_for_a_person_who_cannot_be_written_to(
    messenger: SlackMessenger, channel: str, code: str
) -> None:
    """Slack says channel_not_found of a deactivated account too, but there is nothing to invite the bot to."""
    with pytest.raises(SlackRefused) as refused:
        await messenger.announce(channel, DECIDED, notices.Decided(), locale="en")
    assert refused.value.code == code


async def test_a_home_is_in_the_persons_language(slack: SlackEmulator, messenger: SlackMessenger) -> None:
    """With the buttons of each review."""
    person = Person(id=LIN, name="Lin", team_id="T", locale="en-GB")
    following = Place(at=START, review_id="review-1")
    await messenger.publish_home(person, Home(may_use=True, waiting=Page(reviews=(OPEN,), next=following)))
    home = slack.home(LIN)
    assert home is not None
    assert acts_of(home) == [
        "review_approve", "review_reject", "review_changes", "review_menu", "home_turn:waiting", "home_refresh"
    ]  # fmt: skip
    await messenger.publish_home(person, Home(may_use=True))
    assert "Nothing waits" in text_of(slack.home(LIN))
    await messenger.publish_home(replace(person, locale="zh-TW"), Home(may_use=True))
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
        await messenger.announce(REVIEWS, DECIDED, notices.Decided(), locale="en")
    assert len(slack.messages(REVIEWS)) == 1
    with pytest.raises(SlackRefused) as refused:
        await messenger.update_card(OPEN, at=MessageRef(channel=REVIEWS, ts="1.0"))
    assert refused.value.code == "message_not_found"
    slack.faults.fail("views.publish", status=502)
    with pytest.raises(SlackOutcomeUnknown):
        await messenger.publish_home(Person(id=LIN, name="Lin", team_id="T"), Home(may_use=True))


PICTURE = Picture(png=b"\x89PNG not really", headline="1 step added <!channel>", words="One step is added: Wipe")


async def test_a_picture_is_shared_in_the_thread(slack: SlackEmulator, messenger: SlackMessenger) -> None:
    """Under its headline, in which nobody is pinged; without a card there is no thread."""
    ref = await messenger.post_card(OPEN)
    await messenger.picture(replace(OPEN, card=ref), PICTURE)
    (reply,) = slack.thread(REVIEWS, ref.ts)
    (file,) = reply["files"]
    assert (file["title"], file["mimetype"]) == ("Isolate host v2", "image/png")
    assert "&lt;!channel&gt;" in reply["text"]
    await messenger.picture(replace(OPEN, card=None), PICTURE)
    assert len(slack.thread(REVIEWS, ref.ts)) == 1


async def test_bytes_that_are_not_taken_are_sent_again_a_few_times(slack: SlackEmulator) -> None:
    """Nobody has seen them; then the file is given up, and nothing that is said elsewhere waits for it."""
    async with aiohttp.ClientSession(trust_env=False) as session:
        client = web_client(slack.bot_token, session, base_url=slack.api_url)
        place = await client.files_getUploadURLExternal(filename="x.png", length=3)
        with pytest.raises(SlackRefused, match="http_404"):
            await uploads.send(client, f"{slack.url}/nowhere", b"abc")
        with pytest.raises(SlackRefused, match="ClientConnectorError"):
            await uploads.send(client, "http://127.0.0.1:1/", b"abc")
        await uploads.send(client, str(place["upload_url"]), b"abc")


async def test_a_refused_upload_is_an_error_of_that_method(slack: SlackEmulator, messenger: SlackMessenger) -> None:
    """So that the thread can say why there is no picture."""
    ref = await messenger.post_card(OPEN)
    slack.faults.error("files.completeUploadExternal", "not_in_channel")
    with pytest.raises(SlackRefused, match="completeUploadExternal: not_in_channel"):
        await messenger.picture(replace(OPEN, card=ref), PICTURE)
