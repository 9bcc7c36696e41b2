"""Three ways to authenticate, as httpx.Auth: access keys, a ready token, an IAM user."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import aiohttp
import httpx
from pydantic import SecretStr

from bot.errors import OutcomeUnknown, SecMasterError, Unauthorized, Unreachable
from bot.secmaster import wire
from bot.secmaster.signature import AccessKey, Unsigned, read_query, sign
from bot.secmaster.transport import SecMasterTransport

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator

TROUBLE = (
    httpx.HTTPError,
    httpx.InvalidURL,
    httpx.CookieConflict,
    httpx.StreamError,
    # Some of aiohttp's errors pass through the transport as they are.
    aiohttp.ClientError,
    OSError,
)
"""Whatever may be raised instead of a response."""

# Proxies may change the other headers on their way.
_SIGNED = frozenset({"content-type"})
_RENEWABLE = frozenset({"APIGW.0301", "APIGW.0307"})
OPERATION = "IAM token"
_HEADERS = {"Content-Type": "application/json;charset=utf8"}
_TIMEOUT = 30.0
_RENEW_BEFORE = timedelta(hours=1)
_UNDATED = timedelta(hours=1)
_PAUSE = timedelta(minutes=1)


def _utc_now() -> datetime:
    return datetime.now(UTC)


class AkSkAuth(httpx.Auth):
    """Signs each request with an access key. It never repeats one: five refusals in a row lock the key."""

    requires_request_body = True

    def __init__(self, key: AccessKey, *, now: Callable[[], datetime] = _utc_now) -> None:
        self._key = key
        self._now = now

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Sign what goes on the wire: target, host, Content-Type and body."""
        path, _, query = request.url.raw_path.decode("ascii").partition("?")
        unsigned = Unsigned(
            method=request.method,
            host=request.headers["Host"],
            path=path,
            query=read_query(query),
            headers={name: value for name, value in request.headers.items() if name in _SIGNED},
            body=request.content,
        )
        request.headers.update(sign(unsigned, self._key, self._now()).headers)
        yield request


class TokenAuth(httpx.Auth):
    """Sends a token that was given to us; when it has expired, every call is Unauthorized."""

    def __init__(self, token: SecretStr) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the token."""
        request.headers["X-Auth-Token"] = self._token.get_secret_value()
        yield request


@dataclass(frozen=True, kw_only=True)
class IamUser:
    """An IAM user (not a HUAWEI ID) of an account (`domain`), who works in one project."""

    name: str
    password: SecretStr
    domain: str
    project_id: str


@dataclass(frozen=True, kw_only=True)
class _Token:
    text: SecretStr
    renew_at: datetime
    expires_at: datetime


class IamAuth(httpx.Auth):
    """Sends a token that IAM gives for a user.

    The token is kept and renewed an hour before it expires (a quarter of its life before, if that is shorter), and
    once when the gateway refuses it. A renewal that fails does no harm while the old token lasts. After IAM has
    refused the user it is left alone for a minute, because it locks users who fail too often.
    """

    def __init__(
        self,
        endpoint: str,
        user: IamUser,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        self._url = f"{endpoint.rstrip('/')}/v3/auth/tokens?nocatalog=true"
        self._user = user
        self._now = now
        self._http = httpx.AsyncClient(
            transport=transport or SecMasterTransport(endpoint), timeout=_TIMEOUT, trust_env=False
        )
        self._lock = asyncio.Lock()
        self._held: _Token | None = None
        self._refusal: tuple[wire.Answer, datetime] | None = None

    async def close(self) -> None:
        """Close the connections to IAM."""
        await self._http.aclose()

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Add the token; if the gateway refuses it, try once more with a new one."""
        token = await self._token()
        request.headers["X-Auth-Token"] = token.get_secret_value()
        response = yield request
        if response.status_code != httpx.codes.UNAUTHORIZED:
            return
        await response.aread()
        if wire.error_code(_answer(response)) not in _RENEWABLE:
            return
        token = await self._token(refused=token)
        request.headers["X-Auth-Token"] = token.get_secret_value()
        yield request

    async def _token(self, *, refused: SecretStr | None = None) -> SecretStr:
        """The token to use, which is not the one that was just refused; concurrent calls fetch one together."""
        async with self._lock:
            held = self._held if self._held and self._held.text != refused else None
            if held and self._now() < held.renew_at:
                return held.text
            try:
                self._held = await self._fetch()
            except SecMasterError:
                if not held or self._now() >= held.expires_at:
                    raise
                self._held = replace(held, renew_at=min(self._now() + _PAUSE, held.expires_at))
            return self._held.text

    async def _fetch(self) -> _Token:
        if self._refusal and self._now() < self._refusal[1]:
            raise wire.failure(self._refusal[0], OPERATION)
        answer = await self._ask()
        text = answer.header("X-Subject-Token")
        if not answer.fine or not text:
            raise self._failure(answer)
        expires_at = self._expiry(answer)
        margin = min(_RENEW_BEFORE, (expires_at - self._now()) / 4)
        return _Token(text=SecretStr(text), renew_at=expires_at - margin, expires_at=expires_at)

    async def _ask(self) -> wire.Answer:
        try:
            return _answer(await self._http.post(self._url, json=self._credentials(), headers=_HEADERS))
        except TROUBLE as error:
            # Without a token the call itself is never sent, however far the question to IAM went.
            raise Unreachable(f"no token: {wire.trouble(error)}", operation=OPERATION) from error

    def _credentials(self) -> dict[str, object]:
        user = {
            "name": self._user.name,
            "password": self._user.password.get_secret_value(),
            "domain": {"name": self._user.domain},
        }
        identity = {"methods": ["password"], "password": {"user": user}}
        return {"auth": {"identity": identity, "scope": {"project": {"id": self._user.project_id}}}}

    def _failure(self, answer: wire.Answer) -> SecMasterError:
        password = self._user.password.get_secret_value().encode()
        shown = replace(answer, body=answer.body.replace(password, b"[hidden]"))
        error = wire.failure(shown, OPERATION)
        if isinstance(error, Unauthorized):
            self._refusal = shown, self._now() + _PAUSE
        if not answer.fine and not isinstance(error, OutcomeUnknown):
            return error
        # IAM's own trouble: the call itself was not sent, so nothing can have been changed by it.
        return Unreachable(
            f"no token: {error.message}",
            status=error.status,
            code=error.code,
            request_id=error.request_id,
            operation=OPERATION,
        )

    def _expiry(self, answer: wire.Answer) -> datetime:
        """When the token expires; a date that cannot be read is taken for an early one."""
        try:
            expires_at = datetime.fromisoformat(json.loads(answer.body)["token"]["expires_at"])
        except (ValueError, KeyError, TypeError):
            return self._now() + _UNDATED
        return expires_at if expires_at.tzinfo else expires_at.replace(tzinfo=UTC)


def _answer(response: httpx.Response) -> wire.Answer:
    return wire.Answer(status=response.status_code, headers=response.headers, body=response.content)
