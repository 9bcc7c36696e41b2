"""Socket Mode as a bare client sees it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from bot.sandbox.slack.sockets import MOST
from bot.sandbox.slack.tickets import LIVES_S
from tests.sandbox.slack import tiny_app

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from slack_sdk.web.async_client import AsyncWebClient

    from bot.sandbox.slack import SlackEmulator
    from tests.sandbox.slack.conftest import Clock

LIN = "U0MEILIN00"
WAIT_S = 5.0


async def address(slack: SlackEmulator) -> str:
    """A fresh Socket Mode URL."""
    async with tiny_app.web_client(slack, slack.app_token) as client:
        return str((await client.apps_connections_open(app_token=slack.app_token))["url"])


@asynccontextmanager
async def connected(slack: SlackEmulator) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """A connection that has had its hello."""
    url = await address(slack)
    async with aiohttp.ClientSession(trust_env=False) as session, session.ws_connect(url, autoping=False) as ws:
        assert (await ws.receive_json(timeout=WAIT_S))["type"] == "hello"
        yield ws


async def taken(ws: aiohttp.ClientWebSocketResponse, payload: Any = None) -> dict[str, Any]:
    """The next envelope, acked."""
    envelope = await ws.receive_json(timeout=WAIT_S)
    answer = {"envelope_id": envelope["envelope_id"]}
    await ws.send_json(answer if payload is None else {**answer, "payload": payload})
    return dict(envelope)


async def test_hello(slack: SlackEmulator) -> None:
    """The first message says how many connections there are and for which app."""
    url = await address(slack)
    async with aiohttp.ClientSession(trust_env=False) as session, session.ws_connect(url) as ws:
        hello = await ws.receive_json(timeout=WAIT_S)
        assert hello["num_connections"] == 1
        assert hello["connection_info"] == {"app_id": slack.app_id}
        assert hello["debug_info"]["approximate_connection_time"] == 3600
        assert slack.connections == 1
    await slack.until(lambda: slack.connections == 0)


async def test_a_ticket_lets_one_connection_in(slack: SlackEmulator, clock: Clock) -> None:
    """A URL works once and not for long; an invented or withdrawn one not at all."""
    first, late, withdrawn = await address(slack), await address(slack), await address(slack)
    async with aiohttp.ClientSession(trust_env=False) as session:
        async with session.ws_connect(first):
            for url in (first, first.replace("ticket=", "ticket=x")):
                with pytest.raises(aiohttp.WSServerHandshakeError):
                    await session.ws_connect(url)
        clock.now += LIVES_S + 1
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(late)
        assert slack.faults.expire_tickets() == 1
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(withdrawn)
        slack.faults.refuse_tickets = 1
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(await address(slack))
        async with session.ws_connect(await address(slack)) as ws:
            assert (await ws.receive_json(timeout=WAIT_S))["type"] == "hello"


async def test_each_envelope_goes_to_one_connection_in_turn(slack: SlackEmulator) -> None:
    """With two connections, two events reach one each."""
    async with connected(slack) as one, connected(slack) as two:
        deliveries = [asyncio.create_task(slack.emit({"type": "tokens_revoked"})) for _ in range(2)]
        envelopes = [await taken(one), await taken(two)]
        assert all(each.acked for each in await asyncio.gather(*deliveries))
        assert envelopes[0]["envelope_id"] != envelopes[1]["envelope_id"]
        assert {each["type"] for each in envelopes} == {"events_api"}
        assert {each["retry_attempt"] for each in envelopes} == {0}
        for ws in (one, two):
            with pytest.raises(TimeoutError):
                await ws.receive(timeout=0.1)


async def test_an_envelope_outlives_its_connection(slack: SlackEmulator) -> None:
    """A connection that dies before the ack hands its envelope to the other one, marked as a retry."""
    async with connected(slack) as one:
        delivery = asyncio.create_task(slack.open_home(LIN))
        first = await one.receive_json(timeout=WAIT_S)
        async with connected(slack) as two:
            await one.close()
            again = await taken(two)
            assert again["envelope_id"] == first["envelope_id"]
            assert again["payload"] == first["payload"]
            assert (again["retry_attempt"], again["retry_reason"]) == (1, "connection_failed")
            assert (await delivery).acked


async def test_the_next_connection_takes_what_the_last_one_left(slack: SlackEmulator) -> None:
    """Even with no connection in between, an unacked envelope waits its three seconds for one."""
    async with connected(slack) as one:
        delivery = asyncio.create_task(slack.open_home(LIN))
        await one.receive_json(timeout=WAIT_S)
    await slack.until(lambda: slack.connections == 0)
    async with connected(slack) as two:
        assert (await taken(two))["retry_attempt"] == 1
        assert (await delivery).acked


async def test_accepts_response_payload(slack: SlackEmulator) -> None:
    """Commands may be answered in the ack; what the ack carries is shown."""
    async with connected(slack) as ws:
        act = slack.command(LIN, channel=tiny_app.CHANNEL, command="/secmaster", text="x")
        delivery = asyncio.create_task(act)
        envelope = await taken(ws, {"response_type": "in_channel", "text": "for all"})
        assert envelope["type"] == "slash_commands"
        assert envelope["accepts_response_payload"] is True
        assert (await delivery).body["text"] == "for all"
    assert [one["text"] for one in slack.messages(tiny_app.CHANNEL)] == ["for all"]


async def test_no_connection_no_delivery(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """Without a connection a click fails at once."""
    answer = await client.chat_postMessage(
        channel=tiny_app.CHANNEL, text="x", blocks=[tiny_app.actions(tiny_app.button("b"))]
    )
    delivery = await slack.click(LIN, channel=tiny_app.CHANNEL, ts=answer["ts"], action_id="b")
    assert (delivery.acked, delivery.error) == (False, "no_connection")


async def test_ten_connections_at_most(slack: SlackEmulator) -> None:
    """The eleventh is told `too_many_websockets` and closed."""
    async with aiohttp.ClientSession(trust_env=False) as session:
        open_ones = [await session.ws_connect(await address(slack)) for _ in range(MOST)]
        await slack.until(lambda: slack.connections == MOST)
        async with session.ws_connect(await address(slack)) as ws:
            assert (await ws.receive_json(timeout=WAIT_S))["reason"] == "too_many_websockets"
            assert (await ws.receive(timeout=WAIT_S)).type is aiohttp.WSMsgType.CLOSE
        assert slack.connections == MOST
        for each in open_ones:
            await each.close()


@pytest.mark.parametrize("reason", ["warning", "refresh_requested", "link_disabled"])
async def test_disconnect(slack: SlackEmulator, reason: str) -> None:
    """A client is told to go, and all but a warning ends with the server closing."""
    async with connected(slack) as ws:
        assert await slack.faults.disconnect(reason) == 1
        message = await ws.receive_json(timeout=WAIT_S)
        assert (message["type"], message["reason"]) == ("disconnect", reason)
        if reason == "warning":
            await ws.ping()
            assert (await ws.receive(timeout=WAIT_S)).type is aiohttp.WSMsgType.PONG
        else:
            assert (await ws.receive(timeout=WAIT_S)).type is aiohttp.WSMsgType.CLOSE


async def test_the_official_client_comes_back(
    slack: SlackEmulator, client: AsyncWebClient, heard: list[dict[str, Any]]
) -> None:
    """After refresh_requested, and after a break without a word, Bolt reconnects with a new ticket."""
    app = tiny_app.build(client, slack.signing_secret, heard)
    async with tiny_app.over_sockets(slack, app):
        await slack.faults.disconnect("refresh_requested")
        await back(slack, tickets=2)
        assert (await slack.open_home(LIN)).acked
        assert slack.faults.drop_connections() == 1
        await back(slack, tickets=3)
        assert (await slack.open_home(LIN)).acked


async def back(slack: SlackEmulator, *, tickets: int) -> None:
    """Wait until the app has fetched that many tickets and its newest connection is the only one."""
    await slack.until(lambda: len(slack.traffic.of("apps.connections.open")) == tickets)
    opened = {"what": "open", "open": 1}
    await slack.until(lambda: [entry.request for entry in slack.traffic.of("socket")].count(opened) == tickets)


async def test_zombie(slack: SlackEmulator) -> None:
    """A zombie connection stays open: nothing comes, no ping is answered, acks are not read; then it wakes."""
    slack.ack_within_s = 0.2
    slack.faults.event_retry_delays_s = ()
    async with connected(slack) as ws:
        slack.faults.zombie()
        await ws.ping()
        delivery = await slack.open_home(LIN)
        assert delivery.error == "timeout"
        with pytest.raises(TimeoutError):
            await ws.receive(timeout=0.1)
        assert slack.connections == 1
        slack.faults.zombie(on=False)
        await ws.ping()
        assert (await ws.receive(timeout=WAIT_S)).type is aiohttp.WSMsgType.PONG
