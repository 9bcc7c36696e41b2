"""The audit trail of one transaction: entries wait until its end, and are chained all at once.

Who appends holds the head of the chain until the commit, and everybody else who does waits. So it is taken last of all,
after the work is done and every other lock is held.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select, update

from bot.reviews.chain import GENESIS, Head
from bot.store import rows
from bot.store.schema import audit, audit_head
from bot.store.upsert import insert_new

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bot.reviews.audit import AuditEntry

ONLY = 1
"""Key of the one row of the head."""


class AuditTable:
    """Part of one transaction."""

    _connection: Connection
    recorded: list[AuditEntry]
    """What was added to the audit trail."""

    def record(self, entry: AuditEntry) -> None:
        """See Transaction."""
        self.recorded.append(entry)

    def append(self) -> None:
        """Write what was recorded, and nothing after it: the head of the chain is held from here to the commit."""
        if not self.recorded:
            return
        head = self._take_head()
        links: list[dict[str, object]] = []
        for entry in self.recorded:
            kept = rows.kept(entry, id=head.last_id + 1)
            head = Head(entries=head.entries + 1, last_id=kept.id, hash=kept.after(head.hash))
            links.append(rows.kept_row(kept) | {"hash": head.hash})
        self._connection.execute(insert(audit), links)
        self._connection.execute(update(audit_head).where(audit_head.c.only == ONLY).values(rows.head_row(head)))

    def _take_head(self) -> Head:
        """The head, locked. One that somebody deleted begins anew, which `audit verify` then finds."""
        last = select(func.max(audit.c.id)).scalar_subquery()  # a row put in behind our back must not stop the work
        taking = select(audit_head, last.label("last")).where(audit_head.c.only == ONLY).with_for_update()
        found = self._connection.execute(taking).mappings().first()
        if found is None:
            row = {"only": ONLY, "entries": 0, "last_id": 0, "hash": GENESIS}
            self._connection.execute(insert_new(self._connection, audit_head, row, keys=["only"]))
            found = self._connection.execute(taking).mappings().one()
        return Head(entries=found["entries"], last_id=max(found["last_id"], found["last"] or 0), hash=found["hash"])
