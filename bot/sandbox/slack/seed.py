"""The workspace that every sandbox starts with: Harbour SOC, its people, group and channels."""

from __future__ import annotations

from typing import Any

from bot.sandbox.slack.workspace import App, Workspace

TEAM = "T0HARBOUR0"
PARTNER_TEAM = "T0PARTNER0"
BOT = "U0BOT00000"
CREATED = 1_760_000_000

_ZONES = {
    "Asia/Shanghai": ("China Standard Time", 28800),
    "Europe/London": ("Greenwich Mean Time", 0),
    "America/New_York": ("Eastern Standard Time", -18000),
    "Europe/Berlin": ("Central European Time", 3600),
    "Africa/Lagos": ("West Africa Time", 3600),
}


def harbour_soc() -> Workspace:
    """A fresh copy of the workspace; change it before it is given to an emulator, or in it."""
    return Workspace(
        team={
            "id": TEAM,
            "name": "Harbour SOC",
            "domain": "harbour-soc",
            "email_domain": "harbour.example",
            "icon": {},
        },
        app=App(
            app_id="A0SECMASTR",
            name="SecMaster reviews",
            bot_id="B0BOT00000",
            bot_user_id=BOT,
            bot_token="xoxb-sandbox-harbour-soc",  # noqa: S106 - works here only
            app_token="xapp-1-A0SECMASTR-1007007007009-sandbox",  # noqa: S106 - works here only
            signing_secret="5ad5b0c5a4d9e0b1c2d3e4f5a6b7c8d9",  # noqa: S106 - works here only
            verification_token="sandboxVerificationToken",  # noqa: S106 - works here only
        ),
        users={user["id"]: user for user in _people() + _bots()},
        groups={"S0REVIEWRS": _group("S0REVIEWRS", "soc-reviewers", "SOC reviewers", _REVIEWERS)},
        channels={channel["id"]: channel for channel in _channels()},
    )


_REVIEWERS = ["U0MEILIN00", "U0OMAR0000", "U0GONE0000"]


def _people() -> list[dict[str, Any]]:
    return [
        _user("U0MEILIN00", "lin.mei", "Lin Mei", tz="Asia/Shanghai", locale="zh-CN", is_admin=True),
        _user("U0OMAR0000", "omar", "Omar Haddad", tz="Europe/London", locale="en-GB"),
        _user("U0PRIYA000", "priya", "Priya Nair", tz="America/New_York", locale="en-US"),
        _user("U0JONAS000", "jonas", "Jonas Weber", tz="Europe/Berlin", locale="de-DE"),
        _user("U0ZHANG000", "zhang.wei", "Zhang Wei", tz="Asia/Shanghai", locale="en-US"),
        _user("U0GUEST000", "tess", "Tess (contractor)", is_restricted=True, is_ultra_restricted=True),
        _external("U0EXTERN00", "sam", "Sam Okafor", tz="Africa/Lagos"),
        _user("U0GONE0000", "nadia", "Nadia Petrova", deleted=True),
    ]


def _bots() -> list[dict[str, Any]]:
    app = _user(BOT, "secmaster", "SecMaster reviews", is_bot=True)
    app["profile"] |= {"bot_id": "B0BOT00000", "api_app_id": "A0SECMASTR", "always_active": True}
    other = _user("U0OTHERBOT", "deploybot", "Deploy Bot", is_bot=True)
    other["profile"] |= {"bot_id": "B0OTHERBOT", "api_app_id": "A0DEPLOYER", "always_active": True}
    return [app, other, _user("USLACKBOT", "slackbot", "Slackbot")]  # Slackbot's is_bot is false, as in Slack


def _user(
    user_id: str, name: str, real_name: str, *, tz: str = "Europe/London", locale: str = "en-US", **flags: bool
) -> dict[str, Any]:
    label, offset = _ZONES[tz]
    kinds = ("deleted", "is_admin", "is_owner", "is_primary_owner", "is_restricted", "is_ultra_restricted", "is_bot")
    return {
        "id": user_id, "team_id": TEAM, "name": name, "color": "9f69e7", "real_name": real_name, "tz": tz,
        "tz_label": label, "tz_offset": offset, "locale": locale, "profile": _profile(real_name, TEAM),
        **{kind: flags.get(kind, False) for kind in kinds},
        "is_app_user": False, "is_email_confirmed": True, "updated": CREATED,
        "who_can_share_contact_card": "EVERYONE",
    }  # fmt: skip


def _external(user_id: str, name: str, real_name: str, *, tz: str) -> dict[str, Any]:
    """A member of another workspace who shares a channel with us: no locale, and not a stranger."""
    user = _user(user_id, name, real_name, tz=tz)
    del user["locale"]
    user["profile"]["team"] = PARTNER_TEAM
    return user | {"team_id": PARTNER_TEAM, "is_stranger": False}


def _profile(real_name: str, team: str) -> dict[str, Any]:
    return {
        "real_name": real_name, "real_name_normalized": real_name, "display_name": real_name,
        "display_name_normalized": real_name, "title": "", "phone": "", "skype": "", "avatar_hash": "g0",
        "status_text": "", "status_emoji": "", "status_expiration": 0, "team": team,
    }  # fmt: skip


def _channels() -> list[dict[str, Any]]:
    staff = ["U0MEILIN00", "U0OMAR0000", "U0PRIYA000", "U0JONAS000", "U0ZHANG000"]
    return [
        _channel("C0REVIEWS0", "workflow-reviews", [*staff, "U0GUEST000", BOT]),
        _channel("C0RELEASES", "soc-releases", [*staff, BOT]),
        _channel(
            "C0SHARED00", "partner-desk", ["U0MEILIN00", "U0OMAR0000", "U0JONAS000", "U0EXTERN00", BOT], shared=True
        ),
        _channel("C0SHANGHAI", "soc-shanghai", ["U0MEILIN00", "U0OMAR0000", "U0ZHANG000", BOT]),
        _channel("C0PRIVATE0", "soc-leads", ["U0MEILIN00", "U0OMAR0000"], private=True),
        _channel("C0GENERAL0", "general", [*staff, "U0OTHERBOT"], general=True),
    ]


def _channel(
    channel_id: str,
    name: str,
    members: list[str],
    *,
    private: bool = False,
    shared: bool = False,
    general: bool = False,
) -> dict[str, Any]:
    text = {"value": "", "creator": "", "last_set": 0}
    return {
        "id": channel_id, "name": name, "name_normalized": name, "created": CREATED, "creator": "U0MEILIN00",
        "updated": CREATED * 1000, "is_channel": True, "is_group": False, "is_im": False, "is_mpim": False,
        "is_private": private, "is_archived": False, "is_general": general, "unlinked": 0,
        "is_shared": shared, "is_ext_shared": shared, "is_org_shared": False, "is_pending_ext_shared": False,
        "pending_shared": [], "pending_connected_team_ids": [], "context_team_id": TEAM, "parent_conversation": None,
        "shared_team_ids": [TEAM, PARTNER_TEAM] if shared else [TEAM],
        "connected_team_ids": [PARTNER_TEAM] if shared else [], "internal_team_ids": [],
        "topic": dict(text), "purpose": dict(text), "previous_names": [], "members": members,
    }  # fmt: skip


def _group(group_id: str, handle: str, name: str, users: list[str]) -> dict[str, Any]:
    return {
        "id": group_id, "team_id": TEAM, "is_usergroup": True, "is_subteam": True, "name": name, "handle": handle,
        "description": "", "is_external": False, "date_create": CREATED, "date_update": CREATED, "date_delete": 0,
        "auto_type": None, "auto_provision": False, "created_by": "U0MEILIN00", "updated_by": "U0MEILIN00",
        "deleted_by": None, "enterprise_subteam_id": "", "prefs": {"channels": [], "groups": []}, "users": list(users),
        "user_count": len(users),
    }  # fmt: skip
