"""The tables. Moments are seconds since 1970 UTC; values that no query looks into are JSON text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    text,
)

if TYPE_CHECKING:
    from sqlalchemy.types import TypeEngine

REVISION = "0004"
"""Of the newest migration, which makes the tables as they are here."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_BIG_KEY = BigInteger().with_variant(Integer, "sqlite")
"""SQLite counts up only a key declared INTEGER."""


def _words(length: int) -> TypeEngine[str]:
    """A short text. PostgreSQL would refuse one that is longer than declared, which SQLite does not mind."""
    return Text().with_variant(String(length), "sqlite")


UNFINISHED = text("state IN ('open', 'deciding', 'failed')")
ENDED = text("state IN ('decided', 'closed')")
LEASED = text("owner IS NOT NULL")
STANDING_SQLITE, STANDING = text("buried = 0"), text("NOT buried")
DUE_SQLITE, DUE = text("due = 1"), text("due")
"""Not buried, and due, as SQLAlchemy spells it for each: SQLite takes a partial index only for the very same words."""

reviews = Table(
    "reviews",
    metadata,
    Column("id", _words(64), primary_key=True),
    Column("workspace_id", _words(64), nullable=False),
    Column("version_id", _words(64), nullable=False),
    Column("round", Integer, nullable=False),
    Column("state", _words(16), nullable=False),
    Column("submission", Text, nullable=False),
    Column("route", Text, nullable=False),
    Column("requested_by", _words(32)),
    Column("submitter_user", _words(32)),
    Column("opened_at", Double, nullable=False),
    Column("examination", Text),
    Column("card", Text),
    Column("questions", Text, nullable=False, server_default="[]"),
    Column("handovers", Text, nullable=False, server_default="[]"),
    Column("escalated_at", Double),
    Column("decision", Text),
    Column("sent_at", Double),
    Column("approvals_before", Text),
    Column("opinion", Text),
    Column("failure", Text),
    Column("closed_because", _words(32)),
    Column("closed_at", Double),
    Column("release_status", _words(64), nullable=False, server_default=""),
    Column("release_final", Boolean, nullable=False, server_default=text("false")),
    Index("ux_reviews_round", "workspace_id", "version_id", "round", unique=True),
    Index(
        "ux_reviews_unfinished",
        "workspace_id",
        "version_id",
        unique=True,
        sqlite_where=UNFINISHED,
        postgresql_where=UNFINISHED,
    ),
    Index("ix_reviews_waiting", "opened_at", "id", sqlite_where=UNFINISHED, postgresql_where=UNFINISHED),
    Index("ix_reviews_ended", "closed_at", "id", sqlite_where=ENDED, postgresql_where=ENDED),
    Index("ix_reviews_submitter_user", "submitter_user", "opened_at", "id"),
    Index("ix_reviews_requested_by", "requested_by", "opened_at", "id"),
)

baselines = Table(
    "baselines",
    metadata,
    Column("review_id", _words(64), ForeignKey("reviews.id", ondelete="CASCADE"), primary_key=True),
    Column("submission", Text, nullable=False),
)
"""What the submission of a review was compared with; apart, since lists of reviews need none of it."""

votes = Table(
    "votes",
    metadata,
    Column("review_id", _words(64), ForeignKey("reviews.id", ondelete="CASCADE"), primary_key=True),
    Column("user_id", _words(32), primary_key=True),
    Column("verdict", _words(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("voted_at", Double, nullable=False),
    Column("view_id", _words(64), nullable=False),
    Index("ix_votes_user_id", "user_id", "voted_at", "review_id"),
)

nudges = Table(
    "nudges",
    metadata,
    Column("review_id", _words(64), ForeignKey("reviews.id", ondelete="CASCADE"), primary_key=True),
    Column("user_id", _words(32), primary_key=True),
    Column("told", Integer, nullable=False),
    Column("told_at", Double),
    Column("wanted_at", Double),
    Column("due", Boolean, nullable=False),
    Column("wished", Boolean, nullable=False),
    Index("ix_nudges_due", "user_id", sqlite_where=DUE_SQLITE, postgresql_where=DUE),
)
"""How far who was reminded of what."""

submits = Table(
    "submits",
    metadata,
    Column("review_id", _words(64), ForeignKey("reviews.id", ondelete="CASCADE"), primary_key=True),
    Column("user_id", _words(32), primary_key=True),
    Column("view_id", _words(64), primary_key=True),
)
"""Every modal whose vote was counted, also one whose vote was replaced since: Slack may deliver it again."""

audit = Table(
    "audit",
    metadata,
    Column("id", _BIG_KEY, primary_key=True, autoincrement=True),
    Column("at", Double, nullable=False),
    Column("event", _words(32), nullable=False),
    Column("workspace_id", _words(64), nullable=False),
    Column("version_id", _words(64), nullable=False),
    Column("review_id", _words(64), nullable=False),
    Column("user_id", _words(32)),
    Column("details", Text, nullable=False),
    Index("ix_audit_version_id", "version_id", "id"),
    Index("ix_audit_review_id", "review_id", "id"),
    sqlite_autoincrement=True,
)
"""What happened, only ever added to; no key to reviews, which it outlives."""

jobs = Table(
    "jobs",
    metadata,
    Column("id", _BIG_KEY, primary_key=True, autoincrement=True),
    Column("kind", _words(32), nullable=False),
    Column("subject", _words(128), nullable=False),
    Column("lane", _words(160), nullable=False),
    Column("payload", Text, nullable=False),
    Column("key", _words(160), unique=True),
    Column("pace", _words(160)),
    Column("run_at", Double, nullable=False),
    Column("attempt", Integer, nullable=False, server_default=text("0")),
    Column("token", Integer, nullable=False, server_default=text("0")),
    Column("owner", _words(64)),
    Column("leased_until", Double),
    Column("buried", Boolean, nullable=False, server_default=text("false")),
    Column("error", Text),
    Column("created_at", Double, nullable=False),
    Index("ix_jobs_lane", "lane", "id", sqlite_where=STANDING_SQLITE, postgresql_where=STANDING),
    Index("ix_jobs_due", "run_at", "id", sqlite_where=STANDING_SQLITE, postgresql_where=STANDING),
    Index("ix_jobs_leased", "leased_until", sqlite_where=LEASED, postgresql_where=LEASED),
    Index("ix_jobs_subject", "subject"),
    sqlite_autoincrement=True,
)
"""Work. `key` is emptied when a job starts; `token` counts its leases and fences out an owner that lost it."""

paces = Table(
    "paces",
    metadata,
    Column("pace", _words(160), primary_key=True),
    Column("next_at", Double, nullable=False),
    Index("ix_paces_next_at", "next_at"),
)
"""When the next job of a pace may start, for all replicas alike."""

home_views = Table(
    "home_views",
    metadata,
    Column("user_id", _words(32), primary_key=True),
    Column("seen_at", Double, nullable=False),
    Column("places", Text, nullable=False, server_default="{}"),
    Index("ix_home_views_seen_at", "seen_at"),
)
"""Who looked at their home when, and where its lists begin if not at their beginning."""

digests = Table(
    "digests",
    metadata,
    Column("channel", _words(32), primary_key=True),
    Column("told_at", Double, nullable=False),
)
"""For which moment a channel had its newest digest."""
