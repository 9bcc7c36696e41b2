"""The fault switches as the page offers them: a title, what it does, its fields, and the call that sets it."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from bot.sandbox.errors import SandboxRefusal
from bot.sandbox.secmaster import SecMasterFaults
from bot.sandbox.secmaster.routes import APPROVAL_OPERATION, OPERATIONS
from bot.sandbox.slack import SlackFaults

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.sandbox.page.asked import Asked
    from bot.sandbox.secmaster import SecMasterEmulator
    from bot.sandbox.slack import SlackEmulator

Side = Literal["slack", "secmaster"]

METHODS = (
    "chat.postMessage", "chat.update", "chat.postEphemeral", "views.open", "views.update", "views.push",
    "views.publish", "users.info", "conversations.info", "conversations.members", "usergroups.users.list", "auth.test",
    "apps.connections.open", "files.getUploadURLExternal", "files.completeUploadExternal", "*",
)  # fmt: skip
APPROVAL_FIRST = (APPROVAL_OPERATION, *(one for one in OPERATIONS if one != APPROVAL_OPERATION))


@dataclass(frozen=True, slots=True)
class Field:
    """One value to set; its type is that of `value`, the default. `options`: one of these."""

    name: str
    label: str
    value: str | int | float
    options: tuple[str | int, ...] | None = None

    def read(self, asked: Asked) -> str | int | float:
        """The value that was asked for."""
        chosen = self._typed(asked)
        if self.options and chosen not in self.options:
            raise SandboxRefusal(f"{self.label} is one of {', '.join(map(str, self.options))}.")
        return chosen

    def _typed(self, asked: Asked) -> str | int | float:
        if isinstance(self.value, float):
            return asked.number(self.name)
        return asked.whole(self.name) if isinstance(self.value, int) else asked.text(self.name)


@dataclass(frozen=True, slots=True)
class Switch:
    """One way to misbehave. `set` is called with the side's faults and the fields by name."""

    side: Side
    name: str
    title: str
    about: str
    fields: tuple[Field, ...]
    set: Callable[..., Any]
    button: str = "Switch on"

    def described(self) -> dict[str, Any]:
        """The switch as data, for the page."""
        fields = [
            {"name": one.name, "label": one.label, "value": one.value, "options": one.options} for one in self.fields
        ]
        return {
            "side": self.side, "name": self.name, "title": self.title, "about": self.about, "button": self.button,
            "fields": fields,
        }  # fmt: skip


METHOD = Field("method", "Web API method", "chat.postMessage", METHODS)
OPERATION = Field("operation", "Operation", APPROVAL_OPERATION, APPROVAL_FIRST)
TIMES = Field("times", "How many calls", 1)
DELIVERIES = Field("times", "How many payloads", 1)
SECONDS = Field("seconds", "Seconds", 2.0)


def _slack(name: str, title: str, about: str, *fields: Field, set_: Callable[..., Any], **more: str) -> Switch:
    return Switch("slack", name, title, about, fields, set_, **more)


def _secmaster(name: str, title: str, about: str, *fields: Field, set_: Callable[..., Any]) -> Switch:
    return Switch("secmaster", name, title, about, fields, set_)


def _throttle(faults: SecMasterFaults, *, operation: str, retry_after: int, times: int) -> None:
    faults.fail(operation, 429, times=times, retry_after=retry_after)


def _on(name: str) -> Callable[..., None]:
    """Turns on the attribute `name` of the faults."""

    def turn_on(faults: SlackFaults | SecMasterFaults) -> None:
        setattr(faults, name, True)

    return turn_on


def _put(name: str) -> Callable[..., None]:
    """Sets an attribute of the faults to the one field of a switch."""

    def put(faults: SlackFaults | SecMasterFaults, **values: Any) -> None:
        setattr(faults, name, next(iter(values.values())))

    return put


SLACK = (
    _slack(
        "throttle", "Rate limit a method", "HTTP 429 with Retry-After; nothing is applied.",
        METHOD, Field("retry_after", "Retry-After, seconds", 3), TIMES,
        set_=SlackFaults.throttle,
    ),
    _slack(
        "fail", "Server error", "An HTTP status and no JSON; nothing is applied.",
        METHOD, Field("status", "HTTP status", 500, (500, 502, 503, 504)), TIMES,
        set_=SlackFaults.fail,
    ),
    _slack(
        "error", "Slack refuses", "HTTP 200 with ok: false and an error code.",
        METHOD, Field("code", "Error code", "channel_not_found"), TIMES,
        set_=SlackFaults.error,
    ),
    _slack(
        "lose_answer", "Lose the answer", "The call is applied, then the connection breaks: did it happen?",
        METHOD, TIMES, set_=SlackFaults.lose_answer,
    ),
    _slack(
        "drop_request", "Drop the request", "The connection breaks before anything is applied.",
        METHOD, TIMES, set_=SlackFaults.drop_request,
    ),
    _slack(
        "slow", "Slow method", "The call waits before it is applied.",
        METHOD, SECONDS, TIMES, set_=SlackFaults.slow,
    ),
    _slack(
        "duplicate_deliveries", "Deliver twice", "The next clicks, commands and events reach the app twice.",
        DELIVERIES, set_=_put("duplicate_deliveries"),
    ),
    _slack(
        "lost_deliveries", "Lose deliveries", "The next payloads are never sent; the app stays silent.",
        DELIVERIES, set_=_put("lost_deliveries"),
    ),
    _slack(
        "rate_limit_posts", "One post a second", "Slack's own rule: a message a second a channel, else 429.",
        set_=_on("rate_limit_posts"),
    ),
    _slack(
        "disconnect", "Ask to reconnect", "Every socket gets a disconnect message, as about once an hour in Slack.",
        Field("reason", "Reason", "refresh_requested", ("refresh_requested", "warning", "link_disabled")),
        set_=SlackFaults.disconnect, button="Send",
    ),
    _slack(
        "drop_connections", "Break the sockets", "All Socket Mode connections break without a word.",
        set_=SlackFaults.drop_connections, button="Break",
    ),
    _slack(
        "zombie", "Silent sockets", "Connections stay open, but nothing arrives.",
        set_=SlackFaults.zombie,
    ),
    _slack(
        "expire_tickets", "Expire tickets", "Socket Mode URLs that were handed out and not used are worthless.",
        set_=SlackFaults.expire_tickets, button="Expire",
    ),
)  # fmt: skip

SECMASTER = (
    _secmaster(
        "delay", "Slow operation", "The answer comes late.",
        OPERATION, SECONDS, TIMES, set_=SecMasterFaults.delay,
    ),
    _secmaster(
        "fail", "Error answer", "An HTTP error of the gateway or the service; nothing is done.",
        OPERATION, Field("status", "HTTP status", 500, (500, 502, 503, 429, 400, 401, 403)), TIMES,
        set_=SecMasterFaults.fail,
    ),
    _secmaster(
        "throttle", "Rate limit with Retry-After", "HTTP 429 that says how long to wait.",
        OPERATION, Field("retry_after", "Retry-After, seconds", 3), TIMES,
        set_=_throttle,
    ),
    _secmaster(
        "apply_then_drop", "Applied, not answered", "The decision is recorded, then the connection breaks.",
        OPERATION, TIMES, set_=SecMasterFaults.apply_then_drop,
    ),
    _secmaster(
        "drop", "Drop the request", "The connection breaks before anything is done.",
        OPERATION, TIMES, set_=SecMasterFaults.drop,
    ),
    _secmaster(
        "non_zero_code", "HTTP 200 that means no", "The envelope carries an error code and success: false.",
        OPERATION, Field("code", "Code", "SecMaster.20040000"), Field("message", "Message", "Unknown error."), TIMES,
        set_=SecMasterFaults.non_zero_code,
    ),
    _secmaster(
        "garbage", "Not JSON", "A page of HTML, as a proxy in between answers.",
        OPERATION, TIMES, set_=SecMasterFaults.garbage,
    ),
    _secmaster(
        "change_echo", "Another echo", "The answer to an approval repeats another comment than the one that was sent.",
        Field("text", "Comment in the answer", "reject renson"), TIMES,
        set_=SecMasterFaults.change_echo,
    ),
    _secmaster(
        "publish_seconds", "Publishing takes time", "How long a passed version stays in publishing.",
        Field("seconds", "Seconds", 20.0), set_=_put("publish_seconds"),
    ),
    _secmaster(
        "publish_fails", "Publication fails", "The next passed versions end in publish_failed.",
        Field("times", "How many versions", 1), set_=_put("publish_fails"),
    ),
    _secmaster(
        "edit_while_pending", "Edit under review", "A version can be edited while it waits for review.",
        set_=_on("edit_while_pending"),
    ),
)  # fmt: skip

SWITCHES = (*SLACK, *SECMASTER)


class FaultPanel:
    """The faults pane: what is on, and the switches."""

    def __init__(self, slack: SlackEmulator, secmaster: SecMasterEmulator) -> None:
        self._slack = slack
        self._secmaster = secmaster

    def seen(self) -> dict[str, Any]:
        """What is on right now, and every switch."""
        active = {"slack": self._slack.faults.active(), "secmaster": self._secmaster.faults.active()}
        return {"active": active, "switches": [one.described() for one in SWITCHES]}

    async def throw(self, side: str, name: str, asked: Asked) -> dict[str, Any]:
        """Set one switch."""
        switch = next((one for one in SWITCHES if (one.side, one.name) == (side, name)), None)
        if switch is None:
            raise SandboxRefusal("There is no such switch.")
        faults = self._slack.faults if side == "slack" else self._secmaster.faults
        answer = switch.set(faults, **{field.name: field.read(asked) for field in switch.fields})
        if inspect.isawaitable(answer):
            await answer
        return {}

    def clear(self) -> dict[str, Any]:
        """Both services behave again."""
        self._slack.faults.clear()
        self._secmaster.faults.clear()
        return {}
