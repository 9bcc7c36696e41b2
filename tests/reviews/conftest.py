"""A desk on a fresh database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.store.sql import SqlStore
from tests.reviews.fakes import Desk
from tests.store.memory import memory_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    """A migrated SQLite store."""
    opened = SqlStore(f"sqlite:///{tmp_path / 'test.db'}")
    await opened.migrate()
    yield opened
    await opened.close()


@pytest.fixture
async def memory() -> AsyncIterator[SqlStore]:
    """A store for properties: each example empties it."""
    async with memory_store() as store:
        yield store


@pytest.fixture
def desk(store: SqlStore) -> Desk:
    """The core with its world."""
    return Desk(store)
