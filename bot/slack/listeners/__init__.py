"""The way in from Slack: each listener acks, and hands over to a task that asks the service and answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from bot.slack.listeners import actions, commands, events, views

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp

    from bot.slack.listeners.reception import Reception

log = structlog.get_logger(__name__)


def register(app: AsyncApp, reception: Reception) -> None:
    """Register every listener; those that catch anything else come last."""
    for module in (actions, views, commands, events):
        module.register(app, reception)

    async def failed(error: Exception) -> None:
        """What no listener has told anybody: log it, tell Slack nothing of it."""
        log.error("slack.listener_failed", exc_info=error)

    app.error(failed)
