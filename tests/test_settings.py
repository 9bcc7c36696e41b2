"""Settings are checked all at once, one clear line each, and no line repeats a secret."""

from __future__ import annotations

import itertools
import json
import re
from contextlib import suppress
from dataclasses import fields, replace
from datetime import timedelta
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.configured import recorded
from bot.environment import Environment, hide_from_libraries, load, load_database_url, settings_of
from bot.errors import SettingsError
from bot.hours import daily_time, working_hours
from bot.policies import prepared_longest
from bot.reviews.models import Policy
from bot.reviews.policy import reason_limit
from bot.routes import PolicySettings, RouteSettings, WorkspaceSettings
from bot.settings import AccessKeys, IamUser, Mode, ReadyToken, Settings, secrets

if TYPE_CHECKING:
    from collections.abc import Mapping

GOOD = {
    "SLACK_BOT_TOKEN": "xoxb-marker-1",
    "SLACK_APP_TOKEN": "xapp-marker-2",
    "BOT_CHANNEL": "C0REVIEWS0",
    "BOT_REVIEWERS": "U0LIN, S0GROUP",
    "SECMASTER_REGION": "cn-north-4",
    "SECMASTER_PROJECT_ID": "project",
    "SECMASTER_WORKSPACE_ID": "workspace",
    "HUAWEICLOUD_SDK_AK": "ak-marker",
    "HUAWEICLOUD_SDK_SK": "sk-marker-3",
}
NO_KEYS = {"HUAWEICLOUD_SDK_AK": None, "HUAWEICLOUD_SDK_SK": None}
IAM = {"SECMASTER_IAM_USER": "bot", "SECMASTER_IAM_PASSWORD": "iam-marker-4", "SECMASTER_IAM_DOMAIN": "soc"}


@pytest.fixture(autouse=True)
def _nothing_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Only what a test sets."""
    for name in Environment.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def read(changes: Mapping[str, str | None] | None = None) -> Settings:
    """The settings of the good environment with changes; None takes a variable out."""
    given: dict[str, Any] = {
        name.lower(): value for name, value in {**GOOD, **(changes or {})}.items() if value is not None
    }
    return settings_of(Environment(_env_file=None, **given))  # type: ignore[call-arg]


def problems(changes: Mapping[str, str | None]) -> list[str]:
    """What is wrong with them."""
    with pytest.raises(SettingsError) as caught:
        read(changes)
    return caught.value.problems


def test_defaults() -> None:
    """What is not set has the documented default."""
    settings = read()
    assert settings.slack.mode is Mode.SOCKET
    assert (settings.http_host, settings.http_port) == ("127.0.0.1", 3000)
    assert settings.secmaster.endpoint == "https://secmaster.cn-north-4.myhuaweicloud.com"
    assert (settings.locale, settings.poll_interval, settings.slack.post_interval) == ("en", 60, 1)
    assert settings.database_url.get_secret_value() == "sqlite:///secmaster-bot.db"
    assert settings.notify == ()
    assert settings.policy == PolicySettings(
        reviewers=("U0LIN", "S0GROUP"),
        approvals_required=1,
        allow_self_review=False,
        require_known_submitter=False,
        require_reason="always",
        reasons=(),
        remind_after=None,
        escalate_after=None,
        escalate_to=(),
    )
    assert settings.working_hours == working_hours("Mon-Fri 09:00-18:00")
    assert settings.digests == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SLACK_BOT_TOKEN", None),
        ("SLACK_BOT_TOKEN", "xoxp-marker-9"),
        ("SLACK_APP_TOKEN", None),
        ("SLACK_APP_TOKEN", "xoxb-marker-9"),
        ("SLACK_API_URL", "https://slack.example/"),
        ("SLACK_API_URL", "ftp://slack.example/api/"),
        ("BOT_MODE", "websocket"),
        ("BOT_HTTP_PORT", "70000"),
        ("BOT_HTTP_PORT", "3000.5"),
        ("BOT_DATABASE_URL", "mysql://root:db-marker-5@host/x"),
        ("BOT_CHANNEL", None),
        ("BOT_CHANNEL", "#reviews"),
        ("BOT_NOTIFY_CHANNELS", "C0OK, general"),
        ("BOT_REVIEWERS", None),
        ("BOT_REVIEWERS", " , "),
        ("BOT_REVIEWERS", "U0LIN, lin.mei"),
        ("BOT_APPROVALS_REQUIRED", "0"),
        ("BOT_APPROVALS_REQUIRED", "two"),
        ("BOT_ALLOW_SELF_REVIEW", "maybe"),
        ("BOT_REQUIRE_KNOWN_SUBMITTER", "maybe"),
        ("BOT_REQUIRE_REASON", "never"),
        ("BOT_REMIND_AFTER", "4"),
        ("BOT_REMIND_AFTER", "30s"),
        ("BOT_REMIND_AFTER", "30d1s"),
        ("BOT_ESCALATE_AFTER", "tomorrow"),
        ("BOT_ESCALATE_AFTER", "1d"),
        ("BOT_ESCALATE_TO", "C0LEADS"),
        ("BOT_ESCALATE_TO", " , "),
        ("BOT_WORKING_HOURS", "9 to 5"),
        ("BOT_WORKING_HOURS", "Mon-Fri 09:00-25:00"),
        ("BOT_DIGEST", "09:00"),
        ("BOT_DIGEST", "09:00 Mars/Olympus"),
        ("BOT_LOCALE", "fr"),
        ("BOT_POLL_INTERVAL", "-1"),
        ("BOT_POLL_INTERVAL", "nan"),
        ("BOT_SLACK_POST_INTERVAL", "fast"),
        ("BOT_CONFIG", "/nowhere/bot.toml"),
        ("BOT_LOG_FORMAT", "xml"),
        ("BOT_LOG_LEVEL", "LOUD"),
        ("SECMASTER_REGION", None),
        ("SECMASTER_REGION", "mars-1"),
        ("SECMASTER_ENDPOINT", "secmaster.example"),
        ("SLACK_API_URL", "nonsense"),
        ("SLACK_API_URL", "https://[broken/api/"),
        ("SLACK_API_URL", "https://u:marker@slack.example/api/"),
        ("SLACK_BOT_TOKEN", "xoxb-marker 9"),
        ("SLACK_APP_TOKEN", "xapp-marker\n9"),
        ("HUAWEICLOUD_SDK_AK", "marker\nAK"),
        ("HUAWEICLOUD_SDK_SK", "marker–sk"),
        ("HUAWEICLOUD_SDK_SECURITY_TOKEN", "marker token"),
        ("BOT_DATABASE_URL", "postgresql+psycopg://bot:marker@host:port/x"),
        ("BOT_DATABASE_URL", "reviews.db"),
        ("BOT_DATABASE_URL", "postgresql://bot:marker@host/x"),
        ("BOT_DATABASE_URL", "postgresql+psycopg://bot:p@marker@host/x"),
        ("BOT_DATABASE_URL", "sqlite://marker/bot.db"),
        ("BOT_DATABASE_URL", "sqlite:///bot.db?marker=1"),
        ("BOT_DATABASE_URL", "sqlite://"),
        ("BOT_DATABASE_URL", "sqlite:///"),
        ("BOT_DATABASE_URL", "sqlite:///:memory:"),
        ("SECMASTER_ENDPOINT", "https://secmaster.example:port"),
        ("SECMASTER_ENDPOINT", "https://secmaster example"),
        ("SECMASTER_PROJECT_ID", "../other"),
        ("SECMASTER_WORKSPACE_ID", "a/b"),
        ("SECMASTER_PROJECT_ID", None),
        ("SECMASTER_WORKSPACE_ID", None),
        ("HUAWEICLOUD_SDK_AK", None),
        ("HUAWEICLOUD_SDK_SK", None),
    ],
)
def test_each_wrong_value_is_one_line_that_names_its_setting(name: str, value: str | None) -> None:
    """And no line repeats a secret."""
    found = problems({name: value})
    assert len(found) == 1, found
    assert name in found[0]
    assert "marker" not in found[0]
    assert "\n" not in found[0]


@pytest.mark.parametrize("name", sorted(name.upper() for name in Environment.model_fields))
@pytest.mark.parametrize("secret", ["xoxb-marker-1234", "marker pass\nword", "[marker", "%marker#?@:/"])
def test_no_line_repeats_a_value_that_may_be_a_secret(name: str, secret: str) -> None:
    """A secret pasted into the wrong variable is not shown where that is refused."""
    with suppress(SettingsError):
        read({name: secret})
        return
    told = problems({name: secret})
    assert not [line for line in told if "marker" in line or not line.isprintable()]


@pytest.mark.parametrize("name", sorted(GOOD))
@pytest.mark.parametrize("margin", ["\n", "  ", "\r\n", "\t"])
def test_margins_of_a_pasted_value_do_not_count(name: str, margin: str) -> None:
    """A token copied with its line break works as without, and a blank value is a missing one."""
    assert read({name: margin + (GOOD[name] or "") + margin}) == read()
    assert problems({name: margin}) == problems({name: None})


def test_an_iam_user_in_an_unknown_region_is_one_line() -> None:
    """The region is at fault, not the IAM endpoint that would follow from it."""
    found = problems({**NO_KEYS, **IAM, "SECMASTER_REGION": "mars-1"})
    assert [line.split()[0] for line in found] == ["SECMASTER_REGION"]


def test_tokens_that_no_header_can_carry_are_refused() -> None:
    """Whichever way of authentication they belong to."""
    assert "SECMASTER_AUTH_TOKEN" in problems({**NO_KEYS, "SECMASTER_AUTH_TOKEN": "a b"})[0]
    http = {"BOT_MODE": "http", "SLACK_APP_TOKEN": None, "SLACK_SIGNING_SECRET": "a\nb"}
    assert "SLACK_SIGNING_SECRET" in problems(http)[0]


def test_everything_is_said_at_once() -> None:
    """An empty environment names every missing setting."""
    found = "\n".join(problems(dict.fromkeys(GOOD)))
    for name in (
        "SLACK_BOT_TOKEN",
        "SLACK_APP_TOKEN",
        "BOT_CHANNEL",
        "BOT_REVIEWERS",
        "SECMASTER_REGION",
        "HUAWEICLOUD_SDK_AK",
    ):
        assert name in found


def test_http_mode_needs_a_signing_secret_and_no_app_token() -> None:
    """The other way round than Socket Mode."""
    assert "SLACK_SIGNING_SECRET" in problems({"BOT_MODE": "http", "SLACK_APP_TOKEN": None})[0]
    settings = read({"BOT_MODE": "http", "SLACK_APP_TOKEN": None, "SLACK_SIGNING_SECRET": "secret-marker"})
    assert settings.slack.mode is Mode.HTTP


def test_three_ways_to_authenticate_and_never_two() -> None:
    """Keys under either name, a ready token, an IAM user; two at once are refused, and half a user too."""
    assert isinstance(read().secmaster.credentials, AccessKeys)
    other_names = {
        **NO_KEYS,
        "CLOUD_SDK_AK": "a",
        "CLOUD_SDK_SK": "s",
        "SECMASTER_PROJECT_ID": None,
        "HUAWEICLOUD_SDK_PROJECT_ID": "p",
    }
    assert read(other_names).secmaster.project_id == "p"
    assert isinstance(read({**NO_KEYS, "SECMASTER_AUTH_TOKEN": "token-marker"}).secmaster.credentials, ReadyToken)
    user = read({**NO_KEYS, **IAM}).secmaster.credentials
    assert isinstance(user, IamUser)
    assert user.endpoint == "https://iam.cn-north-4.myhuaweicloud.com"
    assert "2 ways" in problems({"SECMASTER_AUTH_TOKEN": "token-marker"})[0]
    assert "are missing" in problems(NO_KEYS)[0]
    assert len(problems({**NO_KEYS, "SECMASTER_IAM_USER": "bot"})) == 2
    unknown_host = {**NO_KEYS, **IAM, "SECMASTER_REGION": None, "SECMASTER_ENDPOINT": "https://secmaster.example"}
    assert "SECMASTER_IAM_ENDPOINT" in problems(unknown_host)[0]


def test_secrets_are_known_and_never_shown() -> None:
    """Every secret is on the list that the log leaves out, and in no repr."""
    database = {"BOT_DATABASE_URL": "postgresql+psycopg://bot:db-marker-5@host/reviews"}
    settings = read({**database, "SLACK_SIGNING_SECRET": "secret-marker-6"})
    assert "marker" not in repr(settings)
    assert set(secrets(settings)) == {
        "xoxb-marker-1",
        "xapp-marker-2",
        "secret-marker-6",
        "ak-marker",
        "sk-marker-3",
        "db-marker-5",
    }
    escaped = read({"BOT_DATABASE_URL": "postgresql+psycopg://bot@host/reviews?password=p%40ss-marker"})
    assert "p@ss-marker" in secrets(escaped)
    odd = read({"BOT_DATABASE_URL": "postgresql+psycopg://bot:half?marker@host/reviews"})
    assert "half?marker" in secrets(odd)
    assert "token-marker" in secrets(read({**NO_KEYS, "SECMASTER_AUTH_TOKEN": "token-marker"}))
    assert "iam-marker-4" in secrets(read({**NO_KEYS, **IAM}))


def test_the_environment_and_a_dotenv_file_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment wins; what libraries would read by themselves is taken out of it afterwards."""
    Path(".env").write_text("\n".join(f"{name}={value}" for name, value in GOOD.items()))
    monkeypatch.setenv("BOT_LOCALE", "zh-CN")
    monkeypatch.setenv("SLACK_CLIENT_ID", "1.2")
    monkeypatch.setenv("BOT_CHANNEL", "")
    settings = load()
    assert (settings.locale, settings.workspaces[0].channel) == ("zh-CN", "C0REVIEWS0")
    hide_from_libraries()
    assert "SLACK_CLIENT_ID" not in __import__("os").environ


def config(text: str) -> dict[str, str | None]:
    """A TOML file with this text."""
    Path("bot.toml").write_text(text, encoding="utf-8")
    return {"BOT_CONFIG": "bot.toml"}


def test_a_file_adds_workspaces_policies_routes_and_identities() -> None:
    """Its values fill in, the environment's are the defaults."""
    settings = read(
        config(
            """
            [[workspaces]]
            id = "other"
            name = "SOC Shanghai"
            channel = "C0AAA"
            [policies.two]
            reviewers = ["S0LEADS", "channel"]
            approvals_required = 2
            require_reason = "reject"
            [[routes]]
            aop_type = ["HEMOSTASIS"]
            workflow = "isolate-*"
            channel = "C0BBB"
            notify = ["C0CCC"]
            policy = "two"
            locale = "zh-CN"
            [[routes]]
            workspace = "other"
            [identities]
            "zhang.wei" = "U0AUTHOR"
            """
        )
    )
    assert [(one.id, one.channel, one.project_id) for one in settings.workspaces] == [
        ("workspace", "C0REVIEWS0", "project"),
        ("other", "C0AAA", "project"),
    ]
    route, plain = settings.routes
    assert route.policy is not None
    assert (route.policy.approvals_required, route.policy.require_reason, route.notify) == (2, "reject", ("C0CCC",))
    assert (plain.policy, plain.notify, plain.channel) == (None, None, None)
    assert settings.identities == {"zhang.wei": "U0AUTHOR"}


def test_what_the_audit_trail_is_told_holds_what_decides_and_no_secret() -> None:
    """Policies, routes, workspaces, identities, locale, version; as JSON, and the same at every start."""
    changes = {
        **config(
            """
            [[workspaces]]
            id = "other"
            [policies.two]
            reviewers = ["S0LEADS"]
            remind_after = "4h"
            [[routes]]
            aop_type = ["HEMOSTASIS"]
            policy = "two"
            [identities]
            "zhang.wei" = "U0AUTHOR"
            """
        ),
        "SLACK_SIGNING_SECRET": "secret-marker-6",
        "BOT_DATABASE_URL": "postgresql+psycopg://bot:db-marker-5@host/reviews",
        "BOT_LOCALE": "zh-CN",
    }
    told = recorded(read(changes))
    text = json.dumps(told)
    assert "marker" not in text
    assert text == json.dumps(recorded(read(changes)))
    assert "marker" not in json.dumps(recorded(read({**NO_KEYS, **IAM})))
    assert told["policy.reviewers"] == ("U0LIN", "S0GROUP")
    assert told["identities"] == {"zhang.wei": "U0AUTHOR"}
    assert told["locale"] == "zh-CN"
    assert told["bot_version"]
    route = told["routes.1"]
    assert isinstance(route, dict)
    assert (route["aop_types"], route["policy"]["remind_after"]) == (("HEMOSTASIS",), 14400.0)
    assert {"workspaces.workspace", "workspaces.other"} < told.keys()


CHANGED: dict[str, Any] = {
    "http_host": "0.0.0.0",
    "http_port": 1,
    "database_url": SecretStr("sqlite:///other.db"),
    "drain": 9.0,
    "log_format": "json",
    "log_level": "ERROR",
    "workspaces": (WorkspaceSettings(id="other"),),
    "routes": (RouteSettings(workflow="isolate-*"),),
    "policy": PolicySettings(reviewers=("U0OTHER",)),
    "digests": {"C0REVIEWS": daily_time("Mon-Fri 09:00 Asia/Shanghai")},
    "working_hours": working_hours("Mon 07:00-08:00"),
    "notify": ("C0OTHER",),
    "locale": "zh-CN",
    "identities": {"zhang.wei": "U0AUTHOR"},
    "poll_interval": 7.0,
    "resend_after": 7.0,
    "takeover_after": 7.0,
    "pictures": False,
    "retention_days": 7,
}
"""Another value of each setting; those about Slack and SecMaster have a test of their own."""
OF_ONE_REPLICA = {"http_host", "http_port", "database_url", "drain", "log_format", "log_level"}


def test_every_change_of_a_setting_is_told_to_the_audit_trail() -> None:
    """But for what belongs to one replica; a setting that is added is in one of both, on purpose."""
    settings = read()
    assert {*CHANGED, "slack", "secmaster"} == {field.name for field in fields(Settings)}
    told = recorded(settings)
    assert {name for name, value in CHANGED.items() if recorded(replace(settings, **{name: value})) == told} == (
        OF_ONE_REPLICA
    )


def test_another_slack_or_secmaster_is_told_to_the_audit_trail() -> None:
    """And the user as whom the bot decides; tokens and keys that were renewed are not."""
    told = recorded(read())
    changes: dict[str, dict[str, str | None]] = {
        "mode": {"BOT_MODE": "http", "SLACK_SIGNING_SECRET": "x" * 32},
        "slack.api_url": {"SLACK_API_URL": "https://slack.example/api/"},
        "secmaster.endpoint": {"SECMASTER_ENDPOINT": "https://secmaster.example"},
        "secmaster.project_id": {"SECMASTER_PROJECT_ID": "other"},
        "secmaster.credentials": {**NO_KEYS, **IAM},
    }
    for name, change in changes.items():
        assert name in {key for key, value in recorded(read(change)).items() if value != told[key]}
    assert "bot of soc" in str(recorded(read({**NO_KEYS, **IAM}))["secmaster.credentials"])
    assert recorded(read({"SLACK_BOT_TOKEN": "xoxb-other", "HUAWEICLOUD_SDK_SK": "other"})) == told


def test_a_checkout_that_was_never_installed_has_no_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which keeps nobody from starting."""

    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr("bot.configured.version", missing)
    assert recorded(read())["bot_version"] == "unknown"


def test_the_address_of_the_database_can_be_read_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who only looks into it needs nothing else; a wrong one is told as ever."""
    assert load_database_url() == "sqlite:///secmaster-bot.db"
    monkeypatch.setenv("BOT_DATABASE_URL", "sqlite://")
    with pytest.raises(SettingsError, match="BOT_DATABASE_URL names a database in memory"):
        load_database_url()
    Path(".env").write_bytes(b"\xff")
    with pytest.raises(SettingsError, match=r"\.env cannot be read"):
        load_database_url()


REVIEWED_BY_TWO = "[policies.two]\nreviewers = ['U0A']\n"


@pytest.mark.parametrize(
    ("routes", "missing"),
    [
        ("[[routes]]\npolicy = 'two'\nchannel = 'C0A'", set()),
        ("[[routes]]\nworkflow = 'x'\npolicy = 'two'\nchannel = 'C0A'", {"BOT_CHANNEL", "BOT_REVIEWERS"}),
        ("[[routes]]\npolicy = 'two'", {"BOT_CHANNEL"}),
        ("[[routes]]\nchannel = 'C0A'", {"BOT_REVIEWERS"}),
        (
            "[[routes]]\naop_type = ['EASE']\n[[routes]]\npolicy = 'two'\nchannel = 'C0A'",
            {"BOT_CHANNEL", "BOT_REVIEWERS"},
        ),
        ("[[workspaces]]\nid = 'w'\nchannel = 'C0A'", {"BOT_CHANNEL", "BOT_REVIEWERS"}),
    ],
)
def test_the_file_replaces_a_default_only_where_it_covers_everything(routes: str, missing: set[str]) -> None:
    """A submission that no route matches would otherwise have no channel, or nobody who may review it."""
    changes = {**config(REVIEWED_BY_TWO + routes), "BOT_CHANNEL": None, "BOT_REVIEWERS": None}
    if not missing:
        assert read(changes).routes[0].channel == "C0A"
        return
    assert {line.split()[0] for line in problems(changes)} == missing


def test_a_dotenv_file_that_is_no_text_is_told() -> None:
    """As one line."""
    Path(".env").write_bytes(b"BOT_LOCALE=\xff\xfe")
    with pytest.raises(SettingsError) as caught:
        load()
    assert [line.split()[0] for line in caught.value.problems] == [".env"]


def test_a_file_that_is_no_text_is_told() -> None:
    """As one line."""
    Path("bot.toml").write_bytes(b"\xff")
    assert "UTF-8" in problems({"BOT_CONFIG": "bot.toml"})[0]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[policies.x]\nreviewers = ['U0A']\napproval_required = 2", "did you mean 'approvals_required'"),
        ("[policies.x]\nreminds_after = '4h'", "did you mean 'remind_after'"),
        ("[policies.x]\nremind_after = '4 hours'", "policies.x.remind_after: has to be a duration such as"),
        ("[policies.x]\nremind_after = '59s'", "policies.x.remind_after: has to be from 1m to 30d, or 0"),
        ("[policies.x]\nremind_after = 4", "policies.x.remind_after: has to be text in quotation marks"),
        ("[policies.x]\nescalate_after = '31d'\nescalate_to = ['U0A']", "escalate_after: has to be from 1m to 30d"),
        ("[policies.x]\nescalate_after = '1d'", "nobody is named to escalate to. Set escalate_to too"),
        ("[policies.x]\nescalate_to = ['C0LEADS']", "not after how long. Set escalate_after too"),
        ("[policies.x]\nescalate_after = '1d'\nescalate_to = []", "policies.x.escalate_to: names nobody"),
        ("[policies.x]\nescalate_after = '1d'\nescalate_to = ['U0A', 'S0A']", "escalate_to: entry 2 is no channel id"),
        ("[policies.x]\nrequire_reason = 'never'", "policies.x.require_reason"),
        ("[policies.x]\nrequire_known_submitter = 'yes'", "policies.x.require_known_submitter"),
        ("[policies.x]\nreasons = ['a', ' ']", "policies.x.reasons: entry 2 is blank"),
        ("[policies.x]\nreasons = ['a', 'b', ' a']", "policies.x.reasons: entry 3 is the same as entry 1"),
        (f"[policies.x]\nreasons = ['{'a' * 401}']", "entry 1 has 401 characters. Keep it to 400."),
        (
            f"[policies.x]\napprovals_required = 3\nreasons = ['{'a' * 343}']",
            "entry 1 has 343 characters. Keep it to 342 where 3 approvals are required.",
        ),
        (f"[policies.x]\nreasons = {[str(number) for number in range(51)]}", "has 51 entries. Keep 50 at most"),
        (
            "[policies.x]\nreviewers = ['U0A', 'U0B', 'U0A']\napprovals_required = 3",
            "policies.x.approvals_required: is 3, which can never be met: reviewers names 2 people",
        ),
        ("[[workspaces]]\nid = 'w'\ndigest = '9 o clock'", "workspace 1: digest has to be a time of day"),
        ("[[routes]]\ndigest = '09:00 Asia/Shangai'", "route 1: digest names a time zone that is not known; did you"),
        ("[[routes]]\ndigests = '09:00 Asia/Shanghai'", "did you mean 'digest'"),
        ("[policies.x]\nreviewers = []", "policies.x.reviewers"),
        ("[policies.x]\nreviewers = ['lin']", "policies.x.reviewers: entry 1 is no user id"),
        ("[[routes]]\npolicy = 'nobody'", "there is no policy 'nobody'"),
        ("[[routes]]\nlocale = 'fr'", "locale has to be one of"),
        ("[[routes]]\nchannel = 'general'", "route 1: channel is no channel id"),
        ("[[routes]]\nnotify = ['C0OK', 'general']", "route 1: notify: entry 2 is no channel id"),
        ("[[workspaces]]\nid = '../w'", "workspace 1: id has to be"),
        ("[[workspaces]]\nid = 'w'\n[[workspaces]]\nid = 'w'", "workspace 2: the same id"),
        ("[[workspaces]]\nid = 7", "workspaces.0.id"),
        ("[[routes]]\nworkspace = 'unknown'", "there is no workspace 'unknown'"),
        ("[[workspaces]]\nid = 'w'\nchannel = 'general'", "workspace 1: channel is no channel id"),
        ("[[workspaces]]\nid = 'w'\nproject_id = 'another'", "not supported yet"),
        ("[identities]\nzhang = 'zhang'", "no Slack user id"),
        ("[unheard]\nof = 1", "unknown key"),
        ("not toml", "is not TOML"),
    ],
)
def test_each_mistake_in_the_file_is_told(text: str, told: str) -> None:
    """With the key, and the nearest known one."""
    found = problems(config(text))
    assert len(found) == 1, found
    assert told in found[0]
    assert "BOT_CONFIG" in found[0]


REMINDING = {
    "BOT_APPROVALS_REQUIRED": "2",
    "BOT_ALLOW_SELF_REVIEW": "true",
    "BOT_REQUIRE_KNOWN_SUBMITTER": "true",
    "BOT_BLOCK_ON_FAILED_CHECKS": "true",
    "BOT_REQUIRE_REASON": "reject",
    "BOT_REMIND_AFTER": "4h",
    "BOT_ESCALATE_AFTER": "1d12h",
    "BOT_ESCALATE_TO": "C0LEADS, U0BOSS, C0LEADS",
}


def test_the_environment_gives_the_default_policy() -> None:
    """Every key of a policy but the prepared reasons has its variable."""
    policy = read({**REMINDING, "BOT_REVIEWERS": "U0LIN, S0GROUP, U0LIN"}).policy
    assert policy == PolicySettings(
        reviewers=("U0LIN", "S0GROUP"),
        approvals_required=2,
        allow_self_review=True,
        require_known_submitter=True,
        block_on_failed_checks=True,
        require_reason="reject",
        remind_after=timedelta(hours=4),
        escalate_after=timedelta(days=1, hours=12),
        escalate_to=("C0LEADS", "U0BOSS"),
    )


OWN_KEYS: dict[str, tuple[str, Any]] = {
    "reviewers": ("['S0LEADS']", ("S0LEADS",)),
    "approvals_required": ("1", 1),
    "allow_self_review": ("false", False),
    "require_known_submitter": ("false", False),
    "block_on_failed_checks": ("false", False),
    "require_reason": ("'always'", "always"),
    "reasons": ("['Reviewed, no findings', ' Wrong target ']", ("Reviewed, no findings", "Wrong target")),
    "remind_after": ("'0'", None),
    "escalate_after": ("'2d'", timedelta(days=2)),
    "escalate_to": ("['U0OTHER']", ("U0OTHER",)),
}


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(keys=st.sets(st.sampled_from(sorted(OWN_KEYS))))
def test_a_policy_of_the_file_has_from_the_environment_what_it_is_silent_on(keys: set[str]) -> None:
    """And its own of the rest, whichever keys it gives."""
    text = "\n".join(["[[routes]]", "policy = 'x'", "[policies.x]", *(f"{key} = {OWN_KEYS[key][0]}" for key in keys)])
    settings = read({**REMINDING, **config(text)})
    assert settings.routes[0].policy == replace(settings.policy, **{key: OWN_KEYS[key][1] for key in keys})


def test_every_key_of_a_policy_can_be_in_the_file() -> None:
    """A new key has to be added to the table above too."""
    assert set(OWN_KEYS) == {field.name for field in fields(PolicySettings)}


@pytest.mark.parametrize(
    ("changes", "text", "told"),
    [
        ({"BOT_APPROVALS_REQUIRED": "2", "BOT_REVIEWERS": "U0A"}, "", "BOT_APPROVALS_REQUIRED is 2, which can never"),
        ({"BOT_APPROVALS_REQUIRED": "2", "BOT_REVIEWERS": "U0A,U0A"}, "", "BOT_REVIEWERS names 1 person"),
        ({"BOT_APPROVALS_REQUIRED": "2", "BOT_REVIEWERS": "U0A"}, "[policies.x]\nremind_after='4h'", "BOT_APPROVALS"),
        ({"BOT_REVIEWERS": "U0A"}, "[policies.x]\napprovals_required = 2", "BOT_REVIEWERS names 1 person"),
        (
            {"BOT_APPROVALS_REQUIRED": "2"},
            "[policies.x]\nreviewers = ['U0A']",
            "x.reviewers: names 1 person, and BOT_APPROVALS_REQUIRED is 2",
        ),
        ({"BOT_ESCALATE_TO": "C0A"}, "[policies.x]\nescalate_after = '1d'", "BOT_ESCALATE_TO is set, but not after"),
        (
            {"BOT_ESCALATE_TO": "C0A", "BOT_ESCALATE_AFTER": "0"},
            "[policies.x]\nescalate_to = ['C0B']",
            "policies.x.escalate_to: is set, but not after how long",
        ),
    ],
)
def test_what_cannot_stand_together_is_told_where_it_arises(
    changes: dict[str, str | None], text: str, told: str
) -> None:
    """Once, and not again of the policies that inherit it."""
    found = problems({**changes, **config(text)})
    assert len(found) == 1, found
    assert told in found[0]


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"BOT_APPROVALS_REQUIRED": "3", "BOT_REVIEWERS": "U0A,S0A"}, ""),
        ({"BOT_APPROVALS_REQUIRED": "3", "BOT_REVIEWERS": "U0A,channel"}, ""),
        ({"BOT_ESCALATE_TO": "C0A", "BOT_ESCALATE_AFTER": "0"}, "[policies.x]\nescalate_after = '1d'"),
        ({"BOT_ESCALATE_TO": "C0A", "BOT_ESCALATE_AFTER": "1d"}, "[policies.x]\nescalate_after = '0'"),
        ({"BOT_REMIND_AFTER": "1m"}, "[policies.x]\nremind_after = '30d'"),
        ({}, f"[policies.x]\napprovals_required = 3\nreasons = ['{'a' * 342}']"),
        (
            {"BOT_REVIEWERS": None},
            "[policies.unused]\napprovals_required = 2\n" + "[policies.two]\nreviewers=['U0A']\n"
            "[[routes]]\npolicy = 'two'",
        ),
    ],
)
def test_what_can_stand_together_is_taken(changes: dict[str, str | None], text: str) -> None:
    """Groups may grow, a 0 turns off on purpose, and both bounds are allowed."""
    assert read({**changes, **config(text)})


def test_a_policy_without_reviewers_needs_those_of_the_environment() -> None:
    """What is missing is told once: at the policy when all take routes with one, else at the variable."""
    silent = "[policies.two]\napprovals_required = 2\n[[routes]]\npolicy = 'two'\n"
    policy = read(config(silent)).routes[0].policy
    assert policy is not None
    assert (policy.reviewers, policy.approvals_required) == (("U0LIN", "S0GROUP"), 2)
    covered = problems({**config(silent), "BOT_REVIEWERS": None})
    assert [line.split(": is ")[0] for line in covered] == ["BOT_CONFIG: policies.two.reviewers"]
    partly = problems({**config(silent + "workflow = 'isolate-*'"), "BOT_REVIEWERS": None})
    assert [line.split()[0] for line in partly] == ["BOT_REVIEWERS"]


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(approvals=st.integers(1, 20))
def test_a_prepared_reason_can_be_sent(approvals: int) -> None:
    """It is never longer than what the form for a typed one takes."""
    typed = reason_limit(Policy(reviewers=("channel",), approvals_required=approvals))
    assert prepared_longest(approvals) == min(400, typed)


TWO_WORKSPACES = """
[[workspaces]]
id = "one"
channel = "C0ONE"
{first}
[[workspaces]]
id = "two"
{second}
"""
NINE, TEN = "09:00 Asia/Shanghai", "Mon-Fri 10:00 Europe/London"
AT_NINE, AT_TEN = f"digest = '{NINE}'\n", f"digest = '{TEN}'\n"
SAME = "channel = 'C0ONE'\n"


def digesting(default: str | None, first: str, second: str, routes: str) -> dict[str, str | None]:
    """Two workspaces, the second in the channel of the environment."""
    text = TWO_WORKSPACES.format(first=first, second=second) + routes
    return {**config(text), "BOT_DIGEST": default, "SECMASTER_WORKSPACE_ID": None}


@pytest.mark.parametrize(
    ("default", "first", "second", "routes", "expected"),
    [
        (None, "", "", "", {}),
        (NINE, "", "", "", {"C0ONE": NINE, "C0REVIEWS0": NINE}),
        (NINE, AT_TEN, "", "", {"C0ONE": TEN, "C0REVIEWS0": NINE}),
        (None, AT_NINE, AT_TEN, "", {"C0ONE": NINE, "C0REVIEWS0": TEN}),
        (None, "", SAME + AT_NINE, "", {"C0ONE": NINE}),
        (NINE, AT_TEN, SAME, "", {"C0ONE": TEN}),
        (None, AT_NINE, SAME + AT_NINE, "", {"C0ONE": NINE}),
        (NINE, "", "", "[[routes]]\nchannel = 'C0A'", {"C0ONE": NINE, "C0REVIEWS0": NINE}),
        (NINE, "", "", f"[[routes]]\nchannel = 'C0A'\n{AT_TEN}", {"C0ONE": NINE, "C0REVIEWS0": NINE, "C0A": TEN}),
        (None, "", "", f"[[routes]]\nworkspace = 'two'\n{AT_TEN}", {"C0REVIEWS0": TEN}),
        (NINE, "", "", f"[[routes]]\nworkspace = 'one'\n{AT_TEN}", {"C0ONE": TEN, "C0REVIEWS0": NINE}),
        (None, "", "", f"[[routes]]\nworkflow = 'x'\n{AT_TEN}", {"C0ONE": TEN, "C0REVIEWS0": TEN}),
    ],
)
def test_each_channel_has_its_digest(
    default: str | None, first: str, second: str, routes: str, expected: dict[str, str]
) -> None:
    """Its workspace's or its route's; the default where cards are posted without a route, and no other is given."""
    settings = read(digesting(default, first, second, routes))
    assert settings.digests == {channel: daily_time(text) for channel, text in expected.items()}


def test_digests_of_two_channels_never_differ_from_each_other() -> None:
    """Not where both workspaces were given one id by mistake, and not where neither has a channel."""
    twice = TWO_WORKSPACES.replace('"two"', '"one"').format(first=AT_NINE, second=f"channel = 'C0TWO'\n{AT_TEN}")
    found = problems({**config(twice), "SECMASTER_WORKSPACE_ID": None})
    assert any("the same id is listed above" in line for line in found)
    assert not any("differs from" in line for line in found)
    bare = f"[[workspaces]]\nid = 'one'\n{AT_NINE}[[workspaces]]\nid = 'two'\n{AT_TEN}"
    found = problems({**config(bare), "SECMASTER_WORKSPACE_ID": None, "BOT_CHANNEL": None})
    assert any("BOT_CHANNEL" in line for line in found)
    assert not any("differs from" in line for line in found)


@pytest.mark.parametrize("other", ["[[routes]]\npolicy = 'none'\n", "[[routes]]\npolicy = 1\n"])
def test_an_unknown_key_hides_no_other_problem_of_the_file(other: str) -> None:
    """All of them in one go; what the file does say is not called missing because of it."""
    found = problems(config(f"[identities]\nx = 'nobody'\n{other}[unheard]\nof = 1\n"))
    assert [line for line in found if "unheard: unknown key" in line]
    assert [line for line in found if "policy" in line]
    assert len(found) == (3 if "none" in other else 2)


@pytest.mark.parametrize(
    ("first", "second", "routes", "told"),
    [
        (AT_NINE, SAME + AT_TEN, "", "workspace 2: digest differs from that of workspace 1"),
        (AT_NINE, "", f"[[routes]]\nchannel = 'C0ONE'\n{AT_TEN}", "route 1: digest differs from that of workspace 1"),
        (AT_NINE, "", f"[[routes]]\nworkspace = 'one'\n{AT_TEN}", "route 1: digest differs from that of workspace 1"),
        ("", AT_NINE, f"[[routes]]\n{AT_TEN}", "route 1: digest differs from that of workspace 2"),
        ("", "", f"[[routes]]\n{AT_NINE}[[routes]]\n{AT_TEN}", "route 2: digest differs from that of route 1"),
        (
            "",
            "",
            f"[[routes]]\nchannel = 'C0A'\n{AT_NINE}[[routes]]\nchannel = 'C0A'\n{AT_TEN}",
            "route 2: digest differs from that of route 1",
        ),
    ],
)
def test_two_digests_for_one_channel_are_told_with_both_places(first: str, second: str, routes: str, told: str) -> None:
    """The default gives way, and is none of them."""
    found = problems(digesting("08:00 UTC", first, second, routes))
    assert len(found) == 1, found
    assert told in found[0]


@pytest.mark.parametrize(
    ("default", "text", "named"),
    [
        (NINE, "", {"BOT_DIGEST"}),
        (None, f"[[workspaces]]\nid = 'w'\n{AT_NINE}", {"BOT_CONFIG:"}),
        (None, f"[[workspaces]]\nid = 'w'\nchannel = 'C0W'\n{AT_NINE}", set()),
        (None, f"[[routes]]\nchannel = 'C0B'\nworkflow = 'x'\n{AT_NINE}", set()),
    ],
)
def test_a_digest_needs_a_channel(default: str | None, text: str, named: set[str]) -> None:
    """Where all cards take routes with channels of their own there may be none for it."""
    route = "\n[[routes]]\npolicy = 'two'\nchannel = 'C0A'\n"
    changes = {**config(REVIEWED_BY_TWO + text + route), "BOT_CHANNEL": None, "BOT_DIGEST": default}
    if not named:
        assert read(changes).digests
        return
    assert {line.split()[0] for line in problems(changes)} == named


def test_working_hours_are_those_of_the_environment() -> None:
    """Over midnight too."""
    assert read({"BOT_WORKING_HOURS": "Sun-Thu 22:00-06:00"}).working_hours == working_hours("sun-thu 22:00-6:00")


def files_of_the_readme(section: str) -> list[str]:
    """The TOML in one section of the README, with ids in place of dots."""
    readme = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    text = readme.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    numbers = itertools.count()
    filled = re.sub('id = "…"', lambda _: f'id = "w{next(numbers)}"', text)
    return [part.partition("```")[0] for part in filled.split("```toml\n")[1:]]


@pytest.mark.parametrize("recipe", files_of_the_readme("Cookbook"))
def test_a_recipe_of_the_cookbook_works(recipe: str) -> None:
    """Copied as it stands it is a file that the bot takes, and it does something."""
    assert read(config(recipe)) != read({})


def test_the_file_in_the_readme_is_one() -> None:
    """Who copies it gets what it shows, and it shows every key."""
    (text,) = files_of_the_readme("Settings")
    settings = read(config(text))
    assert settings.routes[0].policy == PolicySettings(
        reviewers=("S0SOCLEADS", "U0REVIEWER"),
        approvals_required=2,
        require_known_submitter=True,
        block_on_failed_checks=True,
        reasons=("Reviewed, no findings.", "Acts on the wrong target."),
        remind_after=timedelta(hours=4),
        escalate_after=timedelta(days=1),
        escalate_to=("C0SOCLEADS",),
    )
    assert set(settings.digests) == {"C0AAA", "C0BBB"}
    assert [key for key in OWN_KEYS if f"\n{key} = " not in text] == []


def test_a_misspelt_variable_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it meant to set would silently have its default; variables of others are left alone."""
    Path(".env").write_text("BOT_REVIEWER=U0LIN\n")
    monkeypatch.setenv("BOT_APPROVAL_REQUIRED", "2")
    monkeypatch.setenv("BOT_TESTS_MUST_RUN", "1")
    monkeypatch.setenv("ROBOT_CHANNEL", "x")
    with pytest.raises(SettingsError) as caught:
        load()
    told = [line for line in caught.value.problems if "did you mean" in line]
    assert told == [
        "BOT_APPROVAL_REQUIRED is no setting; did you mean BOT_APPROVALS_REQUIRED?",
        "BOT_REVIEWER is no setting; did you mean BOT_REVIEWERS?",
    ]
