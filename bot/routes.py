"""Workspaces, policies and routes, as frozen values, and the ids that they are made of."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import timedelta

CHANNEL_ID = re.compile(r"[CG][A-Z0-9]{2,20}")
USER_ID = re.compile(r"[UW][A-Z0-9]{2,20}")
GROUP_ID = re.compile(r"S[A-Z0-9]{2,20}")
ID = re.compile(r"[A-Za-z0-9_-]+")
EVERY_MEMBER = "channel"


@dataclass(frozen=True, kw_only=True)
class WorkspaceSettings:
    """A SecMaster workspace under review."""

    id: str
    project_id: str = ""
    name: str = ""
    channel: str = ""

    def with_defaults(self, *, channel: str | None, project_id: str) -> WorkspaceSettings:
        """With the environment's values where the file is silent."""
        return replace(self, channel=self.channel or channel or "", project_id=self.project_id or project_id)


@dataclass(frozen=True, kw_only=True)
class PolicySettings:
    """Who may review, what decides, and who is asked again when nobody does."""

    reviewers: tuple[str, ...]
    approvals_required: int = 1
    allow_self_review: bool = False
    require_known_submitter: bool = False
    """Whether nobody may vote as long as it is not known who the submitter is."""
    block_on_failed_checks: bool = False
    """Whether nobody may approve while a check of SecMaster's fails."""
    require_reason: str = "always"
    """`always`, or `reject`: an approval may go without."""
    reasons: tuple[str, ...] = ()
    """Prepared reasons, in the order in which they are offered."""
    remind_after: timedelta | None = None
    """None is never."""
    escalate_after: timedelta | None = None
    """None is never."""
    escalate_to: tuple[str, ...] = ()
    """Ids of channels and of people."""


@dataclass(frozen=True, kw_only=True)
class RouteSettings:
    """Conditions, and what differs from the defaults where they hold; None is the default."""

    workspace: str = ""
    aop_types: tuple[str, ...] = ()
    workflow: str = ""
    channel: str | None = None
    notify: tuple[str, ...] | None = None
    policy: PolicySettings | None = None
    locale: str | None = None
    name: str = ""
    """For the metrics."""


def is_id(text: str) -> bool:
    """Whether it can be the id of a project or workspace, which become part of a path."""
    return ID.fullmatch(text) is not None


def is_channel(text: str) -> bool:
    """Whether it can be a channel's id."""
    return CHANNEL_ID.fullmatch(text) is not None


def reviewer_problem(text: str) -> str | None:
    """What is wrong with a reviewer; None when it is a user id, a user group id or the word for every member."""
    if text == EVERY_MEMBER or USER_ID.fullmatch(text) or GROUP_ID.fullmatch(text):
        return None
    return "is no user id (U… or W…), no user group id (S…) and not the word channel."
