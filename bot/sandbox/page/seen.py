"""What one person may see of the workspace. What is not in here never reaches that person's browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.sandbox.page.reading import Readings
    from bot.sandbox.slack import SlackEmulator

NEWEST = 300
"""So many messages of a channel are shown; a sandbox seldom has more."""

MESSAGE_FIELDS = (
    "ts", "thread_ts", "user", "bot_id", "username", "subtype", "text", "mrkdwn", "blocks", "attachments", "files",
    "edited", "reply_count", "reactions",
)  # fmt: skip
VIEW_FIELDS = ("id", "type", "title", "submit", "close", "blocks", "callback_id", "state", "hash")


def seen_by(slack: SlackEmulator, person: str, readings: Readings) -> dict[str, Any]:
    """The people, channels with their messages, modals and home tab of `person`, as the page draws them."""
    channels = [_channel(slack, one, person, readings) for one in slack.channels_of(person)]
    modals = [_only(view, VIEW_FIELDS) for view in slack.modals(person)]
    home = slack.home(person)
    shown_home = _only(home, VIEW_FIELDS) if home else None
    return {
        "me": _me(slack.users[person]),
        "team": {"id": slack.team_id, "name": slack.workspace.team["name"], "url": slack.url},
        "app": _app(slack),
        "people": [*_people(slack, person)],
        "groups": [_group(one) for one in slack.groups.values()] if _is_full_member(slack, person) else [],
        "channels": sorted(channels, key=lambda one: (one["kind"] == "dm", one["name"])),
        "known_channels": [*_known_channels(slack, person)],
        "modals": modals,
        "home": shown_home,
        "files": _files(channels),
    }


def may_read_file(slack: SlackEmulator, person: str, file_id: str) -> bool:
    """Whether that file is shared in something that `person` sees: a message, a modal, the home tab."""
    rooms = [one["id"] for one in slack.channels_of(person)]
    messages = (message for room in rooms for message in _all_messages(slack, room, person))
    return any(file_id in _file_ids(one) for one in (*messages, *slack.modals(person), slack.home(person)))


def concerns(slack: SlackEmulator, person: str, change: dict[str, Any]) -> bool:
    """Whether a change is of something that `person` sees, so that not even its moment is told to others."""
    if change.get("user", person) != person:
        return False
    channel = change.get("channel")
    return channel is None or change["kind"] == "channel" or slack.workspace.is_member(person, channel)


def _me(user: dict[str, Any]) -> dict[str, Any]:
    # Somebody of another workspace has no locale here, as in Slack.
    return {"id": user["id"], "tz": user["tz"], "locale": user.get("locale", "en-US")}


def _app(slack: SlackEmulator) -> dict[str, Any]:
    app = slack.workspace.app
    return {
        "id": app.app_id,
        "name": app.name,
        "bot_user": app.bot_user_id,
        "connections": slack.connections,
        "over_http": slack.delivery_url is not None,
    }


def _people(slack: SlackEmulator, person: str) -> Iterator[dict[str, Any]]:
    known = {slack.bot_user_id, person}
    for one in slack.channels_of(person):
        known |= set(slack.channels[one["id"]]["members"])
    for user in slack.users.values():
        if user["id"] in known or _is_full_member(slack, person):
            yield _person(slack, user)


def _person(slack: SlackEmulator, user: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": user["id"],
        "display": user["profile"]["display_name"] or user["real_name"],
        "bot": user["is_bot"] or user["id"] == "USLACKBOT",
        "deleted": user["deleted"],
        "guest": user["is_restricted"],
        "external": slack.workspace.is_external(user["id"]),
    }


def _is_full_member(slack: SlackEmulator, person: str) -> bool:
    return not slack.users[person]["is_restricted"] and not slack.workspace.is_external(person)


def _group(group: dict[str, Any]) -> dict[str, Any]:
    return {"id": group["id"], "handle": group["handle"], "name": group["name"], "users": group["users"]}


def _known_channels(slack: SlackEmulator, person: str) -> Iterator[dict[str, Any]]:
    """Public channels, which every full member can find."""
    for channel in slack.channels.values():
        public = not channel["is_private"] and not channel["is_im"]
        if public and _is_full_member(slack, person):
            yield {"id": channel["id"], "name": channel["name"], "kind": _kind(channel)}


def _kind(channel: dict[str, Any]) -> str:
    if channel["is_im"]:
        return "dm"
    if channel["is_ext_shared"]:
        return "shared"
    return "private" if channel["is_private"] else "public"


def _channel(slack: SlackEmulator, channel: dict[str, Any], person: str, readings: Readings) -> dict[str, Any]:
    room = channel["id"]
    members = slack.channels[room]["members"]
    messages = [_message(slack, room, one, person) for one in slack.messages(room, as_user=person)[-NEWEST:]]
    kind = _kind(channel)
    return {
        "id": room,
        "name": slack.workspace.app.name if kind == "dm" else channel["name"],
        "kind": kind,
        "with": slack.bot_user_id if kind == "dm" else None,
        "member_count": len(members),
        "bot_is_member": slack.bot_user_id in members,
        "archived": channel["is_archived"],
        "unread": readings.unread(person, room, messages),
        "read": readings.mark(person, room),
        "messages": messages,
    }


def _message(slack: SlackEmulator, room: str, message: dict[str, Any], person: str) -> dict[str, Any]:
    shown = _only(message, MESSAGE_FIELDS)
    shown["ephemeral"] = message.get("is_ephemeral", False)
    replies = slack.thread(room, message["ts"], as_user=person) if message.get("reply_count") else []
    shown["replies"] = [
        _only(one, MESSAGE_FIELDS) | {"ephemeral": one.get("is_ephemeral", False), "replies": []} for one in replies
    ]
    return shown


def _all_messages(slack: SlackEmulator, room: str, person: str) -> Iterator[dict[str, Any]]:
    for message in slack.messages(room, as_user=person):
        yield message
        yield from slack.thread(room, message["ts"], as_user=person)


def _only(thing: dict[str, Any], fields: Iterable[str]) -> dict[str, Any]:
    return {name: thing[name] for name in fields if thing.get(name) is not None}


def _files(channels: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The addresses of shared files, by which image blocks name them."""
    messages = [
        one for channel in channels for message in channel["messages"] for one in (message, *message["replies"])
    ]
    files = {file["id"]: file for message in messages for file in message.get("files", [])}
    keys = ("url_private", "url_private_download", "permalink")
    return [{"id": key, "urls": [file[name] for name in keys if name in file]} for key, file in files.items()]


def _file_ids(thing: Any) -> set[str]:
    """The ids of files that a message or view shows, wherever in it they stand."""
    if isinstance(thing, list):
        return {found for one in thing for found in _file_ids(one)}
    if not isinstance(thing, dict):
        return set()
    own = {file["id"] for file in thing.get("files", []) if "id" in file}
    block = thing.get("slack_file")
    if isinstance(block, dict) and "id" in block:
        own.add(block["id"])
    return own.union(*(_file_ids(one) for one in thing.values()))
