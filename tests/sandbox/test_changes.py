"""The broadcast of changes, and waiting on it."""

from __future__ import annotations

import asyncio
import time

import pytest

from bot.sandbox.changes import BACKLOG, Changes
from bot.sandbox.errors import SandboxTimeout


async def test_every_subscriber_hears_everything_in_order() -> None:
    """Two subscribers get the same changes; one that left gets no more."""
    changes = Changes()
    async with changes.subscribe() as one:
        async with changes.subscribe() as two:
            changes.publish("message", ts="1")
            changes.publish("message", ts="2")
        changes.publish("message", ts="3")
    assert [one.get_nowait()["ts"] for _ in range(one.qsize())] == ["1", "2", "3"]
    assert [two.get_nowait()["ts"] for _ in range(two.qsize())] == ["1", "2"]


async def test_a_slow_subscriber_is_told_that_it_missed_something() -> None:
    """A full queue is emptied and starts with an overflow."""
    changes = Changes()
    async with changes.subscribe() as queue:
        for number in range(BACKLOG + 1):
            changes.publish("tick", number=number)
        assert queue.get_nowait() == {"kind": "overflow"}
        assert queue.get_nowait()["number"] == BACKLOG


async def test_until_asks_again_after_a_change() -> None:
    """The answer that made it true is returned, at once."""
    changes, seen = Changes(), [0]

    async def happen() -> None:
        seen[0] = 7
        changes.publish("seen")

    task = asyncio.create_task(happen())
    started = time.monotonic()
    assert await changes.until(lambda: seen[0], timeout=5) == 7
    assert time.monotonic() - started < 0.2
    await task


async def test_until_sees_what_nobody_announces() -> None:
    """A predicate about something else comes true without a change."""
    changes, seen = Changes(), [0]
    asyncio.get_running_loop().call_later(0.05, seen.__setitem__, 0, 1)
    started = time.monotonic()
    assert await changes.until(lambda: seen[0], timeout=10) == 1
    assert time.monotonic() - started < 5


async def test_until_says_what_it_waited_for() -> None:
    """The error is an assertion that names the predicate, or what the caller calls it."""
    changes, empty = Changes(), list[int]()
    with pytest.raises(SandboxTimeout, match="empty"):
        await changes.until(lambda: empty, timeout=0.01)
    with pytest.raises(AssertionError, match="the card to change"):
        await changes.until(lambda: empty, timeout=0.01, what="the card to change")
