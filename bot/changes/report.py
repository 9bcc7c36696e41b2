"""A difference in words, for terminals and Slack alike: plain text in which nothing that strangers wrote can hide.

Steps are nodes, connections are sequence flows, settings are fields.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING

from bot.changes.diff import FLOW_PATH, JSON_FIELDS, Change
from bot.changes.flow import WAYS_OUT
from bot.changes.headline import headline
from bot.changes.json_text import plain
from bot.changes.kinds import KIND_LONGEST
from bot.changes.looks import drawn
from bot.changes.names import Both, Names, identifier, whole
from bot.changes.settings import grouped
from bot.changes.wording import fits, quoted, quoted_pair, rows, unchanged
from bot.plain_text import clip, inline, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from bot.changes.diff import Difference, ElementChange, FieldChange
    from bot.changes.flow import Element
    from bot.changes.settings import Owner
    from bot.locales import Translator

__all__ = ["Detail", "Entry", "Section", "alt_text", "headline", "sections", "text"]

NAMED = 20
"""Steps that are named in a row."""
LABEL_LONGEST = 200
"""Characters of a label; a longer one is told in rows."""

_MARKERS = {Change.ADDED: "+", Change.REMOVED: "-", Change.CHANGED: "~"}
_COLORS = {Change.ADDED: "\x1b[32m", Change.REMOVED: "\x1b[31m", Change.CHANGED: "\x1b[33m"}
_PLAIN = "\x1b[0m"
_DEFAULTS = frozenset({"bpmn2:tFormalExpression", "bpmn:tFormalExpression", "tFormalExpression"})
"""The type of every condition."""
_OFTEN_EMPTY = frozenset({"@flowable:dueDate", "documentation"})
"""What the console writes of every step, said or not."""

_LEAF = re.compile(rf"(?:{'|'.join(sorted(JSON_FIELDS))})[.\[]")
"""How the path of something inside a JSON text begins."""


@dataclass(frozen=True, kw_only=True)
class Detail:
    """One text before and after: in quotes, or without them a number, or a word of ours (`(not set)`).

    `old` is "" of what was added and `new` of what was removed; `label` is "" where the entry's title says it all.
    """

    label: str
    old: str = ""
    new: str = ""
    rows: tuple[str, ...] = ()
    """Instead of both where a text is long: all that differs, row by row, as `wording.rows` draws it."""


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
    """All that differs, sorted; sections without entries are left out. Large flows take seconds."""
    made = (Section(title=title, entries=tuple(entries)) for title, entries in _sorted(t, difference))
    return [section for section in made if section.entries]


def text(t: Translator, difference: Difference, *, color: bool = False) -> str:
    """All of it for a terminal: a line for each thing, with what differs of it below."""
    lines = [headline(t, difference.summary)]
    for section in sections(t, difference):
        lines += ["", section.title]
        lines += chain.from_iterable(_entry_lines(entry, color=color) for entry in section.entries)
    if moved := _moved(t, difference):
        lines += ["", t("Only moved on the canvas: {names}").format(names=moved)]
    return "\n".join(lines) + "\n"


def alt_text(t: Translator, difference: Difference, limit: int = 1000) -> str:
    """What a picture of the difference shows, in words, on one line."""
    said = [headline(t, difference.summary)]
    for title, entries in _sorted(t, difference):
        named = [f"{_MARKERS[one.change]} {inline(one.title)}" for one in islice(entries, NAMED)]
        said += [f"{title}: " + "; ".join(named)] if named else []
    return clip(" — ".join(said), limit)


def _sorted(t: Translator, difference: Difference) -> Iterator[tuple[str, Iterator[Entry]]]:
    """Titles of sections, and their entries, made as they are asked for."""
    names = Both(t, difference)
    yield t("Flow"), _unreadable(t, difference, names)
    yield t("Steps"), (_element(t, one, names, _step_title) for one in difference.nodes)
    yield t("Connections"), (_element(t, one, names, _arrow_title) for one in difference.flows)
    yield t("Settings"), _settings(t, difference, names)
    yield t("The flow as it came"), _as_it_came(t, difference)


def _step_title(names: Names, change: ElementChange) -> str:
    return names.title(change.element)


def _arrow_title(names: Names, change: ElementChange) -> str:
    return names.arrow(change.element)


def _element(t: Translator, change: ElementChange, names: Both, title: Callable[[Names, ElementChange], str]) -> Entry:
    shown = [one for one in change.fields if _worth_showing(change, one)]
    now = names.old if change.new is None else names.new
    labels = _labels([one.path for one in shown], _words(t))
    details = tuple(_detail(t, one, change.change, names, labels[one.path]) for one in shown)
    return Entry(change=change.change, title=title(now, change), details=details)


def _worth_showing(change: ElementChange, one: FieldChange) -> bool:
    """Whether it is not told by the title already; of what is gone nothing else matters."""
    if change.change is not Change.ADDED:
        return change.change is Change.CHANGED
    usual = one.path == "conditionExpression/@xsi:type" and one.new in _DEFAULTS
    empty = not one.new and one.path in _OFTEN_EMPTY
    return not (usual or empty or _told_by_title(change.element, one.path))


def _told_by_title(element: Element, path: str) -> bool:
    """Whether the title of something new tells all of this."""
    if path == "name":
        return visible(element.name) and whole(element.name)
    return path in ("source", "target") or (path == "kind" and len(element.kind) <= KIND_LONGEST)


def _words(t: Translator) -> dict[str, str]:
    """What of an element can differ, in words where it is known, by its path."""
    return {
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


def _labels(paths: Sequence[str], words: Mapping[str, str]) -> dict[str, str]:
    """A label for each path: our word for it, else its end; all of it where that could be another's label too."""
    made: dict[str, str] = {}
    ends = {path: drawn(path.removeprefix("extensionElements/").removeprefix("@")) for path in paths}
    taken = Counter(ends.values())
    ours = frozenset(words.values())
    for path, end in ends.items():
        known = words.get(re.sub(r"(?<=Ref)\[.*\]$", "", path, flags=re.DOTALL))
        made[path] = known or (end if taken[end] == 1 and end not in ours else quoted(path))
    return made


def _settings(t: Translator, difference: Difference, names: Both) -> Iterator[Entry]:
    """The changed fields, an entry for what they belong to."""
    steps = {one.id: one.change for one in difference.nodes}
    words = _words(t)
    for owner, fields in grouped(t, difference, names).items():
        change = _fate(owner, fields, steps.get(owner.step), first=difference.first)
        gone = change is Change.REMOVED and owner.prefix != fields[0].path
        rests = {one.path: one.path.removeprefix(owner.prefix).lstrip("./") for one in fields}
        labels = _labels([*rests.values()], words if owner.prefix.startswith(FLOW_PATH) else {})
        details = () if gone else tuple(_detail(t, one, change, names, labels[rests[one.path]]) for one in fields)
        yield Entry(change=change, title=owner.title, details=details)


def _fate(owner: Owner, fields: Sequence[FieldChange], step: Change | None, *, first: bool) -> Change:
    """Whether what the fields belong to came, went, or became another."""
    if not (owner.was and owner.will):
        return Change.REMOVED if owner.was else Change.ADDED
    fates = {one.change for one in fields}
    whole = first or step in fates or [one.path for one in fields] == [owner.prefix]
    return fates.pop() if len(fates) == 1 and whole else Change.CHANGED


def _detail(t: Translator, one: FieldChange, change: Change, names: Both, label: str) -> Detail:
    """A field before and after: side by side where both are short, else in rows."""
    said = [_plain(one.path, value)[0] for value in (one.old, one.new) if value is not None]
    if len(label) > LABEL_LONGEST:
        return Detail(label=clip(label, LABEL_LONGEST), rows=(*unchanged(label), *_in_rows(one)))
    if not all(map(fits, said)):
        return Detail(label=label, rows=_in_rows(one))
    before, after = _shown(t, one, names)
    return Detail(
        label=label, old="" if change is Change.ADDED else before, new="" if change is Change.REMOVED else after
    )


def _in_rows(one: FieldChange) -> tuple[str, ...]:
    """All that differs of a field; a text stands in quotes beside what is none."""
    (was, was_text), (will, will_text) = _plain(one.path, one.old), _plain(one.path, one.new)
    if one.old is not None and one.new is not None and was_text != will_text:
        return rows(f"“{was}”" if was_text else was, f"“{will}”" if will_text else will)
    return rows(None if one.old is None else was, None if one.new is None else will)


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
    return quoted(said) if is_text else said


def _named(value: str, name: str) -> str:
    """A text that is the id of something, with what that is called."""
    return f"{value} ({name})" if name else value


def _unreadable(t: Translator, difference: Difference, names: Both) -> Iterator[Entry]:
    """What is known of flows that cannot be compared."""
    if difference.raw is None:
        return
    if difference.new_flow is not None:
        title = t("The flow before cannot be read, so nothing tells what changed in it. All of it counts as new.")
    elif difference.first:
        title = t("The flow cannot be read. Its steps are unknown.")
    else:
        title = t("The flow cannot be read. Its steps are unknown, and its text is not what it was.")
    steps = [names.old.node(one.id) for one in difference.old_flow.steps()] if difference.old_flow else []
    details = (Detail(label=t("steps before"), new=_row(t, steps)),) if steps else ()
    yield Entry(change=Change.CHANGED, title=title, details=details)


def _as_it_came(t: Translator, difference: Difference) -> Iterator[Entry]:
    """The text of a flow that cannot be read: last, for it may fill many pages."""
    if difference.raw and difference.new_flow is None:
        detail = Detail(label="", rows=_in_rows(difference.raw))
        yield Entry(change=Change.CHANGED, title=t("text as it came"), details=(detail,))


def _row(t: Translator, names: Sequence[str]) -> str:
    return " → ".join([*names[:NAMED], *_and_more(t, names)])


def _moved(t: Translator, difference: Difference) -> str:
    """The names of what was only moved."""
    names = Both(t, difference).new
    moved = [inline(names.of(owner) or (identifier(owner) if owner else t("the canvas"))) for owner in difference.moved]
    return ", ".join([*moved[:NAMED], *_and_more(t, moved)])


def _and_more(t: Translator, names: Sequence[str]) -> list[str]:
    more = len(names) - NAMED
    return [t("… and {count} more").format(count=more)] if more > 0 else []


def _entry_lines(entry: Entry, *, color: bool) -> list[str]:
    head, details = f"{_MARKERS[entry.change]} {inline(entry.title)}", list(entry.details)
    if len(details) == 1 and not details[0].label and not details[0].rows:
        head += f": {_change(details.pop())}"
    painted = f"{_COLORS[entry.change]}{head}{_PLAIN}" if color else head
    return [f"  {painted}", *(f"      {line}" for detail in details for line in _detail_lines(detail))]


def _detail_lines(detail: Detail) -> Iterable[str]:
    label = inline(detail.label)
    if detail.rows:
        yield from [f"{label}:"] if label else []
        yield from (f"  | {row[:1]}{inline(row[1:])}" for row in detail.rows)
    else:
        yield ": ".join(piece for piece in (label, _change(detail)) if piece)


def _change(detail: Detail) -> str:
    return " → ".join(inline(piece) for piece in (detail.old, detail.new) if piece)
