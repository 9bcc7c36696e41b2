"""The whole story of a version: what it is now, our rounds, and what SecMaster has on record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from bot.errors import SecMasterError

if TYPE_CHECKING:
    from bot.reviews.models import RecordedApproval, Review, Submission
    from bot.reviews.world import World

log = structlog.get_logger(__name__)

ROUNDS_TOLD = 5
RECORDS_TOLD = 5


@dataclass(frozen=True, kw_only=True)
class Story:
    """What `/secmaster show` tells."""

    submission: Submission
    rounds: tuple[Review, ...] = ()
    """Our newest reviews of it, newest first."""
    recorded: tuple[RecordedApproval, ...] | None = ()
    """SecMaster's own newest records of its review, newest first; None when they could not be read."""


async def tell(world: World, submission: Submission) -> Story:
    """The story of a version as it was just read. Records that cannot be read are missing, and said to be."""
    workspace_id, version_id = submission.workspace_id, submission.version_id
    rounds = await world.store.transact(lambda tx: tx.rounds(workspace_id, version_id, limit=ROUNDS_TOLD))
    recorded: tuple[RecordedApproval, ...] | None
    try:
        found = await world.releases.approvals(workspace_id, version_id)
        newest = sorted(found, key=lambda approval: approval.created_at, reverse=True)
        recorded = tuple(newest[:RECORDS_TOLD])
    except SecMasterError as error:
        log.warning("story.records_unreadable", version_id=version_id, error=str(error))
        recorded = None
    return Story(submission=submission, rounds=tuple(rounds), recorded=recorded)
