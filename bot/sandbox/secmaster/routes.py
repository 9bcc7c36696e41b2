"""Which operation a method and a path mean. Operation names are the SDK's, its spelling included."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Mapping

TOKEN_OPERATION = "KeystoneCreateUserTokenByPassword"  # noqa: S105 - the name of an operation
APPROVAL_OPERATION = "CreateAopWorkflowVersionApprovel"

_WORKSPACES = "/v1/{project_id}/workspaces"
_SOC = _WORKSPACES + "/{workspace_id}/soc"

_NOT_A_WORKFLOW_ID = "(?!(?:versions|validation|instances)(?:/|$))"
"""These words stand where a workflow id stands in other paths; they never are one."""


@dataclass(frozen=True, slots=True)
class Route:
    """One operation of the API."""

    operation: str
    method: str
    template: str
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Match:
    """The operation that a request means, with the decoded parts of its path."""

    operation: str
    path: Mapping[str, str]


def resolve(method: str, target: str) -> Match | None:
    """The operation, or None for what the gateway answers with APIGW.0101; a slash at the end changes nothing."""
    path = target.partition("?")[0].rstrip("/")
    for route in ROUTES:
        found = route.pattern.fullmatch(path) if route.method == method else None
        if found:
            return Match(route.operation, {name: unquote(value) for name, value in found.groupdict().items()})
    return None


def _route(operation: str, method: str, template: str) -> Route:
    pattern = template.replace("{workflow_id}", _NOT_A_WORKFLOW_ID + "{workflow_id}")
    return Route(operation, method, template, re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern)))


ROUTES = (
    _route(TOKEN_OPERATION, "POST", "/v3/auth/tokens"),
    _route("ListWorkspaces", "GET", _WORKSPACES),
    _route("ListWorkflows", "GET", _SOC + "/workflows"),
    _route("CreateAopWorkflow", "POST", _SOC + "/workflows"),
    _route("ValidateAopWorkflowVersion", "POST", _SOC + "/workflows/validation"),
    _route("ShowAopWorkflowVersion", "GET", _SOC + "/workflows/versions/{version_id}"),
    _route("UpdateAopWorkflowVersion", "PUT", _SOC + "/workflows/versions/{version_id}"),
    _route("DeleteAopWorkflowVersion", "DELETE", _SOC + "/workflows/versions/{version_id}"),
    _route(APPROVAL_OPERATION, "POST", _SOC + "/workflows/versions/{version_id}/approval"),
    _route("ShowAopWorkflow", "GET", _SOC + "/workflows/{workflow_id}"),
    _route("UpdateAopWorkflow", "PUT", _SOC + "/workflows/{workflow_id}"),
    _route("ListAopWorkflowVersions", "GET", _SOC + "/workflows/{workflow_id}/versions"),
    _route("CreateAopWorkflowVersion", "POST", _SOC + "/workflows/{workflow_id}/versions"),
    _route("ListPlaybookApproves", "GET", _SOC + "/playbooks/versions/approval"),
)

OPERATIONS = tuple(route.operation for route in ROUTES)
