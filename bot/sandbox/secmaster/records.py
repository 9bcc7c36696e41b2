"""What the emulated SecMaster remembers."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from bot.sandbox.secmaster.life import Status

AOP_TYPES = ("NORMAL", "SURVEY", "HEMOSTASIS", "EASE")
RESULTS = ("PASS", "UN_PASS")

_PEOPLE = uuid.UUID("5ec0a57e-0000-4000-8000-000000000001")


@dataclass(frozen=True, slots=True)
class Person:
    """An IAM user."""

    id: str
    name: str


def person(name: str) -> Person:
    """The IAM user of that name; the same name always has the same 32-digit id."""
    return Person(uuid.uuid5(_PEOPLE, name).hex, name)


@dataclass(frozen=True, slots=True)
class DataClass:
    """What kind of object a workflow runs on."""

    id: str
    name: str


ALERT = DataClass(uuid.uuid5(_PEOPLE, "data class Alert").hex, "Alert")
INCIDENT = DataClass(uuid.uuid5(_PEOPLE, "data class Incident").hex, "Incident")
DATA_CLASSES = {one.id: one for one in (ALERT, INCIDENT)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """A workflow; which version is active, pending or rejected is read from its versions."""

    id: str
    name: str
    description: str
    aop_type: str
    dataclass_id: str
    dataclass_name: str
    labels: str = ""
    engine_type: str = "public_engine"
    enabled: bool = False
    creator: Person
    modifier: Person
    created_at: float
    updated_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A workflow version. `number` is empty until the first submission, as the console shows drafts without one."""

    id: str
    workflow_id: str
    name: str
    description: str
    aop_type: str
    taskflow: str
    taskconfig: str
    taskflow_type: str = "JSON"
    input: str = ""
    output: str = ""
    number: str = ""
    status: Status = Status.PENDING_SUBMIT
    creator: Person
    modifier: Person
    created_at: float
    updated_at: float
    submitted_at: float = 0.0
    publication: Publication | None = None


@dataclass(frozen=True, slots=True)
class Publication:
    """The time a version spends in `publishing`, and whether it will end badly."""

    until: float
    fails: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """One recorded review of a version."""

    version_id: str
    result: str
    content: str
    reviewer: Person
    at: float
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
