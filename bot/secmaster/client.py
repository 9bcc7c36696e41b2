"""SecMaster over HTTP: each method is one call, or one call a page, and a call that failed is not repeated here."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, TypeVar

import aiohttp
import httpx
import structlog

from bot.errors import OutcomeUnknown, Refused, SecMasterError, Unauthorized, Unreachable
from bot.reviews.examination import Check, CheckResult
from bot.reviews.models import Overview
from bot.secmaster import wire
from bot.secmaster.auth import TROUBLE, IamAuth
from bot.secmaster.calls import WORKSPACES_LAST_OFFSET, WORKSPACES_PAGE_SIZE, Calls
from bot.secmaster.lockout import Lockout
from bot.secmaster.resources import WORKFLOW_VERSION
from bot.secmaster.transport import NEVER_LEFT, SecMasterTransport

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from types import TracebackType
    from typing import Self

    from bot.reviews.examination import CheckMode
    from bot.reviews.models import Opinion, RecordedApproval, Result, Submission
    from bot.secmaster.calls import Page
    from bot.secmaster.records import Validation, Workflow, Workspace
    from bot.secmaster.wire import Call

T = TypeVar("T")

TIMEOUT = httpx.Timeout(30.0, connect=10.0, pool=10.0)
DEADLINE = 60.0
"""Seconds for a whole call: an answer that trickles in resets the read timeout with every byte."""

DETAIL_KEPT = 2000
"""Characters of what a check has found, which is stored with the review."""
RESULTS = {True: CheckResult.PASSED, False: CheckResult.FAILED, None: CheckResult.UNAVAILABLE}

_HEADERS = {"Content-Type": "application/json;charset=UTF-8", "User-Agent": "secmaster-bot"}
_UNSENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.InvalidURL,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    *NEVER_LEFT,
)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class CallRecord:
    """One call that ended, for metrics and logs; `error` is the class of what was raised, "" when nothing was."""

    operation: str
    status: int | None
    code: str
    request_id: str
    seconds: float
    error: str = ""


class SecMasterClient:
    """SecMaster in one region and project, for the life of the process; `close` it at the end.

    Every method raises SecMasterError; for a while after refused credentials LockedOut, without a call.
    `on_call` hears of each call that was answered or failed (a cancelled one is neither) and must not raise.
    """

    def __init__(  # noqa: PLR0913 - all but the first three have defaults
        self,
        endpoint: str,
        project_id: str,
        auth: httpx.Auth,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        timeout: httpx.Timeout | float = TIMEOUT,
        deadline: float = DEADLINE,
        on_call: Callable[[CallRecord], None] | None = None,
        lockout: Lockout | None = None,
    ) -> None:
        self._endpoint = endpoint.rstrip("/")
        self._auth = auth
        self._deadline = deadline
        self._on_call = on_call
        self._lockout = lockout or Lockout()
        self._kind = WORKFLOW_VERSION
        self._calls = Calls(kind=self._kind, project_id=project_id)
        self._http = httpx.AsyncClient(
            auth=auth,
            transport=transport or SecMasterTransport(endpoint),
            timeout=timeout,
            headers=_HEADERS,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            trust_env=False,
        )

    async def close(self) -> None:
        """Close all connections, those to IAM too."""
        await self._http.aclose()
        if isinstance(self._auth, IamAuth):
            await self._auth.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    # What reviews need (bot.reviews.ports.Releases)

    async def overview(self, workspace_id: str) -> Overview:
        """Which versions of the workspace wait for review, and which work."""
        workflows = [item async for item in self.list_workflows(workspace_id)]
        # A workflow created between two pages moves the others on, and the last one of a page is listed again.
        waiting = dict.fromkeys(item.pending_version_id for item in workflows if item.pending_version_id)
        active = {item.id: item.active_version_id for item in workflows if item.active_version_id}
        return Overview(pending=tuple(waiting), active=active)

    async def version(self, workspace_id: str, version_id: str) -> Submission:
        """The version as it is now; NotFound when there is none."""
        return await self._call(self._calls.show_version(workspace_id, version_id))

    async def active_version(self, workspace_id: str, workflow_id: str) -> str:
        """Id of the version of a workflow that works now; "" when none does."""
        return (await self.show_workflow(workspace_id, workflow_id)).active_version_id

    async def versions_of(self, workspace_id: str, workflow_id: str) -> list[Submission]:
        """All versions of a workflow, in no certain order."""
        return await self.list_versions(workspace_id, workflow_id)

    async def check(self, submission: Submission, mode: CheckMode) -> Check:
        """Let SecMaster check the content of a submission; what it says of the end is taken at its word."""
        outcome = await self.validate(
            submission.workspace_id,
            submission.workflow_id,
            mode=mode,
            taskconfig=submission.taskconfig,
            taskflow=submission.taskflow,
        )
        return Check(mode=mode, result=RESULTS[outcome.result], detail=outcome.detail[:DETAIL_KEPT])

    async def approve(self, workspace_id: str, version_id: str, *, result: Result, content: str) -> Opinion:
        """Send the decision, once, and return the opinion that SecMaster returned."""
        return await self._call(self._calls.approve(workspace_id, version_id, result=result, content=content))

    async def approvals(self, workspace_id: str, version_id: str) -> list[RecordedApproval]:
        """The approvals recorded for a version, in no certain order."""
        return await self._call(self._calls.approvals(workspace_id, version_id))

    # The rest of SecMaster

    async def list_workflows(self, workspace_id: str, *, name: str = "") -> AsyncIterator[Workflow]:
        """All workflows of a workspace, newest first; whether `name` matches in part is SecMaster's affair."""

        def page(offset: int) -> Call[Page[Workflow]]:
            return self._calls.list_parents(workspace_id, offset=offset, name=name)

        async for workflow in self._pages(page, size=self._kind.page_size, last=self._kind.last_offset):
            yield workflow

    async def show_workflow(self, workspace_id: str, workflow_id: str) -> Workflow:
        """One workflow; NotFound when there is none."""
        return await self._call(self._calls.show_parent(workspace_id, workflow_id))

    async def list_versions(self, workspace_id: str, workflow_id: str, *, status: str = "") -> list[Submission]:
        """All versions of a workflow, or those in one status, in no certain order."""
        return await self._call(self._calls.list_versions(workspace_id, workflow_id, status=status))

    async def validate(
        self, workspace_id: str, workflow_id: str, *, mode: CheckMode, taskconfig: str, taskflow: str
    ) -> Validation:
        """Let SecMaster check a flow and its configuration; nothing is saved."""
        return await self._call(
            self._calls.validate(workspace_id, workflow_id, mode=mode, taskconfig=taskconfig, taskflow=taskflow)
        )

    async def list_workspaces(self) -> list[Workspace]:
        """All workspaces of the project, views included."""
        pages = self._pages(
            lambda offset: self._calls.list_workspaces(offset=offset),
            size=WORKSPACES_PAGE_SIZE,
            last=WORKSPACES_LAST_OFFSET,
        )
        return [workspace async for workspace in pages]

    async def _pages(self, call: Callable[[int], Call[Page[T]]], *, size: int, last: int) -> AsyncIterator[T]:
        """The entries of all pages, by the offsets that we ask for: those in the answers are not reliable."""
        for offset in range(0, last + 1, size):
            request = call(offset)
            page = await self._call(request)
            for item in page.items:
                yield item
            if page.sent < size or (page.total is not None and offset + size >= page.total):
                return
        _log.warning("secmaster.list_cut", operation=request.operation, entries=offset + size)

    async def _call(self, call: Call[T]) -> T:
        self._lockout.check(call.operation)
        started = time.monotonic()
        try:
            envelope = wire.accepted(await self._exchange(call), call.operation)
            value = call.read(envelope)
        except SecMasterError as error:
            self._learn(error)
            self._tell(call, error, time.monotonic() - started, type(error).__name__)
            raise
        self._lockout.accepted()
        self._tell(call, envelope, time.monotonic() - started)
        return value

    def _learn(self, error: SecMasterError) -> None:
        """A refusal of the credentials pauses all calls; of other errors only SecMaster's own prove them accepted."""
        if isinstance(error, Unauthorized):
            self._lockout.refused(error)
        elif isinstance(error, Refused):
            self._lockout.accepted()

    async def _exchange(self, call: Call[T]) -> wire.Answer:
        try:
            async with asyncio.timeout(self._deadline):
                response = await self._http.request(call.method, self._endpoint + call.target, content=call.content)
        except TROUBLE as error:
            raise unanswered(error, call.operation) from error
        return wire.Answer(status=response.status_code, headers=response.headers, body=response.content)

    def _tell(self, call: Call[T], facts: wire.Envelope | SecMasterError, seconds: float, error: str = "") -> None:
        if self._on_call:
            record = CallRecord(
                operation=call.operation,
                status=facts.status,
                code=facts.code,
                request_id=facts.request_id,
                seconds=seconds,
                error=error,
            )
            self._on_call(record)


def unanswered(error: Exception, operation: str) -> SecMasterError:
    """What the lack of an answer means: Unreachable only when the request certainly never left us."""
    # httpx-aiohttp calls every broken connection a ConnectTimeout, one that broke after the request was sent too;
    # aiohttp's own error knows better.
    told = error.__cause__ if isinstance(error.__cause__, aiohttp.ClientError) else error
    kind = Unreachable if isinstance(told, _UNSENT) else OutcomeUnknown
    return kind(wire.trouble(told), operation=operation)
