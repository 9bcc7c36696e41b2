"""What a person does in SecMaster's own console, one function an act, and what the console shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.sandbox.page.asked import Asked
    from bot.sandbox.secmaster import SecMasterEmulator

    Act = Callable[["SecMasterActs", Asked], dict[str, Any]]

CONSOLE_USER = "li.na"
"""Who decides and edits in the console unless another name is typed."""

EDITABLE = ("description", "taskflow")
HEAVY = ("taskflow", "taskconfig", "input", "output")
"""Read one version at a time, when somebody opens it."""


class SecMasterActs:
    """Everything the page can do in the emulated SecMaster."""

    def __init__(self, secmaster: SecMasterEmulator) -> None:
        self._secmaster = secmaster

    def seen(self) -> dict[str, Any]:
        """The console: workflows, newest first, with their versions and recorded opinions."""
        workflows = [self._workflow(one) for one in self._secmaster.workflows.values()]
        return {
            "workspace_name": self._secmaster.workspace_name,
            "user": CONSOLE_USER,
            "workflows": workflows,
            "versions": _waiting_first([version for one in workflows for version in one["versions"]]),
        }

    def version(self, version_id: str) -> dict[str, Any] | None:
        """One version whole."""
        return self._secmaster.versions.get(version_id)

    def submit(self, asked: Asked) -> dict[str, Any]:
        """A draft, or a rejected version again."""
        self._secmaster.submit(asked.text("version_id"))
        return {}

    def edit(self, asked: Asked) -> dict[str, Any]:
        """Description, flow, one more step; then, if wished, submit it again."""
        version_id = asked.text("version_id")
        fields = asked.mapping("fields")
        changed = {name: str(fields[name]) for name in EDITABLE if name in fields}
        if changed:
            self._secmaster.edit(version_id, **changed)
        if fields.get("step"):
            self._secmaster.insert_step(version_id, str(fields["step"]))
        if asked.flag("resubmit"):
            self._secmaster.submit(version_id)
        return {}

    def decide(self, asked: Asked) -> dict[str, Any]:
        """A decision made in the console, behind the bot's back."""
        self._secmaster.decide(
            asked.text("version_id"), asked.text("result"), asked.text_or("content"), asked.text("user")
        )
        return {}

    def withdraw(self, asked: Asked) -> dict[str, Any]:
        """Back to draft."""
        self._secmaster.withdraw(asked.text("version_id"))
        return {}

    def activate(self, asked: Asked) -> dict[str, Any]:
        """Make it the one that runs."""
        self._secmaster.activate(asked.text("version_id"))
        return {}

    def deactivate(self, asked: Asked) -> dict[str, Any]:
        """Stop it."""
        self._secmaster.deactivate(asked.text("version_id"))
        return {}

    def delete(self, asked: Asked) -> dict[str, Any]:
        """For ever."""
        self._secmaster.delete_version(asked.text("version_id"))
        return {}

    def new(self, asked: Asked) -> dict[str, Any]:
        """A workflow with its first version."""
        workflow = self._secmaster.new_workflow(
            asked.text("name"), asked.text("aop_type"), asked.text_or("description"), asked.text("submitter")
        )
        version_id = self._secmaster.versions_of(workflow["id"])[0]["id"]
        return self._submitted(asked, version_id)

    def new_version(self, asked: Asked) -> dict[str, Any]:
        """A draft that copies the newest version, with one more step if wished."""
        version_id = self._secmaster.new_version(asked.text("workflow_id"), description=asked.text("description"))
        if asked.optional("step"):
            self._secmaster.insert_step(version_id, asked.text("step"))
        return self._submitted(asked, version_id)

    def _submitted(self, asked: Asked, version_id: str) -> dict[str, Any]:
        if asked.flag("submit"):
            self._secmaster.submit(version_id)
        return {"version_id": version_id}

    def _workflow(self, workflow: dict[str, Any]) -> dict[str, Any]:
        versions = [self._version(one) for one in self._secmaster.versions_of(workflow["id"])]
        return {**workflow, "versions": versions}

    def _version(self, version: dict[str, Any]) -> dict[str, Any]:
        names = self._secmaster.user_names
        approvals = [
            {**one, "user_name": names.get(one["user_id"], "")} for one in self._secmaster.approvals(version["id"])
        ]
        return {**{name: value for name, value in version.items() if name not in HEAVY}, "approvals": approvals}


ACTS: Mapping[str, Act] = {
    "submit": SecMasterActs.submit,
    "edit": SecMasterActs.edit,
    "decide": SecMasterActs.decide,
    "withdraw": SecMasterActs.withdraw,
    "activate": SecMasterActs.activate,
    "deactivate": SecMasterActs.deactivate,
    "delete": SecMasterActs.delete,
    "new": SecMasterActs.new,
    "new-version": SecMasterActs.new_version,
}


def _waiting_first(versions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    ordered = sorted(versions, key=lambda one: one["status"] != "pending_approval")
    return [
        {"id": one["id"], "about": f"{one['name']} {one['version']} · {one['status'].replace('_', ' ')}"}
        for one in ordered
    ]
