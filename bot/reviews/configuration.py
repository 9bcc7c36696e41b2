"""Which settings the bot worked with, in the audit trail: an entry whenever it starts with others than before."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from bot.reviews.audit import AuditEntry, AuditEvent

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.reviews.ports import Transaction


def configured(tx: Transaction, settings: Mapping[str, object], *, now: datetime) -> bool:
    """Record settings (JSON values, no secrets) that differ from those recorded last; whether they do.

    Of replicas that start at once with the same settings one records them.
    """
    given: dict[str, Any] = json.loads(_text(settings))  # as they will be read: a tuple is a list then
    known = tx.configuration()
    if known == given:
        return False
    details = {"digest": digest(given), "changed": _changed(known, given) if known else {}, "settings": given}
    tx.record(
        AuditEntry(at=now, event=AuditEvent.CONFIGURED, workspace_id="", version_id="", review_id="", details=details)
    )
    return True


def digest(settings: Mapping[str, object]) -> str:
    """The same for the same settings, whatever their order."""
    return hashlib.sha256(_text(settings).encode("utf-8", "surrogatepass")).hexdigest()


def _text(settings: Mapping[str, object]) -> str:
    return json.dumps(dict(settings), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _changed(known: Mapping[str, object], given: Mapping[str, object]) -> dict[str, list[object]]:
    """What was and what is, of each setting that differs; null stands for one that is not there."""
    names = sorted(known.keys() | given.keys())
    return {name: [known.get(name), given.get(name)] for name in names if known.get(name) != given.get(name)}
