"""How far this machine's clock is from SecMaster's: requests signed more than 15 minutes off are refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from bot.secmaster.transport import SecMasterTransport

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

SKEW_LIMIT = timedelta(minutes=15)
"""Between X-Sdk-Date and the gateway's clock (API Request Signing Guide)."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


class ClockReader(SecMasterTransport):
    """A transport that reads the Date of every answer, of a refusal too."""

    def __init__(self, endpoint: str, *, now: Callable[[], datetime] = _utc_now) -> None:
        super().__init__(endpoint)
        self._now = now
        self.ahead: timedelta | None = None
        """How far our clock is ahead of the service's, to about a second; None when no answer told."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request; its answer was made between the two looks at our clock."""
        sent_at = self._now()
        response = await super().handle_async_request(request)
        if told := _date(response.headers.get("Date", "")):
            self.ahead = sent_at + (self._now() - sent_at) / 2 - told
        return response


def _date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
