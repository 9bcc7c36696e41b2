"""What comes to the HTTP route from anywhere: only what Slack signed gets to a listener, and nothing makes a 500."""

from __future__ import annotations

import gzip
import hashlib
import hmac
import io
import json
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

from bot.slack import listeners
from bot.slack.acks import Kind
from bot.slack.connection import BODY_LIMIT, slack_route

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SECRET = "signing-secret"
COMMAND = b"command=%2Fsecmaster&text=help&user_id=U1"


class Route:
    """The route behind a server; `heard` are the commands that reached a listener."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.acked: list[Kind] = []
        self.url = ""

    async def post(self, body: bytes, **headers: str) -> int:
        """The status of the answer."""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        async with (
            aiohttp.ClientSession(trust_env=False) as session,
            session.post(self.url, data=io.BytesIO(body), headers=names) as answer,
        ):
            assert "Traceback" not in await answer.text()
            return answer.status


def signed(body: bytes, *, late: float = 0, content_type: str = "application/x-www-form-urlencoded") -> dict[str, str]:
    """Slack's headers."""
    stamp = str(int(time.time() - late))
    digest = hmac.new(SECRET.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {
        "X_Slack_Request_Timestamp": stamp,
        "X_Slack_Signature": f"v0={digest}",
        "Content_Type": content_type,
    }


@pytest.fixture
async def route() -> AsyncIterator[Route]:
    """A running route."""
    running = Route()

    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id="T1", bot_token="xoxb-1")

    app = AsyncApp(authorize=authorize, signing_secret=SECRET, process_before_response=True)

    async def command(ack: Any, body: dict[str, Any]) -> None:
        running.heard.append(body["text"])
        await ack()

    app.command("/secmaster")(command)
    app.error(listeners.failed)
    served = web.Application(client_max_size=BODY_LIMIT)
    served.add_routes([slack_route(app, on_ack=lambda kind, _seconds: running.acked.append(kind))])
    runner = web.AppRunner(served, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    running.url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    yield running
    await runner.cleanup()


@pytest.mark.parametrize("late", [0, 290, -290])
async def test_what_slack_signed_is_heard(route: Route, late: float) -> None:
    """Within five minutes."""
    assert await route.post(COMMAND, **signed(COMMAND, late=late)) == 200
    assert route.heard == ["help"]
    assert route.acked == [Kind.COMMAND]


@pytest.mark.parametrize(
    ("body", "late", "headers"),
    [
        (COMMAND + b"!", 0, {}),
        (COMMAND, 310, {}),
        (COMMAND, -310, {}),
        (COMMAND, 0, {"X_Slack_Signature": ""}),
        (COMMAND, 0, {"X_Slack_Signature": "v0=00"}),
        (COMMAND, 0, {"X_Slack_Signature": "v0=é"}),
        (COMMAND, 0, {"X_Slack_Signature": "x" * 4000}),
        (COMMAND, 0, {"X_Slack_Request_Timestamp": ""}),
        (COMMAND, 0, {"X_Slack_Request_Timestamp": "-1"}),
        (COMMAND, 0, {"X_Slack_Request_Timestamp": "1e9"}),
        (COMMAND, 0, {"X_Slack_Request_Timestamp": "²"}),
        (COMMAND, 0, {"X_Slack_Request_Timestamp": "9" * 5000}),
    ],
    ids=range(12),
)
async def test_what_slack_did_not_sign_is_refused(
    route: Route, body: bytes, late: float, headers: dict[str, str]
) -> None:
    """With 401 and nothing else: forged, replayed, from the future, without a time, with headers that cannot be."""
    assert await route.post(COMMAND, **signed(body, late=late) | headers) == 401
    assert await route.post(COMMAND) == 401
    assert route.heard == []
    assert route.acked == []


NESTED = b"[" * 200_000
UNREADABLE = [
    (b"\xff\xfe", "application/x-www-form-urlencoded"),
    (COMMAND, "application/x-www-form-urlencoded; charset=nonsense"),
    (COMMAND + b"&x=\xe9", "text/plain; charset=ascii"),
    (b"payload=not-json", "application/x-www-form-urlencoded"),
    (b"payload=%5B%5D", "application/x-www-form-urlencoded"),
    (b"payload=7", "application/x-www-form-urlencoded"),
    (b"{", "application/json"),
    (b"[]", "application/json"),
    (b"null", "application/json"),
    (b'"text"', "application/json"),
    (NESTED, "application/json"),
    (b"payload=" + NESTED, "application/x-www-form-urlencoded"),
]


@pytest.mark.parametrize(("body", "content_type"), UNREADABLE, ids=range(len(UNREADABLE)))
@pytest.mark.parametrize("by_slack", [True, False])
async def test_what_cannot_be_read_is_refused(route: Route, body: bytes, content_type: str, *, by_slack: bool) -> None:
    """Bolt reads the body before it checks the signature, so a stranger's nonsense must not be an error of ours."""
    headers = signed(body, content_type=content_type)
    if not by_slack:
        headers |= {"X_Slack_Signature": "v0=00"}
    assert await route.post(body, **headers) in {400, 401}
    assert route.heard == []


async def test_a_body_too_large_is_refused(route: Route) -> None:
    """Before it is read to its end."""
    body = b"text=" + b"a" * BODY_LIMIT
    assert await route.post(body, **signed(b"")) == 413
    just = b"command=%2Fsecmaster&text=" + b"a" * (BODY_LIMIT // 2)
    assert await route.post(just, **signed(just)) == 200


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"type": "block_actions"},
        {"type": "block_actions", "actions": []},
        {"type": "block_actions", "actions": None},
        {"type": "block_actions", "actions": [[]], "user": "U1"},
        {"type": "view_submission"},
        {"type": "view_submission", "view": None},
        {"type": ["event_callback"]},
        {"team": [], "enterprise": 7},
        {"authorizations": [None]},
        {"user": 7, "team": {"id": []}},
    ],
    ids=str,
)
async def test_signed_payloads_that_slack_does_not_send_are_refused(route: Route, payload: dict[str, Any]) -> None:
    """Bolt raises on some of them before any listener; that is no 500 either."""
    form = b"payload=" + quote(json.dumps(payload)).encode()
    assert 400 <= await route.post(form, **signed(form)) < 500
    body = json.dumps(payload).encode()
    assert 400 <= await route.post(body, **signed(body, content_type="application/json")) < 500


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content_Encoding": "gzip"}, 400),
        ({"Content_Encoding": "deflate"}, 400),
        ({"Content_Encoding": "br"}, 400),
        ({"Content_Type": "multipart/form-data"}, 200),
        ({"Content_Type": ""}, 200),
        ({"X_Slack_Bolt_Lazy_Only": "1", "X_Slack_Bolt_Lazy_Function_Name": "command"}, 404),
        ({"X_Slack_Retry_Num": "many", "X_Slack_Retry_Reason": "<!here>"}, 200),
        ({"Cookie": "d=1; " * 500}, 200),
    ],
    ids=str,
)
async def test_headers_that_slack_does_not_send_are_no_failure(
    route: Route, headers: dict[str, str], status: int
) -> None:
    """The signature covers the body only: whoever stands in between may add what they like."""
    assert await route.post(COMMAND, **signed(COMMAND) | headers) == status


async def test_a_body_that_unpacks_too_large_is_refused(route: Route) -> None:
    """What counts is what it becomes: a few kilobytes may hold many megabytes."""
    packed = gzip.compress(b"text=" + b"a" * BODY_LIMIT * 20)
    assert len(packed) < BODY_LIMIT // 10
    assert await route.post(packed, **signed(packed), Content_Encoding="gzip") == 413
