"""The emulator, the official client and the tiny app, each closed after its test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bot.sandbox.slack import SlackEmulator
from tests.sandbox.slack import tiny_app

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from slack_sdk.web.async_client import AsyncWebClient


class Clock:
    """A clock that only tests move."""

    def __init__(self) -> None:
        self.now = 1_764_000_000.0

    def __call__(self) -> float:
        """The time."""
        return self.now


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """slack_sdk takes proxies from the environment and does not honour NO_PROXY."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def clock() -> Clock:
    """The emulator's clock in this test."""
    return Clock()


@pytest.fixture
async def slack(clock: Clock) -> AsyncIterator[SlackEmulator]:
    """A running emulator."""
    emulator = SlackEmulator(clock=clock)
    await emulator.start()
    yield emulator
    await emulator.stop()


@pytest.fixture
async def client(slack: SlackEmulator) -> AsyncIterator[AsyncWebClient]:
    """The official client with the bot token."""
    async with tiny_app.web_client(slack) as client:
        yield client


@pytest.fixture
def heard() -> list[dict[str, Any]]:
    """Every payload that reached a listener of the tiny app."""
    return []


@pytest.fixture(params=["sockets", "http"])
async def app(
    request: pytest.FixtureRequest, slack: SlackEmulator, client: AsyncWebClient, heard: list[dict[str, Any]]
) -> AsyncIterator[None]:
    """The tiny app, connected by each transport in turn."""
    carry = tiny_app.over_sockets if request.param == "sockets" else tiny_app.over_http
    async with carry(slack, tiny_app.build(client, slack.signing_secret, heard)):
        yield
