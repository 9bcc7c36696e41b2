"""Every way in which a call of Slack can end is told by what is known of its outcome."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError, SlackClientError, SlackRequestError

from bot.errors import SlackError, SlackOutcomeUnknown, SlackRefused, SlackThrottled, SlackUnreachable
from bot.slack.calls import open_session, told, web_client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NEVER_LEFT = (aiohttp.ClientConnectorError, aiohttp.InvalidURL)


def every(kind: type[Exception]) -> Iterator[type[Exception]]:
    """The class and all below it."""
    yield kind
    for below in kind.__subclasses__():
        yield from every(below)


def ended(error: BaseException) -> SlackError:
    """What is told of it."""
    with pytest.raises(SlackError) as caught, told("chat.postMessage"):
        raise error
    assert caught.value.method == "chat.postMessage"
    assert caught.value.__cause__ is error
    return caught.value


@pytest.mark.parametrize("kind", sorted(set(every(aiohttp.ClientError)), key=str))
def test_every_error_of_aiohttp_is_told(kind: type[Exception]) -> None:
    """Unreachable only where the request cannot have left; everything else may have been applied."""
    error = ended(kind.__new__(kind))
    assert type(error) is (SlackUnreachable if issubclass(kind, NEVER_LEFT) else SlackOutcomeUnknown)
    assert error.code == kind.__name__


@pytest.mark.parametrize("error", [TimeoutError(), ConnectionResetError(), OSError("network"), ValueError("not JSON")])
def test_what_the_system_raises_is_an_unknown_outcome(error: Exception) -> None:
    """The call may have been applied."""
    assert type(ended(error)) is SlackOutcomeUnknown


@pytest.mark.parametrize("error", [SlackRequestError("no token"), SlackClientError("closed")])
def test_what_slack_sdk_raises_before_a_call_is_told(error: Exception) -> None:
    """Nothing of slack_sdk's own gets past."""
    assert isinstance(ended(error), SlackError)


def answered(status: int | None, data: object, headers: dict[str, str] | None = None) -> SlackError:
    """What is told of an answer."""
    refused: Callable[..., SlackApiError] = SlackApiError
    return ended(refused("refused", SimpleNamespace(status_code=status, data=data, headers=headers or {})))


@pytest.mark.parametrize(
    ("status", "data", "kind", "code"),
    [
        (200, {"ok": False, "error": "channel_not_found"}, SlackRefused, "channel_not_found"),
        (200, {"ok": False}, SlackRefused, "http_200"),
        (200, b"<html>", SlackRefused, "http_200"),
        (404, "", SlackRefused, "http_404"),
        (429, {"ok": False, "error": "ratelimited"}, SlackThrottled, "ratelimited"),
        (429, "", SlackThrottled, "ratelimited"),
        (200, {"ok": False, "error": "ratelimited"}, SlackThrottled, "ratelimited"),
        (200, {"ok": False, "error": "rate_limited"}, SlackThrottled, "rate_limited"),
        (500, "<html>", SlackOutcomeUnknown, "http_500"),
        (503, {"error": "service_unavailable"}, SlackOutcomeUnknown, "service_unavailable"),
    ],
)
def test_every_answer_is_told(status: int, data: object, kind: type[SlackError], code: str) -> None:
    """By status and code: refused, throttled, or nobody knows."""
    error = answered(status, data)
    assert (type(error), error.code) == (kind, code)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [({"Retry-After": "30"}, 30.0), ({"retry-after": "1.5"}, 1.5), ({"Retry-After": "soon"}, None), ({}, None)],
)
def test_the_wait_is_what_slack_says(headers: dict[str, str], seconds: float | None) -> None:
    """None where it does not say, or nothing that can be understood."""
    assert answered(429, {}, headers).retry_after == seconds


def test_a_bare_dict_is_an_answer_too() -> None:
    """slack_sdk hands on what came when it was no response object."""
    refused: Callable[..., SlackApiError] = SlackApiError
    error = ended(refused("refused", {"ok": False, "error": "not_authed"}))
    assert (type(error), error.code) == (SlackRefused, "not_authed")


def test_success_and_other_errors_pass() -> None:
    """A mistake of ours is not Slack's."""
    with told("auth.test"):
        pass
    with pytest.raises(ZeroDivisionError), told("auth.test"):
        raise ZeroDivisionError


async def test_a_client_repeats_nothing_and_gives_up_in_time() -> None:
    """No retry handlers, one session for all, Slack's own address unless another is given."""
    async with open_session() as session:
        assert session.timeout.total == 10
        client = web_client("xoxb-1", session, base_url=None)
        assert client.retry_handlers == []
        assert client.session is session
        assert client.base_url == "https://slack.com/api/"
        assert web_client("xoxb-1", session, base_url="http://x/api/").base_url == "http://x/api/"
