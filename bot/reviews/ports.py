"""What the core needs of the world, as Protocols."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.reviews.models import (
        Opinion,
        Person,
        RecordedApproval,
        Result,
        Submission,
    )


class Releases(Protocol):
    """SecMaster, as far as reviews need it. Every method raises SecMasterError."""

    async def pending(self, workspace_id: str) -> list[str]:
        """Ids of all workflow versions of the workspace that wait for review."""
        ...

    async def version(self, workspace_id: str, version_id: str) -> Submission:
        """The version as it is now; NotFound when there is none."""
        ...

    async def approve(self, workspace_id: str, version_id: str, *, result: Result, content: str) -> Opinion:
        """Send the decision and return the opinion that SecMaster returned. Never repeats by itself."""
        ...

    async def approvals(self, workspace_id: str, version_id: str) -> list[RecordedApproval]:
        """The approvals recorded for a version, in no certain order."""
        ...
