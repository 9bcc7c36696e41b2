"""The buttons that turn the pages of what changes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bot.slack.blocks import modals
from bot.slack.blocks.changes import TURN, asked_of
from bot.slack.listeners.clicks import click_of
from bot.slack.listeners.forms import draw_changes, show_view
from bot.slack.listeners.payload import ident
from bot.slack.listeners.reception import explain

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncAck, AsyncApp

    from bot.slack.listeners.clicks import Click
    from bot.slack.listeners.reception import Reception


def register(app: AsyncApp, reception: Reception) -> None:
    """One listener for all of them."""

    async def turn(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        reception.inflight.start(_turn(reception, click_of(body), ident(body, "view", "id")))

    app.action(re.compile(rf"\A{TURN}:"))(turn)


async def _turn(reception: Reception, click: Click, view_id: str) -> None:
    t = await reception.speak(click.user_id)
    try:
        await reception.check_origin(click.origins)
        view = await draw_changes(reception, t, click, asked_of(click.what))
    except Exception as error:  # noqa: BLE001 - told to the person who pressed
        view = modals.refusal(t, explain(t, error))
    await show_view(reception, t, view_id, view)
