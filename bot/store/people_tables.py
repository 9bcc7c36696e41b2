"""What is remembered of people and channels: who was reminded of what, who looked at their home, digests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update

from bot.store import rows
from bot.store.schema import digests, home_views, nudges, reviews
from bot.store.upsert import upsert

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Select

    from bot.reviews.models import Nudge
    from bot.reviews.pages import Places


class PeopleTables:
    """Part of one transaction."""

    _connection: Connection

    def nudge(self, review_id: str, user_id: str) -> Nudge | None:
        """See Transaction."""
        theirs = (nudges.c.review_id == review_id) & (nudges.c.user_id == rows.storable(user_id))
        found = self._nudges(select(nudges).where(theirs).with_for_update())
        return found[0] if found else None

    def nudges(self, review_id: str) -> list[Nudge]:
        """See Transaction."""
        return self._nudges(select(nudges).where(nudges.c.review_id == review_id).order_by(nudges.c.user_id))

    def due_nudges(self, user_id: str) -> list[Nudge]:
        """See Transaction."""
        due = select(nudges).join(reviews).where(nudges.c.user_id == user_id, nudges.c.due)
        return self._nudges(due.order_by(reviews.c.opened_at, reviews.c.id))

    def save_nudge(self, nudge: Nudge) -> None:
        """See Transaction."""
        row = rows.nudge_row(nudge)
        self._connection.execute(upsert(self._connection, nudges, row, keys=["review_id", "user_id"]))

    def _nudges(self, query: Select[tuple[object, ...]]) -> list[Nudge]:
        return [rows.nudge_of(row) for row in self._connection.execute(query).mappings()]

    def digest_told(self, channel: str) -> datetime | None:
        """See Transaction."""
        told = self._connection.execute(select(digests.c.told_at).where(digests.c.channel == channel)).scalar()
        return None if told is None else rows.to_moment(told)

    def tell_digest(self, channel: str, at: datetime) -> None:
        """See Transaction."""
        row = {"channel": channel, "told_at": at.timestamp()}
        self._connection.execute(upsert(self._connection, digests, row, keys=["channel"]))

    def saw_home(self, user_id: str, at: datetime) -> None:
        """See Transaction."""
        seen = {"user_id": rows.storable(user_id), "seen_at": at.timestamp(), "places": "{}"}
        self._connection.execute(upsert(self._connection, home_views, seen, keys=["user_id"]))

    def turn_home(self, user_id: str, places: Places) -> None:
        """See Transaction."""
        theirs = home_views.c.user_id == rows.storable(user_id)
        self._connection.execute(update(home_views).where(theirs).values(places=rows.places_text(places)))

    def home_places(self, user_id: str) -> Places:
        """See Transaction."""
        theirs = home_views.c.user_id == rows.storable(user_id)
        places = self._connection.execute(select(home_views.c.places).where(theirs)).scalar()
        return rows.places_of(places) if places else {}

    def home_viewers(self, since: datetime) -> list[str]:
        """See Transaction."""
        recent = select(home_views.c.user_id).where(home_views.c.seen_at >= since.timestamp())
        return list(self._connection.execute(recent.order_by(home_views.c.user_id)).scalars())
