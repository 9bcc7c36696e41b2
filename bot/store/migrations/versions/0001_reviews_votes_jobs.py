"""Reviews, votes, jobs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "home_views",
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("seen_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_home_views")),
    )
    op.create_index("ix_home_views_seen_at", "home_views", ["seen_at"], unique=False)

    op.create_table(
        "jobs",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=128), nullable=False),
        sa.Column("lane", sa.String(length=160), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("key", sa.String(length=160), nullable=True),
        sa.Column("pace", sa.String(length=160), nullable=True),
        sa.Column("run_at", sa.Double(), nullable=False),
        sa.Column("attempt", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("token", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=True),
        sa.Column("leased_until", sa.Double(), nullable=True),
        sa.Column("buried", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        sa.UniqueConstraint("key", name=op.f("uq_jobs_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_jobs_due",
        "jobs",
        ["run_at", "id"],
        unique=False,
        sqlite_where=sa.text("NOT buried"),
        postgresql_where=sa.text("NOT buried"),
    )
    op.create_index(
        "ix_jobs_lane",
        "jobs",
        ["lane", "id"],
        unique=False,
        sqlite_where=sa.text("NOT buried"),
        postgresql_where=sa.text("NOT buried"),
    )

    op.create_table(
        "paces",
        sa.Column("pace", sa.String(length=160), nullable=False),
        sa.Column("next_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("pace", name=op.f("pk_paces")),
    )
    op.create_table(
        "reviews",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("workspace_id", sa.String(length=64), nullable=False),
        sa.Column("version_id", sa.String(length=64), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("submission", sa.Text(), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.String(length=32), nullable=True),
        sa.Column("submitter_user", sa.String(length=32), nullable=True),
        sa.Column("opened_at", sa.Double(), nullable=False),
        sa.Column("card", sa.Text(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("sent_at", sa.Double(), nullable=True),
        sa.Column("approvals_before", sa.Text(), nullable=True),
        sa.Column("opinion", sa.Text(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("closed_because", sa.String(length=32), nullable=True),
        sa.Column("closed_at", sa.Double(), nullable=True),
        sa.Column("release_status", sa.String(length=64), server_default="", nullable=False),
        sa.Column("release_final", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
    )
    op.create_index(
        "ix_reviews_ended",
        "reviews",
        ["closed_at", "id"],
        unique=False,
        sqlite_where=sa.text("state IN ('decided', 'closed')"),
        postgresql_where=sa.text("state IN ('decided', 'closed')"),
    )
    op.create_index(
        "ix_reviews_waiting",
        "reviews",
        ["opened_at", "id"],
        unique=False,
        sqlite_where=sa.text("state IN ('open', 'deciding', 'failed')"),
        postgresql_where=sa.text("state IN ('open', 'deciding', 'failed')"),
    )
    op.create_index("ux_reviews_round", "reviews", ["workspace_id", "version_id", "round"], unique=True)
    op.create_index(
        "ux_reviews_unfinished",
        "reviews",
        ["workspace_id", "version_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('open', 'deciding', 'failed')"),
        postgresql_where=sa.text("state IN ('open', 'deciding', 'failed')"),
    )

    op.create_table(
        "votes",
        sa.Column("review_id", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("voted_at", sa.Double(), nullable=False),
        sa.Column("view_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["review_id"], ["reviews.id"], name=op.f("fk_votes_review_id_reviews"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("review_id", "user_id", name=op.f("pk_votes")),
    )


def downgrade() -> None:
    op.drop_table("votes")
    op.drop_index("ux_reviews_unfinished", table_name="reviews")
    op.drop_index("ux_reviews_round", table_name="reviews")
    op.drop_index("ix_reviews_waiting", table_name="reviews")
    op.drop_index("ix_reviews_ended", table_name="reviews")

    op.drop_table("reviews")
    op.drop_table("paces")
    op.drop_index("ix_jobs_lane", table_name="jobs")
    op.drop_index("ix_jobs_due", table_name="jobs")

    op.drop_table("jobs")
    op.drop_index("ix_home_views_seen_at", table_name="home_views")

    op.drop_table("home_views")
