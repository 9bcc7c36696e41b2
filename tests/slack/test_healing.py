"""Real sockets to an emulated Slack that breaks them in every way it can: envelopes come again without a restart."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from slack_bolt.async_app import AsyncApp

from bot.sandbox.slack import SlackEmulator
from bot.slack.calls import web_client
from bot.slack.connection import Pace, SocketConnections
from tests.scenarios.stage import LIN, REVIEWS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

# slack_sdk counts whole seconds and calls a socket stale after four pings without an answer.
QUICK = Pace(look_every=0.05, ping_every=0.3, fresh_url_after=0.2, replace_after=1.0)


@pytest.fixture
async def slack(no_proxies: None) -> AsyncIterator[SlackEmulator]:
    """An emulated Slack."""
    emulator = SlackEmulator()
    await emulator.start()
    yield emulator
    await emulator.stop()


@pytest.fixture
async def connections(slack: SlackEmulator) -> AsyncIterator[SocketConnections]:
    """Connections under a quick watchdog, to an app that acks."""
    async with aiohttp.ClientSession(trust_env=False) as session:
        app = AsyncApp(client=web_client(slack.bot_token, session, base_url=slack.api_url))

        async def command(ack: Any) -> None:
            await ack("heard")

        app.command("/secmaster")(command)
        opened = SocketConnections(app, slack.app_token, pace=QUICK)
        opened.open()
        await slack.until(lambda: slack.connections == 2, what="two connections")
        yield opened
        await opened.close()
        assert await opened.connected() == 0


async def heard(slack: SlackEmulator) -> bool:
    """Whether a command typed now is acked."""
    return (await slack.command(LIN, channel=REVIEWS, command="/secmaster", text="x")).acked


async def test_both_connections_stand_and_carry(slack: SlackEmulator, connections: SocketConnections) -> None:
    """Two, and both count."""
    assert await connections.connected() == 2
    assert await heard(slack)


async def test_dropped_connections_come_back(slack: SlackEmulator, connections: SocketConnections) -> None:
    """Broken without a word."""
    assert slack.faults.drop_connections() == 2
    await slack.until(lambda: slack.connections == 0, what="no connection")
    await slack.until(lambda: slack.connections == 2, what="two connections")
    assert await heard(slack)


async def test_connections_come_back_after_slack_asks_to_reconnect(
    slack: SlackEmulator, connections: SocketConnections
) -> None:
    """Slack does so every few hours."""
    await slack.faults.disconnect("refresh_requested")
    await slack.until(lambda: slack.connections == 0, what="no connection")
    await slack.until(lambda: slack.connections == 2, what="two connections")
    assert await heard(slack)


async def test_refused_tickets_are_asked_for_anew(slack: SlackEmulator, connections: SocketConnections) -> None:
    """slack_sdk would try the same worthless address for ever."""
    slack.faults.refuse_tickets = 4
    slack.faults.drop_connections()
    await slack.until(lambda: slack.faults.refuse_tickets == 0, what="refusals")
    await slack.until(lambda: slack.connections == 2, what="two connections")
    assert await heard(slack)


async def test_silent_sockets_are_replaced(slack: SlackEmulator, connections: SocketConnections) -> None:
    """Open, but nothing comes through and no ping is answered: the worst of all, for it looks well."""
    slack.faults.zombie()
    async with asyncio.timeout(15):
        while await connections.connected():  # noqa: ASYNC110 - a socket goes silent without an event
            await asyncio.sleep(0.05)
    slack.faults.zombie(on=False)
    async with asyncio.timeout(15):
        while not (await connections.connected() == 2 and await heard(slack)):  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.05)


async def test_a_slack_that_does_not_answer_for_a_while_is_found_again(
    slack: SlackEmulator, connections: SocketConnections
) -> None:
    """No new address is given out for some time."""
    slack.faults.fail("apps.connections.open", status=503, times=4)
    slack.faults.drop_connections()
    await slack.until(lambda: not slack.faults.active(), what="refusals", timeout=20)
    await slack.until(lambda: slack.connections == 2, what="two connections", timeout=20)
    assert await heard(slack)
