"""What holds whatever a check meets."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING

import pytest

from bot.doctor.finding import Check, limited
from bot.doctor.run import LooseThreads, _whole

if TYPE_CHECKING:
    from bot.doctor.finding import Finding

CHECK = Check("slack", "something")


async def test_a_check_that_hangs_is_cut_off() -> None:
    """And told as such."""
    finding = await limited(CHECK, asyncio.sleep(60, CHECK.ok("never")), seconds=0.05)
    assert (finding.outcome, finding.found) == ("fail", "No answer within 0.05 s.")


async def test_a_check_that_breaks_tells_no_more_than_the_kind() -> None:
    """The words of an error may hold anything."""

    async def broken() -> Finding:
        raise ValueError("my-secret-password")

    async def all_broken() -> list[Finding]:
        raise KeyError("my-secret-password")

    finding = await limited(CHECK, broken())
    assert (finding.outcome, finding.found) == ("fail", "The check broke off (ValueError).")
    (whole,) = await _whole("slack", all_broken())
    assert (whole.outcome, whole.found) == ("fail", "The checks broke off (KeyError).")


def test_nobody_waits_for_a_thread_that_hangs() -> None:
    """A name server may; the command ends all the same."""
    hangs = threading.Event()

    async def impatient() -> str:
        asyncio.get_running_loop().set_default_executor(LooseThreads())
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.to_thread(hangs.wait), 0.05)
        with pytest.raises(ZeroDivisionError):
            await asyncio.to_thread(lambda: 1 / 0)
        return await asyncio.to_thread(lambda: "done")

    began = time.monotonic()
    assert asyncio.run(impatient()) == "done"
    assert time.monotonic() - began < 2
    hangs.set()
