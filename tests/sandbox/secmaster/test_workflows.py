"""ListWorkflows, ShowAopWorkflow, UpdateAopWorkflow, CreateAopWorkflow and ListWorkspaces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bot.sandbox.secmaster.asked import read_query

if TYPE_CHECKING:
    from bot.sandbox.secmaster import SecMasterEmulator


async def test_pages_hold_every_workflow_once(emulator: SecMasterEmulator, call: Any) -> None:
    """Paging by offset and limit yields all workflows, newest first, and every page tells the total."""
    pages = [(await call("GET", "workflows", limit=4, offset=offset)).body for offset in (0, 4, 8)]
    listed = [workflow for page in pages for workflow in page["data"]]

    assert [len(page["data"]) for page in pages] == [4, 2, 0]
    assert {page["total"] for page in pages} == {6}
    assert sorted(workflow["id"] for workflow in listed) == sorted(emulator.workflows)
    created = [workflow["create_time"] for workflow in listed]
    assert created == sorted(created, reverse=True)


async def test_envelope(call: Any) -> None:
    """A list answers in the envelope of the workflow operations, and with its request id twice."""
    answer = await call("GET", "workflows")
    assert answer.body.keys() >= {"total", "offset", "limit", "size", "page"}
    assert (answer.body["code"], answer.body["message"], answer.body["success"]) == ("00000000", "", True)
    assert answer.body["request_id"] == answer.headers["X-Request-Id"]


async def test_the_misspelt_key(call: Any, of: Any) -> None:
    """The list misspells one key, the single answer does not."""
    rejected = of("Disable leaked access key")
    listed = (await call("GET", "workflows", name="leaked")).data[0]
    shown = (await call("GET", f"workflows/{rejected['id']}")).data

    assert "current_rejected_version_id" not in listed
    assert "current_rejected_versoin_id" not in shown
    assert listed["current_rejected_versoin_id"] == shown["current_rejected_version_id"] != ""


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"name": "封禁"}, ["封禁恶意IP地址"]),
        ({"name": "HOST"}, ["Isolate compromised host"]),
        ({"aop_type": "SURVEY"}, ["异地登录告警研判"]),
        ({"enabled": "false", "aop_type": "NORMAL"}, ["Open ticket for phishing mail"]),
        ({"dataclass_name": "Incident"}, []),
        ({"description": "mailboxes"}, ["Open ticket for phishing mail"]),
        ({"sortby": "update_time", "limit": 1}, ["封禁恶意IP地址"]),
        ({"order": "ASC", "limit": 1}, ["封禁恶意IP地址"]),
        ({"last_version": "true", "limit": 1, "order": "ASC"}, ["封禁恶意IP地址"]),
    ],
)
async def test_filters(call: Any, query: dict[str, Any], names: list[str]) -> None:
    """Filters narrow the list, sorting orders it, and parameters that nobody knows change nothing."""
    assert [workflow["name"] for workflow in (await call("GET", "workflows", **query)).data] == names


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"limit": 0}, "SecMaster.20040001"),
        ({"limit": 101}, "SecMaster.20040001"),
        ({"limit": "ten"}, "SecMaster.20040001"),
        ({"offset": -1}, "SecMaster.20040001"),
        ({"offset": 10001}, "SecMaster.20040001"),
        ({"enabled": "True"}, "SecMaster.20040001"),
        ({"aop_type": "normal"}, "SecMaster.20040001"),
        ({"sortby": "name"}, "SecMaster.20030009"),
        ({"order": "desc"}, "SecMaster.20030010"),
    ],
)
async def test_limits(call: Any, query: dict[str, Any], code: str) -> None:
    """Values beyond a limit or outside an enum are refused."""
    answer = await call("GET", "workflows", **query)
    assert (answer.status, answer.body["code"]) == (400, code)


async def test_the_limits_themselves_are_fine(call: Any) -> None:
    """The largest page and the last offset are allowed."""
    assert (await call("GET", "workflows", limit=100, offset=10000)).data == []


async def test_a_missing_workflow_is_a_400(call: Any) -> None:
    """SecMaster has no 404 of its own."""
    for method, path in (("GET", "workflows/nothing"), ("PUT", "workflows/nothing"), ("GET", "workflows/no/versions")):
        answer = await call(method, path, {})
        assert (answer.status, answer.body["code"]) == (400, "SecMaster.20040611")


async def test_create_and_update(call: Any) -> None:
    """A workflow is created without a version, and renamed."""
    sent = {"name": "新流程", "engine_type": "public_engine", "aop_type": "EASE", "dataclass_id": "d" * 32}
    created = (await call("POST", "workflows", sent)).data
    renamed = (await call("PUT", f"workflows/{created['id']}", {"name": "更名", "enabled": False})).data

    assert (created["name"], created["aop_type"], created["dataclass_id"]) == ("新流程", "EASE", "d" * 32)
    assert (await call("GET", f"workflows/{created['id']}/versions")).data == []
    assert (renamed["name"], renamed["enabled"]) == ("更名", False)


@pytest.mark.parametrize("missing", ["name", "engine_type", "aop_type", "dataclass_id"])
async def test_create_needs_its_fields(call: Any, missing: str) -> None:
    """A required field that is missing is a parameter error."""
    sent = {"name": "n", "engine_type": "public_engine", "aop_type": "EASE", "dataclass_id": "d"}
    answer = await call("POST", "workflows", {**sent, missing: None})
    assert (answer.status, answer.body["code"]) == (400, "SecMaster.20040001")
    assert missing in answer.body["message"]


async def test_enabling_takes_an_approved_version(
    emulator: SecMasterEmulator, call: Any, of: Any, pending: str
) -> None:
    """A workflow is enabled with an inactive version, which becomes the active one; not with a pending one."""
    blocking, isolating = of("封禁恶意IP地址"), of("Isolate compromised host")
    inactive = next(one["id"] for one in emulator.versions_of(blocking["id"]) if one["status"] == "not_activated")

    enabled = await call("PUT", f"workflows/{blocking['id']}", {"enabled": True, "version_id": inactive})
    refused = await call("PUT", f"workflows/{isolating['id']}", {"enabled": True, "version_id": pending})

    assert enabled.data["version_id"] == inactive
    assert emulator.versions[blocking["version_id"]]["status"] == "not_activated"
    assert refused.status == 400
    assert of("Isolate compromised host")["version_id"] == isolating["version_id"]


async def test_enabling_with_the_active_version_changes_no_version(call: Any, of: Any) -> None:
    """Disabled and enabled again, a workflow keeps its active version, named or not."""
    workflow = of("Isolate compromised host")
    path = f"workflows/{workflow['id']}"
    for again in ({"enabled": True, "version_id": workflow["version_id"]}, {"enabled": True}):
        assert (await call("PUT", path, {"enabled": False})).data["enabled"] is False
        enabled = (await call("PUT", path, again)).data
        assert (enabled["enabled"], enabled["version_id"]) == (True, workflow["version_id"])


def test_a_plus_in_a_query_is_a_plus() -> None:
    """It is no space: a client that means one sends %20, as the signature wants it."""
    assert read_query("/x?name=a+b%20c&name=second&empty=") == {"name": "a+b c", "empty": ""}


async def test_workspaces(emulator: SecMasterEmulator, call: Any) -> None:
    """The one workspace comes in an envelope of its own, and filters and limits work on it."""
    path = f"/v1/{emulator.project_id}/workspaces"
    answer = await call("GET", path, offset=0, limit=10)

    assert answer.body["count"] == 1
    assert answer.body["workspaces"][0]["id"] == emulator.workspace_id
    assert answer.body["workspaces"][0]["name"] == emulator.workspace_name
    assert "code" not in answer.body
    for query in ({"is_view": "true"}, {"name": "nothing"}, {"ids": "other"}, {"region_id": "eu-west-101"}):
        assert (await call("GET", path, **query)).body == {"count": 0, "workspaces": []}
    bad = await call("GET", path, offset=1000)
    assert (bad.status, bad.body["error_code"]) == (400, "SecMaster.20011001")
