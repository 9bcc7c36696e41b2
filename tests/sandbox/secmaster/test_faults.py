"""Each fault switch, made to happen through a real HTTP client."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from bot.sandbox.errors import SandboxRefusal
from bot.sandbox.secmaster import SecMasterFaults

if TYPE_CHECKING:
    from bot.sandbox.secmaster import SecMasterEmulator

APPROVAL = "CreateAopWorkflowVersionApprovel"
SHOW = "ShowAopWorkflowVersion"


async def approve(call: Any, version_id: str, text: str = "ok") -> Any:
    """The answer to an approval."""
    return await call("POST", f"workflows/versions/{version_id}/approval", {"result": "PASS", "content": text})


async def test_fail(emulator: SecMasterEmulator, call: Any, pending: str) -> None:
    """So many calls of the one operation fail in the gateway's shape; nothing is done, other operations go on."""
    emulator.faults.fail(APPROVAL, 503, times=2)
    answers = [await approve(call, pending) for _ in range(2)]

    assert [answer.status for answer in answers] == [503, 503]
    assert answers[0].body["request_id"] == answers[0].headers["X-Request-Id"]
    assert emulator.versions[pending]["status"] == "pending_approval"
    assert (await call("GET", f"workflows/versions/{pending}")).status == 200
    assert (await approve(call, pending)).status == 200


async def test_fail_with_retry_after(emulator: SecMasterEmulator, call: Any) -> None:
    """A 429 has the gateway's code and text, and the header if it is asked for."""
    emulator.faults.fail("ListWorkflows", 429, retry_after=7)
    answer = await call("GET", "workflows")

    assert (answer.status, answer.code, answer.headers["Retry-After"]) == (429, "APIGW.0308", "7")
    assert "policy user over ratelimit" in answer.body["error_msg"]


@pytest.mark.parametrize(
    ("operation", "path", "keys"),
    [("ListWorkflows", "workflows", ("code", "message")), ("ListWorkspaces", "", ("error_code", "error_msg"))],
)
async def test_fail_with_a_code_of_the_service(
    emulator: SecMasterEmulator, call: Any, operation: str, path: str, keys: tuple[str, str]
) -> None:
    """A code of SecMaster comes in the service's shape, which is another one for workspaces."""
    emulator.faults.fail(operation, 400, "SecMaster.11181002", message="Upgrading.")
    answer = await call("GET", path or f"/v1/{emulator.project_id}/workspaces")

    assert answer.status == 400
    assert answer.body == {keys[0]: "SecMaster.11181002", keys[1]: "Upgrading."}


async def test_fail_of_iam(emulator: SecMasterEmulator, call: Any) -> None:
    """IAM fails in its own shape."""
    emulator.faults.fail("KeystoneCreateUserTokenByPassword", 503)
    assert (await call("POST", "/v3/auth/tokens", {})).body["error"]["code"] == 503


async def test_drop(emulator: SecMasterEmulator, call: Any, pending: str) -> None:
    """The connection breaks and nothing is done; the traffic shows a request without an answer."""
    emulator.faults.drop(APPROVAL)
    with pytest.raises(aiohttp.ClientError):
        await approve(call, pending)

    assert emulator.versions[pending]["status"] == "pending_approval"
    assert emulator.traffic[-1].status is None


async def test_apply_then_drop(emulator: SecMasterEmulator, call: Any, pending: str) -> None:
    """The connection breaks after the review took effect."""
    emulator.faults.apply_then_drop(APPROVAL)
    with pytest.raises(aiohttp.ClientError):
        await approve(call, pending, "unheard")

    assert emulator.versions[pending]["status"] == "publishing"
    assert [opinion["content"] for opinion in emulator.approvals(pending)] == ["unheard"]


async def test_delay(emulator: SecMasterEmulator, call: Any, pending: str) -> None:
    """A client that gives up waiting does not undo the call: it takes effect all the same."""
    emulator.faults.delay(APPROVAL, 0.1)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(approve(call, pending), 0.05)

    assert emulator.versions[pending]["status"] == "pending_approval"
    assert await emulator.until(lambda: emulator.approvals(pending))


async def test_stop_does_not_wait_for_a_delay(emulator: SecMasterEmulator, call: Any) -> None:
    """An answer that is delayed for a minute does not hold up the end."""
    emulator.faults.delay("ListWorkflows", 60)
    waiting = asyncio.create_task(call("GET", "workflows"))
    await emulator.until(lambda: not emulator.faults.active())
    await asyncio.wait_for(emulator.stop(), 5)
    with pytest.raises(aiohttp.ClientError):
        await waiting


async def test_delay_goes_with_another_fault(emulator: SecMasterEmulator, call: Any) -> None:
    """A delayed answer may be an error, too."""
    emulator.faults.delay("ListWorkflows", 0.01)
    emulator.faults.fail("ListWorkflows", 502)
    assert (await call("GET", "workflows")).status == 502
    assert emulator.faults.active() == []


@pytest.mark.parametrize(("operation", "method"), [(SHOW, "GET"), (APPROVAL, "POST")])
async def test_non_zero_code(emulator: SecMasterEmulator, call: Any, pending: str, operation: str, method: str) -> None:
    """HTTP says 200, the code says no, and nothing is done; only the workflow envelope has `success`."""
    emulator.faults.non_zero_code(operation, "SecMaster.20039999", "Unknown error.")
    tail = "/approval" if operation == APPROVAL else ""
    answer = await call(method, f"workflows/versions/{pending}{tail}", {"result": "PASS", "content": "ok"})

    assert (answer.status, answer.body["code"]) == (200, "SecMaster.20039999")
    assert answer.body.get("success") == (None if tail else False)
    assert emulator.versions[pending]["status"] == "pending_approval"


async def test_change_echo(emulator: SecMasterEmulator, call: Any, pending: str) -> None:
    """The answer says something else than what was sent and recorded."""
    emulator.faults.change_echo("reject renson")
    answer = await approve(call, pending, "reject reason")

    assert answer.data == {"result": "PASS", "content": "reject renson"}
    assert emulator.approvals(pending)[0]["content"] == "reject reason"


async def test_garbage(emulator: SecMasterEmulator, call: Any, pending: str) -> None:
    """The answer is no JSON, as from a proxy in between, and nothing is done."""
    emulator.faults.garbage(APPROVAL)
    answer = await approve(call, pending)

    assert answer.status == 200
    assert answer.text.startswith("<html>")
    assert emulator.versions[pending]["status"] == "pending_approval"


async def test_publish_fails(emulator: SecMasterEmulator, call: Any, pending: str, first: str, clock: Any) -> None:
    """The next publication ends badly, the one after it well."""
    emulator.faults.publish_fails = 1
    await approve(call, pending)
    await approve(call, first)
    clock.now += 3

    assert emulator.versions[pending]["status"] == "publish_failed"
    assert emulator.versions[first]["status"] == "activated"
    assert emulator.faults.publish_fails == 0


async def test_publish_at_once(emulator: SecMasterEmulator, call: Any, first: str) -> None:
    """With no time for it, `publishing` is never seen."""
    emulator.faults.publish_seconds = 0
    await approve(call, first)
    assert emulator.versions[first]["status"] == "activated"


async def test_when_a_call_arrives(emulator: SecMasterEmulator, call: Any, pending: str) -> None:
    """The action runs once, before anything is done; the call goes on when it has ended."""
    seen: list[str] = []

    async def look() -> None:
        seen.append(emulator.versions[pending]["status"])

    emulator.faults.when(APPROVAL, "arrives", look)
    assert (await approve(call, pending)).status == 200
    assert (await approve(call, pending)).status == 400
    assert seen == ["pending_approval"]


async def test_when_a_call_was_applied(emulator: SecMasterEmulator, call: Any, pending: str, first: str) -> None:
    """The action runs when a call has taken effect and is not answered; `only` chooses by the request's target."""
    seen: list[str] = []

    async def look() -> None:
        seen.append(emulator.versions[pending]["status"])
        assert not approving.done()

    emulator.faults.when(APPROVAL, "applied", look, only=lambda target: pending in target)
    await approve(call, first)
    assert seen == []
    approving = asyncio.create_task(approve(call, pending))
    await approving
    assert seen == ["publishing"]


async def test_what_was_refused_was_not_applied(emulator: SecMasterEmulator, call: Any, pending: str) -> None:
    """Neither an error that a switch makes up nor one of the service counts as taking effect."""
    seen: list[str] = []

    async def note() -> None:
        seen.append("applied")

    emulator.faults.when(APPROVAL, "applied", note)
    emulator.faults.fail(APPROVAL, 503)
    assert (await approve(call, pending)).status == 503
    assert (await approve(call, pending, "")).status == 400
    assert seen == []
    await approve(call, pending)
    assert seen == ["applied"]


async def test_an_arrived_call_meets_the_other_switches(emulator: SecMasterEmulator, call: Any, pending: str) -> None:
    """What the action switches on holds for the very call that it runs in."""

    async def pull_the_plug() -> None:
        emulator.faults.drop(APPROVAL)

    emulator.faults.when(APPROVAL, "arrives", pull_the_plug)
    with pytest.raises(aiohttp.ClientError):
        await approve(call, pending)
    assert emulator.approvals(pending) == []


async def test_active_and_clear(emulator: SecMasterEmulator) -> None:
    """Every switch that is on is visible as data with a sentence for people, and all go off at once."""
    faults = SecMasterFaults(publish_seconds=9, publish_fails=2, edit_while_pending=True)
    faults.delay(SHOW, 2)
    faults.fail(SHOW, 429, times=3, retry_after=4)
    faults.drop(SHOW)
    faults.apply_then_drop(SHOW)
    faults.non_zero_code(SHOW)
    faults.garbage(SHOW)
    faults.change_echo("text")
    faults.when(SHOW, "arrives", emulator.stop)

    active = {switch["name"]: switch for switch in faults.active()}
    methods = {name for name, _ in inspect.getmembers(SecMasterFaults, inspect.isfunction) if name[0] != "_"}
    settings = {"publish_seconds", "publish_fails", "edit_while_pending"}
    assert active.keys() == (methods - {"active", "clear", "reach", "take"}) | settings
    assert all(switch["text"] for switch in active.values())
    assert active["fail"]["times"] == 3
    assert active["fail"]["retry_after"] == 4

    faults.clear()
    assert faults == SecMasterFaults()
    assert faults.active() == []


def test_switches_need_an_operation() -> None:
    """A misspelt operation is refused when the switch is set, not silently never met."""
    with pytest.raises(SandboxRefusal, match="There is no operation CreateAopWorkflowVersionApproval"):
        SecMasterFaults().drop("CreateAopWorkflowVersionApproval")
    with pytest.raises(SandboxRefusal, match="There is no operation CreateAopWorkflowVersionApproval"):
        SecMasterFaults().when("CreateAopWorkflowVersionApproval", "arrives", asyncio.Event().wait)
    with pytest.raises(SandboxRefusal, match="at least once"):
        SecMasterFaults().drop(APPROVAL, times=0)
