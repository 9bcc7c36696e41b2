"""Reads what a page asked for, and refuses what cannot be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.errors import SandboxRefusal

if TYPE_CHECKING:
    from collections.abc import Mapping


class Asked:
    """The JSON body of one act."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        self._body = body

    def text(self, name: str) -> str:
        """A text that must be there."""
        value = self._body.get(name)
        if not isinstance(value, str) or not value:
            raise SandboxRefusal(f"The request lacks {name}.")
        return value

    def text_or(self, name: str, default: str = "") -> str:
        """A text, or `default`."""
        value = self._body.get(name)
        return value if isinstance(value, str) else default

    def optional(self, name: str) -> str | None:
        """A text, or None when it is missing or empty."""
        return self.text_or(name) or None

    def flag(self, name: str) -> bool:
        """Whether a switch is on."""
        return self._body.get(name) is True

    def whole(self, name: str) -> int:
        """A whole number, not negative."""
        return int(self.number(name))

    def number(self, name: str) -> float:
        """A number, not negative."""
        value = self._body.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise SandboxRefusal(f"{name} is a number, 0 or more.")
        return value

    def mapping(self, name: str) -> dict[str, Any]:
        """A JSON object, empty when it is missing."""
        value = self._body.get(name) or {}
        if not isinstance(value, dict):
            raise SandboxRefusal(f"{name} is an object.")
        return value
