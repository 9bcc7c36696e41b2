"""What was found out about a submission when its review opened: what it changes, and what SecMaster's checks say."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from bot.changes.diff import Difference, Summary


class Against(StrEnum):
    """What a submission is compared with."""

    ACTIVE = "active"
    """The version that works now, and that it would replace."""
    APPROVED = "approved"
    """None is active: the newest of those that were approved."""
    NOTHING = "nothing"
    """No version of it was ever approved: it is the first."""
    UNKNOWN = "unknown"
    """What went before could not be read."""


class CheckMode(StrEnum):
    """What SecMaster checks of a flow (ValidateAopWorkflowVersion, mode)."""

    BASIC = "BASIC"
    CIRCLE = "CIRCLE"
    APP_PARAMS = "APP_PARAMS"


class CheckResult(StrEnum):
    """How a check ended."""

    PASSED = "passed"
    FAILED = "failed"
    UNAVAILABLE = "unavailable"
    """SecMaster did not do it, or did not say how it ended."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """One check of SecMaster's; `detail` in its own words."""

    mode: CheckMode
    result: CheckResult
    detail: str = ""

    def __str__(self) -> str:
        """On one line."""
        return f"{self.mode} {self.result}: {self.detail}"


@dataclass(frozen=True, kw_only=True)
class Examination:
    """Stored with the review; the content of the baseline is stored beside it."""

    at: datetime
    against: Against
    baseline_id: str = ""
    """Version id of what it is compared with; "" when there is nothing."""
    baseline_version: str = ""
    """What SecMaster calls that version."""
    summary: Summary | None = None
    """How much changes; None when that is not known."""
    since: Summary | None = None
    """How much changed since the round before; None in the first round."""
    checks: tuple[Check, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether SecMaster has made every check, and none found anything wrong."""
        return {check.mode for check in self.checks if check.result is CheckResult.PASSED} == set(CheckMode)

    def outdated(self, active: str) -> bool:
        """Whether it was not compared with `active`, the id of the version that works now ("" when not known)."""
        if not active or self.against is Against.UNKNOWN:
            return False
        return self.against is not Against.ACTIVE or self.baseline_id != active

    @property
    def not_passed(self) -> tuple[Check, ...]:
        """The checks that found something wrong, and those that SecMaster did not make."""
        return tuple(check for check in self.checks if check.result is not CheckResult.PASSED)

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that found something wrong."""
        return tuple(check for check in self.checks if check.result is CheckResult.FAILED)


@dataclass(frozen=True, kw_only=True)
class Changes:
    """The whole of what changes, made anew from what is stored."""

    difference: Difference | None
    """To the baseline; None when that is not known."""
    since: Difference | None = None
    """Since the round before; None in the first round."""


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A drawing of what changes."""

    png: bytes
    headline: str
    """What stands above it in the thread."""
    words: str
    """The same in words, for who cannot see it."""
