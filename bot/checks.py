"""One value at a time: what it has to be, and the line that is told where it is something else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from pydantic import SecretStr

from bot.hours import duration

if TYPE_CHECKING:
    from collections.abc import Callable

Value = TypeVar("Value")

HEADER_VALUE = re.compile(r"[!-~]+")
"""What can travel in a header, and what every token and key is made of."""

SHORTEST, LONGEST = timedelta(minutes=1), timedelta(days=30)
"""Between asking and reminding, or reminding and escalating."""


@dataclass
class Checks:
    """Collects problems instead of stopping at the first; what is wrong is replaced by something harmless.

    Every check takes the name of the setting, with which its line begins, and the text that was given.
    """

    problems: list[str]

    def say(self, name: str, problem: str) -> None:
        """Add a line, once; the problem completes a sentence that begins with the name."""
        line = f"{name} {problem}"
        if line not in self.problems:
            self.problems.append(line)

    def token(self, name: str, value: SecretStr | None, prefix: str, hint: str) -> SecretStr:
        """A secret that begins so and can travel in a header; the hint says where to get one."""
        if value is None:
            self.say(name, f"is missing. {hint}")
        elif not value.get_secret_value().startswith(prefix):
            self.say(name, f"has to begin with {prefix}. {hint}")
        else:
            self.unbroken(name, value)
        return value or SecretStr("")

    def unbroken(self, name: str, value: SecretStr | None) -> None:
        """Whether a secret can travel in a header; none is fine."""
        if value and not HEADER_VALUE.fullmatch(value.get_secret_value()):
            self.say(name, "contains blanks, line breaks or other characters that it cannot have. Copy it anew.")

    def url(self, name: str, value: str | None, *, ends: str = "") -> str | None:
        """An http(s) address without user and password, with that ending."""
        if value is not None and not (_is_address(value) and value.endswith(ends)):
            ending = f" and ending in {ends}" if ends else ""
            self.say(name, f"has to be an address like https://host{ends}, without user and password{ending}.")
        return value

    def number(self, name: str, text: str, low: float, high: float, *, whole: bool = False) -> float:
        """A number within the bounds, both included."""
        try:
            value = float(int(text)) if whole else float(text)
        except ValueError:
            self.say(name, f"has to be a {'whole ' if whole else ''}number from {low:g} to {high:g}.")
            return low
        if not low <= value <= high:
            self.say(name, f"has to be from {low:g} to {high:g}.")
            return low
        return value

    def boolean(self, name: str, text: str) -> bool:
        """A yes or a no, as people write them."""
        known = {
            "true": True,
            "1": True,
            "yes": True,
            "on": True,
            "false": False,
            "0": False,
            "no": False,
            "off": False,
        }
        if text.lower() not in known:
            self.say(name, "has to be true or false.")
        return known.get(text.lower(), False)

    def choice(self, name: str, text: str, choices: tuple[str, ...]) -> str:
        """One of the choices."""
        if text not in choices:
            self.say(name, f"has to be one of: {', '.join(choices)}.")
            return choices[0]
        return text

    def parsed(self, name: str, text: str, read: Callable[[str], Value]) -> Value | None:
        """What `read` makes of it; None when it raises ValueError, whose message completes the line."""
        try:
            return read(text)
        except ValueError as error:
            self.say(name, str(error))
            return None

    def span(self, name: str, text: str) -> timedelta | None:
        """A duration from a minute to thirty days; None for 0, which is never."""
        span = self.parsed(name, text, duration)
        if span and not SHORTEST <= span <= LONGEST:
            self.say(name, "has to be from 1m to 30d, or 0 for never.")
        return span or None


def listed(text: str) -> list[str]:
    """The entries between the commas; blank ones do not count."""
    return [part.strip() for part in text.split(",") if part.strip()]


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return False
    clean = text.isascii() and text.isprintable() and " " not in text
    return clean and parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.username
