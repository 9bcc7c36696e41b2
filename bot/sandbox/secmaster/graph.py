"""Reads the nodes and sequence flows out of a task flow."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_TASKS = frozenset({"userTask", "serviceTask", "scriptTask", "task", "callActivity", "subProcess"})


class Unreadable(Exception):
    """The text is no task flow; the message says why."""


@dataclass(frozen=True, slots=True)
class Node:
    """A node of the process; `tag` is the BPMN name without its prefix."""

    id: str
    tag: str
    name: str

    @property
    def label(self) -> str:
        """What a person calls it."""
        return self.name or self.id

    @property
    def is_task(self) -> bool:
        """Whether something is done here."""
        return self.tag in _TASKS


@dataclass(frozen=True, slots=True)
class Flow:
    """A sequence flow between two node ids."""

    id: str
    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Graph:
    """A process."""

    nodes: Mapping[str, Node]
    flows: tuple[Flow, ...]

    def tagged(self, tag: str) -> list[Node]:
        """The nodes of one kind."""
        return [node for node in self.nodes.values() if node.tag == tag]

    def following(self, node_id: str) -> list[str]:
        """The ids that flows from `node_id` lead to."""
        return [flow.target for flow in self.flows if flow.source == node_id and flow.target in self.nodes]


def decode(taskflow: str) -> dict[str, Any]:
    """The JSON tree inside the BASE64 text.

    Raises:
        Unreadable: it is not BASE64, not JSON, or not an object with a `workflow`.
    """
    try:
        tree = json.loads(base64.b64decode(taskflow, validate=True))
    except (binascii.Error, ValueError):
        raise Unreadable("taskflow is not BASE64-encoded JSON") from None
    if not isinstance(tree, dict) or not isinstance(tree.get("workflow"), dict):
        raise Unreadable("taskflow has no workflow")
    return tree


def read_graph(taskflow: str) -> Graph:
    """The process of a task flow.

    Raises:
        Unreadable: as `decode`, or the tree holds no bpmn2:process.
    """
    process = find(decode(taskflow)["workflow"], "bpmn2:process")
    if process is None:
        raise Unreadable("taskflow has no bpmn2:process")
    nodes, flows = {}, []
    for child in children(process):
        attributes = child.get("attributes") or {}
        tag, identity = str(child.get("name")).partition(":")[2], str(attributes.get("id", ""))
        if tag == "sequenceFlow":
            flows.append(Flow(identity, attributes.get("sourceRef", ""), attributes.get("targetRef", "")))
        elif identity:
            nodes[identity] = Node(identity, tag, attributes.get("name", ""))
    return Graph(nodes, tuple(flows))


def children(tree: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The element children of a tree element; texts and anything else are passed over."""
    found = tree.get("elements")
    for child in found if isinstance(found, list) else []:
        if isinstance(child, dict) and child.get("type") == "element":
            yield child


def find(tree: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    """The first element of that name below `tree`, depth first."""
    for child in children(tree):
        if child.get("name") == name:
            return child
        if deeper := find(child, name):
            return deeper
    return None
