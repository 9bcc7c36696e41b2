"""Calls of Slack's Web API: one session, no silent repeats, and every failure told by what is known of its outcome."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackError, SlackOutcomeUnknown, SlackRefused, SlackThrottled, SlackUnreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from slack_sdk.web.async_slack_response import AsyncSlackResponse

CALL_TIMEOUT = 10.0
"""Seconds for one call; slack_sdk ignores its own timeout on a session that it is given."""

NO_SUCCESS = 300
SERVER_ERROR = 500
THROTTLED = 429
TROUBLE = (TimeoutError, aiohttp.ClientError, SlackClientError, ValueError, OSError)
"""What a call can end with that is no mistake of ours."""
TOO_MANY = frozenset({"ratelimited", "rate_limited"})
"""Slack spells it both ways (chat.postMessage, Errors)."""


def open_session() -> aiohttp.ClientSession:
    """The session of all calls; slack_sdk would open one for each. Call inside the running loop."""
    return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=CALL_TIMEOUT))


@dataclass(kw_only=True)
class SlackCall:
    """One call that ended, for metrics; `error` is the class of what it means, "" when Slack did what was asked."""

    method: str
    status: int | None = None
    """Of HTTP; None without an answer."""
    code: str = ""
    """Slack's own word for what is wrong."""
    seconds: float = 0.0
    error: str = ""


OnCall: TypeAlias = "Callable[[SlackCall], None]"
"""Hears of each call that was answered or failed (a cancelled one is neither) and must not raise."""


def web_client(
    token: str | None, session: aiohttp.ClientSession, *, base_url: str | None, on_call: OnCall | None = None
) -> AsyncWebClient:
    """A client that repeats nothing by itself: after a lost answer slack_sdk would post a second time."""
    client = WatchedClient(token=token, session=session, retry_handlers=[])
    client.on_call = on_call
    if base_url:
        client.base_url = base_url
    return client


class WatchedClient(AsyncWebClient):
    """Tells of every call of a method, whoever makes it: Bolt's Socket Mode, too."""

    on_call: OnCall | None = None

    async def api_call(self, api_method: str, **given: Any) -> AsyncSlackResponse:
        """See AsyncWebClient."""
        with watched(self, api_method) as call:
            answer = await super().api_call(api_method, **given)
            call.status = answer.status_code
        return answer


@contextlib.contextmanager
def watched(client: AsyncWebClient, method: str) -> Iterator[SlackCall]:
    """Tell the client's hearer of the one call made inside, which fills in the status of its answer."""
    call, started = SlackCall(method=method), time.monotonic()
    try:
        yield call
    except TROUBLE as trouble:
        response = getattr(trouble, "response", None)
        _tell(client, replace(call, status=getattr(response, "status_code", None)), _meaning(method, trouble), started)
        raise
    # What is no method of the Web API, an upload say, tells by the status alone.
    bad = call.status is not None and call.status >= NO_SUCCESS
    _tell(client, call, _of_status(method, call.status) if bad else None, started)


def _tell(client: AsyncWebClient, call: SlackCall, error: SlackError | None, started: float) -> None:
    hearer: OnCall | None = getattr(client, "on_call", None)
    if hearer:
        kind, code = (type(error).__name__, error.code) if error else ("", "")
        hearer(replace(call, error=kind, code=code, seconds=time.monotonic() - started))


@contextlib.contextmanager
def told(method: str) -> Iterator[None]:
    """Raise what happens inside as SlackError."""
    try:
        yield
    except TROUBLE as error:
        raise _meaning(method, error) from error


def _meaning(method: str, error: Exception) -> SlackError:
    """What is known of the outcome of a call that ended so."""
    match error:
        case SlackApiError():
            return _from_answer(method, error.response)
        case aiohttp.ClientConnectorError() | aiohttp.InvalidURL():
            return SlackUnreachable(method, type(error).__name__)
        case _:
            return SlackOutcomeUnknown(method, type(error).__name__)


def _from_answer(method: str, response: Any) -> SlackRefused | SlackThrottled | SlackOutcomeUnknown:
    status = getattr(response, "status_code", None)
    data = getattr(response, "data", response)
    code = str(data.get("error", "")) if isinstance(data, dict) else ""
    return _of_status(method, status, code, retry_after=_retry_after(response))


def _of_status(
    method: str, status: int | None, code: str = "", *, retry_after: float | None = None
) -> SlackRefused | SlackThrottled | SlackOutcomeUnknown:
    if status == THROTTLED or code in TOO_MANY:
        return SlackThrottled(method, code or "ratelimited", retry_after=retry_after)
    if status is not None and status >= SERVER_ERROR:
        return SlackOutcomeUnknown(method, code or f"http_{status}")
    return SlackRefused(method, code or f"http_{status}")


def _retry_after(response: Any) -> float | None:
    headers = {str(name).lower(): value for name, value in (getattr(response, "headers", None) or {}).items()}
    try:
        return float(headers["retry-after"])
    except (KeyError, TypeError, ValueError):
        return None
