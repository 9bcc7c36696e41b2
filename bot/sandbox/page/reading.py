"""How far each person has read each channel."""

from __future__ import annotations

from typing import Any

NEVER = "0"


class Readings:
    """Marks by person and channel; kept here, since a reading mark is a client's own affair."""

    def __init__(self) -> None:
        self._marks: dict[tuple[str, str], str] = {}

    def mark(self, person: str, channel: str) -> str:
        """The ts of the last message that was read."""
        return self._marks.get((person, channel), NEVER)

    def read(self, person: str, channel: str, ts: str) -> None:
        """Everything up to `ts` has been read."""
        if float(ts) > float(self.mark(person, channel)):
            self._marks[person, channel] = ts

    def unread(self, person: str, channel: str, messages: list[dict[str, Any]]) -> int:
        """How many messages of others stand after the mark."""
        mark = float(self.mark(person, channel))
        return sum(float(one["ts"]) > mark and one.get("user") != person for one in messages)
