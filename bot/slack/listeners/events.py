"""Events: somebody opened the bot's home; the bot lost its place in the workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog

from bot.errors import BotError
from bot.slack.listeners.payload import ident, origins

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp

    from bot.slack.listeners.reception import Reception

log = structlog.get_logger(__name__)


def register(app: AsyncApp, reception: Reception) -> None:
    """The events of the manifest; Bolt acks them by itself."""

    async def home_opened(body: dict[str, Any], event: dict[str, Any]) -> None:
        user_id = ident(event, "user")
        if event.get("tab") == "home" and user_id:
            reception.inflight.start(publish_home(reception, user_id, origins(body)))

    async def removed(event: dict[str, Any]) -> None:
        log.error("slack.removed", event_type=str(event.get("type")))

    app.event("app_home_opened")(home_opened)
    app.event("app_uninstalled")(removed)
    app.event("tokens_revoked")(removed)


async def publish_home(reception: Reception, user_id: str, named: frozenset[str]) -> None:
    """Publish a home that was opened; who may have none is told nothing, for there is no place to tell it."""
    try:
        await reception.open_home(user_id, named)
    except BotError as error:
        log.info("home.not_published", user_id=user_id, error=str(error))
