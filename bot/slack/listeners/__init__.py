"""The way in from Slack: each listener acks, and hands over to a task that asks the service and answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from slack_bolt.response import BoltResponse

from bot.slack.listeners import actions, changes, commands, events, lists, views

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp

    from bot.slack.listeners.reception import Reception

log = structlog.get_logger(__name__)


def register(app: AsyncApp, reception: Reception) -> None:
    """Register every listener; those that catch anything else come last."""
    for module in (lists, changes, actions, views, commands, events):
        module.register(app, reception)

    app.error(failed)


async def failed(error: Exception) -> BoltResponse:
    """What no listener has told anybody: log it; Slack shows the person that it failed, and does not try again."""
    log.error("slack.listener_failed", exc_info=error)
    return BoltResponse(status=400, body="", headers={"X-Slack-No-Retry": "1"})
