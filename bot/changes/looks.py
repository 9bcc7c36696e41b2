"""What texts of strangers look like to a reader, and how they are drawn so that nothing in them hides."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from bot.plain_text import BLANK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_LETTERS = str.maketrans(
    "АВЕЅІЈКМНОРСТХҮаеорсухѕіјһԁԛԝӏΑΒΕΖΗΙΚΜΝΟΡΤΥΧονρ",
    "ABESIJKMHOPCTXYaeopcyxsijhdqwlABEZHIKMNOPTYXovp",
)
"""Cyrillic and Greek letters that look like Latin ones."""
_ALIKE = str.maketrans("I1|0⏎⇥", "lllO  ")
"""Latin letters and digits that look like others where letters have no serifs, and what is drawn for blanks."""
_FORMATS_AND_MARKS = frozenset({"Cf", "Mn", "Me"})

_ODD = re.compile(r"\[(?=U\+)|[^ -~]")
"""What may need a name: anything but plain ASCII, and what looks like the beginning of a name of ours."""
_EMOJI = "\u2190-\u27bf\U0001f000-\U0001faff"
_BINDING = re.compile(rf"(?<=[{_EMOJI}\ufe0f])\u200d(?=[{_EMOJI}])")
"""What makes one emoji of two."""
_HIDDEN_MARKS = re.compile("[\u034f\u17b4\u17b5\u180b-\u180f\ufe00-\ufe0e\U000e0100-\U000e01ef]")
"""Marks that show nothing, other than what makes an emoji of a sign."""
_BLANK_AFTER_BLANK = re.compile(r"(?<= ) ")


def look(text: str) -> str:
    """What a text looks like: without what shows nothing, letters composed, blanks alike."""
    if not text.isascii():
        composed = unicodedata.normalize("NFKC", text).translate(_LETTERS)
        text = "".join(one for one in composed if unicodedata.category(one) not in _FORMATS_AND_MARKS)
    return " ".join(text.translate(_ALIKE).split())


def drawn(text: str) -> str:
    """A text on one line in which nothing hides: what shows nothing, or turns the words around it, is named.

    `⏎` and `⇥` stand for line breaks and tabs.
    """
    bound = {found.start() for found in _BINDING.finditer(text)}
    return _ODD.sub(lambda found: found[0] if found.start() in bound else _character(found[0]), text)


def drawings(texts: Iterable[str]) -> dict[str, str]:
    """Each text as it is drawn: those that would look the same show what tells them apart."""
    alike: dict[str, set[str]] = {}
    for text in texts:
        alike.setdefault(look(text), set()).add(text)
    made: dict[str, str] = {}
    for group in alike.values():
        draw = _telling(group)
        made |= {text: draw(text) for text in group}
    return made


def _telling(group: set[str]) -> Callable[[str], str]:
    """The plainest way of drawing in which most of these texts look different."""
    ways = (drawn, _marks_named, _foreign_named) if len(group) > 1 else (drawn,)
    return max(ways, key=lambda way: len({look(way(text)) for text in group}))


def _marks_named(text: str) -> str:
    """Also what is put on other letters, and each blank after a blank."""
    each = (_named(one) if unicodedata.category(one)[0] == "M" else drawn(one) for one in text)
    return _BLANK_AFTER_BLANK.sub(_named(" "), "".join(each))


def _foreign_named(text: str) -> str:
    """Also every letter that is not Latin."""
    each = (drawn(one) if one.isascii() else _named(one) for one in text)
    return _BLANK_AFTER_BLANK.sub(_named(" "), "".join(each))


def _character(one: str) -> str:
    if one in "\n\t":
        return {"\n": "⏎", "\t": "⇥"}[one]
    shows = one in " \u3000" or (unicodedata.category(one)[0] not in "CZ" and one not in BLANK)
    return one if shows and one != "[" and not _HIDDEN_MARKS.match(one) else _named(one)


def _named(one: str) -> str:
    return f"[U+{ord(one):04X}]"
