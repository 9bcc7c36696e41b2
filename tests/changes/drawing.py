"""Draws flows for tests: nodes and arrows in, the version as the API returns it out."""

from __future__ import annotations

import base64
import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from bot.changes.content import Content

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Tree = dict[str, Any]

NAMESPACES = {
    "xmlns:bpmn2": "http://www.omg.org/spec/BPMN/20100524/MODEL",
    "xmlns:bpmndi": "http://www.omg.org/spec/BPMN/20100524/DI",
    "xmlns:dc": "http://www.omg.org/spec/DD/20100524/DC",
    "xmlns:di": "http://www.omg.org/spec/DD/20100524/DI",
    "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "xmlns:flowable": "http://flowable.org/bpmn",
    "xmlns:soar": "https://soc.cloudsre.com/soar/v2",
}
FIELDS = (
    "name", "description", "aop_type", "dataclass_id", "dataclass_name", "taskflow_type",
    "taskconfig", "input", "output",
)  # fmt: skip


def element(name: str, attributes: Mapping[str, Any] | None = None, *elements: Tree) -> Tree:
    """One XML element in tree form; what is empty is left out."""
    made: Tree = {"type": "element", "name": name}
    if attributes:
        made["attributes"] = dict(attributes)
    if elements:
        made["elements"] = list(elements)
    return made


def text(value: str) -> Tree:
    """A text between tags."""
    return {"type": "text", "text": value}


def note(value: str) -> Tree:
    """The documentation of a node."""
    return element("bpmn2:documentation", None, text(value))


def node(tag: str, node_id: str, name: str = "", /, *inside: Tree, **attributes: str) -> Tree:
    """A node; attributes are written `soar__handlers` for `soar:handlers`."""
    named = {"name": name} if name else {}
    extra = {key.replace("__", ":"): value for key, value in attributes.items()}
    return element(f"bpmn2:{tag}", {"id": node_id, **named, **extra}, *inside)


def start(node_id: str = "Event_start", name: str = "") -> Tree:
    """Where a flow begins."""
    return node("startEvent", node_id, name)


def end(node_id: str = "Event_end", name: str = "") -> Tree:
    """Where a flow ends."""
    return node("endEvent", node_id, name)


def plugin(node_id: str, name: str, action: str) -> Tree:
    """A service task; `action` is `plug-in.action`."""
    called, _, does = action.partition(".")
    return node("serviceTask", node_id, name, soar__plugin=called, soar__action=does)


def human(node_id: str, name: str, words: str = "", handlers: str = "[]", due: str = "") -> Tree:
    """A user task."""
    inside = [note(words)] if words else []
    return node(
        "userTask", node_id, name, *inside, flowable__dueDate=due, soar__due_handle="interrupt", soar__handlers=handlers
    )


def arrow(source: str, target: str, name: str = "", condition: str = "", arrow_id: str = "") -> Tree:
    """A sequence flow."""
    named = {"name": name} if name else {}
    ends = {"sourceRef": source, "targetRef": target}
    kind = {"xsi:type": "bpmn2:tFormalExpression"}
    inside = [element("bpmn2:conditionExpression", kind, text(condition))] if condition else []
    return element(
        "bpmn2:sequenceFlow", {"id": arrow_id or f"Flow_{source[-6:]}_{target[-6:]}", **named, **ends}, *inside
    )


def chain(*node_ids: str) -> list[Tree]:
    """Arrows from each to the next."""
    return [arrow(source, target) for source, target in pairwise(node_ids)]


def document(
    *inside: Tree, beside: Sequence[Tree] = (), process_id: str = "Process_1790000000000", shift: int = 0
) -> Tree:
    """A whole document, with nodes that list their arrows, and everything drawn in a row, `shift` to the right."""
    arrows = [one for one in inside if one["name"] == "bpmn2:sequenceFlow"]
    process = element(
        "bpmn2:process",
        {"id": process_id, "name": f"Service_{process_id.replace('_', '')}", "isExecutable": "true"},
        *(one if one in arrows else _listing(one, arrows) for one in inside),
    )
    drawn = [_shape(one, 100 + shift + 150 * number) for number, one in enumerate(inside) if one not in arrows]
    drawn += [_edge(one, shift) for one in arrows]
    plane = element("bpmndi:BPMNPlane", {"id": "BPMNPlane_1", "bpmnElement": process_id}, *drawn)
    definitions = element(
        "bpmn2:definitions",
        {**NAMESPACES, "id": f"diagram_{process_id}", "targetNamespace": "http://flowable.org/bpmn"},
        *beside,
        process,
        element("bpmndi:BPMNDiagram", {"id": "BPMNDiagram_1"}, plane),
    )
    return {"elementType": "{}", "workflow": {"elements": [definitions]}}


def encoded(tree: Any) -> str:
    """As the API carries it."""
    return base64.b64encode(json.dumps(tree, separators=(",", ":")).encode()).decode()


def taskflow(*inside: Tree, **drawn: Any) -> str:
    """The text of a document."""
    return encoded(document(*inside, **drawn))


def version(flow: str, number: str = "v1", **fields: Any) -> dict[str, Any]:
    """A version as the API returns it; fields that are no text are written as JSON."""
    texts = {key: one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for key, one in fields.items()}
    return {
        "id": f"5d1c0f0e-0000-4000-8000-00000000000{number[-1]}",
        "name": "Isolate host",
        "aopworkflow_id": "8a7b6c5d-0000-4000-8000-000000000001",
        "version": number,
        "description": "Isolates the host of a confirmed alert.",
        "status": "pending_approval",
        "creator_name": "zhang.wei",
        "create_time": "2026-11-24T09:00:00Z+0800",
        "aop_type": "HEMOSTASIS",
        "taskflow": flow,
        "taskflow_type": "JSON",
        "taskconfig": '{"node_info":{},"usertask_info":{}}',
        "input": "",
        "output": "",
        "dataclass_name": "Alert",
        **texts,
    }


def content(of: Mapping[str, Any]) -> Content:
    """What a reviewer approves of a version."""
    return Content(fields={name: str(of.get(name) or "") for name in FIELDS}, taskflow=of["taskflow"])


def _listing(one: Tree, arrows: Sequence[Tree]) -> Tree:
    """The node, with the arrows that come and go."""
    own = one.get("attributes", {}).get("id")
    listed = [
        element(f"bpmn2:{tag}", None, text(flow["attributes"]["id"]))
        for tag, at in (("incoming", "targetRef"), ("outgoing", "sourceRef"))
        for flow in arrows
        if own and flow["attributes"][at] == own
    ]
    return {**one, "elements": [*one.get("elements", []), *listed]} if listed else one


def _shape(one: Tree, x: int) -> Tree:
    own = one.get("attributes", {}).get("id", "")
    bounds = {"x": str(x), "y": "100", "width": "100", "height": "80"}
    return element("bpmndi:BPMNShape", {"id": f"{own}_di", "bpmnElement": own}, element("dc:Bounds", bounds))


def _edge(one: Tree, shift: int) -> Tree:
    own = one["attributes"]["id"]
    points = [element("di:waypoint", {"x": str(x + shift), "y": "140"}) for x in (200, 250)]
    return element("bpmndi:BPMNEdge", {"id": f"{own}_di", "bpmnElement": own}, *points)
