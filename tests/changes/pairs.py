"""The gallery: pairs of versions as a security team would make them, and some as it would not.

`python -m tests.changes.pairs` writes it anew; read what changes in it before it is committed.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from bot.changes.diff import compare
from bot.changes.report import text as report
from bot.locales import translator
from tests.changes.drawing import (
    arrow,
    chain,
    content,
    document,
    element,
    encoded,
    end,
    human,
    node,
    plugin,
    start,
    taskflow,
    text,
    version,
)

GALLERY = Path(__file__).parent / "gallery"

Version = dict[str, Any]
Pair = tuple[Version | None, Version]

LOOK_UP = plugin("Activity_lookup", "Look up host", "cmdb.get_asset")
ISOLATE = plugin("Activity_isolat", "Isolate host", "hss.isolate_host")
TELL = plugin("Activity_tell00", "Notify duty group", "smn.publish")
SNAPSHOT = plugin("Activity_snapsh", "Snapshot system disk", "evs.create_snapshot")
STRAIGHT = ("Event_start", "Activity_lookup", "Activity_isolat", "Activity_tell00", "Event_end")


def config(**steps: Any) -> dict[str, Any]:
    """A taskconfig with these steps in it."""
    return {"node_info": {f"Activity_{key}": value for key, value in steps.items()}, "usertask_info": {}}


def straight(number: str = "v1", **fields: Any) -> Version:
    """Look up, isolate, tell."""
    return version(taskflow(start(), LOOK_UP, ISOLATE, TELL, end(), *chain(*STRAIGHT)), number, **fields)


def choosing(number: str, limit: int = 60, *, declined: bool = True) -> Version:
    """Business-critical hosts only after somebody agreed."""
    gate = node("exclusiveGateway", "Gateway_critic", "Business-critical?")
    agree = human("Activity_agree0", "Duty lead agrees", "Isolating this host stops a business service.", '["lead"]')
    inside = [start(), LOOK_UP, gate, agree, ISOLATE, end("Event_end", "Contained")]
    arrows = [
        *chain("Event_start", "Activity_lookup", "Gateway_critic"),
        arrow("Gateway_critic", "Activity_agree0", "yes", f"${{lookup.score >= {limit}}}"),
        arrow("Gateway_critic", "Activity_isolat", "no", f"${{lookup.score < {limit}}}"),
        arrow("Activity_agree0", "Activity_isolat", "agreed" if declined else ""),
        arrow("Activity_isolat", "Event_end"),
    ]
    if declined:
        inside.append(end("Event_online", "Left online"))
        arrows.append(arrow("Activity_agree0", "Event_online", "declined", "${agree.outcome == 'decline'}"))
    return version(taskflow(*inside, *arrows), number)


def first_version() -> Pair:
    """A workflow that is new."""
    isolate = {"plugin": "hss", "action": "isolate_host", "params": {"duration_minutes": 240}}
    return None, straight(taskconfig=config(isolat=isolate))


def rename() -> Pair:
    """The workflow and a step are called otherwise."""
    renamed = {**ISOLATE, "attributes": {**ISOLATE["attributes"], "name": "Isolate host from network"}}
    flow = taskflow(start(), LOOK_UP, renamed, TELL, end(), *chain(*STRAIGHT))
    return straight(), version(flow, "v2", name="Isolate compromised host")


def node_inserted() -> Pair:
    """A snapshot before the host is cut off."""
    ids = (*STRAIGHT[:2], "Activity_snapsh", *STRAIGHT[2:])
    flow = taskflow(start(), LOOK_UP, SNAPSHOT, ISOLATE, TELL, end(), *chain(*ids))
    snapshot = {"plugin": "evs", "action": "create_snapshot", "params": {"volume_id": "${lookup.system_volume}"}}
    isolate = {"plugin": "hss", "action": "isolate_host"}
    old = straight(taskconfig=config(isolat=isolate))
    return old, version(flow, "v2", taskconfig=config(isolat=isolate, snapsh=snapshot))


def branch_removed() -> Pair:
    """Nobody can decline any more."""
    return choosing("v1"), choosing("v2", declined=False)


def condition_changed() -> Pair:
    """Fewer hosts need somebody's consent."""
    return choosing("v1"), choosing("v2", limit=90)


def cycle() -> Pair:
    """A step is tried again until it works."""
    gate = node("exclusiveGateway", "Gateway_worked", "Isolated?", default="Flow_worked_nd_end")
    again = arrow("Gateway_worked", "Activity_isolat", "retry", "${isolate.failed && isolate.tries < 3}")
    out = arrow("Gateway_worked", "Activity_tell00", arrow_id="Flow_worked_nd_end")
    arrows = [
        *chain("Event_start", "Activity_lookup", "Activity_isolat", "Gateway_worked"),
        again,
        out,
        *chain("Activity_tell00", "Event_end"),
    ]
    return straight(), version(taskflow(start(), LOOK_UP, ISOLATE, gate, TELL, end(), *arrows), "v2")


def sub_process() -> Pair:
    """Two steps move into a sub-process that can be cancelled by a timer."""
    timer = element("bpmn2:timerEventDefinition", None, element("bpmn2:timeDuration", None, text("PT30M")))
    late = node("boundaryEvent", "Event_late00", "Too late", timer, attachedToRef="Activity_contai")
    inner = [start("Event_inner0"), ISOLATE, TELL, *chain("Event_inner0", "Activity_isolat", "Activity_tell00")]
    contain = node("subProcess", "Activity_contai", "Contain", *inner)
    arrows = [
        *chain("Event_start", "Activity_lookup", "Activity_contai", "Event_end"),
        arrow("Event_late00", "Event_end"),
    ]
    return straight(), version(taskflow(start(), LOOK_UP, contain, late, end(), *arrows), "v2")


def parallel_gateways() -> Pair:
    """What was done one after the other is done at once."""
    split, join = node("parallelGateway", "Gateway_split0"), node("parallelGateway", "Gateway_join00")
    arrows = [
        *chain("Event_start", "Activity_lookup", "Gateway_split0", "Activity_isolat", "Gateway_join00", "Event_end"),
        *chain("Gateway_split0", "Activity_tell00", "Gateway_join00"),
    ]
    return straight(), version(taskflow(start(), LOOK_UP, split, ISOLATE, TELL, join, end(), *arrows), "v2")


def two_hundred_nodes() -> Pair:
    """One condition among two hundred steps."""

    def long(number: str, minutes: str) -> Version:
        steps = [plugin(f"Activity_{step:06}", f"Check host {step}", "hss.check") for step in range(198)]
        ids = ["Event_start", *(step["attributes"]["id"] for step in steps), "Event_end"]
        checked = {"node_info": {"Activity_000117": {"params": {"minutes": minutes}}}}
        return version(taskflow(start(), *steps, end(), *chain(*ids)), number, taskconfig=checked)

    old, new = long("v1", "60"), long("v2", "5")
    tree = json.loads(base64.b64decode(new["taskflow"]))
    process = tree["workflow"]["elements"][0]["elements"][0]
    process["elements"][118]["attributes"]["soar:action"] = "isolate_host"
    return old, {**new, "taskflow": encoded(tree)}


def chinese_and_emoji() -> Pair:
    """What people in Shenzhen write."""

    def block(number: str, score: str, *, judged: bool) -> Version:
        gate = node("exclusiveGateway", "Gateway_score0", f"信誉分是否低于{score}")
        judge = human("Activity_judge0", "人工研判 👩‍💻", "由值班分析员判断是否封禁。", '["analyst-on-duty"]')
        ban = plugin("Activity_ban000", "封禁IP地址 🚫", "cfw.add_blacklist")
        target = "Activity_judge0" if judged else "Event_end"
        arrows = [
            arrow("Event_start", "Gateway_score0"),
            arrow("Gateway_score0", target, "是", f"${{intelligence.score < {score}}}"),
            arrow("Gateway_score0", "Activity_ban000", "否", f"${{intelligence.score >= {score}}}", "Flow_ban"),
            *([arrow("Activity_judge0", "Activity_ban000", "封禁")] if judged else []),
            arrow("Activity_ban000", "Event_end"),
        ]
        inside = [start("Event_start", "告警触发"), gate, *([judge] if judged else []), ban, end("Event_end", "结束")]
        return version(taskflow(*inside, *arrows), number, name="封禁恶意IP", description=f"信誉分低于{score}时封禁。")

    return block("v1", "60", judged=True), block("v2", "80", judged=False)


def unknown_elements() -> Pair:
    """Plug-in nodes with tags, and things beside the flow, that nobody has documented."""

    def odd(number: str, host: str, member: str, topic: str) -> Version:
        fields = element(
            "bpmn2:extensionElements",
            None,
            element("flowable:field", {"name": "host"}, element("flowable:string", None, text(host))),
            element("flowable:field", {"name": "port"}, element("flowable:string", None, text("443"))),
        )
        scan = element("soar:pluginNode", {"id": "Activity_scan00", "name": "Scan host", "soar:mode": "fast"}, fields)
        lane = element(
            "bpmn2:lane", {"id": "Lane_soc", "name": "SOC"}, element("bpmn2:flowNodeRef", None, text(member))
        )
        data = element("bpmn2:dataObject", {"id": "Data_1", "name": "Scan result", "isCollection": "false"})
        remark = element(
            "bpmn2:textAnnotation", {"id": "Note_1"}, element("bpmn2:text", None, text("Ask the owner first"))
        )
        message = element("bpmn2:message", {"id": "Message_1", "name": f"soc/{topic}"})
        inside = [element("bpmn2:laneSet", {"id": "Lanes"}, lane), data, *([remark] if number == "v1" else [])]
        arrows = chain("Event_start", "Activity_scan00", "Event_end")
        return version(taskflow(*inside, start(), scan, end(), *arrows, beside=[message]), number)

    return odd("v1", "10.0.0.1", "Event_end", "alerts"), odd("v2", "0.0.0.0", "Activity_scan00", "all")


def broken_base64() -> Pair:
    """The new flow was cut off on its way."""
    old = straight()
    return old, {**straight("v2", description="Isolates the host."), "taskflow": old["taskflow"][:1999]}


def broken_before() -> Pair:
    """The old flow cannot be read, the new one can."""
    return {**straight(), "taskflow": "[object Object]"}, straight("v2")


def only_moved() -> Pair:
    """Somebody tidied up the canvas."""
    old, new = ([start(), LOOK_UP, ISOLATE, TELL, end(), *chain(*STRAIGHT)] for _ in range(2))
    return version(taskflow(*old)), version(taskflow(*new, shift=80), "v2")


def settings_changed() -> Pair:
    """Who is asked, for how long, and what a step is told."""

    def asking(number: str, handlers: str, due: str, config: Any, words: str, script: str) -> Version:
        agree = human("Activity_agree0", "Duty lead agrees", words, handlers, due)
        code = node("scriptTask", "Activity_script", "Score", element("bpmn2:script", None, text(script)))
        ids = ("Event_start", "Activity_agree0", "Activity_script", "Activity_isolat", "Event_end")
        return version(
            taskflow(start(), agree, code, ISOLATE, end(), *chain(*ids)),
            number,
            taskconfig=config,
            input={"ip": "string"} if number == "v1" else {"ip": "string", "force": False},
            description="Isolates the host.\nThe duty lead agrees first." if number == "v1" else "Isolates the host.",
        )

    script = "score = 0\nif host.critical:\n    score = 100\nif host.vip:\n    score = 80\nreturn score\n"
    before = {
        "node_info": {"Activity_isolat": {"params": {"minutes": 240, "hosts": ["${lookup.host}"]}}},
        "usertask_info": {"Activity_agree0": {"timeout_minutes": 60, "on_timeout": "reject"}},
        "retries": 3,
    }
    after = {
        "node_info": {"Activity_isolat": {"params": {"minutes": "240", "hosts": ["${lookup.host}", "${peers}"]}}},
        "usertask_info": {"Activity_agree0": {"timeout_minutes": 5, "on_timeout": "approve"}},
        "retries": 3,
    }
    words = "Isolating this host stops a business service."
    return (
        asking("v1", '["lead"]', "PT1H", before, words, script),
        asking("v2", '["lead", "bot"]', "", after, words + " Be quick.", script.replace("100", "10")),
    )


def hostile_names() -> Pair:
    """Names that want to be something else."""

    def hostile(number: str, name: str, condition: str, words: str) -> Version:
        forged = plugin("Activity_forged", name, "hss.isolate_host")
        arrows = [*chain("Event_start", "Activity_forged"), arrow("Activity_forged", "Event_end", "", condition)]
        return version(taskflow(start(), forged, end(), *arrows), number, description=words)

    sneaky = "Harmless\x1b[2J\n  - Isolate host (service task)\r\n\u202eelbisiv\u202c \ud800 {name} <!channel>"
    return (
        hostile("v1", "Isolate host", "${a == b}", 'x" → "y'),
        hostile("v2", sneaky, "${a\u200b == b}", "No difference\n\nSteps\n  + \u05d0\u05d1\u05d2 → \u05d3\u05d4"),
    )


def made_anew() -> Pair:
    """The same flow under another process id, saved by another tool: other prefixes, order and layout."""
    inside = [start(), LOOK_UP, ISOLATE, TELL, end(), *chain(*STRAIGHT)]
    tree = document(*reversed(inside), process_id="Process_1790009999999")
    spelled = json.dumps(tree, indent=1).replace("bpmn2:", "bpmn:").replace("xmlns:bpmn2", "xmlns:bpmn")
    return straight(), version(base64.b64encode(spelled.encode()).decode(), "v2")


PAIRS = (
    first_version, rename, node_inserted, branch_removed, condition_changed, cycle, sub_process, parallel_gateways,
    two_hundred_nodes, chinese_and_emoji, unknown_elements, broken_base64, broken_before, only_moved,
    settings_changed, hostile_names, made_anew,
)  # fmt: skip


def told(pair: Pair) -> str:
    """The report of a pair."""
    old, new = pair
    return report(translator("en"), compare(content(old) if old else None, content(new)))


def write() -> None:
    """All pairs and what is told of them, as files."""
    for make in PAIRS:
        folder = GALLERY / make.__name__
        folder.mkdir(parents=True, exist_ok=True)
        pair = make()
        for name, one in zip(("old.json", "new.json"), pair, strict=True):
            if one:
                (folder / name).write_text(json.dumps(one, indent=2) + "\n", encoding="utf-8")
        (folder / "expected.txt").write_text(told(pair), encoding="utf-8")


if __name__ == "__main__":
    write()
