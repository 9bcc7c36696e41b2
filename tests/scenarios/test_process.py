"""The real process, stopped and killed in the middle of a decision."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from bot.sandbox.run import start_bot, stop_bot
from tests.scenarios.stage import LIN, emulated, environment, text_of

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.scenarios.stage import Stage

APPROVAL = "CreateAopWorkflowVersionApprovel"
TAKEN_OVER_WITHIN = 40.0
"""Seconds: a lease of twenty, and a start."""


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """Both emulators, with no bot yet."""
    async with emulated() as bare:
        yield bare


@asynccontextmanager
async def running(stage: Stage, folder: Path) -> AsyncIterator[Process]:
    """`python -m bot run` on the database in `folder`."""
    bot = await start_bot(environment(stage.slack, stage.secmaster, folder, BOT_LOG_LEVEL="ERROR"), folder)
    try:
        yield bot
    finally:
        await stop_bot(bot)


async def vote_until_the_call(stage: Stage, version: str) -> None:
    """Vote, and wait until the approval call has reached SecMaster, which takes its time over it."""
    stage.secmaster.faults.delay(APPROVAL, 2)
    await stage.slack.until(lambda: stage.slack.connections == 2, timeout=30, what="two connections")
    await stage.vote(LIN, version, "approve", "Survives")
    await stage.secmaster.changes.until(
        lambda: all(fault["name"] != "delay" for fault in stage.secmaster.faults.active()), what="the call has come"
    )


async def test_sigterm_finishes_the_call_in_flight(stage: Stage, tmp_path: Path) -> None:
    """The process ends with status 0 after SecMaster answered; the next one tells the opinion."""
    version = stage.pending()[0]
    async with running(stage, tmp_path) as bot:
        await vote_until_the_call(stage, version)
        bot.terminate()
        assert await asyncio.wait_for(bot.wait(), 20) == 0
    assert len(stage.secmaster.approvals(version)) == 1

    async with running(stage, tmp_path):
        reply = await stage.told(version, "SecMaster's opinion", "Survives")
        assert "read back" not in text_of(reply)
        await stage.told(version, "Final status")
    assert len(stage.calls(APPROVAL)) == 1


async def test_a_process_killed_during_the_call_decides_once(stage: Stage, tmp_path: Path) -> None:
    """Kill -9 while SecMaster works: the next process reads back what was recorded and sends nothing again."""
    version = stage.pending()[0]
    async with running(stage, tmp_path) as bot:
        await vote_until_the_call(stage, version)
        bot.kill()
        await bot.wait()
    await stage.secmaster.until(lambda: stage.secmaster.approvals(version))

    async with running(stage, tmp_path):
        await stage.slack.until(
            lambda: any("read back" in text_of(reply) for reply in stage.thread(version)),
            timeout=TAKEN_OVER_WITHIN,
            what="the opinion, read back",
        )
        await stage.shows(version, "Approved by", f"@{LIN}")
    assert len(stage.secmaster.approvals(version)) == 1
    assert len(stage.calls(APPROVAL)) == 1
