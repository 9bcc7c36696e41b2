"""The BPMN tree of a version as nodes and flows.

A `taskflow` is BASE64 of JSON whose `workflow` is a BPMN 2.0 document in tree form: every XML element is an object with
`type`, `name`, `attributes` and `elements` (SecMaster, workflow versions; read off two real values, so anything else is
possible). What is not of this shape gives no flow, and an unknown tag a node like any other.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

START = "startEvent"
SILENT = frozenset({START, "endEvent"})
"""Nodes that need no name: they are the ends of every flow."""

_NO_NODES = frozenset({"sequenceFlow", "documentation", "extensionElements", "ioSpecification", "laneSet"})
_DEEPEST = 50


@dataclass(frozen=True, kw_only=True)
class Node:
    """A step, event or gateway; `kind` is its tag without the namespace."""

    id: str
    kind: str
    name: str

    @property
    def gateway(self) -> bool:
        """Whether it only branches or joins."""
        return self.kind.endswith("Gateway")


@dataclass(frozen=True, kw_only=True)
class SequenceFlow:
    """An arrow from one node to another."""

    id: str
    source: str
    target: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Flow:
    """The nodes and arrows of a process, in the order of the document."""

    nodes: tuple[Node, ...]
    flows: tuple[SequenceFlow, ...]

    def steps(self) -> list[Node]:
        """The nodes that do something, in the order in which they are first reached; unreachable ones last."""
        return [node for node in self._reached() if node.kind not in SILENT and not node.gateway]

    def _reached(self) -> Iterator[Node]:
        nodes = {node.id: node for node in self.nodes}
        targets: dict[str, list[str]] = {}
        for flow in self.flows:
            targets.setdefault(flow.source, []).append(flow.target)
        waiting = [node.id for node in self.nodes if node.kind == START] + list(nodes)
        seen: set[str] = set()
        while waiting:
            node_id = waiting.pop(0)
            if node_id in seen or node_id not in nodes:
                continue
            seen.add(node_id)
            yield nodes[node_id]
            waiting[:0] = targets.get(node_id, [])


def parse(taskflow: str) -> Flow | None:
    """The flow of a `taskflow`; None when it has not the shape of one."""
    try:
        document = json.loads(base64.b64decode(taskflow, validate=True))
        nodes, flows = [], []
        for element in _elements(document["workflow"], _DEEPEST):
            if element.get("type") != "element" or not (attributes := element.get("attributes")):
                continue
            tag = str(element.get("name", "")).rpartition(":")[2]
            if tag == "sequenceFlow":
                flows.append(_flow(attributes))
            elif _is_node(element, tag):
                nodes.append(Node(id=str(attributes["id"]), kind=tag, name=str(attributes.get("name", ""))))
    except (binascii.Error, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return Flow(nodes=tuple(nodes), flows=tuple(flows)) if nodes else None


def _flow(attributes: dict[str, Any]) -> SequenceFlow:
    return SequenceFlow(
        id=str(attributes.get("id", "")),
        source=str(attributes["sourceRef"]),
        target=str(attributes["targetRef"]),
        name=str(attributes.get("name", "")),
    )


def _is_node(element: dict[str, Any], tag: str) -> bool:
    """Whether an element inside a process is a node: it has an id, and its namespace is not that of the drawing."""
    namespace = str(element.get("name", "")).partition(":")[0]
    return namespace not in {"bpmndi", "dc", "di"} and tag not in _NO_NODES and "id" in element["attributes"]


def _elements(tree: dict[str, Any], depth: int) -> Iterator[dict[str, Any]]:
    """Every element inside a process, sub-processes included."""
    for child in tree.get("elements") or []:
        tag = str(child.get("name", "")).rpartition(":")[2]
        if depth <= 0:
            return
        if tag in {"definitions", "process"}:
            yield from _elements(child, depth - 1)
            continue
        yield child
        if tag == "subProcess":
            yield from _elements(child, depth - 1)
