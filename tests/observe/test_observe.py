"""Logs without secrets, health that tells what is wrong."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import threading
from typing import TYPE_CHECKING

import pytest
import structlog

from bot.observe import logging as logs
from bot.observe.health import Health, Remembered

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What the configured log writes; the test run's own logging comes back afterwards."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield io.StringIO()
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.mark.parametrize("style", ["json", "console"])
def test_no_secret_reaches_the_log(written: io.StringIO, style: str) -> None:
    """Not in messages, fields, nested values, keys or tracebacks; not a Slack token that nobody configured."""
    logs.configure(style=style, level="DEBUG", secrets=["hunter2-secret", "tiny"])
    handler = logging.getLogger().handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(written)
    log = structlog.get_logger("test")
    try:
        fail()
    except ValueError:
        log.exception("it.failed", nested={"hunter2-secret": ["hunter2-secret", 1, None]}, token="xoxb-123456-abcdef")
    logging.getLogger("elsewhere").warning("plain %s", "hunter2-secret")

    text = written.getvalue()
    assert "hunter2-secret" not in text
    assert "xoxb-123456" not in text
    assert text.count(logs.REDACTED) >= 4
    if style == "json":
        assert json.loads(text.splitlines()[0])["event"] == "it.failed"


def test_every_line_says_which_replica_wrote_it(written: io.StringIO) -> None:
    """Ours and those of libraries, in threads that inherit no context, too."""
    logs.configure(style="json", level="INFO", secrets=[], replica="a1b2c3d4")
    handler = logging.getLogger().handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(written)
    thread = threading.Thread(target=lambda: structlog.get_logger("test").info("ours"))
    thread.start()
    thread.join()
    logging.getLogger("elsewhere").warning("theirs")
    assert [json.loads(line)["replica"] for line in written.getvalue().splitlines()] == ["a1b2c3d4"] * 2


async def test_health_tells_every_problem() -> None:
    """A check that answers, one that raises, one that hangs beyond patience, and the shutdown."""

    async def good() -> str | None:
        return None

    async def bad() -> str | None:
        return "no connection"

    async def broken() -> str | None:
        raise OSError("disk")

    health = Health({"good": good, "bad": bad, "broken": broken})
    assert await health.problems() == {"bad": "no connection", "broken": "OSError"}
    health.stopping = True
    assert await health.problems() == {"process": "shutting down"}


def fail() -> None:
    """Raise with a secret."""
    raise ValueError("password hunter2-secret")


async def test_a_check_is_asked_only_now_and_then() -> None:
    """Good news is kept for a while, bad news for another; probes at once ask once."""
    now, asked = [0.0], []

    async def ask() -> str | None:
        asked.append(now[0])
        return "refused" if len(asked) == 2 else None

    check = Remembered(ask, good_for=60, bad_for=300, clock=lambda: now[0])
    assert list(await asyncio.gather(check(), check())) == [None, None]
    now[0] = 60
    assert await check() == "refused"
    now[0] = 359
    assert await check() == "refused"
    now[0] = 360
    assert await check() is None
    assert asked == [0, 60, 360]
