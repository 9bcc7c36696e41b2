"""Everything that an operator decides, as frozen values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.database_url import passwords

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import SecretStr

    from bot.hours import DailyTime, WorkingHours
    from bot.routes import PolicySettings, RouteSettings, WorkspaceSettings


class Mode(StrEnum):
    """How Slack reaches the bot."""

    SOCKET = "socket"
    HTTP = "http"


@dataclass(frozen=True, kw_only=True)
class AccessKeys:
    """AK/SK signature, with the security token of temporary keys."""

    ak: SecretStr
    sk: SecretStr
    security_token: SecretStr | None = None


@dataclass(frozen=True, kw_only=True)
class ReadyToken:
    """An X-Auth-Token made elsewhere."""

    token: SecretStr


@dataclass(frozen=True, kw_only=True)
class IamUser:
    """An IAM user, for whom tokens are fetched."""

    user: str
    password: SecretStr
    domain: str
    endpoint: str


Credentials = AccessKeys | ReadyToken | IamUser


@dataclass(frozen=True, kw_only=True)
class SlackSettings:
    """How to speak with Slack."""

    mode: Mode
    bot_token: SecretStr
    app_token: SecretStr | None
    signing_secret: SecretStr | None
    api_url: str | None
    post_interval: float
    """Seconds between two posts in one channel."""


@dataclass(frozen=True, kw_only=True)
class SecMasterSettings:
    """How to speak with SecMaster."""

    endpoint: str
    project_id: str
    credentials: Credentials


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that an operator decides."""

    slack: SlackSettings
    secmaster: SecMasterSettings
    workspaces: tuple[WorkspaceSettings, ...]
    """At least one; the first is the one that the environment names."""
    routes: tuple[RouteSettings, ...]
    policy: PolicySettings
    """Of what no route gives another; policies of the file have from it what they are silent on."""
    digests: Mapping[str, DailyTime]
    """Channel id -> when it hears each day what waits there."""
    working_hours: WorkingHours
    """When people are reminded, by their own clocks."""
    notify: tuple[str, ...]
    locale: str
    identities: Mapping[str, str]
    http_host: str
    http_port: int
    database_url: SecretStr
    """SQLAlchemy URL; it may hold a password."""
    poll_interval: float
    """Seconds; 0 is never."""
    resend_after: float
    """Seconds during which an approval call without an answer may still take effect."""
    takeover_after: float
    """Seconds without a sign of life after which another replica takes a job over."""
    drain: float
    """Seconds between the end of readiness and the closing of the port, in http mode."""
    pictures: bool
    """Whether what changes is drawn into the threads."""
    retention_days: int
    """Days that ended reviews are kept; 0 is for ever."""
    log_format: str
    log_level: str


Reread = Callable[[], Settings]
"""Reads the file anew, under the same variables; SettingsError where it is wrong."""


def secrets(settings: Settings) -> list[str]:
    """Every secret value, for the log to leave out."""
    slack, credentials = settings.slack, settings.secmaster.credentials
    held: list[SecretStr | None] = [slack.bot_token, slack.app_token, slack.signing_secret]
    match credentials:
        case AccessKeys(ak=ak, sk=sk, security_token=token):
            held += [ak, sk, token]
        case ReadyToken(token=token):
            held.append(token)
        case IamUser(password=password):
            held.append(password)
    return [secret.get_secret_value() for secret in held if secret] + passwords(
        settings.database_url.get_secret_value()
    )
