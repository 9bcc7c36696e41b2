"""Which operation a request means."""

from __future__ import annotations

import pytest

from bot.sandbox.secmaster.routes import ROUTES, resolve

SOC = "/v1/p/workspaces/w/soc"

CASES = [
    ("POST", "/v3/auth/tokens?nocatalog=true", "KeystoneCreateUserTokenByPassword", {}),
    ("GET", "/v1/p/workspaces", "ListWorkspaces", {}),
    ("GET", f"{SOC}/workflows?limit=1", "ListWorkflows", {}),
    ("GET", f"{SOC}/workflows/", "ListWorkflows", {}),
    ("POST", f"{SOC}/workflows", "CreateAopWorkflow", {}),
    ("GET", f"{SOC}/workflows/abc", "ShowAopWorkflow", {"workflow_id": "abc"}),
    ("PUT", f"{SOC}/workflows/abc", "UpdateAopWorkflow", {"workflow_id": "abc"}),
    ("GET", f"{SOC}/workflows/abc/versions", "ListAopWorkflowVersions", {"workflow_id": "abc"}),
    ("POST", f"{SOC}/workflows/abc/versions", "CreateAopWorkflowVersion", {"workflow_id": "abc"}),
    ("GET", f"{SOC}/workflows/versions/abc", "ShowAopWorkflowVersion", {"version_id": "abc"}),
    ("GET", f"{SOC}/workflows/versions/a%20b", "ShowAopWorkflowVersion", {"version_id": "a b"}),
    ("PUT", f"{SOC}/workflows/versions/abc", "UpdateAopWorkflowVersion", {"version_id": "abc"}),
    ("DELETE", f"{SOC}/workflows/versions/abc", "DeleteAopWorkflowVersion", {"version_id": "abc"}),
    ("POST", f"{SOC}/workflows/versions/abc/approval", "CreateAopWorkflowVersionApprovel", {"version_id": "abc"}),
    ("POST", f"{SOC}/workflows/validation", "ValidateAopWorkflowVersion", {}),
    ("GET", f"{SOC}/playbooks/versions/approval", "ListPlaybookApproves", {}),
    # a workflow whose id begins like a reserved word is still a workflow
    ("GET", f"{SOC}/workflows/versions-of-mine", "ShowAopWorkflow", {"workflow_id": "versions-of-mine"}),
]

NOWHERE = [
    ("GET", f"{SOC}/workflows/validation"),  # not a workflow called "validation"
    ("GET", f"{SOC}/workflows/versions"),
    ("GET", f"{SOC}/workflows/instances"),
    ("PUT", f"{SOC}/workflows/validation"),
    ("POST", f"{SOC}/workflows/versions/versions"),
    ("GET", f"{SOC}/workflows/versions/versions/versions"),
    ("PATCH", f"{SOC}/workflows/abc"),
    ("GET", "/v3/auth/tokens"),
    ("GET", "/"),
]


@pytest.mark.parametrize(("method", "target", "operation", "ids"), CASES)
def test_operation(method: str, target: str, operation: str, ids: dict[str, str]) -> None:
    """A method and a path mean one operation, a slash at the end or a query notwithstanding."""
    match = resolve(method, target)

    assert match is not None
    assert match.operation == operation
    assert {key: value for key, value in match.path.items() if key.endswith(("workflow_id", "version_id"))} == ids


@pytest.mark.parametrize(("method", "target"), NOWHERE)
def test_nowhere(method: str, target: str) -> None:
    """The words that other paths have in the place of a workflow id are no workflow ids."""
    assert resolve(method, target) is None


def test_every_route_is_tried_here() -> None:
    """No operation is left out of the table above."""
    assert {route.operation for route in ROUTES} == {operation for _, _, operation, _ in CASES}
