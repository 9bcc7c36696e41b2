"""Times as SecMaster writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

_CHINA = timezone(timedelta(hours=8))


def stamp(at: float) -> str:
    """`2026-11-24T09:15:00Z+0800`: a literal `Z`, then the zone; so it is not ISO 8601.

    The API reference shows this form for playbooks; for workflow versions it is inferred.
    """
    return datetime.fromtimestamp(at, _CHINA).strftime("%Y-%m-%dT%H:%M:%SZ%z")


def iam_stamp(at: float) -> str:
    """`2026-11-24T01:15:00.000000Z`, as IAM writes the life of a token."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
