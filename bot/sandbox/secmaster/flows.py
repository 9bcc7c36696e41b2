"""Builds task flows: steps and links in, the BASE64 BPMN tree of SecMaster out.

The tree form, the namespaces, start, end and user tasks and the diagram are as accepted by the cloud. Service tasks,
call activities, gateways and conditions are **inferred** from Flowable, on which the tree is built; so are the
attributes `soar:plugin` and `soar:action` and everything inside `taskconfig` below its two known maps.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.sandbox.secmaster.layout import SIZES, Box, place, route

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_NAMESPACES = {
    "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "xmlns:bpmn2": "http://www.omg.org/spec/BPMN/20100524/MODEL",
    "xmlns:bpmndi": "http://www.omg.org/spec/BPMN/20100524/DI",
    "xmlns:dc": "http://www.omg.org/spec/DD/20100524/DC",
    "xmlns:di": "http://www.omg.org/spec/DD/20100524/DI",
    "xmlns:flowable": "http://flowable.org/bpmn",
    "xmlns:soar": "https://soc.cloudsre.com/soar/v2",
}
_PREFIXES = {"startEvent": "Event", "endEvent": "Event", "exclusiveGateway": "Gateway", "parallelGateway": "Gateway"}


@dataclass(frozen=True, slots=True)
class Step:
    """A node. The id comes from `key` alone, so the same step keeps its id from version to version."""

    key: str
    tag: str
    name: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""

    @property
    def id(self) -> str:
        """Like `Activity_0q3x9ab`."""
        return node_id(_PREFIXES.get(self.tag, "Activity"), self.key)


@dataclass(frozen=True, slots=True)
class Link:
    """A sequence flow; `condition` is an expression on a way out of a gateway."""

    source: str
    target: str
    name: str = ""
    condition: str = ""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A whole flow; `made_at` (seconds) gives the process its id, as the console does."""

    steps: Sequence[Step]
    links: Sequence[Link]
    made_at: float

    @property
    def taskflow(self) -> str:
        """The BASE64 text that the API carries."""
        return encode({"elementType": "{}", "workflow": {"elements": [self._definitions()]}})

    @property
    def taskconfig(self) -> str:
        """The JSON text that goes with it, keyed by node id."""
        config = {
            "node_info": {step.id: step.config for step in self.steps if step.tag == "serviceTask"},
            "usertask_info": {step.id: step.config for step in self.steps if step.tag == "userTask"},
        }
        return json.dumps(config, ensure_ascii=False, separators=(",", ":"))

    def _definitions(self) -> dict[str, Any]:
        number = int(self.made_at * 1000)
        process_id = f"Process_{number}"
        attributes = {"id": process_id, "name": f"Service_Process{number}", "isExecutable": "true"}
        return element(
            "bpmn2:definitions",
            {**_NAMESPACES, "id": f"diagram_{process_id}", "targetNamespace": "http://flowable.org/bpmn"},
            [element("bpmn2:process", attributes, self._process()), self._diagram(process_id)],
        )

    def _process(self) -> list[dict[str, Any]]:
        return [self._node(step) for step in self.steps] + [self._flow(link) for link in self.links]

    def _node(self, step: Step) -> dict[str, Any]:
        note = [element("bpmn2:documentation", children=[text(step.note)])] if step.note else []
        incoming = [
            element("bpmn2:incoming", children=[text(link_id(link))]) for link in self.links if link.target == step.key
        ]
        outgoing = [
            element("bpmn2:outgoing", children=[text(link_id(link))]) for link in self.links if link.source == step.key
        ]
        named = {"name": step.name} if step.name else {}
        return element(f"bpmn2:{step.tag}", {"id": step.id, **named, **step.attributes}, [*note, *incoming, *outgoing])

    def _flow(self, link: Link) -> dict[str, Any]:
        ids = self._ids()
        named = {"name": link.name} if link.name else {}
        attributes = {"id": link_id(link), **named, "sourceRef": ids[link.source], "targetRef": ids[link.target]}
        expression = element(
            "bpmn2:conditionExpression", {"xsi:type": "bpmn2:tFormalExpression"}, [text(link.condition)]
        )
        return element("bpmn2:sequenceFlow", attributes, [expression] if link.condition else [])

    def _diagram(self, process_id: str) -> dict[str, Any]:
        sizes = {step.key: SIZES.get(step.tag, SIZES["task"]) for step in self.steps}
        boxes = place(sizes, [(link.source, link.target) for link in self.links])
        shapes = [shape(step.id, boxes[step.key]) for step in self.steps]
        edges = [edge(link_id(link), route(boxes[link.source], boxes[link.target])) for link in self.links]
        plane = element("bpmndi:BPMNPlane", {"id": "BPMNPlane_1", "bpmnElement": process_id}, shapes + edges)
        return element("bpmndi:BPMNDiagram", {"id": "BPMNDiagram_1"}, [plane])

    def _ids(self) -> dict[str, str]:
        return {step.key: step.id for step in self.steps}


def start(name: str = "") -> Step:
    """Where the flow begins."""
    return Step("start", "startEvent", name)


def end(name: str = "", key: str = "end") -> Step:
    """Where a way through the flow ends."""
    return Step(key, "endEvent", name)


def plugin(key: str, name: str, plugin: str, action: str, **params: str) -> Step:
    """A service task: one action of a plug-in, with its parameters."""
    return Step(
        key,
        "serviceTask",
        name,
        {"soar:plugin": plugin, "soar:action": action},
        {"plugin": plugin, "action": action, "params": params},
    )


def human(key: str, name: str, note: str = "", handlers: Sequence[str] = ()) -> Step:
    """A user task: somebody has to look and say."""
    attributes = {"flowable:dueDate": "", "soar:due_handle": "interrupt", "soar:handlers": json.dumps(list(handlers))}
    return Step(key, "userTask", name, attributes, {"handlers": list(handlers), "timeout_minutes": 60}, note)


def choice(key: str, name: str) -> Step:
    """An exclusive gateway: the first way whose condition holds."""
    return Step(key, "exclusiveGateway", name)


def fork(key: str, name: str = "") -> Step:
    """A parallel gateway: all ways at once, or waiting for all of them."""
    return Step(key, "parallelGateway", name)


def subflow(key: str, name: str, workflow_id: str) -> Step:
    """A call activity: another workflow as one step."""
    return Step(key, "callActivity", name, {"calledElement": workflow_id})


def node_id(prefix: str, key: str) -> str:
    """`{prefix}_` and seven characters that depend on `key` alone."""
    number = int.from_bytes(hashlib.sha256(key.encode()).digest()[:6], "big")
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    return f"{prefix}_" + "".join(digits[number // 36**place % 36] for place in range(7))


def link_id(link: Link) -> str:
    """The id of a sequence flow depends on its two ends."""
    return node_id("Flow", f"{link.source}>{link.target}")


def element(name: str, attributes: Mapping[str, str] | None = None, children: Sequence[Any] = ()) -> dict[str, Any]:
    """An XML element in the tree form; empty attributes and children are left out."""
    made: dict[str, Any] = {"type": "element", "name": name}
    if attributes:
        made["attributes"] = dict(attributes)
    if children:
        made["elements"] = list(children)
    return made


def text(value: str) -> dict[str, str]:
    """A text node."""
    return {"type": "text", "text": value}


def shape(owner: str, box: Box) -> dict[str, Any]:
    """The place of a node in the diagram."""
    bounds = {name: str(value) for name, value in zip(("x", "y", "width", "height"), box, strict=True)}
    return element("bpmndi:BPMNShape", {"id": f"{owner}_di", "bpmnElement": owner}, [element("dc:Bounds", bounds)])


def edge(owner: str, points: Sequence[tuple[int, int]]) -> dict[str, Any]:
    """The way of a sequence flow through the diagram."""
    waypoints = [element("di:waypoint", {"x": str(x), "y": str(y)}) for x, y in points]
    return element("bpmndi:BPMNEdge", {"id": f"{owner}_di", "bpmnElement": owner}, waypoints)


def encode(tree: Any) -> str:
    """Compact JSON as standard BASE64."""
    return base64.b64encode(json.dumps(tree, ensure_ascii=False, separators=(",", ":")).encode()).decode()
