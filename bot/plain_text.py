"""Text of strangers as plain text: nothing in it can hide, break a line or turn the words around it."""

from __future__ import annotations

import re
import unicodedata

_LINE_END = re.compile(r"\r\n?|[\u2028\u2029]")
_DISGUISES = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls, but for line breaks and tabs
    r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # what turns the direction of text
    r"\ud800-\udfff]"  # lone surrogates
)
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
"""Letters that run against English and Chinese: Hebrew, Arabic and their kin."""
_ISOLATE, _END_ISOLATE = "\u2068", "\u2069"
BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and symbols by name that show nothing."""


def clean(text: str) -> str:
    """The text with what could disguise it named instead of obeyed: a bidi override is shown as `[U+202E]`.

    So are control characters (line breaks and tabs stay), which no reader sees, and lone surrogates: JSON can carry
    them, but no UTF-8 can, so a message with one could never be sent.
    """
    return _DISGUISES.sub(_named, _LINE_END.sub("\n", text))


def _named(found: re.Match[str]) -> str:
    return f"[U+{ord(found[0]):04X}]"


def clip(text: str, limit: int) -> str:
    """At most `limit` characters, ending in … when something was cut.

    Slack does not say what it counts. An emoji is two here, as in UTF-16, so that the limit holds whatever it is.
    """
    units = text.encode("utf-16-le", "surrogatepass")
    if len(units) <= limit * 2:
        return text
    return units[: (limit - 1) * 2].decode("utf-16-le", "ignore") + "…"


def visible(text: str) -> bool:
    """Whether there is anything to see: no text of blanks and zero-width characters alone."""
    return any(unicodedata.category(one)[0] not in "CZM" and one not in BLANK for one in text)


def one_line(text: str) -> str:
    """For headers and labels: no line breaks."""
    return " ".join(clean(text).split())


def right_to_left(text: str) -> bool:
    """Whether letters in it run from right to left, and could take arrows and brackets beside them along."""
    return _RIGHT_TO_LEFT.search(text) is not None


def inline(text: str) -> str:
    """For the middle of a sentence: nothing in it can begin a line of its own, or turn the words around it."""
    line = " ".join(clean(text).splitlines())
    return f"{_ISOLATE}{line}{_END_ISOLATE}" if right_to_left(line) else line
