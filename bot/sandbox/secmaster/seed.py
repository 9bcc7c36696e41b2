"""A security operations centre in full swing: what the emulated SecMaster holds when it starts."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.sandbox.secmaster import stories
from bot.sandbox.secmaster.life import Status
from bot.sandbox.secmaster.records import ALERT, DataClass, Opinion, Version, Workflow, person

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.sandbox.secmaster.flows import Drawing
    from bot.sandbox.secmaster.workspace import Workspace

LEAD = "soc-admin"

_IDS = uuid.UUID("5ec0a57e-0000-4000-8000-000000000002")
_HOUR = 3600.0
_DAY = 24 * _HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A version to plant: how old it is, where it stands and how it was reviewed (newest review last)."""

    drawing: Drawing
    description: str
    by: str
    age: float
    status: Status
    number: int = 0
    reviews: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Idea:
    """A workflow to plant; `key` gives it and its versions their ids."""

    key: str
    name: str
    aop_type: str
    labels: str
    data_class: DataClass = ALERT


def plant(workspace: Workspace, now: float) -> None:
    """Fill an empty workspace; ids are the same every time, times lie before `now`."""
    _isolate_host(workspace, now)
    _block_address(workspace, now)
    _phishing_ticket(workspace, now)
    _leaked_key(workspace, now)
    _triage_login(workspace, now)
    _patch_window(workspace, now)


def seed_id(name: str) -> str:
    """The id of a planted workflow (`isolate-host`) or version (`isolate-host/2`)."""
    return str(uuid.uuid5(_IDS, name))


def _isolate_host(workspace: Workspace, now: float) -> None:
    """An active workflow whose next version, with another flow, waits for review."""
    drafts = [
        Draft(
            drawing=stories.isolate_host_v1(now - 120 * _DAY),
            description="Cuts a compromised host off the network at once.",
            by="zhang.wei",
            age=120 * _DAY,
            status=Status.ACTIVATED,
            number=1,
            reviews=[("PASS", "Works as rehearsed on 2 staging hosts.")],
        ),
        Draft(
            drawing=stories.isolate_host_v2(now - 3 * _HOUR),
            description="Takes a disk snapshot first; asks the duty lead before it isolates a business-critical host.",
            by="zhang.wei",
            age=3 * _HOUR,
            status=Status.PENDING_APPROVAL,
            number=2,
        ),
    ]
    _workflow(workspace, now, Idea("isolate-host", "Isolate compromised host", "HEMOSTASIS", "IP"), drafts)


def _block_address(workspace: Workspace, now: float) -> None:
    """A Chinese one: an older version runs, a newer one is approved but not active, the newest waits for review."""
    drafts = [
        Draft(
            drawing=stories.block_address(now - 200 * _DAY, minutes="60"),
            description="在边界防火墙上封禁恶意IP地址，60分钟后自动解封。",
            by="liu.yang",
            age=200 * _DAY,
            status=Status.ACTIVATED,
            number=1,
            reviews=[("UN_PASS", "请补充自动解封步骤。"), ("PASS", "同意")],
        ),
        Draft(
            drawing=stories.block_address(now - 20 * _DAY, minutes="240"),
            description="在边界防火墙上封禁恶意IP地址，240分钟后自动解封。",
            by="liu.yang",
            age=20 * _DAY,
            status=Status.NOT_ACTIVATED,
            number=2,
            reviews=[("PASS", "同意，待变更窗口激活。")],
        ),
        Draft(
            drawing=stories.block_address(now - 50 * 60, minutes="240", with_intelligence=True),
            description="封禁前先查询威胁情报，信誉分低于60的地址转人工研判；白名单地址一律不封禁。",
            by="liu.yang",
            age=50 * 60,
            status=Status.PENDING_APPROVAL,
            number=3,
        ),
    ]
    _workflow(workspace, now, Idea("block-address", "封禁恶意IP地址", "HEMOSTASIS", "IP"), drafts)


def _phishing_ticket(workspace: Workspace, now: float) -> None:
    """A first version that waits for review."""
    draft = Draft(
        drawing=stories.phishing_ticket(now - 26 * _HOUR),
        description="Opens a service-desk ticket for a reported phishing mail and pulls the mail from all mailboxes.",
        by="p.nair",
        age=26 * _HOUR,
        status=Status.PENDING_APPROVAL,
        number=1,
    )
    _workflow(workspace, now, Idea("phishing-ticket", "Open ticket for phishing mail", "NORMAL", "ACCOUNT"), [draft])


def _leaked_key(workspace: Workspace, now: float) -> None:
    """Rejected once, not mended yet."""
    draft = Draft(
        drawing=stories.leaked_key(now - 4 * _DAY),
        description="Disables an access key that was found in a public repository and tells its owner.",
        by="k.tanaka",
        age=4 * _DAY,
        status=Status.REJECTED,
        number=1,
        reviews=[("UN_PASS", "Keys of service accounts must not be disabled without a person looking first.")],
    )
    _workflow(workspace, now, Idea("leaked-key", "Disable leaked access key", "EASE", "ACCOUNT"), [draft])


def _triage_login(workspace: Workspace, now: float) -> None:
    """An active workflow with a draft that nobody submitted yet."""
    drafts = [
        Draft(
            drawing=stories.triage_login(now - 90 * _DAY),
            description="研判异地登录告警：比对历史登录地点与VPN出口，可疑时请用户确认。",
            by="chen.jing",
            age=90 * _DAY,
            status=Status.ACTIVATED,
            number=1,
            reviews=[("PASS", "通过")],
        ),
        Draft(
            drawing=stories.triage_login(now - 2 * _DAY, mfa=True),
            description="研判异地登录告警：增加MFA状态检查。",
            by="chen.jing",
            age=2 * _DAY,
            status=Status.PENDING_SUBMIT,
        ),
    ]
    _workflow(workspace, now, Idea("triage-login", "异地登录告警研判", "SURVEY", "ACCOUNT"), drafts)


def _patch_window(workspace: Workspace, now: float) -> None:
    """A draft of the sort that a check finds fault with: its approval loop never ends."""
    draft = Draft(
        drawing=stories.patch_window(now - 6 * _DAY, seed_id("isolate-host")),
        description="Asks the system owner for a window and patches an exposed server in it.",
        by="k.tanaka",
        age=6 * _DAY,
        status=Status.PENDING_SUBMIT,
    )
    _workflow(workspace, now, Idea("patch-window", "Patch exposed server in a window", "EASE", "IP"), [draft])


def _workflow(workspace: Workspace, now: float, idea: Idea, drafts: Sequence[Draft]) -> None:
    first, last = drafts[0], drafts[-1]
    active = [draft for draft in drafts if draft.status is Status.ACTIVATED]
    workspace.add_workflow(
        Workflow(
            id=seed_id(idea.key),
            name=idea.name,
            description=(active or drafts)[0].description,
            aop_type=idea.aop_type,
            dataclass_id=idea.data_class.id,
            dataclass_name=idea.data_class.name,
            labels=idea.labels,
            enabled=bool(active),
            creator=person(first.by),
            modifier=person(last.by),
            created_at=now - first.age - _HOUR,
            updated_at=now - last.age,
        )
    )
    for index, draft in enumerate(drafts, 1):
        key = f"{idea.key}/{index}"
        workspace.add_version(_version(key, idea, draft, now))
        for opinion in _opinions(key, draft, now):
            workspace.add_opinion(opinion)


def _version(key: str, idea: Idea, draft: Draft, now: float) -> Version:
    author, at = person(draft.by), now - draft.age
    return Version(
        id=seed_id(key),
        workflow_id=seed_id(idea.key),
        name=idea.name,
        description=draft.description,
        aop_type=idea.aop_type,
        taskflow=draft.drawing.taskflow,
        taskconfig=draft.drawing.taskconfig,
        number=f"v{draft.number}" if draft.number else "",
        status=draft.status,
        creator=author,
        modifier=author,
        created_at=at,
        updated_at=at + len(draft.reviews) * _HOUR,
        submitted_at=at if draft.number else 0.0,
    )


def _opinions(key: str, draft: Draft, now: float) -> list[Opinion]:
    """Reviews an hour apart, by the head of the centre."""
    return [
        Opinion(
            id=seed_id(f"{key}/review/{place}"),
            version_id=seed_id(key),
            result=result,
            content=content,
            reviewer=person(LEAD),
            at=now - draft.age + place * _HOUR,
        )
        for place, (result, content) in enumerate(draft.reviews, 1)
    ]
