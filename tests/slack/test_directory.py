"""People, groups and channels as the Web API gives them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from bot.errors import SlackOutcomeUnknown, SlackRefused
from bot.reviews.models import Person
from bot.sandbox.slack import SlackEmulator
from bot.slack.calls import web_client
from bot.slack.directory import MEMBERS_KEPT, PERSON_KEPT, Kept, SlackDirectory, person_of
from tests.scenarios.stage import EXTERNAL, GUEST, LIN, OMAR, REVIEWS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def slack(no_proxies: None) -> AsyncIterator[SlackEmulator]:
    """An emulated Slack."""
    emulator = SlackEmulator()
    await emulator.start()
    yield emulator
    await emulator.stop()


class Clock:
    """Turned by hand."""

    now = 0.0

    def __call__(self) -> float:
        """Seconds."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """The directory's."""
    return Clock()


@pytest.fixture
async def directory(slack: SlackEmulator, clock: Clock) -> AsyncIterator[SlackDirectory]:
    """The directory on the emulated Slack."""
    async with aiohttp.ClientSession(trust_env=False) as session:
        yield SlackDirectory(web_client(slack.bot_token, session, base_url=slack.api_url), clock=clock)


def calls(slack: SlackEmulator, method: str) -> int:
    """How often a method was called."""
    return [entry.kind for entry in slack.traffic].count(method)


async def test_people_groups_and_channels(slack: SlackEmulator, directory: SlackDirectory) -> None:
    """What the policy needs to know of each."""
    assert await directory.home_team() == slack.team_id
    lin = await directory.person(LIN)
    assert lin == Person(id=LIN, name="Lin Mei", team_id=slack.team_id, locale="zh-CN", tz="Asia/Shanghai")
    assert (await directory.person(GUEST)).guest
    assert (await directory.person("U0GONE0000")).deleted
    assert (await directory.person("USLACKBOT")).bot
    assert (await directory.person("U0OTHERBOT")).bot
    assert (await directory.person(EXTERNAL)).team_id != slack.team_id
    assert await directory.group_members("S0REVIEWRS") == {LIN, OMAR, "U0GONE0000"}
    assert LIN in await directory.channel_members(REVIEWS)


async def test_a_channel_of_many_pages_is_read_to_its_end(slack: SlackEmulator, directory: SlackDirectory) -> None:
    """Who is on the last page is a member too."""
    everybody = [f"U{number:09}" for number in range(450)]
    slack.workspace.channels[REVIEWS]["members"] = everybody
    assert await directory.channel_members(REVIEWS) == set(everybody)
    assert calls(slack, "conversations.members") == 3


async def test_callers_at_once_share_a_lookup(slack: SlackEmulator, directory: SlackDirectory) -> None:
    """A crowd of clicks is one call."""
    await asyncio.gather(*(directory.person(LIN) for _ in range(20)))
    assert calls(slack, "users.info") == 1


async def test_what_is_known_ages(slack: SlackEmulator, directory: SlackDirectory, clock: Clock) -> None:
    """People for five minutes, members for one, the team for ever; a fresh look is a call."""
    for _ in range(2):
        await directory.home_team()
        await directory.person(LIN)
        await directory.group_members("S0REVIEWRS")
    assert [calls(slack, name) for name in ("auth.test", "users.info", "usergroups.users.list")] == [1, 1, 1]
    clock.now = MEMBERS_KEPT
    await directory.person(LIN)
    await directory.group_members("S0REVIEWRS")
    assert [calls(slack, name) for name in ("users.info", "usergroups.users.list")] == [1, 2]
    clock.now = PERSON_KEPT
    await directory.home_team()
    await directory.person(LIN)
    assert [calls(slack, name) for name in ("auth.test", "users.info")] == [1, 2]
    slack.workspace.users[LIN]["deleted"] = True
    assert not (await directory.person(LIN)).deleted
    assert (await directory.person(LIN, fresh=True)).deleted


async def test_a_failed_lookup_is_not_kept(slack: SlackEmulator, directory: SlackDirectory) -> None:
    """The next one asks again; who is unknown stays so."""
    slack.faults.fail("users.info", status=500)
    with pytest.raises(SlackOutcomeUnknown):
        await directory.person(LIN)
    assert (await directory.person(LIN)).id == LIN
    with pytest.raises(SlackRefused) as caught:
        await directory.person("U0NOBODY00")
    assert caught.value.code == "user_not_found"


async def test_that_there_is_nobody_is_kept_and_that_slack_cannot_tell_is_not(
    slack: SlackEmulator, directory: SlackDirectory, clock: Clock
) -> None:
    """An id mistyped in the settings is asked for at every look; a failure says nothing of who there is."""
    slack.faults.error("users.info", "missing_scope")
    with pytest.raises(SlackRefused, match="missing_scope"):
        await directory.find(LIN)
    found = await directory.find(LIN)
    assert found == await directory.person(LIN)
    before = calls(slack, "users.info")
    for _ in range(3):
        assert await directory.find("U0NOBODY00") is None
    assert calls(slack, "users.info") == before + 1
    clock.now = PERSON_KEPT
    assert await directory.find("U0NOBODY00") is None
    assert calls(slack, "users.info") == before + 2


async def test_a_caller_who_goes_does_not_take_the_lookup_along() -> None:
    """The others still get their answer."""
    answered: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def look_up(_key: str) -> str:
        return await answered

    kept = Kept(look_up, seconds=60, clock=lambda: 0.0)
    leaves, stays = asyncio.create_task(kept.get("a")), asyncio.create_task(kept.get("a"))
    await asyncio.sleep(0)
    leaves.cancel()
    await asyncio.gather(leaves, return_exceptions=True)
    answered.set_result("known")
    assert await stays == "known"
    assert leaves.cancelled()


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        ({}, Person(id="U1", name="U1", team_id="")),
        ({"name": "lin"}, Person(id="U1", name="lin", team_id="")),
        ({"real_name": "", "name": None}, Person(id="U1", name="U1", team_id="")),
        ({"is_invited_user": True}, Person(id="U1", name="U1", team_id="", deleted=True)),
        ({"is_ultra_restricted": True}, Person(id="U1", name="U1", team_id="", guest=True)),
        (
            {"is_stranger": True, "locale": "ja-JP"},
            Person(id="U1", name="U1", team_id="", stranger=True, locale="ja-JP"),
        ),
    ],
)
def test_a_user_object_with_gaps_is_read(user: dict[str, Any], expected: Person) -> None:
    """What Slack leaves out is empty, never a permission."""
    assert person_of({"id": "U1"} | user) == expected


async def test_a_group_is_read_afresh_for_a_submit(slack: SlackEmulator, directory: SlackDirectory) -> None:
    """Who was taken out a moment ago is out, and those who only click see it from then on."""
    assert OMAR in await directory.group_members("S0REVIEWRS")
    slack.workspace.groups["S0REVIEWRS"]["users"].remove(OMAR)
    assert OMAR in await directory.group_members("S0REVIEWRS")
    assert OMAR not in await directory.group_members("S0REVIEWRS", fresh=True)
    assert OMAR not in await directory.group_members("S0REVIEWRS")
    assert calls(slack, "usergroups.users.list") == 2


async def test_a_channel_is_read_afresh_too(slack: SlackEmulator, directory: SlackDirectory) -> None:
    """Whose policy says `channel`."""
    assert LIN in await directory.channel_members(REVIEWS)
    slack.workspace.channels[REVIEWS]["members"].remove(LIN)
    assert LIN not in await directory.channel_members(REVIEWS, fresh=True)


async def test_a_person_is_found_by_address(slack: SlackEmulator, directory: SlackDirectory) -> None:
    """In any case; nobody is nobody, and each address is asked for once."""
    slack.workspace.app.scopes.add("users:read.email")
    slack.workspace.users[LIN]["profile"]["email"] = "lin.mei@example.org"
    assert [await directory.by_email(one) for one in ("lin.mei@example.org", "Lin.Mei@Example.org")] == [LIN, LIN]
    assert await directory.by_email("nobody@example.org") is None
    assert calls(slack, "users.lookupByEmail") == 2


async def test_without_the_scope_nobody_is_found_by_address(slack: SlackEmulator, directory: SlackDirectory) -> None:
    """The scope is the operator's choice; any other failure is one."""
    slack.workspace.app.scopes.discard("users:read.email")
    assert await directory.by_email("lin.mei@example.org") is None
    slack.faults.error("users.lookupByEmail", "account_inactive")
    with pytest.raises(SlackRefused):
        await directory.by_email("omar@example.org")


@pytest.mark.parametrize("code", ["plan_upgrade_required", "missing_scope", "no_such_subteam"])
async def test_a_group_that_cannot_be_read_is_refused_by_slacks_code(
    slack: SlackEmulator, directory: SlackDirectory, code: str
) -> None:
    """What the person is told depends on it."""
    slack.faults.error("usergroups.users.list", code)
    with pytest.raises(SlackRefused) as refused:
        await directory.group_members("S0REVIEWRS")
    assert refused.value.code == code


class Slow:
    """A lookup that is answered by hand; each has its number as value."""

    def __init__(self) -> None:
        self.pending: list[asyncio.Future[int]] = []

    async def __call__(self, _key: str) -> int:
        """Wait for the answer."""
        self.pending.append(asyncio.get_running_loop().create_future())
        return await self.pending[-1]

    async def begun(self, count: int) -> None:
        """Wait until so many lookups have begun."""
        for _ in range(100):
            if len(self.pending) >= count:
                return
            await asyncio.sleep(0)
        raise AssertionError(f"{len(self.pending)} lookups, not {count}")


@pytest.fixture
def slow() -> Slow:
    """A lookup that waits."""
    return Slow()


@pytest.fixture
def kept(slow: Slow) -> Kept[int]:
    """What it found."""
    return Kept(slow, seconds=60, clock=lambda: 0.0)


async def test_fresh_never_is_a_lookup_that_began_before_the_call(slow: Slow, kept: Kept[int]) -> None:
    """Its answer may be older than the question; the callers before keep it."""
    early = asyncio.create_task(kept.get("a"))
    await slow.begun(1)
    fresh = asyncio.create_task(kept.fresh("a"))
    await asyncio.sleep(0)
    slow.pending[0].set_result(1)
    await slow.begun(2)
    slow.pending[1].set_result(2)
    assert (await early, await fresh, await kept.get("a")) == (1, 2, 2)


async def test_fresh_is_one_lookup_for_many_callers(slow: Slow, kept: Kept[int]) -> None:
    """A hundred submits at once are two calls of twenty a minute: the first one's, and one for all who came after."""
    callers = [asyncio.create_task(kept.fresh("a")) for _ in range(100)]
    await slow.begun(1)
    await asyncio.sleep(0)
    slow.pending[0].set_result(1)
    await slow.begun(2)
    await asyncio.sleep(0)
    slow.pending[1].set_result(2)
    assert await asyncio.gather(*callers) == [1] + [2] * 99
    assert len(slow.pending) == 2


async def test_fresh_does_not_take_over_the_failure_of_an_older_lookup(slow: Slow, kept: Kept[int]) -> None:
    """It has not asked yet."""
    early = asyncio.create_task(kept.get("a"))
    await slow.begun(1)
    fresh = asyncio.create_task(kept.fresh("a"))
    await asyncio.sleep(0)
    slow.pending[0].set_exception(SlackRefused("usergroups.users.list", "x"))
    await slow.begun(2)
    slow.pending[1].set_result(2)
    assert await fresh == 2
    with pytest.raises(SlackRefused):
        await early


async def test_a_fresh_caller_who_goes_leaves_the_lookup_to_the_others(slow: Slow, kept: Kept[int]) -> None:
    """Whether they wait for an older lookup, or for their own."""
    first = asyncio.create_task(kept.fresh("a"))
    await slow.begun(1)
    leaves, stays = asyncio.create_task(kept.fresh("a")), asyncio.create_task(kept.fresh("a"))
    await asyncio.sleep(0)
    leaves.cancel()
    first.cancel()
    await asyncio.gather(leaves, first, return_exceptions=True)
    slow.pending[0].set_result(1)
    await slow.begun(2)
    slow.pending[1].set_result(2)
    assert await stays == 2
