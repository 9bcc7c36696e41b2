"""Every switch makes happen what it says, as often as it says, and is shown while it is on."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError

from tests.sandbox.slack import tiny_app
from tests.sandbox.slack.tiny_app import CHANNEL

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.sandbox.slack import SlackEmulator
    from tests.sandbox.slack.conftest import Clock

LIN = "U0MEILIN00"
POST = "chat.postMessage"


async def post(client: AsyncWebClient, channel: str = CHANNEL) -> Any:
    """Post once."""
    return await client.chat_postMessage(channel=channel, text="x")


def texts(slack: SlackEmulator) -> list[str]:
    """What stands in the channel."""
    return [one["text"] for one in slack.messages(CHANNEL)]


async def test_throttle(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """429 with Retry-After, nothing applied, as often as armed and only in the channel named."""
    slack.faults.throttle(POST, retry_after=7, times=2, channel=CHANNEL)
    await post(client, "C0RELEASES")
    for _ in range(2):
        with pytest.raises(SlackApiError) as refused:
            await post(client)
        assert refused.value.response.status_code == 429
        assert refused.value.response.headers["Retry-After"] == "7"
    assert texts(slack) == []
    await post(client)
    assert texts(slack) == ["x"]


async def test_fail(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """A status and no JSON, nothing applied."""
    slack.faults.fail(POST, status=503)
    with pytest.raises(SlackApiError) as refused:
        await post(client)
    assert refused.value.response.status_code == 503
    assert texts(slack) == []


async def test_error(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """Any error code, also for whatever method comes."""
    slack.faults.error("*", "fatal_error")
    with pytest.raises(SlackApiError, match="fatal_error"):
        await client.auth_test()
    await client.auth_test()


async def test_lost_answer_and_dropped_request(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """Both break the connection: one after the post was made, one before."""
    slack.faults.lose_answer(POST)
    with pytest.raises(aiohttp.ClientError):
        await post(client)
    assert texts(slack) == ["x"]
    slack.faults.drop_request(POST)
    with pytest.raises(aiohttp.ClientError):
        await post(client)
    assert texts(slack) == ["x"]
    assert [entry.status for entry in slack.traffic.of(POST)] == [None, None]


async def test_slow(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """The call is answered, late."""
    slack.faults.slow(POST, 0.2)
    started = time.monotonic()
    await post(client)
    assert time.monotonic() - started >= 0.2
    assert slack.traffic[-1].ms >= 200


async def test_when_a_call_arrives(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """The action runs once, before anything is applied; the call waits for its end and then goes on."""
    seen: list[list[str]] = []

    async def look() -> None:
        await asyncio.sleep(0)
        seen.append(texts(slack))

    slack.faults.when(POST, "arrives", look)
    await post(client)
    await post(client)
    assert seen == [[]]
    assert texts(slack) == ["x", "x"]


async def test_when_a_call_was_applied(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """The action runs when everybody can see what the call did and its caller does not know of it yet."""
    seen: list[list[str]] = []

    async def look() -> None:
        assert not posting.done()
        seen.append(texts(slack))

    slack.faults.when(POST, "applied", look)
    posting = asyncio.create_task(post(client))
    await posting
    assert seen == [["x"]]


async def test_when_chooses_among_calls(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """`only` looks at the arguments; calls that it is not true of go by, and so do those that are refused."""
    met: list[list[str]] = []

    async def note() -> None:
        met.append(texts(slack))

    slack.faults.when(POST, "applied", note, only=lambda args: args["channel"] == CHANNEL)
    await post(client, "C0RELEASES")
    slack.faults.error(POST, "fatal_error")
    with pytest.raises(SlackApiError):
        await post(client)
    assert met == []
    await post(client)
    assert met == [["x"]]


async def test_an_arrived_call_meets_the_other_switches(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """What the action switches on holds for the very call that it runs in."""

    async def pull_the_plug() -> None:
        slack.faults.drop_request(POST)

    slack.faults.when("*", "arrives", pull_the_plug)
    with pytest.raises(aiohttp.ClientError):
        await post(client)
    assert texts(slack) == []


async def test_a_call_goes_on_without_its_caller(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """Who is gone while the action runs has posted all the same: nobody takes a request back."""
    gone = asyncio.Event()

    async def wait_until_gone() -> None:
        posting.cancel()
        await gone.wait()

    slack.faults.when(POST, "arrives", wait_until_gone)
    posting = asyncio.create_task(post(client))
    with pytest.raises(asyncio.CancelledError):
        await posting
    gone.set()
    await slack.until(lambda: texts(slack) == ["x"])


async def test_rate_limit(slack: SlackEmulator, client: AsyncWebClient, clock: Clock) -> None:
    """One message a second a channel; other channels are free; a second later so is this one."""
    await post(client)
    await post(client)
    slack.faults.rate_limit_posts = True
    clock.now += 1
    await post(client)
    await post(client, "C0RELEASES")
    with pytest.raises(SlackApiError, match="ratelimited"):
        await post(client)
    clock.now += 1
    await post(client)


@pytest.mark.usefixtures("app")
async def test_duplicates(slack: SlackEmulator, heard: list[dict[str, Any]]) -> None:
    """The next payload reaches the app twice, the second time marked as a retry; then once again."""
    slack.faults.duplicate_deliveries = 1
    await slack.open_home(LIN)
    await slack.until(lambda: len(heard) == 2)
    assert heard[0]["event_id"] == heard[1]["event_id"]
    await slack.until(lambda: len(slack.traffic.of("app_home_opened")) == 2)
    retried = [
        e.request.get("retry_attempt") or e.request.get("retry_num") for e in slack.traffic.of("app_home_opened")
    ]
    assert sorted(number or 0 for number in retried) == [0, 1]
    await slack.open_home(LIN)
    assert len(heard) == 3


@pytest.mark.usefixtures("app")
async def test_lost_deliveries(slack: SlackEmulator, client: AsyncWebClient, heard: list[dict[str, Any]]) -> None:
    """A lost click never reaches the app; a lost event comes again."""
    blocks = [tiny_app.actions(tiny_app.button("heard"))]
    ts = (await client.chat_postMessage(channel=CHANNEL, text="x", blocks=blocks))["ts"]
    slack.faults.lost_deliveries = 1
    assert (await slack.click(LIN, channel=CHANNEL, ts=ts, action_id="heard")).error == "connection_failed"
    assert heard == []
    slack.faults.lost_deliveries = 1
    assert not (await slack.open_home(LIN)).acked
    await slack.until(lambda: [one["type"] for one in heard] == ["event_callback"])


async def test_response_urls_have_faults_too(slack: SlackEmulator) -> None:
    """The name is `response_url`."""
    url = (await slack.command(LIN, channel=CHANNEL, command="/secmaster")).payload["response_url"]
    slack.faults.fail("response_url")
    async with aiohttp.ClientSession(trust_env=False) as session:
        for status in (500, 200):
            async with session.post(url, json={"text": "x"}) as response:
                assert response.status == status


async def test_active_and_clear(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """What is on is data with a text for people; a used-up rule and a cleared switch are gone; both are announced."""
    assert slack.faults.active() == []
    async with slack.changes.subscribe() as queue:
        slack.faults.throttle(POST, retry_after=5, times=2)
        slack.faults.when(POST, "arrives", slack.stop)
        slack.faults.duplicate_deliveries = 3
        assert queue.qsize() == 3
        assert (await queue.get())["kind"] == "faults"
    rule, moment, switch = slack.faults.active()
    assert moment["text"] == "something happens when chat.postMessage arrives"
    assert (rule["name"], rule["times"], rule["text"]) == ("throttle", 2, "chat.postMessage answers 429, wait 5 s")
    assert switch == {
        "name": "duplicate_deliveries", "text": "the next 3 payloads are delivered twice", "value": 3,
    }  # fmt: skip
    slack.faults.clear()
    assert slack.faults.active() == []
    await post(client)


async def test_stop_does_not_wait_for_what_is_under_way() -> None:
    """With retries pending and a client connected, stopping takes no longer than closing."""
    from bot.sandbox.slack import SlackEmulator

    slack = SlackEmulator()
    await slack.start()
    await slack.open_home(LIN)
    async with asyncio.timeout(5):
        await slack.stop()


async def test_starts_quickly_and_again() -> None:
    """Ten emulators start and stop side by side; a stopped one can start again."""
    from bot.sandbox.slack import SlackEmulator

    emulators = [SlackEmulator() for _ in range(10)]
    for emulator in emulators:
        await emulator.start()
    assert len({emulator.url for emulator in emulators}) == 10
    for emulator in emulators:
        await emulator.stop()
    await emulators[0].start()
    async with tiny_app.web_client(emulators[0]) as client:
        assert (await client.auth_test())["ok"]
    await emulators[0].stop()
