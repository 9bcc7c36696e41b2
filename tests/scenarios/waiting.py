"""Time that a test need not wait for, and what the bot called meanwhile."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from sqlalchemy import update

from bot.sandbox.errors import SandboxTimeout
from bot.store.schema import jobs, paces

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.sandbox.slack import SlackEmulator
    from bot.sandbox.traffic import TrafficEntry
    from bot.store.transaction import SqlTransaction
    from tests.scenarios.stage import Stage

OUTAGE = 10**6
"""Calls that meet a fault until it is cleared."""


async def skip(stage: Stage, *, seconds: float) -> None:
    """Let the jobs that wait believe that so much time has passed."""

    def earlier(tx: SqlTransaction) -> None:
        tx._connection.execute(update(jobs).where(jobs.c.owner.is_(None)).values(run_at=jobs.c.run_at - seconds))
        tx._connection.execute(update(paces).values(next_at=paces.c.next_at - seconds))

    assert stage.bot is not None
    await stage.bot._store.transact(earlier)
    stage.bot._workers.wake()


def refused(slack: SlackEmulator, *methods: str) -> list[TrafficEntry]:
    """The calls of these methods (any, if none is named) that Slack did not take."""
    calls = [
        entry for entry in slack.traffic if entry.direction == "bot->slack" and (entry.kind in methods or not methods)
    ]
    return [entry for entry in calls if not (isinstance(entry.response, dict) and entry.response.get("ok"))]


def taken(slack: SlackEmulator, method: str) -> list[TrafficEntry]:
    """The calls of a method that Slack took."""
    return [
        entry for entry in slack.traffic.of(method) if isinstance(entry.response, dict) and entry.response.get("ok")
    ]


async def look_in_vain(stage: Stage, *, times: int, every: float) -> int:
    """Let `every` seconds pass so many times, in each of which the bot asks Slack in vain; how often it asked."""
    before = len(refused(stage.slack))
    for _ in range(times):
        asked = len(refused(stage.slack))
        await skip(stage, seconds=every)
        await stage.slack.until(
            lambda asked=asked: len(refused(stage.slack)) > asked,  # type: ignore[misc]
            timeout=30,
            what="a call in vain",
        )
    return len(refused(stage.slack)) - before


async def catch_up(stage: Stage, done: Callable[[], object], what: str) -> None:
    """Let ten minutes pass, again and again, until something is so: a job in hand does not feel them."""
    for _ in range(20):
        await skip(stage, seconds=600)
        with contextlib.suppress(SandboxTimeout):
            await stage.slack.until(done, timeout=1, what=what)
            return
    await stage.slack.until(done, what=what)
