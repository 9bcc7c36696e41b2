"""Who gets in, and what those hear who do not."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from bot.sandbox.secmaster import SecMasterEmulator
    from tests.sandbox.secmaster.conftest import Clock

JSON = {"Content-Type": "application/json;charset=UTF-8"}
TOKENS = "/v3/auth/tokens"


def credentials(emulator: SecMasterEmulator, **changes: Any) -> dict[str, Any]:
    """The body that IAM wants."""
    user = {
        "name": changes.get("name", emulator.iam_user),
        "password": changes.get("password", emulator.iam_password),
        "domain": {"name": changes.get("domain", emulator.iam_domain)},
    }
    identity = {"methods": ["password"], "password": {"user": user}}
    return {"auth": {"identity": identity, "scope": {"project": changes.get("project", {"id": emulator.project_id})}}}


async def test_iam_gives_a_token_that_works(emulator: SecMasterEmulator, call: Any) -> None:
    """A password gets a token for 24 hours, with which the API answers."""
    given = await call("POST", TOKENS, credentials(emulator), headers=JSON, nocatalog="true")
    token = given.headers["X-Subject-Token"]
    answer = await call("GET", "workflows", headers={**JSON, "X-Auth-Token": token})

    assert given.status == 201
    assert given.body["token"]["issued_at"] == "2026-11-24T01:15:00.000000Z"
    assert given.body["token"]["expires_at"] == "2026-11-25T01:15:00.000000Z"
    assert "catalog" not in given.body["token"]
    assert len(token) > 1000
    assert answer.status == 200


async def test_iam_scopes_by_the_name_of_the_project(emulator: SecMasterEmulator, call: Any) -> None:
    """A project may be named instead of given by its id."""
    body = credentials(emulator, project={"name": "ap-southeast-3"})
    assert (await call("POST", TOKENS, body, headers=JSON)).body["token"]["project"]["id"] == emulator.project_id


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"password": "guess"}, 401),
        ({"name": "nobody"}, 401),
        ({"domain": "elsewhere"}, 401),
        ({"name": 7}, 401),
        ({"project": {"id": "0" * 32}}, 403),
        ({"project": {}}, 403),
        ({"project": None}, 400),
    ],
)
async def test_iam_refuses(emulator: SecMasterEmulator, call: Any, changes: dict[str, Any], status: int) -> None:
    """Wrong credentials, another project and another shape are refused in IAM's own shape, without a token."""
    answer = await call("POST", TOKENS, credentials(emulator, **changes), headers=JSON)

    assert answer.status == status
    assert answer.body["error"]["code"] == status
    assert "X-Subject-Token" not in answer.headers
    assert answer.headers["X-IAM-Trace-Id"]


async def test_no_credentials(call: Any) -> None:
    """A call without credentials is told that there is no token, with a request id in body and header."""
    answer = await call("GET", "workflows", headers=JSON)

    assert answer.status == 401
    assert answer.body == {
        "error_code": "APIGW.0301",
        "error_msg": "Incorrect IAM authentication information: x-auth-token not found",
        "request_id": answer.headers["X-Request-Id"],
    }
    assert len(answer.body["request_id"]) == 32


async def test_tokens_end(emulator: SecMasterEmulator, call: Any, clock: Any) -> None:
    """Unknown, expired and revoked tokens are refused, each with the gateway's code and text for it."""
    short, revoked = emulator.issue_token(60), emulator.issue_token()
    emulator.revoke_token(revoked)
    assert (await call("GET", "workflows", headers={**JSON, "X-Auth-Token": short})).status == 200
    clock.now += 60

    heard = {}
    for token in (short, revoked, "unknown"):
        answer = await call("GET", "workflows", headers={**JSON, "X-Auth-Token": token})
        heard[token] = (answer.status, answer.code, answer.body["error_msg"])

    incorrect = "Incorrect IAM authentication information: "
    assert heard == {
        short: (401, "APIGW.0301", incorrect + "token expires, expires_at:2026-11-24T01:16:00.000000Z"),
        revoked: (401, "APIGW.0307", "The token must be updated."),
        "unknown": (401, "APIGW.0301", incorrect + "decrypt token fail"),
    }


async def test_content_type(emulator: SecMasterEmulator, call: Any) -> None:
    """JSON with or without a charset is taken in any case; none or another kind is refused, on GET too."""
    token = {"X-Auth-Token": emulator.issue_token()}
    for kind in ("application/json", "Application/JSON; charset=utf-8", "application/json;charset=UTF-8"):
        assert (await call("GET", "workflows", headers={**token, "Content-Type": kind})).status == 200
    for headers in (token, {**token, "Content-Type": "text/plain"}):
        answer = await call("GET", "workflows", headers=headers)
        assert (answer.status, answer.code) == (400, "SecMaster.20040001")


async def test_unknown_paths(call: Any) -> None:
    """The gateway answers for paths and methods that are no API, before it looks at credentials."""
    for method, path in (("GET", "workflows/instances"), ("PATCH", "workflows"), ("GET", "/v2/workspaces")):
        answer = await call(method, path, headers={})
        assert (answer.status, answer.code) == (404, "APIGW.0101")


async def test_another_workspace_or_project(emulator: SecMasterEmulator, call: Any) -> None:
    """A workspace that is not there is a 403, a project that is not there a 400."""
    elsewhere = f"/v1/{emulator.project_id}/workspaces/{'0' * 32}/soc/workflows"
    answer = await call("GET", elsewhere)
    assert (answer.status, answer.body["code"]) == (403, "SecMaster.20010001")

    answer = await call("GET", f"/v1/{'0' * 32}/workspaces/{emulator.workspace_id}/soc/workflows")
    assert (answer.status, answer.body["code"]) == (400, "SecMaster.20041003")


async def test_a_body_beyond_twelve_megabytes(emulator: SecMasterEmulator, call: Any) -> None:
    """The gateway takes no larger body."""
    url = f"{emulator.url}/v1/{emulator.project_id}/workspaces/{emulator.workspace_id}/soc/workflows"
    body = io.BytesIO(b" " * (12 * 1024 * 1024 + 1))
    async with call.session.post(url, data=body, headers=call.headers) as answer:
        assert (answer.status, (await answer.json())["error_code"]) == (413, "APIGW.0201")


async def test_the_log_hides_secrets(emulator: SecMasterEmulator, call: Any) -> None:
    """Passwords, tokens and signatures are not in the record of the traffic."""
    given = await call("POST", TOKENS, credentials(emulator), headers=JSON)
    await call("GET", "workflows", headers={**JSON, "X-Auth-Token": given.headers["X-Subject-Token"]})

    log = repr(list(emulator.traffic))
    assert [entry.kind for entry in emulator.traffic] == ["KeystoneCreateUserTokenByPassword", "ListWorkflows"]
    assert emulator.iam_password not in log
    assert given.headers["X-Subject-Token"] not in log


async def test_every_answer_is_dated_by_the_emulators_clock(clock: Clock, call: Any) -> None:
    """A refusal too."""
    clock.now = 1_795_482_900.0
    for headers in (None, JSON):
        answer = await call("GET", "workflows", headers=headers)
        assert answer.headers["Date"] == "Tue, 24 Nov 2026 01:15:00 GMT"
    assert answer.status == 401
