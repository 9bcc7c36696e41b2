"""Is this process fit for work? Checks that each answer None, or what is wrong in a few words."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

Check: TypeAlias = "Callable[[], Awaitable[str | None]]"

WITHIN = 5.0
"""Seconds that a check may take."""


class Health:
    """The checks behind /readyz; each may take `within` seconds."""

    def __init__(self, checks: Mapping[str, Check], *, within: float = WITHIN) -> None:
        self._checks = checks
        self._within = within
        self.stopping = False

    async def problems(self) -> dict[str, str]:
        """What is wrong, by check; empty when the process is ready."""
        if self.stopping:
            return {"process": "shutting down"}
        found = await asyncio.gather(*(_run(check, self._within) for check in self._checks.values()))
        return {name: problem for name, problem in zip(self._checks, found, strict=True) if problem}


async def _run(check: Check, within: float = WITHIN) -> str | None:
    try:
        return await asyncio.wait_for(check(), within)
    except TimeoutError:
        return f"no answer within {within:g} s"
    except Exception as error:  # noqa: BLE001 - whatever a check meets is its finding
        return type(error).__name__


class Remembered:
    """Asks a check only now and then, and sooner again after success than after failure.

    Probes come every few seconds, and each question to SecMaster with refused keys brings their lock nearer.
    """

    def __init__(
        self, check: Check, *, good_for: float, bad_for: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._check = check
        self._good_for = good_for
        self._bad_for = bad_for
        self._clock = clock
        self._until = float("-inf")
        self._problem: str | None = None
        self._turn = asyncio.Lock()

    async def __call__(self) -> str | None:
        """The remembered finding, or a new one."""
        async with self._turn:
            if self._clock() >= self._until:
                self._problem = await _run(self._check)
                self._until = self._clock() + (self._bad_for if self._problem else self._good_for)
            return self._problem
