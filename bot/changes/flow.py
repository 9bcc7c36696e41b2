"""The BPMN tree of a version as nodes and arrows.

A `taskflow` is BASE64 of JSON whose `workflow` is a BPMN 2.0 document in tree form (SecMaster, workflow versions; read
off two real values, so anything else is possible). What is not of this shape gives no flow. In what is, everything has
its place: a difference between two documents, other than in order and layout, is one between their flows.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field, replace
from itertools import chain, count
from typing import TYPE_CHECKING, Any

from bot.changes.json_text import Room, bounded, cut, read, spelled, write
from bot.changes.tree import MODEL, STROKES, Xml, element, facts, joined, numbered, told_apart

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bot.changes.tree import Fact

START = "startEvent"
SILENT = frozenset({START, "endEvent"})
"""Nodes that need no name: they are the ends of every flow."""
SCOPES = frozenset({"subProcess", "transaction", "adHocSubProcess"})
"""Nodes that hold nodes."""
ARROW = "sequenceFlow"
WAYS_OUT = "#ways out"
"""The fact that holds the ids of a node's ways out, in their order, where an engine could take the first that fits."""
BESIDE = "document"
"""What paths of facts begin with that stand beside the root, in the JSON around it."""
ITSELF = "…"
"""Stands for the process's id where something else repeats it."""

_PARTS = frozenset({
    "documentation", "extensionElements", "ioSpecification", "property", "incoming", "outgoing", "auditing",
    "monitoring", "laneSet", "dataObject", "dataObjectReference", "dataStoreReference", "textAnnotation",
    "association", "group", "supportedInterfaceRef", "resourceRole", "performer", "humanPerformer",
    "potentialOwner", "dataInputAssociation", "dataOutputAssociation", "correlationSubscription",
    "multiInstanceLoopCharacteristics", "standardLoopCharacteristics", "dataInput", "dataOutput",
    "inputSet", "outputSet"
})  # fmt: skip
"""What stands inside a process, and may have an id, but is no node."""
_NODES = ("Task", "task", "Event", "Gateway", "Activity", "Process")
"""How BPMN's own nodes are called at the end; one of them is a node even without an id."""


@dataclass(frozen=True, kw_only=True)
class Element:
    """A step, event or gateway, or an arrow from one to another.

    `kind` is its tag without the namespace. An element without an id has one made up that begins with `#`, and so has
    each but one of those that share an id; the fact `#id` then holds the id as it was.
    """

    id: str
    kind: str
    name: str
    scope: str = ""
    """The id of the sub-process that it lies in."""
    source: str = ""
    target: str = ""
    facts: tuple[Fact, ...] = ()
    """All else, sorted, by path: `@flowable:dueDate`, `conditionExpression`, `extensionElements/flowable:field[host]`.

    Left out is what repeats the arrows, and where it is drawn.
    """

    @property
    def gateway(self) -> bool:
        """Whether it only branches or joins."""
        return self.kind.endswith("Gateway")

    def fact(self, path: str) -> str:
        """One of its facts; "" when it has no such."""
        return dict(self.facts).get(path, "")


@dataclass(frozen=True, kw_only=True)
class Flow:
    """The nodes and arrows of a process, in the order of the document, and all that stands beside them."""

    nodes: tuple[Element, ...] = ()
    flows: tuple[Element, ...] = ()
    facts: tuple[Fact, ...] = ()
    """Of the process and the document, and of lanes, data, notes, messages and other processes, by path."""
    places: Mapping[str, str] = field(default_factory=dict)
    """Where and how each element is drawn, as canonical text; "" is the canvas itself."""

    def steps(self) -> list[Element]:
        """The nodes that do something, in the order in which they are first reached; unreachable ones last."""
        return [node for node in self.reached() if node.kind not in SILENT and not node.gateway]

    def reached(self) -> list[Element]:
        """All nodes, in the order in which they are first reached: a sub-process before its own; unreachable last."""
        nodes = {node.id: node for node in self.nodes}
        following = self._following()
        waiting = [*reversed(nodes), *(node.id for node in reversed(self.nodes) if _begins(node))]
        seen: dict[str, Element] = {}
        while waiting:
            node_id = waiting.pop()
            if node_id not in seen and node_id in nodes:
                seen[node_id] = nodes[node_id]
                waiting += reversed(following.get(node_id, []))
        return list(seen.values())

    def _following(self) -> dict[str, list[str]]:
        """What comes next after each node: what lies in it, what is attached to it, where arrows lead."""
        following: dict[str, list[str]] = {}
        for node in sorted(self.nodes, key=lambda node: node.kind != START):
            if node.scope:
                following.setdefault(node.scope, []).append(node.id)
        for node in self.nodes:
            if host := node.fact("@attachedToRef"):
                following.setdefault(host, []).append(node.id)
        for flow in self.flows:
            following.setdefault(flow.source, []).append(flow.target)
        return following


def _begins(node: Element) -> bool:
    return node.kind == START and not node.scope


class _NoFlow(ValueError):
    """The document has not the shape of a flow."""


def parse(taskflow: str) -> Flow | None:
    """The flow of a `taskflow`; None when it has not the shape of one."""
    try:
        document = read(base64.b64decode("".join(taskflow.split()), validate=True))
        return _Document(document).flow()
    except ValueError:
        return None


@dataclass(frozen=True, eq=False)
class _Found:
    """A node or arrow, before it has an id of its own."""

    xml: Xml
    parent: _Found | None
    process: str
    """Which process it stands in, where there are several."""


class _Document:
    """What a taskflow says, sorted into nodes, arrows, places and the rest."""

    def __init__(self, document: Any) -> None:
        self._room = Room()
        self._around, self._root = _root(document)
        self._processes = [xml for xml in self._inside() if _is_process(xml)]
        if not self._processes:
            raise _NoFlow("no process")
        self._id = self._processes[0].attribute("id") if len(self._processes) == 1 else ""
        self._several = len(self._processes) > 1

    def flow(self) -> Flow:
        """All of it."""
        found = [one for process, path in self._paths() for one in _found(process, None, path if self._several else "")]
        arrows = [one for one in found if one.xml.tag == ARROW]
        nodes = [one for one in found if one.xml.tag != ARROW]
        node_ids, arrow_ids = _distinct(nodes, self._room), _distinct(arrows, self._room)
        ends = _Ends(arrows, arrow_ids)
        drawn = [xml for xml in self._inside() if _is_diagram(xml)]
        return Flow(
            nodes=tuple(self._element(one, made, node_ids, ends) for one, made in node_ids.items()),
            flows=tuple(self._element(one, made, node_ids, ends) for one, made in arrow_ids.items()),
            facts=self._sorted((path, self._told(path, text)) for path, text in self._facts(drawn)),
            places=self._places(drawn),
        )

    def _sorted(self, pairs: Iterable[Fact]) -> tuple[Fact, ...]:
        return numbered(bounded(pairs, self._room))

    def _inside(self) -> tuple[Xml, ...]:
        return self._root.children if self._root.tag == "definitions" else (self._root,)

    def _paths(self) -> Iterator[tuple[Xml, str]]:
        return ((process, process.name + suffix) for process, suffix in told_apart(self._processes))

    def _facts(self, drawn: Sequence[Xml]) -> Iterator[Fact]:
        """Everything that belongs to no node or arrow and is not only drawn."""
        yield from self._around
        if self._root.tag == "definitions":
            rest = tuple(xml for xml in self._inside() if not _is_process(xml) and not _is_diagram(xml))
            yield from facts(replace(self._root, children=rest), self._root.name)
        for process, path in self._paths():
            beside = tuple(xml for xml in process.children if not _stands_alone(xml))
            yield from facts(replace(process, children=beside), path)
        for xml, suffix in told_apart(drawn):
            yield from _strangers(xml, "diagram" + (suffix if len(drawn) > 1 else ""))

    def _told(self, path: str, text: str) -> str:
        """A fact without the process's id where it is known to be repeated (diagram_Process_1, Service_Process1)."""
        repeated = {
            "definitions/@id": (f"diagram_{self._id}", f"diagram_{ITSELF}"),
            "process/@name": (f"Service_{self._id.replace('_', '')}", f"Service_{ITSELF}"),
        }
        full, short = repeated.get(path, ("", ""))
        return short if self._id and text == full else text

    def _element(self, one: _Found, made: str, node_ids: Mapping[_Found, str], ends: _Ends) -> Element:
        """What was found, as it is compared."""
        xml, arrow = one.xml, one.xml.tag == ARROW
        own = ("id", "name", "sourceRef", "targetRef") if arrow else ("id", "name")
        shown = {f"@{name}" for name in own}
        repeated = frozenset() if arrow else ends.repeated(xml)
        rest = replace(
            xml,
            attributes=tuple(pair for pair in xml.attributes if pair[0] not in shown),
            children=tuple(child for child in xml.children if not _told_elsewhere(xml, child, repeated)),
        )
        marks = [("#namespace", xml.space)] if xml.space != MODEL else []
        marks += [("#process", one.process)] if one.process else []
        ways_out = "" if arrow else ends.in_order(xml)
        marks += [(WAYS_OUT, ways_out)] if ways_out else []
        marks += [("#id", xml.attribute("id"))] if made != xml.attribute("id") else []
        return Element(
            id=made,
            kind=xml.tag,
            name=xml.attribute("name"),
            scope=node_ids[one.parent] if one.parent else "",
            source=xml.attribute("sourceRef") if arrow else "",
            target=xml.attribute("targetRef") if arrow else "",
            facts=self._sorted([*marks, *facts(rest)]),
        )

    def _places(self, drawn: Iterable[Xml]) -> dict[str, str]:
        """Where each element is drawn; what belongs to none is the canvas."""
        places: dict[str, list[str]] = {}
        for diagram in map(_strokes, drawn):
            planes = [xml for xml in diagram.children if _is_plane(xml)]
            frames = [replace(diagram, children=tuple(xml for xml in diagram.children if not _is_plane(xml)))]
            frames += [replace(plane, children=()) for plane in planes]
            places.setdefault("", []).extend(self._drawn(frame) for frame in frames)
            for xml in (xml for plane in planes for xml in plane.children):
                places.setdefault(xml.attribute("bpmnElement"), []).append(self._drawn(xml))
        return {owner: write(sorted(texts)) for owner, texts in places.items()}

    def _drawn(self, xml: Xml) -> str:
        """A piece of the drawing as text; it does not matter which process it is the drawing of."""
        pairs = ((path, ITSELF if path == "@bpmnElement" and text == self._id else text) for path, text in facts(xml))
        return write([xml.name, self._sorted(pairs)])


def _is_process(xml: Xml) -> bool:
    """Whether it is a process, whatever its namespace: nobody knows which an engine asks for."""
    return xml.tag == "process"


def _is_diagram(xml: Xml) -> bool:
    return xml.tag == "BPMNDiagram" and xml.drawn


def _root(document: Any) -> tuple[list[Fact], Xml]:
    """What stands around the root element, and that.

    Raises:
        _NoFlow: it is no document with one root.
    """
    if not isinstance(document, dict) or not isinstance(workflow := document.get("workflow"), dict):
        raise _NoFlow("no workflow")
    around = element(workflow)
    if len(around.children) != 1:
        raise _NoFlow("no root, or several")
    rest = {key: value for key, value in document.items() if key != "workflow"}
    beside = {key: value for key, value in workflow.items() if key in ("type", "name")}
    told = [
        (f"{BESIDE}/{spelled(key)}", value)
        if isinstance(value, str)
        else (f"{BESIDE}/{spelled(key)}#json", write(value))
        for key, value in rest.items()
    ]
    told += [(f"{BESIDE}/{spelled(key)}#key", key) for key in rest if cut(key)]
    told += [(f"workflow/#{key}", write(value)) for key, value in beside.items()]
    told += [pair for pair in facts(replace(around, children=()), "workflow") if pair != ("workflow", "")]
    return told, around.children[0]


def _stands_alone(xml: Xml) -> bool:
    """Whether what stands in a process is an arrow or a node."""
    if xml.drawn or xml.tag in _PARTS or xml.tag.endswith("EventDefinition"):
        return False
    return xml.tag == ARROW or bool(xml.attribute("id")) or (xml.space == MODEL and xml.tag.endswith(_NODES))


def _found(xml: Xml, parent: _Found | None, process: str) -> Iterator[_Found]:
    """The nodes and arrows inside, those inside of these included."""
    for child in xml.children:
        if _stands_alone(child):
            one = _Found(child, parent, process)
            yield one
            if child.tag in SCOPES:
                yield from _found(child, one, process)


def _distinct(found: Iterable[_Found], room: Room) -> dict[_Found, str]:
    """An id for each. Which of several namesakes keeps it depends on what they are, not on where they stand."""
    groups: dict[str, list[_Found]] = {}
    for one in found:
        groups.setdefault(one.xml.attribute("id") or f"#{one.xml.tag} {one.xml.attribute('name')}".rstrip(), []).append(
            one
        )
    taken = set(groups)
    made: dict[_Found, str] = {}
    for given, group in groups.items():
        ordered = sorted(group, key=lambda one: _content(one, room)) if group[1:] else group
        made |= zip(ordered, chain([given], _free(f"#{given}", taken)), strict=False)
    return {one: made[one] for group in groups.values() for one in group}


def _content(one: _Found, room: Room) -> list[Fact]:
    return [("", one.process), ("", one.xml.name), *sorted(bounded(facts(one.xml), room))]


def _free(stem: str, taken: set[str]) -> Iterator[str]:
    """Numbered ids that nothing has; none of those that are taken is looked at twice."""
    return (made for number in count(2) if (made := f"{stem} {number}") not in taken)


class _Ends:
    """Which arrows lead to and from each node, to see whether nodes list them rightly, and which are tried first."""

    def __init__(self, arrows: Iterable[_Found], made: Mapping[_Found, str]) -> None:
        self._known: dict[tuple[str, str], list[str]] = {}
        self._ways: dict[str, list[str]] = {}
        self._choosing: set[str] = set()
        self._told: dict[str, str] = {}
        for one in arrows:
            source = one.xml.attribute("sourceRef")
            self._ways.setdefault(source, []).append(made[one])
            if any(child.tag == "conditionExpression" for child in one.xml.children):
                self._choosing.add(source)
            for tag, end in (("outgoing", "sourceRef"), ("incoming", "targetRef")):
                self._known.setdefault((tag, one.xml.attribute(end)), []).append(one.xml.attribute("id"))

    def repeated(self, node: Xml) -> frozenset[str]:
        """Those of the tags `incoming` and `outgoing` that say nothing new about a node."""
        return frozenset(tag for tag in ("incoming", "outgoing") if self._agrees(node, tag))

    def in_order(self, node: Xml) -> str:
        """The ids of a node's ways out as they come in the document; "" where their order means nothing.

        Flowable tries them in this order at an exclusive gateway, where one without a condition always fits.
        """
        node_id = node.attribute("id")
        ways = self._ways.get(node_id, [])
        if not node_id or len(ways) <= 1 or not (node_id in self._choosing or node.tag == "exclusiveGateway"):
            return ""
        if node_id not in self._told:
            self._told[node_id] = ", ".join(spelled(way) for way in ways)
        return self._told[node_id]

    def _agrees(self, node: Xml, tag: str) -> bool:
        listed = [child for child in node.children if child.tag == tag and child.space == MODEL]
        known = self._known.get((tag, node.attribute("id")), [])
        if len(listed) != len(known) or not all(child.plain for child in listed):
            return False  # without counting what many namesakes of a node would count again and again
        return sorted(child.text for child in listed) == sorted(known)


def _told_elsewhere(xml: Xml, child: Xml, repeated: frozenset[str]) -> bool:
    """Whether a child is an element of its own, or repeats what the arrows say."""
    return (xml.tag in SCOPES and _stands_alone(child)) or (child.tag in repeated and child.space == MODEL)


def _is_plane(xml: Xml) -> bool:
    return xml.tag == "BPMNPlane" and xml.drawn


def _strangers(xml: Xml, path: str) -> Iterator[Fact]:
    """What stands among the drawing and is none of it: elements, attributes, texts."""
    rest = tuple(pair for pair in xml.attributes if pair[0] not in STROKES)
    own = replace(xml, attributes=rest, children=())
    if xml.text or not own.plain:
        yield from facts(own, path)
    for child, suffix in told_apart(xml.children):
        inner = joined(path, child.name + suffix)
        yield from _strangers(child, inner) if child.drawn else facts(child, inner)


def _strokes(xml: Xml) -> Xml:
    """A piece of the drawing without strangers."""
    return replace(
        xml,
        attributes=tuple(pair for pair in xml.attributes if pair[0] in STROKES),
        text="",
        children=tuple(_strokes(child) for child in xml.children if child.drawn),
        odd=(),
    )
