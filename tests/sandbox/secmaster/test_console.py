"""What a person can and cannot do in the console."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bot.sandbox.errors import SandboxRefusal, SandboxTimeout
from bot.sandbox.secmaster import SecMasterEmulator
from bot.sandbox.secmaster.graph import read_graph
from bot.sandbox.secmaster.validation import validate

if TYPE_CHECKING:
    from collections.abc import Callable


def test_reject_edit_resubmit(emulator: SecMasterEmulator, pending: str) -> None:
    """A rejected version is edited and submitted again, and keeps its number; both rounds are told apart by time."""
    emulator.decide(pending, "UN_PASS", "No rollback described.", "f.almeida")
    emulator.edit(pending, description="With rollback.", user="liu.yang")
    emulator.resubmit(pending)

    version = emulator.versions[pending]
    assert (version["status"], version["version"], version["description"]) == (
        "pending_approval",
        "v2",
        "With rollback.",
    )
    assert version["modifier_name"] == "liu.yang"
    opinion = emulator.approvals(pending)[0]
    assert (opinion["result"], emulator.user_names[opinion["user_id"]]) == ("UN_PASS", "f.almeida")


def test_withdraw(emulator: SecMasterEmulator, pending: str) -> None:
    """A withdrawn version is a draft again, and its workflow has nothing to review."""
    emulator.withdraw(pending)

    version = emulator.versions[pending]
    assert version["status"] == "pending_submit"
    assert emulator.workflows[version["aopworkflow_id"]]["current_approval_version_id"] == ""


def test_activation_moves(emulator: SecMasterEmulator, of: Any) -> None:
    """One version of a workflow is active at a time, and deactivating it disables the workflow."""
    workflow = of("封禁恶意IP地址")
    inactive = next(one["id"] for one in emulator.versions_of(workflow["id"]) if one["status"] == "not_activated")

    emulator.activate(inactive)
    assert emulator.versions[workflow["version_id"]]["status"] == "not_activated"
    assert emulator.workflows[workflow["id"]]["version"] == "v2"

    emulator.deactivate(inactive)
    after = emulator.workflows[workflow["id"]]
    assert (after["version_id"], after["enabled"]) == ("", False)


def test_new_workflow_and_version(emulator: SecMasterEmulator) -> None:
    """A new workflow comes with a draft that passes every check, and a new version copies the newest one."""
    workflow = emulator.new_workflow("Quarantine mailbox", "EASE", "Locks a mailbox.", "m.rossi")
    (draft,) = emulator.versions_of(workflow["id"])
    copied = emulator.new_version(workflow["id"], submitter="k.tanaka", description="Locks it twice.")
    copy = emulator.versions[copied]

    assert (draft["status"], draft["creator_name"], draft["aop_type"]) == ("pending_submit", "m.rossi", "EASE")
    for mode in ("BASIC", "CIRCLE", "APP_PARAMS"):
        assert validate(mode, draft["taskflow"], draft["taskconfig"])["result"]
    assert (copy["taskflow"], copy["description"], copy["creator_name"]) == (
        draft["taskflow"],
        "Locks it twice.",
        "k.tanaka",
    )


def test_two_pending_versions(emulator: SecMasterEmulator, pending: str, clock: Any) -> None:
    """A workflow names the version submitted last; when that is gone, the one before."""
    workflow_id = emulator.versions[pending]["aopworkflow_id"]
    newer = emulator.new_version(workflow_id)
    clock.now += 1
    emulator.submit(newer)
    assert emulator.workflows[workflow_id]["current_approval_version_id"] == newer

    emulator.delete_version(newer)
    assert emulator.workflows[workflow_id]["current_approval_version_id"] == pending


@pytest.mark.parametrize(
    "name", ["Isolate compromised host", "封禁恶意IP地址", "Open ticket for phishing mail", "Disable leaked access key"]
)
def test_insert_step(emulator: SecMasterEmulator, of: Any, name: str) -> None:
    """One more step before the end: all else of the flow stays, and it still passes the basic check."""
    draft = emulator.new_version(of(name)["id"])
    before = read_graph(emulator.versions[draft]["taskflow"])
    emulator.insert_step(draft, "复核")

    version = emulator.versions[draft]
    after = read_graph(version["taskflow"])
    (added,) = after.nodes.keys() - before.nodes.keys()
    assert (after.nodes[added].tag, after.nodes[added].name) == ("userTask", "复核")
    assert before.nodes.items() <= after.nodes.items()
    assert len(after.flows) == len(before.flows) + 1
    assert [after.nodes[node_id].tag for node_id in after.following(added)] == ["endEvent"]
    assert added in version["taskconfig"]
    assert validate("BASIC", version["taskflow"], version["taskconfig"])["detail"] == ""


REFUSALS: list[tuple[str, Callable[[SecMasterEmulator, str], object]]] = [
    ("does not exist", lambda emulator, _: emulator.submit("nothing")),
    ("does not exist", lambda emulator, _: emulator.new_version("nothing")),
    ("does not exist", lambda emulator, _: emulator.versions_of("nothing")),
    ("cannot submit .* pending_approval", lambda emulator, pending: emulator.submit(pending)),
    ("cannot edit .* pending_approval", lambda emulator, pending: emulator.edit(pending, description="x")),
    ("cannot edit .* pending_approval", lambda emulator, pending: emulator.insert_step(pending, "x")),
    ("cannot activate .* pending_approval", lambda emulator, pending: emulator.activate(pending)),
    ("cannot deactivate .* pending_approval", lambda emulator, pending: emulator.deactivate(pending)),
    ("rejection needs a comment", lambda emulator, pending: emulator.decide(pending, "UN_PASS", " ")),
    ("PASS or UN_PASS", lambda emulator, pending: emulator.decide(pending, "approve", "ok")),
    ("has no colour", lambda emulator, pending: emulator.edit(pending, colour="red")),
    ("aop_type is one of", lambda emulator, pending: emulator.edit(pending, aop_type="RED")),
    ("needs a name", lambda emulator, _: emulator.new_workflow(" ")),
    (
        "cannot delete .* activated",
        lambda emulator, pending: emulator.delete_version(_active_beside(emulator, pending)),
    ),
    ("cannot withdraw .* activated", lambda emulator, pending: emulator.withdraw(_active_beside(emulator, pending))),
]


def _active_beside(emulator: SecMasterEmulator, version_id: str) -> str:
    return str(emulator.workflows[emulator.versions[version_id]["aopworkflow_id"]]["version_id"])


@pytest.mark.parametrize(("words", "attempt"), REFUSALS)
def test_refusals(
    emulator: SecMasterEmulator, pending: str, words: str, attempt: Callable[[SecMasterEmulator, str], object]
) -> None:
    """What the life cycle forbids is refused in a sentence for the person, and changes nothing."""
    before = emulator.workflows, emulator.versions, emulator.approvals(pending)
    with pytest.raises(SandboxRefusal, match=words):
        attempt(emulator, pending)
    assert (emulator.workflows, emulator.versions, emulator.approvals(pending)) == before


async def test_until(emulator: SecMasterEmulator, pending: str) -> None:
    """A wait ends with the change it waits for, and fails with its own words when there is none."""
    emulator.withdraw(pending)
    assert await emulator.until(lambda: emulator.versions[pending]["status"] == "pending_submit")
    with pytest.raises(SandboxTimeout):
        await emulator.until(lambda: False, timeout=0.01)


async def test_start_and_stop() -> None:
    """An emulator is started on the port asked for, stopped, and started again; unseeded it is empty."""
    emulator = SecMasterEmulator(seed=False)
    with pytest.raises(RuntimeError):
        _ = emulator.url
    await emulator.start()
    port = int(emulator.url.rpartition(":")[2])
    await emulator.stop()
    await emulator.start(port=port)
    assert emulator.url.endswith(f":{port}")
    await emulator.stop()
    await emulator.stop()
    assert emulator.workflows == {}
