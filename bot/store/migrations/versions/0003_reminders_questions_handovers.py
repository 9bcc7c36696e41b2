"""Reminders, digests, questions, handovers; what a person voted on and submitted; pages of homes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def _words(length: int) -> sa.types.TypeEngine[str]:
    return sa.Text().with_variant(sa.String(length), "sqlite")


def upgrade() -> None:
    op.add_column("reviews", sa.Column("questions", sa.Text(), nullable=False, server_default="[]"))
    op.add_column("reviews", sa.Column("handovers", sa.Text(), nullable=False, server_default="[]"))
    op.add_column("reviews", sa.Column("escalated_at", sa.Double(), nullable=True))
    op.create_index("ix_reviews_submitter_user", "reviews", ["submitter_user", "opened_at", "id"], unique=False)
    op.create_index("ix_reviews_requested_by", "reviews", ["requested_by", "opened_at", "id"], unique=False)
    op.create_index("ix_votes_user_id", "votes", ["user_id", "voted_at", "review_id"], unique=False)
    op.add_column("home_views", sa.Column("places", sa.Text(), nullable=False, server_default="{}"))
    op.create_table(
        "nudges",
        sa.Column("review_id", _words(64), nullable=False),
        sa.Column("user_id", _words(32), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("told_at", sa.Double(), nullable=True),
        sa.Column("wanted_at", sa.Double(), nullable=True),
        sa.Column("due", sa.Boolean(), nullable=False),
        sa.Column("wished", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["review_id"], ["reviews.id"], name=op.f("fk_nudges_review_id_reviews"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("review_id", "user_id", name=op.f("pk_nudges")),
    )
    op.create_index(
        "ix_nudges_due", "nudges", ["user_id"], sqlite_where=sa.text("due = 1"), postgresql_where=sa.text("due")
    )
    op.create_table(
        "digests",
        sa.Column("channel", _words(32), nullable=False),
        sa.Column("told_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_digests")),
    )


def downgrade() -> None:
    op.drop_table("digests")
    op.drop_index("ix_nudges_due", table_name="nudges")
    op.drop_table("nudges")
    op.drop_column("home_views", "places")
    op.drop_index("ix_votes_user_id", table_name="votes")
    op.drop_index("ix_reviews_requested_by", table_name="reviews")
    op.drop_index("ix_reviews_submitter_user", table_name="reviews")
    for column in ("escalated_at", "handovers", "questions"):
        op.drop_column("reviews", column)
