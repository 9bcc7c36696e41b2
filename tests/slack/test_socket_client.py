"""Parting from Slack over a real socket: what has come is answered, what crosses the goodbye is done."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import WSMsgType, web
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

from bot.slack.acks import Kind
from bot.slack.calls import web_client
from bot.slack.socket_client import SocketClient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

WITHIN = 20.0


class Slack:
    """The other end of the socket, which plays what a test tells it to."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        """What the client said, in order: the ids of acked envelopes, and `goodbye`."""
        self.connections = 0
        self.socket: web.WebSocketResponse | None = None
        self.last_words: list[str] = []
        """Envelopes that are on their way when the goodbye comes."""
        self.answers_goodbye = True
        self.url = ""
        self.changed = asyncio.Condition()

    async def open(self, _request: web.Request) -> web.Response:
        """apps.connections.open."""
        return web.json_response({"ok": True, "url": f"{self.url}/socket"})

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """One connection."""
        socket = web.WebSocketResponse(autoclose=False)
        await socket.prepare(request)
        self.socket = socket
        self.connections += 1
        await self._tell()
        while (message := await socket.receive()).type in {WSMsgType.TEXT, WSMsgType.CLOSE}:
            if message.type is WSMsgType.CLOSE:
                await self._part(socket)
                break
            self.heard.append(json.loads(message.data)["envelope_id"])
            await self._tell()
        return socket

    async def _part(self, socket: web.WebSocketResponse) -> None:
        self.heard.append("goodbye")
        await self._tell()
        for envelope_id in self.last_words:
            await self.send(envelope_id)
        if self.answers_goodbye:
            await socket.close()
        elif socket._req is not None and socket._req.transport is not None:
            socket._req.transport.abort()

    async def send(self, envelope_id: str) -> None:
        """A slash command."""
        payload = {"command": "/secmaster", "text": envelope_id, "user_id": "U1", "team_id": "T1"}
        await self.say({"type": "slash_commands", "envelope_id": envelope_id, "payload": payload})

    async def say(self, message: dict[str, Any]) -> None:
        """Any message."""
        assert self.socket is not None
        await self.socket.send_str(json.dumps(message))

    async def until(self, what: str) -> None:
        """Wait until the client said this, or, for `connected`, came."""
        async with asyncio.timeout(WITHIN), self.changed:
            await self.changed.wait_for(lambda: self.connections > 0 if what == "connected" else what in self.heard)

    async def _tell(self) -> None:
        async with self.changed:
            self.changed.notify_all()


class Desk:
    """The app's one listener, which takes as long as a test wants."""

    def __init__(self) -> None:
        self.began: asyncio.Queue[str] = asyncio.Queue()
        self.done: list[str] = []
        self.open = asyncio.Event()
        self.open.set()

    async def command(self, ack: Any, body: dict[str, Any]) -> None:
        """Answer when the desk is open."""
        self.began.put_nowait(body["text"])
        await self.open.wait()
        await ack()
        self.done.append(body["text"])


@pytest.fixture
async def slack(no_proxies: None) -> AsyncIterator[Slack]:
    """A listening Slack."""
    other = Slack()
    app = web.Application()
    app.add_routes([web.post("/api/apps.connections.open", other.open), web.get("/socket", other.serve)])
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    other.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield other
    await runner.cleanup()


@pytest.fixture
def desk() -> Desk:
    """The listener."""
    return Desk()


@pytest.fixture
async def client(slack: Slack, desk: Desk) -> AsyncIterator[SocketClient]:
    """A connected client."""
    async with aiohttp.ClientSession(trust_env=False) as session:
        app = AsyncApp(
            authorize=authorize,
            client=web_client(None, session, base_url=f"{slack.url}/api/"),
            process_before_response=True,
            request_verification_enabled=False,
        )
        app.command("/secmaster")(desk.command)
        connected = SocketClient(app, "xapp-test", ping_interval=5, settle_within=1, goodbye_within=1)
        await connected.connect()  # type: ignore[no-untyped-call]
        await slack.until("connected")
        yield connected
        desk.open.set()
        await connected.close()  # type: ignore[no-untyped-call]


async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
    """Everybody is welcome."""
    return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token="xoxb-test")


async def part(client: SocketClient) -> None:
    """Part; a client that never comes to an end is a failure."""
    async with asyncio.timeout(WITHIN):
        await client.part()


async def test_what_is_in_hand_is_acked_before_the_goodbye(slack: Slack, desk: Desk, client: SocketClient) -> None:
    """A listener that is still at work gets its ack through, and so does what came while it was."""
    desk.open.clear()
    await slack.send("slow")
    assert await desk.began.get() == "slow"
    parting = asyncio.create_task(part(client))
    await slack.send("next")
    assert await desk.began.get() == "next"
    desk.open.set()
    await parting
    await slack.until("goodbye")
    assert sorted(slack.heard[:-1]) == ["next", "slow"]
    assert slack.heard[-1] == "goodbye"


async def test_what_crosses_the_goodbye_is_done_all_the_same(slack: Slack, desk: Desk, client: SocketClient) -> None:
    """Slack sent it before it heard the goodbye: nothing can be acked any more, but the form opens, the vote counts."""
    slack.last_words = ["late", "later"]
    await part(client)
    assert sorted(desk.done) == ["late", "later"]
    assert slack.heard == ["goodbye"]


async def test_a_connection_that_breaks_instead_of_a_goodbye_is_an_end(
    slack: Slack, desk: Desk, client: SocketClient
) -> None:
    """Nothing is waited for."""
    slack.answers_goodbye = False
    await part(client)
    assert slack.heard == ["goodbye"]


async def test_parting_never_connects_anew(slack: Slack, desk: Desk, client: SocketClient) -> None:
    """Not when Slack asks for it in that very moment."""
    desk.open.clear()
    await slack.send("slow")
    await desk.began.get()
    parting = asyncio.create_task(part(client))
    await asyncio.sleep(0)
    await slack.say({"type": "disconnect", "reason": "refresh_requested"})
    await slack.send("after")
    await desk.began.get()
    desk.open.set()
    await parting
    assert slack.connections == 1


async def test_parting_has_an_end_even_if_a_listener_has_none(slack: Slack, desk: Desk, client: SocketClient) -> None:
    """The goodbye is said after a while, whatever is in hand."""
    desk.open.clear()
    await slack.send("for ever")
    await desk.began.get()
    await part(client)
    assert slack.heard == ["goodbye"]


async def test_there_is_nothing_to_part_from_without_a_connection(slack: Slack, client: SocketClient) -> None:
    """A second parting says nothing."""
    await part(client)
    await part(client)
    assert slack.heard == ["goodbye"]


async def test_the_time_to_an_ack_begins_when_the_message_came(slack: Slack, desk: Desk, client: SocketClient) -> None:
    """Whatever keeps it in the queue counts; what crosses the goodbye, or no listener takes, is not acked."""
    heard: list[tuple[Kind, float]] = []
    client._on_ack = lambda kind, seconds: heard.append((kind, seconds))
    desk.open.clear()
    began = time.monotonic()
    await slack.send("slow")
    assert await desk.began.get() == "slow"
    await asyncio.sleep(0.05)
    desk.open.set()
    await slack.until("slow")
    ((kind, seconds),) = heard
    assert kind is Kind.COMMAND
    assert 0.05 <= seconds <= time.monotonic() - began
    unknown = {"command": "/unknown", "user_id": "U1", "team_id": "T1"}
    await slack.say({"type": "slash_commands", "envelope_id": "odd", "payload": unknown})
    slack.last_words = ["late"]
    await part(client)
    assert desk.done == ["slow", "late"]
    assert len(heard) == 1


async def test_a_message_that_did_not_come_over_the_wire_is_handled_too(client: SocketClient, desk: Desk) -> None:
    """Its time begins then."""
    heard: list[Kind] = []
    client._on_ack = lambda kind, _seconds: heard.append(kind)
    payload = {"command": "/secmaster", "text": "direct", "user_id": "U1", "team_id": "T1"}
    client._in_hand += 1
    message = {"type": "slash_commands", "envelope_id": "direct", "payload": payload}
    await client.run_message_listeners(message, json.dumps(message))
    assert heard == [Kind.COMMAND]
