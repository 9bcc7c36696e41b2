"""The operations of SecMaster's V1 API on workflows and their versions: a request in, the answer's body out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.secmaster.life import Status
from bot.sandbox.secmaster.records import AOP_TYPES, DATA_CLASSES, RESULTS, Workflow, person
from bot.sandbox.secmaster.refusals import BadParameter, WrongStatus
from bot.sandbox.secmaster.rendering import list_workflow, show_opinion, show_version, show_workflow, show_workspace
from bot.sandbox.secmaster.validation import CHECKS, validate
from bot.sandbox.secmaster.workspace import CONTENT, Workspace, newcomer

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from bot.sandbox.secmaster.asked import Asked
    from bot.sandbox.secmaster.records import Version
    from bot.sandbox.secmaster.rendering import Place

SUCCESS = "00000000"
"""The code in the one real example of the workflow API."""

PLAYBOOK_SUCCESS = "0"
"""The code in recorded playbook traffic."""

MAX_OPINIONS = 99
WORKSPACE_PARAMETER = "SecMaster.20011001"
SORT_FIELD, SORT_ORDER = "SecMaster.20030009", "SecMaster.20030010"

_ACTIONS = ("pending_submit", "pending_approval", "activated", "not_activated")
_VERSION_ENUMS: dict[str, Collection[str]] = {"aop_type": AOP_TYPES, "taskflow_type": ("JSON",), "status": _ACTIONS}
_VERSION_REQUIRED = ("name", "description", "taskconfig", "taskflow", "taskflow_type", "aop_type")

Body = dict[str, Any]


class Api:
    """Every operation is a method of `operations`; all raise a Refusal for what the service would refuse."""

    def __init__(self, workspace: Workspace, place: Place, *, founded_at: float) -> None:
        self._workspace = workspace
        self._place = place
        self._founded_at = founded_at
        self.operations: Mapping[str, Callable[[Asked], Body]] = {
            "ListWorkspaces": self.list_workspaces,
            "ListWorkflows": self.list_workflows,
            "CreateAopWorkflow": self.create_workflow,
            "ShowAopWorkflow": self.show_workflow,
            "UpdateAopWorkflow": self.update_workflow,
            "ListAopWorkflowVersions": self.list_versions,
            "CreateAopWorkflowVersion": self.create_version,
            "ShowAopWorkflowVersion": self.show_version,
            "UpdateAopWorkflowVersion": self.update_version,
            "DeleteAopWorkflowVersion": self.delete_version,
            "ValidateAopWorkflowVersion": self.validate_version,
            "CreateAopWorkflowVersionApprovel": self.approve_version,
            "ListPlaybookApproves": self.list_opinions,
        }

    # --- workspaces

    def list_workspaces(self, asked: Asked) -> Body:
        """The one workspace, if the filters let it through; this operation has an envelope of its own."""
        try:
            page = asked.page(offset_max=999)
            is_view = asked.flag("is_view")
        except BadParameter as bad:
            raise BadParameter(str(bad), code=WORKSPACE_PARAMETER) from None
        one = show_workspace(
            self._place, created_at=self._founded_at, creator_id=person("zhang.wei").id, creator="zhang.wei"
        )
        ids = asked.query.get("ids", "").split(",")
        shown = (
            not is_view
            and asked.query.get("name", "") in one["name"]
            and asked.query.get("region_id", one["region_id"]) == one["region_id"]
            and ("ids" not in asked.query or one["id"] in ids)
        )
        found = [one] if shown else []
        return {"count": len(found), "workspaces": found[page.offset : page.offset + page.limit]}

    # --- workflows

    def list_workflows(self, asked: Asked) -> Body:
        """Workflows by filter and page. That `name` and `description` match parts is inferred."""
        page = asked.page(offset_max=10000)
        order = asked.one_of("order", ("ASC", "DESC"), "DESC", code=SORT_ORDER)
        sortby = asked.one_of("sortby", ("create_time", "update_time"), "create_time", code=SORT_FIELD)
        found = [workflow for workflow in self._workspace.workflows.values() if _wanted(workflow, asked)]
        found.sort(
            key=lambda one: one.updated_at if sortby == "update_time" else one.created_at, reverse=order == "DESC"
        )
        shown = found[page.offset : page.offset + page.limit]
        return {
            **_envelope(asked, [list_workflow(self._workspace, self._place, one) for one in shown]),
            "total": len(found),
            "offset": page.offset,
            "limit": page.limit,
            "size": len(shown),
            "page": page.offset // page.limit + 1,
        }

    def create_workflow(self, asked: Asked) -> Body:
        """A workflow without a version; that creating it makes none is inferred."""
        sent = asked.texts(
            required=("name", "engine_type", "aop_type", "dataclass_id"),
            optional=("description", "labels"),
            enums={"aop_type": AOP_TYPES, "engine_type": ("public_engine",)},
        )
        by, now = asked.caller, self._workspace.clock()
        made = newcomer(sent["name"], aop_type=sent["aop_type"], description="", creator=by.name, now=now)
        self._workspace.add_workflow(made)
        known = DATA_CLASSES.get(sent["dataclass_id"])
        changes = {**sent, "dataclass_name": known.name if known else ""}
        return self._workflow(asked, self._workspace.change_workflow(made.id, by, **changes))

    def show_workflow(self, asked: Asked) -> Body:
        """One workflow."""
        return self._workflow(asked, self._workspace.workflow(asked.path["workflow_id"]))

    def update_workflow(self, asked: Asked) -> Body:
        """Rename, describe, enable or disable a workflow.

        Enabling needs a version that is active or inactive (Terraform provider); that an inactive one becomes active
        by it is inferred.
        """
        workflow = self._workspace.workflow(asked.path["workflow_id"])
        sent: dict[str, Any] = asked.texts(optional=("name", "description", "labels", "version_id"), enums={})
        enabled, version_id = asked.fields().get("enabled"), sent.pop("version_id", None)
        if enabled is not None and not isinstance(enabled, bool):
            raise BadParameter("enabled is true or false.")
        if enabled:
            self._enable(workflow, version_id)
        if enabled is not None:
            sent["enabled"] = enabled
        return self._workflow(asked, self._workspace.change_workflow(workflow.id, asked.caller, **sent))

    # --- versions

    def list_versions(self, asked: Asked) -> Body:
        """All versions in one answer: the operation has no paging, although its envelope has the fields."""
        workflow = self._workspace.workflow(asked.path["workflow_id"])
        status = asked.one_of("status", tuple(Status))
        found = [one for one in self._workspace.versions_of(workflow.id) if status in (None, one.status)]
        shown = [show_version(self._workspace, self._place, one) for one in found]
        count = len(shown)
        return {
            **_envelope(asked, shown),
            "total": count,
            "offset": 0,
            "limit": count,
            "size": count,
            "page": 1,
        }

    def create_version(self, asked: Asked) -> Body:
        """A new draft. `description` is required in the documentation, though the Terraform provider omits it."""
        sent = asked.texts(required=_VERSION_REQUIRED, optional=("input", "output"), enums=_VERSION_ENUMS)
        workflow_id = asked.path["workflow_id"]
        return self._version(asked, self._workspace.create_version(workflow_id, asked.caller, **sent))

    def show_version(self, asked: Asked) -> Body:
        """One version."""
        return self._version(asked, self._workspace.version(asked.path["version_id"]))

    def update_version(self, asked: Asked) -> Body:
        """Edit, submit, activate or deactivate: `status` names the action, `pending_submit` (the default) is an edit.

        Fields that come along with a submission are taken as an edit before it; those that come along with an
        activation are ignored (Terraform provider: they take effect only in the first two statuses).
        """
        version_id = asked.path["version_id"]
        self._workspace.version(version_id)
        sent = asked.texts(optional=(*CONTENT, "status"), enums=_VERSION_ENUMS)
        action = sent.pop("status", "pending_submit")
        if action == "activated":
            return self._version(asked, self._workspace.activate(version_id))
        if action == "not_activated":
            return self._version(asked, self._workspace.deactivate(version_id))
        if sent or action == "pending_submit":
            version = self._workspace.edit(version_id, asked.caller, **sent)
        if action == "pending_approval":
            version = self._workspace.submit(version_id, asked.caller)
        return self._version(asked, version)

    def delete_version(self, asked: Asked) -> Body:
        """Delete a version and show it once more."""
        return self._version(asked, self._workspace.delete(asked.path["version_id"]))

    def validate_version(self, asked: Asked) -> Body:
        """Check a flow before it is saved; findings are an HTTP 200 with `result: false`."""
        required = ("mode", "aopworkflow_id", "taskconfig", "taskflow")
        sent = asked.texts(required=required, enums={"mode": tuple(CHECKS)})
        self._workspace.workflow(sent["aopworkflow_id"])
        return _envelope(asked, validate(sent["mode"], sent["taskflow"], sent["taskconfig"]))

    # --- reviews

    def approve_version(self, asked: Asked) -> Body:
        """Record a review and echo it. The answer has neither `success` nor `request_id`."""
        version = self._workspace.version(asked.path["version_id"])
        sent = asked.texts(required=("result", "content"), enums={"result": RESULTS})
        self._workspace.decide(version.id, sent["result"], sent["content"], asked.caller)
        return {"code": SUCCESS, "message": "", "data": {"result": sent["result"], "content": sent["content"]}}

    def list_opinions(self, asked: Asked) -> Body:
        """Reviews, newest first, of one version if `resource_id` names it. There are no playbooks here."""
        kind = asked.one_of("approve_type", ("PLAYBOOK", "AOP_WORKFLOW"), "AOP_WORKFLOW")
        wanted = asked.query.get("resource_id")
        found = [one for one in reversed(self._workspace.opinions) if wanted in (None, one.version_id)]
        shown = [show_opinion(one) for one in found[:MAX_OPINIONS]] if kind == "AOP_WORKFLOW" else []
        return {"code": PLAYBOOK_SUCCESS, "message": "", "data": shown}

    # --- the rest

    def _enable(self, workflow: Workflow, version_id: str | None) -> None:
        active = self._workspace.active_version(workflow.id)
        if version_id is None and active is None:
            raise BadParameter("version_id is required to enable a workflow.")
        if version_id is None or (active and active.id == version_id):
            return
        version = self._workspace.version(version_id)
        if version.workflow_id != workflow.id:
            raise BadParameter("version_id belongs to another workflow.")
        if version.status is not Status.NOT_ACTIVATED:
            raise WrongStatus(f"You cannot enable a workflow with a version in the status {version.status}.")
        self._workspace.activate(version_id)

    def _workflow(self, asked: Asked, workflow: Workflow) -> Body:
        return _envelope(asked, show_workflow(self._workspace, self._place, workflow))

    def _version(self, asked: Asked, version: Version) -> Body:
        return _envelope(asked, show_version(self._workspace, self._place, version))


def _envelope(asked: Asked, data: Any) -> Body:
    return {"code": SUCCESS, "message": "", "success": True, "request_id": asked.request_id, "data": data}


def _wanted(workflow: Workflow, asked: Asked) -> bool:
    enabled, aop_type = asked.flag("enabled"), asked.one_of("aop_type", AOP_TYPES)
    query = asked.query
    return (
        enabled in (None, workflow.enabled)
        and aop_type in (None, workflow.aop_type)
        and query.get("dataclass_id", workflow.dataclass_id) == workflow.dataclass_id
        and query.get("dataclass_name", workflow.dataclass_name) == workflow.dataclass_name
        and query.get("name", "").lower() in workflow.name.lower()
        and query.get("description", "").lower() in workflow.description.lower()
    )
