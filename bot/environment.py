"""Reading the settings: environment variables, `.env` and the TOML file they may name, all checked at once."""

from __future__ import annotations

import difflib
import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dotenv import dotenv_values
from pydantic import SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot import database_url
from bot.checks import Checks, listed
from bot.config_file import ConfigFile, read_file
from bot.errors import SettingsError
from bot.hours import daily_time, working_hours
from bot.locales import LOCALES
from bot.policies import Place, read_policy
from bot.regions import REGIONS, iam_endpoint, secmaster_endpoint
from bot.routes import PolicySettings, WorkspaceSettings, is_channel, is_id
from bot.settings import (
    AccessKeys,
    Credentials,
    IamUser,
    Mode,
    ReadyToken,
    SecMasterSettings,
    Settings,
    SlackSettings,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.hours import DailyTime, WorkingHours
    from bot.settings import Reread

REQUIRE_REASON = ("always", "reject")
WORKING_HOURS = "Mon-Fri 09:00-18:00"
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
NO_CHANNEL = "is no channel id. Copy the id (C… or G…) from the channel's details."

NEAR = 0.85
"""How alike two names are of which one is a misspelling of the other (difflib's ratio)."""


class Environment(BaseSettings):
    """The variables as they are, before any check: nothing here can fail, so that everything can be told at once."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        hide_input_in_errors=True,
        case_sensitive=False,
    )

    slack_bot_token: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    slack_signing_secret: SecretStr | None = None
    slack_api_url: str | None = None
    bot_mode: str = "socket"
    bot_http_host: str = "127.0.0.1"
    bot_http_port: str = "3000"
    bot_database_url: SecretStr = SecretStr("sqlite:///secmaster-bot.db")
    bot_channel: str | None = None
    bot_notify_channels: str = ""
    bot_reviewers: str | None = None
    bot_approvals_required: str = "1"
    bot_allow_self_review: str = "false"
    bot_require_known_submitter: str = "false"
    bot_block_on_failed_checks: str = "false"
    bot_require_reason: str = "always"
    bot_remind_after: str = "0"
    bot_escalate_after: str | None = None
    bot_escalate_to: str | None = None
    bot_working_hours: str = WORKING_HOURS
    bot_digest: str | None = None
    bot_locale: str = "en"
    bot_poll_interval: str = "60"
    bot_slack_post_interval: str = "1"
    bot_resend_after: str = "60"
    bot_takeover_after: str = "20"
    bot_drain_seconds: str = "5"
    bot_retention_days: str = "0"
    bot_config: str | None = None
    bot_pictures: str = "true"
    bot_log_format: str | None = None
    bot_log_level: str = "INFO"
    secmaster_region: str | None = None
    secmaster_endpoint: str | None = None
    secmaster_iam_endpoint: str | None = None
    secmaster_project_id: str | None = None
    secmaster_workspace_id: str | None = None
    secmaster_auth_token: SecretStr | None = None
    secmaster_iam_user: str | None = None
    secmaster_iam_password: SecretStr | None = None
    secmaster_iam_domain: str | None = None
    huaweicloud_sdk_ak: SecretStr | None = None
    huaweicloud_sdk_sk: SecretStr | None = None
    huaweicloud_sdk_security_token: SecretStr | None = None
    huaweicloud_sdk_project_id: str | None = None
    cloud_sdk_ak: SecretStr | None = None
    cloud_sdk_sk: SecretStr | None = None

    @model_validator(mode="before")
    @classmethod
    def _without_margins(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Blanks and line breaks around a value came with the pasting; what is blank altogether is not set."""
        stripped = {name: value.strip() if isinstance(value, str) else value for name, value in values.items()}
        return {name: value for name, value in stripped.items() if value != ""}


def load() -> Settings:
    """The settings; SettingsError with one line for each thing that is wrong. No line repeats a secret."""
    settings, _ = load_and_reread()
    return settings


def load_and_reread() -> tuple[Settings, Reread | None]:
    """The same, and how to read the file anew under the variables as they are now; None when there is no file."""
    environment = _environment()
    names = {*os.environ, *dotenv_values(".env")}
    settings = _Reader(misspelt(names), environment).settings()
    return settings, (lambda: settings_of(environment)) if environment.bot_config else None


def secrets() -> list[str]:
    """Every value that is secret, also of settings that are wrong, for what is printed to leave out."""
    try:
        environment = _environment()
    except SettingsError:
        return []
    held = [value for name in Environment.model_fields if isinstance(value := getattr(environment, name), SecretStr)]
    url = environment.bot_database_url
    return [secret.get_secret_value() for secret in held if secret is not url] + database_url.passwords(
        url.get_secret_value()
    )


def load_secmaster() -> tuple[SecMasterSettings, tuple[str, ...]]:
    """How to speak with SecMaster, and the ids of the workspaces, where Slack is not needed; SettingsError likewise."""
    return _Reader([], _environment()).secmaster_alone()


def load_database_url() -> str:
    """BOT_DATABASE_URL alone, where nothing else is needed; SettingsError likewise. It may hold a password."""
    return _Reader([], _environment()).database_url_alone()


def _environment() -> Environment:
    try:
        return Environment()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError([f".env cannot be read ({type(error).__name__}). It has to be a file in UTF-8."]) from None


def misspelt(names: Iterable[str]) -> list[str]:
    """A line for each variable that looks like one of ours and is none: what it meant to set has its default."""
    ours = [name.upper() for name in Environment.model_fields]
    lines = []
    for name in sorted(set(names)):
        near = difflib.get_close_matches(name.upper(), ours, n=1, cutoff=NEAR)
        if near and name.upper() not in ours and name.startswith(("BOT_", "SECMASTER_")):
            lines.append(f"{name} is no setting; did you mean {near[0]}?")
    return lines


def settings_of(environment: Environment) -> Settings:
    """The settings of these variables; SettingsError likewise."""
    return _Reader([], environment).settings()


@dataclass
class _Reader(Checks):
    """Reads the environment."""

    env: Environment

    def settings(self) -> Settings:
        file = read_file(self.env.bot_config, self.problems) if self.env.bot_config else ConfigFile()
        slack = self._slack()
        secmaster = self._secmaster()
        policy = self._policy(routed=file.always_give("policy"))
        workspaces = self._workspaces(file, secmaster.project_id)
        settings = Settings(
            slack=slack,
            secmaster=secmaster,
            workspaces=workspaces,
            routes=tuple(file.resolved(self, [workspace.id for workspace in workspaces], policy)),
            digests=self._digests(file, workspaces),
            working_hours=self._working_hours(),
            policy=policy,
            notify=self._channels("BOT_NOTIFY_CHANNELS", self.env.bot_notify_channels),
            locale=self.choice("BOT_LOCALE", self.env.bot_locale, LOCALES),
            identities=file.identities,
            http_host=self.env.bot_http_host,
            http_port=int(self.number("BOT_HTTP_PORT", self.env.bot_http_port, 0, 65535, whole=True)),
            database_url=self.env.bot_database_url,
            poll_interval=self.number("BOT_POLL_INTERVAL", self.env.bot_poll_interval, 0, 86_400),
            resend_after=self.number("BOT_RESEND_AFTER", self.env.bot_resend_after, 0, 600),
            takeover_after=self.number("BOT_TAKEOVER_AFTER", self.env.bot_takeover_after, 2, 300),
            drain=self.number("BOT_DRAIN_SECONDS", self.env.bot_drain_seconds, 0, 20),
            pictures=self.boolean("BOT_PICTURES", self.env.bot_pictures),
            retention_days=int(self.number("BOT_RETENTION_DAYS", self.env.bot_retention_days, 0, 36_500, whole=True)),
            log_format=self._log_format(),
            log_level=self.choice("BOT_LOG_LEVEL", self.env.bot_log_level.upper(), LOG_LEVELS),
        )
        self._database_url()
        if self.problems:
            raise SettingsError(self.problems)
        return settings

    def secmaster_alone(self) -> tuple[SecMasterSettings, tuple[str, ...]]:
        """What of the settings concerns SecMaster."""
        file = read_file(self.env.bot_config, self.problems) if self.env.bot_config else ConfigFile()
        secmaster = self._secmaster()
        workspaces = tuple(workspace.id for workspace in self._named_workspaces(file))
        if self.problems:
            raise SettingsError(self.problems)
        return secmaster, workspaces

    def database_url_alone(self) -> str:
        """Where the database is."""
        self._database_url()
        if self.problems:
            raise SettingsError(self.problems)
        return self.env.bot_database_url.get_secret_value()

    def _slack(self) -> SlackSettings:
        mode = Mode(self.choice("BOT_MODE", self.env.bot_mode, tuple(Mode)))
        bot_token = self.token(
            "SLACK_BOT_TOKEN", self.env.slack_bot_token, "xoxb-", "Install the app and copy its bot token."
        )
        app_token, secret = self.env.slack_app_token, self.env.slack_signing_secret
        if mode is Mode.SOCKET:
            hint = "Make an app-level token with the scope connections:write; Socket Mode needs it."
            app_token = self.token("SLACK_APP_TOKEN", app_token, "xapp-", hint)
        elif secret is None:
            self.say(
                "SLACK_SIGNING_SECRET", "is missing. HTTP mode needs it; copy it from the app's Basic Information."
            )
        if mode is Mode.HTTP:
            self.unbroken("SLACK_SIGNING_SECRET", secret)
        return SlackSettings(
            mode=mode,
            bot_token=bot_token,
            app_token=app_token,
            signing_secret=secret,
            api_url=self.url("SLACK_API_URL", self.env.slack_api_url, ends="/api/"),
            post_interval=self.number("BOT_SLACK_POST_INTERVAL", self.env.bot_slack_post_interval, 0, 60),
        )

    def _secmaster(self) -> SecMasterSettings:
        env = self.env
        region = env.secmaster_region
        endpoint = self.url("SECMASTER_ENDPOINT", env.secmaster_endpoint)
        if region and region not in REGIONS:
            if not endpoint:
                self.say(
                    "SECMASTER_REGION",
                    f"is no region of SecMaster. Known are {', '.join(REGIONS)}; or set SECMASTER_ENDPOINT.",
                )
            region = None
        elif not region and not endpoint:
            self.say("SECMASTER_REGION", "is missing. Set it, or SECMASTER_ENDPOINT.")
        project_id = env.secmaster_project_id or env.huaweicloud_sdk_project_id
        if not project_id:
            self.say("SECMASTER_PROJECT_ID", "is missing. Copy the project id from My Credentials in the console.")
        elif not is_id(project_id):
            self.say("SECMASTER_PROJECT_ID", "has to be an id: letters, digits, - and _ only.")
        return SecMasterSettings(
            endpoint=endpoint or (secmaster_endpoint(region) if region else ""),
            project_id=project_id or "",
            credentials=self._credentials(region),
        )

    def _credentials(self, region: str | None) -> Credentials:
        env = self.env
        ak, sk = env.huaweicloud_sdk_ak or env.cloud_sdk_ak, env.huaweicloud_sdk_sk or env.cloud_sdk_sk
        iam = (env.secmaster_iam_user, env.secmaster_iam_password, env.secmaster_iam_domain)
        given = [
            name
            for name, there in (
                ("HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK", bool(ak or sk)),
                ("SECMASTER_AUTH_TOKEN", bool(env.secmaster_auth_token)),
                ("SECMASTER_IAM_USER", any(iam)),
            )
            if there
        ]
        if len(given) > 1:
            self.say("SecMaster credentials", f"are given in {len(given)} ways ({'; '.join(given)}). Keep one.")
        if not given:
            self.say(
                "SecMaster credentials",
                "are missing. Set HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK, or SECMASTER_AUTH_TOKEN, or "
                "SECMASTER_IAM_USER, SECMASTER_IAM_PASSWORD and SECMASTER_IAM_DOMAIN.",
            )
        if env.secmaster_auth_token:
            self.unbroken("SECMASTER_AUTH_TOKEN", env.secmaster_auth_token)
            return ReadyToken(token=env.secmaster_auth_token)
        if any(iam):
            return self._iam_user(region)
        return self._access_keys(ak, sk, wanted=bool(given))

    def _access_keys(self, ak: SecretStr | None, sk: SecretStr | None, *, wanted: bool) -> AccessKeys:
        for name, value, other in (
            ("HUAWEICLOUD_SDK_AK", ak, "HUAWEICLOUD_SDK_SK"),
            ("HUAWEICLOUD_SDK_SK", sk, "HUAWEICLOUD_SDK_AK"),
        ):
            if wanted and value is None:
                self.say(name, f"is missing, but {other} is set. Set both.")
            self.unbroken(name, value)
        self.unbroken("HUAWEICLOUD_SDK_SECURITY_TOKEN", self.env.huaweicloud_sdk_security_token)
        nothing = SecretStr("")
        return AccessKeys(ak=ak or nothing, sk=sk or nothing, security_token=self.env.huaweicloud_sdk_security_token)

    def _iam_user(self, region: str | None) -> IamUser:
        env = self.env
        values = {
            "SECMASTER_IAM_USER": env.secmaster_iam_user,
            "SECMASTER_IAM_PASSWORD": env.secmaster_iam_password,
            "SECMASTER_IAM_DOMAIN": env.secmaster_iam_domain,
        }
        for name, value in values.items():
            if not value:
                self.say(name, "is missing. An IAM user needs its name, its password and its domain (account name).")
        endpoint = self.url("SECMASTER_IAM_ENDPOINT", env.secmaster_iam_endpoint)
        if not endpoint and not region and env.secmaster_endpoint:  # without an endpoint the region is asked for anyway
            self.say(
                "SECMASTER_IAM_ENDPOINT", "is missing. Set it, or a known SECMASTER_REGION: tokens come from there."
            )
        return IamUser(
            user=env.secmaster_iam_user or "",
            password=env.secmaster_iam_password or SecretStr(""),
            domain=env.secmaster_iam_domain or "",
            endpoint=endpoint or (iam_endpoint(region) if region else ""),
        )

    def _policy(self, *, routed: bool) -> PolicySettings:
        env = self.env
        reviewers = listed(env.bot_reviewers or "")
        if not reviewers and not routed:
            self.say(
                "BOT_REVIEWERS",
                "is missing. Name user ids (U…), user groups (S…) or the word channel: nobody may review by accident.",
            )
        approvals = self.number("BOT_APPROVALS_REQUIRED", env.bot_approvals_required, 1, 20, whole=True)
        given: dict[str, object] = {
            "reviewers": reviewers,
            "approvals_required": int(approvals),
            "allow_self_review": self.boolean("BOT_ALLOW_SELF_REVIEW", env.bot_allow_self_review),
            "require_known_submitter": self.boolean("BOT_REQUIRE_KNOWN_SUBMITTER", env.bot_require_known_submitter),
            "block_on_failed_checks": self.boolean("BOT_BLOCK_ON_FAILED_CHECKS", env.bot_block_on_failed_checks),
            "require_reason": self.choice("BOT_REQUIRE_REASON", env.bot_require_reason, REQUIRE_REASON),
            "remind_after": env.bot_remind_after,
        }
        if env.bot_escalate_after is not None:
            given["escalate_after"] = env.bot_escalate_after
        if env.bot_escalate_to is not None:
            given["escalate_to"] = listed(env.bot_escalate_to)
        return read_policy(self, Place(given=given), PolicySettings(reviewers=()))

    def _working_hours(self) -> WorkingHours:
        read = self.parsed("BOT_WORKING_HOURS", self.env.bot_working_hours, working_hours)
        return read or working_hours(WORKING_HOURS)

    def _digests(self, file: ConfigFile, workspaces: tuple[WorkspaceSettings, ...]) -> dict[str, DailyTime]:
        text = self.env.bot_digest
        default = self.parsed("BOT_DIGEST", text, daily_time) if text is not None else None
        return file.digests(self, workspaces, default)

    def _workspaces(self, file: ConfigFile, project_id: str) -> tuple[WorkspaceSettings, ...]:
        channel = self.env.bot_channel
        if channel and not is_channel(channel):
            self.say("BOT_CHANNEL", NO_CHANNEL)
        workspaces = self._named_workspaces(file)
        filled = tuple(workspace.with_defaults(channel=channel, project_id=project_id) for workspace in workspaces)
        routed = file.always_give("channel")
        if not routed and (any(not workspace.channel for workspace in filled) or not (channel or filled)):
            self.say("BOT_CHANNEL", "is missing. Name the id of the channel where review requests are posted.")
        for workspace in filled:
            if project_id and workspace.project_id != project_id:
                self.say(
                    f"BOT_CONFIG: workspace {workspace.id}:",
                    "a project_id other than SECMASTER_PROJECT_ID is not supported yet.",
                )
        return filled

    def _named_workspaces(self, file: ConfigFile) -> list[WorkspaceSettings]:
        workspaces = list(file.workspaces)
        own = self.env.secmaster_workspace_id
        if own and not is_id(own):
            self.say("SECMASTER_WORKSPACE_ID", "has to be an id: letters, digits, - and _ only.")
        if own and own not in {workspace.id for workspace in workspaces}:
            workspaces.insert(0, WorkspaceSettings(id=own))
        if not workspaces:
            self.say(
                "SECMASTER_WORKSPACE_ID",
                "is missing. Set it, or list [[workspaces]] in the file that BOT_CONFIG names.",
            )
        return workspaces

    def _channels(self, name: str, text: str) -> tuple[str, ...]:
        channels = tuple(listed(text))
        for number, channel in enumerate(channels, start=1):
            if not is_channel(channel):
                self.say(name, f"entry {number} {NO_CHANNEL}")
        return channels

    def _database_url(self) -> None:
        if wrong := database_url.problem(self.env.bot_database_url.get_secret_value()):
            self.say("BOT_DATABASE_URL", wrong)

    def _log_format(self) -> str:
        if self.env.bot_log_format is None:
            return "console" if sys.stderr.isatty() else "json"
        return self.choice("BOT_LOG_FORMAT", self.env.bot_log_format, ("console", "json"))


def hide_from_libraries() -> None:
    """Take out of the environment what Bolt would read by itself: it warns of a second token, or switches to OAuth."""
    for name in ("SLACK_BOT_TOKEN", "SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET"):
        os.environ.pop(name, None)
