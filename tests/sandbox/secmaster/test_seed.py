"""What the emulated SecMaster holds when it starts."""

from __future__ import annotations

import base64
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from bot.sandbox.secmaster import SecMasterEmulator
from bot.sandbox.secmaster.flows import Drawing, Link, end, plugin, start
from bot.sandbox.secmaster.graph import Unreadable, read_graph
from bot.sandbox.secmaster.validation import validate

if TYPE_CHECKING:
    from collections.abc import Iterator

# What Huawei's own acceptance test asserts to be present on a listed version.
PRESENT = "id name description aopworkflow_id project_id creator_id status taskconfig taskflow taskflow_type aop_type"


def test_three_wait_for_review(emulator: SecMasterEmulator) -> None:
    """A first version, a new version of an active workflow, and a Chinese one wait; the others are elsewhere."""
    statuses = Counter(version["status"] for version in emulator.versions.values())
    waiting = [workflow for workflow in emulator.workflows.values() if workflow["current_approval_version_id"]]

    assert statuses == {
        "pending_approval": 3,
        "activated": 3,
        "not_activated": 1,
        "rejected": 1,
        "pending_submit": 2,
    }
    assert {workflow["name"]: workflow["version"] for workflow in waiting} == {
        "Isolate compromised host": "v1",
        "封禁恶意IP地址": "v1",
        "Open ticket for phishing mail": "",
    }


def test_versions_are_complete(emulator: SecMasterEmulator) -> None:
    """Every version has what the cloud always sends, and a number once it was submitted."""
    for version in emulator.versions.values():
        assert all(version[name] for name in PRESENT.split())
        assert bool(version["version"]) == (version["status"] != "pending_submit")
        assert version["workspace_id"] == emulator.workspace_id


def test_ids_are_the_same_every_time(emulator: SecMasterEmulator) -> None:
    """Pages, tests and pictures can rely on the ids."""
    assert list(SecMasterEmulator().versions) == list(emulator.versions)


def test_flows_pass_the_basic_check(emulator: SecMasterEmulator) -> None:
    """Every planted flow is whole."""
    for version in emulator.versions.values():
        assert validate("BASIC", version["taskflow"], version["taskconfig"])["detail"] == ""


def test_a_new_version_shares_its_steps(emulator: SecMasterEmulator, of: Any) -> None:
    """Steps keep their ids from version to version, so that a comparison shows what really changed."""
    workflow = of("Isolate compromised host")
    old, new = (
        read_graph(emulator.versions[workflow[key]]["taskflow"])
        for key in ("version_id", "current_approval_version_id")
    )
    assert old.nodes.items() <= new.nodes.items()
    assert {new.nodes[key].label for key in new.nodes.keys() - old.nodes.keys()} == {
        "Snapshot system disk",
        "Business-critical?",
        "Duty lead agrees",
        "Left online",
    }


def test_tree_shape(emulator: SecMasterEmulator) -> None:
    """Flows are the compact tree: elements with a prefix, text attributes, and no empty attributes or children."""
    for version in emulator.versions.values():
        raw = base64.b64decode(version["taskflow"], validate=True).decode()
        tree = json.loads(raw)
        assert raw == json.dumps(tree, ensure_ascii=False, separators=(",", ":"))
        assert tree["elementType"] == "{}"
        for element in _elements(tree["workflow"]):
            assert ":" in element["name"]
            assert element.get("attributes") != {}
            assert element.get("elements") != []
            assert all(isinstance(value, str) for value in element.get("attributes", {}).values())


def test_diagrams_show_every_node_and_flow(emulator: SecMasterEmulator) -> None:
    """Each node has a shape apart from all others, each sequence flow an edge between its two shapes."""
    _insert_steps(emulator)
    for version in emulator.versions.values():
        graph = read_graph(version["taskflow"])
        drawn = {
            element["attributes"]["bpmnElement"]: element
            for element in _elements(json.loads(base64.b64decode(version["taskflow"]))["workflow"])
            if element["name"] in ("bpmndi:BPMNShape", "bpmndi:BPMNEdge")
        }
        assert drawn.keys() == graph.nodes.keys() | {flow.id for flow in graph.flows}
        boxes = {node: _box(drawn[node]) for node in graph.nodes}
        assert not any(_overlap(boxes[one], boxes[two]) for one in boxes for two in boxes if one < two)
        for flow in graph.flows:
            points = [{k: int(v) for k, v in point["attributes"].items()} for point in drawn[flow.id]["elements"]]
            (x, y, width, height), (to_x, to_y, _, to_height) = boxes[flow.source], boxes[flow.target]
            assert points[0] == {"x": x + width, "y": y + height // 2}
            assert points[-1] == {"x": to_x, "y": to_y + to_height // 2}


def test_nodes_list_their_flows(emulator: SecMasterEmulator) -> None:
    """What a node names as incoming and outgoing are the flows that lead to it and from it."""
    _insert_steps(emulator)
    for version in emulator.versions.values():
        graph = read_graph(version["taskflow"])
        for element in _elements(json.loads(base64.b64decode(version["taskflow"]))["workflow"]):
            node_id = element.get("attributes", {}).get("id")
            if node_id not in graph.nodes:
                continue
            assert _listed(element, "bpmn2:incoming") == {flow.id for flow in graph.flows if flow.target == node_id}
            assert _listed(element, "bpmn2:outgoing") == {flow.id for flow in graph.flows if flow.source == node_id}


BROKEN = [
    ("BASIC", [start()], [], "the flow has no end event; nothing follows Event_"),
    ("BASIC", [], [], "the flow needs exactly one start event, it has 0; the flow has no end event"),
    ("BASIC", [start(), end("Done"), end("Lost", "lost")], [Link("start", "end")], "Lost is never reached"),
    ("CIRCLE", [start(), end()], [Link("start", "end")], ""),
]


@pytest.mark.parametrize(("mode", "steps", "links", "detail"), BROKEN)
def test_findings(mode: str, steps: Any, links: Any, detail: str) -> None:
    """Each flaw is found and named, and what is whole passes."""
    drawing = Drawing(steps, links, 0)
    found = validate(mode, drawing.taskflow, drawing.taskconfig)
    assert found["result"] == (detail == "")
    assert found["detail"].startswith(detail)


def test_missing_parameters_are_found() -> None:
    """A plug-in step without its entry, and an entry without its step, are both named."""
    drawing = Drawing([start(), plugin("p", "Ping", "net", "ping"), end()], [Link("start", "p"), Link("p", "end")], 0)
    found = validate("APP_PARAMS", drawing.taskflow, '{"node_info":{"Activity_gone":{}},"usertask_info":{}}')
    assert found["detail"] == (
        "Ping has no parameters in node_info; node_info has parameters for the missing node Activity_gone"
    )


@pytest.mark.parametrize("taskflow", ["not base64!", "bm8ganNvbg==", "W10=", "e30=", "eyJ3b3JrZmxvdyI6e319"])
def test_unreadable_flows(taskflow: str) -> None:
    """Whatever is no flow is a finding of every check, not an error."""
    with pytest.raises(Unreadable):
        read_graph(taskflow)
    for mode in ("BASIC", "CIRCLE", "APP_PARAMS"):
        assert validate(mode, taskflow, "{}")["result"] is False


def _elements(tree: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for child in tree.get("elements", []):
        if child["type"] == "element":
            yield child
            yield from _elements(child)


def _insert_steps(emulator: SecMasterEmulator) -> None:
    """Every workflow gets a version with one more step, and one whose end has two arrivals besides."""
    for workflow_id in list(emulator.workflows):
        emulator.insert_step(emulator.new_version(workflow_id), "Ask the reporter")
    links = [Link("start", "p"), Link("start", "end"), Link("p", "end")]
    drawing = Drawing([start(), plugin("p", "Ping", "net", "ping"), end()], links, 0)
    draft = emulator.new_version(emulator.new_workflow("Ping")["id"], taskflow=drawing.taskflow)
    emulator.insert_step(draft, "Ask the reporter")


def _listed(node: dict[str, Any], way: str) -> set[str]:
    return {child["elements"][0]["text"] for child in node["elements"] if child["name"] == way}


def _box(shape: dict[str, Any]) -> tuple[int, int, int, int]:
    bounds = shape["elements"][0]["attributes"]
    return int(bounds["x"]), int(bounds["y"]), int(bounds["width"]), int(bounds["height"])


def _overlap(one: tuple[int, int, int, int], two: tuple[int, int, int, int]) -> bool:
    return (
        one[0] < two[0] + two[2] and two[0] < one[0] + one[2] and one[1] < two[1] + two[3] and two[1] < one[1] + one[3]
    )
