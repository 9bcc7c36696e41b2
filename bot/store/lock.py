"""One bot at a time on a SQLite file: a lock of the operating system, which ends with the process, whatever ends it."""

from __future__ import annotations

import fcntl
import os
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import make_url

from bot.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator

log = structlog.get_logger(__name__)


UNLOCKED = "See to it that no other bot uses this file."


@contextmanager
def alone(url: str) -> Iterator[None]:
    """Keep other bots from the SQLite file of this address while the block runs; SettingsError when one has it.

    Where there can be no lock (a read-only folder, a network file system) the block runs without; a missing folder is
    for the store to tell. PostgreSQL takes any number of us.
    """
    address = make_url(url)
    path = Path(os.path.realpath(str(address.database)))
    if address.get_backend_name() != "sqlite" or not path.parent.is_dir():
        yield
        return
    with ExitStack() as held:
        try:
            lock = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
            held.callback(os.close, lock)
            _take(lock, path)
        except OSError as error:
            log.warning("store.not_locked", error=error.strerror, advice=UNLOCKED)
        yield


def _take(lock: int, path: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        process = os.pread(lock, 20, 0).decode("ascii", "replace").strip() or "of an unknown number"
        told = f"BOT_DATABASE_URL ({path}): another bot uses this file (process {process})."
        raise SettingsError([f"{told} Stop it, or use PostgreSQL, which takes several."]) from None
    os.ftruncate(lock, 0)
    os.pwrite(lock, str(os.getpid()).encode(), 0)
