"""Who may call what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError

from tests.sandbox.slack.tiny_app import web_client

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.sandbox.slack import SlackEmulator

BOT, APP = "bot", "app"


async def call(slack: SlackEmulator, method: str, token: str = "", **args: Any) -> dict[str, Any]:
    """A bare form call, as curl would make it; the answer."""
    async with aiohttp.ClientSession(trust_env=False) as session:
        data = {"token": token, **args} if token else args
        async with session.post(slack.api_url + method, data=data) as response:
            return dict(await response.json())


@pytest.mark.parametrize(
    ("method", "token", "error"),
    [
        ("auth.test", "", "not_authed"),
        ("auth.test", "xoxb-wrong", "invalid_auth"),
        ("auth.test", APP, "not_allowed_token_type"),
        ("chat.postMessage", APP, "not_allowed_token_type"),
        ("apps.connections.open", BOT, "not_allowed_token_type"),
        ("apps.connections.open", "xapp-wrong", "invalid_auth"),
        ("chat.postMesage", BOT, "unknown_method"),
        ("users.lookupByEmail", BOT, "missing_scope"),
        ("conversations.open", BOT, "missing_scope"),
        ("conversations.history", BOT, "missing_scope"),
        ("team.info", BOT, "missing_scope"),
        ("reactions.add", BOT, "missing_scope"),
    ],
)
async def test_refused(slack: SlackEmulator, method: str, token: str, error: str) -> None:
    """Wrong tokens, unknown methods and missing scopes get Slack's own codes."""
    tokens = {BOT: slack.bot_token, APP: slack.app_token}
    answer = await call(slack, method, tokens.get(token, token), channel="C0REVIEWS0")
    assert answer["ok"] is False
    assert answer["error"] == error


async def test_missing_scope_names_both(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """missing_scope says what is needed and what there is; granting it helps."""
    with pytest.raises(SlackApiError) as refused:
        await client.team_info()
    assert refused.value.response["needed"] == "team:read"
    assert "chat:write" in refused.value.response["provided"]
    slack.workspace.app.scopes.add("team:read")
    assert (await client.team_info())["team"]["name"] == "Harbour SOC"


async def test_every_scope_of_ours_is_needed_by_something(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """Without any scope, posting, reading people, channels and groups, and uploading are all refused."""
    slack.workspace.app.scopes.clear()
    calls = [
        client.chat_postMessage(channel="C0REVIEWS0", text="x"),
        client.users_info(user="U0OMAR0000"),
        client.conversations_info(channel="C0REVIEWS0"),
        client.usergroups_users_list(usergroup="S0REVIEWRS"),
        client.files_getUploadURLExternal(filename="a.txt", length=1),
    ]
    for one in calls:
        with pytest.raises(SlackApiError, match="missing_scope"):
            await one


async def test_auth_test_shows_the_scopes(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """auth.test says who we are, and its header which scopes we have."""
    answer = await client.auth_test()
    assert answer["user_id"] == slack.bot_user_id
    assert answer["bot_id"] == "B0BOT00000"
    assert answer["team_id"] == slack.team_id
    assert set(answer.headers["x-oauth-scopes"].split(",")) == slack.workspace.app.scopes


async def test_api_test_needs_no_token(slack: SlackEmulator) -> None:
    """api.test echoes, and fails on request."""
    assert await call(slack, "api.test", foo="bar") == {"ok": True, "args": {"foo": "bar"}}
    assert (await call(slack, "api.test", error="my_error"))["error"] == "my_error"


@pytest.mark.parametrize(
    ("body", "content_type", "error"),
    [
        ("{", "application/json", "invalid_json"),
        ("[]", "application/json", "json_not_object"),
        ("x", "text/plain", "invalid_post_type"),
    ],
)
async def test_bodies(slack: SlackEmulator, body: str, content_type: str, error: str) -> None:
    """A body that is neither a form nor a JSON object is refused."""
    headers = {"Authorization": f"Bearer {slack.bot_token}", "Content-Type": content_type}
    url = slack.api_url + "auth.test"
    async with (
        aiohttp.ClientSession(trust_env=False) as session,
        session.post(url, data=body, headers=headers) as response,
    ):
        assert (await response.json())["error"] == error


async def test_app_token_opens_a_connection(slack: SlackEmulator) -> None:
    """apps.connections.open answers a ws URL on the emulator's own host."""
    async with web_client(slack, slack.app_token) as client:
        answer = await client.apps_connections_open(app_token=slack.app_token)
    assert answer["url"].startswith(slack.url.replace("http://", "ws://"))


async def test_no_secret_reaches_the_traffic_log(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """Neither tokens nor tickets can be read in the inspector."""
    await client.auth_test()
    await call(slack, "auth.test", slack.bot_token)
    await call(slack, "apps.connections.open", slack.app_token)
    seen = repr(list(slack.traffic))
    assert len(slack.traffic) == 3
    assert slack.bot_token not in seen
    assert slack.app_token not in seen
    ticket = (await call(slack, "apps.connections.open", slack.app_token))["url"].split("ticket=")[1].split("&")[0]
    assert ticket not in repr(list(slack.traffic))


async def test_socket_mode_that_is_off_gives_no_address(slack: SlackEmulator) -> None:
    """Though the token is good."""
    slack.workspace.app.socket_mode = False
    assert (await call(slack, "apps.connections.open", slack.app_token))["error"] == "socket_mode_not_enabled"
