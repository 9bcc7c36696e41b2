"""The record of what went over the wire."""

from __future__ import annotations

from typing import Any

import pytest

from bot.sandbox.changes import Changes
from bot.sandbox.traffic import KEPT, MASK, TrafficLog, masked


@pytest.mark.parametrize(
    ("value", "left"),
    [
        ({"token": "anything"}, {"token": MASK}),
        ({"Authorization": "Bearer abc"}, {"Authorization": MASK}),
        ({"X-Auth-Token": "MIIabc"}, {"X-Auth-Token": MASK}),
        ({"auth": {"password": "secret", "name": "lin"}}, {"auth": {"password": MASK, "name": "lin"}}),
        ({"tokens": [{"token": "a"}]}, {"tokens": [{"token": MASK}]}),
        ("Bearer xoxb-1-2-abc and xapp-1-A-2", f"Bearer xoxb-{MASK} and xapp-{MASK}"),
        ("ws://h/link/?ticket=abc&app_id=A1", f"ws://h/link/?ticket={MASK}&app_id=A1"),
        ({"text": "a token of thanks", "n": 1, "none": None}, {"text": "a token of thanks", "n": 1, "none": None}),
    ],
)
def test_masked(value: Any, left: Any) -> None:
    """Secrets cannot be read; everything else stays as it was."""
    assert masked(value) == left


async def test_the_newest_are_kept_and_announced() -> None:
    """The log forgets the oldest, counts on, and tells subscribers."""
    changes = Changes()
    log = TrafficLog(changes)
    async with changes.subscribe() as queue:
        for _ in range(KEPT + 1):
            log.record(at=0.0, direction="bot->slack", kind="auth.test", request={})
        assert queue.qsize() > 0
    assert len(log) == KEPT
    assert (log[0].id, log[-1].id) == (2, KEPT + 1)
    log.record(at=0.0, direction="slack->bot", kind="hello", request={})
    assert [entry.kind for entry in log.of("hello")] == ["hello"]
    log.clear()
    assert len(log) == 0
