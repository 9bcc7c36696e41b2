"""INSERT … ON CONFLICT, which SQLite and PostgreSQL spell alike and SQLAlchemy types apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.dialects import sqlite

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, Executable, Table


def upsert(connection: Connection, table: Table, row: Mapping[str, object], *, keys: Sequence[str]) -> Executable:
    """Insert the row, or overwrite the other columns of the one with the same keys."""
    values = {name: value for name, value in row.items() if name not in keys}
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql  # a tenth of a start's imports, for who has no PostgreSQL

        return postgresql.insert(table).values(row).on_conflict_do_update(index_elements=keys, set_=values)
    return sqlite.insert(table).values(row).on_conflict_do_update(index_elements=keys, set_=values)


def insert_or_lock(connection: Connection, table: Table, row: Mapping[str, object], *, key: str) -> Executable:
    """Insert the row; one with the same key is left as it is, and locked: what it waits for cannot start meanwhile."""
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(table).values(row).on_conflict_do_update(index_elements=[key], set_={key: row[key]})
    return sqlite.insert(table).values(row).on_conflict_do_nothing(index_elements=[key])


def insert_new(connection: Connection, table: Table, row: Mapping[str, object], *, keys: Sequence[str]) -> Executable:
    """Insert the row unless one with the same keys is there."""
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(table).values(row).on_conflict_do_nothing(index_elements=keys)
    return sqlite.insert(table).values(row).on_conflict_do_nothing(index_elements=keys)
