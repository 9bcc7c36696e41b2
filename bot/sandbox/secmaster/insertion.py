"""Puts one more step into a task flow, the way a person does who edits a version in the console."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.sandbox.secmaster.flows import edge, element, encode, human, shape, text
from bot.sandbox.secmaster.graph import Unreadable, children, decode, find
from bot.sandbox.secmaster.layout import COLUMN, SIZES, Box, route
from bot.sandbox.secmaster.refusals import BadParameter

if TYPE_CHECKING:
    from bot.sandbox.secmaster.flows import Step

Tree = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Insertion:
    """`step` between the flow `before`, which led to the end event `finish`, and the new flow `after`."""

    step: Step
    before: str
    after: str
    finish: str
    others: frozenset[str]
    """The flows that go on leading to `finish`."""


def insert_step(taskflow: str, taskconfig: str, name: str) -> tuple[str, str]:
    """The flow and its configuration with a user task `name` on the last sequence flow into the first end event.

    Raises:
        BadParameter: the flow cannot be read, or nothing leads to an end event.
    """
    try:
        tree = decode(taskflow)
    except Unreadable as unreadable:
        raise BadParameter(str(unreadable)) from None
    process = find(tree["workflow"], "bpmn2:process") or {}
    *others, last = _arrivals(process)
    insertion = _Insertion(
        step=human(uuid.uuid4().hex, name),
        before=_id(last),
        after=f"Flow_{uuid.uuid4().hex[:7]}",
        finish=last["attributes"]["targetRef"],
        others=frozenset(_id(flow) for flow in others),
    )
    _rewire(process, last, insertion)
    if plane := find(tree["workflow"], "bpmndi:BPMNPlane"):
        _redraw(plane, insertion)
    return encode(tree), _configured(taskconfig, insertion.step)


def _arrivals(process: Tree) -> list[Tree]:
    """The sequence flows into the first end event that has any."""
    for end in children(process):
        flows = [flow for flow in children(process) if flow.get("attributes", {}).get("targetRef") == _id(end)]
        if end["name"] == "bpmn2:endEvent" and flows:
            return flows
    raise BadParameter("Nothing leads to an end event.")


def _rewire(process: Tree, last: Tree, insertion: _Insertion) -> None:
    step = insertion.step
    last["attributes"]["targetRef"] = step.id
    end = next(node for node in children(process) if _id(node) == insertion.finish)
    for way in children(end):
        if way["name"] == "bpmn2:incoming" and way["elements"] == [text(insertion.before)]:
            way["elements"] = [text(insertion.after)]
    ways = [
        element("bpmn2:incoming", children=[text(insertion.before)]),
        element("bpmn2:outgoing", children=[text(insertion.after)]),
    ]
    process["elements"] += [
        element("bpmn2:userTask", {"id": step.id, "name": step.name, **step.attributes}, ways),
        element("bpmn2:sequenceFlow", {"id": insertion.after, "sourceRef": step.id, "targetRef": insertion.finish}),
    ]


def _redraw(plane: Tree, insertion: _Insertion) -> None:
    """The new step takes the end event's column; the end event, and with it all arrivals, move one to the right."""
    drawn = {child["attributes"].get("bpmnElement"): child for child in children(plane)}
    bounds = next(children(drawn.get(insertion.finish, {})), None)
    if bounds is None:
        return
    old = Box(*(int(float(bounds["attributes"][name])) for name in Box._fields))
    width, height = SIZES["task"]
    task = Box(old.x + old.width // 2 - width // 2, old.middle - height // 2, width, height)
    moved = old._replace(x=old.x + COLUMN)
    bounds["attributes"]["x"] = str(moved.x)
    for flow_id, x in {insertion.before: task.x, **dict.fromkeys(insertion.others, moved.x)}.items():
        for waypoint in list(children(drawn.get(flow_id, {})))[-1:]:
            waypoint["attributes"]["x"] = str(x)
    plane["elements"] += [shape(insertion.step.id, task), edge(insertion.after, route(task, moved))]


def _configured(taskconfig: str, step: Step) -> str:
    """The configuration is only text to SecMaster; if it is none of ours, it stays as it is."""
    try:
        known = json.loads(taskconfig)
        known["usertask_info"][step.id] = dict(step.config)
    except (ValueError, KeyError, TypeError):
        return taskconfig
    return json.dumps(known, ensure_ascii=False, separators=(",", ":"))


def _id(node: Tree) -> str:
    return str(node.get("attributes", {}).get("id", ""))
