"""What people do around the app, and who sees what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.sandbox.errors import SandboxRefusal, SandboxTimeout
from tests.sandbox.slack.tiny_app import CHANNEL

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.sandbox.slack import SlackEmulator

LIN, OMAR, GUEST = "U0MEILIN00", "U0OMAR0000", "U0GUEST000"


async def test_writing(slack: SlackEmulator) -> None:
    """A person's words are escaped as Slack does; the app hears of them only if it subscribed."""
    ts = await slack.write(LIN, channel=CHANNEL, text="a < b & <!here>")
    assert slack.messages(CHANNEL)[0]["text"] == "a &lt; b &amp; &lt;!here&gt;"
    assert slack.traffic.of("message") == []
    slack.workspace.app.subscriptions.add("message.channels")
    await slack.write(OMAR, channel=CHANNEL, text="reply", thread_ts=ts)
    (entry,) = slack.traffic.of("message")
    event = entry.request["payload"]["event"]
    assert (event["channel_type"], event["user"], event["thread_ts"]) == ("channel", OMAR, ts)


async def test_what_cannot_be_written(slack: SlackEmulator) -> None:
    """Nothing, in a thread that is gone, where one is not, or where all is archived."""
    for channel, text, thread_ts, why in (
        (CHANNEL, " ", None, "nothing to send"),
        (CHANNEL, "x", "1.000000", "gone"),
        ("C0PRIVATE0", "x", None, "not in that channel"),
        ("C0GENERAL0", "x", None, "not in #general"),
    ):
        with pytest.raises(SandboxRefusal, match=why):
            await slack.write(GUEST, channel=channel, text=text, thread_ts=thread_ts)
    await slack.archive(CHANNEL)
    with pytest.raises(SandboxRefusal, match="archived"):
        await slack.write(LIN, channel=CHANNEL, text="x")


async def test_nobody_looks_into_a_channel_they_are_not_in(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """Messages and threads are for members, a direct message for its two; joining opens the door."""
    await slack.write(LIN, channel="C0PRIVATE0", text="secret")
    for look in (slack.messages, lambda channel, as_user: slack.thread(channel, "1.0", as_user=as_user)):
        with pytest.raises(SandboxRefusal):
            look("C0PRIVATE0", as_user=GUEST)
    await slack.add_member(GUEST, channel="C0PRIVATE0")
    assert len(slack.messages("C0PRIVATE0", as_user=GUEST)) == 1
    dm = (await client.chat_postMessage(channel=OMAR, text="x"))["channel"]
    with pytest.raises(SandboxRefusal):
        slack.messages(dm, as_user=LIN)
    with pytest.raises(SandboxRefusal, match="no conversation"):
        slack.messages("C0NOSUCH00")


async def test_deactivated_and_back(slack: SlackEmulator) -> None:
    """A deactivated person leaves all channels; a reactivated one must join again."""
    await slack.deactivate(OMAR)
    assert OMAR not in slack.channels[CHANNEL]["members"]
    await slack.reactivate(OMAR)
    assert slack.channels_of(OMAR) == []
    await slack.add_member(OMAR, channel=CHANNEL)
    assert await slack.write(OMAR, channel=CHANNEL, text="back")


async def test_what_is_handed_out_is_a_copy(slack: SlackEmulator) -> None:
    """Changing what was seen changes nothing."""
    await slack.write(LIN, channel=CHANNEL, text="mine")
    slack.messages(CHANNEL)[0]["text"] = "forged"
    slack.channels_of(LIN)[0]["members"].clear()
    assert slack.messages(CHANNEL)[0]["text"] == "mine"
    assert slack.channels[CHANNEL]["members"]


async def test_what_does_not_exist(slack: SlackEmulator) -> None:
    """Each act on nothing is a refusal."""
    for act in (
        slack.delete_message(channel=CHANNEL, ts="1.000000"),
        slack.archive("C0NOSUCH00"),
        slack.deactivate("U0NOSUCH00"),
        slack.add_member(LIN, channel="C0NOSUCH00"),
    ):
        with pytest.raises(SandboxRefusal):
            await act
    with pytest.raises(SandboxRefusal):
        slack.file("F0NOSUCH00")


async def test_changes_say_what_and_where(slack: SlackEmulator, client: AsyncWebClient) -> None:
    """The page hears of every message, ephemeral, channel and person that changes."""
    async with slack.changes.subscribe() as queue:
        ts = await slack.write(LIN, channel=CHANNEL, text="x")
        await client.chat_postEphemeral(channel=CHANNEL, user=OMAR, text="x")
        await client.views_publish(user_id=LIN, view={"type": "home", "blocks": []})
        await slack.archive(CHANNEL)
        await slack.deactivate(OMAR)
        seen = [queue.get_nowait() for _ in range(queue.qsize())]
    assert {"kind": "message", "channel": CHANNEL, "ts": ts, "change": "posted"} in seen
    assert {"kind": "home", "user": LIN} in seen
    assert {"kind": "channel", "channel": CHANNEL} in seen
    assert {"kind": "people", "user": OMAR} in seen
    assert any(one["kind"] == "ephemeral" and one["user"] == OMAR for one in seen)


async def test_until_gives_up(slack: SlackEmulator) -> None:
    """What never happens is a SandboxTimeout."""
    with pytest.raises(SandboxTimeout, match="a miracle"):
        await slack.until(lambda: False, timeout=0.01, what="a miracle")
