"""The command: every check, those that depend on nothing at once, and what they found."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeVar

import click

from bot import environment
from bot.doctor import fonts, report, secmaster, settings, slack
from bot.doctor.database import Database
from bot.doctor.finding import REPORT_IT, Check
from bot.observe import logging

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.doctor.finding import Finding
    from bot.settings import Settings

T = TypeVar("T")

FAILED = 1
"""Exit status when a check fails."""


def run(*, as_json: bool, color: bool) -> int:
    """Print what every check finds; the exit status."""
    secrets = environment.secrets()
    # What libraries have to say of a failed call stands in the findings, in words for people.
    logging.configure(style="console", level="CRITICAL", secrets=secrets)
    read, findings = settings.read()
    environment.hide_from_libraries()
    found = asyncio.run(_examined(read))
    shown = report.presentable([*findings, *found], secrets)
    click.echo(report.as_json(shown) if as_json else report.text(shown, color=color))
    return 0 if report.healthy(shown) else FAILED


async def _examined(read: Settings | None) -> list[Finding]:
    asyncio.get_running_loop().set_default_executor(LooseThreads())
    return await examine(read) if read else await examine_what_is_right()


async def examine(read: Settings) -> list[Finding]:
    """Every finding of these settings."""
    return await _together(
        slack=slack.examine(read),
        secmaster=secmaster.examine(read.secmaster, [workspace.id for workspace in read.workspaces]),
        database=Database(read.database_url.get_secret_value()).examine(),
        fonts=fonts.examine(read),
    )


async def examine_what_is_right() -> list[Finding]:
    """The same where some setting is wrong: SecMaster and the database are looked at if their own are right."""
    parts: dict[str, Awaitable[list[Finding]]] = {}
    if alone := settings.secmaster():
        parts["secmaster"] = secmaster.examine(*alone)
    if url := settings.database():
        parts["database"] = Database(url).examine()
    unseen = [subject for subject in ("slack", "secmaster", "database", "fonts") if subject not in parts]
    skipped = [Check(subject, subject).skip("The settings are wrong.") for subject in unseen]
    return [*skipped, *await _together(**parts)]


async def _together(**subjects: Awaitable[list[Finding]]) -> list[Finding]:
    parts = await asyncio.gather(*(_whole(subject, work) for subject, work in subjects.items()))
    return list(chain.from_iterable(parts))


async def _whole(subject: str, work: Awaitable[list[Finding]]) -> list[Finding]:
    try:
        return await work
    except Exception as error:  # noqa: BLE001 - the other subjects are told all the same
        return [Check(subject, subject).fail(f"The checks broke off ({type(error).__name__}).", REPORT_IT)]


class LooseThreads(ThreadPoolExecutor):
    """A thread for each piece of work, for which nobody waits at the end: a name server or database may hang."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Begin at once."""
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()

        def work() -> None:
            try:
                future.set_result(fn(*args, **kwargs))
            except BaseException as error:  # noqa: BLE001 - it belongs to who asked
                future.set_exception(error)

        threading.Thread(target=work, daemon=True).start()
        return future
