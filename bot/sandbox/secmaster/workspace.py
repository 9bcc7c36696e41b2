"""One SecMaster workspace: its workflows, their versions and the opinions on them, and what may be done to them."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from bot.sandbox.secmaster import life
from bot.sandbox.secmaster.life import Event, Status
from bot.sandbox.secmaster.records import ALERT, Opinion, Person, Publication, Version, Workflow, person
from bot.sandbox.secmaster.refusals import BadParameter, NoSuchVersion, NoSuchWorkflow, WrongStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.sandbox.changes import Changes

CONTENT = frozenset({"name", "description", "aop_type", "taskflow", "taskconfig", "taskflow_type", "input", "output"})
"""What an edit may change."""


class Publishing(Protocol):
    """How publications go; the fault switches are one."""

    publish_seconds: float
    publish_fails: int
    edit_while_pending: bool


class Workspace:
    """All state of the emulated service. Every change of a workflow or version is published to `changes`.

    Methods raise a `Refusal` for what the life cycle or the data forbid, and then change nothing.
    """

    def __init__(self, *, clock: Callable[[], float], changes: Changes, publishing: Publishing) -> None:
        self.clock = clock
        self.workflows: dict[str, Workflow] = {}
        self.versions: dict[str, Version] = {}
        self.opinions: list[Opinion] = []
        self.people: dict[str, Person] = {}
        self._changes = changes
        self._publishing = publishing

    # --- reading

    def workflow(self, workflow_id: str) -> Workflow:
        """The workflow of that id."""
        self.settle()
        if workflow_id not in self.workflows:
            raise NoSuchWorkflow(workflow_id)
        return self.workflows[workflow_id]

    def version(self, version_id: str) -> Version:
        """The version of that id."""
        self.settle()
        if version_id not in self.versions:
            raise NoSuchVersion(version_id)
        return self.versions[version_id]

    def versions_of(self, workflow_id: str) -> list[Version]:
        """All versions of a workflow, newest first (the cloud's order is not documented)."""
        self.settle()
        mine = [version for version in reversed(self.versions.values()) if version.workflow_id == workflow_id]
        return sorted(mine, key=lambda version: version.created_at, reverse=True)

    def active_version(self, workflow_id: str) -> Version | None:
        """The one version that runs, if any."""
        return self._latest(workflow_id, Status.ACTIVATED)

    def pending_version(self, workflow_id: str) -> Version | None:
        """The version that waits for review; of several the one submitted last."""
        return self._latest(workflow_id, Status.PENDING_APPROVAL)

    def rejected_version(self, workflow_id: str) -> Version | None:
        """The version rejected last, as long as it is still rejected."""
        return self._latest(workflow_id, Status.REJECTED)

    # --- workflows

    def add_workflow(self, workflow: Workflow) -> Workflow:
        """Keep a new or changed workflow."""
        self.workflows[workflow.id] = workflow
        self._meet(workflow.creator, workflow.modifier)
        self._changes.publish("workflow", workflow_id=workflow.id)
        return workflow

    def change_workflow(self, workflow_id: str, modifier: Person, **fields: Any) -> Workflow:
        """Set fields of a workflow."""
        changed = replace(self.workflow(workflow_id), **fields, modifier=modifier, updated_at=self.clock())
        return self.add_workflow(changed)

    # --- versions

    def add_version(self, version: Version) -> Version:
        """Keep a new or changed version."""
        self.versions[version.id] = version
        self._meet(version.creator, version.modifier)
        self._changes.publish(
            "version", version_id=version.id, workflow_id=version.workflow_id, status=str(version.status)
        )
        return version

    def create_version(self, workflow_id: str, creator: Person, **content: str) -> Version:
        """A new draft with this content."""
        self.workflow(workflow_id)
        now = self.clock()
        who = {"creator": creator, "modifier": creator, "created_at": now, "updated_at": now}
        return self.add_version(Version(id=str(uuid.uuid4()), workflow_id=workflow_id, **content, **who))  # type: ignore[arg-type]

    def edit(self, version_id: str, modifier: Person | None = None, **fields: str) -> Version:
        """Change the content of a draft or a rejected version.

        Of a pending one too if the switch `edit_while_pending` is on.
        """
        unknown = fields.keys() - CONTENT
        if unknown:
            raise BadParameter(f"A version has no {', '.join(sorted(unknown))}.")
        version = self.version(version_id)
        status = version.status
        if not (self._publishing.edit_while_pending and (status, Event.EDIT) == life.EDITABLE_WHILE_PENDING):
            status = life.after(status, Event.EDIT)
        changed: dict[str, Any] = {**fields, "status": status, "modifier": modifier or version.modifier}
        return self.add_version(replace(version, **changed, updated_at=self.clock()))

    def submit(self, version_id: str, submitter: Person | None = None) -> Version:
        """Put a draft or a rejected version up for review; the first time it gets its number."""
        version = self.version(version_id)
        number = version.number or f"v{1 + sum(bool(other.number) for other in self.versions_of(version.workflow_id))}"
        by = submitter or version.modifier
        return self._step(version, Event.SUBMIT, number=number, modifier=by, submitted_at=self.clock())

    def withdraw(self, version_id: str) -> Version:
        """Take a pending version back to draft. No source describes this; the emulator offers it."""
        return self._step(self.version(version_id), Event.WITHDRAW)

    def decide(self, version_id: str, result: str, content: str, reviewer: Person) -> Opinion:
        """Record a review. PASS starts the publication, UN_PASS rejects."""
        version = self.version(version_id)
        if result == "PASS":
            self._step(version, Event.APPROVE, publication=self._new_publication())
        elif result == "UN_PASS":
            self._step(version, Event.REJECT)
        else:
            raise BadParameter("result is PASS or UN_PASS.")
        opinion = Opinion(version_id=version_id, result=result, content=content, reviewer=reviewer, at=self.clock())
        self.add_opinion(opinion)
        self.settle()
        return opinion

    def activate(self, version_id: str) -> Version:
        """Make an inactive version the active one.

        The one active before becomes inactive, and the workflow is enabled, as the HSS guide says.
        """
        version = self.version(version_id)
        before = self.active_version(version.workflow_id)
        active = self._step(version, Event.ACTIVATE)
        if before:
            self._step(before, Event.DEACTIVATE)
        self.change_workflow(active.workflow_id, active.modifier, enabled=True)
        return active

    def deactivate(self, version_id: str) -> Version:
        """Make the active version inactive; that its workflow is disabled with it is inferred."""
        version = self._step(self.version(version_id), Event.DEACTIVATE)
        self.change_workflow(version.workflow_id, version.modifier, enabled=False)
        return version

    def delete(self, version_id: str) -> Version:
        """Remove a version for ever."""
        version = self.version(version_id)
        if version.status not in life.DELETABLE:
            raise WrongStatus(f"You cannot delete a workflow version in the status {version.status}.")
        del self.versions[version_id]
        self._changes.publish("version", version_id=version_id, workflow_id=version.workflow_id, status="deleted")
        return version

    def opinions_on(self, version_id: str) -> list[Opinion]:
        """All reviews of a version, newest first (the cloud's order is not documented)."""
        return [opinion for opinion in reversed(self.opinions) if opinion.version_id == version_id]

    def add_opinion(self, opinion: Opinion) -> None:
        """Keep a review, at its place in time."""
        self.opinions.append(opinion)
        self.opinions.sort(key=lambda one: one.at)
        self._meet(opinion.reviewer)
        self._changes.publish("opinion", version_id=opinion.version_id, result=opinion.result)

    # --- publication

    def settle(self) -> None:
        """End every publication whose time has come by the clock."""
        now = self.clock()
        for version in list(self.versions.values()):
            if version.publication and version.publication.until <= now:
                self._publish(version, fails=version.publication.fails)

    def next_publication(self) -> float | None:
        """Seconds until the next publication ends; None when nothing is being published."""
        ends = [version.publication.until for version in self.versions.values() if version.publication]
        return min(ends) - self.clock() if ends else None

    def _publish(self, version: Version, *, fails: bool) -> None:
        if fails:
            self._step(version, Event.FAIL_TO_PUBLISH, publication=None)
            return
        alone = len([one for one in self.versions.values() if one.workflow_id == version.workflow_id]) == 1
        self._step(version, Event.PUBLISH_ALONE if alone else Event.PUBLISH_BESIDE_OTHERS, publication=None)
        if alone:
            self.change_workflow(version.workflow_id, version.modifier, enabled=True)

    def _new_publication(self) -> Publication:
        fails = self._publishing.publish_fails > 0
        self._publishing.publish_fails -= fails
        return Publication(self.clock() + self._publishing.publish_seconds, fails)

    # --- the rest

    def _step(self, version: Version, event: Event, **fields: Any) -> Version:
        status = life.after(version.status, event)
        return self.add_version(replace(version, status=status, updated_at=self.clock(), **fields))

    def _latest(self, workflow_id: str, status: Status) -> Version | None:
        mine = [version for version in self.versions_of(workflow_id) if version.status is status]
        return max(mine, key=lambda version: (version.submitted_at, version.updated_at), default=None)

    def _meet(self, *people: Person) -> None:
        self.people.update({one.id: one for one in people})


def newcomer(name: str, *, aop_type: str, description: str, creator: str, now: float) -> Workflow:
    """A fresh workflow on alerts, the data class that most workflows run on."""
    by = person(creator)
    return Workflow(
        id=str(uuid.uuid4()),
        name=name,
        description=description,
        aop_type=aop_type,
        dataclass_id=ALERT.id,
        dataclass_name=ALERT.name,
        creator=by,
        modifier=by,
        created_at=now,
        updated_at=now,
    )
