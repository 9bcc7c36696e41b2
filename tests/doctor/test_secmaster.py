"""What the doctor says of SecMaster."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from bot.doctor import secmaster
from bot.errors import NotFound, Refused, SecMasterError, Throttled, Unauthorized
from bot.sandbox.secmaster import SecMasterEmulator
from bot.settings import AccessKeys, ReadyToken
from tests.scenarios.stage import settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from tests.doctor.conftest import Visit

KEYS = AccessKeys(ak=SecretStr("ak"), sk=SecretStr("sk"))
LIST, HISTORY = "ListWorkflows", "ListPlaybookApproves"
WITHOUT_KEYS = {"HUAWEICLOUD_SDK_AK": "", "HUAWEICLOUD_SDK_SK": ""}


def iam_user(emulator: SecMasterEmulator, **changes: str) -> dict[str, str]:
    """The settings of an IAM user in place of access keys."""
    return {
        **WITHOUT_KEYS,
        "SECMASTER_IAM_USER": emulator.iam_user,
        "SECMASTER_IAM_PASSWORD": emulator.iam_password,
        "SECMASTER_IAM_DOMAIN": emulator.iam_domain,
        "SECMASTER_IAM_ENDPOINT": emulator.url,
        **changes,
    }


@pytest.fixture
async def shifted(visit: Visit) -> AsyncIterator[Callable[[float], Awaitable[None]]]:
    """Puts a SecMaster in place whose clock is so many seconds off ours."""
    started: list[SecMasterEmulator] = []

    async def put(seconds: float) -> None:
        emulator = SecMasterEmulator(clock=lambda: time.time() + seconds)
        await emulator.start()
        started.append(emulator)
        visit.stage.secmaster = emulator

    yield put
    for emulator in started:
        await emulator.stop()


async def test_a_healthy_workspace_is_asked_twice(visit: Visit) -> None:
    """Its list, and the history of one version; of the permission to approve nothing is claimed, or tried."""
    found = await visit.findings()
    about = {finding.name: finding.outcome.value for finding in found.values() if finding.subject == "secmaster"}
    workspace = f"workspace {visit.stage.secmaster.workspace_id}"
    fine = dict.fromkeys(("endpoint", "clock", "credentials", workspace, "review history"), "ok")
    assert about == {**fine, "approval permission": "skipped"}
    assert [entry.kind for entry in visit.stage.secmaster.traffic] == [LIST, HISTORY]
    assert found["clock"].found == "The same as SecMaster's."


@pytest.mark.parametrize(
    ("changes", "advice"),
    [
        ({"HUAWEICLOUD_SDK_SK": "wrong"}, "HUAWEICLOUD_SDK_SK"),
        ({"HUAWEICLOUD_SDK_AK": "UNKNOWNKEY"}, "HUAWEICLOUD_SDK_AK"),
        ({**WITHOUT_KEYS, "SECMASTER_AUTH_TOKEN": "unknown-token"}, "SECMASTER_AUTH_TOKEN"),
    ],
    ids=["sk", "ak", "token"],
)
async def test_refused_credentials_end_it_after_one_call(visit: Visit, changes: dict[str, str], advice: str) -> None:
    """Whatever else there is to ask: five more would lock the key."""
    toml = "".join(f'[[workspaces]]\nid = "{name}"\n' for name in ("one", "two", "three"))
    found = await visit.findings(toml=toml, **changes)
    assert (found["credentials"].outcome, "HTTP 401" in found["credentials"].found) == ("fail", True)
    assert advice in found["credentials"].advice
    assert "canonicalRequest" not in found["credentials"].found
    for name in ("workspace one", "workspace two", "review history"):
        assert found[name].outcome == "skipped"
    assert len(visit.stage.secmaster.traffic) == 1


async def test_a_locked_key_is_told_as_such(visit: Visit) -> None:
    """With how long to wait."""
    message = "Incorrect IAM authentication information: AK access failed to reach the limit, forbidden"
    visit.stage.secmaster.faults.fail(LIST, status=401, code="APIGW.0301", message=message)
    outcome, told = await visit.finding("credentials")
    assert (outcome, "ask nothing for five minutes" in told) == ("fail", True)


async def test_an_iam_user_is_asked_for_a_token_first(visit: Visit) -> None:
    """Accepted; refused, which is one call; and IAM away."""
    emulator = visit.stage.secmaster
    assert (await visit.finding("credentials", **iam_user(emulator)))[1] == "The IAM user is accepted."
    before = len(emulator.traffic)
    found = await visit.findings(**iam_user(emulator, SECMASTER_IAM_PASSWORD="not-the-password"))
    assert (found["credentials"].outcome, "SECMASTER_IAM_PASSWORD" in found["credentials"].advice) == ("fail", True)
    assert found["endpoint"].outcome == "skipped"
    assert len(emulator.traffic) == before + 1
    found = await visit.findings(**iam_user(emulator, SECMASTER_IAM_ENDPOINT="http://127.0.0.1:9"))
    assert (found["endpoint"].outcome, "SECMASTER_IAM_ENDPOINT" in found["endpoint"].advice) == ("fail", True)
    assert (found["credentials"].outcome, found["clock"].outcome) == ("skipped", "skipped")


@pytest.mark.parametrize(
    ("seconds", "outcome", "told", "credentials"),
    [
        (40, "ok", "behind", "ok"),
        (400, "warn", "6 min", "ok"),
        (-400, "warn", "ahead", "ok"),
        (1200, "fail", "behind", "skipped"),
    ],
)
async def test_a_clock_that_is_off_is_measured(
    visit: Visit, shifted: Callable[[float], Awaitable[None]], seconds: float, outcome: str, told: str, credentials: str
) -> None:
    """By the Date of any answer, of a refusal too; when it is to blame the credentials are not."""
    await shifted(seconds)
    found = await visit.findings()
    assert (found["clock"].outcome, told in found["clock"].found) == (outcome, True), found["clock"]
    assert found["credentials"].outcome == credentials


def test_a_token_cares_less_for_the_clock() -> None:
    """Nothing is signed with it."""
    clock = secmaster._clock(timedelta(minutes=20), ReadyToken(token=SecretStr("t")))
    assert (clock.outcome, "Slack's HTTP requests" in clock.found) == ("warn", True)
    assert secmaster._clock(timedelta(minutes=20), KEYS).outcome == "fail"


async def test_a_workspace_that_is_unknown_is_told(visit: Visit) -> None:
    """Also when it is the first one: the credentials were accepted all the same."""
    known = visit.stage.secmaster.workspace_id
    toml = f'[[workspaces]]\nid = "elsewhere"\n[[workspaces]]\nid = "{known}"\n'
    found = await visit.findings(toml=toml, SECMASTER_WORKSPACE_ID="")
    assert found["credentials"].outcome == "ok"
    assert (found["workspace elsewhere"].outcome, "403" in found["workspace elsewhere"].found) == ("fail", True)
    assert "SECMASTER_WORKSPACE_ID" in found["workspace elsewhere"].advice
    assert found[f"workspace {known}"].outcome == "ok"
    assert found["review history"].outcome == "ok"


@pytest.mark.parametrize(
    ("status", "code", "outcome", "told"),
    [
        (403, "APIGW.0302", "fail", "may not list"),
        (403, "APIGW.0310", "fail", "SECMASTER_PROJECT_ID"),
        (400, "SecMaster.20040001", "fail", "cannot be listed"),
        (429, "APIGW.0308", "skipped", "accepted"),
    ],
)
async def test_a_workspace_that_may_not_be_read_is_told(
    visit: Visit, status: int, code: str, outcome: str, told: str
) -> None:
    """With what to grant or to correct; throttling says nothing about it."""
    visit.stage.secmaster.faults.fail(LIST, status=status, code=code)
    found = await visit.finding(f"workspace {visit.stage.secmaster.workspace_id}")
    assert (found[0], told in found[1]) == (outcome, True), found


async def test_a_throttling_secmaster_leaves_it_open(visit: Visit) -> None:
    """At the first call, and at another."""
    visit.stage.secmaster.faults.fail(LIST, status=429)
    assert (await visit.finding("credentials"))[0] == "warn"
    error = Throttled("slowly", status=429)
    assert secmaster._readable(secmaster.ENDPOINT, error).outcome == "warn"


@pytest.mark.parametrize(("status", "told"), [(500, "is in trouble"), (404, "is no SecMaster"), (503, "is in trouble")])
async def test_an_endpoint_in_trouble_is_told(visit: Visit, status: int, told: str) -> None:
    """And everything behind it skipped."""
    visit.stage.secmaster.faults.fail(LIST, status=status)
    found = await visit.findings()
    assert (found["endpoint"].outcome, told in found["endpoint"].found) == ("fail", True)
    assert found["credentials"].outcome == "skipped"


async def test_a_page_in_place_of_secmaster_is_told(visit: Visit) -> None:
    """As captive portals send it."""
    visit.stage.secmaster.faults.garbage(LIST)
    outcome, told = await visit.finding("endpoint")
    assert (outcome, "is no SecMaster" in told) == ("fail", True)


@pytest.mark.parametrize(
    ("error", "foreign"),
    [
        (Refused("it redirects to https://login.example", status=302), True),
        (Refused("proxy authentication required", status=407), True),
        (Unauthorized("who are you", status=401), False),
        (NotFound("the answer holds no data", status=200), False),
        (Refused("no", status=403, code="SecMaster.20010001"), False),
    ],
)
def test_what_has_no_code_is_not_secmaster(error: SecMasterError, foreign: bool) -> None:
    """It gives each error one."""
    assert secmaster._is_foreign(error) is foreign


async def test_a_host_that_is_away_is_told(visit: Visit) -> None:
    """With the settings that name it."""
    found = await visit.findings(SECMASTER_ENDPOINT="http://127.0.0.1:9")
    assert (found["endpoint"].outcome, "it cannot be reached" in found["endpoint"].found) == ("fail", True)
    assert "SECMASTER_ENDPOINT" in found["endpoint"].advice
    assert (found["clock"].outcome, found["credentials"].outcome) == ("skipped", "skipped")


async def test_a_silent_host_is_not_waited_for_long(visit: Visit) -> None:
    """What it would have said is skipped."""
    visit.stage.secmaster.faults.delay(LIST, 5)
    read = settings(visit.variables())
    found = {one.name: one for one in await secmaster.examine(read.secmaster, [read.workspaces[0].id], patience=0.2)}
    assert (found["endpoint"].outcome, "no answer within 0.2 s" in found["endpoint"].found) == ("fail", True)
    assert found["credentials"].outcome == "skipped"


async def test_the_review_history_may_be_closed_or_empty(visit: Visit) -> None:
    """Without it a lost answer is harder to resolve: worth a look, and no failure."""
    visit.stage.secmaster.faults.fail(HISTORY, status=403, code="APIGW.0302")
    outcome, told = await visit.finding("review history")
    assert (outcome, "by the status alone" in told) == ("warn", True)
    empty = SecMasterEmulator(seed=False)
    await empty.start()
    visit.stage.secmaster = empty
    assert (await visit.finding("review history"))[0] == "skipped"
    await empty.stop()


def test_long_words_are_cut() -> None:
    """A page of text is no line."""
    assert len(secmaster.told(Refused("x" * 1000, status=400))) < 200
