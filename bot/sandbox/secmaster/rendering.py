"""Workflows, versions and opinions as the API shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.sandbox.secmaster.life import Status
from bot.sandbox.secmaster.stamps import stamp

if TYPE_CHECKING:
    from bot.sandbox.secmaster.records import Opinion, Version, Workflow
    from bot.sandbox.secmaster.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Place:
    """The ids that every object carries, and what a workspace is called."""

    project_id: str
    project: str
    workspace_id: str
    workspace: str
    region: str
    domain_id: str
    domain: str


def show_workflow(workspace: Workspace, place: Place, workflow: Workflow) -> dict[str, Any]:
    """A workflow as ShowAopWorkflow answers. That ids are empty text when there is none is recorded for playbooks."""
    active = workspace.active_version(workflow.id)
    pending = workspace.pending_version(workflow.id)
    rejected = workspace.rejected_version(workflow.id)
    return {
        "id": workflow.id,
        "name": workflow.name,
        "description": workflow.description,
        "project_id": place.project_id,
        "owner_id": workflow.creator.id,
        **_authors(workflow),
        "edit_role": "",
        "use_role": "",
        "approve_role": "",
        "enabled": workflow.enabled,
        "workspace_id": place.workspace_id,
        "version_id": active.id if active else "",
        "current_approval_version_id": pending.id if pending else "",
        "current_rejected_version_id": rejected.id if rejected else "",
        "aop_type": workflow.aop_type,
        "engine_type": workflow.engine_type,
        "dataclass_id": workflow.dataclass_id,
        "dataclass_name": workflow.dataclass_name,
        "labels": workflow.labels,
        "version": active.number if active else "",
    }


def list_workflow(workspace: Workspace, place: Place, workflow: Workflow) -> dict[str, Any]:
    """A workflow as ListWorkflows answers: one key is misspelt there (API reference and Terraform provider)."""
    shown = show_workflow(workspace, place, workflow)
    return {
        "current_rejected_versoin_id" if key == "current_rejected_version_id" else key: value
        for key, value in shown.items()
    }


def show_version(workspace: Workspace, place: Place, version: Version) -> dict[str, Any]:
    """A version; it carries its id twice, as the SDK's model does."""
    workflow = workspace.workflows[version.workflow_id]
    return {
        "id": version.id,
        "version_id": version.id,
        "name": version.name,
        "aopworkflow_id": version.workflow_id,
        "description": version.description,
        "project_id": place.project_id,
        "owner_id": version.creator.id,
        **_authors(version),
        "enabled": version.status is Status.ACTIVATED,
        "status": str(version.status),
        "version": version.number,
        "taskconfig": version.taskconfig,
        "taskflow": version.taskflow,
        "taskflow_type": version.taskflow_type,
        "aop_type": version.aop_type,
        "input": version.input,
        "output": version.output,
        "dataclass_id": workflow.dataclass_id,
        "dataclass_name": workflow.dataclass_name,
        "workspace_id": place.workspace_id,
    }


def show_opinion(opinion: Opinion) -> dict[str, Any]:
    """The eight fields that ListPlaybookApproves really sends; the SDK knows two of them."""
    return {
        "id": opinion.id,
        "result": opinion.result,
        "content": opinion.content,
        "type": "AOP_WORKFLOW",
        "resource_id": opinion.version_id,
        "user_id": opinion.reviewer.id,
        "create_time": stamp(opinion.at),
        "update_time": stamp(opinion.at),
    }


def show_workspace(place: Place, *, created_at: float, creator_id: str, creator: str) -> dict[str, Any]:
    """The workspace as ListWorkspaces answers."""
    return {
        "id": place.workspace_id,
        "name": place.workspace,
        "description": "Round-the-clock security operations for the harbour sites",
        "create_time": stamp(created_at),
        "update_time": stamp(created_at),
        "creator_id": creator_id,
        "creator_name": creator,
        "modifier_id": creator_id,
        "modifier_name": creator,
        "project_id": place.project_id,
        "project_name": place.project,
        "domain_id": place.domain_id,
        "domain_name": place.domain,
        "enterprise_project_id": "0",
        "enterprise_project_name": "default",
        "is_view": False,
        "region_id": place.region,
        "view_bind_id": "",
        "view_bind_name": "",
        "workspace_agency_list": [],
    }


def _authors(thing: Workflow | Version) -> dict[str, str]:
    return {
        "creator_id": thing.creator.id,
        "creator_name": thing.creator.name,
        "create_time": stamp(thing.created_at),
        "modifier_id": thing.modifier.id,
        "modifier_name": thing.modifier.name,
        "update_time": stamp(thing.updated_at),
    }
