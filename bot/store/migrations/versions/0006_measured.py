"""When each workspace was last looked at, for the metrics; and given up jobs, found without reading the others."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def _words(length: int) -> sa.types.TypeEngine[str]:
    return sa.Text().with_variant(sa.String(length), "sqlite")


def upgrade() -> None:
    op.create_table(
        "looks",
        sa.Column("workspace_id", _words(64), nullable=False),
        sa.Column("looked_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", name=op.f("pk_looks")),
    )
    op.create_index(
        "ix_jobs_buried", "jobs", ["id"], sqlite_where=sa.text("buried = 1"), postgresql_where=sa.text("buried")
    )


def downgrade() -> None:
    op.drop_index("ix_jobs_buried", table_name="jobs")
    op.drop_table("looks")
