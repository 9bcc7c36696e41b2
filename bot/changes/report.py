"""A difference in words, for terminals and Slack alike: plain text in which nothing that strangers wrote can hide.

Steps are nodes, connections are sequence flows, settings are fields.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.changes.diff import JSON_FIELDS, Change
from bot.changes.flow import WAYS_OUT
from bot.changes.headline import headline
from bot.changes.json_text import plain
from bot.changes.names import Both, Names, short
from bot.changes.settings import grouped
from bot.changes.wording import by_line, cut, quoted, quoted_pair
from bot.plain_text import clip, inline, one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from bot.changes.diff import Difference, ElementChange, FieldChange
    from bot.changes.settings import Owner
    from bot.locales import Translator

__all__ = ["Detail", "Entry", "Section", "alt_text", "headline", "sections", "text"]

DETAILS_SHOWN = 60
"""Details of one entry."""
ENTRIES_SHOWN = 500
"""Entries of one section, in text."""
NAMED = 20
"""Steps that are named in a row."""

_MARKERS = {Change.ADDED: "+", Change.REMOVED: "-", Change.CHANGED: "~"}
_COLORS = {Change.ADDED: "\x1b[32m", Change.REMOVED: "\x1b[31m", Change.CHANGED: "\x1b[33m"}
_PLAIN = "\x1b[0m"
_DEFAULTS = frozenset({"bpmn2:tFormalExpression", "bpmn:tFormalExpression", "tFormalExpression"})
"""The type of every condition."""

_LEAF = re.compile(rf"(?:{'|'.join(sorted(JSON_FIELDS))})[.\[]")
"""How the path of something inside a JSON text begins."""


@dataclass(frozen=True, kw_only=True)
class Detail:
    """One text before and after: in quotes, or without them a number, or a word of ours (`(not set)`).

    `old` is "" of what was added and `new` of what was removed; `label` is "" where the entry's title says it all.
    """

    label: str
    old: str
    new: str
    diff: str = ""
    """Line by line, where a text has several: each begins with `+`, `-` or a blank."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One thing that differs."""

    change: Change
    title: str
    details: tuple[Detail, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Section:
    """Things of one sort that differ."""

    title: str
    entries: tuple[Entry, ...]


def sections(t: Translator, difference: Difference) -> list[Section]:
    """What differs, sorted; sections without entries are left out."""
    names = Both(t, difference)
    made = [
        Section(title=t("Flow"), entries=tuple(_unreadable(t, difference, names))),
        Section(title=t("Steps"), entries=tuple(_element(t, one, names, _step_title) for one in difference.nodes)),
        Section(
            title=t("Connections"), entries=tuple(_element(t, one, names, _arrow_title) for one in difference.flows)
        ),
        Section(title=t("Settings"), entries=tuple(_settings(t, difference, names))),
    ]
    return [section for section in made if section.entries]


def text(t: Translator, difference: Difference, *, color: bool = False) -> str:
    """All of it for a terminal: a line for each thing, with what differs of it below."""
    lines = [headline(t, difference.summary)]
    for section in sections(t, difference):
        lines += ["", section.title]
        for entry in section.entries[:ENTRIES_SHOWN]:
            lines += _entry_lines(entry, color=color)
        if (more := len(section.entries) - ENTRIES_SHOWN) > 0:
            lines.append(f"  {_and_more(t, more)}")
    if moved := _moved(t, difference):
        lines += ["", t("Only moved on the canvas: {names}").format(names=moved)]
    return "\n".join(lines) + "\n"


def alt_text(t: Translator, difference: Difference, limit: int = 1000) -> str:
    """What a picture of the difference shows, in words, on one line."""
    said = [headline(t, difference.summary)]
    for section in sections(t, difference):
        entries = section.entries[:NAMED]
        said += [f"{section.title}: " + "; ".join(f"{_MARKERS[one.change]} {inline(one.title)}" for one in entries)]
    return clip(" — ".join(said), limit)


def _step_title(names: Names, change: ElementChange) -> str:
    return names.title(change.element)


def _arrow_title(names: Names, change: ElementChange) -> str:
    return names.arrow(change.element)


def _element(t: Translator, change: ElementChange, names: Both, title: Callable[[Names, ElementChange], str]) -> Entry:
    shown = [one for one in change.fields if _worth_showing(change, one)]
    now = names.old if change.new is None else names.new
    details = [_detail(t, one, change.change, names, _label(t, one.path)) for one in shown]
    return Entry(change=change.change, title=title(now, change), details=_few(t, details))


def _worth_showing(change: ElementChange, one: FieldChange) -> bool:
    """Whether it is not told by the title already; of what is gone nothing else matters."""
    if change.change is Change.CHANGED:
        return True
    if change.change is Change.REMOVED or one.path in ("kind", "name", "source", "target"):
        return False
    usual = one.path == "conditionExpression/@xsi:type" and one.new in _DEFAULTS
    return not usual and (bool(one.new) or not one.path.startswith(("@", "documentation")))


def _label(t: Translator, path: str) -> str:
    """What of an element differs, in words where it is known, else its path."""
    known = {
        "kind": t("kind"),
        "name": t("name"),
        "scope": t("inside"),
        "source": t("from"),
        "target": t("to"),
        "documentation": t("documentation"),
        "conditionExpression": t("condition"),
        "@sourceRef": t("from"),
        "@targetRef": t("to"),
        "flowNodeRef": t("step in it"),
        "@name": t("name"),
        "@default": t("default connection"),
        "@attachedToRef": t("attached to"),
        "@calledElement": t("calls"),
        "@flowable:dueDate": t("due date"),
        "@soar:due_handle": t("when overdue"),
        "@soar:handlers": t("handlers"),
        "#namespace": t("namespace"),
        "#process": t("in process"),
        WAYS_OUT: t("order of ways out"),
        "#id": t("id as it is written"),
    }
    bare = re.sub(r"(?<=Ref)\[.*\]$", "", path)
    return known.get(bare) or short(path.removeprefix("extensionElements/").removeprefix("@"))


def _settings(t: Translator, difference: Difference, names: Both) -> Iterator[Entry]:
    """The changed fields, an entry for what they belong to."""
    steps = {one.id: one.change for one in difference.nodes}
    for owner, fields in grouped(t, difference, names).items():
        change = _fate(owner, fields, steps.get(owner.step), first=difference.first)
        gone = change is Change.REMOVED and owner.prefix != fields[0].path
        details = [] if gone else [_detail(t, one, change, names, _rest(t, one.path, owner)) for one in fields]
        yield Entry(change=change, title=owner.title, details=_few(t, details))


def _fate(owner: Owner, fields: Sequence[FieldChange], step: Change | None, *, first: bool) -> Change:
    """Whether what the fields belong to came, went, or became another."""
    if not (owner.was and owner.will):
        return Change.REMOVED if owner.was else Change.ADDED
    fates = {one.change for one in fields}
    whole = first or step in fates or [one.path for one in fields] == [owner.prefix]
    return fates.pop() if len(fates) == 1 and whole else Change.CHANGED


def _rest(t: Translator, path: str, owner: Owner) -> str:
    """The label of a field beside its owner's title."""
    return _label(t, path.removeprefix(owner.prefix).lstrip("./"))


def _detail(t: Translator, one: FieldChange, change: Change, names: Both, label: str) -> Detail:
    before, after = _shown(t, one, names)
    return Detail(
        label=label,
        old="" if change is Change.ADDED else before,
        new="" if change is Change.REMOVED else after,
        diff=by_line(_plain(one.path, one.old)[0], _plain(one.path, one.new)[0]),
    )


def _shown(t: Translator, one: FieldChange, names: Both) -> tuple[str, str]:
    """A text before and after, as people read it; ids of elements with what these are called."""
    old, new = one.old or "", one.new or ""
    if one.path in ("source", "target"):
        return names.old.node(old), names.new.node(new)
    if one.path == "scope":
        nowhere = t("no sub-process")
        return names.old.node(old) if old else nowhere, names.new.node(new) if new else nowhere
    (was, was_text), (will, will_text) = _plain(one.path, one.old), _plain(one.path, one.new)
    if was_text and will_text:
        before, after = quoted_pair(was, will)
    else:
        before, after = _said(t, one.path, one.old), _said(t, one.path, one.new)
    return _named(before, names.old.of(old)), _named(after, names.new.of(new))


def _plain(path: str, value: str | None) -> tuple[str, bool]:
    """What a value says, and whether it is a text: neither a number nor nothing."""
    if value is None:
        return "", False
    return plain(value) if _LEAF.match(path) else (value, True)


def _said(t: Translator, path: str, value: str | None) -> str:
    if value is None:
        return t("(not set)")
    said, is_text = _plain(path, value)
    return quoted(said) if is_text else cut(one_line(said))


def _named(value: str, name: str) -> str:
    """A text that is the id of something, with what that is called."""
    return f"{value} ({name})" if name else value


def _few(t: Translator, details: Sequence[Detail]) -> tuple[Detail, ...]:
    more = len(details) - DETAILS_SHOWN
    rest = [Detail(label=_and_more(t, more), old="", new="")] if more > 0 else []
    return (*details[:DETAILS_SHOWN], *rest)


def _and_more(t: Translator, more: int) -> str:
    return t("… and {count} more").format(count=more)


def _unreadable(t: Translator, difference: Difference, names: Both) -> Iterator[Entry]:
    """What is known of flows that cannot be compared."""
    if difference.raw is None:
        return
    if difference.new_flow is None:
        title = t("The flow cannot be read. Its steps are unknown, and its text is not what it was.")
        if difference.first:
            title = t("The flow cannot be read. Its steps are unknown.")
    else:
        title = t("The flow before cannot be read, so nothing tells what changed in it.")
    came = _detail(t, difference.raw, Change.CHANGED, names, t("text as it came"))
    flows = [(t("steps before"), difference.old_flow, names.old), (t("steps now"), difference.new_flow, names.new)]
    steps = [
        Detail(label=label, old="", new=_row(t, [called.node(one.id) for one in flow.steps()]))
        for label, flow, called in flows
        if flow and flow.nodes
    ]
    yield Entry(change=Change.CHANGED, title=title, details=(came, *steps))


def _row(t: Translator, names: Sequence[str]) -> str:
    more = len(names) - NAMED
    return " → ".join([*names[:NAMED], *([_and_more(t, more)] if more > 0 else [])])


def _moved(t: Translator, difference: Difference) -> str:
    """The names of what was only moved."""
    names = Both(t, difference).new
    moved = [names.of(owner) or short(owner) or t("the canvas") for owner in difference.moved]
    more = len(moved) - NAMED
    return ", ".join(inline(name) for name in [*moved[:NAMED], *([_and_more(t, more)] if more > 0 else [])])


def _entry_lines(entry: Entry, *, color: bool) -> list[str]:
    head, details = f"{_MARKERS[entry.change]} {inline(entry.title)}", list(entry.details)
    if len(details) == 1 and not details[0].label and not details[0].diff:
        head += f": {_change(details.pop())}"
    painted = f"{_COLORS[entry.change]}{head}{_PLAIN}" if color else head
    return [f"  {painted}", *(f"      {line}" for detail in details for line in _detail_lines(detail))]


def _detail_lines(detail: Detail) -> Iterable[str]:
    label = inline(detail.label)
    if detail.diff:
        yield from [f"{label}:"] if label else []
        yield from (f"  | {line[:1]}{inline(line[1:])}" for line in detail.diff.split("\n"))
    else:
        yield ": ".join(piece for piece in (label, _change(detail)) if piece)


def _change(detail: Detail) -> str:
    return " → ".join(inline(piece) for piece in (detail.old, detail.new) if piece)
