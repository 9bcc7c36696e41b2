"""What an answer says: success, or which error, in whose words."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.errors import NotFound, OutcomeUnknown, Refused, SecMasterError, Throttled, Unauthorized
from bot.secmaster import wire
from bot.secmaster.wire import Answer, Envelope, accepted, error_code, failure

NOW = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)


def reply(body: object, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    """An answer with that body, received at NOW."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status=status, headers=headers or {}, body=raw, received_at=NOW)


@pytest.mark.parametrize(
    "body",
    [
        {"code": "00000000", "message": "", "success": True},
        {"code": 0, "message": "Error message"},
        {"code": "0"},
        {"code": "SOAR.0000"},
        {"code": None, "success": None},
        {"code": ""},
        {"count": 0, "workspaces": []},
        {"success": "true"},
    ],
)
@pytest.mark.parametrize("status", [200, 201])
def test_success(body: dict[str, Any], status: int) -> None:
    """A 2xx answer is success when its code is absent or a success code, as text or number, and nothing denies it."""
    assert accepted(reply(body, status), "ListWorkflows").body == body


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ({"code": "SecMaster.20040001", "message": "Parameter error."}, "SecMaster.20040001", "Parameter error."),
        ({"code": 7, "message": "odd"}, "7", "odd"),
        ({"code": "00000001", "data": {"result": "PASS"}, "message": "no"}, "00000001", "no"),
        ({"code": "00000000", "success": False, "message": "not so"}, "00000000", "not so"),
        ({"success": "false", "message": "not so"}, "", "not so"),
        (
            {"error_code": "SecMaster.20011001", "error_msg": "Parameter error."},
            "SecMaster.20011001",
            "Parameter error.",
        ),
        ({"errorCode": "X.1", "errorMsg": "no"}, "X.1", "no"),
    ],
)
def test_http_success_can_carry_a_refusal(body: dict[str, Any], code: str, message: str) -> None:
    """HTTP 200 with a non-zero code, or with success false, is an error: the official SDK would let it pass."""
    with pytest.raises(Refused) as caught:
        accepted(reply(body, headers={"x-request-id": "r-1"}), "Approve")

    error = caught.value
    assert type(error) is Refused
    assert (error.status, error.code, error.message) == (200, code, message)
    assert (error.request_id, error.operation) == ("r-1", "Approve")


@pytest.mark.parametrize("body", [b"", b"<html>ok</html>", b"[]", b'"text"', b"\xff\xfe", b"[" * 100_000, b"1" * 5000])
def test_an_unreadable_success_is_of_unknown_outcome(body: bytes) -> None:
    """A 2xx answer that is no JSON object proves nothing: the call may have been applied."""
    with pytest.raises(OutcomeUnknown):
        accepted(reply(body), "Approve")


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "SecMaster.20040001", Refused),
        (400, "SecMaster.20040605", NotFound),
        (400, "SecMaster.20040611", NotFound),
        (400, "SecMaster.20048004", NotFound),
        (400, "SecMaster.20030005", NotFound),
        (200, "SecMaster.20040605", NotFound),
        (403, "SecMaster.20010001", Refused),
        (404, "APIGW.0101", Refused),
        (413, "APIGW.0201", Refused),
        (401, "APIGW.0301", Unauthorized),
        (401, "", Unauthorized),
        (403, "APIGW.0302", Refused),
        (429, "APIGW.0308", Throttled),
        (429, "", Throttled),
        (400, "APIGW.0308", Throttled),
        (301, "", Refused),
        (500, "APIGW.0601", OutcomeUnknown),
        (502, "", OutcomeUnknown),
        (503, "SecMaster.20040605", OutcomeUnknown),
        (504, "APIGW.0308", OutcomeUnknown),
    ],
)
def test_kinds(status: int, code: str, kind: type[SecMasterError]) -> None:
    """What may have been applied is told apart from what was not: only a 5xx leaves it open."""
    error = failure(reply({"code": code, "message": "why"}, status), "Approve")

    assert type(error) is kind
    assert error.status == status


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ({"code": "SecMaster.1", "message": "m"}, "SecMaster.1", "m"),
        ({"error_code": "APIGW.0101", "error_msg": "m", "request_id": "x"}, "APIGW.0101", "m"),
        ({"errorCode": "E.1", "errorMsg": "m"}, "E.1", "m"),
        ({"error": {"message": "m", "code": 400, "title": "Bad"}}, "400", "m"),
        ({"trace": "t", "fault": {"error_code": "E.2", "error_msg": "m"}}, "E.2", "m"),
        ({"message": "m"}, "", "m"),
        ({"code": "E.3", "message": None}, "E.3", '{"code": "E.3", "message": null}'),
        ({"code": "E.4", "message": "two\n  lines\t"}, "E.4", "two lines"),
        ({"a": {"b": {"code": "deep"}}}, "", '{"a": {"b": {"code": "deep"}}}'),
        (["x"], "", '["x"]'),
        (b"<html>\r\n<b>Bad</b>\n</html>", "", "<html> <b>Bad</b> </html>"),
        (b"\xff", "", "�"),
        (b" \n", "", "an empty answer"),
        ({"code": "E.5", "message": "m" * 2000}, "E.5", "m" * 1024 + "…"),
        (b"y" * 400, "", "y" * 300 + "…"),
    ],
)
def test_words(body: object, code: str, message: str) -> None:
    """Every shape of error body gives its code and message; any other text is quoted on one line, cut short."""
    answer = reply(body, 400)
    error = failure(answer, "X")

    assert (error.code, error.message) == (code, message)
    assert error_code(answer) == code


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        ({"X-Request-Id": "a"}, {"request_id": "b"}, "a"),
        ({"X-request-id": "a"}, {}, "a"),
        ({"x-REQUEST-ID": "a", "X-IAM-Trace-Id": "c"}, {}, "a"),
        ({"X-IAM-Trace-Id": "c"}, {"request_id": "b"}, "b"),
        ({"x-iam-trace-id": "c"}, {}, "c"),
        ({}, {"request_id": 5}, "5"),
        ({}, [], ""),
    ],
)
def test_request_id(headers: dict[str, str], body: object, expected: str) -> None:
    """The id that support asks for is found wherever the service, the gateway or IAM put it."""
    assert failure(reply(body, 400, headers), "X").request_id == expected


def test_success_keeps_the_request_id() -> None:
    """The body's own id is used where no header carries one, as on the workflow-version operations."""
    assert accepted(reply({"code": "00000000", "request_id": "b"}), "X").request_id == "b"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("30", 30.0),
        (" 5 ", 5.0),
        ("Tue, 24 Nov 2026 12:01:30 GMT", 90.0),
        ("Tue, 24 Nov 2026 12:00:10 -0000", 10.0),
        ("Tue, 24 Nov 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("-3", None),
        ("", None),
    ],
)
def test_retry_after(value: str, seconds: float | None) -> None:
    """Retry-After is read as seconds or as a date; what is neither says nothing."""
    error = failure(reply({"error_code": "APIGW.0308"}, 429, {"retry-after": value}), "X")

    assert isinstance(error, Throttled)
    assert error.retry_after == seconds


@pytest.mark.parametrize(("location", "where"), [("https://else.test/x", "https://else.test/x"), ("", "nowhere")])
def test_a_redirect_is_said(location: str, where: str) -> None:
    """A redirect is not followed, because the signature is for one host, and the error says so."""
    error = failure(reply(b"<html>moved</html>", 302, {"Location": location}), "X")

    assert type(error) is Refused
    assert error.message == f"it redirects to {where}, and redirects are not followed"


def test_echoed_tokens_are_hidden() -> None:
    """The gateway repeats what was signed, the security token too; the rest of its text stays for diagnosis."""
    echo = (
        "verify aksk signature fail,canonicalRequest:GET|/v1/||host:h|x-security-token:TOP+SECRET==|"
        "|host;x-security-token|e3b0"
    )
    error = failure(reply({"error_code": "APIGW.0301", "error_msg": echo}, 401), "X")
    raw = failure(reply(b'{"X-Auth-Token": "TOP"', 500), "X")

    assert error.message == echo.replace("TOP+SECRET==", "[hidden]")
    assert raw.message == '{"X-Auth-Token": "[hidden]"'


def envelope(body: dict[str, Any]) -> Envelope:
    """A successful answer with that body."""
    return Envelope(operation="Show", status=200, code="0", request_id="r", body=body)


@pytest.mark.parametrize("body", [{}, {"data": None}])
def test_no_data_is_not_found(body: dict[str, Any]) -> None:
    """A read that answers null means that there is no such object."""
    with pytest.raises(NotFound) as caught:
        envelope(body).record()

    assert (caught.value.status, caught.value.request_id, caught.value.operation) == (200, "r", "Show")


@pytest.mark.parametrize("data", [[], "text", 1])
def test_data_of_another_type_is_no_answer(data: object) -> None:
    """Where one object was asked for, anything else is of no use."""
    with pytest.raises(OutcomeUnknown):
        envelope({"data": data}).record()


@pytest.mark.parametrize(("data", "items"), [(None, []), ("x", []), ([1, None, {"id": "a"}], [{"id": "a"}])])
def test_a_list_is_read_leniently(data: object, items: list[object]) -> None:
    """A null list is an empty one, and entries that are no objects are left out."""
    assert envelope({"data": data}).items() == items


def test_a_proxys_password_is_not_told() -> None:
    """Errors of a connection name the address of the proxy, with all that stands in it."""
    told = wire.trouble(OSError("407, url='http://joe:Pr0xyS3cret@127.0.0.1:3128/' refused"))
    assert "Pr0xyS3cret" not in told
    assert "http://127.0.0.1:3128" in told
