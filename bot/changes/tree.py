"""The XML of a flow, which SecMaster sends as JSON, with the names of its elements told apart by namespace.

An element is an object with `type`, `name`, `attributes` and `elements` (the tree form of the xml-js library, by its
shape). Whatever has another shape is kept as JSON beside it, so that no difference can hide there.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.changes.json_text import DEEPEST, NotJson, cut, spelled, write

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

MODEL = "http://www.omg.org/spec/BPMN/20100524/MODEL"
_BPMNDI = "http://www.omg.org/spec/BPMN/20100524/DI"
_DC = "http://www.omg.org/spec/DD/20100524/DC"
_DI = "http://www.omg.org/spec/DD/20100524/DI"
CANVAS = frozenset(
    {
        *((_BPMNDI, f"BPMN{what}") for what in ("Diagram", "Plane", "Shape", "Edge", "Label", "LabelStyle")),
        *((_DC, what) for what in ("Font", "Bounds")),
        (_DI, "waypoint"),
    }
)
"""Namespace and tag of what is only drawn. What else has one of these namespaces is as strange as anything."""
STROKES = frozenset({
    "@id", "@bpmnElement", "@x", "@y", "@width", "@height", "@isHorizontal", "@isExpanded", "@isMarkerVisible",
    "@isMessageVisible", "@participantBandKind", "@choreographyActivityShape", "@labelStyle", "@sourceElement",
    "@targetElement", "@messageVisibleKind", "@name", "@documentation", "@resolution", "@size", "@isBold",
    "@isItalic", "@isUnderline", "@isStrikeThrough",
    "@bioc:stroke", "@bioc:fill", "@color:background-color", "@color:border-color", "@color:color",
})  # fmt: skip
"""Attributes of these that say where and how something is drawn, as they are spelled in paths."""

_USUAL = {
    "bpmn2": MODEL,
    "bpmn": MODEL,
    "": MODEL,
    "bpmndi": _BPMNDI,
    "dc": _DC,
    "omgdc": _DC,
    "di": _DI,
    "omgdi": _DI,
    "bioc": "http://bpmn.io/schema/bpmn/biocolor/1.0",
    "color": "http://www.omg.org/spec/BPMN/non-normative/color/1.0",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "flowable": "http://flowable.org/bpmn",
    "soar": "https://soc.cloudsre.com/soar/v2",
}
"""What prefixes mean, declared or not."""
_PREFIXES = {space: prefix for prefix, space in reversed(_USUAL.items())}

_ENTITIES = frozenset(
    {"lane", "dataObject", "dataObjectReference", "dataStoreReference", "textAnnotation"}
) | frozenset(
    {"association", "group", "participant", "messageFlow", "message", "signal", "error", "escalation", "dataStore"}
)
"""What has a life of its own beside the nodes: told apart by id even where there is only one."""
_REFERENCES = ("Ref", "incoming", "outgoing")
_RESERVED = frozenset({"name", "kind", "scope", "source", "target"})

ORDER = "#in order"
"""The fact that holds the names of parts in their order, where that means something."""

Fact = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Xml:
    """An element; `space` is the URI of its namespace, or `?` and the prefix when nothing says what that means."""

    tag: str
    space: str = MODEL
    attributes: tuple[Fact, ...] = ()
    """As they are spelled in paths: `@flowable:dueDate`."""
    text: str = ""
    children: tuple[Xml, ...] = ()
    odd: tuple[Fact, ...] = ()
    """What no XML looks like, comments included."""

    @property
    def name(self) -> str:
        """The tag as it is spelled in paths: with the usual prefix of its namespace, which for BPMN's own is none."""
        if self.space == MODEL:
            return spelled(self.tag, _RESERVED)
        return spelled(f"{_PREFIXES.get(self.space, self.space)}:{self.tag}")

    @property
    def plain(self) -> bool:
        """Whether it holds text alone."""
        return not (self.attributes or self.children or self.odd)

    @property
    def drawn(self) -> bool:
        """Whether it is a piece of the drawing."""
        return (self.space, self.tag) in CANVAS

    def attribute(self, name: str) -> str:
        """The text of an attribute without a namespace; "" when it is not there."""
        path = f"@{name}"
        return next((text for one, text in self.attributes if one == path), "")


def element(value: Mapping[str, Any], spaces: Mapping[str, str] = _USUAL, depth: int = DEEPEST) -> Xml:
    """An element from its tree form. `spaces` is what prefixes mean where it stands.

    Raises:
        NotJson: something in it is nested beyond reason, or an attribute is there twice.
    """
    attributes, children = (value.get(key) for key in ("attributes", "elements"))
    odd = [(f"#key {spelled(key)}", write(inner)) for key, inner in value.items() if key not in _KEYS]
    if not isinstance(attributes, dict):
        odd += [("#attributes", write(attributes))] if attributes is not None else []
        attributes = {}
    if not isinstance(children, list):
        odd += [("#elements", write(children))] if children is not None else []
        children = []
    spaces = _declared(spaces, attributes)
    name = str(value.get("name", ""))
    space, tag = _resolved(name, spaces)
    odd += [("#tag", name)] if cut(name) or cut(f"{space}:{tag}") else []
    inner = [child for child in children if _is_element(child)]
    texts = [child for child in children if _is_text(child)]
    odd += [("#other", write(child)) for child in children if not _is_element(child) and not _is_text(child)]
    if not depth:
        odd += [("#deeper", write(child)) for child in inner]
    return Xml(
        tag=tag,
        space=space,
        attributes=tuple(_attributes(attributes, spaces)),
        text=_text(texts, beside_elements=bool(inner)),
        children=tuple(element(child, spaces, depth - 1) for child in inner) if depth else (),
        odd=tuple(odd),
    )


_KEYS = frozenset({"type", "name", "attributes", "elements"})


def _is_element(value: Any) -> bool:
    return isinstance(value, dict) and value.get("type") == "element" and isinstance(value.get("name"), str)


def _is_text(value: Any) -> bool:
    if not isinstance(value, dict) or value.get("type") not in ("text", "cdata"):
        return False
    return value.keys() == {"type", value["type"]} and isinstance(value[value["type"]], str)


def _text(pieces: Sequence[Mapping[str, Any]], *, beside_elements: bool) -> str:
    """The pieces as one text; blanks between elements are layout."""
    texts = [str(piece[piece["type"]]) for piece in pieces]
    return "".join(text for text in texts if text.strip() or not beside_elements)


def _declared(spaces: Mapping[str, str], attributes: Mapping[str, Any]) -> Mapping[str, str]:
    """What prefixes mean inside an element with these attributes."""
    new = {name[6:]: space for name, space in attributes.items() if name == "xmlns" or name.startswith("xmlns:")}
    return {**spaces, **{prefix: space for prefix, space in new.items() if isinstance(space, str)}} if new else spaces


def _resolved(name: str, spaces: Mapping[str, str]) -> tuple[str, str]:
    """Namespace and tag of an element's name."""
    prefix, _, tag = name.rpartition(":")
    return spaces.get(prefix, f"?{prefix}"), tag


def _attributes(attributes: Mapping[str, Any], spaces: Mapping[str, str]) -> list[Fact]:
    """The attributes by path, but for what usual prefixes mean.

    Raises:
        NotJson: one is there twice, through two prefixes of one namespace. (No XML is that: Namespaces in XML, 6.3.)
    """
    made: list[Fact] = []
    for name, value in attributes.items():
        if (name == "xmlns" or name.startswith("xmlns:")) and _USUAL.get(name[6:]) == value:
            continue
        path = "@" + _expanded(name, spaces)
        made.append((path, value) if isinstance(value, str) else (f"{path}#json", write(value)))
        if cut(name):
            made.append((f"{path}#name", name))
    if len({path.removesuffix("#json") for path, _ in made}) < len(made):
        raise NotJson("an attribute is there twice")
    return made


def _expanded(name: str, spaces: Mapping[str, str]) -> str:
    """An attribute's name as it is spelled in paths: one name for each that is one to XML."""
    prefix, _, local = name.rpartition(":")
    space = spaces.get(prefix) if prefix else None
    return spelled(name if space is None else f"{_PREFIXES.get(space, space)}:{local}")


def facts(xml: Xml, path: str = "", *, ordered: bool = False) -> Iterator[Fact]:
    """Path and text of everything in an element, itself left unnamed at the top.

    Order means nothing, but among siblings of one name that nothing tells apart, and within `extensionElements`:
    what listeners and their like do depends on which comes first.
    """
    ordered = ordered or xml.tag == "extensionElements"
    if xml.text or (path and xml.plain):
        yield path or "#text", xml.text
    for name, text in (*xml.attributes, *xml.odd):
        yield joined(path, name), text
    if ordered and len(xml.children) > 1:
        suffixes = {id(child): suffix for child, suffix in told_apart(xml.children)}
        names = [child.name + suffixes[id(child)] for child in xml.children]
        yield joined(path, ORDER), ", ".join(names)
    for child, suffix in told_apart(xml.children):
        yield from facts(child, joined(path, child.name + suffix), ordered=ordered)


def joined(path: str, name: str) -> str:
    """A path, one step further."""
    return f"{path}/{name}" if path else name


def told_apart(siblings: Iterable[Xml]) -> Iterator[tuple[Xml, str]]:
    """Each of the siblings with what follows its name in a path: nothing, `[its id]` or `[its number]`."""
    groups: dict[str, list[Xml]] = {}
    for xml in siblings:
        groups.setdefault(xml.name, []).append(xml)
    for group in groups.values():
        keys = _keys(group)
        bare = len(group) == 1 and (not keys or (group[0].space == MODEL and group[0].tag not in _ENTITIES))
        for number, xml in enumerate(group, 1):
            yield xml, "" if bare else f"[{spelled(keys[number - 1]) if keys else number}]"


def _keys(group: Sequence[Xml]) -> list[str]:
    """What tells siblings of one name apart; nothing when nothing does."""
    by_text = group[0].tag.endswith(_REFERENCES) and all(xml.plain for xml in group)
    candidates = [[xml.attribute("id") for xml in group], [xml.attribute("name") for xml in group]]
    candidates += [[xml.text for xml in group]] if by_text else []
    return next((keys for keys in candidates if all(keys) and len(set(keys)) == len(keys)), [])


def numbered(pairs: Iterable[Fact]) -> tuple[Fact, ...]:
    """Sorted, and each path once: what is there again gets a number."""
    seen: Counter[str] = Counter()
    made = []
    for path, text in sorted(pairs):
        seen[path] += 1
        made.append((path if seen[path] == 1 else f"{path}#{seen[path]}", text))
    return tuple(sorted(made))
