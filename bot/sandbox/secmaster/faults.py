"""The ways in which a service misbehaves, each as a switch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from bot.sandbox.errors import SandboxRefusal
from bot.sandbox.moments import Moments
from bot.sandbox.secmaster.routes import APPROVAL_OPERATION, OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.sandbox.moments import Action, Moment

PUBLISH_SECONDS = 3.0

Kind = Literal["delay", "fail", "drop", "apply_then_drop", "non_zero_code", "garbage", "change_echo"]


@dataclass(slots=True)
class Fault:
    """One switch that is on for the next `times` calls of an operation; `options` are its details."""

    kind: Kind
    operation: str
    times: int
    text: str
    options: dict[str, Any] = field(default_factory=dict)

    def describe(self) -> dict[str, Any]:
        """The switch as data, for the page."""
        return {"name": self.kind, "operation": self.operation, "times": self.times, "text": self.text, **self.options}


@dataclass
class SecMasterFaults:
    """Everything that can be made to go wrong.

    A switch names an operation as the SDK does (`ShowAopWorkflowVersion`, ...) and is used up by the next `times`
    calls of it; calls meet the switches of one kind in the order in which they were set. A delay adds itself to
    whatever else is set; of the other kinds one call meets one.

    Attributes:
        publish_seconds: the time that an approved version spends in `publishing`, by the emulator's clock.
        publish_fails: so many of the next PASS decisions end in `publish_failed`.
        edit_while_pending: a version may be edited under review, as the Terraform provider's documentation says; off,
            it may not, as the user guide says.
    """

    publish_seconds: float = PUBLISH_SECONDS
    publish_fails: int = 0
    edit_while_pending: bool = False
    _faults: list[Fault] = field(default_factory=list, repr=False)
    moments: Moments = field(default_factory=Moments, repr=False)

    def delay(self, operation: str, seconds: float, times: int = 1) -> None:
        """Answer so much later; the call takes effect after the delay."""
        self._set("delay", operation, times, f"{operation} answers {seconds:g} s late", seconds=seconds)

    def fail(
        self,
        operation: str,
        status: int = 500,
        code: str | None = None,
        times: int = 1,
        *,
        message: str | None = None,
        retry_after: int | None = None,
    ) -> None:
        """Answer with this HTTP status and do nothing.

        `code` starts with `SecMaster.` for an error of the service, with `APIGW.` (default: the one that fits the
        status) for one of the gateway. `retry_after`: seconds for a `Retry-After` header, which SecMaster's
        documentation does not mention.
        """
        details = {"status": status, "code": code, "message": message, "retry_after": retry_after}
        self._set("fail", operation, times, f"{operation} fails with HTTP {status}", **details)

    def drop(self, operation: str, times: int = 1) -> None:
        """Break the connection instead of doing anything."""
        self._set("drop", operation, times, f"{operation} breaks the connection, nothing is done")

    def apply_then_drop(self, operation: str, times: int = 1) -> None:
        """Do what was asked, then break the connection without an answer."""
        self._set("apply_then_drop", operation, times, f"{operation} takes effect, but its answer is lost")

    def non_zero_code(
        self, operation: str, code: str = "SecMaster.20040000", message: str = "Unknown error.", times: int = 1
    ) -> None:
        """Do nothing and say so in an HTTP 200 with this `code` and `success: false`, as the envelope allows."""
        text = f"{operation} answers HTTP 200 with the code {code}"
        self._set("non_zero_code", operation, times, text, code=code, message=message)

    def garbage(self, operation: str, times: int = 1) -> None:
        """Do nothing and answer HTTP 200 with a page of HTML, as a proxy in between does."""
        self._set("garbage", operation, times, f"{operation} answers with something that is no JSON")

    def change_echo(self, text: str, times: int = 1) -> None:
        """Answer an approval with this content instead of the one that was sent and recorded."""
        label = f"the answer to an approval says “{text}” instead of what was sent"
        self._set("change_echo", APPROVAL_OPERATION, times, label, content=text)

    def when(
        self, operation: str, moment: Moment, action: Action, *, only: Callable[[str], bool] | None = None
    ) -> None:
        """Have `action` run once: when a call arrives, or when it was applied and before it is answered.

        The call goes on when the action has ended, and meets the other switches after it arrived. `only` chooses
        among the calls by their request target (path and query); one that was refused is never `applied`.
        """
        _check(operation)
        self.moments.when(operation, moment, action, only=only)

    async def reach(self, operation: str, moment: Moment, target: str) -> None:
        """A call has come so far: run the action that waits for it."""
        await self.moments.reach(operation, moment, target)

    def active(self) -> list[dict[str, Any]]:
        """Every switch that is on: `name`, `text` for people, and its details."""
        return [*self._publication(), *(fault.describe() for fault in self._faults), *self.moments.active()]

    def clear(self) -> None:
        """All switches off."""
        self._faults.clear()
        self.moments.clear()
        self.publish_seconds, self.publish_fails, self.edit_while_pending = PUBLISH_SECONDS, 0, False

    def take(self, operation: str, *kinds: Kind) -> Fault | None:
        """Use up one call of the first switch of these kinds, if one is set for this operation."""
        for fault in self._faults:
            if fault.operation == operation and fault.kind in kinds:
                fault.times -= 1
                if fault.times <= 0:
                    self._faults.remove(fault)
                return fault
        return None

    def _set(self, kind: Kind, operation: str, times: int, text: str, **options: Any) -> None:
        _check(operation)
        if times < 1:
            raise SandboxRefusal("A fault needs to happen at least once.")
        self._faults.append(Fault(kind, operation, times, text, options))

    def _publication(self) -> Iterator[dict[str, Any]]:
        if self.publish_seconds != PUBLISH_SECONDS:
            text = f"publishing takes {self.publish_seconds:g} s"
            yield {"name": "publish_seconds", "text": text, "seconds": self.publish_seconds}
        if self.publish_fails:
            text = f"the next {self.publish_fails} publications fail"
            yield {"name": "publish_fails", "text": text, "times": self.publish_fails}
        if self.edit_while_pending:
            yield {"name": "edit_while_pending", "text": "versions may be edited while they wait for review"}


def _check(operation: str) -> None:
    if operation not in OPERATIONS:
        raise SandboxRefusal(f"There is no operation {operation}. There are: {', '.join(OPERATIONS)}.")
