"""How Slack writes what a person typed: escaped, and with mentions as ids."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.sandbox.slack.workspace import Workspace

_PEOPLE = re.compile(r"(?<!\S)@([a-z0-9._-]+)")
_CHANNELS = re.compile(r"(?<!\S)#([a-z0-9_-]+)")


def escaped(text: str) -> str:
    """The three characters that Slack escapes (docs.slack.dev/messaging/formatting-message-text)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def with_ids(text: str, workspace: Workspace) -> str:
    """Text of a slash command with `should_escape`: known @names and #channels become `<@U…|name>` and `<#C…|name>`."""
    people = {user["name"]: user["id"] for user in workspace.users.values()}
    rooms = {one["name"]: one["id"] for one in workspace.channels.values() if not one["is_private"]}

    def person(match: re.Match[str]) -> str:
        return f"<@{people[match[1]]}|{match[1]}>" if match[1] in people else match[0]

    def room(match: re.Match[str]) -> str:
        return f"<#{rooms[match[1]]}|{match[1]}>" if match[1] in rooms else match[0]

    return _CHANNELS.sub(room, _PEOPLE.sub(person, escaped(text)))
