"""Socket Mode heals itself; HTTP refuses what is not Slack's."""

from __future__ import annotations

import hashlib
import hmac
import io
import time
from typing import TYPE_CHECKING

import aiohttp
import pytest
from slack_bolt.async_app import AsyncApp

from bot.sandbox.slack import SlackEmulator
from bot.slack import connection
from bot.slack.calls import web_client
from bot.slack.connection import PATIENT, Pace, SocketConnections, SocketLink
from tests.scenarios.stage import LIN

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.scenarios.conftest import Open


@pytest.fixture
async def slack(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SlackEmulator]:
    """An emulated Slack."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    emulator = SlackEmulator()
    await emulator.start()
    yield emulator
    await emulator.stop()


@pytest.fixture
async def app(slack: SlackEmulator) -> AsyncIterator[AsyncApp]:
    """A Bolt app without listeners."""
    async with aiohttp.ClientSession(trust_env=False) as session:
        yield AsyncApp(client=web_client(slack.bot_token, session, base_url=slack.api_url))


async def test_a_lost_connection_gets_a_fresh_url_and_then_a_fresh_client(slack: SlackEmulator, app: AsyncApp) -> None:
    """After 15 s the URL is forgotten, after 40 s the client is replaced; a connection that stands is left alone."""
    now = [0.0]
    link = SocketLink(app, slack.app_token, clock=lambda: now[0])
    assert not await link.connected()
    link.open()
    await slack.until(lambda: slack.connections == 1, what="a connection")
    await link.look()
    client = link._client
    assert client is not None

    client.closed = True
    await link.look()
    client.wss_uri = "wss://expired.example"
    now[0] = PATIENT.fresh_url_after
    await link.look()
    assert client.wss_uri is None
    now[0] = PATIENT.replace_after
    await link.look()
    assert link._client is not client
    await slack.until(lambda: slack.connections >= 1, what="a new connection")
    await link.close()


async def test_the_watchdog_outlives_what_it_watches(slack: SlackEmulator, app: AsyncApp) -> None:
    """A look that fails is followed by the next."""
    connections = SocketConnections(app, slack.app_token, pace=Pace(look_every=0.01))
    looks: list[int] = []

    class Broken(SocketLink):
        async def look(self) -> None:
            """Fail."""
            looks.append(1)
            raise OSError("broken")

    connections._links = [Broken(app, slack.app_token)]
    connections.open()
    await slack.until(lambda: len(looks) > 2, what="looks")
    await connections.close()


def signed(secret: str, body: bytes, *, at: float | None = None) -> dict[str, str]:
    """Headers as Slack sends them."""
    stamp = str(int(time.time() if at is None else at))
    digest = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": f"v0={digest}",
        "Content-Type": "application/x-www-form-urlencoded",
    }


async def test_http_takes_only_what_slack_has_signed(open_stage: Open) -> None:
    """Unsigned, forged, replayed, undated, not UTF-8 and too large requests are refused without a trace of why."""
    async with open_stage("http") as stage:
        secret = stage.slack.signing_secret
        url = f"http://127.0.0.1:{stage.bot.server.port}/slack/events"  # type: ignore[union-attr]
        good = b"ssl_check=0&command=%2Fsecmaster&text=help&user_id=" + LIN.encode()
        cases = [
            (good, {}, 401),
            (good, signed("wrong", good), 401),
            (good, signed(secret, good, at=time.time() - 400), 401),
            (good, signed(secret, good, at=time.time() + 400), 401),
            (good, signed(secret, good) | {"X-Slack-Request-Timestamp": "yesterday"}, 401),
            (good, signed(secret, good) | {"X-Slack-Request-Timestamp": "１２３"}, 401),
            (b"\xff\xfe", signed(secret, b"\xff\xfe"), 400),
            (b"a" * (connection.BODY_LIMIT + 1), signed(secret, b"a"), 413),
            (good, signed(secret, good), 200),
        ]
        async with aiohttp.ClientSession(trust_env=False) as http:
            for body, headers, status in cases:
                async with http.post(url, data=io.BytesIO(body), headers=headers) as answer:
                    assert answer.status == status, headers
                    assert "Traceback" not in await answer.text()


@pytest.mark.parametrize(
    "body",
    [
        b"payload=%7B%7D",
        b"payload=not-json",
        b"payload=%5B%5D",
        b'payload={"type":"block_actions","actions":[]}',
        b'payload={"type":"block_actions","user":{"id":"U0MEILIN00"},"actions":[{"action_id":"review_approve","type":"button","value":"forged"}]}',
        b'payload={"type":"block_actions","user":{"id":"U0MEILIN00"},"trigger_id":"1.2","actions":[{"action_id":"old_button","type":"button"}]}',
        b'payload={"type":"view_submission","user":{"id":"U0MEILIN00"},"view":{"id":"V1","type":"modal","callback_id":"review_vote","private_metadata":"{}","state":{"values":{}}}}',
        b'payload={"type":"view_submission","user":{"id":"U0MEILIN00"},"view":{"id":"V1","type":"modal","callback_id":"old_form","state":{"values":{}}}}',
        b"command=/secmaster&text=pending",
        b"command=/other&text=x&user_id=U0MEILIN00",
        b"",
    ],
)
async def test_signed_nonsense_changes_nothing_and_shows_no_trace(open_stage: Open, body: bytes) -> None:
    """Malformed, forged and outdated payloads: no 500 with a stack trace, no effect, and the next click works."""
    async with open_stage("http") as stage:
        url = f"http://127.0.0.1:{stage.bot.server.port}/slack/events"  # type: ignore[union-attr]
        async with aiohttp.ClientSession(trust_env=False) as http:
            headers = signed(stage.slack.signing_secret, body)
            async with http.post(url, data=body, headers=headers) as answer:
                text = await answer.text()
        assert "Traceback" not in text
        assert "File " not in text
        version = stage.pending()[0]
        await stage.vote(LIN, version, "approve", "Still works")
        await stage.told(version, "SecMaster's opinion")
        assert len(stage.secmaster.approvals(version)) == 1
