"""What the sandbox says when somebody asks for the impossible."""

from __future__ import annotations


class SandboxRefusal(Exception):
    """A person tried what their client would not let them do; the text says why, in words for them."""


class InputRefusal(SandboxRefusal):
    """A form was not sent because its own checks failed; `errors` maps each block_id to what is wrong there."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("; ".join(errors.values()))
        self.errors = errors


class SandboxTimeout(AssertionError):
    """What was waited for did not happen in time; the text says what was waited for."""
