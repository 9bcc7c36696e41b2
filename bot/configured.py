"""What the operator has decided, as values of the core and of the adapters."""

from __future__ import annotations

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
    from collections.abc import Iterable, Iterator, Mapping

    import httpx

    from bot.routes import PolicySettings, RouteSettings
    from bot.settings import SecMasterSettings, Settings


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
