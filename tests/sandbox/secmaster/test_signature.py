"""The gateway's check of signatures, against those that the official signer makes."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime
from types import SimpleNamespace
from urllib.parse import quote

import pytest
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.secmaster.signature import AccessKeys, Incoming, Keyring, SignatureRefused, canonical_request

AK, SK = "KEYOFTHEHARBOUR00001", "a-secret-of-the-harbour"
AT = datetime(2026, 11, 24, 1, 15, tzinfo=UTC)
NOW = AT.timestamp()

awkward = st.sampled_from(["", "%", "+", "~", "a b", "!'()*", "告警 处置", "🔥", "a:b", "&=", "?#", "%2F"])
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=10) | awkward


def signed(
    method: str = "GET",
    path: str = "/v1/p/workspaces",
    query: list[tuple[str, str]] | None = None,
    body: str = "",
    sk: str = SK,
    at: datetime = AT,
    **headers: str,
) -> Incoming:
    """A request as the official signer sends it."""
    sent = {"Content-Type": "application/json", "X-Sdk-Date": at.strftime("%Y%m%dT%H%M%SZ")}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    request = SdkRequest(
        method=method,
        schema="http",
        host="127.0.0.1:8080",
        resource_path=path,
        query_params=query or [],
        header_params=sent,
        body=body,
    )
    made = Signer(SimpleNamespace(ak=AK, sk=sk)).sign(request)
    lower = {name.lower(): value for name, value in made.header_params.items()}
    return Incoming(method, made.uri, lower, body.encode())


@pytest.fixture
def keyring() -> Keyring:
    """Holds the one key."""
    keyring = Keyring()
    keyring.add(AccessKeys(AK, SK))
    return keyring


@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE"]),
    segments=st.lists(words, min_size=1, max_size=4),
    query=st.lists(st.tuples(words, words), max_size=5),
    body=words,
    content_type=st.sampled_from(["application/json", "application/json;charset=UTF-8", "text/plain"]),
)
def test_accepts_the_official_signer(
    method: str, segments: list[str], query: list[tuple[str, str]], body: str, content_type: str
) -> None:
    """Whatever the official signer signs, the gateway lets in."""
    keyring = Keyring()
    keyring.add(AccessKeys(AK, SK))
    path = "/" + "/".join(quote(segment, safe="") for segment in segments)

    keyring.check(signed(method, path, query, body, Content_Type=content_type), NOW)


@pytest.mark.parametrize("change", ["method", "path", "query", "body", "header", "secret", "declared hash"])
def test_refuses_what_was_changed(keyring: Keyring, change: str) -> None:
    """Any change of the signed parts is noticed, and the message shows what the gateway computed."""
    good = signed("POST", query=[("a", "1")], body="{}", sk="another" if change == "secret" else SK)
    changed = Incoming(
        "PUT" if change == "method" else good.method,
        {"path": "/v1/q/workspaces?a=1", "query": "/v1/p/workspaces?a=2"}.get(change, good.target),
        {**good.headers, **({"content-type": "text/plain"} if change == "header" else {})}
        | ({"x-sdk-content-sha256": "UNSIGNED-PAYLOAD"} if change == "declared hash" else {}),
        b"[]" if change == "body" else good.body,
    )

    with pytest.raises(SignatureRefused, match=r"^verify aksk signature fail,canonicalRequest:P[A-Z]+\|/v1/"):
        keyring.check(changed, NOW)


def test_shows_its_canonical_request(keyring: Keyring) -> None:
    """The message of a wrong signature carries the gateway's canonical request, a bar for each line break."""
    with pytest.raises(SignatureRefused) as refused:
        keyring.check(signed(query=[("limit", "1")], sk="wrong"), NOW)

    assert str(refused.value) == (
        "verify aksk signature fail,canonicalRequest:GET|/v1/p/workspaces/|limit=1|content-type:application/json"
        "|host:127.0.0.1:8080|x-sdk-date:20261124T011500Z||content-type;host;x-sdk-date"
        "|e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )


@pytest.mark.parametrize(("seconds", "fine"), [(-901, False), (-900, True), (0, True), (900, True), (901, False)])
def test_clock_skew(keyring: Keyring, seconds: float, fine: bool) -> None:
    """A date up to fifteen minutes off is let in, one beyond is refused with both times."""
    request = signed(at=datetime.fromtimestamp(NOW + seconds, UTC))
    if fine:
        keyring.check(request, NOW)
        return
    with pytest.raises(SignatureRefused, match=r"signature expired, .*server time:20261124T011500Z"):
        keyring.check(request, NOW)


def test_locks_after_more_than_five_failures_in_a_row(keyring: Keyring) -> None:
    """The sixth failure in a row locks the key for five minutes, against good signatures too."""
    for _ in range(6):
        with pytest.raises(SignatureRefused, match="verify aksk signature fail"):
            keyring.check(signed(sk="wrong"), NOW)

    with pytest.raises(SignatureRefused, match="AK access failed to reach the limit, forbidden"):
        keyring.check(signed(), NOW + 299)
    later = datetime.fromtimestamp(NOW + 300, UTC)
    keyring.check(signed(at=later), NOW + 300)


def test_a_success_ends_the_row_of_failures(keyring: Keyring) -> None:
    """Five failures, a success and five failures do not lock the key."""
    for wrong in (True, True, True, True, True, False, True, True, True, True, True):
        if wrong:
            with pytest.raises(SignatureRefused, match="verify aksk signature fail"):
                keyring.check(signed(sk="wrong"), NOW)
        else:
            keyring.check(signed(), NOW)

    keyring.check(signed(), NOW)


def test_spaces_around_a_header_do_not_count(keyring: Keyring) -> None:
    """A proxy may pad a header value; the signature holds all the same."""
    request = signed(X_Note="x")
    keyring.check(Incoming("GET", request.target, {**request.headers, "x-note": "  x "}, b""), NOW)


def test_unknown_key(keyring: Keyring) -> None:
    """A key that does not exist is named."""
    request = signed()
    stranger = Incoming(
        request.method,
        request.target,
        {**request.headers, "authorization": request.headers["authorization"].replace(AK, "NOBODY")},
        b"",
    )
    with pytest.raises(SignatureRefused, match="Get secretKey failed,ak:NOBODY,err:ak not exist"):
        keyring.check(stranger, NOW)


@pytest.mark.parametrize("header", ["", "Basic YTpi", "SDK-HMAC-SHA256 Access=x"])
def test_other_authorization(keyring: Keyring, header: str) -> None:
    """An Authorization header of another kind is a failed signature."""
    with pytest.raises(SignatureRefused, match="verify aksk signature fail"):
        keyring.check(Incoming("GET", "/v1/p/workspaces", {"authorization": header}, b""), NOW)


def test_the_date_has_to_be_signed(keyring: Keyring) -> None:
    """A signature that leaves the date out could be replayed for ever, so it is refused."""
    headers = {"host": "127.0.0.1:8080", "x-sdk-date": "20261124T011500Z"}

    def dated(*names: str) -> Incoming:
        canonical = canonical_request(Incoming("GET", "/v1", headers, b""), names)
        text = f"SDK-HMAC-SHA256\n{headers['x-sdk-date']}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        signature = hmac.new(SK.encode(), text.encode(), hashlib.sha256).hexdigest()
        value = f"SDK-HMAC-SHA256 Access={AK}, SignedHeaders={';'.join(names)}, Signature={signature}"
        return Incoming("GET", "/v1", {**headers, "authorization": value}, b"")

    keyring.check(dated("host", "x-sdk-date"), NOW)
    with pytest.raises(SignatureRefused, match="verify aksk signature fail"):
        keyring.check(dated("host"), NOW)


def test_temporary_keys(keyring: Keyring) -> None:
    """Temporary keys need their security token, and end with their hour."""
    keyring.add(AccessKeys(AK, SK, security_token="token", expires_at=NOW + 60))

    keyring.check(signed(X_Security_Token="token"), NOW)
    with pytest.raises(SignatureRefused, match="verify aksk signature fail"):
        keyring.check(signed(), NOW)
    with pytest.raises(SignatureRefused, match="err:ak not exist"):
        keyring.check(signed(X_Security_Token="token"), NOW + 60)
