"""A stream of submissions and votes while the bot is killed again and again, and starts again at once."""

from __future__ import annotations

import asyncio
import random
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.torture import extent
from tests.torture.arena import Arena, opened
from tests.torture.crowd import Crowd
from tests.torture.databases import need, runnable
from tests.torture.lanes import in_lanes, selected
from tests.torture.reaper import Reaper

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Mapping

    from tests.torture.databases import NewDatabase
    from tests.torture.tally import Tally

pytestmark = pytest.mark.asyncio(loop_scope="module")

SEASON = 25
"""Kills in one arena: more would make its channel long, and its looks slow."""

WORKERS = 4
"""What one process does at a time, so that one kill can cut off no more than so many posts from their commits."""


@dataclass(frozen=True)
class Season:
    """One arena's share of the kills."""

    number: int
    kills: int
    database: str
    mode: str
    approvals_required: int

    @property
    def seed(self) -> int:
        """What all of its chances come from."""
        return extent.SEED * 1000 + self.number

    def __str__(self) -> str:
        place = f"{self.mode} mode on {self.database}"
        return f"season {self.number}: {self.kills} kills, {place}, {self.approvals_required} to approve"


def seasons() -> list[Season]:
    """The kills of this run, dealt out over both databases and both modes."""
    if not extent.EVERYTHING:
        return [Season(1, 8, "sqlite", "socket", 1), Season(2, 4, "postgresql", "http", 2)]
    kinds = [("sqlite", "socket", 1), ("postgresql", "http", 2), ("sqlite", "http", 2), ("postgresql", "socket", 1)]
    starts = range(0, extent.KILLS, SEASON)
    return [
        Season(number, min(SEASON, extent.KILLS - start), *kinds[number % len(kinds)])
        for number, start in enumerate(starts)
    ]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def outcomes(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, tally: Tally, new_database: NewDatabase
) -> AsyncIterator[Mapping[Season, Awaitable[None]]]:
    """The seasons of this run, side by side."""

    async def live_through(_lane: None, season: Season) -> None:
        folder = tmp_path_factory.mktemp("season")
        tally.seeds.append(f"{season}: TORTURE_SEED={extent.SEED}")
        async with opened(
            folder,
            tally,
            database_url=new_database(season.database, folder),
            mode=season.mode,
            approvals_required=season.approvals_required,
            BOT_POLL_INTERVAL="1",
        ) as arena:
            await many_lives(arena, season)

    async with in_lanes(runnable(selected(request, "season")), nullcontext, live_through) as lived:
        yield lived


async def many_lives(arena: Arena, season: Season) -> None:
    """People submit and vote while the bot is killed; then it lives, and everything has to come to its end."""
    rng = random.Random(season.seed)
    crowd = Crowd(arena, random.Random(season.seed), approvals_required=season.approvals_required)
    enough = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(crowd.go_on(enough))
        await Reaper(arena, rng).reap(season.kills)
        enough.set()
    await arena.settled(*crowd.versions)
    await arena.at_rest()
    assert len(arena.ledger.repeats()) <= WORKERS * season.kills


@pytest.mark.parametrize("season", seasons(), ids=str)
async def test_killed(outcomes: Mapping[Season, Awaitable[None]], season: Season) -> None:
    """However often and whenever it dies: one decision a version, as voted, told, and no vote lost that was acked."""
    need(season.database)
    await outcomes[season]
