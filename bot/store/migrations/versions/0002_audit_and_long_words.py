"""The audit trail, the submits already counted, indexes for the queue; no short texts on PostgreSQL."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SHORT = {
    "home_views": {"user_id": 32},
    "jobs": {"kind": 32, "subject": 128, "lane": 160, "key": 160, "pace": 160, "owner": 64},
    "paces": {"pace": 160},
    "reviews": {
        "id": 64, "workspace_id": 64, "version_id": 64, "state": 16, "requested_by": 32, "submitter_user": 32,
        "closed_because": 32, "release_status": 64,
    },
    "votes": {"review_id": 64, "user_id": 32, "verdict": 16, "view_id": 64},
}  # fmt: skip
"""Columns with a length, which PostgreSQL enforces and SQLite does not."""


def _words(length: int) -> sa.types.TypeEngine[str]:
    return sa.Text().with_variant(sa.String(length), "sqlite")


def _partial_indexes_for_sqlite(where: str) -> None:
    """Only a condition in the words of the query lets SQLite use them."""
    for name, column in (("ix_jobs_lane", "lane"), ("ix_jobs_due", "run_at")):
        op.drop_index(name, table_name="jobs")
        op.create_index(name, "jobs", [column, "id"], unique=False, sqlite_where=sa.text(where))


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table, columns in SHORT.items():
            for column in columns:
                op.alter_column(table, column, type_=sa.Text())
    else:
        _partial_indexes_for_sqlite("buried = 0")
    op.create_table(
        "submits",
        sa.Column("review_id", _words(64), nullable=False),
        sa.Column("user_id", _words(32), nullable=False),
        sa.Column("view_id", _words(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["review_id"], ["reviews.id"], name=op.f("fk_submits_review_id_reviews"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("review_id", "user_id", "view_id", name=op.f("pk_submits")),
    )
    op.execute("INSERT INTO submits (review_id, user_id, view_id) SELECT review_id, user_id, view_id FROM votes")
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("event", _words(32), nullable=False),
        sa.Column("workspace_id", _words(64), nullable=False),
        sa.Column("version_id", _words(64), nullable=False),
        sa.Column("review_id", _words(64), nullable=False),
        sa.Column("user_id", _words(32), nullable=True),
        sa.Column("details", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_version_id", "audit", ["version_id", "id"], unique=False)
    op.create_index("ix_audit_review_id", "audit", ["review_id", "id"], unique=False)
    leased = sa.text("owner IS NOT NULL")
    op.create_index("ix_jobs_leased", "jobs", ["leased_until"], sqlite_where=leased, postgresql_where=leased)
    op.create_index("ix_jobs_subject", "jobs", ["subject"], unique=False)
    op.create_index("ix_paces_next_at", "paces", ["next_at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_paces_next_at", table_name="paces")
    op.drop_index("ix_jobs_subject", table_name="jobs")
    op.drop_index("ix_jobs_leased", table_name="jobs")
    op.drop_table("audit")
    op.drop_table("submits")
    if op.get_bind().dialect.name == "postgresql":
        for table, columns in SHORT.items():
            for column, length in columns.items():
                op.alter_column(table, column, type_=sa.String(length))
    else:
        _partial_indexes_for_sqlite("NOT buried")
