"""A broadcast of what changes in an emulator, for pages that follow it and tests that wait on it."""

from __future__ import annotations

import asyncio
import inspect
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar

from bot.sandbox.errors import SandboxTimeout

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

T = TypeVar("T")

BACKLOG = 1000
"""Changes a subscriber may leave unread; beyond that its queue is emptied and it is told `{"kind": "overflow"}`."""

LOOK_AGAIN_S = 0.25
"""A predicate may look at things no change announces (a clock, another process), so it is asked this often anyway."""


class Changes:
    """Tells every subscriber of every change, in order, without ever waiting for a slow one."""

    def __init__(self) -> None:
        self._queues: set[asyncio.Queue[dict[str, Any]]] = set()

    def publish(self, kind: str, **facts: Any) -> None:
        """Announce a change: `kind` says what changed, `facts` where."""
        change = {"kind": kind, **facts}
        for queue in self._queues:
            _put(queue, change)

    @asynccontextmanager
    async def subscribe(self) -> AsyncIterator[asyncio.Queue[dict[str, Any]]]:
        """A queue of everything published while the block runs."""
        queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue(BACKLOG)
        self._queues.add(queue)
        try:
            yield queue
        finally:
            self._queues.discard(queue)

    async def until(self, predicate: Callable[[], T], *, timeout: float = 10, what: str = "") -> T:  # noqa: ASYNC109 - part of the promise, said in the error
        """The first truthy answer of `predicate`, which is asked now and after each change.

        Raises:
            SandboxTimeout: it stayed falsy for `timeout` seconds; `what` describes what was waited for (default: the
                predicate's own source).
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        async with self.subscribe() as queue:
            while not (answer := predicate()):
                left = deadline - loop.time()
                if left <= 0:
                    raise SandboxTimeout(f"not within {timeout:g} s: {what or _describe(predicate)} (is {answer!r})")
                with suppress(TimeoutError):
                    await asyncio.wait_for(queue.get(), min(left, LOOK_AGAIN_S))
            return answer


def _put(queue: asyncio.Queue[dict[str, Any]], change: dict[str, Any]) -> None:
    if queue.full():
        while not queue.empty():
            queue.get_nowait()
        queue.put_nowait({"kind": "overflow"})
    queue.put_nowait(change)


def _describe(predicate: Callable[[], object]) -> str:
    try:
        return " ".join(inspect.getsource(predicate).split())
    except (OSError, TypeError):
        return repr(predicate)
