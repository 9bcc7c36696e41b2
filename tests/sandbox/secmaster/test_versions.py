"""The operations on workflow versions, and reviews of them, over HTTP."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from bot.sandbox.secmaster import SecMasterEmulator

INVENTED_WRONG_STATUS = "SecMaster.20040620"


def content(emulator: SecMasterEmulator, version_id: str, **changes: Any) -> dict[str, Any]:
    """What a client sends to create a version like this one."""
    version = emulator.versions[version_id]
    names = ("name", "description", "taskconfig", "taskflow", "taskflow_type", "aop_type")
    return {name: version[name] for name in names} | changes


async def approve(call: Any, version_id: str, result: str = "PASS", text: str = "ok") -> Any:
    """The answer to a review."""
    return await call("POST", f"workflows/versions/{version_id}/approval", {"result": result, "content": text})


async def test_list_and_show(emulator: SecMasterEmulator, call: Any, of: Any) -> None:
    """All versions of a workflow come in one answer, or those of one status; each looks as it is shown alone."""
    workflow = of("封禁恶意IP地址")
    listed = await call("GET", f"workflows/{workflow['id']}/versions")
    waiting = await call("GET", f"workflows/{workflow['id']}/versions", status="pending_approval")
    shown = await call("GET", f"workflows/versions/{workflow['current_approval_version_id']}")

    assert [version["version"] for version in listed.data] == ["v3", "v2", "v1"]
    assert listed.body["total"] == 3
    assert waiting.data == [shown.data]
    assert shown.data["id"] == shown.data["version_id"]
    assert shown.data["aopworkflow_id"] == workflow["id"]
    assert shown.data["update_time"] == "2026-11-24T08:25:00Z+0800"
    assert (await call("GET", f"workflows/{workflow['id']}/versions", status="approved")).status == 400


async def test_a_missing_version_is_a_400(call: Any) -> None:
    """Every operation on a version that is not there answers the same."""
    for method, tail in (("GET", ""), ("PUT", ""), ("DELETE", ""), ("POST", "/approval")):
        answer = await call(method, f"workflows/versions/nothing{tail}", {"result": "PASS", "content": "ok"})
        assert (answer.status, answer.body["code"]) == (400, "SecMaster.20040605")


async def test_create_submit_reject_edit_resubmit_approve(emulator: SecMasterEmulator, call: Any, clock: Any) -> None:
    """The whole life of a version through the API."""
    workflow = emulator.new_workflow("Rotate VPN certificates", description="Before they expire.")
    template = emulator.versions_of(workflow["id"])[0]["id"]
    created = (await call("POST", f"workflows/{workflow['id']}/versions", content(emulator, template))).data
    path = f"workflows/versions/{created['id']}"
    assert (created["status"], created["version"]) == ("pending_submit", "")
    assert created["creator_name"] == emulator.iam_user

    edited = (await call("PUT", path, {"description": "Edited"})).data
    assert (edited["status"], edited["description"]) == ("pending_submit", "Edited")
    submitted = (await call("PUT", path, {**content(emulator, created["id"]), "status": "pending_approval"})).data
    assert (submitted["status"], submitted["version"]) == ("pending_approval", "v1")
    assert emulator.workflows[workflow["id"]]["current_approval_version_id"] == created["id"]

    assert (await approve(call, created["id"], "UN_PASS", "请说明回滚方式")).data["content"] == "请说明回滚方式"
    shown = emulator.workflows[workflow["id"]]
    assert (shown["current_approval_version_id"], shown["current_rejected_version_id"]) == ("", created["id"])

    resubmitted = (await call("PUT", path, {"description": "Rolls back", "status": "pending_approval"})).data
    assert (resubmitted["status"], resubmitted["description"]) == ("pending_approval", "Rolls back")
    await approve(call, created["id"])
    assert (await call("GET", path)).data["status"] == "publishing"
    clock.now += emulator.faults.publish_seconds
    assert (await call("GET", path)).data["status"] == "not_activated"

    assert (await call("PUT", path, {"status": "activated"})).data["enabled"] is True
    assert emulator.workflows[workflow["id"]]["version_id"] == created["id"]
    assert (await call("DELETE", path)).body["code"] == INVENTED_WRONG_STATUS
    assert (await call("PUT", path, {"status": "not_activated"})).data["status"] == "not_activated"
    assert (await call("DELETE", path)).data["id"] == created["id"]
    assert (await call("GET", path)).body["code"] == "SecMaster.20040605"


async def test_a_sole_version_is_activated(emulator: SecMasterEmulator, call: Any, first: str, clock: Any) -> None:
    """The first and only version of a workflow becomes active by its approval, and its workflow enabled."""
    await approve(call, first)
    clock.now += emulator.faults.publish_seconds

    version = (await call("GET", f"workflows/versions/{first}")).data
    workflow = emulator.workflows[version["aopworkflow_id"]]
    assert (version["status"], version["enabled"]) == ("activated", True)
    assert (workflow["version_id"], workflow["version"], workflow["enabled"]) == (first, "v1", True)


async def test_publishing_ends_by_itself(emulator: SecMasterEmulator, call: Any, pending: str, clock: Any) -> None:
    """Nobody has to ask: the end of a publication is announced when its time has come by the clock."""
    async with emulator.changes.subscribe() as queue:
        await approve(call, pending)
        clock.now += emulator.faults.publish_seconds
        seen = []
        async with asyncio.timeout(5):
            while "not_activated" not in seen:
                seen.append((await queue.get()).get("status"))

    assert "publishing" in seen
    assert emulator.versions[pending]["status"] == "not_activated"


async def test_the_approval_answer(emulator: SecMasterEmulator, call: Any, pending: str) -> None:
    """It is an echo, with neither `success` nor `request_id`, and the record says who reviewed."""
    answer = await approve(call, pending, "PASS", "同意 ✅")
    records = (await call("GET", "playbooks/versions/approval", approve_type="AOP_WORKFLOW", resource_id=pending)).data

    assert answer.body == {"code": "00000000", "message": "", "data": {"result": "PASS", "content": "同意 ✅"}}
    assert len(records) == 1
    assert records[0].pop("id")
    assert records[0] == {
        "result": "PASS",
        "content": "同意 ✅",
        "type": "AOP_WORKFLOW",
        "resource_id": pending,
        "user_id": emulator.user_id,
        "create_time": "2026-11-24T09:15:00Z+0800",
        "update_time": "2026-11-24T09:15:00Z+0800",
    }


async def test_the_record_of_reviews(emulator: SecMasterEmulator, call: Any, of: Any) -> None:
    """All opinions on a version are listed; playbooks have none, and another type is refused."""
    path, version_id = "playbooks/versions/approval", of("封禁恶意IP地址")["version_id"]
    listed = await call("GET", path, approve_type="AOP_WORKFLOW", resource_id=version_id)

    assert [opinion["result"] for opinion in listed.data] == ["PASS", "UN_PASS"]
    assert {emulator.user_names[opinion["user_id"]] for opinion in listed.data} == {"soc-admin"}
    assert listed.body["code"] == "0"
    times = [opinion["create_time"] for opinion in (await call("GET", path)).data]
    assert len(times) == 6
    assert times == sorted(times, reverse=True)
    assert (await call("GET", path, approve_type="PLAYBOOK", resource_id=version_id)).data == []
    assert (await call("GET", path, approve_type="WORKFLOW")).status == 400


async def test_only_pending_versions_are_reviewed(emulator: SecMasterEmulator, call: Any, pending: str) -> None:
    """A second review, or one of a version in any other status, is refused and recorded nowhere."""
    await approve(call, pending)
    others = [one["id"] for one in emulator.versions.values() if one["status"] != "pending_approval"]
    before = {version_id: emulator.approvals(version_id) for version_id in others}

    for version_id in others:
        answer = await approve(call, version_id)
        assert (answer.status, answer.body["code"]) == (400, INVENTED_WRONG_STATUS)
    assert {version_id: emulator.approvals(version_id) for version_id in others} == before


@pytest.mark.parametrize(
    "body",
    [
        {"result": "PASS"},
        {"content": "ok"},
        {"result": "PASS", "content": ""},
        {"result": "pass", "content": "ok"},
        {"result": "PASS", "content": 7},
        ["PASS", "ok"],
    ],
)
async def test_a_review_needs_result_and_content(
    emulator: SecMasterEmulator, call: Any, pending: str, body: Any
) -> None:
    """Both fields are required and checked, and a refused review changes nothing."""
    answer = await call("POST", f"workflows/versions/{pending}/approval", body)
    assert (answer.status, answer.body["code"]) == (400, "SecMaster.20040001")
    assert emulator.versions[pending]["status"] == "pending_approval"


async def test_edits_only_before_review(emulator: SecMasterEmulator, call: Any, pending: str) -> None:
    """A version under review cannot be edited, as the user guide says, unless the switch says otherwise."""
    path = f"workflows/versions/{pending}"
    refused = await call("PUT", path, {"description": "Sneaked in"})
    emulator.faults.edit_while_pending = True
    edited = await call("PUT", path, {"description": "Sneaked in"})

    assert (refused.status, refused.body["code"]) == (400, INVENTED_WRONG_STATUS)
    assert (edited.data["description"], edited.data["status"]) == ("Sneaked in", "pending_approval")


@pytest.mark.parametrize("change", [{"aop_type": "OTHER"}, {"status": "rejected"}, {"taskflow_type": "XML"}])
async def test_update_checks_its_enums(emulator: SecMasterEmulator, call: Any, of: Any, change: Any) -> None:
    """`rejected` and the like can be read but not sent."""
    draft = of("Disable leaked access key")["current_rejected_version_id"]
    answer = await call("PUT", f"workflows/versions/{draft}", change)
    assert (answer.status, answer.body["code"]) == (400, "SecMaster.20040001")


@pytest.mark.parametrize("missing", ["name", "description", "taskconfig", "taskflow", "taskflow_type", "aop_type"])
async def test_create_needs_its_fields(emulator: SecMasterEmulator, call: Any, pending: str, missing: str) -> None:
    """A version without one of its required fields is not created."""
    workflow_id = emulator.versions[pending]["aopworkflow_id"]
    answer = await call("POST", f"workflows/{workflow_id}/versions", content(emulator, pending, **{missing: None}))
    assert (answer.status, answer.body["code"]) == (400, "SecMaster.20040001")
    assert len(emulator.versions_of(workflow_id)) == 2


async def test_validation(emulator: SecMasterEmulator, call: Any, of: Any) -> None:
    """The checks really look at the flow: the seed's flawed draft fails two of the three."""
    workflow_id = of("Patch exposed server in a window")["id"]
    version = emulator.versions_of(workflow_id)[0]
    sent = {"aopworkflow_id": workflow_id, "taskconfig": version["taskconfig"], "taskflow": version["taskflow"]}
    checked = {
        mode: (await call("POST", "workflows/validation", {"mode": mode, **sent})).data
        for mode in ("BASIC", "CIRCLE", "APP_PARAMS")
    }

    assert checked["BASIC"] == {"mode": "BASIC", "result": True, "detail": ""}
    loop = "Ask owner for a window -> Window agreed? -> Ask owner for a window"
    assert checked["CIRCLE"] == {"mode": "CIRCLE", "result": False, "detail": f"loop found: {loop}"}
    assert checked["APP_PARAMS"]["detail"] == "the parameter vulnerability of Install updates is empty"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"mode": "ALL"}, "SecMaster.20040001"),
        ({"taskflow": None}, "SecMaster.20040001"),
        ({"aopworkflow_id": "nothing"}, "SecMaster.20040611"),
    ],
)
async def test_validation_checks_its_parameters(
    emulator: SecMasterEmulator, call: Any, of: Any, change: Any, code: str
) -> None:
    """A wrong mode, a missing field and an unknown workflow are errors, not findings."""
    sent = {
        "mode": "BASIC",
        "aopworkflow_id": of("Isolate compromised host")["id"],
        "taskconfig": "{}",
        "taskflow": "e30=",
    }
    answer = await call("POST", "workflows/validation", {**sent, **change})
    assert (answer.status, answer.body["code"]) == (400, code)
