"""What a check finds: an outcome, what there is, what to do about it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable

PATIENCE = 6.0
"""Seconds that a check may take. Two and a half of it follow one another at most: all ends within twenty seconds."""
REPORT_IT = "That is a mistake of the bot's: please report it."


class Outcome(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARN = "warn"
    """The bot works, and something about it is worth a look."""
    FAIL = "fail"
    """The bot, or a part of it, cannot work like this."""
    SKIPPED = "skipped"
    """Not looked at: it depends on what failed, is switched off, or cannot be told."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """How one check ended."""

    subject: str
    """What it is about: settings, slack, secmaster, database or fonts."""
    name: str
    outcome: Outcome
    found: str
    advice: str = ""
    """What to do; "" when there is nothing to do."""


@dataclass(frozen=True)
class Check:
    """The name of a check, on which its finding is made."""

    subject: str
    name: str

    def ok(self, found: str) -> Finding:
        """All is well."""
        return self._finding(Outcome.OK, found)

    def warn(self, found: str, advice: str) -> Finding:
        """It works, but."""
        return self._finding(Outcome.WARN, found, advice)

    def fail(self, found: str, advice: str) -> Finding:
        """It does not work."""
        return self._finding(Outcome.FAIL, found, advice)

    def skip(self, reason: str, advice: str = "") -> Finding:
        """It was not looked at."""
        return self._finding(Outcome.SKIPPED, reason, advice)

    def _finding(self, outcome: Outcome, found: str, advice: str = "") -> Finding:
        return Finding(subject=self.subject, name=self.name, outcome=outcome, found=found, advice=advice)


def counted(number: int, noun: str) -> str:
    """`1 job`, `2 jobs`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


async def limited(check: Check, work: Awaitable[Finding], *, seconds: float = PATIENCE) -> Finding:
    """The finding of a check that may take so long, and that may meet anything."""
    try:
        async with asyncio.timeout(seconds):
            return await work
    except TimeoutError:
        return check.fail(f"No answer within {seconds:g} s.", "Look after network, proxy and firewall, and try again.")
    except Exception as error:  # noqa: BLE001 - whatever a check meets is its finding
        return check.fail(f"The check broke off ({type(error).__name__}).", REPORT_IT)
