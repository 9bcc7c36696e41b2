"""Authors who submit versions, and reviewers who vote on them, for as long as the bot is killed."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING

from tests.torture.arena import REVIEWERS
from tests.torture.voting import Ballot

if TYPE_CHECKING:
    from random import Random

    from tests.torture.arena import Arena

AT_ONCE = 3
"""Versions under review at the same time."""

NAMES = ("Isolate host", "Block address", "Reset password", "封禁恶意地址", "重置凭证")
REASONS = {
    "approve": (
        "Tested in staging",
        "Same as in the drill",
        "同意，已在预发环境验证",
        "Fine: <!channel> & `code` is kept",
    ),
    "reject": ("No way back", "Asks nobody before it acts", "缺少自动解封步骤", 'It\'s "too" broad; see *3* _and_ 4'),
}
TOGETHER = {
    1: (("approve",), ("reject",), ("approve", "reject"), ("approve", "approve"), ("approve", "approve", "reject")),
    2: (("approve", "approve"), ("reject",), ("approve", "reject"), ("approve", "approve", "reject")),
}
"""What people say at once about one version, by how many approvals are required."""


class Crowd:
    """Keeps a few versions under review at all times."""

    def __init__(self, arena: Arena, rng: Random, *, approvals_required: int) -> None:
        self._arena = arena
        self._rng = rng
        self._required = approvals_required
        self._numbers = itertools.count(1)
        self.versions: list[str] = []

    async def go_on(self, enough: asyncio.Event) -> None:
        """Submit and vote until there has been enough; then let everybody finish."""
        voting: set[asyncio.Task[None]] = set()
        waiting = asyncio.create_task(enough.wait())
        while not enough.is_set():
            while len(voting) < AT_ONCE:
                voting.add(self._submit())
            done, _ = await asyncio.wait({*voting, waiting}, return_when=asyncio.FIRST_COMPLETED)
            voting -= done
            for finished in done:
                finished.result()
        await asyncio.gather(*voting)

    def _submit(self) -> asyncio.Task[None]:
        """One more version, and some people who have made up their minds about it."""
        number = next(self._numbers)
        self._arena.draft(f"Left as a draft {number}")
        version = self._arena.draft(f"{self._rng.choice(NAMES)} {number}")
        self._arena.secmaster.submit(version)
        self.versions.append(version)
        people = self._rng.sample(REVIEWERS, len(REVIEWERS))
        verdicts = self._rng.choice(TOGETHER[self._required])
        return self._arena.votes(
            *(
                Ballot(version, user, verdict, f"{self._rng.choice(REASONS[verdict])} ({number}, {user})")
                for user, verdict in zip(people, verdicts, strict=False)
            )
        )
