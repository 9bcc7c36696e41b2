"""Work behind an acked request: waited for, logged, and cancelled when it takes too long."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot.slack.inflight import InFlight

if TYPE_CHECKING:
    import pytest


async def test_a_shutdown_waits_for_what_goes_on() -> None:
    """Afterwards nothing is left to wait for."""
    inflight, done = InFlight(), []

    async def work(name: str) -> None:
        await asyncio.sleep(0)
        done.append(name)

    inflight.start(work("one"))
    inflight.start(work("two"))
    await inflight.drain(within=5)
    await inflight.drain(within=5)
    assert done == ["one", "two"]


async def test_a_shutdown_waits_for_what_work_starts_in_turn() -> None:
    """A submit that took too long starts a second task, which shows its outcome."""
    inflight, done = InFlight(), []

    async def second() -> None:
        await asyncio.sleep(0.01)
        done.append("second")

    async def first() -> None:
        await asyncio.sleep(0)
        inflight.start(second())

    inflight.start(first())
    await inflight.drain(within=5)
    assert done == ["second"]


async def test_what_takes_too_long_is_cancelled() -> None:
    """The process has to end."""
    inflight = InFlight()
    hanging = inflight.start(asyncio.Event().wait())
    await inflight.drain(within=0)
    assert hanging.cancelled()


async def test_an_error_is_logged_and_does_not_stop_the_others(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody awaits these tasks, so nobody else would hear of it."""
    inflight, done = InFlight(), asyncio.Event()

    async def fail() -> None:
        raise RuntimeError("lost words")

    async def succeed() -> None:
        done.set()

    inflight.start(fail())
    inflight.start(succeed())
    await inflight.drain(within=5)
    await asyncio.sleep(0)
    assert done.is_set()
    assert "lost words" in caplog.text + capsys.readouterr().out
