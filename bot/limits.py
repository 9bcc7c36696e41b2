"""How long a reason may be: what is sent to SecMaster holds one of each vote that a decision needs, one a line."""

from __future__ import annotations

CONTENT_LONGEST = 1028
"""Characters. SecMaster states no limit for workflows; its schema of stored comments says this."""

REASON_LONGEST = 1000
"""Characters of a single vote's reason, some way below that."""


def reason_longest(approvals_required: int) -> int:
    """Characters of a reason where so many approvals are needed."""
    return min(REASON_LONGEST, (CONTENT_LONGEST - (approvals_required - 1)) // approvals_required)
