"""Stores on both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.store.sql import SqlStore
from tests.store.memory import memory_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.postgres import Postgres


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[SqlStore]:
    """A migrated store."""
    opened = SqlStore(database_url)
    await opened.migrate()
    yield opened
    await opened.close()


@pytest.fixture(params=["sqlite", "postgresql"])
async def memory(request: pytest.FixtureRequest) -> AsyncIterator[SqlStore]:
    """A quick store that each example empties."""
    if request.param == "sqlite":
        url = "sqlite://"
    else:
        server: Postgres = request.getfixturevalue("postgres")
        url = server.database()
    async with memory_store(url) as opened:
        yield opened
