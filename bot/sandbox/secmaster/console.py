"""What a person does and sees in SecMaster's own console."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.secmaster.flows import Drawing, Link, end, human, start
from bot.sandbox.secmaster.insertion import insert_step
from bot.sandbox.secmaster.records import AOP_TYPES, person
from bot.sandbox.secmaster.refusals import BadParameter, NoSuchVersion
from bot.sandbox.secmaster.rendering import show_opinion, show_version, show_workflow
from bot.sandbox.secmaster.workspace import Workspace, newcomer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.sandbox.secmaster.rendering import Place

ADMINISTRATOR = "soc-admin"


class Console:
    """The console's views and buttons.

    People are IAM user names. Everything raises SandboxRefusal, with a sentence for the person, where the life cycle
    or the data forbid it. Views are dicts as the API shows them.
    """

    def __init__(self, workspace: Workspace, place: Place) -> None:
        self._workspace = workspace
        self._place = place

    # --- views

    @property
    def workflows(self) -> Mapping[str, dict[str, Any]]:
        """Every workflow by its id, as ShowAopWorkflow answers."""
        found = self._workspace.workflows
        self._workspace.settle()
        return {key: show_workflow(self._workspace, self._place, found[key]) for key in found}

    @property
    def versions(self) -> Mapping[str, dict[str, Any]]:
        """Every version by its id, as ShowAopWorkflowVersion answers."""
        self._workspace.settle()
        found = self._workspace.versions
        return {key: show_version(self._workspace, self._place, found[key]) for key in found}

    def versions_of(self, workflow_id: str) -> list[dict[str, Any]]:
        """The versions of one workflow, newest first."""
        self._workspace.workflow(workflow_id)
        return [show_version(self._workspace, self._place, one) for one in self._workspace.versions_of(workflow_id)]

    def approvals(self, version_id: str) -> list[dict[str, Any]]:
        """The opinions on a version, newest first, as ListPlaybookApproves answers; deleted versions keep theirs."""
        return [show_opinion(opinion) for opinion in self._workspace.opinions_on(version_id)]

    @property
    def user_names(self) -> Mapping[str, str]:
        """The IAM user names behind the ids in all views."""
        return {one.id: one.name for one in self._workspace.people.values()}

    # --- buttons

    def submit(self, version_id: str, user: str | None = None) -> None:
        """Submit a draft, or resubmit a rejected version; `user` is who last changed it unless given."""
        self._workspace.submit(version_id, person(user) if user else None)

    resubmit = submit

    def edit(self, version_id: str, *, user: str | None = None, **fields: str) -> None:
        """Change a draft or rejected version: name, description, aop_type, taskflow, taskconfig, input or output."""
        if fields.get("aop_type", "NORMAL") not in AOP_TYPES:
            raise BadParameter(f"aop_type is one of {', '.join(AOP_TYPES)}.")
        self._workspace.edit(version_id, person(user) if user else None, **fields)

    def insert_step(self, version_id: str, name: str, *, user: str | None = None) -> None:
        """Edit the flow: one more user task `name` before the end."""
        version = self._workspace.version(version_id)
        taskflow, taskconfig = insert_step(version.taskflow, version.taskconfig, name)
        self.edit(version_id, user=user, taskflow=taskflow, taskconfig=taskconfig)

    def decide(self, version_id: str, result: str, content: str, user: str = ADMINISTRATOR) -> None:
        """Review a version; `result` is PASS or UN_PASS, and a rejection needs a comment, as in the console."""
        if result == "UN_PASS" and not content.strip():
            raise BadParameter("A rejection needs a comment.")
        self._workspace.decide(version_id, result, content, person(user))

    def withdraw(self, version_id: str) -> None:
        """Take a pending version back to draft (no source describes such a button)."""
        self._workspace.withdraw(version_id)

    def activate(self, version_id: str) -> None:
        """Make an inactive version the active one of its workflow."""
        self._workspace.activate(version_id)

    def deactivate(self, version_id: str) -> None:
        """Make the active version inactive."""
        self._workspace.deactivate(version_id)

    def new_workflow(
        self, name: str, aop_type: str = "NORMAL", description: str = "", submitter: str = "zhang.wei"
    ) -> dict[str, Any]:
        """A workflow with one draft of a small flow in it, by `submitter`; the view of the workflow."""
        if not name.strip() or aop_type not in AOP_TYPES:
            raise BadParameter(f"A workflow needs a name and an aop_type: {', '.join(AOP_TYPES)}.")
        now = self._workspace.clock()
        workflow = newcomer(name, aop_type=aop_type, description=description, creator=submitter, now=now)
        self._workspace.add_workflow(workflow)
        steps = [start(), human("triage", "Triage the alert", "Confirm or dismiss the alert."), end("Closed")]
        drawing = Drawing(steps, [Link("start", "triage"), Link("triage", "end")], now)
        self._workspace.create_version(
            workflow.id,
            person(submitter),
            name=name,
            description=description,
            aop_type=aop_type,
            taskflow=drawing.taskflow,
            taskconfig=drawing.taskconfig,
        )
        return show_workflow(self._workspace, self._place, workflow)

    def new_version(self, workflow_id: str, *, submitter: str | None = None, **fields: str) -> str:
        """A draft that copies the newest version of the workflow, with `fields` changed; its id."""
        self._workspace.workflow(workflow_id)
        newest = next(iter(self._workspace.versions_of(workflow_id)), None)
        if newest is None:
            raise NoSuchVersion(f"to copy in workflow {workflow_id}")
        by = person(submitter) if submitter else newest.creator
        content = {key: getattr(newest, key) for key in ("name", "description", "aop_type", "taskflow", "taskconfig")}
        draft = self._workspace.create_version(workflow_id, by, **content)
        if fields:
            self.edit(draft.id, user=by.name, **fields)
        return draft.id

    def delete_version(self, version_id: str) -> None:
        """Delete a version for ever; not an activated one."""
        self._workspace.delete(version_id)
