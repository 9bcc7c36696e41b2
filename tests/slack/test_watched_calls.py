"""Every call of Slack is heard of, once, with what became of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from slack_sdk.errors import SlackApiError

from bot.errors import SlackRefused
from bot.slack.calls import SlackCall, open_session, watched, web_client
from bot.slack.uploads import send

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from slack_sdk.web.async_client import AsyncWebClient


class Elsewhere:
    """A server that answers as it is told, and what is heard of calls to it."""

    def __init__(self) -> None:
        self.answer: tuple[int, dict[str, object]] = 200, {"ok": True}
        self.hangs = False
        self.heard: list[SlackCall] = []
        self.url = ""
        self.client: AsyncWebClient

    async def take(self, _request: web.Request) -> web.Response:
        """Any method."""
        if self.hangs:
            await asyncio.Event().wait()
        status, body = self.answer
        return web.json_response(body, status=status, headers={"Retry-After": "1"})

    def last(self) -> tuple[str, int | None, str, str]:
        """Method, status, code and error of the only call since the last look."""
        (call,) = self.heard
        self.heard.clear()
        assert 0 <= call.seconds < 60
        return call.method, call.status, call.code, call.error


@pytest.fixture
async def elsewhere(no_proxies: None) -> AsyncIterator[Elsewhere]:
    """The server, and a client of it."""
    there = Elsewhere()
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", there.take)
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    there.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    async with open_session() as session:
        there.client = web_client("xoxb-1", session, base_url=f"{there.url}api/", on_call=there.heard.append)
        yield there
    await runner.cleanup()


@pytest.mark.parametrize(
    ("status", "body", "code", "error"),
    [
        (200, {"ok": False, "error": "not_in_channel"}, "not_in_channel", "SlackRefused"),
        (200, {"ok": False, "error": "ratelimited"}, "ratelimited", "SlackThrottled"),
        (429, {"ok": False, "error": "ratelimited"}, "ratelimited", "SlackThrottled"),
        (503, {}, "http_503", "SlackOutcomeUnknown"),
    ],
)
async def test_what_slack_does_not_take_is_heard_of(
    elsewhere: Elsewhere, status: int, body: dict[str, object], code: str, error: str
) -> None:
    """With Slack's word for it and the status; the error goes on to the caller."""
    elsewhere.answer = status, body
    with pytest.raises(SlackApiError):
        await elsewhere.client.chat_postMessage(channel="C1", text="x")
    assert elsewhere.last() == ("chat.postMessage", status, code, error)


async def test_success_and_silence_are_heard_of(elsewhere: Elsewhere) -> None:
    """A connection that cannot be made has no status; a call that was cancelled is neither."""
    await elsewhere.client.auth_test()
    assert elsewhere.last() == ("auth.test", 200, "", "")
    elsewhere.hangs = True
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(elsewhere.client.auth_test(), 0.05)
    assert elsewhere.heard == []
    elsewhere.client.base_url = "http://127.0.0.1:9/api/"
    with pytest.raises(OSError, match="connect"):
        await elsewhere.client.auth_test()
    assert elsewhere.last() == ("auth.test", None, "ClientConnectorError", "SlackUnreachable")


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (200, "", ""),
        (404, "http_404", "SlackRefused"),
        (429, "ratelimited", "SlackThrottled"),
        (500, "http_500", "SlackOutcomeUnknown"),
    ],
)
async def test_what_is_no_method_tells_by_its_status(elsewhere: Elsewhere, status: int, code: str, error: str) -> None:
    """Answers to commands, uploads."""
    with watched(elsewhere.client, "response_url") as call:
        call.status = status
    assert elsewhere.last() == ("response_url", status, code, error)


async def test_each_try_of_an_upload_is_a_call(elsewhere: Elsewhere) -> None:
    """Three in vain, one that goes well."""
    elsewhere.answer = 500, {}
    with pytest.raises(SlackRefused):
        await send(elsewhere.client, f"{elsewhere.url}upload", b"picture")
    assert [(call.method, call.status) for call in elsewhere.heard] == [("files.upload", 500)] * 3
    elsewhere.heard.clear()
    elsewhere.answer = 200, {}
    await send(elsewhere.client, f"{elsewhere.url}upload", b"picture")
    assert elsewhere.last() == ("files.upload", 200, "", "")


async def test_a_client_whom_nobody_hears_calls_all_the_same(elsewhere: Elsewhere) -> None:
    """And other mistakes are none of Slack's."""
    async with open_session() as session:
        assert (await web_client("xoxb-1", session, base_url=f"{elsewhere.url}api/").auth_test())["ok"]
    with pytest.raises(ZeroDivisionError), watched(elsewhere.client, "auth.test"):
        raise ZeroDivisionError
    assert elsewhere.heard == []
