"""What SecMaster sends, read leniently at the edge and handed on as frozen values.

Every field may be missing, null or of another type, and unknown ones are ignored: the service sends more than it
documents, and sometimes less.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator

from bot.reviews.models import RecordedApproval, Submission


def text(value: object) -> str:
    """Any JSON value as text: nothing as "", a structure as JSON (so that a reviewer still sees it)."""
    if value is None:
        return ""
    spelled = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
    # JSON can carry half a surrogate pair, which no database and no HTTP library takes.
    return spelled.encode("utf-8", "replace").decode()


def flag(value: object) -> bool | None:
    """True or false however it is spelled; None when it is neither."""
    return {"true": True, "1": True, "false": False, "0": False}.get(text(value).lower())


def number(value: object) -> int | None:
    """A count from 0 to nine digits; None when it is none."""
    digits = text(value)
    return int(digits) if re.fullmatch(r"[0-9]{1,9}", digits) else None


_Text = Annotated[str, BeforeValidator(text)]
_Flag = Annotated[bool | None, BeforeValidator(flag)]


@dataclass(frozen=True, kw_only=True)
class Workflow:
    """A workflow (AopWorkflowInfo). An id is "" when there is no such version; times are SecMaster's own text."""

    id: str
    name: str
    description: str
    enabled: bool
    aop_type: str
    version: str
    active_version_id: str
    pending_version_id: str
    """The version that waits for review."""
    rejected_version_id: str
    creator_name: str
    create_time: str
    modifier_name: str
    update_time: str


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """A workspace (ListWorkspaces); `is_view` marks one that only shows others."""

    id: str
    name: str
    description: str
    project_id: str
    project_name: str
    region_id: str
    is_view: bool


@dataclass(frozen=True, kw_only=True)
class Validation:
    """The outcome of a check (ValidateAopWorkflowVersion); `result` is None when SecMaster gave none."""

    mode: str
    result: bool | None
    detail: str


class _WorkflowRecord(BaseModel):
    id: _Text = ""
    name: _Text = ""
    description: _Text = ""
    enabled: _Flag = None
    aop_type: _Text = ""
    version: _Text = ""
    version_id: _Text = ""
    current_approval_version_id: _Text = ""
    current_rejected_version_id: _Text = ""
    # The list is documented, and read by Huawei's Terraform provider, with this spelling.
    current_rejected_versoin_id: _Text = ""
    creator_name: _Text = ""
    create_time: _Text = ""
    modifier_name: _Text = ""
    update_time: _Text = ""


class _VersionRecord(BaseModel):
    id: _Text = ""
    version_id: _Text = ""
    aopworkflow_id: _Text = ""
    name: _Text = ""
    version: _Text = ""
    description: _Text = ""
    status: _Text = ""
    aop_type: _Text = ""
    creator_name: _Text = ""
    create_time: _Text = ""
    modifier_name: _Text = ""
    update_time: _Text = ""
    dataclass_id: _Text = ""
    dataclass_name: _Text = ""
    taskflow: _Text = ""
    taskflow_type: _Text = ""
    taskconfig: _Text = ""
    input: _Text = ""
    output: _Text = ""


class _ApprovalRecord(BaseModel):
    id: _Text = ""
    result: _Text = ""
    content: _Text = ""
    user_id: _Text = ""
    create_time: _Text = ""


class _WorkspaceRecord(BaseModel):
    id: _Text = ""
    name: _Text = ""
    description: _Text = ""
    project_id: _Text = ""
    project_name: _Text = ""
    region_id: _Text = ""
    is_view: _Flag = None


class _ValidationRecord(BaseModel):
    mode: _Text = ""
    result: _Flag = None
    detail: _Text = ""


def workflow(item: dict[str, Any]) -> Workflow:
    """A workflow as ListWorkflows and ShowAopWorkflow send it."""
    record = _WorkflowRecord.model_validate(item)
    return Workflow(
        id=record.id,
        name=record.name,
        description=record.description,
        enabled=bool(record.enabled),
        aop_type=record.aop_type,
        version=record.version,
        active_version_id=record.version_id,
        pending_version_id=record.current_approval_version_id,
        rejected_version_id=record.current_rejected_version_id or record.current_rejected_versoin_id,
        creator_name=record.creator_name,
        create_time=record.create_time,
        modifier_name=record.modifier_name,
        update_time=record.update_time,
    )


def workflow_version(item: dict[str, Any], workspace_id: str) -> Submission:
    """A workflow version; `id` and `version_id` both name it, and `id` is the one that Huawei's own tools use."""
    record = _VersionRecord.model_validate(item)
    return Submission(
        workspace_id=workspace_id,
        version_id=record.id or record.version_id,
        workflow_id=record.aopworkflow_id,
        submitter=record.modifier_name or record.creator_name,
        submitted_at=record.update_time or record.create_time,
        **record.model_dump(
            include={
                "name",
                "version",
                "description",
                "status",
                "aop_type",
                "dataclass_id",
                "dataclass_name",
                "taskflow",
                "taskflow_type",
                "taskconfig",
                "input",
                "output",
            }
        ),
    )


def approval(item: dict[str, Any]) -> RecordedApproval:
    """An entry of ListPlaybookApproves, which sends more fields than are documented."""
    record = _ApprovalRecord.model_validate(item)
    return RecordedApproval(
        id=record.id,
        result=record.result,
        content=record.content,
        user_id=record.user_id,
        created_at=record.create_time,
    )


def workspace(item: dict[str, Any]) -> Workspace:
    """A workspace as ListWorkspaces sends it."""
    record = _WorkspaceRecord.model_validate(item)
    return Workspace(**{**record.model_dump(), "is_view": bool(record.is_view)})


def validation(item: dict[str, Any]) -> Validation:
    """The outcome of a check."""
    return Validation(**_ValidationRecord.model_validate(item).model_dump())
