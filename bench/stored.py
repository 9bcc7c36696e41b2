"""A database full of reviews that ended long ago, grown from a few that the bot itself has written."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING

from bench.venue import CROWD

if TYPE_CHECKING:
    from pathlib import Path

APART_S = 60.0
"""Seconds between two reviews."""

COLUMNS = {
    "reviews": {
        "id": "id || '-' || i",
        "version_id": "substr(version_id, 1, 28) || printf('%08d', i)",
        "submission": "replace(submission, version_id, substr(version_id, 1, 28) || printf('%08d', i))",
        "opened_at": f"opened_at - i * {APART_S}",
        "closed_at": f"closed_at - i * {APART_S}",
    },
    "baselines": {"review_id": "review_id || '-' || i"},
    "votes": {
        "review_id": "review_id || '-' || i",
        "user_id": f"printf('U0BENCH%03d', i % {CROWD})",
        "voted_at": f"voted_at - i * {APART_S}",
    },
    "submits": {"review_id": "review_id || '-' || i", "user_id": f"printf('U0BENCH%03d', i % {CROWD})"},
    "audit": {
        "id": "NULL",
        "at": f"at - i * {APART_S}",
        "review_id": "review_id || '-' || i",
        "version_id": "substr(version_id, 1, 28) || printf('%08d', i)",
    },
}
"""What is another in each copy of a row; everything else is the same."""


def grow(database: Path, reviews: int) -> None:
    """Copy the newest decided review, and what belongs to it, so many times; nobody may have the file open."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        (model,) = connection.execute(
            "SELECT id FROM reviews WHERE state = 'decided' ORDER BY closed_at DESC LIMIT 1"
        ).fetchone()
        for table, changed in COLUMNS.items():
            names = [name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")]
            values = ", ".join(changed.get(name, f'"{name}"') for name in names)
            key = "id" if table == "reviews" else "review_id"
            connection.execute(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
                f"INSERT INTO {table} SELECT {values} FROM n CROSS JOIN (SELECT * FROM {table} WHERE {key} = ?)",
                (reviews, model),
            )
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
