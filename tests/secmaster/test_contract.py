"""Our client and the official SDK, side by side against the emulated SecMaster: the same calls, the same results."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr

from bot.errors import NotFound, Refused, SecMasterError, Throttled, Unauthorized
from bot.reviews.examination import CheckMode
from bot.reviews.models import Result
from bot.sandbox.secmaster import SecMasterEmulator
from bot.secmaster.auth import AkSkAuth, IamAuth, IamUser, TokenAuth
from bot.secmaster.client import SecMasterClient
from bot.secmaster.signature import AccessKey

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

# From Python 3.12 on the SDK's use of datetime.utcnow() warns.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

SAME_NAME = (
    "name", "version", "description", "status", "aop_type", "dataclass_id", "dataclass_name",
    "taskflow", "taskflow_type", "taskconfig",
    "input", "output",
)  # fmt: skip


@dataclass
class Official:
    """The official SDK; its calls block, so each runs in a thread."""

    v1: Any
    client: Any
    workspace_id: str

    async def __call__(self, operation: str, **parameters: Any) -> Any:
        """The answer to an operation, by the SDK's own name of it."""
        snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in operation).lstrip("_")
        scope = {} if operation == "ListWorkspaces" else {"workspace_id": self.workspace_id}
        request = getattr(self.v1, f"{operation}Request")(**scope, **parameters)
        return await asyncio.to_thread(getattr(self.client, snake), request)

    async def refusal(self, operation: str, **parameters: Any) -> Any:
        """The exception that the SDK raises."""
        from huaweicloudsdkcore.exceptions.exceptions import ServiceResponseException

        with pytest.raises(ServiceResponseException) as raised:
            await self(operation, **parameters)
        return raised.value


@pytest.fixture
def sdk(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The SDK's package, which writes an id below HOME and would ask a proxy for loopback addresses too."""
    monkeypatch.setenv("HOME", str(tmp_path_factory.getbasetemp()))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    from huaweicloudsdksecmaster import v1

    return v1


@pytest.fixture
async def emulator() -> AsyncIterator[SecMasterEmulator]:
    """Seeded and started; publications end at once."""
    emulator = SecMasterEmulator()
    emulator.faults.publish_seconds = 0
    await emulator.start()
    yield emulator
    await emulator.stop()


@pytest.fixture
def official(sdk: Any, emulator: SecMasterEmulator) -> Official:
    """The official client with the emulator's keys."""
    return Official(sdk, official_client(sdk, emulator), emulator.workspace_id)


@pytest.fixture
async def ours(emulator: SecMasterEmulator) -> AsyncIterator[SecMasterClient]:
    """Our client with the same keys."""
    async with client_with(emulator, keys(emulator)) as client:
        yield client


@pytest.fixture
def space(emulator: SecMasterEmulator) -> str:
    """The workspace's id."""
    return emulator.workspace_id


@pytest.fixture
def pending(emulator: SecMasterEmulator) -> str:
    """A version that waits for review, Chinese in name and flow."""
    workflow = next(one for one in emulator.workflows.values() if one["name"] == "封禁恶意IP地址")
    return str(workflow["current_approval_version_id"])


def official_client(sdk: Any, emulator: SecMasterEmulator, sk: str | None = None) -> Any:
    """The SDK's client."""
    from huaweicloudsdkcore.auth.credentials import BasicCredentials

    credentials = BasicCredentials(emulator.ak, sk or emulator.sk, emulator.project_id)
    return sdk.SecMasterClient.new_builder().with_credentials(credentials).with_endpoint(emulator.url).build()


def keys(emulator: SecMasterEmulator, sk: str | None = None) -> AkSkAuth:
    """The emulator's keys for our client."""
    return AkSkAuth(AccessKey(ak=emulator.ak, sk=SecretStr(sk or emulator.sk), project_id=emulator.project_id))


def client_with(emulator: SecMasterEmulator, auth: httpx.Auth) -> SecMasterClient:
    """Our client against the emulator."""
    return SecMasterClient(emulator.url, emulator.project_id, auth)


def assert_same_version(ours: Any, theirs: Any) -> None:
    """Every field that our model keeps is what the SDK read."""
    assert {name: getattr(ours, name) for name in SAME_NAME} == {name: getattr(theirs, name) for name in SAME_NAME}
    assert (ours.version_id, ours.workflow_id, ours.submitter, ours.submitted_at) == (
        theirs.id,
        theirs.aopworkflow_id,
        theirs.modifier_name,
        theirs.update_time,
    )


def assert_same_refusal(ours: SecMasterError, theirs: Any, emulator: SecMasterEmulator, operation: str) -> None:
    """Status, code and message are the same; each has the request id of its own call."""
    assert (ours.status, ours.code, ours.message) == (theirs.status_code, theirs.error_code, theirs.error_msg)
    assert len(ours.request_id) == len(theirs.request_id) == 32
    assert ours.request_id != theirs.request_id
    assert len(emulator.traffic.of(operation)) == 2


async def test_list_workflows(
    official: Official, ours: SecMasterClient, space: str, emulator: SecMasterEmulator
) -> None:
    """Paged by twos with the SDK, by our own pages with ours: the same workflows in the same order."""
    for number in range(1, 111):
        emulator.new_workflow(f"Playbook step {number}")
    theirs: list[Any] = []
    while page := (await official("ListWorkflows", limit=40, offset=len(theirs))).data:
        theirs.extend(page)
    listed = [workflow async for workflow in ours.list_workflows(space)]

    assert len(theirs) == 116
    assert [
        (one.id, one.name, one.enabled, one.aop_type, one.active_version_id, one.pending_version_id) for one in listed
    ] == [
        (one.id, one.name, one.enabled, one.aop_type, one.version_id, one.current_approval_version_id) for one in theirs
    ]
    waiting = [one.current_approval_version_id for one in theirs if one.current_approval_version_id]
    overview = await ours.overview(space)
    assert list(overview.pending) == waiting
    assert overview.active == {one.id: one.version_id for one in theirs if one.version_id}
    assert len(waiting) == 3


@pytest.mark.parametrize("name", ["封禁", "a b", "host", "+", "100%", "!'()*~"])
async def test_list_workflows_by_name(official: Official, ours: SecMasterClient, space: str, name: str) -> None:
    """Whatever is asked for is spelled and signed so that the gateway accepts it from both."""
    theirs = (await official("ListWorkflows", name=name)).data
    assert [one.id async for one in ours.list_workflows(space, name=name)] == [one.id for one in theirs]


async def test_show_workflow(
    official: Official, ours: SecMasterClient, space: str, emulator: SecMasterEmulator
) -> None:
    """Every workflow looks the same to both, the rejected version included, in the list and alone."""
    listed = {workflow.id: workflow async for workflow in ours.list_workflows(space)}
    for workflow_id in emulator.workflows:
        theirs = (await official("ShowAopWorkflow", workflow_id=workflow_id)).data
        shown = await ours.show_workflow(space, workflow_id)
        assert shown == listed[workflow_id]
        assert (shown.name, shown.version, shown.rejected_version_id, shown.modifier_name, shown.update_time) == (
            theirs.name,
            theirs.version,
            theirs.current_rejected_version_id,
            theirs.modifier_name,
            theirs.update_time,
        )
    assert any(workflow.rejected_version_id for workflow in listed.values())


async def test_list_versions(
    official: Official, ours: SecMasterClient, space: str, emulator: SecMasterEmulator
) -> None:
    """All versions of each workflow, and those of one status."""
    for workflow_id in emulator.workflows:
        for status in (None, "pending_approval", "activated"):
            query = {"status": status} if status else {}
            theirs = (await official("ListAopWorkflowVersions", workflow_id=workflow_id, **query)).data
            listed = await ours.list_versions(space, workflow_id, status=status or "")
            assert len(listed) == len(theirs)
            for one, other in zip(listed, theirs, strict=True):
                assert_same_version(one, other)


async def test_show_version(official: Official, ours: SecMasterClient, space: str, emulator: SecMasterEmulator) -> None:
    """Every version, field by field."""
    for version_id in emulator.versions:
        theirs = (await official("ShowAopWorkflowVersion", version_id=version_id)).data
        assert_same_version(await ours.version(space, version_id), theirs)


@pytest.mark.parametrize("check", list(CheckMode))
async def test_validate(
    official: Official, ours: SecMasterClient, space: str, emulator: SecMasterEmulator, check: CheckMode
) -> None:
    """The findings on a flawed flow."""
    version = next(one for one in emulator.versions.values() if one["name"].startswith("Patch exposed"))
    flow = {name: version[name] for name in ("taskconfig", "taskflow")}
    body = official.v1.AopworkflowVersionValidateRes(mode=check.value, aopworkflow_id=version["aopworkflow_id"], **flow)
    theirs = (await official("ValidateAopWorkflowVersion", body=body)).data
    found = await ours.validate(space, version["aopworkflow_id"], mode=check, **flow)

    assert {"mode": found.mode, "result": found.result, "detail": found.detail} == theirs
    assert found.result is (check is CheckMode.BASIC)


@pytest.mark.parametrize("result", list(Result))
async def test_approve_and_read_back(
    official: Official, ours: SecMasterClient, space: str, emulator: SecMasterEmulator, pending: str, result: Result
) -> None:
    """A decision sent by either comes back as it was sent, moves the version alike and is recorded alike."""
    content = "风险可控 ✅\n“ok” \\ /"
    workflow_id = emulator.versions[pending]["aopworkflow_id"]
    other = emulator.new_version(workflow_id)
    emulator.submit(other)
    body = official.v1.WorkflowApproveOpinionDetail(result=result.value, content=content)

    theirs = (await official("CreateAopWorkflowVersionApprovel", version_id=pending, body=body)).data
    opinion = await ours.approve(space, other, result=result, content=content)

    assert (opinion.result, opinion.content) == (theirs.result, theirs.content) == (result.value, content)
    expected = "not_activated" if result is Result.PASS else "rejected"
    assert (await ours.version(space, pending)).status == (await ours.version(space, other)).status == expected
    for version_id in (pending, other):
        query = {"approve_type": "AOP_WORKFLOW", "resource_id": version_id}
        recorded = (await official("ListPlaybookApproves", **query)).data
        (approval,) = await ours.approvals(space, version_id)
        assert [(one.result, one.content) for one in recorded] == [(approval.result, approval.content)]
        assert (approval.content, approval.user_id) == (content, emulator.user_id)


async def test_list_workspaces(official: Official, ours: SecMasterClient, emulator: SecMasterEmulator) -> None:
    """The one workspace."""
    theirs = await official("ListWorkspaces", limit=10, offset=0)
    (workspace,) = await ours.list_workspaces()

    assert theirs.count == 1
    (other,) = theirs.workspaces
    assert (workspace.id, workspace.name, workspace.region_id, workspace.is_view) == (
        other.id,
        other.name,
        other.region_id,
        other.is_view,
    )
    assert workspace.id == emulator.workspace_id


async def test_unknown_version(
    official: Official, ours: SecMasterClient, space: str, emulator: SecMasterEmulator
) -> None:
    """A version that is not there: both say SecMaster's code and message, and the request id of their call."""
    theirs = await official.refusal("ShowAopWorkflowVersion", version_id="0" * 36)
    with pytest.raises(NotFound) as raised:
        await ours.version(space, "0" * 36)

    assert theirs.error_code == "SecMaster.20040605"
    assert_same_refusal(raised.value, theirs, emulator, "ShowAopWorkflowVersion")


async def test_unknown_workspace(official: Official, ours: SecMasterClient, emulator: SecMasterEmulator) -> None:
    """A workspace that is not there is a 403 to both."""
    official.workspace_id = "0" * 36
    theirs = await official.refusal("ShowAopWorkflow", workflow_id="1" * 36)
    with pytest.raises(Refused) as raised:
        await ours.show_workflow("0" * 36, "1" * 36)

    assert (theirs.status_code, theirs.error_code) == (403, "SecMaster.20010001")
    assert_same_refusal(raised.value, theirs, emulator, "ShowAopWorkflow")


async def test_approve_twice(
    official: Official, ours: SecMasterClient, space: str, emulator: SecMasterEmulator, pending: str
) -> None:
    """A version that waits for no review refuses one, from both, with the same words."""
    emulator.decide(pending, "UN_PASS", "Not yet.")
    body = official.v1.WorkflowApproveOpinionDetail(result="PASS", content="ok")
    operation = "CreateAopWorkflowVersionApprovel"
    theirs = await official.refusal(operation, version_id=pending, body=body)
    with pytest.raises(Refused) as raised:
        await ours.approve(space, pending, result=Result.PASS, content="ok")

    assert_same_refusal(raised.value, theirs, emulator, operation)


async def test_wrong_secret(sdk: Any, space: str, emulator: SecMasterEmulator) -> None:
    """A wrong secret key is a 401 of the gateway to both, which tells the request that it saw."""
    official = Official(sdk, official_client(sdk, emulator, sk="wrong"), space)
    theirs = await official.refusal("ListWorkflows")
    async with client_with(emulator, keys(emulator, sk="wrong")) as ours:
        with pytest.raises(Unauthorized) as raised:
            await ours.overview(space)

    assert (theirs.status_code, theirs.error_code) == (raised.value.status, raised.value.code) == (401, "APIGW.0301")
    said = "Incorrect IAM authentication information: verify aksk signature fail,canonicalRequest:GET|/v1/"
    assert theirs.error_msg.startswith(said)
    assert raised.value.message.startswith(said)
    assert len(raised.value.request_id) == len(theirs.request_id) == 32


async def test_throttled(
    official: Official, ours: SecMasterClient, space: str, emulator: SecMasterEmulator, pending: str
) -> None:
    """The SDK loses the body of a 429; ours keeps code, request id and how long to wait."""
    emulator.faults.fail("ShowAopWorkflowVersion", 429, times=2, retry_after=7)
    theirs = await official.refusal("ShowAopWorkflowVersion", version_id=pending)
    with pytest.raises(Throttled) as raised:
        await ours.version(space, pending)

    assert theirs.status_code == raised.value.status == 429
    assert (raised.value.code, raised.value.retry_after) == ("APIGW.0308", 7.0)
    assert len(raised.value.request_id) == 32


async def test_a_success_that_is_none(
    official: Official, ours: SecMasterClient, space: str, emulator: SecMasterEmulator, pending: str
) -> None:
    """HTTP 200 with another code passes for a success with the SDK; ours refuses it."""
    emulator.faults.non_zero_code("ShowAopWorkflowVersion", "SecMaster.20039999", "Unknown error.", times=2)
    assert (await official("ShowAopWorkflowVersion", version_id=pending)).data is None
    with pytest.raises(SecMasterError) as raised:
        await ours.version(space, pending)

    assert (raised.value.status, raised.value.code) == (200, "SecMaster.20039999")


async def test_the_other_ways_to_authenticate(emulator: SecMasterEmulator, space: str, pending: str) -> None:
    """A ready token, temporary keys and an IAM user see what access keys see; a revoked token is renewed once."""
    temporary = emulator.issue_temporary_keys()
    assert temporary.security_token
    key = AccessKey(
        ak=temporary.ak,
        sk=SecretStr(temporary.sk),
        project_id=emulator.project_id,
        security_token=SecretStr(temporary.security_token),
    )
    user = IamUser(
        name=emulator.iam_user,
        password=SecretStr(emulator.iam_password),
        domain=emulator.iam_domain,
        project_id=emulator.project_id,
    )
    token = TokenAuth(SecretStr(emulator.issue_token()))
    for auth in (token, AkSkAuth(key), IamAuth(emulator.url, user)):
        async with client_with(emulator, auth) as client:
            assert pending in (await client.overview(space)).pending
            if isinstance(auth, IamAuth):
                emulator.faults.fail("ListWorkflows", 401, "APIGW.0307")
                assert pending in (await client.overview(space)).pending

    assert len(emulator.traffic.of("KeystoneCreateUserTokenByPassword")) == 2
