"""Calls of Slack's Web API: one session, no silent repeats, and every failure told by what is known of its outcome."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackOutcomeUnknown, SlackRefused, SlackThrottled, SlackUnreachable

if TYPE_CHECKING:
    from collections.abc import Iterator

CALL_TIMEOUT = 10.0
"""Seconds for one call; slack_sdk ignores its own timeout on a session that it is given."""

SERVER_ERROR = 500
THROTTLED = 429
TOO_MANY = frozenset({"ratelimited", "rate_limited"})
"""Slack spells it both ways (chat.postMessage, Errors)."""


def open_session() -> aiohttp.ClientSession:
    """The session of all calls; slack_sdk would open one for each. Call inside the running loop."""
    return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=CALL_TIMEOUT))


def web_client(token: str | None, session: aiohttp.ClientSession, *, base_url: str | None) -> AsyncWebClient:
    """A client that repeats nothing by itself: after a lost answer slack_sdk would post a second time."""
    client = AsyncWebClient(token=token, session=session, retry_handlers=[])
    if base_url:
        client.base_url = base_url
    return client


@contextlib.contextmanager
def told(method: str) -> Iterator[None]:
    """Raise what happens inside as SlackError."""
    try:
        yield
    except SlackApiError as error:
        raise _from_answer(method, error.response) from error
    except (aiohttp.ClientConnectorError, aiohttp.InvalidURL) as error:
        raise SlackUnreachable(method, type(error).__name__) from error
    except (TimeoutError, aiohttp.ClientError, SlackClientError, ValueError, OSError) as error:
        raise SlackOutcomeUnknown(method, type(error).__name__) from error


def _from_answer(method: str, response: Any) -> SlackRefused | SlackThrottled | SlackOutcomeUnknown:
    status = getattr(response, "status_code", None)
    data = getattr(response, "data", response)
    code = str(data.get("error", "")) if isinstance(data, dict) else ""
    if status == THROTTLED or code in TOO_MANY:
        return SlackThrottled(method, code or "ratelimited", retry_after=_retry_after(response))
    if status is not None and status >= SERVER_ERROR:
        return SlackOutcomeUnknown(method, code or f"http_{status}")
    return SlackRefused(method, code or f"http_{status}")


def _retry_after(response: Any) -> float | None:
    headers = {str(name).lower(): value for name, value in (getattr(response, "headers", None) or {}).items()}
    try:
        return float(headers["retry-after"])
    except (KeyError, TypeError, ValueError):
        return None
