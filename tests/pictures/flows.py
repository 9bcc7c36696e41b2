"""Flows to draw, in a short hand: "id:kind:name@scope!fact=text" and "id#source>target>name"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.changes.diff import Change, Difference, ElementChange
from bot.changes.flow import Element, Flow
from bot.pictures.union import Labels

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LABELS = Labels(added="added", removed="removed", changed="changed", formerly="previous route", first="First version")
CHINESE = Labels(added="新增", removed="删除", changed="修改", formerly="原路径", first="首个版本")


def flow(nodes: Iterable[str], flows: Iterable[str]) -> Flow:
    """A flow of the short hand."""
    return Flow(nodes=tuple(map(_node, nodes)), flows=tuple(map(_arrow, flows)))


def difference(old: Flow | None, new: Flow | None) -> Difference:
    """What changes between them, as `bot.changes` would say it."""
    return Difference(
        first=old is None,
        nodes=tuple(_changes(old.nodes if old else (), new.nodes if new else ())),
        flows=tuple(_changes(old.flows if old else (), new.flows if new else ())),
        old_flow=old,
        new_flow=new,
    )


def chain(length: int, name: str = "Step {}") -> Flow:
    """Steps one after the other."""
    nodes = [f"n{number}:serviceTask:{name.format(number)}" for number in range(length)]
    return flow(nodes, [f"n{number}>n{number + 1}" for number in range(length - 1)])


def _node(text: str) -> Element:
    text, _, facts = text.partition("!")
    text, _, scope = text.partition("@")
    identity, kind, name = text.split(":", 2)
    return Element(id=identity, kind=kind, name=name, scope=scope, facts=tuple(_facts(facts)))


def _facts(text: str) -> Iterable[tuple[str, str]]:
    for fact in filter(None, text.split(";")):
        path, _, value = fact.partition("=")
        yield path, value


def _arrow(text: str) -> Element:
    text, _, condition = text.partition("!")
    given, _, ends = text.rpartition("#")
    source, target, *name = ends.split(">", 2)
    facts = (("conditionExpression", condition),) if condition else ()
    return Element(
        id=given or f"{source}_{target}",
        kind="sequenceFlow",
        name=name[0] if name else "",
        source=source,
        target=target,
        facts=facts,
    )


def _changes(old: Sequence[Element], new: Sequence[Element]) -> Iterable[ElementChange]:
    before, after = {one.id: one for one in old}, {one.id: one for one in new}
    for key in {**after, **before}:
        was, now = before.get(key), after.get(key)
        if was != now:
            change = Change.CHANGED if was and now else Change.ADDED if now else Change.REMOVED
            yield ElementChange(change=change, old=was, new=now, fields=())


OLD = flow(
    [
        "s:startEvent:Alert", "look:serviceTask:Look up host", "kind:exclusiveGateway:Critical?",
        "ask:userTask:Ask the owner", "cut:serviceTask:Isolate host", "e:endEvent:Done", "sub:subProcess:Evidence",
        "dump:scriptTask:Dump memory@sub", "hash:task:Hash@sub", "odd:robotTask:Robot",
    ],
    ["s>look", "look>kind", "yes#kind>ask>yes", "no#kind>cut>no", "ask>cut", "cut>sub", "dump>hash", "sub>e", "odd>e"],
)  # fmt: skip
NEW = flow(
    [
        "s:startEvent:Alert", "look:serviceTask:Look up the host in the inventory", "kind:exclusiveGateway:Critical?",
        "ask:userTask:Ask the owner", "cut:serviceTask:Isolate host", "e:endEvent:Done", "sub:subProcess:Evidence",
        "dump:scriptTask:Dump memory@sub", "shot:manualTask:Photograph@sub", "odd:robotTask:Robot",
        "late:boundaryEvent:After 4 hours!@attachedToRef=sub;timerEventDefinition/timeDuration=PT4H",
        "page:sendTask:Page the commander", "fork:parallelGateway:",
    ],
    [
        "s>look", "look>kind", "yes#kind>ask>yes", "no#kind>fork>no", "ask>ask>again", "fork>cut", "ask>cut>agreed",
        "cut>sub", "dump>shot", "sub>e", "late>page", "page>e", "odd>e",
    ],
)  # fmt: skip
CHANGED = difference(OLD, NEW)
"""A bit of everything: steps and connections that came, went and changed, one that leads elsewhere, a frame."""
