"""Events: somebody opened the bot's home; the bot lost its place in the workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog

from bot.slack.listeners.payload import text

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp

    from bot.slack.listeners.reception import Reception

log = structlog.get_logger(__name__)


def register(app: AsyncApp, reception: Reception) -> None:
    """The events of the manifest; Bolt acks them by itself."""

    async def home_opened(event: dict[str, Any]) -> None:
        user_id = text(event, "user")
        if event.get("tab") == "home" and user_id:
            reception.inflight.start(reception.reviews.opened_home(user_id))

    async def removed(event: dict[str, Any]) -> None:
        log.error("slack.removed", event_type=str(event.get("type")))

    app.event("app_home_opened")(home_opened)
    app.event("app_uninstalled")(removed)
    app.event("tokens_revoked")(removed)
