"""Kill -9 just before and right after each commit that one review's life makes, from the first migration on."""

from __future__ import annotations

import itertools
import random
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.scenarios.stage import OMAR
from tests.torture import extent
from tests.torture.arena import SETTLES_WITHIN, Arena, opened
from tests.torture.databases import need, runnable
from tests.torture.lanes import in_lanes, selected
from tests.torture.voting import Ballot

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Mapping

    from tests.torture.databases import NewDatabase
    from tests.torture.tally import Tally

pytestmark = pytest.mark.asyncio(loop_scope="module")

COMMITS = 48
"""A few more than a review's life has."""

FEW = 2
"""Commits tried in every run, of each side."""


@dataclass(frozen=True)
class Commit:
    """Where a process dies."""

    number: int
    side: str
    database: str

    def __str__(self) -> str:
        return f"{self.side} commit {self.number} on {self.database}"


def commits() -> list[Commit]:
    """Every commit, or a few that the seed chooses."""
    databases = ("sqlite", "postgresql")
    if extent.EVERYTHING:
        every = itertools.product(range(1, COMMITS + 1), ("before", "after"), databases)
        return [Commit(*one) for one in every]
    chosen = random.Random(extent.SEED).sample(range(1, 20), 2 * FEW)
    return [Commit(number, side, "sqlite") for number, side in zip(chosen, ("before", "after") * FEW, strict=True)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def outcomes(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, tally: Tally, new_database: NewDatabase
) -> AsyncIterator[Mapping[Commit, Awaitable[None]]]:
    """The lives of this run, each on a database of its own, side by side."""

    async def die_and_rise(_lane: None, commit: Commit) -> None:
        folder = tmp_path_factory.mktemp("bot")
        database = new_database(commit.database, folder)
        async with opened(folder, tally, database_url=database, BOT_POLL_INTERVAL="3600") as arena:
            await one_review(arena, commit)

    async with in_lanes(runnable(selected(request, "commit")), nullcontext, die_and_rise) as tried:
        yield tried


async def one_review(arena: Arena, commit: Commit) -> None:
    """A review's life in the hands of a process that dies at this commit, and of the next one."""
    version = arena.draft("Commit by commit")
    arena.secmaster.submit(version)
    await arena.begin(commit=commit.number, side=commit.side)
    voting = arena.votes(Ballot(version, OMAR, "approve", f"Looked at {commit}"))
    await arena.slack.until(
        lambda: not arena.lives.alive or arena.is_settled(version), timeout=SETTLES_WITHIN, what="an end"
    )
    if not await arena.lives.at_rest(SETTLES_WITHIN):
        arena.was_killed(f"{commit.side} a commit")
        await arena.begin()
    await voting
    await arena.settled(version)
    await arena.at_rest()


@pytest.mark.parametrize("commit", commits(), ids=str)
async def test_killed(outcomes: Mapping[Commit, Awaitable[None]], commit: Commit) -> None:
    """Whichever commit dies with its process, or is the last of it, the review comes to its one end."""
    need(commit.database)
    await outcomes[commit]
