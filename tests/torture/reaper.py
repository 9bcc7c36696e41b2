"""Ends lives: at a random moment, at a moment of a call, or at a commit."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.torture.ledger import APPROVAL
from tests.torture.moments import Call, Fate

if TYPE_CHECKING:
    from random import Random

    from tests.torture.arena import Arena

CALLS = (
    Call("secmaster", APPROVAL),
    Call("secmaster", APPROVAL),  # twice as often: it is what must not happen twice
    Call("secmaster", "ShowAopWorkflowVersion"),
    Call("secmaster", "ListPlaybookApproves"),
    Call("secmaster", "ListWorkflows"),
    Call("slack", "chat.postMessage"),
    Call("slack", "chat.postMessage"),
    Call("slack", "chat.update"),
    Call("slack", "chat.getPermalink"),
    Call("slack", "views.open"),
    Call("slack", "users.info"),
)
STARTING_S, RUNNING_S = 1.5, 4.0
"""Seconds within which a random moment falls: of a start, and of the life after it."""
PATIENCE_S = 5.0
"""Seconds that a call or a commit is waited for before the process is killed anyhow."""
SKIPPED = 6
"""Calls that may go by before the one that kills."""
COMMITS = 30


@dataclass(frozen=True)
class End:
    """How a life is to end."""

    kind: str
    after_s: float = 0.0
    call: Call | None = None
    fate: Fate = Fate.APPLIED
    skips: int = 0
    commit: int = 0
    side: str = ""


def draw(rng: Random) -> End:
    """An end by lot."""
    kind = rng.choices(("starting", "running", "call", "commit"), weights=(1, 3, 5, 2))[0]
    if kind == "starting":
        return End(kind, after_s=rng.uniform(0, STARTING_S))
    if kind == "running":
        return End(kind, after_s=rng.uniform(0, RUNNING_S))
    if kind == "commit":
        return End(kind, after_s=PATIENCE_S, commit=rng.randint(1, COMMITS), side=rng.choice(("before", "after")))
    fate, skips = rng.choice(list(Fate)), rng.choice((0, 0, 0, rng.randint(1, SKIPPED)))
    return End(kind, after_s=PATIENCE_S, call=rng.choice(CALLS), fate=fate, skips=skips)


class Reaper:
    """Lets the bot live, and ends it, again and again."""

    def __init__(self, arena: Arena, rng: Random) -> None:
        self._arena = arena
        self._rng = rng

    async def reap(self, kills: int) -> None:
        """So many lives that end by a kill, and one more that does not."""
        for _ in range(kills):
            await self._one_life(draw(self._rng))
        await self._arena.begin()

    async def _one_life(self, end: End) -> None:
        arena = self._arena
        await arena.begin(commit=end.commit, side=end.side)
        if end.kind == "starting":
            await asyncio.sleep(end.after_s)
            await arena.kill("while it starts")
            return
        await arena.lives.awake()
        if end.call:
            self._arm(end, end.call)
        if not await arena.lives.died(within=end.after_s):
            await arena.kill("at any moment")
        elif end.commit:
            arena.was_killed(f"{end.side} a commit")
        arena.calm()

    def _arm(self, end: End, call: Call) -> None:
        """Let a few calls go by, then kill at one."""
        left = end.skips

        def next_one(_request: object) -> bool:
            nonlocal left
            left -= 1
            return left < 0

        moment = f"as {call.name} arrives, {end.fate}" if end.fate is not Fate.APPLIED else f"{end.fate}: {call.name}"
        Call(call.service, call.name, next_one).kills(self._arena, end.fate, moment)
