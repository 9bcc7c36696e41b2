"""The composition: tokens refused, ports taken, ways to authenticate, routes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp
import pytest

from bot.app import Bot, _reload_at, in_short
from bot.configured import auth_of, own_version, routing_of
from bot.errors import Refused, SecMasterError, SettingsError, Unreachable
from bot.sandbox.secmaster import SecMasterEmulator
from bot.sandbox.slack import SlackEmulator
from bot.secmaster.auth import AkSkAuth, IamAuth, TokenAuth
from tests.scenarios.stage import environment, settings, text_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def emulators(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[SlackEmulator, SecMasterEmulator]]:
    """Both services."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    slack, secmaster = SlackEmulator(), SecMasterEmulator()
    await slack.start()
    await secmaster.start()
    yield slack, secmaster
    await secmaster.stop()
    await slack.stop()


@pytest.mark.parametrize(
    "wrong",
    [{"SLACK_BOT_TOKEN": "xoxb-unknown"}, {"SLACK_APP_TOKEN": "xapp-unknown"}, {"BOT_HTTP_PORT": "taken"}],
    ids=["bot token", "app token", "port"],
)
async def test_what_slack_or_the_machine_refuses_is_a_wrong_setting(
    emulators: tuple[SlackEmulator, SecMasterEmulator], tmp_path: Path, wrong: dict[str, str]
) -> None:
    """Said at start, with the setting's name."""
    slack, secmaster = emulators
    if "BOT_HTTP_PORT" in wrong:
        wrong = {"BOT_HTTP_PORT": slack.url.rpartition(":")[2]}
    bot = Bot(settings(environment(slack, secmaster, tmp_path, **wrong)))
    with pytest.raises(SettingsError) as caught:
        await bot.start()
    await bot.stop()
    assert next(iter(wrong)) in caught.value.problems[0]
    assert "unknown" not in caught.value.problems[0]


async def test_a_start_waits_for_slack(emulators: tuple[SlackEmulator, SecMasterEmulator], tmp_path: Path) -> None:
    """Slack is down for a moment, or refuses for now: the bot comes up by itself."""
    slack, secmaster = emulators
    slack.faults.fail("auth.test", status=500)
    slack.faults.error("auth.test", "team_access_not_granted")
    bot = Bot(settings(environment(slack, secmaster, tmp_path)))
    bot.slack_retry = 0.01
    await bot.start()
    await bot.stop()


async def test_a_host_that_is_not_ours_is_a_wrong_setting(
    emulators: tuple[SlackEmulator, SecMasterEmulator], tmp_path: Path
) -> None:
    """With the address that cannot be listened on."""
    bot = Bot(settings(environment(*emulators, tmp_path, BOT_HTTP_HOST="192.0.2.1")))
    with pytest.raises(SettingsError) as caught:
        await bot.start()
    await bot.stop()
    (problem,) = caught.value.problems
    assert "BOT_HTTP_HOST" in problem
    assert "192.0.2.1" in problem


async def test_an_empty_secmaster_and_a_slack_without_sockets_are_ready(
    emulators: tuple[SlackEmulator, SecMasterEmulator], tmp_path: Path
) -> None:
    """Nothing to review is no problem; in HTTP mode Slack is asked instead of counted."""
    secmaster = SecMasterEmulator(seed=False)
    await secmaster.start()
    bot = Bot(settings(environment(emulators[0], secmaster, tmp_path, BOT_MODE="http", BOT_POLL_INTERVAL="0")))
    await bot.start()
    assert await bot.health.problems() == {}
    await bot.stop()
    assert await bot.health.problems() == {"process": "shutting down"}
    await secmaster.stop()


async def test_readiness_tells_what_is_missing(
    emulators: tuple[SlackEmulator, SecMasterEmulator], tmp_path: Path
) -> None:
    """503 with the reasons in short while SecMaster refuses the keys, which are not tried again and again.

    What it answers to a wrong signature repeats the project's id.
    """
    slack, secmaster = emulators
    bot = Bot(settings(environment(slack, secmaster, tmp_path, HUAWEICLOUD_SDK_SK="wrong", BOT_POLL_INTERVAL="0")))
    await bot.start()
    base = f"http://127.0.0.1:{bot.server.port}"
    async with aiohttp.ClientSession(trust_env=False) as http:
        for _ in range(3):
            async with http.get(f"{base}/readyz") as answer:
                assert answer.status == 503
                assert (await answer.json())["problems"]["secmaster"] == "Unauthorized (HTTP 401, APIGW.0301)"
        async with http.get(f"{base}/livez") as answer:
            assert answer.status == 200
        async with http.post(f"{base}/slack/events") as answer:
            assert answer.status == 404
    assert len([entry for entry in secmaster.traffic if entry.kind == "ListWorkflows"]) == 1
    await bot.stop()


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (Refused("of project p", status=403, code="SecMaster.1"), "Refused (HTTP 403, SecMaster.1)"),
        (Unreachable("https://host/v1/p"), "Unreachable"),
    ],
)
def test_who_asks_for_readiness_hears_no_more_than_kind_status_and_code(error: SecMasterError, told: str) -> None:
    """Anybody may ask."""
    assert in_short(error) == told


async def test_each_way_to_authenticate_has_its_adapter(
    emulators: tuple[SlackEmulator, SecMasterEmulator], tmp_path: Path
) -> None:
    """Keys, a token, an IAM user."""
    slack, secmaster = emulators
    base = environment(slack, secmaster, tmp_path)
    without = {name: value for name, value in base.items() if not name.startswith("HUAWEICLOUD")}
    iam = {
        "SECMASTER_IAM_USER": "u",
        "SECMASTER_IAM_PASSWORD": "p",
        "SECMASTER_IAM_DOMAIN": "d",
        "SECMASTER_IAM_ENDPOINT": secmaster.url,
    }
    assert isinstance(auth_of(settings(base).secmaster), AkSkAuth)
    assert isinstance(auth_of(settings(without | {"SECMASTER_AUTH_TOKEN": "t"}).secmaster), TokenAuth)
    auth = auth_of(settings(without | iam).secmaster)
    assert isinstance(auth, IamAuth)
    await auth.close()


async def test_routes_of_the_file_reach_the_core(
    emulators: tuple[SlackEmulator, SecMasterEmulator], tmp_path: Path
) -> None:
    """Channel, notification, policy, locale and name of a matching route, the defaults where it is silent."""
    slack, secmaster = emulators
    file = tmp_path / "bot.toml"
    file.write_text(
        "[policies.two]\nreviewers = ['U0A', 'U0B']\napprovals_required = 2\n"
        "[[routes]]\naop_type = ['EASE']\npolicy = 'two'\nnotify = []\nlocale = 'zh-CN'\n"
        "[[routes]]\nname = 'the rest'\nchannel = 'C0BBB'\n"
    )
    routing = routing_of(settings(environment(slack, secmaster, tmp_path, BOT_CONFIG=str(file))))
    first, second = (rule.route for rule in routing.rules)
    assert (first.channel, first.notify, first.locale) == ("C0REVIEWS0", (), "zh-CN")
    assert first.policy.approvals_required == 2
    assert (second.channel, second.notify, second.policy.approvals_required) == ("C0BBB", ("C0RELEASES",), 1)
    names = [first.name, second.name, *(route.name for route in routing.defaults.values())]
    assert names == ["1", "the rest", "default"]
    assert text_of(None) == ""


async def test_an_unusable_database_is_a_wrong_setting(
    emulators: tuple[SlackEmulator, SecMasterEmulator], tmp_path: Path
) -> None:
    """One line, no traceback."""
    slack, secmaster = emulators
    nowhere = {"BOT_DATABASE_URL": f"sqlite:///{tmp_path / 'no' / 'folder' / 'x.db'}"}
    bot = Bot(settings(environment(slack, secmaster, tmp_path, **nowhere)))
    with pytest.raises(SettingsError, match="BOT_DATABASE_URL"):
        await bot.start()
    await bot.stop()


async def test_only_a_bot_that_was_serving_lets_a_balancer_turn_away_first(
    emulators: tuple[SlackEmulator, SecMasterEmulator], tmp_path: Path
) -> None:
    """While it drains it says that it is not ready and answers all the same; a start that failed has nobody to tell."""
    slack, secmaster = emulators
    patient = {"BOT_MODE": "http", "BOT_DRAIN_SECONDS": "2", "BOT_POLL_INTERVAL": "0"}
    bot = Bot(settings(environment(slack, secmaster, tmp_path, **patient)))
    await bot.start()
    stopping = asyncio.create_task(bot.stop())
    async with aiohttp.ClientSession(f"http://127.0.0.1:{bot.server.port}", trust_env=False) as http:
        async with http.get("/readyz") as answer:
            assert answer.status == 503
        async with http.post("/slack/events") as answer:
            assert answer.status == 401
    await stopping

    hasty = {**patient, "BOT_DRAIN_SECONDS": "20", "BOT_HTTP_PORT": slack.url.rpartition(":")[2]}
    refused = Bot(settings(environment(slack, secmaster, tmp_path, **hasty)))
    with pytest.raises(SettingsError):
        await refused.start()
    async with asyncio.timeout(15):
        await refused.stop()


async def test_whatever_a_reload_meets_the_bot_can_be_asked_again() -> None:
    """An error that nobody foresaw is in the log, and the next SIGHUP is heard."""
    asked, heard = asyncio.Event(), asyncio.Queue[int]()

    class Odd:
        async def reload(self, reread: None) -> None:
            heard.put_nowait(1)
            raise RuntimeError("odd")

    listening = asyncio.create_task(_reload_at(asked, Odd(), None))  # type: ignore[arg-type]
    for _ in range(2):
        asked.set()
        assert await asyncio.wait_for(heard.get(), 5) == 1
    listening.cancel()


def test_a_bot_that_is_not_installed_has_no_version() -> None:
    """And runs all the same."""
    assert own_version("no-such-distribution") == ""
    assert own_version()
