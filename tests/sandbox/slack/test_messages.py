"""Posting, changing, deleting, and showing to one person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError

from tests.sandbox.slack.tiny_app import CHANNEL, actions, button

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.sandbox.slack import SlackEmulator

LIN, OMAR, GONE = "U0MEILIN00", "U0OMAR0000", "U0GONE0000"
RICH = [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "x"}]}]}]


@pytest.mark.parametrize(
    ("args", "error"),
    [
        ({"channel": "C0NOSUCH00", "text": "x"}, "channel_not_found"),
        ({"channel": "C0PRIVATE0", "text": "x"}, "channel_not_found"),
        ({"channel": "C0GENERAL0", "text": "x"}, "not_in_channel"),
        ({"channel": GONE, "text": "x"}, "channel_not_found"),
        ({"channel": CHANNEL}, "no_text"),
        ({"channel": CHANNEL, "text": "  "}, "no_text"),
        ({"channel": CHANNEL, "text": "x", "blocks": "{"}, "invalid_blocks_format"),
        ({"channel": CHANNEL, "text": "x", "blocks": [{"type": "nonsense"}]}, "invalid_blocks"),
        ({"channel": CHANNEL, "text": "x", "metadata": {"event_type": "x"}}, "invalid_metadata_format"),
        ({"channel": CHANNEL, "text": "x", "markdown_text": "y"}, "markdown_text_conflict"),
    ],
)
async def test_post_refused(slack: SlackEmulator, client: AsyncWebClient, args: dict[str, Any], error: str) -> None:
    """What Slack does not post is not posted here, with Slack's code."""
    with pytest.raises(SlackApiError) as refused:
        await client.api_call("chat.postMessage", json=args)
    assert refused.value.response["error"] == error
    assert slack.messages(CHANNEL) == []


async def test_invalid_blocks_say_where(client: AsyncWebClient) -> None:
    """invalid_blocks points at the place."""
    with pytest.raises(SlackApiError) as refused:
        await client.chat_postMessage(
            channel=CHANNEL, text="x", blocks=[{"type": "header", "text": {"type": "mrkdwn"}}]
        )
    (kind, *_) = refused.value.response["response_metadata"]["messages"]
    assert "[json-pointer:/blocks/0/text" in kind


async def test_post_and_what_everybody_sees(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """A message keeps its text as it came, gets a ts of its own, and blocks get ids."""
    first = await client.chat_postMessage(channel=CHANNEL, text="<!here> & *raw*")
    blocks = [{"type": "actions", "elements": [{"type": "button", "text": {"type": "plain_text", "text": "a"}}]}]
    second = await client.chat_postMessage(channel=CHANNEL, text="b", blocks=blocks)
    assert float(first["ts"]) < float(second["ts"])
    one, two = slack.messages(CHANNEL, as_user=LIN)
    assert one["text"] == "<!here> & *raw*"
    assert one["app_id"] == slack.app_id
    assert two["blocks"][0]["block_id"]
    assert two["blocks"][0]["elements"][0]["action_id"]
    assert slack.warnings == []


async def test_missing_text_is_a_warning(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """Blocks without a text are posted with Slack's warning, and the emulator remembers."""
    args = {"channel": CHANNEL, "blocks": [actions(button("a"))]}
    answer = await client.api_call("chat.postMessage", json=args)
    assert answer["warning"] == "missing_text_in_message"
    assert slack.warnings == ["chat.postMessage: missing_text_in_message"]


@pytest.mark.parametrize(
    ("args", "warning"),
    [
        ({"text": "x" * 4001}, "text_over_4000_characters"),
        ({"text": "x" * 40_001}, "message_truncated"),
        ({"text": "x", "blocks": [actions(button("a", style="primary"), button("b", style="primary"))]}, "two_primary"),
        ({"text": "x", "thread_ts": "1.000000"}, "no message"),
    ],
)
async def test_frowned_upon(slack: SlackEmulator, client: AsyncWebClient, args: dict[str, Any], warning: str) -> None:
    """What Slack takes but advises against is in `warnings`."""
    await client.chat_postMessage(channel=CHANNEL, **args)
    assert len(slack.warnings) == 1
    assert warning in slack.warnings[0]


async def test_text_is_cut_at_40000(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """A longer text loses its end."""
    await client.chat_postMessage(channel=CHANNEL, text="x" * 40_005)
    assert len(slack.messages(CHANNEL)[0]["text"]) == 40_000


async def test_a_direct_message_opens_by_user_id(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """Posting to a user id answers with the D channel, which then takes updates; the user id does not."""
    answer = await client.chat_postMessage(channel=OMAR, text="hello")
    dm = answer["channel"]
    assert dm.startswith("D")
    assert [one["text"] for one in slack.messages(dm, as_user=OMAR)] == ["hello"]
    assert dm in {one["id"] for one in slack.channels_of(OMAR)}
    assert dm not in {one["id"] for one in slack.channels_of(LIN)}
    await client.chat_update(channel=dm, ts=answer["ts"], text="changed")
    with pytest.raises(SlackApiError, match="channel_not_found"):
        await client.chat_update(channel=OMAR, ts=answer["ts"], text="changed")


async def test_an_external_person_is_written_to_only_when_met(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """The bot may DM somebody of another organisation while they share a channel."""
    assert (await client.chat_postMessage(channel="U0EXTERN00", text="x"))["ok"]
    await slack.kick_bot("C0SHARED00")
    with pytest.raises(SlackApiError, match="channel_not_found"):
        await client.chat_postMessage(channel="U0EXTERN00", text="x")


async def test_threads(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """Replies stand in the thread and are counted at the parent; a reply's ts leads to its parent, with a warning."""
    parent = (await client.chat_postMessage(channel=CHANNEL, text="parent"))["ts"]
    reply = (await client.chat_postMessage(channel=CHANNEL, text="reply", thread_ts=parent))["ts"]
    assert slack.warnings == []
    await client.chat_postMessage(channel=CHANNEL, text="stray", thread_ts=reply)
    assert "is a reply" in slack.warnings[0]
    assert [one["text"] for one in slack.thread(CHANNEL, parent)] == ["reply", "stray"]
    (top,) = slack.messages(CHANNEL)
    assert top["reply_count"] == 2
    assert top["reply_users"] == [slack.bot_user_id]
    broadcast = await client.chat_postMessage(channel=CHANNEL, text="b", thread_ts=parent, reply_broadcast=True)
    assert [one["ts"] for one in slack.messages(CHANNEL)] == [parent, broadcast["ts"]]


async def test_update(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """Text alone removes the blocks; metadata stays when it is left out."""
    metadata = {"event_type": "review", "event_payload": {"id": "1"}}
    blocks = [actions(button("a"))]
    ts = (await client.chat_postMessage(channel=CHANNEL, text="a", blocks=blocks, metadata=metadata))["ts"]
    await client.chat_update(channel=CHANNEL, ts=ts, text="b", blocks=[actions(button("c"))])
    (message,) = slack.messages(CHANNEL)
    assert message["blocks"][0]["elements"][0]["action_id"] == "c"
    assert "edited" not in message
    await client.chat_update(channel=CHANNEL, ts=ts, text="c")
    (message,) = slack.messages(CHANNEL)
    assert "blocks" not in message
    assert message["metadata"] == metadata
    assert message["edited"]["user"] == slack.bot_user_id


async def test_update_refused(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """Unknown and foreign messages, too long a text, archived channels and lost membership each have their code."""
    ts = (await client.chat_postMessage(channel=CHANNEL, text="mine"))["ts"]
    foreign = await slack.write(LIN, channel=CHANNEL, text="hers")
    rich = (await client.chat_postMessage(channel=CHANNEL, text="rich", blocks=RICH))["ts"]
    await _refused(client, "message_not_found", ts="1.000000", text="x")
    await _refused(client, "cant_update_message", ts=foreign, text="x")
    await _refused(client, "msg_too_long", ts=ts, text="x" * 4001)
    await _refused(client, "no_text", ts=ts)
    await _refused(client, "block_mismatch", ts=rich, text="x", blocks=[{"type": "divider"}])
    await slack.archive(CHANNEL)
    await _refused(client, "is_inactive", ts=ts, text="x")
    with pytest.raises(SlackApiError, match="is_archived"):
        await client.chat_postMessage(channel=CHANNEL, text="x")
    await slack.unarchive(CHANNEL)
    await slack.kick_bot(CHANNEL)
    await _refused(client, "not_in_channel", ts=ts, text="x")
    await slack.invite_bot(CHANNEL)
    assert (await client.chat_update(channel=CHANNEL, ts=ts, text="x"))["text"] == "x"


async def _refused(client: AsyncWebClient, error: str, **args: Any) -> None:
    with pytest.raises(SlackApiError) as refused:
        await client.api_call("chat.update", json={"channel": CHANNEL, **args})
    assert refused.value.response["error"] == error


async def test_delete(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """Own messages go; with replies they leave a tombstone that cannot be updated; others' are not ours."""
    ts = (await client.chat_postMessage(channel=CHANNEL, text="parent"))["ts"]
    await client.chat_postMessage(channel=CHANNEL, text="reply", thread_ts=ts)
    await client.chat_delete(channel=CHANNEL, ts=ts)
    (left,) = slack.messages(CHANNEL)
    assert left["subtype"] == "tombstone"
    await _refused(client, "message_not_found", ts=ts, text="x")
    alone = (await client.chat_postMessage(channel=CHANNEL, text="alone"))["ts"]
    await slack.delete_message(channel=CHANNEL, ts=alone)
    with pytest.raises(SlackApiError, match="message_not_found"):
        await client.chat_delete(channel=CHANNEL, ts=alone)
    foreign = await slack.write(LIN, channel=CHANNEL, text="hers")
    with pytest.raises(SlackApiError, match="cant_delete_message"):
        await client.chat_delete(channel=CHANNEL, ts=foreign)


async def test_ephemeral(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """Only for somebody in the channel, only seen by them, never updated."""
    answer = await client.chat_postEphemeral(channel=CHANNEL, user=OMAR, text="psst")
    assert [one["text"] for one in slack.messages(CHANNEL, as_user=OMAR)] == ["psst"]
    assert slack.messages(CHANNEL, as_user=LIN) == slack.messages(CHANNEL) == []
    await _refused(client, "message_not_found", ts=answer["message_ts"], text="x")
    for stranger in (GONE, "U0EXTERN00", "U0NOSUCH00"):
        with pytest.raises(SlackApiError, match="user_not_in_channel"):
            await client.chat_postEphemeral(channel=CHANNEL, user=stranger, text="psst")


async def test_ephemeral_in_a_thread_needs_an_active_thread(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """Slack does not show an ephemeral in a thread without replies: neither do we, and we warn."""
    parent = (await client.chat_postMessage(channel=CHANNEL, text="parent"))["ts"]
    await client.chat_postEphemeral(channel=CHANNEL, user=OMAR, text="lost", thread_ts=parent)
    assert slack.thread(CHANNEL, parent, as_user=OMAR) == []
    assert slack.warnings == ["chat.postEphemeral: ephemeral_in_inactive_thread"]
    await client.chat_postMessage(channel=CHANNEL, text="reply", thread_ts=parent)
    await client.chat_postEphemeral(channel=CHANNEL, user=OMAR, text="seen", thread_ts=parent)
    assert "seen" in [one["text"] for one in slack.thread(CHANNEL, parent, as_user=OMAR)]
    assert "seen" not in [one["text"] for one in slack.thread(CHANNEL, parent, as_user=LIN)]


async def test_permalink(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """A reply's address names its thread."""
    parent = (await client.chat_postMessage(channel=CHANNEL, text="parent"))["ts"]
    reply = (await client.chat_postMessage(channel=CHANNEL, text="reply", thread_ts=parent))["ts"]
    link = (await client.chat_getPermalink(channel=CHANNEL, message_ts=reply))["permalink"]
    assert link == f"{slack.url}/archives/{CHANNEL}/p{reply.replace('.', '')}?thread_ts={parent}&cid={CHANNEL}"
    with pytest.raises(SlackApiError, match="message_not_found"):
        await client.chat_getPermalink(channel=CHANNEL, message_ts="1.000000")


async def test_files(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """files_upload_v2 of the official client shares a file in a thread; its bytes can be read back."""
    parent = (await client.chat_postMessage(channel=CHANNEL, text="parent"))["ts"]
    await client.files_upload_v2(
        channel=CHANNEL, thread_ts=parent, content="长意见", filename="opinion.txt", title="Opinion"
    )
    (reply,) = slack.thread(CHANNEL, parent)
    (shared,) = reply["files"]
    assert shared["title"] == "Opinion"
    assert slack.file(shared["id"])[1].decode() == "长意见"
    with pytest.raises(SlackApiError, match="file_not_found"):
        await client.files_completeUploadExternal(files=[{"id": shared["id"]}], channel_id=CHANNEL)
    with pytest.raises(SlackApiError, match="missing_argument"):
        await client.files_getUploadURLExternal(filename="x", length=0)


async def test_an_upload_is_what_was_announced(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """Other bytes than announced are refused, an upload URL takes one file, and only the bot's token reads it."""
    room = await client.files_getUploadURLExternal(filename="a.txt", length=3)
    async with aiohttp.ClientSession(trust_env=False) as session:
        for content, status in ((b"four", 400), (b"abc", 200), (b"abc", 404)):
            async with session.post(room["upload_url"], data=content) as response:
                assert response.status == status
        await client.files_completeUploadExternal(files=[{"id": room["file_id"]}], channel_id=CHANNEL)
        address = slack.messages(CHANNEL)[0]["files"][0]["url_private"]
        for token, status in (("", 403), (slack.bot_token, 200)):
            async with session.get(address, headers={"Authorization": f"Bearer {token}"}) as response:
                assert response.status == status


async def test_reactions(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """A reaction is added once."""
    slack.workspace.app.scopes.add("reactions:write")
    ts = (await client.chat_postMessage(channel=CHANNEL, text="parent"))["ts"]
    await client.reactions_add(channel=CHANNEL, timestamp=ts, name="eyes")
    assert slack.messages(CHANNEL)[0]["reactions"] == [{"name": "eyes", "users": [slack.bot_user_id], "count": 1}]
    with pytest.raises(SlackApiError, match="already_reacted"):
        await client.reactions_add(channel=CHANNEL, timestamp=ts, name="eyes")
