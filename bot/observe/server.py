"""The HTTP server of both modes: health, metrics, and in HTTP mode Slack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import hdrs, web

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from aiohttp.typedefs import Handler

    from bot.observe.health import Health

FINISH_WITHIN = 3.0
"""Seconds for the requests in hand when the server stops: Slack waits three for an answer."""

OWN_PATHS = frozenset({"/livez", "/readyz", "/metrics"})

METRICS_TYPE = {"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}


class Server:
    """One aiohttp server."""

    def __init__(
        self,
        *,
        host: str,
        port: int,
        health: Health,
        metrics: Callable[[], Awaitable[bytes]],
        routes: Sequence[web.RouteDef] = (),
        body_limit: int = 1024 * 1024,
    ) -> None:
        self.is_open: Callable[[], bool] = lambda: True
        """Whether `routes` are served yet; health and metrics always are."""
        self._host = host
        self._port = port
        self._health = health
        self._metrics = metrics
        web_app = web.Application(client_max_size=body_limit, middlewares=[self._doorkeeper])
        web_app.add_routes(
            [web.get("/livez", self._livez), web.get("/readyz", self._readyz), web.get("/metrics", self._get_metrics)]
        )
        web_app.add_routes(routes)
        web_app.on_response_prepare.append(self._let_go)
        self._runner = web.AppRunner(web_app, access_log=None, handle_signals=False, shutdown_timeout=FINISH_WITHIN)

    async def start(self) -> None:
        """Listen; OSError when the address is taken."""
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port).start()

    @property
    def port(self) -> int:
        """The port that was given, or was free."""
        return int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Take no more requests, finish those in hand."""
        await self._runner.cleanup()

    @web.middleware
    async def _doorkeeper(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path in OWN_PATHS or self.is_open():
            return await handler(request)
        raise web.HTTPServiceUnavailable(headers={hdrs.RETRY_AFTER: "5"})

    async def _let_go(self, _request: web.Request, response: web.StreamResponse) -> None:
        """While the process shuts down, who keeps a connection alive has to take the next request elsewhere."""
        if self._health.stopping:
            response.force_close()
            response.headers[hdrs.CONNECTION] = "close"  # aiohttp has written its headers before it asks us

    async def _livez(self, _request: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def _readyz(self, _request: web.Request) -> web.Response:
        problems = await self._health.problems()
        return web.json_response({"ready": not problems, "problems": problems}, status=503 if problems else 200)

    async def _get_metrics(self, _request: web.Request) -> web.Response:
        return web.Response(body=await self._metrics(), headers=METRICS_TYPE)
