"""Puts one more step into a task flow, the way a person does who edits a version in the console."""

from __future__ import annotations

import json
import uuid
from typing import Any

from bot.sandbox.secmaster.flows import edge, element, encode, human, shape, text
from bot.sandbox.secmaster.graph import Unreadable, children, decode, find
from bot.sandbox.secmaster.layout import COLUMN, SIZES, Box, route
from bot.sandbox.secmaster.refusals import BadParameter


def insert_step(taskflow: str, taskconfig: str, name: str) -> tuple[str, str]:
    """The flow and its configuration with a user task `name` on the last sequence flow into the first end event.

    Raises:
        BadParameter: the flow cannot be read, or nothing leads to an end event.
    """
    try:
        tree = decode(taskflow)
    except Unreadable as unreadable:
        raise BadParameter(str(unreadable)) from None
    process, plane = (find(tree["workflow"], tag) for tag in ("bpmn2:process", "bpmndi:BPMNPlane"))
    last = _last_flow(process) if process else None
    if process is None or last is None:
        raise BadParameter("Nothing leads to an end event.")
    step = human(uuid.uuid4().hex, name)
    finish, flow_id = last["attributes"]["targetRef"], f"Flow_{uuid.uuid4().hex[:7]}"
    _rewire(process, last, step.id, flow_id)
    task_flows = [element(f"bpmn2:{way}", children=[text(one)]) for way, one in _ways(last, flow_id)]
    process["elements"] += [
        element("bpmn2:userTask", {"id": step.id, "name": name, **step.attributes}, task_flows),
        element("bpmn2:sequenceFlow", {"id": flow_id, "sourceRef": step.id, "targetRef": finish}),
    ]
    if plane is not None:
        _redraw(plane, finish, step.id, flow_id)
    return encode(tree), _configured(taskconfig, step.id, dict(step.config))


def _last_flow(process: dict[str, Any]) -> dict[str, Any] | None:
    ends = [child["attributes"]["id"] for child in children(process) if child["name"] == "bpmn2:endEvent"]
    flows = [
        child
        for child in children(process)
        if child["name"] == "bpmn2:sequenceFlow" and child["attributes"].get("targetRef") in ends[:1]
    ]
    return flows[-1] if flows else None


def _rewire(process: dict[str, Any], last: dict[str, Any], step_id: str, flow_id: str) -> None:
    finish = last["attributes"]["targetRef"]
    last["attributes"]["targetRef"] = step_id
    for node in children(process):
        if node.get("attributes", {}).get("id") != finish:
            continue
        for way in children(node):
            if way["name"] == "bpmn2:incoming" and way["elements"] == [text(last["attributes"]["id"])]:
                way["elements"] = [text(flow_id)]


def _ways(last: dict[str, Any], flow_id: str) -> list[tuple[str, str]]:
    return [("incoming", last["attributes"]["id"]), ("outgoing", flow_id)]


def _redraw(plane: dict[str, Any], finish: str, step_id: str, flow_id: str) -> None:
    """The new step takes the end event's column; the end event moves one to the right."""
    for drawn in children(plane):
        bounds = next(children(drawn), None)
        if drawn["attributes"].get("bpmnElement") != finish or bounds is None:
            continue
        old = Box(*(int(float(bounds["attributes"][name])) for name in Box._fields))
        width, height = SIZES["task"]
        task = Box(old.x + old.width // 2 - width // 2, old.middle - height // 2, width, height)
        moved = old._replace(x=old.x + COLUMN)
        bounds["attributes"]["x"] = str(moved.x)
        plane["elements"] += [shape(step_id, task), edge(flow_id, route(task, moved))]
        return


def _configured(taskconfig: str, step_id: str, config: dict[str, Any]) -> str:
    try:
        known = json.loads(taskconfig)
        known["usertask_info"][step_id] = config
    except (ValueError, KeyError, TypeError):
        return taskconfig
    return json.dumps(known, ensure_ascii=False, separators=(",", ":"))
