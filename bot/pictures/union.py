"""The old and the new flow laid on top of each other: what a picture shows, and how each part is marked.

Made in the bot's own process, in time that grows with the flow only; small, JSON through and through, and bounded, so
that it can be handed to the process that draws.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from bot.changes.diff import Change
from bot.changes.looks import look
from bot.errors import PictureError
from bot.locales import N_
from bot.pictures.lettering import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.changes.diff import Difference
    from bot.changes.flow import Element

REFUSED = 3
"""Exit status of the process that draws when there is no picture for a reason that people are told."""
NODES_MOST = 200
EDGES_MOST = 600
_LABEL_LONGEST = 120
_TITLE_LONGEST = 240
_DEEPEST = 50

NO_FLOW = N_("The version has no flow that could be drawn.")
UNREADABLE = N_("The flow cannot be read, so there is no picture of it.")
TOO_MANY = N_("The flow has {nodes} steps and {edges} connections: too many for a picture that can be read.")


class Mark(StrEnum):
    """How a part of the flow fares from the old version to the new one."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    FORMERLY = "formerly"
    """The way that a connection took which now leads elsewhere."""


_MARKS = {Change.ADDED: Mark.ADDED, Change.REMOVED: Mark.REMOVED, Change.CHANGED: Mark.CHANGED}


@dataclass(frozen=True, kw_only=True)
class Labels:
    """The words of the legend, in the reader's language."""

    added: str
    removed: str
    changed: str
    formerly: str
    first: str

    def of(self, mark: Mark) -> str:
        """The word for a mark."""
        return str(getattr(self, mark.value))


@dataclass(frozen=True, kw_only=True)
class Node:
    """A step, event, gateway or sub-process; `event` is what an event waits for or throws ("timer")."""

    id: str
    kind: str
    name: str
    scope: str = ""
    mark: Mark = Mark.SAME
    event: str = ""


@dataclass(frozen=True, kw_only=True)
class Edge:
    """A sequence flow; `attached`: not one, but the tie of a boundary event to its step."""

    id: str
    source: str
    target: str
    label: str = ""
    mark: Mark = Mark.SAME
    attached: bool = False


@dataclass(frozen=True, kw_only=True)
class Union:
    """Everything a picture shows. `first`: there was no version before, so that nothing is marked."""

    title: str
    labels: Labels
    first: bool = False
    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()

    def marks(self) -> list[Mark]:
        """The marks that occur, in the order of a legend."""
        used = {node.mark for node in self.nodes} | {edge.mark for edge in self.edges}
        return [mark for mark in Mark if mark in used and mark is not Mark.SAME]

    def texts(self) -> Iterator[str]:
        """Every text of the picture."""
        yield self.title
        yield from (self.labels.of(mark) for mark in self.marks())
        if self.first:
            yield self.labels.first
        yield from (text for node in self.nodes for text in (node.name, node.kind))
        yield from (edge.label for edge in self.edges)

    def plain(self) -> dict[str, Any]:
        """As JSON takes it."""
        return asdict(self)


def from_plain(plain: dict[str, Any]) -> Union:
    """What `Union.plain` gave, again."""
    return Union(
        title=plain["title"],
        labels=Labels(**plain["labels"]),
        first=plain["first"],
        nodes=tuple(Node(**{**node, "mark": Mark(node["mark"])}) for node in plain["nodes"]),
        edges=tuple(Edge(**{**edge, "mark": Mark(edge["mark"])}) for edge in plain["edges"]),
    )


def union(difference: Difference, *, title: str, labels: Labels) -> Union:
    """Both flows as one; raises PictureError when one of them is unreadable or they are too large."""
    if difference.new_flow is None or (difference.old_flow is None and not difference.first):
        raise PictureError(UNREADABLE)
    old_nodes = difference.old_flow.nodes if difference.old_flow else ()
    old_flows = difference.old_flow.flows if difference.old_flow else ()
    marks = {} if difference.first else _marks(difference)
    elements = _both(difference.new_flow.nodes, old_nodes)
    edges = _edges(difference, _both(difference.new_flow.flows, old_flows))
    ids = {element.id for element in elements}
    lost = dict.fromkeys(end for edge in edges for end in (edge.source, edge.target) if end not in ids)
    if not elements:
        raise PictureError(NO_FLOW)
    if len(elements) + len(lost) > NODES_MOST or len(edges) > EDGES_MOST:
        raise PictureError(TOO_MANY, nodes=len(elements), edges=len(edges))
    scopes = {element.id: element.scope for element in elements}
    looks = Counter(look(element.name) for element in elements)
    nodes = [
        _node(
            element,
            marks.get(element.id, Mark.SAME),
            _scope(element.id, scopes),
            shared=looks[look(element.name)] > 1,
        )
        for element in elements
    ]
    return Union(
        title=clean(title, longest=_TITLE_LONGEST),
        labels=labels,
        first=difference.first,
        nodes=(*nodes, *(Node(id=end, kind="", name=clean(end, longest=_LABEL_LONGEST) or "?") for end in lost)),
        edges=(*edges, *_ties(elements, ids)),
    )


def _marks(difference: Difference) -> dict[str, Mark]:
    """What became of each step; one whose settings alone differ is changed."""
    configured = dict.fromkeys(difference.configured, Mark.CHANGED)
    return configured | {change.id: _MARKS[change.change] for change in difference.nodes}


def _both(new: Iterable[Element], old: Iterable[Element]) -> list[Element]:
    """The elements of the new flow, and each that is gone behind the one that it stood behind."""
    merged = list(new)
    places = {element.id: index for index, element in enumerate(merged)}
    gone: dict[int, list[Element]] = {}
    behind = -1
    for element in old:
        if element.id in places:
            behind = places[element.id]
        else:
            gone.setdefault(behind, []).append(element)
    together = list(gone.get(-1, []))
    for index, element in enumerate(merged):
        together += [element, *gone.get(index, [])]
    return together


def _edges(difference: Difference, elements: list[Element]) -> list[Edge]:
    changes = {} if difference.first else {change.id: change for change in difference.flows}
    edges = []
    for element in elements:
        change = changes.get(element.id)
        mark = _MARKS[change.change] if change else Mark.SAME
        old = change.old if change and change.new else None
        if old and (old.source, old.target) != (element.source, element.target):
            edges.append(_edge(old, Mark.FORMERLY))
        edges.append(_edge(element, mark))
    return edges


def _edge(element: Element, mark: Mark) -> Edge:
    """A connection, with its name or else its condition."""
    condition = next((text for path, text in element.facts if path.startswith("conditionExpression")), "")
    label = "" if mark is Mark.FORMERLY else clean(element.name or condition, longest=_LABEL_LONGEST)
    return Edge(id=element.id, source=element.source, target=element.target, label=label, mark=mark)


def _node(element: Element, mark: Mark, scope: str, *, shared: bool) -> Node:
    """A step that has no name is called by its id, one of `shared` looks by both; gateways and events need none."""
    nameless = element.kind.endswith(("Gateway", "Event"))
    name = clean(element.name, longest=_LABEL_LONGEST)
    name += f" ({clean(element.id, longest=_LABEL_LONGEST)})" if name and shared else ""
    return Node(
        id=element.id,
        kind=clean(element.kind, longest=_LABEL_LONGEST),
        name=name if name or nameless else clean(element.id, longest=_LABEL_LONGEST),
        scope=scope,
        mark=mark,
        event=_event(element),
    )


def _event(element: Element) -> str:
    """What the element's event definition is of: "timer" for a timerEventDefinition."""
    words = (path.partition("EventDefinition") for path, _text in element.facts)
    names = (before.rpartition(".")[2].rpartition(":")[2].rpartition("/")[2] for before, found, _ in words if found)
    return clean(next(names, ""), longest=_LABEL_LONGEST)


def _ties(elements: list[Element], ids: set[str]) -> Iterator[Edge]:
    """A tie from each step to the boundary events that it carries."""
    for element in elements:
        host = dict(element.facts).get("@attachedToRef", "")
        if host in ids and host != element.id:
            yield Edge(id=f"{element.id} attached", source=host, target=element.id, attached=True)


def _scope(element_id: str, scopes: dict[str, str]) -> str:
    """The sub-process that an element lies in; none where there is no such, or where they lie in each other."""
    scope = scopes[element_id]
    if scope not in scopes:
        return ""
    above = scope
    for _ in range(_DEEPEST):
        if above not in scopes:
            return scope
        if above == element_id:
            break
        above = scopes[above]
    return ""
