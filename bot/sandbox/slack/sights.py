"""What people see in their clients."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from bot.sandbox.errors import SandboxRefusal

if TYPE_CHECKING:
    from bot.sandbox.slack.world import World


class Sights:
    """What somebody sees; everything handed out is a copy."""

    def __init__(self, world: World) -> None:
        self._world = world

    def messages(self, channel: str, *, as_user: str | None = None) -> list[dict[str, Any]]:
        """What stands in a channel, oldest first; with `as_user` also what only they see (`is_ephemeral`).

        Raises:
            SandboxRefusal: that person is not in the channel.
        """
        self._let_in(channel, as_user)
        return self._world.messages.top_level(channel, as_user)

    def thread(self, channel: str, ts: str, *, as_user: str | None = None) -> list[dict[str, Any]]:
        """The replies to a message, oldest first.

        Raises:
            SandboxRefusal: that person is not in the channel.
        """
        self._let_in(channel, as_user)
        return self._world.messages.replies(channel, ts, as_user)

    def modals(self, user: str) -> list[dict[str, Any]]:
        """The views open before a person, the top one last; `state.values` holds what was typed so far."""
        return copy.deepcopy(self._world.views.stacks.get(user, []))

    def home(self, user: str) -> dict[str, Any] | None:
        """A person's home tab, None while the app has published nothing for them."""
        return copy.deepcopy(self._world.views.homes.get(user))

    def channels_of(self, user: str) -> list[dict[str, Any]]:
        """The conversations a person is in, the direct message with the app among them once there is one."""
        return [copy.deepcopy(one) for one in self._world.workspace.channels.values() if user in one["members"]]

    def file(self, file_id: str) -> tuple[dict[str, Any], bytes]:
        """A shared file's object and bytes.

        Raises:
            SandboxRefusal: there is no such file.
        """
        file = self._world.files.get(file_id)
        if file is None or file.content is None or not file.shared:
            raise SandboxRefusal(f"There is no file {file_id}.")
        return copy.deepcopy(file.facts), file.content

    def _let_in(self, channel: str, user: str | None) -> None:
        if channel not in self._world.workspace.channels:
            raise SandboxRefusal(f"There is no conversation {channel}.")
        if user is not None and not self._world.workspace.is_member(user, channel):
            raise SandboxRefusal(f"{user} is not in {channel}.")
