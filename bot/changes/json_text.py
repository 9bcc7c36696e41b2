"""JSON read without loss: what differs as written, other than in layout and order of keys, differs as read."""

from __future__ import annotations

import hashlib
import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

DEEPEST = 50
"""Levels of a structure that are taken apart; what lies deeper stays one piece of JSON."""
LARGEST = 30_000_000
"""Characters of all paths and texts of a structure: long names over many leaves would fill the memory."""
KEY_LONGEST = 100

_WORD = re.compile(r"[\w:-]+")
_LIKE_JSON = re.compile(r'".*|null|true|false|\{\}|\[\]|-?[0-9.]+([eE][+-]?[0-9]+)?', re.DOTALL)


class NotJson(ValueError):
    """The text is no JSON, or JSON of which two readers could read different things."""


def read(text: str | bytes) -> Any:
    """The value of a JSON text.

    Raises:
        NotJson: it is none, says a key twice, is nested beyond reason, or has a number that would be rounded.
    """
    try:
        return json.loads(text, object_pairs_hook=_object, parse_float=_float, parse_constant=_refused)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise NotJson(type(error).__name__) from None


def write(value: Any) -> str:
    """The one spelling of a value, whatever the order of its keys.

    Raises:
        NotJson: it is nested beyond reason.
    """
    try:
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    except RecursionError:
        raise NotJson("RecursionError") from None


def leaves(value: Any, path: str, depth: int = DEEPEST) -> Iterator[tuple[str, str]]:
    """Path and text of everything in a value that holds nothing itself; no two values have the same leaves.

    A text that could be taken for another kind of value stands in quotes. A key that its path cuts is a leaf too.
    """
    if isinstance(value, dict) and value and depth:
        for key, inner in value.items():
            below = f"{path}.{spelled(key)}"
            if cut(key):
                yield f"{below}#key", key
            yield from leaves(inner, below, depth - 1)
    elif isinstance(value, list) and value and depth:
        for number, inner in enumerate(value):
            yield from leaves(inner, f"{path}[{number}]", depth - 1)
    elif isinstance(value, str) and not _LIKE_JSON.fullmatch(value):
        yield path, value
    else:
        yield path if depth else f"{path}#json", write(value)


def plain(text: str) -> tuple[str, bool]:
    """What a leaf's text says, and whether it is a text; a number is none."""
    if text.startswith('"'):
        return str(json.loads(text)), True
    return text, not _LIKE_JSON.fullmatch(text)


class Room:
    """How much of a structure may still be taken apart."""

    def __init__(self) -> None:
        self.left = LARGEST


def bounded(pairs: Iterable[tuple[str, str]], room: Room) -> Iterator[tuple[str, str]]:
    """The pairs of path and text, as long as there is room for them.

    Raises:
        NotJson: they do not.
    """
    for path, text in pairs:
        room.left -= len(path) + len(text)
        if room.left < 0:
            raise NotJson("too large to be taken apart")
        yield path, text


def spelled(key: str, reserved: frozenset[str] = frozenset()) -> str:
    """A key as a piece of a path: quoted unless it is a plain word, so that no key can pass for two.

    A very long one is cut, and told apart by a digest.
    """
    if cut(key):
        digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
        return f"{json.dumps(key[:40])}#{digest[:32]}"
    return key if _WORD.fullmatch(key) and key not in reserved else json.dumps(key, ensure_ascii=False)


def cut(key: str) -> bool:
    """Whether paths do not tell all of a key."""
    return len(key) > KEY_LONGEST


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise NotJson("a key is said twice")
    return made


def _float(digits: str) -> float:
    number = float(digits)
    if Decimal(repr(number)) != Decimal(digits):
        raise NotJson("a number would be rounded")
    return number


def _refused(word: str) -> float:
    raise NotJson(f"{word} is no JSON")
