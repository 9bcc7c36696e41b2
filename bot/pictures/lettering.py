"""Text as it can be drawn: cleaned, cut between whole characters, and broken into lines."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Measure = Callable[[str], float]

JOINER = "\N{ZERO WIDTH JOINER}"
ELLIPSIS = "…"
_MARKS_MOST = 4
"""Marks on one letter. Languages need up to four; more climb over the neighbours."""
_TIDY = "，。、；：！？）》」』】〕”’…,.;:!?)]}%"
"""What no line begins with."""
_WIDE_SPACE = 0x2E80
"""From here on, characters are of scripts that break lines anywhere."""
_FLAG_FIRST, _FLAG_LAST = "\U0001f1e6", "\U0001f1ff"


def clean(text: str, *, longest: int) -> str:
    """The text on one line without what cannot be drawn or would play tricks: controls, direction marks, surrogates."""
    kept = []
    marks = 0
    for c in unicodedata.normalize("NFC", text[: 4 * longest]):
        category = unicodedata.category(c)
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if category in {"Zs", "Zl", "Zp"} or c in "\t\n\r":
            kept.append(" ")
        elif (category not in {"Cc", "Cf", "Cs", "Cn", "Co"} or c == JOINER) and marks <= _MARKS_MOST:
            kept.append(c)
    return "".join(list(clusters(" ".join("".join(kept).split())))[:longest])


def matters(c: str) -> bool:
    """Whether a text cannot be read without the character: letters, marks and digits do, symbols do not."""
    return unicodedata.category(c)[0] in "LN" or unicodedata.category(c) == "Mc"


def clusters(text: str) -> Iterator[str]:
    """The characters as people see them: a letter with its marks, a joined or coloured emoji, a flag."""
    cluster = ""
    for c in text:
        if cluster and not _joins(cluster, c):
            yield cluster
            cluster = ""
        cluster += c
    if cluster:
        yield cluster


def clip(text: str, room: float, measure: Measure) -> str:
    """As much of the text as the room has place for, with an ellipsis where something is left out."""
    if measure(text) <= room:
        return text
    kept = ""
    for cluster in clusters(text):
        if measure(kept + cluster + ELLIPSIS) > room:
            break
        kept += cluster
    return kept.rstrip() + ELLIPSIS


def wrap(text: str, room: float, lines: int, measure: Measure) -> list[str]:
    """At most so many lines of the text; an ellipsis where it goes on."""
    wrapped: list[str] = []
    rest = text
    while rest and len(wrapped) < lines - 1:
        line, rest = _first_line(rest, room, measure)
        wrapped.append(line)
    return [*wrapped, clip(rest, room, measure)] if rest else wrapped


def _first_line(text: str, room: float, measure: Measure) -> tuple[str, str]:
    line = ""
    for word in _words(text):
        if measure((line + word).rstrip()) > room:
            break
        line += word
    if not line:
        for cluster in clusters(text):
            if line and measure(line + cluster) > room:
                break
            line += cluster
    return line.rstrip(), text[len(line) :].lstrip()


def _words(text: str) -> list[str]:
    """Stretches that a line may break after: words with their space, characters of the scripts without spaces."""
    words: list[str] = []
    for cluster in clusters(text):
        last = words[-1][-1] if words else ""
        tight = cluster[0] in _TIDY or (_narrow(cluster[0]) and last != " " and _narrow(last) and last not in "-/_.")
        if words and (cluster == " " or tight):
            words[-1] += cluster
        else:
            words.append(cluster)
    return words


def _narrow(c: str) -> bool:
    return ord(c[:1] or " ") < _WIDE_SPACE


def _joins(cluster: str, c: str) -> bool:
    if unicodedata.combining(c) or unicodedata.category(c) in {"Mn", "Me", "Mc"} or c == JOINER:
        return True
    if "\U0001f3fb" <= c <= "\U0001f3ff" or cluster[-1] == JOINER:
        return True
    return len(cluster) == 1 and _FLAG_FIRST <= cluster <= _FLAG_LAST and _FLAG_FIRST <= c <= _FLAG_LAST
