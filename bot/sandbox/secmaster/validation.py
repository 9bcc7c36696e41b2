"""The three checks of ValidateAopWorkflowVersion, done for real on the flow that was sent.

What the cloud checks in each mode is documented in a few words only (basic, loop, parameters); that a failed check is
HTTP 200 with `result: false`, and all wordings of `detail`, are inferred.
"""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bot.sandbox.secmaster.graph import Graph, Unreadable, read_graph

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


def validate(mode: str, taskflow: str, taskconfig: str) -> dict[str, Any]:
    """`{"mode", "result", "detail"}`: `detail` names every finding, and is empty when there is none."""
    try:
        findings = list(CHECKS[mode](read_graph(taskflow), taskconfig))
    except Unreadable as unreadable:
        findings = [str(unreadable)]
    return {"mode": mode, "result": not findings, "detail": "; ".join(findings)}


def _basic(graph: Graph, taskconfig: str) -> Iterator[str]:
    starts, ends = graph.tagged("startEvent"), graph.tagged("endEvent")
    if len(starts) != 1:
        yield f"the flow needs exactly one start event, it has {len(starts)}"
    if not ends:
        yield "the flow has no end event"
    yield from _loose_ends(graph)
    yield from _idle_nodes(graph, _reached(graph, [start.id for start in starts]))
    if _config(taskconfig) is None:
        yield "taskconfig is not a JSON object"


def _loose_ends(graph: Graph) -> Iterator[str]:
    for flow in graph.flows:
        for node_id in (flow.source, flow.target):
            if node_id not in graph.nodes:
                yield f"the sequence flow {flow.id} refers to the missing node {node_id or '(none)'}"


def _idle_nodes(graph: Graph, reached: set[str]) -> Iterator[str]:
    for node in graph.nodes.values():
        if node.id not in reached:
            yield f"{node.label} is never reached"
        if node.tag != "endEvent" and not graph.following(node.id):
            yield f"nothing follows {node.label}"
        if node.is_task and not node.name:
            yield f"the task {node.id} has no name"


def _circle(graph: Graph, _taskconfig: str) -> Iterator[str]:
    loop = find_loop(graph)
    if loop:
        yield "loop found: " + " -> ".join(graph.nodes[node_id].label for node_id in loop)


def _parameters(graph: Graph, taskconfig: str) -> Iterator[str]:
    config = _config(taskconfig)
    if config is None:
        yield "taskconfig is not a JSON object"
        return
    node_info = _object(config.get("node_info"))
    for node in graph.tagged("serviceTask"):
        if node.id not in node_info:
            yield f"{node.label} has no parameters in node_info"
            continue
        params = _object(_object(node_info[node.id]).get("params"))
        for name, value in params.items():
            if value in ("", None):
                yield f"the parameter {name} of {node.label} is empty"
    for node_id in node_info:
        if node_id not in graph.nodes:
            yield f"node_info has parameters for the missing node {node_id}"


CHECKS: Mapping[str, Callable[[Graph, str], Iterator[str]]] = MappingProxyType(
    {"BASIC": _basic, "CIRCLE": _circle, "APP_PARAMS": _parameters}
)


def find_loop(graph: Graph) -> list[str]:
    """The node ids of one loop, its first repeated at the end; empty when there is none."""
    finished: set[str] = set()
    for first in graph.nodes:
        path, ways = [first], [iter(graph.following(first))]
        while ways:
            following = next(ways[-1], None)
            if following is None:
                finished.add(path.pop())
                ways.pop()
            elif following in path:
                return [*path[path.index(following) :], following]
            elif following not in finished:
                path.append(following)
                ways.append(iter(graph.following(following)))
    return []


def _reached(graph: Graph, begin: list[str]) -> set[str]:
    reached, waiting = set(begin), list(begin)
    while waiting:
        fresh = [node_id for node_id in graph.following(waiting.pop()) if node_id not in reached]
        reached.update(fresh)
        waiting.extend(fresh)
    return reached


def _config(taskconfig: str) -> dict[str, Any] | None:
    try:
        config = json.loads(taskconfig)
    except ValueError:
        return None
    return config if isinstance(config, dict) else None


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
