"""What people do around the app: write, delete, archive, invite, deactivate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.errors import SandboxRefusal
from bot.sandbox.slack import interactions
from bot.sandbox.slack.envelope import EVENTS
from bot.sandbox.slack.escaping import escaped

if TYPE_CHECKING:
    from bot.sandbox.slack.courier import Courier
    from bot.sandbox.slack.delivery import Delivery
    from bot.sandbox.slack.world import World

_MESSAGE_EVENTS = {"im": "message.im", "group": "message.groups", "channel": "message.channels"}


class Admin:
    """The workspace's own life, as far as the app meets it."""

    def __init__(self, world: World, courier: Courier) -> None:
        self._world = world
        self._courier = courier

    async def write(self, user: str, *, channel: str, text: str, thread_ts: str | None = None) -> str:
        """A person's own message; its ts. The app hears of it only if it subscribed to such messages.

        Raises:
            SandboxRefusal: they are not in the channel, it is archived, the text is empty, or there is no such thread.
        """
        room = self._world.workspace.member(user, channel)
        if room["is_archived"]:
            raise SandboxRefusal(f"#{room['name']} is archived.")
        if not text.strip():
            raise SandboxRefusal("There is nothing to send.")
        if thread_ts and self._world.messages.get(channel, thread_ts) is None:
            raise SandboxRefusal("That message is gone.")
        message = {"type": "message", "user": user, "text": escaped(text), "team": self._world.workspace.team_id}
        posted = self._world.messages.add(channel, message | ({"thread_ts": thread_ts} if thread_ts else {}))
        await self._announce(room, posted)
        return str(posted["ts"])

    async def delete_message(self, *, channel: str, ts: str) -> None:
        """An admin deletes a message; with replies it leaves a tombstone.

        Raises:
            SandboxRefusal: there is no such message.
        """
        if not self._world.messages.delete(channel, ts):
            raise SandboxRefusal("That message is gone.")

    async def archive(self, channel: str) -> None:
        """Archive a channel: nobody can post there any more."""
        self._room(channel)["is_archived"] = True
        self._world.changes.publish("channel", channel=channel)

    async def unarchive(self, channel: str) -> None:
        """Bring an archived channel back."""
        self._room(channel)["is_archived"] = False
        self._world.changes.publish("channel", channel=channel)

    async def kick_bot(self, channel: str) -> None:
        """Remove the app's bot from a channel."""
        await self.remove_member(self._world.workspace.app.bot_user_id, channel=channel)

    async def invite_bot(self, channel: str) -> None:
        """Invite the app's bot to a channel."""
        await self.add_member(self._world.workspace.app.bot_user_id, channel=channel)

    async def add_member(self, user: str, *, channel: str) -> None:
        """Put somebody in a channel."""
        members = self._room(channel)["members"]
        if user not in members:
            members.append(user)
        self._world.changes.publish("channel", channel=channel)

    async def remove_member(self, user: str, *, channel: str) -> None:
        """Take somebody out of a channel."""
        members = self._room(channel)["members"]
        if user in members:
            members.remove(user)
        self._world.changes.publish("channel", channel=channel)

    async def deactivate(self, user: str) -> None:
        """Deactivate somebody's account: they lose their channels and cannot act any more."""
        self._user(user)["deleted"] = True
        for channel in self._world.workspace.channels.values():
            if user in channel["members"] and not channel["is_im"]:
                channel["members"].remove(user)
        self._world.changes.publish("people", user=user)

    async def reactivate(self, user: str) -> None:
        """Give somebody their account back; channels they must join again."""
        self._user(user)["deleted"] = False
        self._world.changes.publish("people", user=user)

    async def emit(self, event: dict[str, Any]) -> Delivery:
        """Send an Events API event (its inner part) to the app, subscribed or not."""
        return await self._courier.deliver(EVENTS, interactions.event(self._world, event))

    async def verify_url(self) -> Delivery:
        """The handshake of HTTP delivery; `acked` only if the app gave the challenge back.

        Raises:
            SandboxRefusal: Socket Mode is on, which has no such handshake.
        """
        if self._courier.url is None:
            raise SandboxRefusal("Socket Mode has no request URL to verify.")
        return await self._courier.handshake()

    async def _announce(self, room: dict[str, Any], message: dict[str, Any]) -> None:
        kind = "im" if room["is_im"] else "group" if room["is_private"] else "channel"
        workspace = self._world.workspace
        if _MESSAGE_EVENTS[kind] in workspace.app.subscriptions and workspace.bot_in(room["id"]):
            inner = {**message, "channel": room["id"], "channel_type": kind, "event_ts": message["ts"]}
            await self.emit(inner)

    def _room(self, channel: str) -> dict[str, Any]:
        found = self._world.workspace.channels.get(channel)
        if found is None:
            raise SandboxRefusal(f"There is no conversation {channel}.")
        return found

    def _user(self, user: str) -> dict[str, Any]:
        found = self._world.workspace.users.get(user)
        if found is None:
            raise SandboxRefusal(f"There is nobody called {user}.")
        return found
