"""What the use cases share: the ports, the routing, the clock."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from bot.errors import BotError
from bot.hours import WorkingHours

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.hours import DailyTime
    from bot.reviews.models import Review
    from bot.reviews.policy import Refusal
    from bot.reviews.ports import Artist, Directory, Messenger, Releases, Store
    from bot.reviews.routing import Routing


ALWAYS = WorkingHours(days=frozenset(range(7)), begins=time(0), ends=time(0))
"""Around the clock."""


def utc_now() -> datetime:
    """The wall clock, aware."""
    return datetime.now(UTC)


@dataclass(kw_only=True)
class World:
    """Everything outside the core, behind Protocols. Only `follow` changes it."""

    store: Store
    releases: Releases
    messenger: Messenger
    directory: Directory
    routing: Routing
    poll_interval: timedelta
    """Between two looks for submissions; zero turns them off."""
    artist: Artist | None = None
    """Draws what changes; None where no pictures are wanted."""
    retention: timedelta = timedelta(0)
    """How long reviews are kept that have ended; zero is for ever."""
    resend_after: timedelta = timedelta(0)
    """How long an approval call without an answer may still take effect, and must not be followed by another."""
    working_hours: WorkingHours = ALWAYS
    """When people may be reminded, each in their own time zone."""
    digests: Mapping[str, DailyTime] = field(default_factory=dict)
    """When which channel hears of what waits in it."""
    clock: Callable[[], datetime] = utc_now
    on_refused: Callable[[Refusal], None] = lambda _refusal: None
    """Hears why somebody was refused, for the metrics; must not raise."""
    new_id: Callable[[], str] = field(default=lambda: uuid.uuid4().hex)

    def follow(self, *, routing: Routing, digests: Mapping[str, DailyTime]) -> None:
        """Go on by what the operator has changed; reviews keep the route and the policy that they opened with."""
        self.routing = routing
        self.digests = digests

    async def review(self, review_id: str) -> Review:
        """The review as stored; BotError when there is none (jobs and buttons name reviews that exist)."""
        review = await self.store.transact(lambda tx: tx.review(review_id))
        if review is None:
            raise BotError(f"no review {review_id!r}")
        return review
