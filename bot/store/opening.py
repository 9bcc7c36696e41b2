"""The database as a process that starts meets it: waited for, brought up to date, asked how it is."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.errors import SettingsError, StoreError
from bot.store.trouble import line, with_reason

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from bot.store.sql import SqlStore

log = structlog.get_logger(__name__)

TRY_EVERY = 2.0
TELL_EVERY = 60.0
COUNT_WITHIN = 5.0
"""Seconds; who scrapes metrics waits ten."""


class Opening:
    """Of one store."""

    def __init__(self, store: SqlStore, url: str, *, try_every: float = TRY_EVERY) -> None:
        self._store = store
        self._url = url
        self._try_every = try_every
        self.done = False
        """Whether the tables are up to date."""

    async def migrate(self) -> None:
        """Bring the tables up to date, as `insist` does it."""
        await self.insist(self._store.migrate)
        self.done = True

    async def insist(self, work: Callable[[], Awaitable[object]]) -> None:
        """Do `work` as often as the database is away; SettingsError for what does not go by itself."""
        began = told = time.monotonic()
        while True:
            try:
                await work()
            except StoreError as error:
                if not error.passes:
                    raise SettingsError([line(with_reason(error, self._url), self._url)]) from None
                now = time.monotonic()
                if now - told >= TELL_EVERY:
                    told = now
                    log.warning("store.not_ready", cause=error.cause, after=round(now - began, 1))
                await asyncio.sleep(self._try_every)
            except SQLAlchemyError as error:
                log.exception("store.unusable")
                unknown = StoreError(f"it cannot be used ({type(error).__name__})", advice="The log above says more.")
                raise SettingsError([line(unknown, self._url)]) from None
            else:
                return

    async def check(self) -> str | None:
        """What is wrong with the database, for /readyz."""
        try:
            await self._store.ping()
        except StoreError as error:
            return error.cause
        return None if self.done else "its tables are not up to date yet"

    async def counts(self) -> Mapping[str, int] | None:
        """How many jobs there are in each state; None when the database cannot say."""
        try:
            async with asyncio.timeout(COUNT_WITHIN):
                return await self._store.transact(lambda tx: tx.count_jobs())
        except (SQLAlchemyError, StoreError, TimeoutError):
            return None
