"""Who is who and who is where, as the API tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from slack_sdk.errors import SlackApiError

from tests.sandbox.slack.tiny_app import CHANNEL

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.sandbox.slack import SlackEmulator


async def test_users(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """Each kind of person carries the flags by which Slack tells them apart."""
    flags = {user["id"]: user for user in (await client.users_list())["members"]}
    assert flags.keys() == slack.users.keys()
    assert flags["U0GUEST000"]["is_restricted"]
    assert flags["U0GUEST000"]["is_ultra_restricted"]
    assert flags["U0GONE0000"]["deleted"]
    assert flags["U0BOT00000"]["is_bot"]
    assert not flags["USLACKBOT"]["is_bot"]
    assert flags["U0EXTERN00"]["team_id"] != slack.team_id
    assert flags["U0EXTERN00"]["is_stranger"] is False
    assert not any("locale" in user or "email" in user["profile"] for user in flags.values())


async def test_locale_on_request(client: AsyncWebClient) -> None:
    """The locale comes only when asked for, and never for externals."""
    lin = await client.users_info(user="U0MEILIN00", include_locale=True)
    assert lin["user"]["locale"] == "zh-CN"
    sam = await client.users_info(user="U0EXTERN00", include_locale=True)
    assert "locale" not in sam["user"]
    with pytest.raises(SlackApiError, match="user_not_found"):
        await client.users_info(user="U0NOSUCH00")


async def test_groups(client: AsyncWebClient) -> None:
    """A group lists its members, the deactivated one too."""
    assert (await client.usergroups_users_list(usergroup="S0REVIEWRS"))["users"] == [
        "U0MEILIN00", "U0OMAR0000", "U0GONE0000",
    ]  # fmt: skip
    with pytest.raises(SlackApiError, match="no_such_subteam"):
        await client.usergroups_users_list(usergroup="S0NOSUCH00")
    (group,) = (await client.usergroups_list())["usergroups"]
    assert (group["handle"], "users" in group) == ("soc-reviewers", False)


async def test_channels(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """Private channels without the bot do not exist for it; shared ones say so; types need their scopes."""
    listed = (await client.conversations_list(types="public_channel,private_channel"))["channels"]
    assert {one["name"]: one["is_member"] for one in listed} == {
        "workflow-reviews": True, "soc-releases": True, "partner-desk": True, "general": False,
        "soc-shanghai": True,
    }  # fmt: skip
    assert (await client.conversations_info(channel="C0SHARED00"))["channel"]["is_ext_shared"] is True
    with pytest.raises(SlackApiError, match="channel_not_found"):
        await client.conversations_info(channel="C0PRIVATE0")
    await slack.invite_bot("C0PRIVATE0")
    assert (await client.conversations_info(channel="C0PRIVATE0"))["channel"]["is_private"] is True
    with pytest.raises(SlackApiError, match="missing_scope"):
        await client.conversations_list(types="im")
    with pytest.raises(SlackApiError, match="invalid_types"):
        await client.conversations_list(types="nonsense")


async def test_members_by_pages(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """The cursor leads through all members, externals too, and ends."""
    seen: list[str] = []
    async for page in await client.conversations_members(channel="C0SHARED00", limit=2):
        assert len(page["members"]) <= 2
        seen += page["members"]
    assert seen == slack.channels["C0SHARED00"]["members"]
    with pytest.raises(SlackApiError, match="invalid_cursor"):
        await client.conversations_members(channel=CHANNEL, cursor="nonsense")
    with pytest.raises(SlackApiError, match="invalid_limit"):
        await client.conversations_members(channel=CHANNEL, limit=1001)


async def test_history(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """With the scope, a bot reads the channels it is in, newest first, and threads parent first."""
    slack.workspace.app.scopes.add("channels:history")
    first = await slack.write("U0OMAR0000", channel=CHANNEL, text="first")
    await client.chat_postMessage(channel=CHANNEL, text="reply", thread_ts=first)
    await client.chat_postMessage(channel=CHANNEL, text="second")
    page = await client.conversations_history(channel=CHANNEL, limit=1)
    assert ([one["text"] for one in page["messages"]], page["has_more"]) == (["second"], True)
    thread = await client.conversations_replies(channel=CHANNEL, ts=first)
    assert [one["text"] for one in thread["messages"]] == ["first", "reply"]
    with pytest.raises(SlackApiError, match="thread_not_found"):
        await client.conversations_replies(channel=CHANNEL, ts="1.000000")
    with pytest.raises(SlackApiError, match="not_in_channel"):
        await client.conversations_history(channel="C0GENERAL0")


async def test_users_conversations(client: AsyncWebClient) -> None:
    """The bot's own channels."""
    listed = await client.users_conversations()
    assert {one["id"] for one in listed["channels"]} == {"C0REVIEWS0", "C0RELEASES", "C0SHARED00", "C0SHANGHAI"}


async def test_conversations_open(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """With im:write, a DM opens; nobody can be met who is deactivated or unknown."""
    slack.workspace.app.scopes.add("im:write")
    assert (await client.conversations_open(users="U0OMAR0000"))["channel"]["id"].startswith("D")
    for user, error in (("U0GONE0000", "user_disabled"), ("U0NOSUCH00", "user_not_found"), ("U0OTHERBOT", "cannot_dm")):
        with pytest.raises(SlackApiError, match=error):
            await client.conversations_open(users=user)


async def test_bots_info(client: AsyncWebClient) -> None:
    """A bot id leads to its app."""
    assert (await client.bots_info(bot="B0BOT00000"))["bot"]["app_id"] == "A0SECMASTR"
    with pytest.raises(SlackApiError, match="bot_not_found"):
        await client.bots_info(bot="B0NOSUCH00")
