"""SecMaster's protocol without I/O: what a call puts on the wire, what an answer says, which error it means."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from bot.errors import NotFound, OutcomeUnknown, Refused, SecMasterError, Throttled, Unauthorized
from bot.secmaster import records
from bot.secmaster.signature import spell_query

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T_co = TypeVar("T_co", covariant=True)

_SUCCESS = frozenset({"", "00000000", "0", "SOAR.0000"})
_MISSING = frozenset({"SecMaster.20040605", "SecMaster.20040611", "SecMaster.20048004", "SecMaster.20030005"})
_THROTTLED = "APIGW.0308"
_SPELLINGS = (("error_code", "error_msg"), ("errorCode", "errorMsg"), ("code", "message"))
# "verify aksk signature fail" repeats the signed headers, and the token of temporary keys is one of them.
_ECHOED_TOKEN = re.compile(r"(x-(?:security|auth|subject)-token[\"']?\s*[:=]\s*[\"']?)[^|\s,;\"']+", re.IGNORECASE)
_MESSAGE_LIMIT = 1024
_RAW_LIMIT = 300


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """The body of an answer that says success, and the facts to quote if it turns out to be of no use."""

    operation: str
    status: int
    code: str
    request_id: str
    body: dict[str, Any]

    def items(self, key: str = "data") -> list[dict[str, Any]]:
        """The entries of a list; whatever is no object is left out."""
        data = self.body.get(key)
        return [item for item in data if isinstance(item, dict)] if isinstance(data, list) else []

    def record(self) -> dict[str, Any]:
        """The one object that was asked for; NotFound when it is null: so SecMaster says that it does not exist."""
        data = self.body.get("data")
        if data is None:
            raise self.error(NotFound, "the answer holds no data")
        if not isinstance(data, dict):
            raise self.error(OutcomeUnknown, "the answer holds no object")
        return data

    def error(self, kind: type[SecMasterError], message: str) -> SecMasterError:
        """An error about this answer."""
        return kind(message, status=self.status, code=self.code, request_id=self.request_id, operation=self.operation)


@dataclass(frozen=True, kw_only=True)
class Call(Generic[T_co]):
    """One call and how its answer is read; `target` and `content` are what goes on the wire."""

    operation: str
    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: Mapping[str, str] | None = None
    read: Callable[[Envelope], T_co]

    @property
    def target(self) -> str:
        """Path and query."""
        return f"{self.path}?{spell_query(self.query)}" if self.query else self.path

    @property
    def content(self) -> bytes | None:
        """The body; ASCII-escaped as the official SDK sends it, so that any text can be sent."""
        return None if self.body is None else json.dumps(self.body).encode()


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An HTTP response, read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def header(self, name: str) -> str:
        """A header's value, "" when there is none; names in any case."""
        return next((value for key, value in self.headers.items() if key.lower() == name.lower()), "")

    @property
    def fine(self) -> bool:
        """Whether HTTP says success."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def redirects(self) -> bool:
        """Whether it sends us elsewhere."""
        return HTTPStatus.MULTIPLE_CHOICES <= self.status < HTTPStatus.BAD_REQUEST


def accepted(answer: Answer, operation: str) -> Envelope:
    """The body of an answer that says success; else raises what `failure` makes of it.

    Success is a 2xx status, a `code` that is absent or one of the success codes, and a `success` that is not false.
    """
    body = _json(answer.body)
    if not answer.fine or not isinstance(body, dict):
        raise failure(answer, operation)
    code = next(
        (records.text(body[key]) for key in ("code", "error_code", "errorCode") if body.get(key) is not None), ""
    )
    if code not in _SUCCESS or records.flag(body.get("success")) is False:
        raise failure(answer, operation)
    request_id = _request_id(answer, body)
    return Envelope(operation=operation, status=answer.status, code=code, request_id=request_id, body=body)


def failure(answer: Answer, operation: str) -> SecMasterError:
    """The error that an answer means, in the service's words, with the id that its support asks for."""
    body = _json(answer.body)
    code, message = _words(body)
    kind = _kind(answer, code, readable=isinstance(body, dict))
    error = kind(
        _described(answer, message),
        status=answer.status,
        code=code,
        request_id=_request_id(answer, body),
        operation=operation,
    )
    if isinstance(error, Throttled):
        error.retry_after = _retry_after(answer)
    return error


def error_code(answer: Answer) -> str:
    """The code in an error body; "" when there is none."""
    return _words(_json(answer.body))[0]


_USERINFO = re.compile(r"//[^/@\s]*@")


def trouble(error: BaseException, limit: int = 300) -> str:
    """What went wrong instead of an answer, without the user and password of a proxy."""
    told = f"{type(error).__name__}: {error}"
    return one_line(_USERINFO.sub("//", told), limit)


def one_line(text: str, limit: int) -> str:
    """The text without line breaks, cut to so many characters."""
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[:limit]}…"


def _kind(answer: Answer, code: str, *, readable: bool) -> type[SecMasterError]:
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR or (answer.fine and not readable):
        return OutcomeUnknown
    if answer.status == HTTPStatus.UNAUTHORIZED:
        return Unauthorized
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS or code == _THROTTLED:
        return Throttled
    return NotFound if code in _MISSING else Refused


def _words(body: object) -> tuple[str, str]:
    """Code and message in any spelling, one level down at most (IAM wraps them in `error`)."""
    if not isinstance(body, dict):
        return "", ""
    for candidate in (body, *(value for value in body.values() if isinstance(value, dict))):
        for code, message in _SPELLINGS:
            if candidate.get(code) is not None or candidate.get(message) is not None:
                return one_line(records.text(candidate.get(code)), 64), records.text(candidate.get(message))
    return "", ""


def _described(answer: Answer, message: str) -> str:
    """The service's message, else the raw text of its answer, on one line and without tokens."""
    if answer.redirects:
        where = one_line(answer.header("Location"), _RAW_LIMIT)
        return f"it redirects to {where or 'nowhere'}, and redirects are not followed"
    raw = one_line(answer.body.decode("utf-8", "replace"), _RAW_LIMIT)
    said = one_line(message, _MESSAGE_LIMIT) or raw or "an empty answer"
    return _ECHOED_TOKEN.sub(r"\1[hidden]", said)


def _request_id(answer: Answer, body: object) -> str:
    within = records.text(body.get("request_id")) if isinstance(body, dict) else ""
    return one_line(answer.header("X-Request-Id") or within or answer.header("X-IAM-Trace-Id"), 128)


def _retry_after(answer: Answer) -> float | None:
    """Seconds to wait: Retry-After counts them or names a date (RFC 9110)."""
    value = answer.header("Retry-After").strip()
    seconds = records.number(value)
    if seconds is not None:
        return float(seconds)
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return None
    # A date in "-0000" comes without a zone and is UTC all the same.
    aware = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (aware - answer.received_at).total_seconds())


def _json(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
