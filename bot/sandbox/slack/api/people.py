"""users.*, usergroups.*, bots.info, team.info: who is who."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.slack.api.call import method
from bot.sandbox.slack.refused import Refused

if TYPE_CHECKING:
    from bot.sandbox.slack.api.call import Call


@method("users.info", "users:read")
def info(call: Call) -> dict[str, Any]:
    """One person or bot."""
    user = call.world.workspace.users.get(call.need("user"))
    if user is None:
        raise Refused("user_not_found")
    return {"user": _described(call, user)}


@method("users.list", "users:read")
def list_all(call: Call) -> dict[str, Any]:
    """Everybody; without a limit in one page, as in Slack."""
    everybody = [_described(call, user) for user in call.world.workspace.users.values()]
    page, more = call.page(everybody, default=len(everybody))
    return {"members": page, "cache_ts": int(call.world.clock()), **more}


@method("users.lookupByEmail", "users:read.email")
def lookup_by_email(call: Call) -> dict[str, Any]:
    """The person with this address."""
    email = call.need("email").lower()
    for user in call.world.workspace.users.values():
        if user["profile"].get("email", "").lower() == email and not user["deleted"]:
            return {"user": _described(call, user)}
    raise Refused("users_not_found")


@method("usergroups.list", "usergroups:read")
def groups(call: Call) -> dict[str, Any]:
    """The user groups."""
    found = [group for group in call.world.workspace.groups.values() if _listed(call, group)]
    return {"usergroups": [_described_group(call, group) for group in found]}


@method("usergroups.users.list", "usergroups:read")
def group_users(call: Call) -> dict[str, Any]:
    """Who is in a user group."""
    group = call.world.workspace.groups.get(call.need("usergroup"))
    if group is None or not _listed(call, group):
        raise Refused("no_such_subteam")
    return {"users": list(group["users"])}


@method("bots.info", "users:read")
def bot(call: Call) -> dict[str, Any]:
    """One bot, by its bot id."""
    bot_id = call.need("bot")
    for user in call.world.workspace.users.values():
        if user["profile"].get("bot_id") == bot_id:
            return {"bot": _described_bot(user, bot_id)}
    raise Refused("bot_not_found")


@method("team.info", "team:read")
def team(call: Call) -> dict[str, Any]:
    """The workspace itself."""
    return {"team": dict(call.world.workspace.team)}


def _described(call: Call, user: dict[str, Any]) -> dict[str, Any]:
    """The user object; the locale only on request, the address only with its scope."""
    shown = {**user, "profile": dict(user["profile"])}
    if not call.flag("include_locale"):
        shown.pop("locale", None)
    if "users:read.email" not in call.world.workspace.app.scopes:
        shown["profile"].pop("email", None)
    return shown


def _listed(call: Call, group: dict[str, Any]) -> bool:
    return not group["date_delete"] or call.flag("include_disabled")


def _described_group(call: Call, group: dict[str, Any]) -> dict[str, Any]:
    shown = dict(group)
    if not call.flag("include_users"):
        del shown["users"]
    return shown


def _described_bot(user: dict[str, Any], bot_id: str) -> dict[str, Any]:
    return {
        "id": bot_id, "deleted": user["deleted"], "name": user["real_name"], "updated": user["updated"],
        "app_id": user["profile"]["api_app_id"], "user_id": user["id"], "icons": {},
    }  # fmt: skip
