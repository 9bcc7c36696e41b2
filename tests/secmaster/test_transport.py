"""The real transport on a real socket: what is signed is what arrives, and nothing leaks."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import pytest
from aiohttp import web
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer
from pydantic import SecretStr

from bot.errors import OutcomeUnknown, SecMasterError, Unreachable
from bot.reviews.models import Result
from bot.secmaster.auth import AkSkAuth, IamAuth, IamUser, TokenAuth
from bot.secmaster.client import SecMasterClient
from bot.secmaster.signature import AccessKey
from bot.secmaster.transport import environment_proxy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from bot.reviews.models import Submission

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

AK, SK = "FAKEAK", "fake-sk"
AWKWARD = ["告警 🔥", "a b+c", "!'()*,;:@/?$", "%41%20%2B%7E~", '"<>\\^`{|}[]#&=', "ASCII-_.~09"]
ASKS = {"result": "PASS", "content": "ok"}


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the machine's environment says of proxies is not what these tests are about."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@contextlib.asynccontextmanager
async def serve(handler: Handler) -> AsyncIterator[str]:
    """A server on a free loopback port; gives its address."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


@contextlib.asynccontextmanager
async def serve_raw(
    behave: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[str]:
    """A server below HTTP: does as it likes with each connection, then closes it."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await behave(reader, writer)
        writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def signing(endpoint: str, token: str | None = None) -> SecMasterClient:
    """A client with access keys, over the default transport."""
    security_token = SecretStr(token) if token else None
    key = AccessKey(ak=AK, sk=SecretStr(SK), project_id="project-1", security_token=security_token)
    return SecMasterClient(endpoint, "project-1", AkSkAuth(key))


def plain(endpoint: str) -> SecMasterClient:
    """A client with a token, over the default transport."""
    return SecMasterClient(endpoint, "project-1", TokenAuth(SecretStr("token-1")))


@dataclass
class Gateway:
    """Checks signatures as the official signer makes them, over what came in on the socket."""

    targets: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)

    async def check(self, request: web.Request) -> web.Response:
        """Refuse what the official signer would have signed in another way."""
        body = await request.read()
        path, _, query = request.raw_path.partition("?")
        authorization = request.headers["Authorization"]
        names = authorization.partition("SignedHeaders=")[2].partition(",")[0].split(";")
        oracle = SdkRequest(
            method=request.method,
            host=request.headers["Host"],
            resource_path=path,
            query_params=parse_qsl(query, keep_blank_values=True),
            # Under the names that the official signer looks for.
            header_params={name.title(): request.headers[name] for name in names},
            body=body,
        )
        Signer(SimpleNamespace(ak=AK, sk=SK)).sign(oracle)
        self.targets.append(request.raw_path)
        self.bodies.append(body)
        self.headers.append(request.headers)
        if oracle.header_params["Authorization"] != authorization or oracle.uri != request.raw_path:
            return web.json_response(
                {"error_code": "APIGW.0301", "error_msg": "verify aksk signature fail"}, status=401
            )
        return web.json_response({"code": "00000000", "data": ASKS if body else []})


async def test_what_arrives_is_what_was_signed() -> None:
    """Whatever is asked for, target, headers and body pass the official signer on the other side of the socket."""
    gateway = Gateway()
    async with serve(gateway.check) as endpoint, signing(endpoint, token="FAKE+TOKEN/==") as client:
        for name in AWKWARD:
            assert [workflow async for workflow in client.list_workflows("ws-1", name=name)] == []
            await client.approve("ws-1", "v1", result=Result.PASS, content=name)
        await client.approvals("ws-1", "v1")

    assert len(gateway.targets) == 2 * len(AWKWARD) + 1
    assert gateway.targets[0].endswith("?limit=100&name=%E5%91%8A%E8%AD%A6%20%F0%9F%94%A5&offset=0")
    assert all(header["Content-Type"] == "application/json;charset=UTF-8" for header in gateway.headers)
    assert gateway.headers[0]["X-Project-Id"] == "project-1"
    assert gateway.headers[0]["X-Security-Token"] == "FAKE+TOKEN/=="


async def test_an_endpoint_may_have_a_path() -> None:
    """A path before SecMaster's own, with awkward characters, is signed as it is sent."""
    gateway = Gateway()
    async with serve(gateway.check) as endpoint, signing(f"{endpoint}/mirror(1)/~x") as client:
        await client.approvals("ws-1", "v1")

    assert gateway.targets[0].startswith("/mirror%281%29/~x/v1/project-1/")


async def cancel(calls: list[asyncio.Task[Submission]]) -> None:
    """Cancel calls and see each of them end so."""
    for call in calls:
        call.cancel()
    ends = await asyncio.gather(*calls, return_exceptions=True)
    assert all(isinstance(end, asyncio.CancelledError) for end in ends)


async def test_cancelled_calls_leak_nothing() -> None:
    """Hundreds of calls cancelled while connecting, waiting and reading leave the whole pool to those that follow."""
    arrived = asyncio.Semaphore(0)

    async def hang_but_for_v1(request: web.Request) -> web.StreamResponse:
        if request.path.endswith("v1"):
            return web.json_response({"data": {"id": "v1", "status": "activated"}})
        response = web.StreamResponse()
        if request.path.endswith("half"):
            await response.prepare(request)
            await response.write(b'{"data"')
        arrived.release()
        await asyncio.Event().wait()
        return response

    async with asyncio.timeout(30), serve(hang_but_for_v1) as endpoint, plain(endpoint) as client:
        for _ in range(3):
            # More than the pool holds: the rest wait for a place in it.
            calls = [asyncio.create_task(client.version("ws-1", ("half", "none")[n % 2])) for n in range(150)]
            for _ in range(100):
                await arrived.acquire()
            await cancel(calls)
        for turns in range(150):
            call = asyncio.create_task(client.version("ws-1", "none"))
            for _ in range(turns % 30):
                await asyncio.sleep(0)
            await cancel([call])

        versions = await asyncio.gather(*(client.version("ws-1", "v1") for _ in range(200)))

    assert {version.status for version in versions} == {"activated"}


async def test_nobody_listens() -> None:
    """A refused connection is Unreachable: nothing was sent."""
    async with serve_raw(lambda _reader, _writer: asyncio.sleep(0)) as endpoint:
        pass
    async with plain(endpoint) as client:
        with pytest.raises(Unreachable):
            await client.approve("ws-1", "v1", result=Result.PASS, content="ok")


async def hang_up(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Read the request and close."""
    await reader.readuntil(b"\r\n\r\n")


async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Read the request and reset the connection."""
    await reader.readuntil(b"\r\n\r\n")
    writer.transport.abort()


async def gibberish(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer in another protocol."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"SMTP 220 hello\r\n\r\n")
    await writer.drain()


async def half_an_answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Stop in the middle of the body."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"data"')
    await writer.drain()


@pytest.mark.parametrize("behave", [hang_up, reset, gibberish, half_an_answer])
async def test_broken_after_sending(
    behave: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> None:
    """A connection that breaks once the request is out leaves the outcome unknown: it is never called Unreachable."""
    async with asyncio.timeout(10), serve_raw(behave) as endpoint, plain(endpoint) as client:
        with pytest.raises(SecMasterError) as caught:
            await client.approve("ws-1", "v1", result=Result.PASS, content="ok")

    assert type(caught.value) is OutcomeUnknown


async def test_cookies_are_not_kept() -> None:
    """A gateway's cookie is not sent back: each call stands alone."""
    seen: list[str | None] = []

    async def baker(request: web.Request) -> web.Response:
        seen.append(request.headers.get("Cookie"))
        response = web.json_response({"data": []})
        response.set_cookie("node", "1")
        return response

    async with serve(baker) as endpoint, plain(endpoint) as client:
        await client.approvals("ws-1", "v1")
        await client.approvals("ws-1", "v1")

    assert seen == [None, None]


async def test_iam_is_reached_by_its_own_connections() -> None:
    """With nothing injected, the token comes from IAM's address and the call goes to SecMaster's."""

    async def iam(request: web.Request) -> web.Response:
        assert request.raw_path == "/v3/auth/tokens?nocatalog=true"
        return web.json_response({"token": {}}, status=201, headers={"X-Subject-Token": "token-7"})

    async def secmaster(request: web.Request) -> web.Response:
        return web.json_response({"data": {"id": request.headers["X-Auth-Token"]}})

    user = IamUser(name="u", password=SecretStr("p"), domain="d", project_id="project-1")
    async with serve(iam) as iam_endpoint, serve(secmaster) as endpoint:
        client = SecMasterClient(endpoint, "project-1", IamAuth(iam_endpoint, user))
        async with client:
            version = await client.version("ws-1", "v1")

    assert version.version_id == "token-7"


@pytest.mark.parametrize(
    ("endpoint", "no_proxy", "proxy"),
    [
        ("https://secmaster.test", "", "http://user:pass@proxy.test:3128"),
        ("https://secmaster.test", "other.test,secmaster.test", None),
        ("http://secmaster.test", "", None),
        ("https://127.0.0.1:8900", "", None),
        ("https://[::1]:8900", "", None),
        ("https://localhost:8900", "", None),
        ("https://192.0.2.1", "", "http://user:pass@proxy.test:3128"),
    ],
)
def test_the_environments_proxy(
    monkeypatch: pytest.MonkeyPatch, endpoint: str, no_proxy: str, proxy: str | None
) -> None:
    """HTTPS_PROXY is used, except for hosts in NO_PROXY and for this machine itself."""
    monkeypatch.setenv("HTTPS_PROXY", "http://user:pass@proxy.test:3128")
    monkeypatch.setenv("NO_PROXY", no_proxy)

    assert environment_proxy(endpoint) == proxy


async def test_calls_go_through_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy from the environment gets the whole address, spelled as it was signed."""
    gateway = Gateway()
    asked: list[str] = []

    async def proxy(request: web.Request) -> web.Response:
        asked.append(request.raw_path)
        return await gateway.check(request)

    async with serve(proxy) as address:
        monkeypatch.setenv("HTTP_PROXY", address)
        async with plain("http://secmaster.test") as client:
            with contextlib.suppress(SecMasterError):
                await client.version("ws-1", "v1")

    assert asked == ["http://secmaster.test/v1/project-1/workspaces/ws-1/soc/workflows/versions/v1"]
