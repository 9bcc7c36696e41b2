"""What is to happen at an exact moment of an exact call: a test pulls a plug just then."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Action = Callable[[], Awaitable[object]]
    Chosen = Callable[[Any], bool]

Moment = Literal["arrives", "applied"]
"""`arrives`: the call is here and nothing is done yet. `applied`: it took effect and is not answered yet."""

EVERY = "*"
"""As a call's name: whatever call comes."""

_SHOWN = {"arrives": "something happens when {} arrives", "applied": "something happens when {} took effect"}


@dataclass(frozen=True, slots=True)
class _Appointment:
    call: str
    moment: Moment
    action: Action
    only: Chosen | None

    def meets(self, call: str, moment: Moment, request: Any) -> bool:
        """Whether this is what was waited for."""
        return self.call in {call, EVERY} and self.moment == moment and (self.only is None or self.only(request))


@dataclass
class Moments:
    """Actions that wait for their call. Each happens once, and the call waits until it has ended."""

    _appointments: list[_Appointment] = field(default_factory=list)

    def when(self, call: str, moment: Moment, action: Action, *, only: Chosen | None = None) -> None:
        """Have `action` run at this moment of the next call of that name, or of the next one that `only` is true of."""
        self._appointments.append(_Appointment(call, moment, action, only))

    async def reach(self, call: str, moment: Moment, request: Any) -> bool:
        """A call has come so far: run the first action that waits for this; whether there was one."""
        met = next((one for one in self._appointments if one.meets(call, moment, request)), None)
        if met is None:
            return False
        self._appointments.remove(met)  # first, so that no other call meets it while the action runs
        await met.action()
        return True

    def active(self) -> list[dict[str, Any]]:
        """What still waits, as data: `name`, `text` for people, and its details."""
        return [
            {"name": "when", "call": one.call, "moment": one.moment, "text": _SHOWN[one.moment].format(one.call)}
            for one in self._appointments
        ]

    def clear(self) -> None:
        """Nothing waits any more."""
        self._appointments.clear()
