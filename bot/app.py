"""The composition root: the only place where concrete classes meet; start, stop, signals."""

from __future__ import annotations

import asyncio
import secrets
import signal
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

from bot.configured import auth_of, channels_of, own_version, people_of, recorded, reviewers_of, routing_of
from bot.errors import SecMasterError, SettingsError, SlackError, SlackRefused
from bot.jobs.queue import Queue
from bot.jobs.worker import Workers
from bot.observe.health import Health, Remembered
from bot.observe.metrics import Metrics
from bot.observe.server import Server
from bot.pictures.artist import DiagramArtist
from bot.reviews.service import Reviews
from bot.reviews.world import World, utc_now
from bot.secmaster.client import SecMasterClient
from bot.settings import Mode
from bot.slack import listeners
from bot.slack.calls import open_session, told, web_client
from bot.slack.channels import look_at
from bot.slack.connection import BODY_LIMIT, SocketConnections, slack_route
from bot.slack.directory import SlackDirectory
from bot.slack.listeners.reception import Reception
from bot.slack.messenger import SlackMessenger
from bot.slack.people import look_for
from bot.store.lock import alone
from bot.store.opening import Opening
from bot.store.sql import SqlStore

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from bot.observe.health import Check
    from bot.secmaster.client import CallRecord
    from bot.settings import Reread, Settings

log = structlog.get_logger(__name__)

WORKERS = 4
STOP_WITHIN = 25.0
"""Seconds that a shutdown takes at most, draining included; Kubernetes kills after thirty."""
READY_REMEMBERED = 60.0
LOCKED_OUT = 300.0
"""Seconds until SecMaster is asked again after a failed check: failures in a row lock an access key."""
SLACK_RETRY = 5.0

TOKEN_REFUSED = frozenset({"invalid_auth", "not_allowed_token_type", "not_authed", "account_inactive", "token_revoked"})


class Bot:
    """One running bot."""

    def __init__(self, settings: Settings, *, clock: Callable[[], datetime] = utc_now, replica: str = "") -> None:
        """Build everything; call inside the running loop. `clock` tells when work is due, `replica` who we are."""
        self._settings = settings
        self._serving = False
        replica = replica or secrets.token_hex(4)
        self.slack_retry = SLACK_RETRY
        self._routing = routing_of(settings)
        self._metrics = Metrics(self._routing, transport=settings.slack.mode, version=own_version())
        self._store = SqlStore(
            settings.database_url.get_secret_value(),
            clock=lambda: clock().timestamp(),
            name=f"secmaster-bot {replica}",
        )
        self._store.on_recorded = self._metrics.recorded
        self._opening = Opening(self._store, settings.database_url.get_secret_value())
        self._session = open_session()
        self._slack = web_client(
            settings.slack.bot_token.get_secret_value(),
            self._session,
            base_url=settings.slack.api_url,
            on_call=self._metrics.slack_called,
        )
        self._directory = SlackDirectory(self._slack)
        self._secmaster = SecMasterClient(
            settings.secmaster.endpoint,
            settings.secmaster.project_id,
            auth_of(settings.secmaster),
            on_call=self._called,
        )
        self.reviews = Reviews(self._world(clock))
        self._workers = self._make_workers(clock, replica)
        self._reception = Reception(
            reviews=self.reviews, directory=self._directory, client=self._slack, on_refused=self._metrics.refused
        )
        self._bolt = self._bolt_app()
        self._sockets = self._socket_connections()
        self.health = Health(
            {"slack": self._check_slack(), "secmaster": self._check_secmaster(), "database": self._opening.check}
        )
        self.server = Server(
            host=settings.http_host,
            port=settings.http_port,
            health=self.health,
            metrics=self._measure,
            routes=[] if self._sockets else [slack_route(self._bolt, on_ack=self._metrics.acked)],
            body_limit=BODY_LIMIT,
        )
        self.server.is_open = lambda: self._opening.done

    def _world(self, clock: Callable[[], datetime]) -> World:
        settings = self._settings
        return World(
            store=self._store,
            releases=self._secmaster,
            messenger=SlackMessenger(self._slack),
            directory=self._directory,
            artist=DiagramArtist() if settings.pictures else None,
            routing=self._routing,
            poll_interval=timedelta(seconds=settings.poll_interval),
            retention=timedelta(days=settings.retention_days),
            resend_after=timedelta(seconds=settings.resend_after),
            working_hours=settings.working_hours,
            digests=settings.digests,
            clock=clock,
            on_refused=self._metrics.refused,
        )

    def _make_workers(self, clock: Callable[[], datetime], replica: str) -> Workers:
        """Workers on this store, which wakes them; `replica` owns what they lease."""
        queue = Queue(
            self._store,
            clock=clock,
            post_interval=self._settings.slack.post_interval,
            takeover_after=timedelta(seconds=self._settings.takeover_after),
            owner=replica,
        )
        workers = Workers(queue, self.reviews, count=WORKERS, clock=clock)
        workers.on_done = self._metrics.job_ended
        self._store.on_queued = workers.wake
        self._store.presence.on_back = workers.store_is_back
        return workers

    async def start(self) -> None:
        """Listen, wait for the database and Slack, and work. SettingsError for what an operator has to mend."""
        try:
            await self.server.start()
        except OSError as error:
            address = f"{self._settings.http_host}:{self._settings.http_port}"
            raise SettingsError(
                [f"BOT_HTTP_PORT: cannot listen on {address} ({error.strerror}). Choose another, or a BOT_HTTP_HOST."]
            ) from error
        await self._opening.migrate()
        await self._check_tokens()
        await self._opening.insist(lambda: self.reviews.configured(recorded(self._settings)))
        await self._opening.insist(self.reviews.start_work)
        self._workers.start()
        self._reception.inflight.start(self._look_around())
        if self._sockets:
            self._sockets.open()
        self._serving = True
        log.info("bot.started", mode=self._settings.slack.mode, port=self.server.port)

    async def reload(self, reread: Reread | None) -> None:
        """Follow the file of BOT_CONFIG as it is now. One that is wrong is told in the log, and changes nothing."""
        if reread is None:
            log.warning("settings.no_file", problem="BOT_CONFIG names no file, so there is nothing to read anew.")
            return
        try:
            settings = await asyncio.to_thread(reread)
        except SettingsError as error:
            for problem in error.problems:
                log.error("settings.kept", problem=problem)  # noqa: TRY400 - it is the operator's, and needs no trace
            return
        before, now = recorded(self._settings), recorded(settings)
        changed = sorted(name for name in {*before, *now} if before.get(name) != now.get(name))
        self._settings, self._routing = settings, routing_of(settings)
        self._metrics.follow(self._routing)
        await self._opening.insist(
            lambda: self.reviews.reconfigured(now, routing=self._routing, digests=settings.digests)
        )
        log.info("settings.reloaded", changed=", ".join(changed) or "nothing")
        await self._look_around()

    async def stop(self) -> None:
        """Take nothing new, finish what is in flight, let go of everything.

        Jobs that nobody has begun are left to the other replicas, or to the next start.
        """
        self.health.stopping = True
        ends = asyncio.get_running_loop().time() + STOP_WITHIN
        await asyncio.gather(self._turn_away(), self._workers.stop(within=STOP_WITHIN))
        await self._reception.inflight.drain(within=_left_until(ends))
        await self._secmaster.close()
        await self._session.close()
        await self._store.close()
        if self._serving:
            log.info("bot.stopped")

    async def _turn_away(self) -> None:
        """Let Slack go elsewhere; what has come already is answered."""
        if self._sockets:
            await self._sockets.close()
        elif self._serving:
            await asyncio.sleep(self._settings.drain)  # load balancers learn from /readyz to send nothing more
        await self.server.stop()

    async def _look_around(self) -> None:
        """Name what the settings name and Slack does not know, or will not let be used."""
        settings = self._settings
        await look_at(self._slack, channels_of(settings))
        await look_for(self._directory, reviewers=reviewers_of(settings), others=people_of(settings))

    def _bolt_app(self) -> AsyncApp:
        slack = self._settings.slack
        bot_token = slack.bot_token.get_secret_value()

        async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
            return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token=bot_token)

        app = AsyncApp(
            # With our own authorize, SLACK_CLIENT_ID in the environment cannot switch Bolt to OAuth and other tokens.
            authorize=authorize,
            client=web_client(None, self._session, base_url=slack.api_url, on_call=self._metrics.slack_called),
            signing_secret=slack.signing_secret.get_secret_value() if slack.signing_secret else None,
            request_verification_enabled=slack.mode is Mode.HTTP,
            process_before_response=True,
        )
        listeners.register(app, self._reception)
        return app

    def _socket_connections(self) -> SocketConnections | None:
        slack = self._settings.slack
        if slack.mode is Mode.HTTP or slack.app_token is None:
            return None
        return SocketConnections(self._bolt, slack.app_token.get_secret_value(), on_ack=self._metrics.acked)

    async def _check_tokens(self) -> None:
        """Wait until Slack answers; a token that it refuses is a wrong setting."""
        await self._wait_for_slack("SLACK_BOT_TOKEN", "auth.test", self._directory.home_team)
        app_token = self._settings.slack.app_token
        if self._sockets and app_token:
            await self._wait_for_slack("SLACK_APP_TOKEN", "apps.connections.open", self._try_app_token)

    async def _try_app_token(self) -> None:
        app_token = self._settings.slack.app_token
        with told("apps.connections.open"):
            await self._slack.apps_connections_open(app_token=app_token.get_secret_value() if app_token else "")

    async def _wait_for_slack(self, setting: str, method: str, ask: Callable[[], Awaitable[object]]) -> None:
        while True:
            try:
                await ask()
            except SlackRefused as refused:
                if refused.code in TOKEN_REFUSED:
                    raise SettingsError(
                        [f"{setting} is refused by Slack ({method}: {refused.code}). Copy it anew."]
                    ) from None
                log.warning("slack.not_ready", setting=setting, error=str(refused))
            except SlackError as error:
                log.warning("slack.not_ready", setting=setting, error=str(error))
            else:
                return
            await asyncio.sleep(self.slack_retry)

    def _check_slack(self) -> Check:
        sockets = self._sockets
        bot_token = Remembered(self._auth_test, good_for=READY_REMEMBERED, bad_for=SLACK_RETRY)
        if sockets is None:
            return bot_token

        async def connected() -> str | None:
            # The connections belong to the app's token, and stand when the bot's own was revoked.
            return await bot_token() if await sockets.connected() else "no Socket Mode connection"

        return connected

    async def _auth_test(self) -> str | None:
        try:
            with told("auth.test"):
                await self._slack.auth_test()
        except SlackError as error:
            return str(error)
        return None

    def _check_secmaster(self) -> Check:
        async def ask() -> str | None:
            try:
                async for _ in self._secmaster.list_workflows(self._settings.workspaces[0].id):
                    break
            except SecMasterError as error:
                log.warning("secmaster.not_ready", error=str(error))
                return in_short(error)
            return None

        return Remembered(ask, good_for=READY_REMEMBERED, bad_for=LOCKED_OUT)

    async def _measure(self) -> bytes:
        workspaces = self._routing.workspaces if self._settings.poll_interval else ()
        numbers = await self._opening.numbers(workspaces)
        if self._sockets:
            self._metrics.sockets_are(await self._sockets.connected())
        self._metrics.database_says(numbers)
        return self._metrics.text()

    def _called(self, call: CallRecord) -> None:
        self._metrics.secmaster_called(call)
        log.debug(
            "secmaster.called",
            operation=call.operation,
            status=call.status,
            code=call.code,
            request_id=call.request_id,
            seconds=round(call.seconds, 3),
            error=call.error,
        )


async def run(
    settings: Settings,
    *,
    clock: Callable[[], datetime] = utc_now,
    replica: str = "",
    reread: Reread | None = None,
) -> None:
    """Run the bot until SIGTERM or SIGINT; then finish what is in flight. `clock` and `replica` as for Bot.

    At each SIGHUP the bot goes on by what `reread` returns; without it there is no file to read.
    """
    with alone(settings.database_url.get_secret_value()):
        await _run(Bot(settings, clock=clock, replica=replica), reread)


async def _run(bot: Bot, reread: Reread | None) -> None:
    stop, reload = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGHUP, reload.set)
    starting = asyncio.ensure_future(bot.start())
    stopping = asyncio.ensure_future(stop.wait())
    reloading: asyncio.Future[None] | None = None
    try:
        await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            starting.result()
            reloading = asyncio.ensure_future(_reload_at(reload, bot, reread))
            await stopping
    finally:
        tasks = [task for task in (starting, stopping, reloading) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await bot.stop()


async def _reload_at(asked: asyncio.Event, bot: Bot, reread: Reread | None) -> None:
    """Whatever a reload meets, the bot goes on, and can be asked again."""
    while True:
        await asked.wait()
        asked.clear()
        try:
            await bot.reload(reread)
        except Exception:
            log.exception("settings.reload_failed")


def _left_until(moment: float) -> float:
    return max(moment - asyncio.get_running_loop().time(), 0.0)


def in_short(error: SecMasterError) -> str:
    """Its kind, HTTP status and code: SecMaster's own words may tell ids, and /readyz answers anybody."""
    facts = ", ".join(fact for fact in (f"HTTP {error.status}" if error.status else "", error.code) if fact)
    return f"{type(error).__name__} ({facts})" if facts else type(error).__name__
