"""The page's HTTP server, on loopback: the page, what a person sees, what they do, and the stream of changes."""

from __future__ import annotations

import logging
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import web
from jinja2 import Environment, FileSystemLoader

from bot.sandbox.errors import SandboxRefusal
from bot.sandbox.page import clock_acts, secmaster_acts, seen, slack_acts
from bot.sandbox.page.actors import actor, actors
from bot.sandbox.page.asked import Asked
from bot.sandbox.page.clock_acts import ClockActs
from bot.sandbox.page.commands import offered
from bot.sandbox.page.fault_switches import FaultPanel
from bot.sandbox.page.guard import add_headers, guard, is_loopback
from bot.sandbox.page.reading import Readings
from bot.sandbox.page.secmaster_acts import SecMasterActs
from bot.sandbox.page.slack_acts import SlackActs
from bot.sandbox.page.stream import Streams

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aiohttp.typedefs import Handler

    from bot.sandbox.changes import Changes
    from bot.sandbox.clock import BotClock
    from bot.sandbox.secmaster import SecMasterEmulator
    from bot.sandbox.slack import SlackEmulator
    from bot.sandbox.traffic import TrafficEntry

logger = logging.getLogger(__name__)

HERE = Path(__file__).parent
MAX_BODY_BYTES = 1024 * 1024
PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""Shown in place; every other upload is a download, since a browser might run it."""

TOOLS = (
    {"id": "console", "name": "SecMaster", "title": "SecMaster console", "path": "M5 4h6v5H5zM13 15h6v5h-6zM8 9v8.5h5"},
    {"id": "traffic", "name": "Traffic", "title": "Traffic inspector", "path": "M3 12h4l3-8 4 16 3-8h4"},
    {"id": "faults", "name": "Faults", "title": "Fault switches", "path": "M13 3 5 14h6l-1 7 8-11h-6z"},
)


class SandboxPage:
    """Serves the page for two running emulators; `start` listens on loopback, and only there.

    `clock` is the bot's, where the page may move it.
    """

    def __init__(
        self,
        slack: SlackEmulator,
        secmaster: SecMasterEmulator,
        *,
        host: str = "127.0.0.1",
        port: int = 8900,
        clock: BotClock | None = None,
    ) -> None:
        if not is_loopback(host):
            raise ValueError(f"the sandbox's page listens on loopback only, not on {host}")
        self._slack = slack
        self._secmaster = secmaster
        self._host = host
        self._port = port
        self._readings = Readings()
        self._slack_acts = SlackActs(slack, self._readings)
        self._secmaster_acts = SecMasterActs(secmaster)
        self._clock = clock
        self._clock_acts = ClockActs(clock, slack)
        self._faults = FaultPanel(slack, secmaster)
        self._templates = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=True)
        self._streams = Streams(self._sources())
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """Where the page is, without a slash at the end; while it is started."""
        if self._runner is None:
            raise RuntimeError("the page is not started")
        return f"http://{self._host}:{self._runner.addresses[0][1]}"

    async def start(self) -> None:
        """Listen; port 0 is any free one."""
        self._streams = Streams(self._sources())
        runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, self._host, self._port).start()
        self._runner = runner

    async def stop(self) -> None:
        """End the streams and stop listening."""
        self._streams.close()
        if self._runner:
            await self._runner.cleanup()
            self._runner = None

    def _sources(self) -> dict[str, Changes]:
        clock = {"clock": self._clock.changes} if self._clock else {}
        return {"slack": self._slack.changes, "secmaster": self._secmaster.changes, **clock}

    def _application(self) -> web.Application:
        app = web.Application(middlewares=[guard, refusals], client_max_size=MAX_BODY_BYTES)
        app.on_response_prepare.append(add_headers)
        app.router.add_get("/", self._page)
        app.router.add_get("/page/state", self._state)
        app.router.add_get("/page/stream", self._stream)
        app.router.add_get("/page/traffic", self._traffic)
        app.router.add_get("/page/file/{file_id}", self._file)
        app.router.add_get("/page/secmaster/version/{version_id}", self._version)
        app.router.add_post("/page/slack/{act}", self._act_in_slack)
        app.router.add_post("/page/secmaster/{act}", self._act_in_secmaster)
        app.router.add_post("/page/clock/{act}", self._act_on_clock)
        app.router.add_post("/page/faults/clear", self._clear_faults)
        app.router.add_post("/page/faults/{side}/{name}", self._throw_fault)
        app.router.add_static("/static", HERE / "static")
        return app

    # --- reading

    async def _page(self, _request: web.Request) -> web.Response:
        template = self._templates.get_template("page.html")
        html = template.render(team=self._slack.workspace.team["name"], tools=TOOLS)
        return web.Response(text=html, content_type="text/html")

    async def _state(self, request: web.Request) -> web.Response:
        person = actor(self._slack, request.query.get("as"))
        return _answer(
            {
                **seen.seen_by(self._slack, person, self._readings),
                "actors": actors(self._slack),
                "commands": offered(self._slack.workspace.app.commands),
                "secmaster": self._secmaster_acts.seen(),
                "faults": self._faults.seen(),
                "clock": self._clock_acts.seen(),
            }
        )

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        person = actor(self._slack, request.query.get("as"))
        return await self._streams.serve(request, lambda change: seen.concerns(self._slack, person, change))

    async def _traffic(self, request: web.Request) -> web.Response:
        after = {side: _number(request.query.get(side, "0")) for side in ("slack", "secmaster")}
        entries = [*_since("slack", self._slack.traffic, after), *_since("secmaster", self._secmaster.traffic, after)]
        return _answer({"entries": sorted(entries, key=lambda one: (one["at"], one["id"]))})

    async def _file(self, request: web.Request) -> web.Response:
        person, file_id = actor(self._slack, request.query.get("as")), request.match_info["file_id"]
        if not seen.may_read_file(self._slack, person, file_id):
            raise web.HTTPNotFound(text="There is no such file for you.")
        facts, content = self._slack.file(file_id)
        shown = facts["mimetype"] in PICTURES
        kind = facts["mimetype"] if shown else "application/octet-stream"
        headers = {"Content-Disposition": "inline" if shown else "attachment"}
        return web.Response(body=content, content_type=kind, headers=headers)

    async def _version(self, request: web.Request) -> web.Response:
        version = self._secmaster_acts.version(request.match_info["version_id"])
        if version is None:
            raise SandboxRefusal("There is no such version any more.")
        return _answer({"version": version})

    # --- acting

    async def _act_in_slack(self, request: web.Request) -> web.Response:
        act = slack_acts.ACTS.get(request.match_info["act"])
        if act is None:
            raise web.HTTPNotFound
        return _answer(await act(self._slack_acts, await _asked(request)))

    async def _act_in_secmaster(self, request: web.Request) -> web.Response:
        act = secmaster_acts.ACTS.get(request.match_info["act"])
        if act is None:
            raise web.HTTPNotFound
        return _answer(act(self._secmaster_acts, await _asked(request)))

    async def _act_on_clock(self, request: web.Request) -> web.Response:
        act = clock_acts.ACTS.get(request.match_info["act"])
        if act is None:
            raise web.HTTPNotFound
        return _answer(act(self._clock_acts, await _asked(request)))

    async def _throw_fault(self, request: web.Request) -> web.Response:
        match = request.match_info
        return _answer(await self._faults.throw(match["side"], match["name"], await _asked(request)))

    async def _clear_faults(self, _request: web.Request) -> web.Response:
        return _answer(self._faults.clear())


@web.middleware
async def refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn what could not be done into an answer the page can show."""
    try:
        return await handler(request)
    except SandboxRefusal as refusal:
        return _refused(409, str(refusal))
    except web.HTTPException as error:
        return _refused(error.status, error.text or error.reason)
    except Exception:
        logger.exception("the sandbox's page could not serve %s %s", request.method, request.path)
        return _refused(500, "The sandbox failed; its log says why.")


def _answer(facts: dict[str, Any]) -> web.Response:
    return web.json_response({"ok": True, **facts})


def _refused(status: int, text: str) -> web.Response:
    return web.json_response({"ok": False, "error": text}, status=status)


async def _asked(request: web.Request) -> Asked:
    try:
        body = await request.json()
    except ValueError:
        raise web.HTTPBadRequest(text="The request is not JSON.") from None
    if not isinstance(body, dict):
        raise web.HTTPBadRequest(text="The request is no JSON object.")
    return Asked(body)


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise web.HTTPBadRequest(text="That is no number.") from None


def _since(side: str, entries: Any, after: dict[str, int]) -> Iterator[dict[str, Any]]:
    entry: TrafficEntry
    for entry in entries:
        if entry.id > after[side]:
            yield {"side": side, **asdict(entry)}
