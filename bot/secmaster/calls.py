"""The calls to SecMaster: for each operation its path, its parameters and how its answer is read."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from bot.errors import NotFound, OutcomeUnknown
from bot.reviews.models import Opinion, RecordedApproval, Result, Submission
from bot.secmaster import records
from bot.secmaster.wire import Call, Envelope, one_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.reviews.examination import CheckMode
    from bot.secmaster.records import Validation, Workflow, Workspace
    from bot.secmaster.resources import ResourceType

T = TypeVar("T")

WORKSPACES_PAGE_SIZE = 100
WORKSPACES_LAST_OFFSET = 999
_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")


@dataclass(frozen=True, kw_only=True)
class Page(Generic[T]):
    """A page of a list; `sent` counts what it held, `total` is None when the answer does not say."""

    items: list[T]
    sent: int
    total: int | None


@dataclass(frozen=True, kw_only=True)
class Calls:
    """The calls about one kind of resource in one project. An id that cannot be one raises NotFound at once."""

    kind: ResourceType
    project_id: str

    def list_parents(self, workspace_id: str, *, offset: int, name: str = "") -> Call[Page[Workflow]]:
        """A page of the workflows in SecMaster's default order, newest first."""
        operation = self.kind.operations.list
        return Call(
            operation=operation,
            method="GET",
            path=self._path(operation, workspace_id, self.kind.collection),
            query=(("limit", str(self.kind.page_size)), ("offset", str(offset)), *_given("name", name)),
            read=lambda envelope: _page(envelope, "data", "total", self.kind.parent),
        )

    def show_parent(self, workspace_id: str, parent_id: str) -> Call[Workflow]:
        """One workflow."""
        operation = self.kind.operations.show
        return Call(
            operation=operation,
            method="GET",
            path=self._path(operation, workspace_id, self.kind.collection, parent_id),
            read=lambda envelope: self.kind.parent(envelope.record()),
        )

    def list_versions(self, workspace_id: str, parent_id: str, *, status: str = "") -> Call[list[Submission]]:
        """All versions of a workflow, or those in one status: SecMaster does not page them."""
        operation = self.kind.operations.list_versions
        return Call(
            operation=operation,
            method="GET",
            path=self._path(operation, workspace_id, self.kind.collection, parent_id, "versions"),
            query=_given("status", status),
            read=lambda envelope: [self._version(item, workspace_id) for item in envelope.items()],
        )

    def show_version(self, workspace_id: str, version_id: str) -> Call[Submission]:
        """One version. An answer that names none is about the one that was asked for."""
        operation = self.kind.operations.show_version

        def read(envelope: Envelope) -> Submission:
            version = self._version(envelope.record(), workspace_id)
            return version if version.version_id else replace(version, version_id=version_id)

        return Call(
            operation=operation,
            method="GET",
            path=self._path(operation, workspace_id, self.kind.collection, "versions", version_id),
            read=read,
        )

    def approve(self, workspace_id: str, version_id: str, *, result: Result, content: str) -> Call[Opinion]:
        """Send a decision; `content` is the review comment, which SecMaster requires."""
        operation = self.kind.operations.approve
        return Call(
            operation=operation,
            method="POST",
            path=self._path(operation, workspace_id, self.kind.collection, "versions", version_id, "approval"),
            body={"result": result.value, "content": content},
            read=_opinion,
        )

    def approvals(self, workspace_id: str, version_id: str) -> Call[list[RecordedApproval]]:
        """The review history of a version: for every kind it stands under `playbooks`, and it is not paged."""
        operation = "ListPlaybookApproves"
        return Call(
            operation=operation,
            method="GET",
            path=self._path(operation, workspace_id, "playbooks", "versions", "approval"),
            query=(("approve_type", self.kind.approve_type), ("resource_id", version_id)),
            read=lambda envelope: [records.approval(item) for item in envelope.items()],
        )

    def validate(
        self, workspace_id: str, workflow_id: str, *, mode: CheckMode, taskconfig: str, taskflow: str
    ) -> Call[Validation]:
        """Check a flow (BASE64) and its configuration (JSON text) without saving them."""
        operation = "ValidateAopWorkflowVersion"
        return Call(
            operation=operation,
            method="POST",
            path=self._path(operation, workspace_id, "workflows", "validation"),
            body={
                "mode": mode.value,
                "aopworkflow_id": workflow_id,
                "taskconfig": taskconfig,
                "taskflow": taskflow,
            },
            read=lambda envelope: records.validation(envelope.record()),
        )

    def list_workspaces(self, *, offset: int) -> Call[Page[Workspace]]:
        """A page of the project's workspaces, whose answer has an envelope of its own."""
        operation = "ListWorkspaces"
        return Call(
            operation=operation,
            method="GET",
            path=f"/v1/{_id(operation, self.project_id)}/workspaces",
            query=(("limit", str(WORKSPACES_PAGE_SIZE)), ("offset", str(offset))),
            read=lambda envelope: _page(envelope, "workspaces", "count", records.workspace),
        )

    def _path(self, operation: str, workspace_id: str, *parts: str) -> str:
        project, workspace, *rest = (_id(operation, part) for part in (self.project_id, workspace_id, *parts))
        return "/".join([f"/v1/{project}/workspaces/{workspace}/soc", *rest])

    def _version(self, item: dict[str, Any], workspace_id: str) -> Submission:
        version = self.kind.version(item, workspace_id)
        return replace(version, status=self.kind.status(version.status))


def _id(operation: str, text: str) -> str:
    # People type ids: "../x" must not reach another call, and what is no id names nothing.
    if not _ID.fullmatch(text):
        raise NotFound(f"{one_line(text, 64)!r} is no id", operation=operation)
    return text


def _given(name: str, value: str) -> tuple[tuple[str, str], ...]:
    return ((name, value),) if value else ()


def _page(envelope: Envelope, key: str, count: str, parse: Callable[[dict[str, Any]], T]) -> Page[T]:
    sent = envelope.body.get(key)
    return Page(
        items=[parse(item) for item in envelope.items(key)],
        sent=len(sent) if isinstance(sent, list) else 0,
        total=records.number(envelope.body.get(count)),
    )


def _opinion(envelope: Envelope) -> Opinion:
    """The opinion as returned; OutcomeUnknown when there is none, for the decision may have been applied."""
    data = envelope.body.get("data")
    result = records.text(data.get("result")) if isinstance(data, dict) else ""
    if not isinstance(data, dict) or not result:
        raise envelope.error(OutcomeUnknown, "the answer holds no opinion")
    return Opinion(result=result, content=records.text(data.get("content")), request_id=envelope.request_id)
