"""The record of what went over the wire between the bot and an emulator, with secrets masked."""

from __future__ import annotations

import itertools
import re
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.sandbox.changes import Changes

KEPT = 2000
MASK = "•••"

_SECRET_KEYS = frozenset(
    {"token", "password", "secret", "authorization", "x-auth-token", "x-subject-token", "x-security-token",
     "x-slack-signature", "client_secret", "signing_secret", "sk"}
)  # fmt: skip
_TOKEN = re.compile(r"\b(xox[abeprs]|xapp)-[A-Za-z0-9-]+")
_TICKET = re.compile(r"([?&]ticket=)[^&\s\"']+")


@dataclass(frozen=True, slots=True)
class TrafficEntry:
    """One exchange. `at` is the emulator's clock, `ms` how long the answer took; `status` is None when none came."""

    id: int
    at: float
    direction: str
    kind: str
    request: Any
    status: int | None
    response: Any
    ms: float


class TrafficLog:
    """The newest 2000 exchanges, oldest first; each one is announced as a change of kind `traffic`."""

    def __init__(self, changes: Changes | None = None) -> None:
        self._entries: deque[TrafficEntry] = deque(maxlen=KEPT)
        self._ids = itertools.count(1)
        self._changes = changes

    def record(  # noqa: PLR0913 - the facts of one exchange, each by name
        self,
        *,
        at: float,
        direction: str,
        kind: str,
        request: Any,
        status: int | None = None,
        response: Any = None,
        ms: float = 0.0,
    ) -> TrafficEntry:
        """Keep one exchange; secrets in `request` and `response` are masked before they are stored.

        `direction` reads like "bot->slack"; `kind` is the method, operation or envelope type.
        """
        entry = TrafficEntry(next(self._ids), at, direction, kind, masked(request), status, masked(response), ms)
        self._entries.append(entry)
        if self._changes:
            self._changes.publish("traffic", id=entry.id, direction=direction, what=kind, status=status)
        return entry

    def of(self, kind: str) -> list[TrafficEntry]:
        """The kept exchanges of one kind, oldest first."""
        return [entry for entry in self._entries if entry.kind == kind]

    def clear(self) -> None:
        """Forget everything kept so far; ids go on counting."""
        self._entries.clear()

    def __iter__(self) -> Iterator[TrafficEntry]:
        return iter(tuple(self._entries))

    def __len__(self) -> int:
        return len(self._entries)

    def __getitem__(self, index: int) -> TrafficEntry:
        return self._entries[index]


def masked(value: Any, key: str = "") -> Any:
    """A copy of JSON-like `value` in which no token, password or signature can be read."""
    if isinstance(value, dict):
        return {name: masked(inner, str(name)) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [masked(inner, key) for inner in value]
    if not isinstance(value, str):
        return value
    if value and key.lower() in _SECRET_KEYS:
        return MASK
    return _TICKET.sub(rf"\1{MASK}", _TOKEN.sub(rf"\1-{MASK}", value))
