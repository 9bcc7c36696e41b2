"""What keeps a configured channel, person or group from being of use: what is the matter, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """Of one channel, person or user group that the settings name."""

    found: str
    advice: str = ""
    code: str = ""
    """Slack's, where it refused to tell."""

    def __str__(self) -> str:
        """Both on one line, for the log."""
        return f"{self.found} {self.advice}".rstrip()


def unable(code: str) -> Trouble:
    """Slack does not let the bot look, and says why by this code."""
    return Trouble(found=f"Slack does not let the bot look at it ({code}).", code=code)
