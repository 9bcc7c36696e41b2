"""The way of one request through the emulated service: faults, gateway, IAM or operation, answer."""

from __future__ import annotations

import asyncio
import json
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.sandbox.secmaster.api import Api
from bot.sandbox.secmaster.asked import Asked, read_query
from bot.sandbox.secmaster.gateway import (
    FITTING,
    NO_SUCH_API,
    TOO_LARGE,
    Gateway,
    GatewayRefused,
    Reply,
    gateway_error,
    iam_error,
    is_json,
)
from bot.sandbox.secmaster.refusals import BadParameter, NoSuchWorkspace, Refusal
from bot.sandbox.secmaster.routes import APPROVAL_OPERATION, TOKEN_OPERATION, Match, resolve
from bot.sandbox.secmaster.tokens import Account, IamRefused, Tokens, authenticate, describe

if TYPE_CHECKING:
    from bot.sandbox.secmaster.faults import Fault, SecMasterFaults
    from bot.sandbox.secmaster.records import Person
    from bot.sandbox.secmaster.rendering import Place
    from bot.sandbox.secmaster.signature import Incoming
    from bot.sandbox.secmaster.workspace import Workspace

SHOWN_CHARACTERS = 600
REFUSED = 400
"""The lowest HTTP status that says no."""
HTML = "<html><head><title>502 Bad Gateway</title></head><body>proxy error</body></html>"
WRONG_PROJECT = "SecMaster.20041003"

_SHOWN_HEADERS = ("authorization", "content-type", "user-agent", "x-auth-token", "x-project-id", "x-sdk-date")


@dataclass
class Exchange:
    """One request and what became of it; `reply` stays None when no answer was given."""

    request: Incoming | None
    at: float
    request_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    operation: str = "unknown"
    reply: Reply | None = None

    def shown_request(self) -> dict[str, Any]:
        """The request for the inspector, long texts shortened."""
        if self.request is None:
            return {"body": "(larger than 12 MB)"}
        headers = {name: self.request.headers[name] for name in _SHOWN_HEADERS if name in self.request.headers}
        body = shorten(_parsed(self.request.body))
        return {"method": self.request.method, "path": self.request.target, "headers": headers, "body": body}

    def shown_reply(self) -> Any:
        """The answer's body for the inspector, long texts shortened."""
        return shorten(self.reply.body) if self.reply else None


class Service:
    """Answers requests; knows nothing of sockets."""

    def __init__(  # noqa: PLR0913 - the parts of a service, each by name
        self,
        workspace: Workspace,
        place: Place,
        *,
        faults: SecMasterFaults,
        gateway: Gateway,
        tokens: Tokens,
        account: Account,
        caller: Person,
    ) -> None:
        self._api = Api(workspace, place, founded_at=workspace.clock())
        self._workspace = workspace
        self._place = place
        self._faults = faults
        self._gateway = gateway
        self._tokens = tokens
        self._account = account
        self._caller = caller

    async def answer(self, exchange: Exchange) -> Reply | None:
        """The reply, also kept in `exchange`; None means that the connection has to break."""
        if exchange.request is None:
            exchange.reply = gateway_error(413, "APIGW.0201", TOO_LARGE, exchange.request_id)
            return exchange.reply
        match = resolve(exchange.request.method, exchange.request.target)
        if match is None:
            exchange.reply = gateway_error(404, "APIGW.0101", NO_SUCH_API, exchange.request_id)
            return exchange.reply
        exchange.operation = match.operation
        exchange.reply = await self._answer(exchange, exchange.request, match)
        return exchange.reply

    async def _answer(self, exchange: Exchange, request: Incoming, match: Match) -> Reply | None:
        operation = match.operation
        await self._faults.reach(operation, "arrives", request.target)
        if late := self._faults.take(operation, "delay"):
            await asyncio.sleep(late.options["seconds"])
        fault = self._faults.take(
            operation, "drop", "fail", "non_zero_code", "garbage", "apply_then_drop", "change_echo"
        )
        if fault and fault.kind not in ("apply_then_drop", "change_echo"):
            return _misbehave(fault, exchange.request_id)
        reply = self._act(exchange, request, match)
        if reply.status < REFUSED:
            await self._faults.reach(operation, "applied", request.target)
        if fault is None:
            return reply
        return None if fault.kind == "apply_then_drop" else _with_other_echo(reply, fault)

    def _act(self, exchange: Exchange, request: Incoming, match: Match) -> Reply:
        self._workspace.settle()
        try:
            if match.operation == TOKEN_OPERATION:
                return self._give_token(request)
            self._gateway.admit(request, self._workspace.clock())
            asked = self._understand(exchange, request, match)
            return Reply(200, self._api.operations[match.operation](asked))
        except GatewayRefused as refused:
            return gateway_error(401, refused.code, str(refused), exchange.request_id)
        except Refusal as refusal:
            return _refused(match.operation, refusal)

    def _understand(self, exchange: Exchange, request: Incoming, match: Match) -> Asked:
        """How the cloud refuses a missing content type is not documented; here it is a parameter error."""
        if not is_json(request.headers.get("content-type")):
            raise BadParameter("Content-Type is application/json;charset=UTF-8.")
        if match.path["project_id"] != self._place.project_id:
            raise BadParameter("Invalid project ID.", code=WRONG_PROJECT)
        workspace_id = match.path.get("workspace_id", self._place.workspace_id)
        if workspace_id != self._place.workspace_id:
            raise NoSuchWorkspace(workspace_id)
        query = read_query(request.target)
        return Asked(dict(match.path), query, request.body, self._caller, exchange.request_id)

    def _give_token(self, request: Incoming) -> Reply:
        trace = {"X-IAM-Trace-Id": f"token_{uuid.uuid4().hex}"}
        body = _parsed(request.body)
        if not is_json(request.headers.get("content-type")):
            body = None
        try:
            authenticate(body, self._account)
        except IamRefused as refused:
            reply = iam_error(refused.status, refused.title, str(refused))
            return Reply(reply.status, reply.body, trace)
        now = self._workspace.clock()
        token = {"X-Subject-Token": self._tokens.issue(now), **trace}
        return Reply(201, describe(self._account, now, catalog="nocatalog" not in read_query(request.target)), token)


def _misbehave(fault: Fault, request_id: str) -> Reply | None:
    options = fault.options
    if fault.kind == "drop":
        return None
    if fault.kind == "garbage":
        return Reply(200, HTML)
    if fault.kind == "non_zero_code":
        body = {"code": options["code"], "message": options["message"]}
        plain = fault.operation in (APPROVAL_OPERATION, "ListPlaybookApproves")
        return Reply(200, body if plain else {**body, "success": False, "request_id": request_id})
    return _failure(fault, request_id)


def _failure(fault: Fault, request_id: str) -> Reply:
    options = fault.options
    status = options["status"]
    fitting_code, fitting_text = FITTING.get(status, FITTING[500])
    code, text = options["code"] or fitting_code, options["message"] or fitting_text
    if fault.operation == TOKEN_OPERATION:
        reply = iam_error(status, "Error", text)
    elif code.startswith("APIGW."):
        reply = gateway_error(status, code, text, request_id)
    else:
        reply = _service_error(fault.operation, status, code, options["message"] or "Unknown error.")
    wait = options["retry_after"]
    return reply if wait is None else Reply(reply.status, reply.body, {"Retry-After": str(wait)})


def _refused(operation: str, refusal: Refusal) -> Reply:
    return _service_error(operation, refusal.http_status, refusal.code, str(refusal))


def _service_error(operation: str, status: int, code: str, text: str) -> Reply:
    """The operations on workspaces name the two keys otherwise than all others."""
    if operation == "ListWorkspaces":
        return Reply(status, {"error_code": code, "error_msg": text})
    return Reply(status, {"code": code, "message": text})


def _with_other_echo(reply: Reply, fault: Fault) -> Reply:
    if "data" not in reply.body:
        return reply
    return Reply(reply.status, {**reply.body, "data": {**reply.body["data"], "content": fault.options["content"]}})


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return body.decode("utf-8", "replace")


def shorten(value: Any) -> Any:
    """A copy of JSON-like `value` without texts longer than an inspector can show."""
    if isinstance(value, dict):
        return {name: shorten(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [shorten(inner) for inner in value]
    if isinstance(value, str) and len(value) > SHOWN_CHARACTERS:
        return f"{value[:SHOWN_CHARACTERS]}… ({len(value)} characters)"
    return value
