"""Who and what a workspace holds: its app, people, groups and channels."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.errors import SandboxRefusal

DEFAULT_SCOPES = frozenset(
    {"chat:write", "commands", "users:read", "channels:read", "groups:read", "usergroups:read", "files:write"}
)
DEFAULT_SUBSCRIPTIONS = frozenset({"app_home_opened", "app_uninstalled", "tokens_revoked", "channel_id_changed"})


@dataclass
class App:
    """The installed app, as its manifest made it."""

    app_id: str
    name: str
    bot_id: str
    bot_user_id: str
    bot_token: str
    app_token: str
    signing_secret: str
    verification_token: str
    scopes: set[str] = field(default_factory=lambda: set(DEFAULT_SCOPES))
    commands: set[str] = field(default_factory=lambda: {"/secmaster"})
    subscriptions: set[str] = field(default_factory=lambda: set(DEFAULT_SUBSCRIPTIONS))
    should_escape: bool = True
    socket_mode: bool = True


@dataclass
class Workspace:
    """Users are Slack's user objects by id, channels its conversation objects plus `members`, groups its subteams."""

    team: dict[str, Any]
    app: App
    users: dict[str, dict[str, Any]]
    groups: dict[str, dict[str, Any]]
    channels: dict[str, dict[str, Any]]

    @property
    def team_id(self) -> str:
        """The workspace's own id."""
        return str(self.team["id"])

    def is_member(self, user: str, channel: str) -> bool:
        """Whether `user` is in `channel`."""
        return channel in self.channels and user in self.channels[channel]["members"]

    def bot_in(self, channel: str) -> bool:
        """Whether the app's bot user is in `channel`."""
        return self.is_member(self.app.bot_user_id, channel)

    def is_external(self, user: str) -> bool:
        """Whether that person's home is another workspace."""
        return bool(self.users[user]["team_id"] != self.team_id)

    def person(self, user: str) -> dict[str, Any]:
        """Somebody who can act in a client.

        Raises:
            SandboxRefusal: unknown, deactivated, or no person at all.
        """
        found = self.users.get(user)
        if found is None:
            raise SandboxRefusal(f"There is nobody called {user}.")
        if found["deleted"]:
            raise SandboxRefusal(f"{found['real_name']}'s account is deactivated.")
        if found["is_bot"] or user == "USLACKBOT":
            raise SandboxRefusal(f"{found['real_name']} is a bot.")
        return found

    def member(self, user: str, channel: str) -> dict[str, Any]:
        """The channel, for a person who is in it.

        Raises:
            SandboxRefusal: no such person or channel, or they are not in it.
        """
        person = self.person(user)
        found = self.channels.get(channel)
        if found is None or not self.is_member(user, channel):
            name = f"#{found['name']}" if found and not found["is_private"] else "that channel"
            raise SandboxRefusal(f"{person['real_name']} is not in {name}.")
        return found

    def direct_message(self, user: str, now: float) -> dict[str, Any]:
        """The bot's direct message with `user`, opened when there is none yet."""
        dm_id = f"D{user[1:]}"
        if dm_id not in self.channels:
            self.channels[dm_id] = _direct_message(dm_id, user, self.app.bot_user_id, now)
        return self.channels[dm_id]


def _direct_message(dm_id: str, user: str, bot_user: str, now: float) -> dict[str, Any]:
    return {
        "id": dm_id, "created": int(now), "is_im": True, "is_channel": False, "is_group": False, "is_mpim": False,
        "is_private": True, "is_archived": False, "is_org_shared": False, "is_shared": False, "is_ext_shared": False,
        "user": user, "is_user_deleted": False, "priority": 0, "name": "directmessage", "members": [user, bot_user],
    }  # fmt: skip
