"""The button under a list that goes on: the next entries take the place of those that are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.errors import ReviewGone
from bot.slack.blocks import answers
from bot.slack.blocks.message import lines_only
from bot.slack.calls import watched
from bot.slack.listeners.actions import OUTDATED
from bot.slack.listeners.payload import ident, origins
from bot.slack.listeners.reception import explain

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond

    from bot.locales import Translator
    from bot.slack.blocks.message import Message
    from bot.slack.listeners.reception import Reception


def register(app: AsyncApp, reception: Reception) -> None:
    """One button."""

    async def more(ack: AsyncAck, body: dict[str, Any], respond: AsyncRespond) -> None:
        await ack()
        reception.inflight.start(_respond(reception, body, respond))

    app.action(answers.MORE)(more)


async def _respond(reception: Reception, body: dict[str, Any], respond: AsyncRespond) -> None:
    user_id = ident(body, "user", "id")
    t = await reception.speak(user_id)
    try:
        await reception.check_origin(origins(body))
        said = await _page(reception, t, user_id, ident(body, "actions", 0, "value"))
    except Exception as error:  # noqa: BLE001 - told to the person who pressed
        said = lines_only(explain(t, error))
    with watched(reception.client, "response_url") as call:
        call.status = (
            await respond(text=said.text, blocks=said.blocks, response_type="ephemeral", replace_original=True)
        ).status_code


async def _page(reception: Reception, t: Translator, user_id: str, value: str) -> Message:
    asked = answers.asked_page(value)
    if asked is None:
        raise ReviewGone(OUTDATED)
    name, place = asked
    if name != answers.HISTORY:
        mine = name == answers.MINE
        found = await reception.reviews.pending(user_id, mine=mine, after=place)
        return answers.pending(t, found, mine=mine, later=True)
    return answers.history(t, await reception.reviews.history(user_id, after=place), later=True)
