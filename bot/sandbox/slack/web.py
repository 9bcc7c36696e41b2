"""The HTTP face of the emulated Slack: Web API, response URLs, uploads, Socket Mode."""

from __future__ import annotations

import asyncio
import hmac
import json
import time
from typing import TYPE_CHECKING, Any

from aiohttp import web

from bot.sandbox.slack.api import METHODS, Call
from bot.sandbox.slack.api.call import ANYBODY, APP, BOT, Method
from bot.sandbox.slack.refused import RateLimited, Refused
from bot.sandbox.slack.responding import respond

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.sandbox.slack.sockets import SocketHub
    from bot.sandbox.slack.world import World

BODY_MOST = 64 * 1024 * 1024
RESPONSE_URL = "response_url"
UPLOAD = "upload"
REFUSED = 400
"""The lowest HTTP status that says no."""


class _Dropped(Exception):
    """The connection is to be dropped without an answer."""


class Web:
    """The handlers; each exchange is recorded, and each may meet a fault armed for its method."""

    def __init__(self, world: World, hub: SocketHub) -> None:
        self._world = world
        self._hub = hub

    def app(self) -> web.Application:
        """The aiohttp application."""
        app = web.Application(client_max_size=BODY_MOST)
        app.router.add_route("GET", "/api/{method}", self._api)
        app.router.add_route("POST", "/api/{method}", self._api)
        app.router.add_post("/actions/{team}/{secret}", self._response_url)
        app.router.add_post("/upload/v1/{ticket}", self._upload)
        app.router.add_get("/files-pri/{file_id}/{name}", self._download)
        app.router.add_get("/link/", self._hub.handle)
        return app

    async def _api(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        args, problem = await _arguments(request)

        async def run() -> web.Response:
            if problem:
                raise problem
            return self._call(name, args, _token(request, args))

        return await self._exchange(request, name, args, run)

    def _call(self, name: str, args: dict[str, Any], token: str) -> web.Response:
        method = METHODS.get(name)
        if method is None:
            raise Refused("unknown_method", req_method=name)
        self._check_token(method, token)
        call = Call(self._world, name, args)
        call.need_scope(*method.scopes)
        answer = {"ok": True, **method.run(call)}
        return _json(answer, headers=self._scope_headers(method))

    def _check_token(self, method: Method, token: str) -> None:
        if method.token == ANYBODY:
            return
        if not token:
            raise Refused("not_authed")
        app = self._world.workspace.app
        kinds = {app.bot_token: BOT, app.app_token: APP}
        if token not in kinds:
            raise Refused("invalid_auth")
        if kinds[token] != method.token:
            raise Refused("not_allowed_token_type")

    def _scope_headers(self, method: Method) -> dict[str, str]:
        if method.token != BOT:
            return {}
        return {
            "x-oauth-scopes": ",".join(sorted(self._world.workspace.app.scopes)),
            "x-accepted-oauth-scopes": ",".join(method.scopes),
        }

    async def _response_url(self, request: web.Request) -> web.StreamResponse:
        body = _object(await request.text())

        async def run() -> web.Response:
            reply = self._world.response_urls.use(request.match_info["secret"])
            if body is None:
                raise Refused("invalid_payload")
            respond(self._world, reply, body)
            return _json({"ok": True})

        return await self._exchange(request, RESPONSE_URL, body, run, refused_status=404)

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        content = await _uploaded(request)

        async def run() -> web.Response:
            file = self._world.files.by_ticket(request.match_info["ticket"])
            if file is None or file.content is not None:
                return web.Response(status=404, text="no such upload")
            if len(content) != file.length:
                return web.Response(status=400, text=f"expected {file.length} bytes, got {len(content)}")
            file.content = content
            return web.Response(text=f"OK - {len(content)}")

        return await self._exchange(request, UPLOAD, {"bytes": len(content)}, run)

    async def _download(self, request: web.Request) -> web.StreamResponse:
        """A file's bytes, for who has the bot's token."""
        if not hmac.compare_digest(_token(request, {}).encode(), self._world.workspace.app.bot_token.encode()):
            return web.Response(status=403)
        file = self._world.files.get(request.match_info["file_id"])
        if file is None or file.content is None:
            return web.Response(status=404)
        return web.Response(body=file.content, content_type=file.facts.get("mimetype", "application/octet-stream"))

    async def _exchange(
        self,
        request: web.Request,
        name: str,
        args: Any,
        run: Callable[[], Awaitable[web.Response]],
        *,
        refused_status: int = 200,
    ) -> web.StreamResponse:
        """Run a handler under the faults armed for `name`, and record the exchange."""
        started = time.perf_counter()
        response: web.Response | None
        try:
            response = await self._faulty(name, args, run)
        except RateLimited as limited:
            response = _json(limited.answer, 429, {"Retry-After": str(limited.retry_after)})
        except Refused as refused:
            response = _json(refused.answer, refused_status)
        except _Dropped:
            response = None
        self._record(name, args, response, (time.perf_counter() - started) * 1000)
        return response if response is not None else _drop(request)

    async def _faulty(self, name: str, args: Any, run: Callable[[], Awaitable[web.Response]]) -> web.Response:
        faults = self._world.faults
        known = args if isinstance(args, dict) else {}
        channel = str(known["channel"]) if "channel" in known else None
        await faults.reach(name, "arrives", known)
        if slow := faults.take("slow", name, channel):
            await asyncio.sleep(slow.seconds)
        if faults.take("drop_request", name, channel):
            raise _Dropped
        if throttle := faults.take("throttle", name, channel):
            raise RateLimited(int(throttle.seconds))
        if fail := faults.take("fail", name, channel):
            return web.Response(status=fail.status, text="internal error")
        if error := faults.take("error", name, channel):
            raise Refused(error.code)
        response = await run()
        if response.status < REFUSED:
            await faults.reach(name, "applied", known)
        if faults.take("lose_answer", name, channel):
            raise _Dropped
        return response

    def _record(self, name: str, args: Any, response: web.Response | None, ms: float) -> None:
        text = response.text if response is not None else None
        self._world.traffic.record(
            at=self._world.clock(),
            direction="bot->slack",
            kind=name,
            request=args,
            status=response.status if response is not None else None,
            response=_object(text or "") or text,
            ms=ms,
        )


async def _arguments(request: web.Request) -> tuple[dict[str, Any], Refused | None]:
    """Query and body as one set of arguments, and what is wrong with them; error codes as every method page lists."""
    args: dict[str, Any] = dict(request.query)
    if request.method == "GET" or not request.can_read_body:
        return args, None
    if request.content_type == "application/json":
        return _json_arguments(args, await request.text())
    if request.content_type in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        form = await request.post()
        return args | {key: value for key, value in form.items() if isinstance(value, str)}, None
    return args, Refused("invalid_post_type")


def _json_arguments(args: dict[str, Any], text: str) -> tuple[dict[str, Any], Refused | None]:
    try:
        body = json.loads(text)
    except ValueError:
        return args, Refused("invalid_json")
    if not isinstance(body, dict):
        return args, Refused("json_not_object")
    return args | body, None


async def _uploaded(request: web.Request) -> bytes:
    if request.content_type != "multipart/form-data":
        return await request.read()
    for part in (await request.post()).values():
        if isinstance(part, web.FileField):
            return part.file.read()
    return b""


def _token(request: web.Request, args: dict[str, Any]) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else str(args.get("token") or "")


def _object(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _json(answer: dict[str, Any], status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response(answer, status=status, headers=headers)


def _drop(request: web.Request) -> web.Response:
    """Break the connection; aiohttp finds nobody there to send this response to."""
    if request.transport:
        request.transport.abort()
    return web.Response()
