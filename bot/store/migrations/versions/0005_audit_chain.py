"""The audit trail is chained by hash, and only ever added to."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from bot.reviews.chain import GENESIS, Kept  # how an entry is hashed never changes

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

AT_ONCE = 1000
"""Entries that are read and chained together."""
FIELDS = ("id", "at", "event", "workspace_id", "version_id", "review_id", "user_id", "details")
REFUSAL = "the audit trail is only ever added to"


def _words(length: int) -> sa.types.TypeEngine[str]:
    return sa.Text().with_variant(sa.String(length), "sqlite")


def upgrade() -> None:
    # With a default neither database writes the table anew; on PostgreSQL it is taken back, so that nobody forgets one.
    op.add_column("audit", sa.Column("hash", _words(64), nullable=False, server_default=""))
    if _on_postgresql():
        op.alter_column("audit", "hash", server_default=None)
    configured = sa.text("event = 'configured'")
    op.create_index("ix_audit_configured", "audit", ["id"], sqlite_where=configured, postgresql_where=configured)
    heads = op.create_table(
        "audit_head",
        sa.Column("only", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("last_id", sa.BigInteger(), nullable=False),
        sa.Column("hash", _words(64), nullable=False),
        sa.PrimaryKeyConstraint("only", name=op.f("pk_audit_head")),
    )
    op.bulk_insert(heads, [_chained()])
    for statement in _GUARDS["postgresql" if _on_postgresql() else "sqlite"]:
        op.execute(statement)


def downgrade() -> None:
    for statement in _NO_GUARDS["postgresql" if _on_postgresql() else "sqlite"]:
        op.execute(statement)
    if _on_postgresql():  # the earlier revision numbers entries by the sequence, which was not used since
        op.execute("SELECT setval(pg_get_serial_sequence('audit', 'id'), max(id)) FROM audit HAVING max(id) > 0")
    op.drop_table("audit_head")
    op.drop_index("ix_audit_configured", table_name="audit")
    op.drop_column("audit", "hash")


def _on_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _chained() -> dict[str, Any]:
    """Chain the entries that are there, some at a time; the row of the head."""
    connection = op.get_bind()
    audit = sa.table("audit", *(sa.column(name) for name in FIELDS))
    reading = sa.select(audit).where(audit.c.id > sa.bindparam("last")).order_by(audit.c.id).limit(AT_ONCE)
    head: dict[str, Any] = {"only": 1, "entries": 0, "last_id": 0, "hash": GENESIS}
    while found := connection.execute(reading, {"last": head["last_id"]}).mappings().all():
        links = []
        for row in found:
            head["hash"] = Kept(**row).after(head["hash"])
            links.append({"id": row["id"], "hash": head["hash"]})
        _write(connection, links)
        head["last_id"] = found[-1]["id"]
        head["entries"] += len(found)
    return head


def _write(connection: sa.Connection, links: list[dict[str, Any]]) -> None:
    if connection.dialect.name == "sqlite":
        connection.execute(sa.text("UPDATE audit SET hash = :hash WHERE id = :id"), links)
        return
    whole = sa.text(
        "UPDATE audit SET hash = link.hash"
        " FROM unnest(CAST(:ids AS bigint[]), CAST(:hashes AS text[])) AS link(id, hash) WHERE audit.id = link.id"
    )
    columns = {"ids": [link["id"] for link in links], "hashes": [link["hash"] for link in links]}
    connection.execute(whole, columns)


_GUARDS = {
    "sqlite": [
        f"CREATE TRIGGER audit_no_{act.lower()} BEFORE {act} ON audit BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        for act in ("UPDATE", "DELETE")
    ],
    "postgresql": [
        f"""CREATE FUNCTION audit_only_added_to() RETURNS trigger LANGUAGE plpgsql
            AS $$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$""",
        """CREATE TRIGGER audit_only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
            FOR EACH STATEMENT EXECUTE FUNCTION audit_only_added_to()""",
    ],
}
"""They keep mistakes away, and nobody who means it: who owns the tables can drop them. The chain is for that."""

_NO_GUARDS = {
    "sqlite": ["DROP TRIGGER audit_no_update", "DROP TRIGGER audit_no_delete"],
    "postgresql": ["DROP TRIGGER audit_only_added_to ON audit", "DROP FUNCTION audit_only_added_to()"],
}
