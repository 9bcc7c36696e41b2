"""What the core has when nobody says otherwise."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot.reviews.world import World

if TYPE_CHECKING:
    from tests.reviews.fakes import Desk


def test_the_clock_is_aware_and_ids_differ(desk: Desk) -> None:
    """Moments without a zone could not be compared with stored ones."""
    given = desk.world
    world = World(
        store=given.store,
        releases=given.releases,
        messenger=given.messenger,
        directory=given.directory,
        routing=given.routing,
        poll_interval=timedelta(0),
    )
    assert abs(world.clock() - datetime.now(UTC)) < timedelta(minutes=1)
    assert len({world.new_id() for _ in range(100)}) == 100
