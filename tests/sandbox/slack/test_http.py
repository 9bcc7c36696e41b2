"""HTTP delivery: signatures, forms, the handshake, and what happens when the app is slow or away."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from slack_sdk.signature import SignatureVerifier

from tests.sandbox.slack import tiny_app

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from slack_sdk.web.async_client import AsyncWebClient

    from bot.sandbox.slack import SlackEmulator

LIN = "U0MEILIN00"


class Endpoint:
    """A request URL that answers what the test says and keeps what it got."""

    def __init__(self) -> None:
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[web.Response] = []

    async def handle(self, request: web.Request) -> web.Response:
        """Answer the next answer, else 200."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.requests.append((headers, await request.read()))
        return self.answers.pop(0) if self.answers else web.Response()


@asynccontextmanager
async def listening(
    slack: SlackEmulator, handle: Callable[[web.Request], Awaitable[web.Response]]
) -> AsyncIterator[None]:
    """Serve `handle` as the request URL."""
    site = web.Application()
    site.router.add_post("/slack/events", handle)
    runner = web.AppRunner(site, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    slack.deliver_over_http(f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events")
    yield
    await runner.cleanup()


@pytest.fixture
async def endpoint(slack: SlackEmulator) -> AsyncIterator[Endpoint]:
    """The request URL."""
    endpoint = Endpoint()
    async with listening(slack, endpoint.handle):
        yield endpoint


async def test_signed_as_slack_signs(slack: SlackEmulator, endpoint: Endpoint) -> None:
    """The official verifier accepts the signature over the raw body."""
    await slack.open_home(LIN)
    ((headers, body),) = endpoint.requests
    assert headers["content-type"] == "application/json"
    assert SignatureVerifier(slack.signing_secret).is_valid_request(body, headers)
    assert not SignatureVerifier("another").is_valid_request(body, headers)


async def test_forms(slack: SlackEmulator, endpoint: Endpoint, client: AsyncWebClient) -> None:
    """Commands are flat forms; interactions a form with one JSON field."""
    await slack.command(LIN, channel=tiny_app.CHANNEL, command="/secmaster", text="x")
    blocks = [tiny_app.actions(tiny_app.button("b"))]
    answer = await client.chat_postMessage(channel=tiny_app.CHANNEL, text="x", blocks=blocks)
    await slack.click(LIN, channel=tiny_app.CHANNEL, ts=answer["ts"], action_id="b")
    bodies = [body for _, body in endpoint.requests]
    assert b"&command=%2Fsecmaster&text=x&" in bodies[0]
    assert bodies[1].startswith(b"payload=%7B")
    assert {headers["content-type"] for headers, _ in endpoint.requests} == {"application/x-www-form-urlencoded"}


@pytest.mark.parametrize("fault", [{"bad_signatures": 1}, {"signature_skew_s": -400.0}])
async def test_bolt_refuses_a_wrong_signature(
    slack: SlackEmulator, client: AsyncWebClient, heard: list[dict[str, Any]], fault: dict[str, Any]
) -> None:
    """A wrong secret and an old timestamp are both answered 401, and no listener runs."""
    slack.faults.event_retry_delays_s = ()
    async with tiny_app.over_http(slack, tiny_app.build(client, slack.signing_secret, heard)):
        for name, value in fault.items():
            setattr(slack.faults, name, value)
        delivery = await slack.open_home(LIN)
        assert (delivery.acked, delivery.status, delivery.error) == (False, 401, "http_error")
        assert heard == []
        slack.faults.clear()
        assert (await slack.open_home(LIN)).acked


async def test_handshake(slack: SlackEmulator, client: AsyncWebClient, heard: list[dict[str, Any]]) -> None:
    """Bolt gives the challenge back; an endpoint that does not is no request URL."""
    async with tiny_app.over_http(slack, tiny_app.build(client, slack.signing_secret, heard)):
        assert (await slack.verify_url()).acked
    endpoint = Endpoint()
    async with listening(slack, endpoint.handle):
        delivery = await slack.verify_url()
        assert (delivery.acked, delivery.error) == (False, "invalid_response")


async def test_events_are_retried(slack: SlackEmulator, endpoint: Endpoint) -> None:
    """An event not answered 2xx comes again with number and reason, the same event each time, three times at most."""
    slack.faults.event_retry_delays_s = (0.0, 0.01, 0.02)
    endpoint.answers = [web.Response(status=500) for _ in range(5)]
    assert (await slack.open_home(LIN)).error == "http_error"
    await slack.until(lambda: len(slack.traffic.of("app_home_opened")) == 4)
    retries = [headers.get("x-slack-retry-num") for headers, _ in endpoint.requests]
    assert retries == [None, "1", "2", "3"]
    assert endpoint.requests[1][0]["x-slack-retry-reason"] == "http_error"
    assert len({body for _, body in endpoint.requests}) == 1


async def test_no_retry_header_is_obeyed(slack: SlackEmulator, endpoint: Endpoint) -> None:
    """After x-slack-no-retry, as after the first 200, an event does not come again."""
    slack.faults.event_retry_delays_s = (0.0, 0.0)
    for last in (web.Response(status=500, headers={"X-Slack-No-Retry": "1"}), web.Response()):
        endpoint.requests.clear()
        endpoint.answers = [web.Response(status=500), last]
        await slack.open_home(LIN)
        await slack.until(lambda: len(endpoint.requests) >= 2)
        await slack.open_home(LIN)
        retries = [headers.get("x-slack-retry-num") for headers, _ in endpoint.requests]
        assert retries == [None, "1", None]


async def test_a_click_is_not_retried(slack: SlackEmulator, endpoint: Endpoint, client: AsyncWebClient) -> None:
    """Only events are repeated: a failed click is the person's to repeat."""
    slack.faults.event_retry_delays_s = (0.0,)
    blocks = [tiny_app.actions(tiny_app.button("b"))]
    answer = await client.chat_postMessage(channel=tiny_app.CHANNEL, text="x", blocks=blocks)
    endpoint.answers = [web.Response(status=500)]
    assert not (await slack.click(LIN, channel=tiny_app.CHANNEL, ts=answer["ts"], action_id="b")).acked
    await slack.open_home(LIN)
    assert len(endpoint.requests) == 2


async def test_nobody_there(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """A request URL that refuses connections is told from one that is slow."""
    slack.faults.event_retry_delays_s = ()
    slack.deliver_over_http("http://127.0.0.1:9/slack/events")
    assert (await slack.open_home(LIN)).error == "connection_failed"
