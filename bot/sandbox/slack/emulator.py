"""The emulated Slack as a whole: start it, stop it, act in it, look at it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, TypeVar

from aiohttp import web

from bot.sandbox.slack.acts import Acts
from bot.sandbox.slack.admin import Admin
from bot.sandbox.slack.background import Background
from bot.sandbox.slack.courier import Courier
from bot.sandbox.slack.faults import Sockets
from bot.sandbox.slack.seed import harbour_soc
from bot.sandbox.slack.sights import Sights
from bot.sandbox.slack.signed import SignedSender
from bot.sandbox.slack.sockets import SocketHub
from bot.sandbox.slack.web import Web
from bot.sandbox.slack.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.sandbox.changes import Changes
    from bot.sandbox.slack.faults import SlackFaults
    from bot.sandbox.slack.workspace import Workspace
    from bot.sandbox.traffic import TrafficLog

T = TypeVar("T")

SHUTDOWN_S = 1.0


class SlackEmulator(Acts, Sights, Admin):
    """One workspace with one installed app on a loopback port, all in memory, in the running loop.

    `workspace.app` holds what an app's manifest says: `scopes`, `commands`, `subscriptions`. `warnings` collects what
    Slack accepts but frowns upon (a message with blocks and no text, say); tests assert that it stays empty.
    `changes` announces: message, ephemeral, modal, home, channel, people, delivery, connection, faults, traffic.
    """

    def __init__(self, *, clock: Callable[[], float] = time.time, seed: Workspace | None = None) -> None:
        self.workspace = seed or harbour_soc()
        world = World(self.workspace, clock)
        self._background = Background()
        self._hub = SocketHub(world, self._background)
        self._sender = SignedSender(world)
        courier = Courier(world, self._hub, self._sender, self._background)
        Sights.__init__(self, world)
        Acts.__init__(self, world, courier)
        Admin.__init__(self, world, courier)
        world.faults.sockets = Sockets(self._hub.disconnect, self._hub.drop, world.tickets.expire)
        self.faults: SlackFaults = world.faults
        self.traffic: TrafficLog = world.traffic
        self.changes: Changes = world.changes
        self.warnings: list[str] = world.warnings
        self._runner: web.AppRunner | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; port 0 takes any free one."""
        self._runner = web.AppRunner(
            Web(self._world, self._hub).app(), access_log=None, shutdown_timeout=SHUTDOWN_S, handle_signals=False
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        bound = self._runner.addresses[0][1]
        self._world.url = f"http://{host}:{bound}"

    async def stop(self) -> None:
        """Close every connection and stop listening."""
        await self._hub.stop()
        await self._background.stop()
        await self._sender.close()
        if self._runner:
            await self._runner.cleanup()
            self._runner = None

    def deliver_over_http(self, url: str | None) -> None:
        """Send signed requests to `url` from now on; None: Socket Mode again."""
        self._courier.url = url
        self.changes.publish("connection")

    @property
    def delivery_url(self) -> str | None:
        """Where requests are sent; None in Socket Mode."""
        return self._courier.url

    async def until(self, predicate: Callable[[], T], *, timeout: float = 10, what: str = "") -> T:  # noqa: ASYNC109 - as Changes.until
        """The first truthy answer of `predicate`, asked now and after each change.

        Raises:
            SandboxTimeout: none within `timeout` seconds.
        """
        return await self.changes.until(predicate, timeout=timeout, what=what)

    @property
    def connections(self) -> int:
        """How many Socket Mode connections are open right now."""
        return self._hub.connections

    @property
    def ack_within_s(self) -> float:
        """How long the app has for an ack: Slack's 3 s, unless a test sets less."""
        return self._courier.ack_within_s

    @ack_within_s.setter
    def ack_within_s(self, seconds: float) -> None:
        self._courier.ack_within_s = seconds

    @property
    def url(self) -> str:
        """Where it listens."""
        return self._world.url

    @property
    def api_url(self) -> str:
        """The base of the Web API, with the trailing slash that slack_sdk wants."""
        return f"{self._world.url}/api/"

    @property
    def bot_token(self) -> str:
        """The app's bot token."""
        return self.workspace.app.bot_token

    @property
    def app_token(self) -> str:
        """The app-level token for Socket Mode."""
        return self.workspace.app.app_token

    @property
    def signing_secret(self) -> str:
        """What HTTP deliveries are signed with."""
        return self.workspace.app.signing_secret

    @property
    def team_id(self) -> str:
        """The workspace."""
        return self.workspace.team_id

    @property
    def bot_user_id(self) -> str:
        """The app's bot user."""
        return self.workspace.app.bot_user_id

    @property
    def app_id(self) -> str:
        """The app."""
        return self.workspace.app.app_id

    @property
    def users(self) -> Mapping[str, dict[str, Any]]:
        """Slack user objects by id."""
        return self.workspace.users

    @property
    def groups(self) -> Mapping[str, dict[str, Any]]:
        """User groups by id."""
        return self.workspace.groups

    @property
    def channels(self) -> Mapping[str, dict[str, Any]]:
        """Conversations by id, each with its `members`."""
        return self.workspace.channels
