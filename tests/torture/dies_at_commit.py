"""`python -m bot run`, but doomed: the process kills itself just before, or right after, its N-th commit that wrote.

N comes from TORTURE_COMMIT, `before` or `after` from TORTURE_SIDE. A commit that wrote nothing is not counted: an idle
bot makes those all the time.
"""

from __future__ import annotations

import os
import signal
import threading
from typing import TYPE_CHECKING, Any

from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.pool import Pool

from bot.cli import main

if TYPE_CHECKING:
    from sqlalchemy import Connection

READS = ("SELECT", "PRAGMA", "BEGIN")


class Doom:
    """Counts the commits of all connections."""

    def __init__(self, number: int, side: str) -> None:
        self._number = number
        self._side = side
        self._counted = 0
        self._lock = threading.Lock()

    def executed(self, connection: Connection, cursor: Any, statement: str, *_more: object) -> None:
        """A statement ran; whether it wrote decides whether its commit counts."""
        if cursor.rowcount and not statement.lstrip().upper().startswith(READS):
            connection.info["wrote"] = True

    def rolled_back(self, connection: Connection) -> None:
        """What was written is gone."""
        connection.info.pop("wrote", None)

    def commits(self, connection: Connection) -> None:
        """The commit is about to be made."""
        if not connection.info.pop("wrote", False):
            return
        with self._lock:
            self._counted += 1
            last = self._counted == self._number
        if last and self._side == "before":
            die()
        if last:
            connection.info["dies"] = True

    def returned(self, _connection: object, record: Any) -> None:
        """The transaction is over, and nobody has heard of it yet."""
        if record.info.get("dies"):
            die()


def die() -> None:
    """No goodbye."""
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    doom = Doom(int(os.environ["TORTURE_COMMIT"]), os.environ["TORTURE_SIDE"])
    event.listen(Engine, "after_cursor_execute", doom.executed)
    event.listen(Engine, "rollback", doom.rolled_back)
    event.listen(Engine, "commit", doom.commits)
    event.listen(Pool, "checkin", doom.returned)
    main(["run"])
