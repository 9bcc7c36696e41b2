"""Changed fields, sorted into what they belong to: a field of the version, a step in its taskconfig, a lane."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.changes.diff import FLOW_PATH, JSON_FIELDS
from bot.changes.flow import BESIDE, Flow
from bot.changes.kinds import kind
from bot.changes.names import identifier, short
from bot.changes.wording import in_quotes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.changes.diff import Difference, FieldChange
    from bot.changes.names import Both
    from bot.locales import Translator

_SEGMENT = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[^/"])+')
_KEYED = re.compile(r"([\w:]+)\[(.*)\]", re.DOTALL)


@dataclass(frozen=True)
class Owner:
    """What a field belongs to, and what begins the paths of its fields."""

    title: str
    prefix: str
    step: str = ""
    """The id of the step that it is said of."""
    was: bool = True
    will: bool = True
    """Whether it is there, before and now."""


def grouped(t: Translator, difference: Difference, names: Both) -> dict[Owner, list[FieldChange]]:
    """The changed fields by owner, in their order."""
    said = _Said(difference)
    groups: dict[Owner, list[FieldChange]] = {}
    for one in difference.fields:
        in_flow = one.path.startswith(FLOW_PATH)
        owner = _in_flow(t, one.path, said) if in_flow else _in_version(t, one.path, names)
        groups.setdefault(owner, []).append(one)
    return groups


def _in_version(t: Translator, path: str, names: Both) -> Owner:
    """A field, or the step whose id is a key in it."""
    name = re.split(r"[.\[]", path, maxsplit=1)[0]
    if name not in JSON_FIELDS or path == name:
        return Owner(field(t, path), path)
    pieces = path.split(".", 3)
    for depth in (2, 3):
        if len(pieces) >= depth and '"' not in path and (called := names.of(pieces[depth - 1])):
            inside = ".".join(pieces[: depth - 1])
            return Owner(f"{called} ({inside})", ".".join(pieces[:depth]), pieces[depth - 1])
    return Owner(field(t, name), name)


def field(t: Translator, name: str) -> str:
    """A field of a version, in words where it is known."""
    known = {
        "name": t("Name"),
        "description": t("Description"),
        "aop_type": t("Workflow type"),
        "dataclass_id": t("Data class (id)"),
        "dataclass_name": t("Data class"),
        "taskflow_type": t("Flow type"),
        "taskconfig": t("Configuration of steps (taskconfig)"),
        "input": t("Input"),
        "output": t("Output"),
    }
    return known.get(name) or identifier(name)


def _in_flow(t: Translator, path: str, said: _Said) -> Owner:
    """The lane, message or note that a fact is said of, else the process or the document."""
    segments = _SEGMENT.findall(path.removeprefix(FLOW_PATH))
    for depth in range(len(segments), 0, -1):
        found = _KEYED.fullmatch(segments[depth - 1])
        word = kind(t, found[1]) if found else ""
        if found and not word.startswith("“"):
            prefix = FLOW_PATH + "/".join(segments[:depth])
            name, own = said.name(prefix), identifier(found[2])
            called = f"{in_quotes(short(name))} ({own})" if name else own
            return Owner(f"{word} {called}", prefix, "", *said.there(prefix))
    first = segments[0]
    known = {"process": "process", "definitions": "definitions", BESIDE: "definitions", "diagram": "diagram"}.get(first)
    title = kind(t, known) if known else identifier(first)
    return Owner(title, FLOW_PATH + first, "", *said.there(FLOW_PATH + first))


class _Said:
    """The facts of both flows that belong to no element."""

    def __init__(self, difference: Difference) -> None:
        self._old = {FLOW_PATH + path: text for path, text in (difference.old_flow or Flow()).facts}
        self._new = {FLOW_PATH + path: text for path, text in (difference.new_flow or Flow()).facts}
        self._was, self._will = sorted(self._old), sorted(self._new)

    def name(self, prefix: str) -> str:
        """What something is called now, or was."""
        return next(
            (
                facts[path]
                for facts in (self._new, self._old)
                for path in (f"{prefix}/@name", f"{prefix}/text")
                if facts.get(path)
            ),
            "",
        )

    def there(self, prefix: str) -> tuple[bool, bool]:
        """Whether something is there, before and now."""
        return _begins(self._was, prefix), _begins(self._will, prefix)


def _begins(paths: Sequence[str], prefix: str) -> bool:
    """Whether one of these sorted paths is this one, or leads on from it."""
    places = (bisect_left(paths, one) for one in (prefix, f"{prefix}/"))
    exactly, further = (paths[place] if place < len(paths) else "" for place in places)
    return exactly == prefix or further.startswith(f"{prefix}/")
