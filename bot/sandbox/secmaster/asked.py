"""Reads and checks what a request asks for: query values, body fields, their limits and enums."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from bot.sandbox.secmaster.refusals import BadParameter

if TYPE_CHECKING:
    from collections.abc import Collection

    from bot.sandbox.secmaster.records import Person


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of a list; `offset` counts records."""

    offset: int
    limit: int


@dataclass(frozen=True)
class Asked:
    """One request to an operation, after the gateway let it in; getters raise BadParameter.

    Query values that nobody reads are ignored, as are body fields.
    """

    path: dict[str, str]
    query: dict[str, str]
    body: bytes
    caller: Person
    request_id: str

    def page(self, *, offset_max: int, limit_max: int = 100, limit: int = 10) -> Page:
        """`offset` and `limit` of the query, from 0 and from 1."""
        return Page(self._number("offset", 0, 0, offset_max), self._number("limit", limit, 1, limit_max))

    def one_of(
        self, name: str, choices: Collection[str], default: str | None = None, *, code: str = BadParameter.code
    ) -> str | None:
        """A query value out of an enum."""
        value = self.query.get(name, default)
        if value is not None and value not in choices:
            raise BadParameter(f"{name} is one of {', '.join(choices)}.", code=code)
        return value

    def flag(self, name: str) -> bool | None:
        """A query value that is `true` or `false`."""
        value = self.one_of(name, ("true", "false"))
        return None if value is None else value == "true"

    def fields(self) -> dict[str, Any]:
        """The JSON object in the body; attributes that are null count as not sent."""
        try:
            body = json.loads(self.body)
        except ValueError:
            raise BadParameter("The body is not JSON.") from None
        if not isinstance(body, dict):
            raise BadParameter("The body is not a JSON object.")
        return {name: value for name, value in body.items() if value is not None}

    def texts(
        self, *, required: Collection[str] = (), optional: Collection[str] = (), enums: dict[str, Collection[str]]
    ) -> dict[str, str]:
        """Text fields of the body. A required one may be neither missing nor empty."""
        fields = self.fields()
        for name in required:
            if not fields.get(name):
                raise BadParameter(f"{name} is required.")
        found = {name: fields[name] for name in (*required, *optional) if name in fields}
        for name, value in found.items():
            if not isinstance(value, str):
                raise BadParameter(f"{name} is a text.")
            if name in enums and value not in enums[name]:
                raise BadParameter(f"{name} is one of {', '.join(enums[name])}.")
        return found

    def _number(self, name: str, default: int, low: int, high: int) -> int:
        text = self.query.get(name, str(default))
        value = int(text) if text.isascii() and text.isdigit() else -1
        if not low <= value <= high:
            raise BadParameter(f"{name} is a number from {low} to {high}.")
        return value


def read_query(target: str) -> dict[str, str]:
    """The query of a request target; the first of several values of one name counts."""
    pairs = parse_qsl(target.partition("?")[2].replace("+", "%2B"), keep_blank_values=True)
    return dict(reversed(pairs))
