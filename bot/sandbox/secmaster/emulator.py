"""The emulated SecMaster: one HTTP server that is SecMaster, its gateway and IAM, with all state in memory."""

from __future__ import annotations

import asyncio
import time
import uuid
from contextlib import suppress
from email.utils import formatdate
from typing import TYPE_CHECKING, TypeVar

from aiohttp import web

from bot.sandbox.changes import Changes
from bot.sandbox.secmaster.console import Console
from bot.sandbox.secmaster.faults import SecMasterFaults
from bot.sandbox.secmaster.gateway import Gateway
from bot.sandbox.secmaster.records import Person, person
from bot.sandbox.secmaster.rendering import Place
from bot.sandbox.secmaster.seed import plant
from bot.sandbox.secmaster.service import Exchange, Service
from bot.sandbox.secmaster.signature import AccessKeys, Incoming, Keyring
from bot.sandbox.secmaster.tokens import LIFETIME_S, Account, Tokens
from bot.sandbox.secmaster.workspace import Workspace
from bot.sandbox.traffic import TrafficLog

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

MAX_BODY_BYTES = 12 * 1024 * 1024
LOOK_AGAIN_S = 0.25
"""The clock may be moved by hand, so a publication under way is looked at this often."""

PLACE = Place(
    project_id="0c5ea1d7e4ba4f1f9a3b6d20c7f81e55",
    project="ap-southeast-3",
    workspace_id="7d1b5c0e-94a3-4f0e-b6d8-2f6a3e9c1b47",
    workspace="Harbour SOC",
    region="ap-southeast-3",
    domain_id="4f9d2c61b7e04a0d8c35e1a6f0927db8",
    domain="harbour-security",
)


class SecMasterEmulator(Console):
    """SecMaster on loopback; the inherited methods are what a person does in its console.

    `user_id` and `user_name` are the IAM user behind the access keys and tokens: opinions given through the API are
    recorded under this id. `clock` gives seconds since the epoch and rules everything: times in answers, token and
    signature ages, and the end of a publication.
    """

    ak = "SANDBOXACCESSKEY0001"
    sk = "only-the-sandbox-knows-this-secret-key-1"
    iam_password = "only-the-sandbox-knows-this-password-1"  # noqa: S105 - opens nothing but this emulator
    iam_domain = PLACE.domain
    project_id = PLACE.project_id
    workspace_id = PLACE.workspace_id
    workspace_name = PLACE.workspace

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.time,
        seed: bool = True,
        user_name: str = "svc-slack-review",
        user_id: str | None = None,
    ) -> None:
        self.changes = Changes()
        self.faults = SecMasterFaults()
        self.traffic = TrafficLog(self.changes)
        self.iam_user = user_name
        self.user_id = user_id or person(user_name).id
        self._clock = clock
        workspace = Workspace(clock=clock, changes=self.changes, publishing=self.faults)
        super().__init__(workspace, PLACE)
        caller = Person(self.user_id, user_name)
        workspace.people[caller.id] = caller
        self._tokens, self._keyring = Tokens(), Keyring()
        self._keyring.add(AccessKeys(self.ak, self.sk))
        self._service = Service(
            workspace, PLACE, faults=self.faults, gateway=Gateway(self._keyring, self._tokens),
            tokens=self._tokens, account=self._account(caller), caller=caller,
        )  # fmt: skip
        self._runner: web.AppRunner | None = None
        self._publisher: asyncio.Task[None] | None = None
        self._url: str | None = None
        if seed:
            plant(workspace, clock())

    # --- the server

    @property
    def url(self) -> str:
        """The endpoint of SecMaster and of IAM, without a slash at the end."""
        if self._url is None:
            raise RuntimeError("the emulated SecMaster is not started")
        return self._url

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; port 0 is any free one."""
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        self._url = f"http://{host}:{self._runner.addresses[0][1]}"
        self._publisher = asyncio.create_task(self._publish())

    async def stop(self) -> None:
        """Close every connection; delayed answers are given up."""
        if self._publisher:
            self._publisher.cancel()
            with suppress(asyncio.CancelledError):
                await self._publisher
        if self._runner:
            await self._runner.cleanup()
        self._runner = self._publisher = self._url = None

    async def until(self, predicate: Callable[[], T], *, timeout: float = 10) -> T:  # noqa: ASYNC109 - said in the error
        """The first truthy answer of `predicate`, asked again after every change; SandboxTimeout if there is none."""
        return await self.changes.until(predicate, timeout=timeout)

    # --- credentials

    def issue_token(self, lifetime_s: float = LIFETIME_S) -> str:
        """A ready X-Auth-Token."""
        return self._tokens.issue(self._clock(), lifetime_s)

    def revoke_token(self, token: str) -> None:
        """End a token before its time, as a change of the password does: APIGW.0307 from now on."""
        self._tokens.revoke(token)

    def issue_temporary_keys(self, lifetime_s: float = 3600) -> AccessKeys:
        """Access keys with a security token, as a host in the cloud gets them."""
        number = uuid.uuid4().hex.upper()
        keys = AccessKeys(
            "HST" + number[:17],
            uuid.uuid4().hex,
            security_token=uuid.uuid4().hex * 8,
            expires_at=self._clock() + lifetime_s,
        )
        self._keyring.add(keys)
        return keys

    # --- the way of one request

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        began = time.perf_counter()
        exchange = Exchange(await self._read(request), self._clock())
        try:
            reply = await self._service.answer(exchange)
        finally:
            self._record(exchange, began)
        if reply is None:
            if request.transport:
                request.transport.abort()
            return web.Response(status=500)
        date = formatdate(self._clock(), usegmt=True)
        headers = {**reply.headers, "X-Request-Id": exchange.request_id, "Date": date}
        return web.Response(status=reply.status, body=reply.content, content_type=reply.content_type, headers=headers)

    async def _read(self, request: web.Request) -> Incoming | None:
        """None for a body beyond the gateway's limit."""
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return None
        headers = {name.lower(): value for name, value in request.headers.items()}
        return Incoming(request.method, request.raw_path, headers, body)

    def _record(self, exchange: Exchange, began: float) -> None:
        reply = exchange.reply
        self.traffic.record(
            at=exchange.at,
            direction="bot->secmaster",
            kind=exchange.operation,
            request=exchange.shown_request(),
            status=reply.status if reply else None,
            response=exchange.shown_reply(),
            ms=(time.perf_counter() - began) * 1000,
        )

    async def _publish(self) -> None:
        """End publications when their time has come, also when nobody asks."""
        async with self.changes.subscribe() as queue:
            while True:
                self._workspace.settle()
                left = self._workspace.next_publication()
                pause = None if left is None else min(max(left, 0.01), LOOK_AGAIN_S)
                with suppress(TimeoutError):
                    await asyncio.wait_for(queue.get(), pause)

    def _account(self, caller: Person) -> Account:
        return Account(
            user_id=caller.id,
            user=caller.name,
            password=self.iam_password,
            domain_id=PLACE.domain_id,
            domain=PLACE.domain,
            project_id=PLACE.project_id,
            project=PLACE.project,
        )
