"""What counts as a difference, and as which."""

from __future__ import annotations

import base64
import json
import time
from itertools import islice
from typing import Any

import pytest
from pydantic import TypeAdapter

from bot.changes.content import Content
from bot.changes.diff import Change, Counts, Difference, FieldChange, Summary, compare
from bot.changes.flow import WAYS_OUT, parse
from bot.changes.flow import _free as free
from bot.changes.json_text import spelled
from bot.changes.report import sections
from bot.changes.report import text as report
from bot.locales import translator
from tests.changes.drawing import (
    Tree,
    arrow,
    chain,
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
)
from tests.changes.pairs import ISOLATE, LOOK_UP, STRAIGHT, TELL


def of(*inside: Tree, **drawn: Any) -> Content:
    """The content whose flow has these elements."""
    return Content(fields={}, taskflow=taskflow(*inside, **drawn))


def texts(found: Difference) -> dict[str, tuple[str | None, str | None]]:
    """The changed fields, and those of all elements, by path."""
    inner = [one for change in (*found.nodes, *found.flows) for one in change.fields]
    return {one.path: (one.old, one.new) for one in (*found.fields, *inner)}


def test_a_first_version_is_all_added() -> None:
    """There is nothing that it could differ from, and nothing that could have moved."""
    found = compare(None, Content(fields={"name": "Isolate"}, taskflow=taskflow(start(), end())))

    assert found.first
    assert {one.change for one in found.nodes} == {one.change for one in found.fields} == {Change.ADDED}
    assert found.summary.nodes == Counts(added=2)
    assert found.moved == ()


def test_the_summary_can_be_kept_as_json() -> None:
    """A review holds it."""
    kept = TypeAdapter(Summary)
    summary = Summary(nodes=Counts(added=1), moved=2, unreadable=True)

    assert kept.validate_json(kept.dump_json(summary)) == summary


def test_an_arrow_that_leads_elsewhere_is_changed() -> None:
    """Its id says that it is the same one."""
    nodes = (start(), LOOK_UP, ISOLATE)
    found = compare(
        of(*nodes, arrow("Event_start", "Activity_lookup", arrow_id="Flow_1")),
        of(*nodes, arrow("Event_start", "Activity_isolat", arrow_id="Flow_1")),
    )

    (change,) = found.flows
    assert (change.id, change.kind, change.change) == ("Flow_1", "sequenceFlow", Change.CHANGED)
    assert change.fields == (FieldChange(path="target", old="Activity_lookup", new="Activity_isolat"),)
    assert not found.nodes


def test_nodes_come_in_flow_order_and_removed_ones_after_what_they_came_after() -> None:
    """People read a flow from its start."""
    renamed = [plugin(one["attributes"]["id"], "New", "a.b") for one in (TELL, LOOK_UP)]
    found = compare(
        of(ISOLATE, TELL, LOOK_UP, start(), *chain(*STRAIGHT[:4])),
        of(*renamed, start(), *chain("Event_start", "Activity_lookup", "Activity_tell00")),
    )

    assert [one.id for one in found.nodes] == ["Activity_lookup", "Activity_isolat", "Activity_tell00"]


def test_what_was_removed_before_everything_comes_first() -> None:
    """Nothing that is left was before it."""
    found = compare(of(LOOK_UP, ISOLATE), of(plugin("Activity_isolat", "New", "hss.isolate_host")))

    assert [(one.id, one.change) for one in found.nodes] == [
        ("Activity_lookup", Change.REMOVED),
        ("Activity_isolat", Change.CHANGED),
    ]


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        (human("A", "x", due="PT1H"), human("A", "x", due="PT2H"), {"@flowable:dueDate": ("PT1H", "PT2H")}),
        (human("A", "x", "why"), human("A", "x"), {"documentation": ("why", None)}),
        (node("userTask", "A"), node("serviceTask", "A"), {"kind": ("userTask", "serviceTask")}),
        (node("subProcess", "A", "", node("task", "B")), node("transaction", "A", "", node("task", "B")),
         {"kind": ("subProcess", "transaction")}),
        (node("endEvent", "A"), node("endEvent", "A", "", element("bpmn2:terminateEventDefinition")),
         {"terminateEventDefinition": (None, "")}),
        (node("task", "A"), element("soar:task", {"id": "A"}),
         {"#namespace": (None, "https://soc.cloudsre.com/soar/v2")}),
        (node("task", "A"), element("x:task", {"id": "A"}), {"#namespace": (None, "?x")}),
        (node("task", "A"), node("task", "A", "", text("loose")), {"#text": (None, "loose")}),
        (node("task", "A", isForCompensation="1"), element("bpmn2:task", {"id": "A", "isForCompensation": 1}),
         {"@isForCompensation": ("1", None), "@isForCompensation#json": (None, "1")}),
        (node("task", "A"), {**node("task", "A"), "x": [1]}, {"#key x": (None, "[1]")}),
        (node("task", "A"), {**node("task", "A"), "text": "t"}, {"#key text": (None, '"t"')}),
        (node("task", "A"), {**node("task", "A"), "id": "B"}, {"#key id": (None, '"B"')}),
        (node("task", "A"), node("task", "A", **{"n" * 101: "v"}),
         {f"@{spelled('n' * 101)}": (None, "v"), f"@{spelled('n' * 101)}#name": (None, "n" * 101)}),
        (node("task", "A"), node("task", "A", "", element(f"x:{'n' * 101}")),
         {f"{spelled('?x:' + 'n' * 101)}/#tag": (None, f"x:{'n' * 101}")}),
        (node("task", "A"), {**node("task", "A"), "elements": 5}, {"#elements": (None, "5")}),
        (node("task", "A"), node("task", "A", "", {"type": "comment", "comment": "?"}),
         {"#other": (None, '{"comment": "?", "type": "comment"}')}),
        (node("task", "A", "", element("x:a", None, text("1")), element("x:a", None, text("2"))),
         node("task", "A", "", element("x:a", None, text("2")), element("x:a", None, text("1"))),
         {'"?x:a"[1]': ("1", "2"), '"?x:a"[2]': ("2", "1")}),
        (node("task", "A", "", element("bpmn2:name", None, text("x"))), node("task", "A"), {'"name"': ("x", None)}),
    ],
)  # fmt: skip
def test_whatever_differs_of_a_node_has_a_path(old: Tree, new: Tree, changed: dict[str, Any]) -> None:
    """Attributes, children and what is no XML at all."""
    assert texts(compare(of(old), of(new))) == changed


def test_attributes_that_are_none_are_kept_as_they_are() -> None:
    """A node whose attributes are no object has no id either."""
    odd = {"type": "element", "name": "bpmn2:task", "attributes": [1]}
    flow = parse(encoded(_with(odd)))

    assert flow is not None
    assert [(one.id, one.facts) for one in flow.nodes] == [("#task", (("#attributes", "[1]"), ("#id", "")))]


def _with(odd: Tree) -> Tree:
    """A document with this in its process."""
    made = document()
    made["workflow"]["elements"][0]["elements"][0]["elements"] = [odd]
    return made


def test_ids_that_occur_twice_lose_nothing() -> None:
    """Each of the namesakes is there, whatever their order, and a real id is never mistaken for a made-up one."""
    same = [node("task", "A", "one"), node("task", "A", "two"), node("task", "#A 2"), node("task", "#A 3")]
    flow, turned = parse(taskflow(*same)), parse(taskflow(*reversed(same)))

    assert flow is not None
    assert turned is not None
    assert {(one.id, one.name) for one in flow.nodes} == {("A", "one"), ("#A 4", "two"), ("#A 2", ""), ("#A 3", "")}
    assert set(flow.nodes) == set(turned.nodes)


def test_a_listing_of_arrows_counts_where_it_says_something_else() -> None:
    """`incoming` and `outgoing` repeat the arrows; an engine might still go by them."""
    odd = node("task", "A", "", element("bpmn2:outgoing", None, text("Flow_9")))
    found = compare(of(node("task", "A"), LOOK_UP), of(odd, LOOK_UP))

    assert texts(found) == {"outgoing": (None, "Flow_9")}


def test_other_prefixes_for_the_same_namespaces_are_no_difference() -> None:
    """Other tools write other prefixes; a namespace that nobody knows counts."""
    flow = taskflow(start(), human("A", "x"), *chain("Event_start", "A"))
    spelled = base64.b64decode(flow).decode()
    same = spelled.replace("bpmn2:", "").replace("xmlns:bpmn2", "xmlns").replace("flowable:", "fl:")
    same = same.replace('"xmlns:flowable"', '"xmlns:fl"')
    evil = spelled.replace("http://flowable.org/bpmn", "http://evil.example")

    assert set(texts(_compared(flow, same))) == {"taskflow/definitions/@xmlns:fl"}
    assert "taskflow/definitions/@xmlns:flowable" in texts(_compared(flow, evil))


def _compared(flow: str, spelled: str) -> Difference:
    new = base64.b64encode(spelled.encode()).decode()
    return compare(Content(fields={}, taskflow=flow), Content(fields={}, taskflow=new))


def test_several_processes_and_what_stands_beside_them() -> None:
    """Nodes say which process they stand in, where there are several."""
    other = element("bpmn2:process", {"id": "P2"}, node("task", "B"))
    pool = element("bpmn2:collaboration", {"id": "C"}, element("bpmn2:participant", {"id": "P", "name": "SOC"}))
    flow = parse(taskflow(node("task", "A"), beside=(other, pool)))

    assert flow is not None
    assert {one.id: one.fact("#process") for one in flow.nodes} == {
        "A": "process[Process_1790000000000]",
        "B": "process[P2]",
    }
    assert dict(flow.facts)["definitions/collaboration/participant[P]/@name"] == "SOC"


def test_a_process_may_stand_alone() -> None:
    """Without the definitions around it."""
    process = document(start())["workflow"]["elements"][0]["elements"][0]
    flow = parse(encoded({"workflow": {"name": "?", "version": 2, "elements": [process]}, "x": {"a": 1}}))

    assert flow is not None
    assert [one.kind for one in flow.nodes] == ["startEvent"]
    beside = {("document/x#json", '{"a": 1}'), ("workflow/#name", '"?"'), ("workflow/#key version", "2")}
    assert beside <= set(flow.facts)


def test_what_stands_beside_the_root_is_none_of_it() -> None:
    """A key that is called like an element hides behind none of its facts."""
    process = element("bpmn2:process", {"id": "P"}, text("a"))
    long = "k" * 101
    flow = parse(encoded({"workflow": {"elements": [process]}, "process": "b", long: "c"}))

    assert flow is not None
    assert {("process", "a"), ("document/process", "b"), (f"document/{spelled(long)}#key", long)} <= set(flow.facts)


@pytest.mark.parametrize(
    "attributes",
    [
        {"xmlns:a": "urn:x", "xmlns:b": "urn:x", "a:run": "1", "b:run": "2"},
        {"xmlns:f": "http://flowable.org/bpmn", "f:dueDate": "1", "flowable:dueDate": "2"},
        {"bpmn:x": "1", "bpmn2:x": "2"},
        {"xmlns:a": "urn:x", "xmlns:b": "urn:x", "a:run": "1", "b:run": 2},
    ],
)
def test_an_attribute_that_is_there_twice_makes_a_flow_unreadable(attributes: dict[str, Any]) -> None:
    """Nobody knows which of the two an engine takes, so neither may hide the other."""
    made = bare(element("bpmn2:task", {"id": "A", **attributes}))

    assert parse(made.taskflow) is None
    assert compare(bare(node("task", "A")), made).summary.raw


def test_a_usual_prefix_of_another_namespace_is_another_name() -> None:
    """What it means is declared beside it."""
    usual, other = (element("bpmn2:task", {"id": "A", "flowable:x": "1", **more}) for more in ({}, OTHER))

    assert texts(compare(bare(usual), bare(other))) == {
        "@xmlns:flowable": (None, "urn:other"),
        "@urn:other:x": (None, "1"),
        "@flowable:x": ("1", None),
    }


OTHER = {"xmlns:flowable": "urn:other"}


def test_strangers_in_several_drawings_are_told_apart() -> None:
    """What is swapped between them differs."""
    drawings = [
        element("bpmndi:BPMNDiagram", {"id": f"D{number}"}, element("soar:x", None, text(f"{number}")))
        for number in (1, 2)
    ]
    process = element("bpmn2:process", {"id": "P"})
    flow = parse(encoded({"workflow": {"elements": [element("bpmn2:definitions", None, process, *drawings)]}}))

    assert flow is not None
    assert {("diagram[D1]/soar:x", "1"), ("diagram[D2]/soar:x", "2")} <= set(flow.facts)


@pytest.mark.parametrize("tree", [{"workflow": {"elements": []}}, {"workflow": {"elements": [start(), end()]}}, []])
def test_a_document_without_one_root_is_no_flow(tree: Any) -> None:
    """Nor is one without a process."""
    assert parse(encoded(tree)) is None
    assert parse(encoded({"workflow": {"elements": [element("bpmn2:definitions")]}})) is None


def test_strangers_in_the_drawing_are_no_drawing() -> None:
    """Only what BPMN draws with is without meaning."""
    tree = document(start())
    hidden = element("soar:action", {"run": "rm"})
    tree["workflow"]["elements"][0]["elements"][1]["elements"][0]["elements"][0]["elements"].append(hidden)
    found = compare(of(start()), Content(fields={}, taskflow=encoded(tree)))

    assert [one.path for one in found.fields] == [
        "taskflow/diagram/bpmndi:BPMNPlane[BPMNPlane_1]/bpmndi:BPMNShape[Event_start_di]/soar:action/@run"
    ]
    assert not found.moved


DC = "http://www.omg.org/spec/DD/20100524/DC"
HIDDEN = (element("di:startEvent", {"id": "s"}), element("di:scriptTask", {"id": "x"}, element("di:script", None)))


@pytest.mark.parametrize(
    ("where", "hidden"),
    [
        ("definitions", element("di:process", {"id": "P"}, *HIDDEN)),
        ("definitions", element("bpmn2:process", {"id": "P", "xmlns:bpmn2": DC}, *HIDDEN)),
        ("definitions", element("bpmndi:BPMNShape", {"id": "P"}, *HIDDEN)),
        ("process", element("dc:scriptTask", {"id": "x"})),
        ("diagram", element("di:process", {"id": "P"}, *HIDDEN)),
        ("plane", element("di:process", {"id": "P"}, *HIDDEN)),
        ("plane", element("bpmndi:process", {"id": "P"})),
        ("plane", element("dc:BPMNShape", {"id": "P"})),
        ("shape", element("bpmn2:scriptTask", {"id": "x", "xmlns:bpmn2": DC})),
        ("shape", element("bpmn2:Bounds", {"x": "1", "xmlns:bpmn2": DC})),
        ("shape", element("dc:Bounds", {"x": "1", "script": "rm"})),
        ("shape", element("dc:Bounds", {"x": {"script": "rm"}})),
        ("shape", element("dc:Bounds", {"x": "1", "flowable:class": "Evil"})),
        ("shape", element("dc:Bounds", None, text("rm"))),
        ("shape", element("dc:Bounds", None, {"type": "instruction", "name": "rm"})),
        ("shape", element("bioc:stroke", None, text("rm"))),
        ("shape", text("rm")),
    ],
)
def test_nothing_hides_in_the_namespaces_of_the_drawing(where: str, hidden: Tree) -> None:
    """Neither elements nor attributes nor texts, and not in a first version either."""
    tree = document(start())
    definitions = tree["workflow"]["elements"][0]
    process, diagram = definitions["elements"]
    plane = diagram["elements"][0]
    holders = {"definitions": definitions, "process": process, "diagram": diagram, "plane": plane}
    holders["shape"] = plane["elements"][0]
    holders[where]["elements"].append(hidden)
    now = Content(fields={}, taskflow=encoded(tree))

    assert not compare(of(start()), now).empty
    assert texts(compare(None, now)).items() - texts(compare(None, of(start()))).items()


def test_a_process_in_the_namespace_of_the_drawing_is_a_process() -> None:
    """Its nodes are told like those of every other one."""
    flow = parse(taskflow(node("task", "A"), beside=(element("di:process", {"id": "P"}, *HIDDEN),)))

    assert flow is not None
    assert {one.id for one in flow.nodes} == {"A", "s", "x"}


def test_which_way_out_is_tried_first_is_told() -> None:
    """An engine takes the first that fits; where nothing is chosen, order means nothing."""
    gate, plain = node("exclusiveGateway", "G"), node("parallelGateway", "P")
    first, second = arrow("G", "a", "", "${x > 1}", "F 1"), arrow("G", "b", "", "${x > 2}", "F2")
    both = [arrow("P", "a"), arrow("P", "b")]
    found = compare(of(gate, plain, first, second, *both), of(gate, plain, second, first, *reversed(both)))
    bare = [arrow("G", "a", arrow_id="F1"), arrow("G", "b", arrow_id="F2")]

    assert [one.id for one in found.nodes] == ["G"]
    assert texts(found) == {"#ways out": ('"F 1", F2', 'F2, "F 1"')}
    assert texts(compare(of(gate, *bare), of(gate, *reversed(bare)))) == {"#ways out": ("F1, F2", "F2, F1")}
    assert '      order of ways out: “"F 1", F2” → “F2, "F 1"”' in report(translator("en"), found)


def test_the_order_of_extensions_is_told() -> None:
    """A listener may do something else when it comes first."""
    one, other = (element("flowable:field", {"name": name}) for name in "ab")
    inner = element("flowable:executionListener", None, one, other)
    turned = element("flowable:executionListener", None, other, one)

    def task(*inside: Tree) -> Content:
        return of(node("task", "A", "", element("bpmn2:extensionElements", None, *inside)))

    assert texts(compare(task(one, other), task(other, one))) == {
        "extensionElements/#in order": (
            "flowable:field[a], flowable:field[b]",
            "flowable:field[b], flowable:field[a]",
        )
    }
    assert not compare(task(inner), task(turned)).empty
    assert not compare(task(inner, one), task(one, inner)).empty


def test_colors_and_labels_are_drawn() -> None:
    """What editors write about how something looks is no difference."""
    tree = document(start())
    shape = tree["workflow"]["elements"][0]["elements"][1]["elements"][0]["elements"][0]
    shape["attributes"] |= {"bioc:stroke": "#000", "color:border-color": "#000", "isExpanded": "true"}
    shape["elements"].append(element("bpmndi:BPMNLabel", None, element("dc:Bounds", {"x": "1", "y": "2"})))
    found = compare(of(start()), Content(fields={}, taskflow=encoded(tree)))

    assert found.empty
    assert found.moved == ("Event_start",)


def test_what_is_only_drawn_elsewhere_has_moved() -> None:
    """It does not make a difference, and what differs otherwise has not moved."""
    found = compare(of(start(), LOOK_UP), of(start(), plugin("Activity_lookup", "New", "cmdb.get_asset"), shift=5))

    assert found.moved == ("Event_start",)
    assert compare(of(start()), of(start(), shift=5)).empty
    assert found.summary == Summary(nodes=Counts(changed=1), moved=1)
    assert Counts(added=1, removed=2, changed=3).total == 6


def test_fields_of_the_version_and_facts_of_its_flow_stand_side_by_side() -> None:
    """A change of one hides none of the other."""
    old = Content(fields={"name": "a"}, taskflow=taskflow(start(), process_id="P1"))
    new = Content(fields={"name": "b"}, taskflow=taskflow(start(), process_id="P2"))

    assert texts(compare(old, new)) == {"name": ("a", "b"), "taskflow/process/@id": ("P1", "P2")}


def test_json_fields_are_compared_leaf_by_leaf() -> None:
    """In kind too, and by index in lists; what is no JSON is compared as text."""
    old = {"taskconfig": '{"a": {"b.c": 1, "d": [true, "x"]}, "e": "1", "f": 1.50}', "input": "{", "name": "n"}
    new = {"taskconfig": '{"a": {"b.c": "1", "d": [true]}, "e": "1", "f": 1.5}', "input": "[]", "name": ""}

    assert texts(compare(Content(fields=old), Content(fields=new))) == {
        'taskconfig.a."b.c"': ("1", '"1"'),
        "taskconfig.a.d[1]": ("x", None),
        "input": ("{", "[]"),
        "name": ("n", None),
    }


@pytest.mark.parametrize(
    "text", ['{"a": 1, "a": 2}', '{"a": 0.10000000000000000001}', '{"a": NaN}', "[1e999]", "[9e9999999999999999999]"]
)
def test_json_that_would_not_be_read_whole_is_compared_as_text(text: str) -> None:
    """Two readers could read different things in it."""
    assert texts(compare(None, Content(fields={"taskconfig": text}))) == {"taskconfig": (None, text)}


def test_what_cannot_be_read_is_compared_as_it_came() -> None:
    """Nothing is said of its nodes then, and all nodes are new where it went before; the same text is no difference."""
    known, broken = of(start()), Content(fields={}, taskflow="?")

    for old, new, added in ((known, broken, []), (broken, known, ["Event_start"])):
        found = compare(old, new)
        assert found.raw == FieldChange(path="taskflow", old=old.taskflow, new=new.taskflow)
        assert [one.id for one in found.nodes] == added
        assert (found.empty, found.moved, found.summary.unreadable, found.summary.raw) == (False, (), True, True)
    assert compare(broken, broken).empty
    assert compare(broken, broken).summary == Summary(unreadable=True)
    assert compare(broken, Content(fields={})).raw == FieldChange(path="taskflow", old="?", new=None)


def test_long_keys_over_many_leaves_do_not_fill_the_memory() -> None:
    """Such a text is compared as a whole."""
    leaves: Any = list(range(20_000))
    for number in range(45):
        leaves = {f"{number}" * 3000: leaves}
    heavy = json.dumps(leaves)

    assert set(texts(compare(None, Content(fields={"taskconfig": heavy})))) == {"taskconfig"}
    key = "k" * 3000
    told = texts(compare(None, Content(fields={"input": json.dumps({key: 1, key + "x": 2})})))
    assert sorted(new or "" for _, new in told.values()) == ["1", "2", key, key + "x"]


def test_five_megabytes_are_compared() -> None:
    """Nobody draws as much, but SecMaster states no limit."""
    many = [plugin(f"Activity_{number:06}", "x" * 100, "hss.check") for number in range(15_000)]
    big = of(*many)

    assert len(big.taskflow) > 5_000_000
    assert compare(None, big).summary.nodes == Counts(added=15_000)


def test_namesakes_have_the_same_ways_out() -> None:
    """Which of them an arrow leaves nobody knows."""
    two = [node("exclusiveGateway", "G", name) for name in ("one", "two")]
    flow = parse(bare(*two, *(arrow("G", end, arrow_id=end) for end in "ba")).taskflow)

    assert flow is not None
    assert [one.fact(WAYS_OUT) for one in flow.nodes] == ["b, a", "b, a"]


def bare(*inside: Any) -> Content:
    """A flow that is not drawn, and whose nodes list no arrows: the drawing of tests would take longest."""
    process = element("bpmn2:process", {"id": "P"}, *inside)
    return Content(fields={}, taskflow=encoded({"workflow": {"elements": [process]}}))


COLLIDING = {
    "ids that are taken": lambda count: [
        *(node("task", "X") for _ in range(count)),
        *(node("task", f"#X {number}") for number in range(2, count)),
    ],
    "arrows of namesakes": lambda count: [
        *(node("task", "X") for _ in range(count)),
        *(arrow("X", "X", arrow_id=f"F{number}") for number in range(count)),
    ],
    "lanes": lambda count: [element("bpmn2:lane", {"id": f"L{number}", "name": "n"}) for number in range(count)],
}


@pytest.mark.parametrize("what", COLLIDING)
def test_colliding_ids_take_time_by_their_number_alone(what: str) -> None:
    """One who submits thousands of namesakes keeps nobody waiting; with the square of them it would take minutes."""
    few, many = (seconds(bare(*COLLIDING[what](count))) for count in (3_000, 12_000))

    assert many < 9 * few


def seconds(of: Content) -> float:
    """Of computing, to compare and tell a first version."""
    begun = time.process_time()
    found = compare(None, of)
    assert sections(translator("en"), found)
    assert len({one.id for one in found.nodes}) == len(found.nodes)
    return time.process_time() - begun


class Counted(set[str]):
    """A set that counts how often somebody looks into it."""

    looked = 0

    def __contains__(self, what: object) -> bool:
        self.looked += 1
        return super().__contains__(what)


def test_no_id_that_is_taken_is_looked_at_twice() -> None:
    """However many namesakes have to be given another."""
    taken = Counted(f"#X {number}" for number in range(2, 1000))

    assert [*islice(free("#X", taken), 1000)][-1] == "#X 1999"
    assert taken.looked == 1998
