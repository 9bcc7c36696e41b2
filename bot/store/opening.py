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
    from collections.abc import Awaitable, Callable, Collection

    from bot.store.numbers import Numbers
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
        self._asking: asyncio.Task[Numbers | None] | None = None

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

    async def numbers(self, workspaces: Collection[str]) -> Numbers | None:
        """What is measured in the database, for /metrics; None when it does not say so in time.

        While it keeps one who asks waiting, others wait for the same answer: questions do not pile up before it.
        """
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._numbers(workspaces))
        answered, _ = await asyncio.wait({self._asking}, timeout=COUNT_WITHIN)
        return self._asking.result() if answered else None

    async def _numbers(self, workspaces: Collection[str]) -> Numbers | None:
        try:
            return await self._store.transact(lambda tx: tx.numbers(workspaces))
        except (SQLAlchemyError, StoreError):
            return None
