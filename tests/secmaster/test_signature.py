"""The AK/SK signature, against recorded vectors and against the official signer."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.secmaster.auth import AkSkAuth
from bot.secmaster.signature import AccessKey, Unsigned, read_query, sign, spell, spell_path, spell_query

VECTORS = json.loads((Path(__file__).parent / "vectors" / "aksk_signature.json").read_text())["cases"]
DATE = "%Y%m%dT%H%M%SZ"
AT = datetime(2026, 11, 24, 1, 2, 3, tzinfo=UTC)

# A lone surrogate is no text that HTTP can carry.
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
awkward = st.sampled_from(
    ["", " ", "%", "%25", "+", "~", "/", "a b", "!'()*", "告警 处置", "🔥", "a:b", "A", "&=", "?#"]
)
words = text | awkward
header_text = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=20)


def key_of(case: dict[str, Any]) -> AccessKey:
    """The key of a vector."""
    token = case["security_token"]
    return AccessKey(
        ak=case["ak"],
        sk=SecretStr(case["sk"]),
        project_id=case["project_id"] or "",
        security_token=SecretStr(token) if token else None,
    )


def pairs_of(case: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """The query of a vector, booleans as they are sent."""
    return tuple((name, str(value).lower() if isinstance(value, bool) else str(value)) for name, value in case["query"])


def date_of(case: dict[str, Any]) -> datetime:
    """The time of a vector."""
    return datetime.strptime(case["date"], DATE).replace(tzinfo=UTC)


@pytest.mark.parametrize("case", VECTORS, ids=[case["name"] for case in VECTORS])
def test_vector(case: dict[str, Any]) -> None:
    """Every step of the signature is the official signer's, as recorded."""
    url, expected = urlsplit(case["url"]), case["expected"]
    unsigned = Unsigned(
        method=case["method"],
        host=url.netloc,
        path=url.path,
        query=pairs_of(case),
        headers=case["headers"],
        body=(case["body"] or "").encode(),
    )

    signed = sign(unsigned, key_of(case), date_of(case))

    assert signed.canonical_request == expected["canonical_request"]
    assert signed.signed_headers == expected["signed_headers"]
    assert signed.string_to_sign == expected["string_to_sign"]
    assert signed.signature == expected["signature"]
    assert signed.authorization == expected["authorization"]
    assert signed.headers == expected["headers_to_send"]
    query = spell_query(unsigned.query)
    assert spell_path(url.path) + (f"?{query}" if query else "") == expected["request_uri"]


@settings(deadline=None)
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE"]),
    segments=st.lists(words, min_size=1, max_size=5),
    query=st.lists(st.tuples(words, words), max_size=6),
    body=st.binary(max_size=40) | text.map(str.encode) | st.just(b""),
    content_type=st.sampled_from(["application/json;charset=UTF-8", "application/json", "text/plain"]),
    token=st.none() | header_text,
    project_id=st.just("") | st.from_regex(r"[0-9a-f]{32}", fullmatch=True),
)
def test_signs_like_the_official_signer(
    *,
    method: str,
    segments: list[str],
    query: list[tuple[str, str]],
    body: bytes,
    content_type: str,
    token: str | None,
    project_id: str,
) -> None:
    """Whatever the request, AkSkAuth puts the headers on it that huaweicloudsdkcore computes."""
    path = "/v1/" + "/".join(spell(segment) for segment in segments)
    target = f"{path}?{spell_query(query)}" if query else path
    key = AccessKey(
        ak="FAKEAK", sk=SecretStr("fake-sk"), project_id=project_id, security_token=SecretStr(token) if token else None
    )
    request = httpx.Request(
        method, f"https://secmaster.test:8443{target}", content=body, headers={"Content-Type": content_type}
    )
    oracle = SdkRequest(
        method=method,
        schema="https",
        host="secmaster.test:8443",
        resource_path=path,
        query_params=list(query),
        header_params={"Content-Type": content_type, "X-Sdk-Date": AT.strftime(DATE)}
        | ({"X-Project-Id": project_id} if project_id else {})
        | ({"X-Security-Token": token} if token else {}),
        body=body,
    )

    signed = next(AkSkAuth(key, now=lambda: AT).auth_flow(request))
    Signer(SimpleNamespace(ak="FAKEAK", sk="fake-sk")).sign(oracle)

    assert {name: signed.headers[name] for name in oracle.header_params} == oracle.header_params
    assert signed.url.raw_path.decode() == oracle.uri


@settings(deadline=None)
@given(query=st.lists(st.tuples(words, words), max_size=6))
def test_a_spelled_query_is_read_back(query: list[tuple[str, str]]) -> None:
    """Spelling loses nothing, and spelling again changes nothing: what is signed stays what is sent."""
    spelled = spell_query(query)

    assert sorted(read_query(spelled)) == sorted(query)
    assert spell_query(read_query(spelled)) == spelled


def test_a_path_keeps_its_quoted_slash() -> None:
    """A `%2F` inside a segment stays one on the wire, and other spellings are made one."""
    assert spell_path("/a%2fb/c!/%7E/告") == "/a%2Fb/c%21/~/%E5%91%8A"


def test_secrets_are_not_shown() -> None:
    """Neither the secret key nor the security token stands in the key's text."""
    shown = repr(AccessKey(ak="AK", sk=SecretStr("secret-1"), security_token=SecretStr("secret-2")))

    assert "secret-1" not in shown
    assert "secret-2" not in shown
