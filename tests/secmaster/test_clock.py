"""How far our clock is from SecMaster's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from aiohttp import web

from bot.secmaster.clock import ClockReader
from tests.secmaster.test_transport import serve

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("date", "ahead"),
    [
        ("Tue, 24 Nov 2026 12:00:00 GMT", timedelta(seconds=1)),
        ("Tue, 24 Nov 2026 12:20:00 -0000", timedelta(seconds=1, minutes=-20)),
        ("yesterday", None),
    ],
)
async def test_the_date_of_an_answer_is_read(date: str, ahead: timedelta | None) -> None:
    """As made in the middle of the call, whatever its status; without a date nothing is known."""

    async def refuse(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=401, headers={"Date": date})

    moments = iter([NOON, NOON + timedelta(seconds=2)])
    async with serve(refuse) as url:
        reader = ClockReader(url, now=lambda: next(moments, NOON))
        assert reader.ahead is None
        async with httpx.AsyncClient(transport=reader, trust_env=False) as client:
            assert (await client.get(url)).status_code == 401
    assert reader.ahead == ahead
