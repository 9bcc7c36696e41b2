"""What holds for every pair of versions, however strange: above all that nothing is approved unseen."""

from __future__ import annotations

import base64
import json
import random
from difflib import unified_diff
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

from bot.changes.content import Content
from bot.changes.diff import Difference, apply, compare, model
from bot.changes.flow import parse
from bot.changes.headline import headline
from bot.changes.report import alt_text, sections, text
from bot.locales import translator
from tests.changes.drawing import content, encoded
from tests.changes.pairs import PAIRS, Version
from tests.changes.worth import worth

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = translator("en")


def versions() -> Iterator[Version]:
    """Every version of the gallery that can be read, without the long ones."""
    for make in PAIRS:
        if make.__name__ != "two_hundred_nodes":
            for one in make():
                if one and json_of(one):
                    yield one


def json_of(one: Version) -> Any:
    """The document of a version; None where it cannot be read."""
    try:
        return json.loads(base64.b64decode(one["taskflow"], validate=True))
    except ValueError:
        return None


DOCUMENTS = [json_of(one) for one in versions()]

WORDS = st.sampled_from(
    [
        "", " ", "A", "#1", "id", "name", "…", "Event_start", "Event_end", "Activity_isolat", "Process_1", "5", "null",
        "bpmn2:userTask", "bpmn2:sequenceFlow", "bpmn2:subProcess", "bpmn2:process", "bpmn2:definitions", "{}",
        "bpmndi:BPMNShape", "soar:node", "x:y", "incoming", "@name", "a#2", "a/b", "a.b", '"', "text", "element",
        "diagram_…", "#userTask", "conditionExpression",
    ]
) | st.text(max_size=5)  # fmt: skip
SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.floats(allow_nan=False, allow_infinity=False) | WORDS
KEYS = WORDS | st.sampled_from(["type", "attributes", "elements", "cdata", "sourceRef", "workflow"])
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=8
)
TREE = st.builds(
    lambda name, attributes, inside: {"type": "element", "name": name, "attributes": attributes, "elements": inside},
    WORDS,
    st.dictionaries(WORDS, WORDS, max_size=2),
    st.lists(JSON, max_size=2),
)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container and key in a document, the drawing left out."""
    if isinstance(value, dict):
        if value.get("name") == "bpmndi:BPMNDiagram":
            return
        inner: Any = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    else:
        return
    for key, one in inner:
        yield value, key
        yield from places(one)


class Meddled:
    """Two documents; shown by how they differ, for they are long."""

    def __init__(self, old: Any, new: Any) -> None:
        self.old, self.new = old, new

    def __repr__(self) -> str:
        old, new = (json.dumps(one, indent=1).splitlines() for one in (self.old, self.new))
        return "\n".join(unified_diff(old, new, n=4, lineterm=""))


@st.composite
def meddled(draw: st.DrawFn, times: int = 1) -> Meddled:
    """A document, and the same with something put in, left out, doubled, swapped or made another."""
    old = draw(st.sampled_from(DOCUMENTS))
    new = json.loads(json.dumps(old))
    for _ in range(draw(st.integers(1, times))):
        where, key = draw(st.sampled_from(list(places(new)) or [({"": None}, "")]))
        what = draw(st.sampled_from(["replace", "remove", "double", "add", "swap"]))
        if what == "remove":
            del where[key]
        elif what == "replace":
            where[key] = draw(JSON | TREE)
        elif what == "double":
            meddle_list(where, key, json.loads(json.dumps(where[key])), draw(WORDS))
        elif what == "add":
            meddle_list(where, key, draw(TREE | JSON), draw(WORDS))
        else:
            other = draw(st.sampled_from(list(where) if isinstance(where, dict) else range(len(where))))
            where[key], where[other] = where[other], where[key]
    return Meddled(old, new)


def meddle_list(where: Any, key: Any, value: Any, name: str) -> None:
    """Put a value in, beside what is there."""
    if isinstance(where, list):
        where.insert(key, value)
    else:
        where[name] = value


def of(document: Any) -> Content:
    """The content whose flow is this document."""
    return Content(fields={}, taskflow=encoded(document))


@settings(max_examples=600, deadline=None)
@given(meddled())
def test_nothing_in_a_flow_is_approved_unseen(pair: Meddled) -> None:
    """Whatever differs between two documents, other than order, layout and drawing, is in the difference."""
    old, new = pair.old, pair.new
    assume(worth(old) != worth(new))
    assert not compare(of(old), of(new)).empty


@settings(max_examples=80, deadline=None)
@given(meddled(times=4))
def test_the_difference_makes_the_old_content_into_the_new(pair: Meddled) -> None:
    """It lacks nothing: the model of the new content follows from the old one's."""
    old, new = of(pair.old), of(pair.new)
    assert apply(compare(old, new), model(old)) == model(new)
    assert apply(compare(new, old), model(new)) == model(old)


@settings(max_examples=60, deadline=None)
@given(meddled(times=4))
def test_nothing_differs_from_itself(pair: Meddled) -> None:
    """No document differs from itself, and every one differs in each way from nothing."""
    same = of(pair.new)
    found = compare(same, same)
    assert found.empty
    assert not found.moved


@settings(max_examples=60, deadline=None, phases=(Phase.generate,))
@given(meddled(times=2), st.integers(0, 99).map(random.Random))
def test_order_means_nothing(pair: Meddled, chance: random.Random) -> None:
    """Elements, attributes and shapes may come in any order, but for the ways out of a node."""
    old, new = pair.old, pair.new
    assume(parse(encoded(new)))  # of what cannot be read nobody knows what order means
    shuffled = json.loads(json.dumps(new))
    shuffle(shuffled["workflow"], chance)
    assert compare(of(new), of(shuffled)).empty
    assert content_of(compare(of(old), of(new))) == content_of(compare(of(old), of(shuffled)))


def content_of(found: Difference) -> Any:
    """A difference as sets."""
    return set(found.nodes), set(found.flows), set(found.fields), set(found.moved), found.raw is None


def shuffle(tree: Any, chance: random.Random) -> None:
    """Everything whose order means nothing comes in another."""
    if not isinstance(tree, dict):
        return
    inside = tree.get("elements")
    if isinstance(inside, list):
        if tree.get("name") in HOLDERS and told_apart(inside):
            inside[:] = shuffled(inside, chance)
        for one in inside:
            shuffle(one, chance)
    for part in (tree, tree.get("attributes")):
        if isinstance(part, dict):
            items = list(part.items())
            chance.shuffle(items)
            part.clear()
            part.update(items)


def shuffled(siblings: list[Any], chance: random.Random) -> list[Any]:
    """The siblings in another order, in which arrows out of one node still come one after the other."""
    mixed = chance.sample(siblings, len(siblings))
    ways: dict[str, list[Any]] = {}
    for one in siblings:
        ways.setdefault(source(one), []).append(one)
    return [ways[source(one)].pop(0) if source(one) else one for one in mixed]


def source(one: Any) -> str:
    """What an element leads out of; "" where it is no arrow."""
    return json.dumps(one["attributes"]["sourceRef"]) if "sourceRef" in one["attributes"] else ""


HOLDERS = ("bpmn2:process", "bpmn2:definitions", "bpmn2:subProcess")


def told_apart(siblings: list[Any]) -> bool:
    """Whether no order could be meant: each has an id of its own."""
    attributes = [one.get("attributes") for one in siblings if isinstance(one, dict)]
    ids = [str(one.get("id", "")) for one in attributes if isinstance(one, dict)]
    return len(ids) == len(siblings) and all(ids) and len(set(ids)) == len(ids)


@settings(max_examples=400, deadline=None)
@given(JSON, JSON)
def test_nothing_in_a_json_field_is_approved_unseen(old: Any, new: Any) -> None:
    """Two values that differ, if only in kind, have different leaves, whatever their keys are called."""
    assume(json.dumps(old, sort_keys=True) != json.dumps(new, sort_keys=True))
    found = compare(Content(fields={"taskconfig": json.dumps(old)}), Content(fields={"taskconfig": json.dumps(new)}))
    assert not found.empty


FIELDS = st.dictionaries(
    st.sampled_from(["name", "description", "taskconfig", "input"]), st.text(max_size=9) | JSON.map(json.dumps)
)


@settings(max_examples=60, deadline=None)
@given(FIELDS, FIELDS)
def test_fields_follow_from_the_difference_too(old: dict[str, str], new: dict[str, str]) -> None:
    """JSON or not, set or not."""
    before, after = Content(fields=old), Content(fields=new)
    assert apply(compare(before, after), model(before)) == model(after)
    assert compare(after, after).empty


def told(found: Difference) -> None:
    """Say it in every way."""
    for t in (T, translator("zh-CN")):
        assert headline(t, found.summary)
        assert text(t, found, color=True).isprintable() or "\n" in text(t, found)
        assert len(alt_text(t, found).encode("utf-16-le")) <= 2000
        for section in sections(t, found):
            assert section.entries


@settings(max_examples=80, deadline=None)
@given(JSON | TREE, JSON, st.text(max_size=20), st.sampled_from(["whole", "workflow", "elements", "raw"]))
def test_nothing_breaks_it(value: Any, other: Any, raw: str, where: str) -> None:
    """Whatever SecMaster sends, there is an answer, and words for it."""
    shapes: dict[str, Any] = {
        "whole": value,
        "workflow": {"workflow": value},
        "elements": {"workflow": {"elements": [value, other] if isinstance(other, int) else [value]}},
    }
    taskflow = raw if where == "raw" else encoded(shapes[where])
    strange = Content(fields={"taskconfig": raw, "input": json.dumps(other), "name": raw}, taskflow=taskflow)
    known = content(next(versions()))
    for old, new in ((None, strange), (strange, known), (known, strange), (strange, strange)):
        told(compare(old, new))


@settings(max_examples=60, deadline=None)
@given(meddled(times=5))
def test_there_are_words_for_everything(pair: Meddled) -> None:
    """Each line is the report's own: nothing that strangers wrote begins one, or moves the cursor."""
    found = compare(of(pair.old), of(pair.new))
    told(found)
    for line in text(T, found).split("\n")[1:]:
        assert not line or line[0] in "FSCT OĆ" or line.startswith("  ")


DEEP: list[Callable[[], str]] = [
    lambda: base64.b64encode(b"[" * 100_000).decode(),
    lambda: base64.b64encode(b'{"workflow":{"elements":[' + b'{"a":' * 900 + b"1" + b"}" * 900 + b"]}}").decode(),
    lambda: base64.b64encode(b'{"workflow":' * 300 + b"1" + b"}" * 300).decode(),
]


@pytest.mark.parametrize("make", DEEP)
def test_depth_does_not_break_it(make: Callable[[], str]) -> None:
    """No nesting ends in an error."""
    taskflow = make()
    strange = Content(fields={"taskconfig": "[" * 100_000, "input": '{"a":' * 400 + "1" + "}" * 400}, taskflow=taskflow)
    told(compare(content(next(versions())), strange))
