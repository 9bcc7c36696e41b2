"""Everything that can be made to go wrong with the emulated Slack, one switch each."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from bot.sandbox.moments import EVERY, Moments

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.sandbox.changes import Changes
    from bot.sandbox.moments import Action, Moment


@dataclass
class Rule:
    """One armed switch: the next `times` calls of `method` (in `channel`, when given) meet it."""

    name: str
    method: str
    times: int
    text: str
    channel: str | None = None
    status: int = 200
    code: str = ""
    seconds: float = 0.0

    def meets(self, method: str, channel: str | None) -> bool:
        """Whether a call of `method` about `channel` meets this rule."""
        return self.method in {method, EVERY} and self.channel in {None, channel}


@dataclass
class Sockets:
    """What the socket faults act on; the emulator puts its own hub here."""

    disconnect: Callable[[str], Awaitable[int]]
    drop: Callable[[], int]
    expire_tickets: Callable[[], int]


@dataclass
class SlackFaults:
    """The switches: attributes are set, methods arm a number of calls; `active()` shows what is on, `clear()` ends it.

    `duplicate_deliveries`: that many next payloads reach the app twice, the second marked as a retry.
    `lost_deliveries`: that many next payloads are never sent; the person sees a failure, events are retried.
    `rate_limit_posts`: one posted message a second a channel, else 429 with Retry-After, as Slack's rule says.
    `silent_sockets`: the zombie: connections stay open, but nothing is delivered, nothing read and no ping answered.
    `refuse_tickets`: that many next connections are turned away although their ticket is fresh.
    `bad_signatures`: that many next HTTP deliveries carry a wrong signature.
    `signature_skew_s`: HTTP deliveries are stamped this many seconds off.
    `event_retry_delays_s`: when an event that was not acked is sent again (Slack: at once, after 1 and 5 minutes).
    """

    duplicate_deliveries: int = 0
    lost_deliveries: int = 0
    rate_limit_posts: bool = False
    silent_sockets: bool = False
    refuse_tickets: int = 0
    bad_signatures: int = 0
    signature_skew_s: float = 0.0
    event_retry_delays_s: tuple[float, ...] = (0.0, 60.0, 300.0)
    rules: list[Rule] = field(default_factory=list)
    moments: Moments = field(default_factory=Moments)
    sockets: Sockets | None = None
    changes: Changes | None = None

    def throttle(self, method: str, *, retry_after: int = 1, times: int = 1, channel: str | None = None) -> None:
        """Answer 429 with `Retry-After: retry_after` seconds; nothing is applied."""
        text = f"{method} answers 429, wait {retry_after} s"
        self._arm(Rule("throttle", method, times, text, channel, 429, "ratelimited", retry_after))

    def fail(self, method: str, *, status: int = 500, times: int = 1) -> None:
        """Answer with this HTTP status and a body that is no JSON; nothing is applied."""
        self._arm(Rule("fail", method, times, f"{method} answers HTTP {status}", status=status))

    def error(self, method: str, code: str, *, times: int = 1) -> None:
        """Answer `ok: false` with this error code; nothing is applied."""
        self._arm(Rule("error", method, times, f"{method} answers {code}", code=code))

    def lose_answer(self, method: str, *, times: int = 1) -> None:
        """Apply the call, then drop the connection without an answer."""
        self._arm(Rule("lose_answer", method, times, f"{method} is applied but not answered"))

    def drop_request(self, method: str, *, times: int = 1) -> None:
        """Drop the connection without applying the call."""
        self._arm(Rule("drop_request", method, times, f"{method} is dropped"))

    def slow(self, method: str, seconds: float, *, times: int = 1) -> None:
        """Wait before the call is applied."""
        self._arm(Rule("slow", method, times, f"{method} takes {seconds:g} s", seconds=seconds))

    def when(
        self, method: str, moment: Moment, action: Action, *, only: Callable[[dict[str, Any]], bool] | None = None
    ) -> None:
        """Have `action` run once: when a call of `method` arrives, or when it was applied and before it is answered.

        The call goes on when the action has ended, and meets the other switches after it arrived. `only` chooses
        among the calls by their arguments; one that was refused or dropped is never `applied`.
        """
        self.moments.when(method, moment, action, only=only)
        self._tell()

    async def reach(self, method: str, moment: Moment, args: dict[str, Any]) -> None:
        """A call has come so far: run the action that waits for it."""
        if await self.moments.reach(method, moment, args):
            self._tell()

    async def disconnect(self, reason: str = "refresh_requested") -> int:
        """Tell every connection to reconnect: `warning`, `refresh_requested` or `link_disabled`; how many there were.

        After `warning` the connection stays; after the others the server closes it.
        """
        return await self.sockets.disconnect(reason) if self.sockets else 0

    def drop_connections(self) -> int:
        """Break every Socket Mode connection without a word; how many there were."""
        return self.sockets.drop() if self.sockets else 0

    def zombie(self, *, on: bool = True) -> None:
        """Turn `silent_sockets` on or off."""
        self.silent_sockets = on
        self._tell()

    def expire_tickets(self) -> int:
        """Every Socket Mode URL handed out and not used yet is worthless from now on; how many there were."""
        return self.sockets.expire_tickets() if self.sockets else 0

    def take(self, name: str, method: str, channel: str | None = None) -> Rule | None:
        """Use up one shot of the first matching rule, if any."""
        for rule in self.rules:
            if rule.name == name and rule.meets(method, channel):
                rule.times -= 1
                if rule.times <= 0:
                    self.rules.remove(rule)
                self._tell()
                return rule
        return None

    def active(self) -> list[dict[str, Any]]:
        """What is on right now: `name`, `text` for people, and the details of each."""
        rules = [asdict(rule) for rule in self.rules]
        switches = [{"name": name, "text": text, "value": getattr(self, name)} for name, text in self._switches()]
        return [*rules, *self.moments.active(), *switches]

    def clear(self) -> None:
        """End every fault."""
        fresh = SlackFaults()
        for name in _SWITCH_TEXTS:
            setattr(self, name, getattr(fresh, name))
        self.rules.clear()
        self.moments.clear()
        self._tell()

    def _arm(self, rule: Rule) -> None:
        self.rules.append(rule)
        self._tell()

    def _switches(self) -> list[tuple[str, str]]:
        fresh = SlackFaults()
        changed = [name for name in _SWITCH_TEXTS if getattr(self, name) != getattr(fresh, name)]
        return [(name, _SWITCH_TEXTS[name].format(getattr(self, name))) for name in changed]

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        if name in _SWITCH_TEXTS:
            self._tell()

    def _tell(self) -> None:
        changes = getattr(self, "changes", None)  # not there yet while the instance is made
        if changes:
            changes.publish("faults")


_SWITCH_TEXTS = {
    "duplicate_deliveries": "the next {} payloads are delivered twice",
    "lost_deliveries": "the next {} payloads are never sent",
    "rate_limit_posts": "one message a second a channel",
    "silent_sockets": "sockets stay open but silent",
    "refuse_tickets": "the next {} connections are turned away",
    "bad_signatures": "the next {} requests are signed wrongly",
    "signature_skew_s": "requests are stamped {} s off",
    "event_retry_delays_s": "events are sent again after {} s",
}
