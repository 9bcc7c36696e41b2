"""What `secmaster-bot audit` and `secmaster-bot audit verify` do, and their exit statuses."""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import contextmanager
from itertools import chain, islice
from typing import TYPE_CHECKING

import click

from bot import environment
from bot.errors import SettingsError, StoreError
from bot.plain_text import one_line
from bot.reviews.chain import Broken, Walk
from bot.store.trail import AT_ONCE, Trail
from bot.store.trouble import line
from bot.trail.forms import FORMS
from bot.trail.moments import told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from bot.store.trail import Wanted

BROKEN = 1
"""Exit status when the chain does not hold."""
TROUBLE = 2
"""Exit status when there is no trail to be read."""
WIDTH, NARROWEST = 100, 80
"""Cells of a line where there is no terminal, and of the narrowest one that is cared for."""


def show(form: str, wanted: Wanted) -> int:
    """Print the entries that are wanted; the exit status."""

    def show_all(trail: Trail) -> int:
        entries = chain.from_iterable(trail.batches(wanted))
        first = list(islice(entries, 1))  # no header goes before a complaint
        _print(FORMS[form](chain(first, entries), _width()))
        return 0

    return _with_trail(show_all)


def verify(*, awaited: str = "") -> int:
    """Follow the chain from its beginning to its head, and say whether it holds; the exit status.

    `awaited` is a head that was noted down earlier, through which it has to pass.
    """

    def verify_all(trail: Trail) -> int:
        walk = Walk(awaited=awaited)
        broken = follow(trail, walk)
        click.echo(_told_broken(broken, walk) if broken else _told_whole(walk))
        return BROKEN if broken else 0

    return _with_trail(verify_all)


def follow(trail: Trail, walk: Walk, *, at_once: int = AT_ONCE) -> Broken | None:
    """Let `walk` go to the end of the trail, also of one that grows meanwhile; what is wrong first."""
    last: int | None = None
    while True:
        entries, head = trail.after(last, at_once=at_once)
        if not entries:  # and the head is of the same moment
            return walk.end(head)
        for entry in entries:
            if broken := walk.follow(entry):
                return broken
        last = entries[-1].id


def _told_whole(walk: Walk) -> str:
    at = walk.at
    lines = [f"{at.entries} entries, each of which follows from the one before.", f"Head: {at.hash}"]
    if walk.passed:
        since = at.entries - walk.passed.entries
        lines.append(f"Passes through the given head at entry {walk.passed.last_id}; {since} were added since.")
    return "\n".join(lines)


def _told_broken(broken: Broken, walk: Walk) -> str:
    if broken.entry is None:
        return f"Broken at the end: {broken.why}"
    entry = broken.entry
    facts = (f"{told(entry.at)} UTC", str(entry.event), f"version {entry.version_id}")
    place = one_line(", ".join(facts))
    return f"Broken at entry {entry.id} ({place}): {one_line(broken.why)}\n{walk.at.entries} entries before it hold."


def _with_trail(work: Callable[[Trail], int]) -> int:
    try:
        url = environment.load_database_url()
        with _opened(url) as trail:
            return work(trail)
    except SettingsError as error:
        for problem in error.problems:
            click.echo(problem, err=True)
    except StoreError as error:
        click.echo(line(error, url), err=True)
    return TROUBLE


@contextmanager
def _opened(url: str) -> Iterator[Trail]:
    trail = Trail(url)
    try:
        yield trail
    finally:
        trail.close()


def _width() -> int:
    return max(shutil.get_terminal_size().columns, NARROWEST) if sys.stdout.isatty() else WIDTH


def _print(lines: Iterable[str]) -> None:
    """In UTF-8, whatever the terminal says of itself; quietly until nobody reads any more."""
    out = sys.stdout.buffer
    try:
        for text in lines:
            out.write(text.encode("utf-8", "backslashreplace"))
        out.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python complains when it ends
