"""Tokens: given, fetched, kept, renewed; and access keys on a real request."""

from __future__ import annotations

import asyncio
import json
import traceback
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import httpx
import pytest
from pydantic import SecretStr

from bot.errors import OutcomeUnknown, Refused, SecMasterError, Throttled, Unauthorized, Unreachable
from bot.reviews.models import Result
from bot.secmaster.auth import AkSkAuth, IamAuth, IamUser, TokenAuth
from bot.secmaster.client import SecMasterClient
from bot.secmaster.lockout import Lockout
from bot.secmaster.signature import AccessKey

START = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)
USER = IamUser(name="reviewer", password=SecretStr("pass-word-1"), domain="acme", project_id="project-1")


@dataclass
class Cloud:
    """IAM and SecMaster behind one transport, with a clock that stands until it is moved."""

    now: datetime = START
    life: timedelta = timedelta(hours=24)
    iam: list[httpx.Response | Exception] = field(default_factory=list)
    """What IAM answers instead of giving tokens, in turn."""
    refusals: list[httpx.Response] = field(default_factory=list)
    """What the gateway answers instead of serving calls, in turn."""
    stale: set[str] = field(default_factory=set)
    """Tokens that the gateway takes no more."""
    asked: list[dict[str, Any]] = field(default_factory=list)
    questions: list[httpx.Request] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    """The token of each call to SecMaster."""
    gate: asyncio.Event | None = None
    """IAM answers only when it is set."""
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when IAM was asked."""

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer as IAM or as SecMaster, by the host that was asked."""
        if request.url.host == "iam.test":
            return await self.give_token(request)
        self.tokens.append(request.headers["X-Auth-Token"])
        if self.tokens[-1] in self.stale:
            return httpx.Response(401, json={"error_code": "APIGW.0307", "error_msg": "The token must be updated"})
        if self.refusals:
            return self.refusals.pop(0)
        return httpx.Response(200, json={"data": {"result": "PASS", "content": "ok"}})

    async def give_token(self, request: httpx.Request) -> httpx.Response:
        """Answer as IAM."""
        self.begun.set()
        self.questions.append(request)
        self.asked.append(json.loads(request.content))
        if self.gate:
            await self.gate.wait()
        if self.iam:
            turn = self.iam.pop(0)
            if isinstance(turn, Exception):
                raise turn
            return turn
        expires_at = (self.now + self.life).strftime("%Y-%m-%dT%H:%M:%S.%f") + "Z"
        return self.token({"token": {"expires_at": expires_at}})

    def token(self, body: object) -> httpx.Response:
        """IAM's answer when it gives a token."""
        return httpx.Response(201, json=body, headers={"X-Subject-Token": f"token-{len(self.asked)}"})

    def auth(self) -> IamAuth:
        """The user's authentication, on this cloud and its clock."""
        return IamAuth("https://iam.test/", USER, transport=httpx.MockTransport(self), now=lambda: self.now)

    def seconds(self) -> float:
        """The time, for a lockout."""
        return self.now.timestamp()

    def client(self) -> SecMasterClient:
        """A client of this cloud."""
        transport = httpx.MockTransport(self)
        lockout = Lockout(clock=self.seconds)
        return SecMasterClient("https://secmaster.test", "project-1", self.auth(), transport=transport, lockout=lockout)


async def approve(client: SecMasterClient) -> None:
    """One call to SecMaster that must not be repeated lightly."""
    await client.approve("ws-1", "v1", result=Result.PASS, content="ok")


async def test_a_token_is_asked_for_as_iam_wants_it() -> None:
    """The question names user, account and project; the answer's header is the token."""
    cloud = Cloud()
    async with cloud.client() as client:
        await approve(client)

    question = cloud.questions[0]
    assert (question.method, str(question.url)) == ("POST", "https://iam.test/v3/auth/tokens?nocatalog=true")
    assert question.headers["Content-Type"] == "application/json;charset=utf8"
    assert cloud.asked == [
        {
            "auth": {
                "identity": {
                    "methods": ["password"],
                    "password": {"user": {"name": "reviewer", "password": "pass-word-1", "domain": {"name": "acme"}}},
                },
                "scope": {"project": {"id": "project-1"}},
            }
        }
    ]
    assert cloud.tokens == ["token-1"]


async def test_a_token_is_kept_until_an_hour_before_its_end() -> None:
    """A day's token serves 23 hours of calls, then a new one does."""
    cloud = Cloud()
    async with cloud.client() as client:
        await approve(client)
        cloud.now = START + timedelta(hours=22, minutes=59)
        await approve(client)
        cloud.now = START + timedelta(hours=23)
        await approve(client)

    assert cloud.tokens == ["token-1", "token-1", "token-2"]


async def test_a_short_token_is_kept_for_three_quarters_of_its_life() -> None:
    """The margin never eats a short token whole."""
    cloud = Cloud(life=timedelta(minutes=40))
    async with cloud.client() as client:
        await approve(client)
        cloud.now = START + timedelta(minutes=29)
        await approve(client)
        cloud.now = START + timedelta(minutes=30)
        await approve(client)

    assert cloud.tokens == ["token-1", "token-1", "token-2"]


@pytest.mark.parametrize("body", [{}, {"token": None}, {"token": {"expires_at": "soon"}}, {"token": {"expires_at": 5}}])
async def test_a_token_without_a_date_is_kept_for_less_than_an_hour(body: object) -> None:
    """An end that cannot be read is taken for an early one."""
    cloud = Cloud()
    cloud.iam = [httpx.Response(201, json=body, headers={"X-Subject-Token": "undated"})]
    async with cloud.client() as client:
        await approve(client)
        cloud.now = START + timedelta(minutes=44)
        await approve(client)
        cloud.now = START + timedelta(minutes=45)
        await approve(client)

    assert cloud.tokens == ["undated", "undated", "token-2"]


async def test_a_date_without_a_zone_is_utc() -> None:
    """IAM's times are UTC, with or without a Z."""
    cloud = Cloud()
    body = {"token": {"expires_at": "2026-11-25T12:00:00"}}
    cloud.iam = [httpx.Response(201, json=body, headers={"X-Subject-Token": "zoneless"})]
    async with cloud.client() as client:
        await approve(client)
        cloud.now = START + timedelta(hours=22)
        await approve(client)

    assert cloud.tokens == ["zoneless", "zoneless"]


async def test_concurrent_calls_fetch_one_token() -> None:
    """Twenty calls at once wait for one question to IAM."""
    cloud = Cloud(gate=asyncio.Event())
    async with cloud.client() as client:
        calls = [asyncio.create_task(approve(client)) for _ in range(20)]
        await asyncio.wait_for(cloud.begun.wait(), 5)
        assert cloud.gate
        cloud.gate.set()
        await asyncio.gather(*calls)

    assert len(cloud.asked) == 1
    assert cloud.tokens == ["token-1"] * 20


async def test_a_cancelled_fetch_leaves_no_lock_behind() -> None:
    """When the call that asks IAM is cancelled, the next one asks."""
    cloud = Cloud(gate=asyncio.Event())
    async with cloud.client() as client:
        first = asyncio.create_task(approve(client))
        await asyncio.wait_for(cloud.begun.wait(), 5)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        cloud.gate = None
        await asyncio.wait_for(approve(client), 5)

    assert cloud.tokens == ["token-2"]


@pytest.mark.parametrize("code", ["APIGW.0301", "APIGW.0307"])
async def test_a_refused_token_is_renewed_once(code: str) -> None:
    """The gateway wants a new token: one is fetched, and the same call is made again with it."""
    refusal = httpx.Response(401, json={"error_code": code, "error_msg": "token expires"})
    cloud = Cloud(refusals=[refusal])
    async with cloud.client() as client:
        await approve(client)
        await approve(client)

    assert cloud.tokens == ["token-1", "token-2", "token-2"]


async def test_a_second_refusal_stands() -> None:
    """A new token that is refused too is not renewed again: the error is told."""
    cloud = Cloud(stale={"token-1", "token-2", "token-3"})
    async with cloud.client() as client:
        with pytest.raises(Unauthorized) as caught:
            await approve(client)

    assert caught.value.code == "APIGW.0307"
    assert cloud.tokens == ["token-1", "token-2"]


@pytest.mark.parametrize(
    ("status", "code"), [(401, "APIGW.0305"), (401, ""), (403, "APIGW.0302"), (403, "APIGW.0301"), (500, "APIGW.0307")]
)
async def test_other_refusals_are_no_reason_to_renew(status: int, code: str) -> None:
    """Only the two codes that speak of the token bring a new one."""
    cloud = Cloud(refusals=[httpx.Response(status, json={"error_code": code, "error_msg": "m"})])
    async with cloud.client() as client:
        with pytest.raises(SecMasterError):
            await approve(client)

    assert len(cloud.asked) == 1
    assert cloud.tokens == ["token-1"]


async def test_calls_refused_together_renew_together() -> None:
    """Ten calls whose token is refused fetch one new token, not ten."""
    cloud = Cloud()
    async with cloud.client() as client:
        await approve(client)
        cloud.stale = {"token-1"}
        await asyncio.gather(*(approve(client) for _ in range(10)))

    assert len(cloud.asked) == 2
    assert cloud.tokens.count("token-2") == 10


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, Refused), (401, Unauthorized), (403, Refused), (429, Throttled), (500, Unreachable), (503, Unreachable)],
)
async def test_iam_failures(status: int, kind: type[SecMasterError]) -> None:
    """What IAM says is told with its trace id; its own trouble means that the call was never sent."""
    body = {"error": {"message": "Authentication failed", "code": status, "title": "t"}}
    cloud = Cloud(iam=[httpx.Response(status, json=body, headers={"X-IAM-Trace-Id": "trace-1"})])
    async with cloud.client() as client:
        with pytest.raises(SecMasterError) as caught:
            await approve(client)

    error = caught.value
    assert type(error) is kind
    assert (error.status, error.code, error.request_id, error.operation) == (
        status,
        str(status),
        "trace-1",
        "IAM token",
    )
    assert "Authentication failed" in error.message
    assert cloud.tokens == []


@pytest.mark.parametrize("trouble", [httpx.ReadTimeout("slow"), httpx.ConnectError("no"), aiohttp.ClientError("odd")])
async def test_silence_of_iam_is_unreachable(trouble: Exception) -> None:
    """However the question to IAM failed, the call itself never left: its outcome is known."""
    cloud = Cloud(iam=[trouble])
    async with cloud.client() as client:
        with pytest.raises(Unreachable):
            await approve(client)
        await approve(client)

    assert cloud.tokens == ["token-2"]


async def test_an_answer_without_a_token_is_of_no_use() -> None:
    """A 201 without X-Subject-Token is IAM's trouble."""
    cloud = Cloud(iam=[httpx.Response(201, json={"token": {}})])
    async with cloud.client() as client:
        with pytest.raises(Unreachable, match="no token"):
            await approve(client)


async def test_a_refused_user_is_not_tried_in_a_loop() -> None:
    """IAM locks users who fail too often: after a refusal it is left alone for a minute."""
    body = {"error": {"message": "Authentication failed", "code": 401}}
    cloud = Cloud(iam=[httpx.Response(401, json=body)])
    async with cloud.client() as client:
        cloud.gate = asyncio.Event()
        calls = [asyncio.ensure_future(approve(client)) for _ in range(10)]
        await cloud.begun.wait()  # one asks IAM, the others are on their way and wait for its token
        cloud.gate.set()
        results = await asyncio.gather(*calls, return_exceptions=True)
        assert [type(result) for result in results] == [Unauthorized] * 10
        assert len(cloud.asked) == 1
        cloud.now = START + timedelta(minutes=1)
        await approve(client)

    assert len(cloud.asked) == 2


async def test_a_failed_renewal_does_no_harm_while_the_token_lasts() -> None:
    """IAM may be down for the last hour of a token: calls go on, IAM is asked once a minute, and then it counts."""
    cloud = Cloud()
    async with cloud.client() as client:
        await approve(client)
        cloud.iam = [httpx.Response(503)] * 3
        cloud.now = START + timedelta(hours=23, minutes=30)
        await approve(client)
        await approve(client)
        assert len(cloud.asked) == 2
        cloud.now += timedelta(minutes=1)
        await approve(client)
        assert len(cloud.asked) == 3
        cloud.now = START + timedelta(hours=24)
        with pytest.raises(Unreachable):
            await approve(client)

    assert cloud.tokens == ["token-1"] * 4


async def test_a_refused_token_is_not_used_again_when_renewal_fails() -> None:
    """A token that the gateway refused is of no use, however long it was to last."""
    cloud = Cloud()
    async with cloud.client() as client:
        await approve(client)
        cloud.stale = {"token-1"}
        cloud.iam = [httpx.Response(503)]
        with pytest.raises(Unreachable):
            await approve(client)

    assert cloud.tokens == ["token-1", "token-1"]


async def test_secrets_are_told_to_nobody() -> None:
    """Password, tokens and keys stand in no repr, no error and no traceback, not even when IAM repeats them."""
    echo = {"error": {"message": "no user with password pass-word-1", "code": 401}}
    cloud = Cloud(iam=[httpx.Response(401, json=echo)])
    auth = cloud.auth()
    lockout = Lockout(clock=cloud.seconds)
    client = SecMasterClient(
        "https://secmaster.test", "project-1", auth, transport=httpx.MockTransport(cloud), lockout=lockout
    )
    async with client:
        with pytest.raises(Unauthorized) as caught:
            await approve(client)
        cloud.now += timedelta(minutes=1)
        await approve(client)

    shown = "".join(traceback.format_exception(caught.value)) + repr(vars(auth)) + repr(vars(client)) + repr(USER)
    assert "no user with password [hidden]" in shown
    assert "pass-word-1" not in shown
    assert "token-2" not in shown
    assert "token-9" not in repr(vars(TokenAuth(SecretStr("token-9"))))


async def test_keys_fail_at_once(script: Any, answer: Any) -> None:
    """A refused signature is not sent again: five in a row would lock the key."""
    asked = script(answer({"error_code": "APIGW.0301", "error_msg": "verify aksk signature fail"}, 401))
    auth = AkSkAuth(AccessKey(ak="AK", sk=SecretStr("secret-key-1"), project_id="project-1"))
    client = SecMasterClient("https://secmaster.test", "project-1", auth, transport=httpx.MockTransport(asked))
    async with client:
        with pytest.raises(Unauthorized):
            await client.version("ws-1", "v1")

    headers = asked.asked[0].headers
    assert len(asked.asked) == 1
    assert headers["Authorization"].startswith(
        "SDK-HMAC-SHA256 Access=AK, SignedHeaders=content-type;host;x-project-id;x-sdk-date, Signature="
    )
    sent_at = datetime.strptime(headers["X-Sdk-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    assert abs(datetime.now(UTC) - sent_at) < timedelta(minutes=1)


async def test_the_outcome_of_the_call_itself_stays_unknown() -> None:
    """With IAM fine, a call that broke after sending is still of unknown outcome."""
    cloud = Cloud()

    def broken(_: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("reset")

    client = SecMasterClient("https://secmaster.test", "p", cloud.auth(), transport=httpx.MockTransport(broken))
    async with client:
        with pytest.raises(OutcomeUnknown):
            await approve(client)
