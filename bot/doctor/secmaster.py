"""SecMaster: whether it answers, what time it has, whether it knows who we are, what it lets us read.

One call goes first. More than five refused signatures in a row lock an access key, so nothing follows a refused one.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.configured import auth_of
from bot.doctor.finding import PATIENCE, Check, Finding, Outcome, limited
from bot.errors import NotFound, OutcomeUnknown, Refused, SecMasterError, Throttled, Unauthorized, Unreachable
from bot.secmaster.auth import OPERATION as IAM
from bot.secmaster.client import SecMasterClient
from bot.secmaster.clock import SKEW_LIMIT, ClockReader
from bot.settings import AccessKeys, IamUser, ReadyToken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.settings import Credentials, SecMasterSettings

ENDPOINT = Check("secmaster", "endpoint")
CLOCK = Check("secmaster", "clock")
CREDENTIALS = Check("secmaster", "credentials")
HISTORY = Check("secmaster", "review history")
PERMISSION = Check("secmaster", "approval permission")

NOTABLE = timedelta(minutes=5)
"""Of a clock that is off; Slack's signed requests are refused from there on, too."""
SAME = timedelta(seconds=2)
SHOWN = 160
"""Characters of what SecMaster says."""

NO_SUCH_API = "APIGW.0101"
NOT_AUTHORIZED = "APIGW.0302"
NO_SUCH_WORKSPACE = "SecMaster.20010001"
WRONG_PROJECT = frozenset({"SecMaster.20041003", "SecMaster.20030002", "APIGW.0310"})

CHECK_ENDPOINT = "Check SECMASTER_REGION or SECMASTER_ENDPOINT, network and proxy (HTTPS_PROXY, NO_PROXY)."
CHECK_IAM = "Check SECMASTER_IAM_ENDPOINT, network and proxy."
SET_CLOCK = "Set this machine's clock (NTP)."
GRANT = "Give the IAM user the right to list, read, validate and approve workflow versions."
CAREFUL = "Each try counts: more than five refused ones in a row lock the key for five minutes."
WAIT = "Stop the bot, ask nothing for five minutes, and correct the key before the next try."
UNKNOWABLE = "Not known: no call tells it but an approval, and none is sent here."
FIRST_DECISION = (
    "The IAM user needs CreateAopWorkflowVersionApprovel. If it may not, the first decision's thread says so."
)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came of one call about a workspace."""

    version_id: str = ""
    """Some version that it has, for a call that needs one."""
    error: SecMasterError | None = None


async def examine(
    settings: SecMasterSettings, workspaces: Sequence[str], *, patience: float = PATIENCE
) -> list[Finding]:
    """All about SecMaster; nothing is sent that changes anything. `patience`: seconds for an answer."""
    reader = ClockReader(settings.endpoint)
    async with SecMasterClient(settings.endpoint, settings.project_id, auth_of(settings), transport=reader) as client:
        first = await _ask(client, workspaces[0], patience)
        endpoint = _endpoint(settings, first.error)
        clock = _clock(reader.ahead, settings.credentials)
        credentials = _credentials(settings.credentials, first.error, endpoint, clock)
        known = [endpoint, clock, credentials]
        if credentials.outcome is not Outcome.OK:
            reason = "It is asked for only with credentials that were accepted."
            checks = [*(_workspace(workspace) for workspace in workspaces), HISTORY]
            return [*known, *(check.skip(reason) for check in checks), PERMISSION.skip(UNKNOWABLE, FIRST_DECISION)]
        rest = await asyncio.gather(*(_ask(client, workspace, patience) for workspace in workspaces[1:]))
        answers = dict(zip(workspaces, (first, *rest), strict=True))
        read = [_readable(_workspace(workspace), answer.error) for workspace, answer in answers.items()]
        history = await limited(HISTORY, _history(client, answers), seconds=patience / 2)
        return [*known, *read, history, PERMISSION.skip(UNKNOWABLE, FIRST_DECISION)]


async def _ask(client: SecMasterClient, workspace: str, patience: float) -> Answer:
    """List a page of a workspace's workflows, as the bot does every minute."""
    try:
        async with asyncio.timeout(patience):
            version_id = ""
            async for workflow in client.list_workflows(workspace):
                version_id = workflow.pending_version_id or workflow.active_version_id
                if version_id:
                    break
            return Answer(version_id=version_id)
    except TimeoutError:
        return Answer(error=OutcomeUnknown(f"no answer within {patience:g} s"))
    except SecMasterError as error:
        return Answer(error=error)


def _endpoint(settings: SecMasterSettings, error: SecMasterError | None) -> Finding:
    host = urlsplit(settings.endpoint).netloc
    if error and error.operation == IAM:
        if error.status is None:
            return ENDPOINT.fail(f"IAM gives no token: {told(error)}.", CHECK_IAM)
        return ENDPOINT.skip(f"{host} was not asked: IAM gives no token.")
    if error and error.status is None:
        return ENDPOINT.fail(f"{host}: {told(error)}.", CHECK_ENDPOINT)
    if error and _is_foreign(error):
        return ENDPOINT.fail(f"What answers at {host} is no SecMaster: {told(error)}.", CHECK_ENDPOINT)
    if isinstance(error, OutcomeUnknown):
        return ENDPOINT.fail(f"{host} is in trouble: {told(error)}.", "Try again; the bot does so by itself.")
    return ENDPOINT.ok(f"{host} answers.")


def _is_foreign(error: SecMasterError) -> bool:
    """Whether it is a page, a redirect or a proxy's refusal: SecMaster and its gateway give each error a code."""
    unread = isinstance(error, OutcomeUnknown) and error.status is not None and error.status < 500  # noqa: PLR2004
    nameless = isinstance(error, Refused) and not isinstance(error, Unauthorized | NotFound) and not error.code
    return unread or nameless or error.code == NO_SUCH_API


def _clock(ahead: timedelta | None, credentials: Credentials) -> Finding:
    if ahead is None:
        return CLOCK.skip("No answer tells SecMaster's time.")
    off = abs(ahead)
    if off <= SAME:
        return CLOCK.ok("The same as SecMaster's.")
    said = f"{_span(off)} {'ahead of' if ahead > timedelta(0) else 'behind'} SecMaster's."
    if off < NOTABLE:
        return CLOCK.ok(said)
    if off < SKEW_LIMIT or not isinstance(credentials, AccessKeys):
        return CLOCK.warn(f"{said} Signatures are refused from 15 minutes on, Slack's HTTP requests from 5.", SET_CLOCK)
    return CLOCK.fail(f"{said} Signatures more than 15 minutes off are refused.", SET_CLOCK)


def _span(off: timedelta) -> str:
    minutes, seconds = divmod(round(off.total_seconds()), 60)
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


def _credentials(credentials: Credentials, error: SecMasterError | None, endpoint: Finding, clock: Finding) -> Finding:
    if isinstance(error, Unauthorized) or (error and error.operation == IAM and isinstance(error, Refused)):
        if clock.outcome is Outcome.FAIL:
            return CREDENTIALS.skip("The clock is wrong, so that no signature is accepted.")
        return CREDENTIALS.fail(f"Refused: {told(error)}.", _mend(credentials, error))
    if endpoint.outcome is not Outcome.OK:
        return CREDENTIALS.skip("SecMaster could not be asked.")
    if isinstance(error, Throttled):
        return CREDENTIALS.warn(f"Not known: SecMaster throttles ({told(error)}).", "Try again in a minute.")
    kinds = {AccessKeys: "The access key", ReadyToken: "The token", IamUser: "The IAM user"}
    return CREDENTIALS.ok(f"{kinds[type(credentials)]} is accepted.")


def _mend(credentials: Credentials, error: SecMasterError) -> str:
    match credentials:
        case AccessKeys() if "reach the limit" in error.message:
            return f"The key is locked after too many failures. {WAIT}"
        case AccessKeys() if "not exist" in error.message:
            return f"Check HUAWEICLOUD_SDK_AK; temporary keys end after a while. {CAREFUL}"
        case AccessKeys():
            keys = "HUAWEICLOUD_SDK_SK, and HUAWEICLOUD_SDK_SECURITY_TOKEN of temporary keys"
            return f"Check {keys}. {CAREFUL}"
        case ReadyToken():
            return "Set a new SECMASTER_AUTH_TOKEN: it lasts 24 hours at most, and belongs to one region."
        case _:
            names = "SECMASTER_IAM_USER (no HUAWEI ID), SECMASTER_IAM_PASSWORD, SECMASTER_IAM_DOMAIN"
            return f"Check {names} and SECMASTER_PROJECT_ID."


def _workspace(workspace: str) -> Check:
    return Check("secmaster", f"workspace {workspace}")


def _readable(check: Check, error: SecMasterError | None) -> Finding:
    if error is None:
        return check.ok("Its workflows can be listed.")
    if isinstance(error, Throttled):
        return check.warn(f"Not known: SecMaster throttles ({told(error)}).", "Try again in a minute.")
    if error.code == NO_SUCH_WORKSPACE:
        return check.fail(
            f"SecMaster knows no such workspace: {told(error)}.",
            "Check SECMASTER_WORKSPACE_ID or [[workspaces]], and that it is in this project and region.",
        )
    if error.code in WRONG_PROJECT:
        return check.fail(f"The project is refused: {told(error)}.", "Check SECMASTER_PROJECT_ID.")
    if error.code == NOT_AUTHORIZED:
        return check.fail(f"The IAM user may not list its workflows: {told(error)}.", GRANT)
    return check.fail(
        f"Its workflows cannot be listed: {told(error)}.", "Try again; if it stays, ask SecMaster's support."
    )


async def _history(client: SecMasterClient, answers: dict[str, Answer]) -> Finding:
    """Read the approvals recorded for some version, as the bot does after an answer was lost."""
    some = next(((workspace, answer.version_id) for workspace, answer in answers.items() if answer.version_id), None)
    if some is None:
        return HISTORY.skip("There is no version to ask it of.")
    try:
        await client.approvals(*some)
    except SecMasterError as error:
        return HISTORY.warn(
            f"Recorded approvals cannot be read: {told(error)}. A lost answer is then resolved by the status alone.",
            GRANT,
        )
    return HISTORY.ok("Recorded approvals can be read.")


def told(error: SecMasterError) -> str:
    """Status, code and the beginning of its message: behind a refused signature stands the whole request."""
    message = error.message.partition(",canonicalRequest")[0]
    short = message if len(message) <= SHOWN else f"{message[:SHOWN]}…"
    facts = [f"HTTP {error.status}" if error.status else "", error.code, short.rstrip(".")]
    if isinstance(error, Unreachable) and not error.status:
        facts = ["it cannot be reached", short.rstrip(".")]
    return ", ".join(fact for fact in facts if fact)
