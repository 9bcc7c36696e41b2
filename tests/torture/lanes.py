"""Many cases, tried a few at a time while each test waits for its own: a bot that starts keeps a test waiting."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
    from contextlib import AbstractAsyncContextManager

    import pytest

Case = TypeVar("Case")
Place = TypeVar("Place")

LANES = 3


def selected(request: pytest.FixtureRequest, name: str) -> list[Any]:
    """The values of a parameter in the tests of this module that will run, in their order."""
    mine = [item for item in request.session.items if item.path == request.path]
    params = [item.callspec.params for item in mine if hasattr(item, "callspec")]
    return [values[name] for values in params if name in values]


@asynccontextmanager
async def in_lanes(
    cases: Iterable[Case],
    open_lane: Callable[[], AbstractAsyncContextManager[Place]],
    attempt: Callable[[Place, Case], Awaitable[None]],
) -> AsyncIterator[Mapping[Case, Awaitable[None]]]:
    """Try every case in the first lane that is free; each case's outcome is awaited by its test."""
    loop = asyncio.get_running_loop()
    outcomes: dict[Case, asyncio.Future[None]] = {case: loop.create_future() for case in cases}
    waiting = deque(outcomes)

    async def lane() -> None:
        async with open_lane() as place:
            while waiting:
                await _settle(outcomes[case := waiting.popleft()], attempt(place, case))

    lanes = [asyncio.create_task(lane()) for _ in range(min(LANES, len(outcomes)))]
    try:
        yield outcomes
        await asyncio.gather(*lanes)
    finally:
        for task in lanes:
            task.cancel()
        await asyncio.gather(*lanes, return_exceptions=True)
        for outcome in outcomes.values():
            outcome.cancel()


async def _settle(outcome: asyncio.Future[None], attempt: Awaitable[None]) -> None:
    """Carry what came of the attempt over to the test that waits for it."""
    try:
        await attempt
    except Exception as error:  # noqa: BLE001 - it is the test's own, and raised there
        outcome.set_exception(error)
    else:
        outcome.set_result(None)
