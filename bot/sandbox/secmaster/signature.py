"""Checks SDK-HMAC-SHA256 signatures the way the gateway in front of SecMaster does.

Written from the API Request Signing Guide, and sharing nothing with any code that signs.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ALGORITHM = "SDK-HMAC-SHA256"
SKEW_S = 15 * 60
FAILURES_TOLERATED = 5
LOCKED_S = 5 * 60

_AUTHORIZATION = re.compile(rf"{ALGORITHM} +Access=([^,\s]+), *SignedHeaders=([^,\s]+), *Signature=([0-9a-f]+)")
_DATE = "%Y%m%dT%H%M%SZ"


class SignatureRefused(Exception):
    """The gateway does not accept the signature; the text is the tail of its message."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request as it came over the wire: `target` is path and query undecoded, header names are lower-case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class AccessKeys:
    """A key pair; temporary ones carry a security token and end at `expires_at` (seconds of the clock)."""

    ak: str
    sk: str = field(repr=False)
    security_token: str | None = field(default=None, repr=False)
    expires_at: float | None = None


@dataclass(slots=True)
class _Record:
    keys: AccessKeys
    failures: int = 0
    locked_until: float = 0.0


class Keyring:
    """The access keys of the account; locks a key for five minutes after more than five failures in a row."""

    def __init__(self) -> None:
        self._records: dict[str, _Record] = {}

    def add(self, keys: AccessKeys) -> None:
        """Let requests signed with these keys in."""
        self._records[keys.ak] = _Record(keys)

    def check(self, request: Incoming, now: float) -> None:
        """Return if `request` is signed with a known key.

        Raises:
            SignatureRefused: it is not, its date is off by more than 15 minutes, or the key is locked.
        """
        parts = _AUTHORIZATION.fullmatch(request.headers.get("authorization", ""))
        if not parts:
            raise SignatureRefused("verify aksk signature fail")
        ak, signed, signature = parts.groups()
        record = self._records.get(ak)
        if record is None:
            raise SignatureRefused(f"Get secretKey failed,ak:{ak},err:ak not exist")
        if now < record.locked_until:
            raise SignatureRefused("AK access failed to reach the limit, forbidden")
        try:
            _check(request, record.keys, signed.split(";"), signature, now=now)
        except SignatureRefused:
            _count_failure(record, now)
            raise
        record.failures = 0


def canonical_request(request: Incoming, signed: Sequence[str]) -> str:
    """The canonical request over the headers named by `signed`, in that order."""
    path, _, query = request.target.partition("?")
    headers = "".join(f"{name}:{request.headers.get(name, '').strip()}\n" for name in signed)
    return "\n".join(
        (request.method.upper(), _path(path), _query(query), headers, ";".join(signed), _body_hash(request))
    )


def _check(request: Incoming, keys: AccessKeys, signed: Sequence[str], signature: str, *, now: float) -> None:
    date = request.headers.get("x-sdk-date", "")
    _check_date(date, now)
    canonical = canonical_request(request, signed)
    expected = _sign(canonical, date, keys.sk)
    if "x-sdk-date" not in signed or not hmac.compare_digest(expected, signature):
        shown = canonical.replace("\n", "|")
        raise SignatureRefused(f"verify aksk signature fail,canonicalRequest:{shown}")
    _check_security_token(request, keys, now)


def _check_date(date: str, now: float) -> None:
    """The wording for IAM keys is inferred from the guide's wording for app keys."""
    try:
        signed_at = datetime.strptime(date, _DATE).replace(tzinfo=UTC).timestamp()
    except ValueError:
        raise SignatureRefused("verify aksk signature fail") from None
    if abs(now - signed_at) > SKEW_S:
        server = datetime.fromtimestamp(now, UTC).strftime(_DATE)
        raise SignatureRefused(f"signature expired, signature time:{date},server time:{server}")


def _check_security_token(request: Incoming, keys: AccessKeys, now: float) -> None:
    """Temporary keys are worth nothing without their token, nor after their hour; the wordings are inferred."""
    if request.headers.get("x-security-token") != keys.security_token:
        raise SignatureRefused("verify aksk signature fail")
    if keys.expires_at is not None and now >= keys.expires_at:
        raise SignatureRefused(f"Get secretKey failed,ak:{keys.ak},err:ak not exist")


def _count_failure(record: _Record, now: float) -> None:
    record.failures += 1
    if record.failures > FAILURES_TOLERATED:
        record.failures = 0
        record.locked_until = now + LOCKED_S


def _sign(canonical: str, date: str, sk: str) -> str:
    digest = hashlib.sha256(_bytes(canonical)).hexdigest()
    return hmac.new(sk.encode(), f"{ALGORITHM}\n{date}\n{digest}".encode(), hashlib.sha256).hexdigest()


def _path(path: str) -> str:
    """Every segment decoded and encoded again, so that a client's own way of quoting does not matter."""
    encoded = "/".join(_encode(part) for part in unquote(path, errors="surrogateescape").split("/"))
    return encoded if encoded.endswith("/") else f"{encoded}/"


def _query(query: str) -> str:
    pairs = [part.partition("=")[::2] for part in query.split("&") if part]
    decoded = sorted((_decode(name), _decode(value)) for name, value in pairs)
    return "&".join(f"{_encode(name)}={_encode(value)}" for name, value in decoded)


def _body_hash(request: Incoming) -> str:
    """A declared hash counts only if it is true, or says that the payload is not signed."""
    actual = hashlib.sha256(request.body).hexdigest()
    declared = request.headers.get("x-sdk-content-sha256")
    return declared if request.body and declared == "UNSIGNED-PAYLOAD" else actual


def _decode(text: str) -> str:
    return unquote(text, errors="surrogateescape")


def _encode(text: str) -> str:
    return quote(text, safe="~", errors="surrogateescape")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
