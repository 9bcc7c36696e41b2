"""The AK/SK signature of Huawei Cloud's gateway (SDK-HMAC-SHA256): pure text and bytes."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, unquote

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from pydantic import SecretStr

ALGORITHM = "SDK-HMAC-SHA256"
UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"
_DATE_FORMAT = "%Y%m%dT%H%M%SZ"
_HASHED_TYPES = ("application/json", "application/bson")


@dataclass(frozen=True, kw_only=True)
class AccessKey:
    """An access key; `security_token` comes with temporary ones, `project_id` says where they are used."""

    ak: str
    sk: SecretStr
    project_id: str = ""
    security_token: SecretStr | None = None


@dataclass(frozen=True, kw_only=True)
class Unsigned:
    """A request as it goes on the wire; `query` holds decoded pairs, `headers` those that shall be signed."""

    method: str
    host: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, kw_only=True)
class Signed:
    """The steps of one signature, and `headers`: all that have to be sent."""

    canonical_request: str
    signed_headers: str
    string_to_sign: str
    signature: str
    authorization: str
    headers: dict[str, str]


def spell(text: str) -> str:
    """The text percent-encoded: only letters, digits and `-_.~` stay."""
    return quote(text, safe="")


def spell_path(path: str) -> str:
    """The path as it is sent: however it was spelled before, and with its `%2F` kept."""
    return "/".join(spell(unquote(segment)) for segment in path.split("/"))


def spell_query(pairs: Iterable[tuple[str, str]]) -> str:
    """The query as it is signed and sent: sorted by its raw text, an empty value keeps its `=`."""
    return "&".join(f"{spell(name)}={spell(value)}" for name, value in sorted(pairs))


def read_query(query: str) -> tuple[tuple[str, str], ...]:
    """The decoded pairs of a query that was spelled by anyone."""
    return tuple(parse_qsl(query, keep_blank_values=True))


def sign(request: Unsigned, key: AccessKey, at: datetime) -> Signed:
    """Sign a request at a time in UTC; the gateway's clock may differ by 15 minutes."""
    date = at.strftime(_DATE_FORMAT)
    headers = _headers_to_send(request, key, date)
    canonical, names = _canonical_request(request, headers)
    to_sign = f"{ALGORITHM}\n{date}\n{_sha256(canonical.encode())}"
    signature = hmac.new(key.sk.get_secret_value().encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    authorization = f"{ALGORITHM} Access={key.ak}, SignedHeaders={names}, Signature={signature}"
    return Signed(
        canonical_request=canonical,
        signed_headers=names,
        string_to_sign=to_sign,
        signature=signature,
        authorization=authorization,
        headers={**headers, "Authorization": authorization},
    )


def _headers_to_send(request: Unsigned, key: AccessKey, date: str) -> dict[str, str]:
    headers = {name: value.strip() for name, value in request.headers.items()}
    if key.project_id:
        headers["X-Project-Id"] = key.project_id
    if key.security_token:
        headers["X-Security-Token"] = key.security_token.get_secret_value()
    content_type = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
    if content_type and not content_type.startswith(_HASHED_TYPES):
        headers["X-Sdk-Content-Sha256"] = UNSIGNED_PAYLOAD
    return {**headers, "X-Sdk-Date": date, "Host": request.host}


def _canonical_request(request: Unsigned, headers: Mapping[str, str]) -> tuple[str, str]:
    # Gateways drop header names with an underscore, so these are sent but not signed.
    signed = {name.lower(): value for name, value in headers.items() if "_" not in name}
    names = ";".join(sorted(signed))
    lines = [
        request.method.upper(),
        _canonical_path(request.path),
        spell_query(request.query),
        *(f"{name}:{signed[name]}" for name in sorted(signed)),
        "",
        names,
        _body_hash(request.body, signed),
    ]
    return "\n".join(lines), names


def _canonical_path(path: str) -> str:
    # Only the canonical form ends in a slash; the path on the wire stays as it is.
    spelled = "/".join(spell(segment) for segment in unquote(path).split("/"))
    return spelled if spelled.endswith("/") else f"{spelled}/"


def _body_hash(body: bytes, headers: Mapping[str, str]) -> str:
    # An empty body is hashed even where the payload goes unsigned: so does the official signer.
    if not body:
        return _sha256(b"")
    return headers.get("x-sdk-content-sha256") or _sha256(body)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
