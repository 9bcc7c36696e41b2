"""What a submission changes, and what it was compared with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def _words(length: int) -> sa.types.TypeEngine[str]:
    return sa.Text().with_variant(sa.String(length), "sqlite")


def upgrade() -> None:
    op.add_column("reviews", sa.Column("examination", sa.Text(), nullable=True))
    op.create_table(
        "baselines",
        sa.Column("review_id", _words(64), nullable=False),
        sa.Column("submission", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["review_id"], ["reviews.id"], name=op.f("fk_baselines_review_id_reviews"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("review_id", name=op.f("pk_baselines")),
    )


def downgrade() -> None:
    op.drop_table("baselines")
    op.drop_column("reviews", "examination")
