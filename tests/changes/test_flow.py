"""Reading the flow of a version."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.changes.flow import parse
from bot.sandbox.secmaster import SecMasterEmulator


def element(name: str, attributes: dict[str, Any] | None = None, *elements: Any) -> dict[str, Any]:
    """One XML element in tree form."""
    return {"type": "element", "name": name, "attributes": attributes or {}, "elements": list(elements)}


def encoded(*inside: Any) -> str:
    """A taskflow with these elements in its process."""
    process = element("bpmn2:process", {"id": "Process_1"}, *inside)
    document = {"elementType": "{}", "workflow": {"elements": [element("bpmn2:definitions", {"id": "d"}, process)]}}
    return base64.b64encode(json.dumps(document).encode()).decode()


def arrow(source: str, target: str) -> dict[str, Any]:
    """A sequence flow."""
    return element("bpmn2:sequenceFlow", {"id": f"{source}_{target}", "sourceRef": source, "targetRef": target})


def test_steps_come_in_the_order_in_which_they_are_reached() -> None:
    """The order of the document does not matter, gateways and ends are no steps, what nothing leads to comes last."""
    flow = parse(
        encoded(
            element("bpmn2:userTask", {"id": "lost", "name": "Lost"}),
            element("bpmn2:serviceTask", {"id": "b", "name": "隔离主机"}),
            element("bpmn2:userTask", {"id": "a", "name": "Check"}),
            element("bpmn2:startEvent", {"id": "s"}),
            element("bpmn2:endEvent", {"id": "e"}),
            element("bpmn2:exclusiveGateway", {"id": "g"}),
            arrow("s", "a"),
            arrow("a", "g"),
            arrow("g", "b"),
            arrow("b", "a"),
            arrow("g", "e"),
        )
    )

    assert flow is not None
    assert [node.name for node in flow.steps()] == ["Check", "隔离主机", "Lost"]


def test_an_unknown_tag_is_a_step_and_the_drawing_is_not() -> None:
    """Plug-in nodes have tags that nobody has documented."""
    shape = element("bpmndi:BPMNShape", {"id": "x_di"})
    flow = parse(encoded(element("soar:pluginNode", {"id": "x", "name": "Block"}), shape))

    assert flow is not None
    assert [(node.kind, node.name) for node in flow.steps()] == [("pluginNode", "Block")]


def test_steps_of_a_sub_process_are_steps() -> None:
    """What a sub-process does is done by the workflow."""
    inner = element(
        "bpmn2:subProcess", {"id": "p", "name": "Contain"}, element("bpmn2:userTask", {"id": "i", "name": "Inside"})
    )
    flow = parse(encoded(inner))

    assert flow is not None
    assert {node.name for node in flow.steps()} == {"Contain", "Inside"}


@pytest.mark.parametrize(
    "taskflow",
    [
        "",
        "not base64!",
        base64.b64encode(b"not json").decode(),
        base64.b64encode(b"[]").decode(),
        base64.b64encode(b'{"workflow": {"elements": [1]}}').decode(),
        base64.b64encode(b'{"workflow": null}').decode(),
        base64.b64encode(b"\xff\xfe").decode(),
    ],
)
def test_what_is_no_flow_gives_none(taskflow: str) -> None:
    """A reviewer sees the version without an outline instead of an error."""
    assert parse(taskflow) is None


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.sampled_from(["workflow", "elements", "name", "type", "attributes", "id"]), inner)
    ),
)


@given(_json)
def test_no_json_breaks_the_reader(value: Any) -> None:
    """Whatever SecMaster sends, reading it ends in a flow or in none."""
    parse(base64.b64encode(json.dumps({"workflow": value}).encode()).decode())


def test_a_very_deep_tree_ends() -> None:
    """Nesting beyond all reason is cut off."""
    tree = element("bpmn2:userTask", {"id": "deep", "name": "Deep"})
    for number in range(200):
        tree = element("bpmn2:subProcess", {"id": f"p{number}", "name": ""}, tree)
    flow = parse(encoded(tree))

    assert flow is not None
    assert "Deep" not in {node.name for node in flow.nodes}


def test_every_flow_of_the_sandbox_is_read() -> None:
    """The seeded versions, whose flows are made by code of their own, have steps with names."""
    for version in SecMasterEmulator().versions.values():
        flow = parse(version["taskflow"])
        assert flow is not None
        assert all(node.name for node in flow.steps())
