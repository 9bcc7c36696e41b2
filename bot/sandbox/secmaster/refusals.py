"""Why the emulated SecMaster says no: one sentence for a person, one code for a program.

SandboxRefusal
└── Refusal            HTTP 400 and a SecMaster code, unless said otherwise
    ├── NoSuchVersion  SecMaster.20040605
    ├── NoSuchWorkflow SecMaster.20040611
    ├── WrongStatus    the life cycle forbids it
    ├── BadParameter   SecMaster.20040001, or a nearer code
    └── NoSuchWorkspace  HTTP 403, SecMaster.20010001
"""

from __future__ import annotations

from bot.sandbox.errors import SandboxRefusal


class Refusal(SandboxRefusal):
    """An answer of the service that is no success; `code` and `http_status` are what the API says."""

    code = "SecMaster.20040000"
    http_status = 400


class NoSuchVersion(Refusal):
    """A missing workflow version is a 400, not a 404; code from the Terraform provider's error handling."""

    code = "SecMaster.20040605"

    def __init__(self, version_id: str) -> None:
        super().__init__(f"The workflow version {version_id} does not exist.")


class NoSuchWorkflow(Refusal):
    """A missing workflow is a 400, not a 404; code from the Terraform provider's error handling."""

    code = "SecMaster.20040611"

    def __init__(self, workflow_id: str) -> None:
        super().__init__(f"The workflow {workflow_id} does not exist.")


class WrongStatus(Refusal):
    """The version's status does not allow the action.

    No source says which code the cloud answers here; this one is **invented** for the emulator.
    """

    code = "SecMaster.20040620"


class BadParameter(Refusal):
    """The request itself is wrong; the default code is the schema's own example of a parameter error."""

    code = "SecMaster.20040001"

    def __init__(self, detail: str, *, code: str = "SecMaster.20040001") -> None:
        super().__init__(f"Parameter error. {detail}")
        self.code = code


class NoSuchWorkspace(Refusal):
    """Documented as 400, really answered as 403 (Terraform provider)."""

    code = "SecMaster.20010001"
    http_status = 403

    def __init__(self, workspace_id: str) -> None:
        super().__init__(f"Invalid workspace ID {workspace_id}.")
