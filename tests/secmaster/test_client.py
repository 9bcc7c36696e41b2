"""The client: one call a method, answers read, errors told apart."""

from __future__ import annotations

import asyncio
import gzip
import inspect
from typing import TYPE_CHECKING, Any

import aiohttp
import httpx
import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from bot.errors import NotFound, OutcomeUnknown, Refused, SecMasterError, Throttled, Unauthorized, Unreachable
from bot.reviews.examination import CheckMode
from bot.reviews.models import Opinion, Result
from bot.secmaster.auth import TROUBLE, TokenAuth
from bot.secmaster.client import CallRecord, SecMasterClient, unanswered

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.reviews.ports import Releases

WS = "ws-1"
SOC = f"/v1/project-1/workspaces/{WS}/soc"
FINE = {"code": "00000000", "message": "", "success": True}


def client_of(handler: Callable[[httpx.Request], Any], **options: Any) -> SecMasterClient:
    """A client whose calls end at the handler."""
    return SecMasterClient(
        "https://secmaster.test/",
        "project-1",
        TokenAuth(SecretStr("token-1")),
        transport=httpx.MockTransport(handler),
        **options,
    )


def page(ids: range, total: int | None) -> dict[str, Any]:
    """A page of ListWorkflows; every second workflow has a version that waits. Its offset and limit are lies."""
    return FINE | {
        "total": total,
        "offset": 7,
        "limit": 3,
        "data": [{"id": f"w{n}", "current_approval_version_id": f"v{n}" if n % 2 else None} for n in ids],
    }


async def test_it_is_what_reviews_need(script: Any, answer: Any) -> None:
    """The client satisfies the core's port."""
    async with client_of(script(answer({}))) as client:
        releases: Releases = client
        assert releases


async def test_show_version(script: Any, answer: Any) -> None:
    """A version is read from its own path, with the headers that SecMaster demands on a GET too."""
    data = {"id": "v1", "aopworkflow_id": "w1", "name": "n", "version": "v2", "status": "PENDING_APPROVAL"}
    asked = script(answer(FINE | {"data": data}))
    async with client_of(asked) as client:
        version = await client.version(WS, "v1")

    request = asked.asked[0]
    assert (request.method, request.url.raw_path.decode()) == ("GET", f"{SOC}/workflows/versions/v1")
    assert request.headers["Content-Type"] == "application/json;charset=UTF-8"
    assert request.headers["X-Auth-Token"] == "token-1"
    assert (version.workspace_id, version.version_id, version.workflow_id, version.name) == (WS, "v1", "w1", "n")
    assert version.status == "pending_approval"
    assert version.pending


async def test_an_unknown_status_stays_as_it_came(script: Any, answer: Any) -> None:
    """A status that no document names is kept as text, and an answer without an id is about what was asked for."""
    async with client_of(script(answer(FINE | {"data": {"status": "Frozen"}}))) as client:
        version = await client.version(WS, "v1")

    assert (version.version_id, version.status) == ("v1", "Frozen")


async def test_no_data_is_not_found(script: Any, answer: Any) -> None:
    """HTTP 200 with null data means that the version does not exist."""
    async with client_of(script(answer(FINE | {"data": None}))) as client:
        with pytest.raises(NotFound):
            await client.version(WS, "v1")


@pytest.mark.parametrize("version_id", ["", "..", "../../x", "a/b", "a%2Fb", "a b", "x" * 65, "告警", "v1\n"])
async def test_what_is_no_id_is_not_sent(script: Any, answer: Any, version_id: str) -> None:
    """A typed id can never reach another call's path: it is NotFound without a call."""
    asked = script(answer(FINE))
    async with client_of(asked) as client:
        with pytest.raises(NotFound):
            await client.version(WS, version_id)
        with pytest.raises(NotFound):
            await client.approve(WS, version_id, result=Result.PASS, content="ok")

    assert asked.asked == []


async def test_approve(script: Any, answer: Any) -> None:
    """The decision is sent as given, and the opinion is what SecMaster returned, not what was sent."""
    returned = {"code": "00000000", "message": "", "data": {"result": "UN_PASS", "content": "reject renson"}}
    asked = script(answer(returned, X_request_id="r-1"))
    async with client_of(asked) as client:
        opinion = await client.approve(WS, "v1", result=Result.UN_PASS, content="高危 🔥\n“no”")

    assert opinion == Opinion(result="UN_PASS", content="reject renson", request_id="r-1")
    assert asked.bodies == [{"result": "UN_PASS", "content": "高危 🔥\n“no”"}]
    request = asked.asked[0]
    assert (request.method, request.url.raw_path.decode()) == ("POST", f"{SOC}/workflows/versions/v1/approval")


@pytest.mark.parametrize("data", [None, {}, [], "PASS", {"content": "ok"}, {"result": None}])
async def test_an_answer_without_opinion_is_of_unknown_outcome(script: Any, answer: Any, data: object) -> None:
    """A success that returns no opinion may have been applied: it is never taken for a refusal."""
    asked = script(answer({"code": "0", "data": data}))
    async with client_of(asked) as client:
        with pytest.raises(OutcomeUnknown):
            await client.approve(WS, "v1", result=Result.PASS, content="ok")

    assert len(asked.asked) == 1


@pytest.mark.parametrize("missing", [None, 5])
async def test_an_opinion_may_lack_its_content(script: Any, answer: Any, missing: object) -> None:
    """The result is the opinion; its content is shown as far as there is one."""
    async with client_of(script(answer({"data": {"result": "PASS", "content": missing}}))) as client:
        opinion = await client.approve(WS, "v1", result=Result.PASS, content="ok")

    assert opinion.content == ("" if missing is None else "5")


async def test_approvals(script: Any, answer: Any) -> None:
    """The review history of a workflow version stands under playbooks, asked for by type and version."""
    asked = script(answer({"code": 0, "data": [{"id": "a1", "result": "PASS"}, {"id": "a2", "result": "UN_PASS"}]}))
    async with client_of(asked) as client:
        found = await client.approvals(WS, "v1")

    assert [(one.id, one.result) for one in found] == [("a1", "PASS"), ("a2", "UN_PASS")]
    target = f"{SOC}/playbooks/versions/approval?approve_type=AOP_WORKFLOW&resource_id=v1"
    assert asked.asked[0].url.raw_path.decode() == target


async def test_pending_pages_by_what_it_asked_for(script: Any, answer: Any) -> None:
    """Every workflow with a waiting version counts, on all pages, whatever offset the answers claim; each once."""
    asked = script(answer(page(range(100), 205)), answer(page(range(99, 199), 205)), answer(page(range(199, 205), 205)))
    async with client_of(asked) as client:
        found = await client.overview(WS)

    assert list(found.pending) == [f"v{n}" for n in range(1, 205, 2)]
    assert [dict(request.url.params) for request in asked.asked] == [
        {"limit": "100", "offset": "0"},
        {"limit": "100", "offset": "100"},
        {"limit": "100", "offset": "200"},
    ]


@pytest.mark.parametrize(
    ("pages", "calls"),
    [
        ([page(range(100), 100)], 1),
        ([page(range(100), None), page(range(100, 130), None)], 2),
        ([page(range(100), None), page(range(0), None)], 2),
        ([page(range(30), 500)], 1),
        ([FINE | {"data": None, "total": 0}], 1),
        ([FINE | {"data": [None] * 100}, page(range(3), 103)], 2),
    ],
)
async def test_paging_stops(script: Any, answer: Any, pages: list[Any], calls: int) -> None:
    """It stops when the total is reached, or at a page that is not full."""
    asked = script(*map(answer, pages))
    async with client_of(asked) as client:
        await client.overview(WS)

    assert len(asked.asked) == calls


async def test_paging_ends_where_secmaster_ends(script: Any, answer: Any) -> None:
    """Offsets beyond 10000 are refused by SecMaster: the list is cut there, and the log says so."""
    asked = script(answer(page(range(100), 1_000_000)))
    async with client_of(asked) as client:
        with capture_logs() as logs:
            found = [workflow async for workflow in client.list_workflows(WS)]

    assert len(found) == 10_100
    assert asked.asked[-1].url.params["offset"] == "10000"
    assert [(line["event"], line["entries"]) for line in logs] == [("secmaster.list_cut", 10_100)]


async def test_list_workflows_by_name(script: Any, answer: Any) -> None:
    """The name is sent as it is, percent-encoded."""
    asked = script(answer(page(range(1), 1)))
    async with client_of(asked) as client:
        found = [workflow.id async for workflow in client.list_workflows(WS, name="告 +")]

    assert found == ["w0"]
    assert asked.asked[0].url.raw_path.decode() == f"{SOC}/workflows?limit=100&name=%E5%91%8A%20%2B&offset=0"


async def test_show_workflow_and_versions(script: Any, answer: Any) -> None:
    """A workflow and its versions, by status or all."""
    asked = script(
        answer(FINE | {"data": {"id": "w1", "name": "n"}}),
        answer(FINE | {"data": [{"id": "v1", "status": "activated"}, {"id": "v2", "status": "rejected"}]}),
        answer(FINE | {"data": []}),
    )
    async with client_of(asked) as client:
        workflow = await client.show_workflow(WS, "w1")
        versions = await client.list_versions(WS, "w1")
        none = await client.list_versions(WS, "w1", status="publishing")

    assert workflow.name == "n"
    assert [(version.version_id, version.status) for version in versions] == [("v1", "activated"), ("v2", "rejected")]
    assert none == []
    assert [request.url.raw_path.decode() for request in asked.asked] == [
        f"{SOC}/workflows/w1",
        f"{SOC}/workflows/w1/versions",
        f"{SOC}/workflows/w1/versions?status=publishing",
    ]


async def test_validate(script: Any, answer: Any) -> None:
    """A check sends the four fields that it needs and tells what was found."""
    asked = script(answer(FINE | {"data": {"mode": "CIRCLE", "result": False, "detail": "a loop"}}))
    async with client_of(asked) as client:
        found = await client.validate(WS, "w1", mode=CheckMode.CIRCLE, taskconfig="{}", taskflow="e30=")

    assert (found.mode, found.result, found.detail) == ("CIRCLE", False, "a loop")
    assert asked.bodies == [{"mode": "CIRCLE", "aopworkflow_id": "w1", "taskconfig": "{}", "taskflow": "e30="}]
    assert asked.asked[0].url.raw_path.decode() == f"{SOC}/workflows/validation"


async def test_list_workspaces(script: Any, answer: Any) -> None:
    """Workspaces come in an envelope of their own, without a code."""
    asked = script(
        answer({"count": 101, "workspaces": [{"id": f"ws{n}"} for n in range(100)]}),
        answer({"count": 101, "workspaces": [{"id": "ws100", "is_view": True}]}),
    )
    async with client_of(asked) as client:
        found = await client.list_workspaces()

    assert [workspace.id for workspace in found] == [f"ws{n}" for n in range(101)]
    assert found[-1].is_view
    assert asked.asked[1].url.raw_path.decode() == "/v1/project-1/workspaces?limit=100&offset=100"


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, {"code": "SecMaster.1", "message": "m"}, Refused),
        (400, {"code": "SecMaster.20040605", "message": "m"}, NotFound),
        (400, {"code": "SecMaster.20040001", "message": "m"}, Refused),
        (401, {"error_code": "APIGW.0301", "error_msg": "m"}, Unauthorized),
        (429, {"error_code": "APIGW.0308", "error_msg": "m"}, Throttled),
        (307, {"message": "m"}, Refused),
        (502, {"error_code": "APIGW.0201", "error_msg": "m"}, OutcomeUnknown),
    ],
)
async def test_errors_are_raised_after_one_call(
    script: Any, answer: Any, status: int, body: dict[str, str], kind: type[SecMasterError]
) -> None:
    """No answer, however bad, makes the client ask again: five refused signatures would lock the key."""
    asked = script(answer(body, status, X_Request_Id="r-9"))
    async with client_of(asked) as client:
        with pytest.raises(SecMasterError) as caught:
            await client.approve(WS, "v1", result=Result.PASS, content="ok")

    assert type(caught.value) is kind
    assert (caught.value.status, caught.value.request_id) == (status, "r-9")
    assert caught.value.operation == "CreateAopWorkflowVersionApprovel"
    assert len(asked.asked) == 1


async def test_repeated_reads(script: Any, answer: Any) -> None:
    """One client reads any number of times, each as it is then."""
    asked = script(*(answer(FINE | {"data": {"id": "v1", "status": word}}) for word in ("publishing", "activated")))
    async with client_of(asked) as client:
        assert [(await client.version(WS, "v1")).status for _ in range(3)] == ["publishing", "activated", "activated"]


UNSENT = {
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.InvalidURL,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
}
HTTPX_ERRORS = [kind for _, kind in inspect.getmembers(httpx, inspect.isclass) if issubclass(kind, Exception)]


def make(kind: type[Exception]) -> Exception:
    """An instance, whatever its constructor asks for."""
    request = httpx.Request("GET", "https://secmaster.test")
    if kind is httpx.HTTPStatusError:
        return httpx.HTTPStatusError("text", request=request, response=httpx.Response(500))
    takes_nothing = issubclass(kind, httpx.StreamError) and kind is not httpx.StreamError
    return kind() if takes_nothing else kind("text")


@pytest.mark.parametrize("kind", HTTPX_ERRORS, ids=lambda kind: kind.__name__)
async def test_every_httpx_error_is_mapped(script: Any, kind: type[Exception]) -> None:
    """Only what is raised before the first byte is Unreachable; the outcome of everything else is unknown."""
    async with client_of(script(make(kind))) as client:
        with pytest.raises(SecMasterError) as caught:
            await client.approve(WS, "v1", result=Result.PASS, content="ok")

    assert type(caught.value) is (Unreachable if kind in UNSENT else OutcomeUnknown)
    assert caught.value.operation == "CreateAopWorkflowVersionApprovel"
    assert caught.value.status is None


def test_the_table_of_httpx_errors_is_whole() -> None:
    """The test above sees the library's errors, and each is caught."""
    assert len(HTTPX_ERRORS) > 25
    assert all(issubclass(kind, TROUBLE) for kind in HTTPX_ERRORS)


@pytest.mark.parametrize(
    ("cause", "kind"),
    [
        (aiohttp.ServerDisconnectedError(), OutcomeUnknown),
        (aiohttp.ClientOSError(104, "reset"), OutcomeUnknown),
        (aiohttp.ClientConnectionError(), OutcomeUnknown),
        (aiohttp.ConnectionTimeoutError(), Unreachable),
        (aiohttp.InvalidURL("x"), Unreachable),
        (aiohttp.NonHttpUrlClientError("x"), Unreachable),
    ],
)
def test_the_cause_decides(cause: Exception, kind: type[SecMasterError]) -> None:
    """The transport calls a connection that broke after sending a ConnectTimeout; aiohttp's own error is believed."""
    error = httpx.ConnectTimeout("text")
    error.__cause__ = cause

    assert type(unanswered(error, "X")) is kind
    assert type(unanswered(cause, "X")) is kind


async def test_a_body_that_cannot_be_unpacked_is_no_answer() -> None:
    """A broken gzip body is as good as no answer."""

    def broken(_: httpx.Request) -> httpx.Response:
        stream = httpx.ByteStream(gzip.compress(b"{}")[:8] + b"garbage")
        return httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=stream)

    async with client_of(broken) as client:
        with pytest.raises(OutcomeUnknown):
            await client.version(WS, "v1")


async def test_a_call_has_a_deadline() -> None:
    """An answer that never ends is given up, and its outcome is unknown."""

    async def never(_: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    async with client_of(never, deadline=0.01) as client:
        with pytest.raises(OutcomeUnknown):
            await client.approve(WS, "v1", result=Result.PASS, content="ok")


async def test_each_call_is_told(script: Any, answer: Any) -> None:
    """The observer hears operation, status, code, request id, duration and the class of the error."""
    told: list[CallRecord] = []
    asked = script(
        answer(FINE | {"data": {"id": "v1"}}, X_Request_Id="r-1"),
        answer({"code": "SecMaster.20040605", "message": "m"}, 400, X_Request_Id="r-2"),
        httpx.ReadTimeout("slow"),
    )
    async with client_of(asked, on_call=told.append) as client:
        await client.version(WS, "v1")
        for _ in range(2):
            with pytest.raises(SecMasterError):
                await client.version(WS, "v1")

    assert [(one.operation, one.status, one.code, one.request_id, one.error) for one in told] == [
        ("ShowAopWorkflowVersion", 200, "00000000", "r-1", ""),
        ("ShowAopWorkflowVersion", 400, "SecMaster.20040605", "r-2", "NotFound"),
        ("ShowAopWorkflowVersion", None, "", "", "OutcomeUnknown"),
    ]
    assert all(one.seconds >= 0 for one in told)
