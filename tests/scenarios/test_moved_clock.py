"""The bot of the sandbox, a process of its own, by a clock that is moved forward."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.sandbox.clock import BotClock
from bot.sandbox.run import MOVABLE_BOT, start_bot, stop_bot
from bot.sandbox.secmaster import SecMasterEmulator
from bot.sandbox.slack import SlackEmulator
from tests.scenarios.stage import Stage, environment

if TYPE_CHECKING:
    from pathlib import Path

NOT_FOR_HOURS = "14400"
LOOKS = "ListWorkflows"


def at_rest(database: Path, clock: BotClock) -> bool:
    """Whether nothing is being done and nothing is due within a minute: what a move finds is then certain."""
    soon = clock.now().timestamp() + 60
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as looked_at:
        (busy,) = looked_at.execute(
            "SELECT count(*) FROM jobs WHERE owner IS NOT NULL OR run_at < ?", [soon]
        ).fetchone()
    return bool(busy == 0)


async def test_work_that_is_due_in_hours_is_done_once_the_clock_was_moved(tmp_path: Path) -> None:
    """A submission that would be found in four hours is found at once, and the next one after the next move."""
    clock = BotClock(tmp_path / "clock")
    slack, secmaster = SlackEmulator(), SecMasterEmulator()
    await slack.start()
    await secmaster.start()
    stage = Stage(slack, secmaster, None)
    variables = environment(slack, secmaster, tmp_path, BOT_POLL_INTERVAL=NOT_FOR_HOURS, BOT_LOG_LEVEL="ERROR")
    bot = await start_bot(variables, tmp_path, program=(*MOVABLE_BOT, str(clock.file)))
    try:
        await slack.until(lambda: all(map(stage.cards, stage.pending())), timeout=30, what="the first cards")
        for name in ("later", "later still"):
            await slack.until(lambda: at_rest(tmp_path / "bot.db", clock), timeout=30, what="a bot at rest")
            looks = len(stage.calls(LOOKS))
            workflow = secmaster.new_workflow(name, "NORMAL", name, "zhang.wei")
            version = secmaster.versions_of(workflow["id"])[0]["id"]
            secmaster.submit(version)
            clock.forward(timedelta(hours=4))
            await stage.card(version)
            assert len(stage.calls(LOOKS)) == looks + 1
    finally:
        await stop_bot(bot)
        await secmaster.stop()
        await slack.stop()


async def test_wrong_settings_are_told_as_by_the_command(tmp_path: Path) -> None:
    """Status 2 as from `run`: the two share their way in."""
    bot = await start_bot({}, tmp_path, program=(*MOVABLE_BOT, str(tmp_path / "clock")))
    assert await asyncio.wait_for(bot.wait(), 30) == 2
