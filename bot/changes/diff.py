"""What changes from one content to another: every difference that a reviewer approves, and nothing else.

Elements are matched by id and fields by path, so that order and layout mean nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from bot.changes.content import Content
from bot.changes.flow import Element, Flow, parse
from bot.changes.json_text import NotJson, Room, bounded, leaves, read, spelled

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

JSON_FIELDS = frozenset({"taskconfig", "input", "output"})
"""Fields whose text is JSON, where it is any (SecMaster states no inner shape)."""
FLOW_PATH = "taskflow/"
"""What paths of facts that belong to no element begin with."""

_OWN = ("kind", "name", "scope", "source", "target")
"""What an element has beside its facts, as paths."""


class Change(StrEnum):
    """What happened to an element."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, kw_only=True)
class FieldChange:
    """A text before and after; None where there was or is none."""

    path: str
    old: str | None
    new: str | None

    @property
    def change(self) -> Change:
        """Whether it came, went or became another."""
        if self.old is None:
            return Change.ADDED
        return Change.REMOVED if self.new is None else Change.CHANGED


@dataclass(frozen=True, kw_only=True)
class ElementChange:
    """An element before and after, and what of it differs; all of it where there is only one."""

    change: Change
    old: Element | None
    new: Element | None
    fields: tuple[FieldChange, ...]

    @property
    def element(self) -> Element:
        """As it is now, or was last."""
        found = self.new or self.old
        assert found is not None  # noqa: S101 - one of the two there is
        return found

    @property
    def id(self) -> str:
        """Its id."""
        return self.element.id

    @property
    def kind(self) -> str:
        """Its kind."""
        return self.element.kind


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How many came, went and became others."""

    added: int = 0
    removed: int = 0
    changed: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.added + self.removed + self.changed


@dataclass(frozen=True, kw_only=True)
class Summary:
    """A difference in numbers, small enough to be kept."""

    nodes: Counts = Counts()
    flows: Counts = Counts()
    fields: Counts = Counts()
    moved: int = 0
    unreadable: bool = False
    """Whether a flow could not be read."""
    first: bool = False
    raw: bool = False
    """Whether the texts of flows differ of which one cannot be read."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """All that differs between two contents."""

    first: bool = False
    """There was no old version: everything counts as added."""
    nodes: tuple[ElementChange, ...] = ()
    """In the order in which they are reached; removed ones after what they came after."""
    flows: tuple[ElementChange, ...] = ()
    """In the order of the nodes that they come from."""
    fields: tuple[FieldChange, ...] = ()
    """By path: `description`, `taskconfig.node_info.Activity_1.timeout`, `taskflow/process/@isExecutable`."""
    moved: tuple[str, ...] = ()
    """Ids of what is drawn at another place, or in another way, and does not differ otherwise; "" is the canvas."""
    old_flow: Flow | None = field(default_factory=Flow)
    new_flow: Flow | None = field(default_factory=Flow)
    """What was read: None where that was not possible, no nodes where there is no flow."""
    raw: FieldChange | None = None
    """The texts of flows that differ where one of them cannot be read: where it is the old one, all of the new one
    counts as added; where it is the new one, nothing else is said of it."""

    @property
    def empty(self) -> bool:
        """Whether nothing but the drawing differs."""
        return not (self.nodes or self.flows or self.fields or self.raw)

    @property
    def configured(self) -> frozenset[str]:
        """Ids of steps whose settings differ: those that are a key in the taskconfig.

        That the taskconfig is keyed by the ids of steps is inferred (SecMaster states no inner shape); where it is not,
        no step is named.
        """
        flows = [flow for flow in (self.old_flow, self.new_flow) if flow]
        steps = {node.id for flow in flows for node in flow.nodes}
        paths = [change.path.split(".", 3) for change in self.fields if change.path.startswith("taskconfig.")]
        return frozenset(piece for pieces in paths for piece in pieces[1:3] if piece in steps)

    @property
    def summary(self) -> Summary:
        """In numbers."""
        return Summary(
            nodes=_counts(self.nodes),
            flows=_counts(self.flows),
            fields=_counts(self.fields),
            moved=len(self.moved),
            unreadable=self.old_flow is None or self.new_flow is None,
            first=self.first,
            raw=self.raw is not None,
        )


@dataclass(frozen=True, kw_only=True)
class Model:
    """A content as it is compared; contents that are worth the same to a reviewer are equal."""

    fields: Mapping[str, str]
    nodes: Mapping[str, Element] = field(default_factory=dict)
    flows: Mapping[str, Element] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    raw: str = ""
    """The flow's text, where it cannot be read."""


def model(content: Content) -> Model:
    """What is compared of a content."""
    return _model(_fields(content), _flow(content.taskflow), content.taskflow)


def compare(old: Content | None, new: Content) -> Difference:
    """What changes from `old` to `new`; whatever they hold, there is an answer."""
    before = old or Content(fields={})
    old_flow, new_flow = _flow(before.taskflow), _flow(new.taskflow)
    was = _model(_fields(before), old_flow, before.taskflow)
    will = _model(_fields(new), new_flow, new.taskflow)
    fields = _field_changes(was.fields, will.fields)
    found = Difference(first=old is None, fields=fields, old_flow=old_flow, new_flow=new_flow)
    if (old_flow is None or new_flow is None) and before.taskflow != new.taskflow:
        raw = FieldChange(path="taskflow", old=before.taskflow or None, new=new.taskflow or None)
        found = replace(found, raw=raw)
    if new_flow is None:
        return found
    drawn_before = old is not None and old_flow is not None
    old_flow = old_flow or Flow()
    order = _order(old_flow, new_flow)
    nodes = _element_changes(was.nodes, will.nodes)
    flows = _element_changes(was.flows, will.flows)
    touched = {change.id for change in (*nodes, *flows)}
    return replace(
        found,
        nodes=tuple(sorted(nodes, key=lambda one: order[one.id])),
        flows=tuple(sorted(flows, key=lambda one: order.get(one.element.source, len(order)))),
        fields=fields + _field_changes(_below_flow(was.facts), _below_flow(will.facts)),
        moved=tuple(
            sorted(
                owner
                for owner in old_flow.places.keys() | new_flow.places.keys()
                if drawn_before and old_flow.places.get(owner) != new_flow.places.get(owner) and owner not in touched
            )
        ),
    )


def apply(difference: Difference, old: Model) -> Model:
    """The model of the new content, from that of the old one and the difference alone."""
    fields = _changed(old.fields, [one for one in difference.fields if not one.path.startswith(FLOW_PATH)])
    if difference.raw:
        text = difference.raw.new or ""
        return _model(fields, _flow(text), text)
    inner = [one for one in difference.fields if one.path.startswith(FLOW_PATH)]
    return Model(
        fields=fields,
        nodes=_patched(old.nodes, difference.nodes),
        flows=_patched(old.flows, difference.flows),
        facts=_changed(old.facts, [replace(one, path=one.path.removeprefix(FLOW_PATH)) for one in inner]),
        raw=old.raw,
    )


def _flow(taskflow: str) -> Flow | None:
    return parse(taskflow) if taskflow else Flow()


def _model(fields: Mapping[str, str], flow: Flow | None, taskflow: str) -> Model:
    if flow is None:
        return Model(fields=fields, raw=taskflow)
    return Model(
        fields=fields,
        nodes={node.id: node for node in flow.nodes},
        flows={arrow.id: arrow for arrow in flow.flows},
        facts=dict(flow.facts),
    )


def _fields(content: Content) -> dict[str, str]:
    """The fields as texts by path; JSON is taken apart where its text is an object or a list."""
    made: dict[str, str] = {}
    for name, text in content.fields.items():
        path = spelled(name)
        made |= _leaves(text, path) if name in JSON_FIELDS else {path: text} if text else {}
    return made


def _leaves(text: str, path: str) -> dict[str, str]:
    try:
        value: Any = read(text) if text else None
        if isinstance(value, dict | list):
            return dict(bounded(leaves(value, path), Room()))
    except NotJson:
        pass
    return {path: text} if text else {}


def _below_flow(facts: Mapping[str, str]) -> dict[str, str]:
    return {FLOW_PATH + path: text for path, text in facts.items()}


def _field_changes(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[FieldChange, ...]:
    """What differs, in the order of the new texts; what is gone comes last."""
    paths = [*new, *(path for path in old if path not in new)]
    changes = (FieldChange(path=path, old=old.get(path), new=new.get(path)) for path in paths)
    return tuple(one for one in changes if one.old != one.new)


def _element_changes(old: Mapping[str, Element], new: Mapping[str, Element]) -> list[ElementChange]:
    changes = (_element_change(old.get(key), new.get(key)) for key in (*new, *(key for key in old if key not in new)))
    return [one for one in changes if one.fields or one.change is not Change.CHANGED]


def _element_change(old: Element | None, new: Element | None) -> ElementChange:
    change = Change.ADDED if old is None else Change.REMOVED if new is None else Change.CHANGED
    return ElementChange(change=change, old=old, new=new, fields=_field_changes(_texts(old), _texts(new)))


def _texts(element: Element | None) -> dict[str, str]:
    """Everything about an element but its id, by path."""
    if element is None:
        return {}
    own = {path: str(getattr(element, path)) for path in _OWN}
    return {path: text for path, text in own.items() if text} | dict(element.facts)


def _counts(changes: Iterable[ElementChange | FieldChange]) -> Counts:
    kinds = [one.change for one in changes]
    return Counts(**{str(change): kinds.count(change) for change in Change})


def _order(old: Flow, new: Flow) -> dict[str, int]:
    """A place for every node: those that are there now as they are reached, those that went after the one before."""
    gone: dict[str, list[str]] = {}
    before = ""
    now = [node.id for node in new.reached()]
    known = set(now)
    for node in old.reached():
        if node.id in known:
            before = node.id
        else:
            gone.setdefault(before, []).append(node.id)
    ordered = [*gone.get("", ()), *(node_id for here in now for node_id in (here, *gone.get(here, ())))]
    return {node_id: number for number, node_id in enumerate(ordered)}


def _changed(texts: Mapping[str, str], changes: Sequence[FieldChange]) -> dict[str, str]:
    new = {**texts, **{one.path: one.new for one in changes}}
    return {path: text for path, text in new.items() if text is not None}


def _patched(elements: Mapping[str, Element], changes: Sequence[ElementChange]) -> dict[str, Element]:
    made = dict(elements)
    for one in changes:
        if one.change is Change.REMOVED:
            del made[one.id]
        else:
            made[one.id] = _rebuilt(one.id, _changed(_texts(made.get(one.id)), one.fields))
    return made


def _rebuilt(element_id: str, texts: Mapping[str, str]) -> Element:
    """An element from what `_texts` makes of it."""
    own = {path: texts.get(path, "") for path in _OWN}
    facts = tuple(sorted((path, text) for path, text in texts.items() if path not in _OWN))
    return Element(id=element_id, **own, facts=facts)
