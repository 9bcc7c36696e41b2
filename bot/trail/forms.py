"""Entries of the audit trail as lines: a table for people, JSON lines for programs, CSV for spreadsheets."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from typing import TYPE_CHECKING, Any

from bot.plain_text import one_line
from bot.trail.moments import told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from bot.reviews.chain import Kept

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What makes a spreadsheet take a cell for a formula (OWASP, CSV Injection)."""
QUOTE = "'"

COLUMNS = (
    "id", "at", "event", "workspace_id", "version_id", "review_id", "user_id", "person", "details", "hash",
)  # fmt: skip
UNTOLD = frozenset({"person", "digest", "settings", "fingerprint"})
"""What of the details the table leaves out, or tells in its own way."""
SPEAKING = frozenset({"verdict", "reason", "why", "text"})
"""What of them needs no name before it."""
PLACE = "{id:>7} {at:19} {event:17} {version:8} "
"""55 cells, which leave 45 of 100."""


def table(entries: Iterable[Kept], *, width: int) -> Iterator[str]:
    """One line each, cut to `width` cells; nothing that people wrote can move the cursor or begin a line."""
    yield PLACE.format(id="ID", at="TIME (UTC)", event="EVENT", version="VERSION") + "WHAT\n"
    for entry in entries:
        place = PLACE.format(
            id=entry.id,
            at=_cut(one_line(told(entry.at)), 19),
            event=_cut(one_line(str(entry.event)), 17),
            version=one_line(str(entry.version_id))[:8],
        )
        yield _cut(place + _what(entry), width).rstrip() + "\n"


def json_lines(entries: Iterable[Kept]) -> Iterator[str]:
    """One object each; `details` is what is kept, letter for letter, so that hashes can be checked elsewhere."""
    for entry in entries:
        known = _details(entry)
        begin = {
            "id": entry.id,
            "at": told(entry.at, exactly=True),
            "event": entry.event,
            "workspace_id": entry.workspace_id,
            "version_id": entry.version_id,
            "review_id": entry.review_id,
            "user_id": entry.user_id,
        }
        details = _json(str(entry.details)) if known is None else entry.details
        yield f'{_json(begin)[:-1]}, "details": {details}, "hash": {_json(entry.hash)}}}\n'


def comma_separated(entries: Iterable[Kept]) -> Iterator[str]:
    """A header, then one record each (RFC 4180).

    A cell that a spreadsheet would take for a formula, and one that begins with ' itself, has a ' put before it: who
    takes one ' away from every cell that begins with one has what was there.
    """
    yield _record(COLUMNS)
    for entry in entries:
        person = (_details(entry) or {}).get("person", "")
        cells = {name: getattr(entry, name) for name in COLUMNS if name not in {"at", "person"}}
        cells |= {"at": told(entry.at, exactly=True), "person": person}
        yield _record("" if cells[name] is None else str(cells[name]) for name in COLUMNS)


def harmless(cell: str) -> str:
    """The cell with a ' before what a spreadsheet would calculate."""
    return QUOTE + cell if cell.startswith((*FORMULA, QUOTE)) else cell


def _record(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow([harmless(cell) for cell in cells])
    return line.getvalue()


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=repr)


def _details(entry: Kept) -> dict[str, Any] | None:
    """What the details say; None when they are not what the bot writes: one object on one line."""
    try:
        known = json.loads(entry.details)
    except (ValueError, TypeError, RecursionError):
        return None
    return known if isinstance(known, dict) and len(entry.details.splitlines()) == 1 else None


def _what(entry: Kept) -> str:
    details = _details(entry)
    if details is None:
        return one_line(str(entry.details))
    who = f"{details['person']} ({entry.user_id})" if details.get("person") else str(entry.user_id or "")
    return one_line(" ".join(part for part in (who, "; ".join(_told(details))) if part))


def _told(details: Mapping[str, Any]) -> Iterator[str]:
    for name, value in details.items():
        if name in UNTOLD or value in (None, "", [], {}, False):
            continue
        if name == "changed" and isinstance(value, dict):
            yield f"changed: {', '.join(value)}"
        elif name in SPEAKING and isinstance(value, str):
            yield value
        else:
            yield f"{name}: {value if isinstance(value, str) else _json(value)}"


def _cut(text: str, width: int) -> str:
    """At most so many cells of a terminal; Chinese takes two a letter, a mark above a letter none."""
    if text.isascii():
        return text if len(text) <= width else text[: width - 1] + "…"
    taken = 0
    for place, letter in enumerate(text):
        taken += _cells(letter)
        if taken > width:
            return _fitting(text[:place], width - 1) + "…"
    return text


def _fitting(text: str, width: int) -> str:
    while sum(map(_cells, text)) > width:
        text = text[:-1]
    return text


def _cells(letter: str) -> int:
    if unicodedata.combining(letter) or unicodedata.category(letter) in {"Cf", "Me", "Mn"}:
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


FORMS: Mapping[str, Callable[[Iterable[Kept], int], Iterator[str]]] = {
    "table": lambda entries, width: table(entries, width=width),
    "jsonl": lambda entries, _width: json_lines(entries),
    "csv": lambda entries, _width: comma_separated(entries),
}
