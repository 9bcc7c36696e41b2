"""The stage, set up and taken down."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

import pytest

from bot.app import Bot
from tests.scenarios.stage import LIN, OMAR, REVIEWS, SECRETS, Ahead, Stage, emulated, environment, settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Generator, Sequence
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    Open = Callable[..., AbstractAsyncContextManager[Stage]]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A story in whose log a secret stands has failed, whatever else it proves."""
    report = yield
    told = [name for name, secret in SECRETS.items() if any(secret in text for _, text in report.sections)]
    if told:
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid}: the log repeats {', '.join(told)}"
    if call.when == "teardown":
        SECRETS.clear()
    return report


@pytest.fixture
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """slack_sdk sends even loopback calls through a proxy of the environment."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def open_stage(no_proxies: None, tmp_path: Path) -> Open:
    """Opens a stage: `mode` socket or http, `toml` the file of BOT_CONFIG, other settings as keywords.

    `crowd` are ids of people who may review besides the usual ones.
    """

    @asynccontextmanager
    async def opened(
        mode: str = "socket", *, toml: str = "", crowd: Sequence[str] = (), **changes: str
    ) -> AsyncIterator[Stage]:
        async with AsyncExitStack() as stack:
            stage = await stack.enter_async_context(emulated())
            slack, secmaster = stage.slack, stage.secmaster
            slack.workspace.users[LIN]["locale"] = "en-US"  # stories are told in one language
            for person in crowd:
                slack.workspace.users[person] = {**slack.workspace.users[OMAR], "id": person}
                slack.channels[REVIEWS]["members"].append(person)
                slack.groups["S0REVIEWRS"]["users"].append(person)
            secmaster.faults.publish_seconds = 0.1
            if toml:
                (tmp_path / "bot.toml").write_text(toml, encoding="utf-8")
                changes["BOT_CONFIG"] = str(tmp_path / "bot.toml")
            clock = Ahead()
            variables = environment(slack, secmaster, tmp_path, BOT_MODE=mode, **changes)
            bot = Bot(settings(variables), clock=clock)
            stack.push_async_callback(bot.stop)
            await bot.start()
            if mode == "http":
                slack.deliver_over_http(f"http://127.0.0.1:{bot.server.port}/slack/events")
            else:
                await slack.until(lambda: slack.connections == 2, what="two connections")
            yield Stage(slack, secmaster, bot, clock)
            assert slack.warnings == []

    return opened


@pytest.fixture(params=["socket", "http"])
def open_each(request: pytest.FixtureRequest, open_stage: Open) -> Open:
    """Opens a stage likewise, in each transport."""
    return partial(open_stage, request.param)


@pytest.fixture(params=["socket", "http"])
async def stage(request: pytest.FixtureRequest, open_stage: Open) -> AsyncIterator[Stage]:
    """A stage in each transport."""
    async with open_stage(request.param) as opened:
        yield opened


@pytest.fixture
async def socket_stage(open_stage: Open) -> AsyncIterator[Stage]:
    """A stage where the transport does not matter."""
    async with open_stage() as opened:
        yield opened
