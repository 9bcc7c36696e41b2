"""How far our clock is from SecMaster's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from httpx_aiohttp import AiohttpTransport

from bot.secmaster.clock import ClockReader

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("date", "ahead"),
    [
        ("Tue, 24 Nov 2026 12:00:00 GMT", timedelta(seconds=1)),
        ("Tue, 24 Nov 2026 12:20:00 -0000", timedelta(seconds=1, minutes=-20)),
        ("yesterday", None),
        ("", None),
    ],
)
async def test_the_date_of_an_answer_is_read(
    monkeypatch: pytest.MonkeyPatch, date: str, ahead: timedelta | None
) -> None:
    """As made in the middle of the call, whatever its status; without one nothing is known."""

    async def answer(self: AiohttpTransport, request: httpx.Request) -> httpx.Response:
        return httpx.Response(401, headers={"Date": date} if date else {})

    monkeypatch.setattr(AiohttpTransport, "handle_async_request", answer)
    moments = iter([NOON, NOON + timedelta(seconds=2)])
    reader = ClockReader("https://host.example", now=lambda: next(moments))
    await reader.handle_async_request(httpx.Request("GET", "https://host.example"))
    assert reader.ahead == ahead
