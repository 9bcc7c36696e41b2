"""What was said where: messages, threads, and what only one person sees."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.sandbox.changes import Changes

Message = dict[str, Any]


class Messages:
    """The conversations' contents, by channel and ts, oldest first."""

    def __init__(self, clock: Callable[[], float], changes: Changes) -> None:
        self._clock = clock
        self._changes = changes
        self._channels: dict[str, dict[str, Message]] = {}
        self._ephemerals: dict[str, dict[str, Message]] = {}
        self._last_ts = 0.0

    def next_ts(self) -> str:
        """A timestamp of now that nothing in the workspace carries yet."""
        self._last_ts = max(self._clock(), self._last_ts + 0.0001)
        return f"{self._last_ts:.6f}"

    def add(self, channel: str, message: Message) -> Message:
        """Post `message` (its ts is given here); a reply is counted at its parent."""
        posted = {**message, "ts": self.next_ts()}
        parent = self.get(channel, posted.get("thread_ts", ""))
        if "thread_ts" in posted and parent:
            posted["parent_user_id"] = parent["user"]
        self._channels.setdefault(channel, {})[posted["ts"]] = posted
        if parent:
            self._count_replies(channel, parent)
        self._changes.publish("message", channel=channel, ts=posted["ts"], change="posted")
        return posted

    def add_ephemeral(self, channel: str, user: str, message: Message) -> Message:
        """Show `message` to `user` alone."""
        shown = {**message, "ts": self.next_ts(), "is_ephemeral": True, "shown_to": user}
        self._ephemerals.setdefault(channel, {})[shown["ts"]] = shown
        self._changes.publish("ephemeral", channel=channel, user=user, ts=shown["ts"], change="posted")
        return shown

    def change(self, channel: str, ts: str, facts: Message) -> Message | None:
        """Set and (where a fact is None) remove fields of a message or ephemeral; None when there is none."""
        message = self.get(channel, ts) or self.ephemeral(channel, ts)
        if message is None:
            return None
        message.update(facts)
        for key in [key for key, value in facts.items() if value is None]:
            del message[key]
        self._tell(channel, message, "changed")
        return message

    def delete(self, channel: str, ts: str) -> bool:
        """Delete a message or ephemeral; a parent with replies leaves a tombstone, as in Slack."""
        message = self.get(channel, ts) or self.ephemeral(channel, ts)
        if message is None:
            return False
        if message.get("reply_count"):
            self._bury(message)
        else:
            self._forget(channel, message)
        self._tell(channel, message, "deleted")
        return True

    def get(self, channel: str, ts: str) -> Message | None:
        """The live message itself; no ephemeral."""
        return self._channels.get(channel, {}).get(ts)

    def ephemeral(self, channel: str, ts: str) -> Message | None:
        """The live ephemeral itself."""
        return self._ephemerals.get(channel, {}).get(ts)

    def top_level(self, channel: str, as_user: str | None = None) -> list[Message]:
        """Copies of what stands in the channel, with `as_user`'s ephemerals."""
        shown = [message for message in self._channels.get(channel, {}).values() if _stands_in_channel(message)]
        shown += [one for one in self._own_ephemerals(channel, as_user) if "thread_ts" not in one]
        return _copies(shown)

    def replies(self, channel: str, ts: str, as_user: str | None = None) -> list[Message]:
        """Copies of the replies to `ts`, with `as_user`'s ephemerals if the thread is active."""
        live = self._replies(channel, ts)
        own = [one for one in self._own_ephemerals(channel, as_user) if one.get("thread_ts") == ts]
        # Slack shows an ephemeral in a thread only when the thread already has a reply (chat.postEphemeral page).
        return _copies(live + own if live else live)

    def _replies(self, channel: str, ts: str) -> list[Message]:
        everything = self._channels.get(channel, {}).values()
        return [message for message in everything if message.get("thread_ts") == ts and message["ts"] != ts]

    def _own_ephemerals(self, channel: str, user: str | None) -> list[Message]:
        return [one for one in self._ephemerals.get(channel, {}).values() if one["shown_to"] == user]

    def _count_replies(self, channel: str, parent: Message) -> None:
        replies = self._replies(channel, parent["ts"])
        for key in ("thread_ts", "reply_count", "reply_users", "reply_users_count", "latest_reply"):
            parent.pop(key, None)
        if not replies:
            return
        users = list(dict.fromkeys(reply["user"] for reply in replies))
        parent |= {
            "thread_ts": parent["ts"], "reply_count": len(replies), "reply_users": users,
            "reply_users_count": len(users), "latest_reply": replies[-1]["ts"],
        }  # fmt: skip

    def _bury(self, message: Message) -> None:
        for key in ("blocks", "attachments", "metadata", "files", "reactions", "bot_id", "app_id", "bot_profile"):
            message.pop(key, None)
        message.update(subtype="tombstone", text="This message was deleted.", user="USLACKBOT", hidden=True)

    def _forget(self, channel: str, message: Message) -> None:
        store = self._ephemerals if message.get("is_ephemeral") else self._channels
        del store[channel][message["ts"]]
        parent = self.get(channel, message.get("thread_ts", ""))
        if parent:
            self._count_replies(channel, parent)

    def _tell(self, channel: str, message: Message, change: str) -> None:
        if message.get("is_ephemeral"):
            self._changes.publish(
                "ephemeral", channel=channel, user=message["shown_to"], ts=message["ts"], change=change
            )
        else:
            self._changes.publish("message", channel=channel, ts=message["ts"], change=change)


def _stands_in_channel(message: Message) -> bool:
    return message.get("thread_ts", message["ts"]) == message["ts"] or message.get("subtype") == "thread_broadcast"


def _copies(messages: list[Message]) -> list[Message]:
    return copy.deepcopy(sorted(messages, key=lambda message: float(message["ts"])))
