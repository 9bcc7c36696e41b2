"""What the operator has decided, as values of the core and of the adapters."""

from __future__ import annotations

from dataclasses import asdict
from datetime import time, timedelta
from importlib.metadata import PackageNotFoundError, version
from itertools import chain
from typing import TYPE_CHECKING

from bot.reviews.models import Policy, Route
from bot.reviews.policy import CHANNEL
from bot.reviews.routing import Routing, Rule
from bot.reviews.telling import PEOPLE
from bot.secmaster.auth import AkSkAuth, IamAuth, IamUser, TokenAuth
from bot.secmaster.signature import AccessKey
from bot.settings import AccessKeys, ReadyToken

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import httpx

    from bot.routes import PolicySettings, RouteSettings
    from bot.settings import Credentials, SecMasterSettings, Settings


def auth_of(settings: SecMasterSettings) -> httpx.Auth:
    """How each call of SecMaster proves who we are."""
    project_id = settings.project_id
    match settings.credentials:
        case AccessKeys(ak=ak, sk=sk, security_token=token):
            return AkSkAuth(AccessKey(ak=ak.get_secret_value(), sk=sk, project_id=project_id, security_token=token))
        case ReadyToken(token=token):
            return TokenAuth(token)
        case iam:
            user = IamUser(name=iam.user, password=iam.password, domain=iam.domain, project_id=project_id)
            return IamAuth(iam.endpoint, user)


def routing_of(settings: Settings) -> Routing:
    """The settings as the core's routing."""
    default = policy_of(settings.policy)
    defaults = {
        workspace.id: Route(
            channel=workspace.channel,
            notify=settings.notify,
            policy=default,
            locale=settings.locale,
            workspace=workspace.name or workspace.id,
        )
        for workspace in settings.workspaces
    }
    rules = [
        Rule(
            route=_route(entry, defaults[workspace_id], name=entry.name or str(number)),
            workspace=workspace_id,
            aop_types=entry.aop_types,
            workflow=entry.workflow,
        )
        for number, entry in enumerate(settings.routes, start=1)
        for workspace_id in ([entry.workspace] if entry.workspace else defaults)
    ]
    return Routing(rules=rules, defaults=defaults, identities=settings.identities)


def _route(entry: RouteSettings, base: Route, *, name: str) -> Route:
    """The workspace's own route, with what the entry says of it."""
    return Route(
        channel=entry.channel or base.channel,
        notify=base.notify if entry.notify is None else entry.notify,
        policy=policy_of(entry.policy) if entry.policy else base.policy,
        locale=entry.locale or base.locale,
        workspace=base.workspace,
        name=name,
    )


def policy_of(settings: PolicySettings) -> Policy:
    """The settings as the core's policy."""
    return Policy(
        reviewers=settings.reviewers,
        approvals_required=settings.approvals_required,
        allow_self_review=settings.allow_self_review,
        require_reason=settings.require_reason,
        require_known_submitter=settings.require_known_submitter,
        block_on_failed_checks=settings.block_on_failed_checks,
        reasons=settings.reasons,
        remind_after=settings.remind_after,
        escalate_after=settings.escalate_after,
        escalate_to=settings.escalate_to,
    )


def channels_of(settings: Settings) -> Mapping[str, list[str]]:
    """Every channel that is configured, with the settings that name it; people to escalate to, too."""
    return _by_id(_named_channels(settings))


def reviewers_of(settings: Settings) -> Mapping[str, list[str]]:
    """Every user and user group that may review, with the settings that name them."""
    return _by_id((name, setting) for name, setting in _named_reviewers(settings) if name != CHANNEL)


def open_channels_of(settings: Settings) -> Sequence[str]:
    """Every channel of which each full member may review."""
    routing = routing_of(settings)
    routes = [*routing.defaults.values(), *(rule.route for rule in routing.rules)]
    return tuple(
        dict.fromkeys(route.channel for route in routes if route.channel and CHANNEL in route.policy.reviewers)
    )


def policies_of(settings: Settings) -> Sequence[PolicySettings]:
    """Every policy that can decide something."""
    return (settings.policy, *(route.policy for route in settings.routes if route.policy))


def people_of(settings: Settings) -> Mapping[str, list[str]]:
    """Every user whom identities or escalations name, likewise."""
    identities = ((user_id, f"identities.{name}") for name, user_id in settings.identities.items())
    escalated = ((to, setting) for to, setting in _named_channels(settings) if to.startswith(PEOPLE))
    return _by_id(chain(identities, escalated))


def _by_id(named: Iterable[tuple[str, str]]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, setting in named:
        known = found.setdefault(name, [])
        if setting not in known:
            known.append(setting)
    return found


def _named_reviewers(settings: Settings) -> Iterator[tuple[str, str]]:
    for reviewer in settings.policy.reviewers:
        yield reviewer, "BOT_REVIEWERS"
    for number, route in enumerate(settings.routes, start=1):
        if route.policy and route.policy.reviewers != settings.policy.reviewers:
            for reviewer in route.policy.reviewers:
                yield reviewer, f"the reviewers of route {number}"


def _named_channels(settings: Settings) -> Iterator[tuple[str, str]]:
    for workspace in settings.workspaces:
        if workspace.channel:
            yield workspace.channel, f"the channel of workspace {workspace.id}"
    for channel in settings.notify:
        yield channel, "BOT_NOTIFY_CHANNELS"
    for number, route in enumerate(settings.routes, start=1):
        if route.channel:
            yield route.channel, f"the channel of route {number}"
        for channel in route.notify or ():
            yield channel, f"notify of route {number}"
        for to in route.policy.escalate_to if route.policy else ():
            yield to, f"escalate_to of route {number}"
    for to in settings.policy.escalate_to:
        yield to, "BOT_ESCALATE_TO"


def recorded(settings: Settings) -> dict[str, object]:
    """What of the settings bears on who decides what, by name, as JSON values: for the audit trail. No secret is in it.

    Each is named here on purpose: a setting that is added is not recorded before somebody has thought about it. What
    belongs to one replica alone, such as its port, is none of them: replicas would take turns in recording theirs.
    """
    secmaster = settings.secmaster
    return {
        "bot_version": own_version() or "unknown",
        "mode": str(settings.slack.mode),
        "slack.api_url": settings.slack.api_url,
        "secmaster.endpoint": secmaster.endpoint,
        "secmaster.project_id": secmaster.project_id,
        "secmaster.credentials": _kind_of(secmaster.credentials),
        "locale": settings.locale,
        "notify": list(settings.notify),
        "retention_days": settings.retention_days,
        "poll_interval": settings.poll_interval,
        "resend_after": settings.resend_after,
        "takeover_after": settings.takeover_after,
        "pictures": settings.pictures,
        "identities": dict(settings.identities),
        "working_hours": _plain(asdict(settings.working_hours)),
        "digests": {channel: _plain(asdict(when)) for channel, when in settings.digests.items()},
        **{f"policy.{name}": value for name, value in _plain(asdict(settings.policy)).items()},
        **{f"workspaces.{workspace.id}": _plain(asdict(workspace)) for workspace in settings.workspaces},
        **{f"routes.{number}": _plain(asdict(route)) for number, route in enumerate(settings.routes, start=1)},
    }


def _kind_of(credentials: Credentials) -> str:
    """What the bot proves itself by; of an IAM user, who it is."""
    kind = type(credentials).__name__
    if isinstance(credentials, AccessKeys | ReadyToken):
        return kind
    return f"{kind} {credentials.user} of {credentials.domain} at {credentials.endpoint}"


def own_version(distribution: str = "secmaster-bot") -> str:
    """Which version is installed; "" where the bot runs from its sources alone."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return ""


def _plain(values: Mapping[str, object]) -> dict[str, object]:
    """Spans of time in seconds, times of day as they are written, sets in order."""
    return {name: _plain_value(value) for name, value in values.items()}


def _plain_value(value: object) -> object:
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, time):
        return value.isoformat()
    if isinstance(value, frozenset):
        return sorted(value)
    return _plain(value) if isinstance(value, dict) else value
