"""auth.test, api.test and apps.connections.open: the app about itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.slack.api.call import ANYBODY, APP, method
from bot.sandbox.slack.refused import Refused

if TYPE_CHECKING:
    from bot.sandbox.slack.api.call import Call


@method("api.test", token=ANYBODY)
def api_test(call: Call) -> dict[str, Any]:
    """Echo the arguments; `error` makes it fail with that code."""
    args = {key: value for key, value in call.args.items() if key != "token"}
    if call.text("error"):
        raise Refused(call.text("error"), args=args)
    return {"args": args}


@method("auth.test")
def auth_test(call: Call) -> dict[str, Any]:
    """Whose token this is."""
    workspace = call.world.workspace
    app = workspace.app
    return {
        "url": f"{call.world.url}/", "team": workspace.team["name"], "team_id": workspace.team_id,
        "user": workspace.users[app.bot_user_id]["name"], "user_id": app.bot_user_id, "bot_id": app.bot_id,
        "is_enterprise_install": False,
    }  # fmt: skip


@method("apps.connections.open", token=APP)
def open_connection(call: Call) -> dict[str, Any]:
    """A URL for one Socket Mode connection.

    What Slack answers while Socket Mode is off stands in no page about this method: the code is inferred from the one
    of apps.manifest.create.
    """
    if not call.world.workspace.app.socket_mode:
        raise Refused("socket_mode_not_enabled")
    return {"url": call.world.tickets.url(call.world.url)}
