"""The database: whether it is there, its tables, the work in it."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from bot import database_url
from bot.doctor.finding import Check, Finding, Outcome, counted, limited
from bot.errors import StoreError
from bot.store.trouble import NEWER

if TYPE_CHECKING:
    from bot.store.inspection import Inspection

REACHABLE = Check("database", "reachable")
TABLES = Check("database", "tables")
WORK = Check("database", "work")

AWAY = "Start it, or correct BOT_DATABASE_URL; the bot waits for it."
BACK_UP = "Make a backup before you start the bot."


class Database:
    """Of one address, looked at once."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._place = database_url.place(url)
        self._inspection: Inspection | None = None
        self._newer: StoreError | None = None

    async def examine(self) -> list[Finding]:
        """Three findings; nothing is migrated, made or locked."""
        reachable = await limited(REACHABLE, self._reachable())
        if reachable.outcome is Outcome.FAIL:
            return [reachable, *(check.skip("The database cannot be read.") for check in (TABLES, WORK))]
        return [reachable, self._tables(), self._work()]

    async def _reachable(self) -> Finding:
        from bot.store.inspection import inspect  # alembic is slow to import

        try:
            self._inspection = await asyncio.to_thread(inspect, self._url, now=time.time())
        except StoreError as error:
            if error.cause != NEWER.words:
                return REACHABLE.fail(f"{self._place}: {error.cause}.", error.advice or AWAY)
            self._newer = error
        if self._inspection and not self._inspection.there:
            return REACHABLE.ok(f"{self._place} does not exist yet: the bot makes it at its start.")
        return REACHABLE.ok(self._place)

    def _tables(self) -> Finding:
        found = self._inspection
        if found is None:
            error = self._newer or NEWER.error()
            return TABLES.fail(f"{error.cause[:1].upper()}{error.cause[1:]}.", error.advice)
        if not found.revision:
            return TABLES.ok("None yet: the bot makes them at its start.")
        if found.pending:
            to = f"from {found.revision} to {found.newest}"
            return TABLES.warn(f"To be migrated {to} ({found.pending}), which the bot does at its start.", BACK_UP)
        return TABLES.ok(f"Up to date ({found.revision}).")

    def _work(self) -> Finding:
        found = self._inspection
        if found is None or found.pending or not found.revision:
            return WORK.skip("It is counted in up-to-date tables only.")
        waiting, late = counted(found.reviews, "review"), counted(found.overdue, "job")
        told = f"{waiting} not ended, {late} overdue, {found.buried} given up."
        if found.overdue:
            advice = (
                "Is the bot running? If it is, its log says what they wait for; if not, it does them when it starts."
            )
            return WORK.warn(told, advice)
        return WORK.ok(told)
