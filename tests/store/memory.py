"""A store that is emptied between examples: by the hundred, new ones would be slow."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings
from sqlalchemy import delete

from bot.store.schema import metadata
from bot.store.sql import SqlStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.store.transaction import SqlTransaction


@asynccontextmanager
async def memory_store(url: str = "sqlite://") -> AsyncIterator[SqlStore]:
    """An empty store without migrations; in memory it has one connection, so no second replica can share it."""
    store = SqlStore(url)
    try:
        await store.transact(lambda tx: metadata.create_all(tx._connection))
        yield store
    finally:
        await store.close()


def empty(tx: SqlTransaction) -> None:
    """Take every row away: the next example begins."""
    for table in reversed(metadata.sorted_tables):
        tx._connection.execute(delete(table))


def examples(number: int) -> settings:
    """So many examples on one store that each of them empties; how long one takes says nothing here."""
    return settings(max_examples=number, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
