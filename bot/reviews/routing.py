"""Which route a submission takes: the first whose every condition matches."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.reviews.models import Route, Submission


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Conditions (an empty one matches everything) and the route of what matches them."""

    route: Route
    workspace: str = ""
    aop_types: tuple[str, ...] = ()
    workflow: str = ""
    """A shell-style pattern over the name, in any case."""

    def matches(self, submission: Submission) -> bool:
        """Whether every condition holds."""
        if self.workspace and self.workspace != submission.workspace_id:
            return False
        if self.aop_types and submission.aop_type not in self.aop_types:
            return False
        return not self.workflow or fnmatchcase(submission.name.casefold(), self.workflow.casefold())


@dataclass(frozen=True, kw_only=True)
class Routing:
    """The rules in order, the route of each workspace for what none of them matches, and who is who."""

    rules: Sequence[Rule]
    defaults: Mapping[str, Route]
    identities: Mapping[str, str] = field(default_factory=dict)
    """SecMaster IAM user name, in any case -> Slack user id."""

    @property
    def workspaces(self) -> Sequence[str]:
        """Ids of the workspaces under review, in the order configured."""
        return tuple(self.defaults)

    def route(self, submission: Submission) -> Route:
        """The first matching rule's route, else the workspace's own."""
        for rule in self.rules:
            if rule.matches(submission):
                return rule.route
        return self.defaults[submission.workspace_id]

    def submitter_user(self, submission: Submission) -> str | None:
        """The Slack user behind the submission's IAM user, if the identities name one."""
        return self._by_name.get(submission.submitter.casefold())

    @cached_property
    def _by_name(self) -> Mapping[str, str]:
        return {name.casefold(): user_id for name, user_id in self.identities.items()}
