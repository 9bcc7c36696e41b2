"""The manifest says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from bot import app_manifest
from bot.environment import Environment
from bot.slack.blocks import words

ROOT = Path(__file__).parents[1]


def test_the_file_is_what_the_command_prints() -> None:
    """Socket Mode is the default."""
    assert (ROOT / "manifest.yml").read_text(encoding="utf-8") == app_manifest.text(mode="socket", url="")


def test_http_mode_has_its_addresses() -> None:
    """Where Slack sends commands, events and clicks."""
    manifest = yaml.safe_load(app_manifest.text(mode="http", url="https://bot.example.org/"))
    url = "https://bot.example.org/slack/events"
    assert manifest["features"]["slash_commands"][0]["url"] == url
    assert manifest["settings"]["event_subscriptions"]["request_url"] == url
    assert manifest["settings"]["interactivity"] == {"is_enabled": True, "request_url": url}
    assert manifest["settings"]["socket_mode_enabled"] is False


def test_commands_and_events_are_those_of_the_listeners() -> None:
    """Nothing is heard that is not subscribed, nothing subscribed that is not heard."""
    manifest = yaml.safe_load((ROOT / "manifest.yml").read_text(encoding="utf-8"))
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "bot/slack/listeners").glob("*.py"))
    assert manifest["_metadata"]["major_version"] == 2
    assert [one["command"] for one in manifest["features"]["slash_commands"]] == [words.COMMAND]
    assert set(manifest["settings"]["event_subscriptions"]["bot_events"]) == set(
        re.findall(r'app\.event\("(\w+)"\)', code)
    )


def test_every_scope_has_a_reason() -> None:
    """An administrator reads why before they agree."""
    text = (ROOT / "manifest.yml").read_text(encoding="utf-8")
    for scope in yaml.safe_load(text)["oauth_config"]["scopes"]["bot"]:
        assert re.search(rf"- {scope} # \w+", text)


def test_every_setting_is_in_the_readme() -> None:
    """With its name as it is typed."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in Environment.model_fields if f"`{name.upper()}`" not in readme] == []
