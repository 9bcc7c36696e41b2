"""The resource types that can be reviewed: their names, paths, statuses and parsers.

Playbook versions are the sibling: the same paths under `playbooks`, `approve_type` PLAYBOOK, statuses of their own.
Adding them is one constant here and two parsers in `records`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.reviews.models import ReleaseStatus
from bot.secmaster import records

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.reviews.models import Submission


@dataclass(frozen=True, kw_only=True)
class Operations:
    """SecMaster's names of the calls, as its documentation and its audit log write them."""

    list: str
    show: str
    list_versions: str
    show_version: str
    approve: str


@dataclass(frozen=True, kw_only=True)
class ResourceType:
    """One kind of thing that is versioned, submitted and reviewed."""

    name: str
    collection: str
    """The path segment under `/soc`."""
    approve_type: str
    """How ListPlaybookApproves names the kind."""
    operations: Operations
    statuses: Mapping[str, ReleaseStatus]
    """SecMaster's words, in lower case, and what they mean."""
    page_size: int
    last_offset: int
    """SecMaster refuses to list from beyond it."""
    parent: Callable[[dict[str, Any]], records.Workflow]
    version: Callable[[dict[str, Any], str], Submission]

    def status(self, word: str) -> str:
        """The status in our words; one that we do not know stays as it came."""
        known = self.statuses.get(word.lower())
        return known.value if known else word


WORKFLOW_VERSION = ResourceType(
    name="workflow_version",
    collection="workflows",
    approve_type="AOP_WORKFLOW",
    operations=Operations(
        list="ListWorkflows",
        show="ShowAopWorkflow",
        list_versions="ListAopWorkflowVersions",
        show_version="ShowAopWorkflowVersion",
        approve="CreateAopWorkflowVersionApprovel",
    ),
    statuses={status.value: status for status in ReleaseStatus},
    page_size=100,
    last_offset=10_000,
    parent=records.workflow,
    version=records.workflow_version,
)
