"""The people that a visitor of the sandbox can act as."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.errors import SandboxRefusal

if TYPE_CHECKING:
    from bot.sandbox.slack import SlackEmulator


def actors(slack: SlackEmulator) -> list[dict[str, Any]]:
    """Everybody with a client, in the order of the workspace; `note` says what sets a person apart."""
    return [
        {"id": user["id"], "display": user["real_name"], "note": _note(slack, user)}
        for user in slack.users.values()
        if not user["is_bot"] and not user["deleted"] and user["id"] != "USLACKBOT"
    ]


def actor(slack: SlackEmulator, asked: str | None) -> str:
    """The id of the person to act as; the first one who reads English, as the page does, when none was asked for.

    Raises:
        SandboxRefusal: nobody, or nobody who can act.
    """
    if asked:
        return str(slack.workspace.person(asked)["id"])
    everybody = actors(slack)
    if not everybody:
        raise SandboxRefusal("This workspace has nobody to act as.")
    english = [one for one in everybody if slack.users[one["id"]].get("locale", "").startswith("en")]
    return str((english or everybody)[0]["id"])


def _note(slack: SlackEmulator, user: dict[str, Any]) -> str:
    if slack.workspace.is_external(user["id"]):
        return "external"
    if user["is_restricted"]:
        return "guest"
    return "中文" if user.get("locale", "").startswith("zh") else ""
