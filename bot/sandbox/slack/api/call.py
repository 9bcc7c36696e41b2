"""One call of the Web API: its arguments, what its token may do, and the register of methods."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.sandbox.slack.content import as_json
from bot.sandbox.slack.refused import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.sandbox.slack.world import World

BOT = "bot"
APP = "app"
ANYBODY = "anybody"


@dataclass(frozen=True)
class Method:
    """What a method does, with which kind of token, under which scope (one of `scopes`; none: any token will do)."""

    run: Callable[[Call], dict[str, Any]]
    token: str
    scopes: tuple[str, ...]


METHODS: dict[str, Method] = {}


def method(
    name: str, *scopes: str, token: str = BOT
) -> Callable[[Callable[[Call], dict[str, Any]]], Callable[[Call], dict[str, Any]]]:
    """Register what answers the Web API method `name`."""

    def register(run: Callable[[Call], dict[str, Any]]) -> Callable[[Call], dict[str, Any]]:
        METHODS[name] = Method(run, token, scopes)
        return run

    return register


@dataclass(frozen=True)
class Call:
    """The arguments of one call, and the world it is about."""

    world: World
    name: str
    args: dict[str, Any]

    def text(self, key: str) -> str:
        """An argument as text; "" when it is not given."""
        value = self.args.get(key)
        return "" if value is None else str(value)

    def need(self, key: str) -> str:
        """An argument that must be given.

        Raises:
            Refused: `invalid_arguments`.
        """
        if self.text(key) == "":
            raise Refused("invalid_arguments", [f"[ERROR] missing required field: {key}"])
        return self.text(key)

    def flag(self, key: str, *, default: bool = False) -> bool:
        """An argument that is true or false; in a form it is a word or a digit."""
        value = self.text(key).lower()
        return default if value == "" else value in {"1", "true"}

    def json(self, key: str, code: str = "invalid_arguments") -> Any:
        """An argument that is JSON, or a string of it."""
        return as_json(self.args.get(key), code)

    def listed(self, key: str) -> list[str]:
        """An argument that lists words, comma-separated or as an array."""
        value = self.args.get(key)
        words = value if isinstance(value, list) else self.text(key).split(",")
        return [str(word).strip() for word in words if str(word).strip()]

    def need_scope(self, *any_of: str) -> None:
        """Refuse unless the app has one of these scopes.

        Raises:
            Refused: `missing_scope`, naming what is needed and what the token has.
        """
        granted = self.world.workspace.app.scopes
        if any_of and not granted.intersection(any_of):
            raise Refused("missing_scope", needed=",".join(any_of), provided=",".join(sorted(granted)))

    def page(self, items: Sequence[Any], *, default: int = 100, most: int = 1000) -> tuple[list[Any], dict[str, Any]]:
        """One page of `items` by `limit` and `cursor`, and the `response_metadata` that leads to the next.

        Raises:
            Refused: `invalid_limit`, `invalid_cursor`.
        """
        limit = self._limit(default, most)
        start = _from_cursor(self.text("cursor"), len(items))
        end = start + limit
        cursor = base64.b64encode(f"next:{end}".encode()).decode() if end < len(items) else ""
        return list(items[start:end]), {"response_metadata": {"next_cursor": cursor}}

    def _limit(self, default: int, most: int) -> int:
        given = self.text("limit")
        if given in {"", "0"}:
            return default
        if not given.isdecimal() or int(given) > most:
            raise Refused("invalid_limit")
        return int(given)


def _from_cursor(cursor: str, end: int) -> int:
    if not cursor:
        return 0
    try:
        word, _, place = base64.b64decode(cursor, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise Refused("invalid_cursor") from None
    if word != "next" or not place.isdecimal() or int(place) > end:
        raise Refused("invalid_cursor")
    return int(place)
