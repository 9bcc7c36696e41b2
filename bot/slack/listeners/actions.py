"""Buttons and menus: the vote and its withdrawal, questions, handovers, reminders, pages of the home."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bot.errors import ReviewGone
from bot.locales import N_
from bot.reviews.nudges import Later
from bot.reviews.pages import HomeList
from bot.slack.blocks import answers, modals
from bot.slack.blocks.card import APPROVE, ASK, HAND_OVER, MENU, REJECT, RETRY, WITHDRAW
from bot.slack.blocks.changes import SEE
from bot.slack.blocks.home import FIRST, REFRESH, TURN
from bot.slack.blocks.notices import ANSWER
from bot.slack.blocks.places import place_of
from bot.slack.listeners.clicks import click_of, note, refuse
from bot.slack.listeners.forms import fill_reason, open_form
from bot.slack.listeners.pressed import mend_pressed
from bot.slack.listeners.reception import explain

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from slack_bolt.async_app import AsyncAck, AsyncApp

    from bot.slack.listeners.clicks import Click
    from bot.slack.listeners.reception import Reception

OUTDATED = N_("This button does nothing any more.")


def register(app: AsyncApp, reception: Reception) -> None:
    """Every button that we have drawn, and one listener for any other."""

    def on(pattern: str, act: Callable[[Reception, Click], Awaitable[None]]) -> None:
        async def listener(ack: AsyncAck, body: dict[str, Any]) -> None:
            await ack()
            reception.inflight.start(_answered(reception, click_of(body), act))

        app.action(re.compile(rf"\A({pattern})\Z", re.DOTALL))(listener)  # a line break in an id is acked, too

    async def fill(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        reception.inflight.start(fill_reason(reception, body))

    app.action(modals.COMMON_REASON)(fill)
    on(f"{APPROVE}|{REJECT}|{ANSWER}|{SEE}", _open_form)
    on(WITHDRAW, _withdraw)
    on(MENU, _menu)
    on(RETRY, _send_again)
    on(REFRESH, _refresh_home)
    on(f"{TURN}:.*|{FIRST}:.*", _turn_home)
    on(".*", _outdated)


async def _answered(reception: Reception, click: Click, act: Callable[[Reception, Click], Awaitable[None]]) -> None:
    """Do what a click asks for; tell the one who clicked why not, if not."""
    try:
        await act(reception, click)
    except Exception as error:  # noqa: BLE001 - told to the person who pressed
        t = await reception.speak(click.user_id)
        await refuse(reception, click, explain(t, error))
    await mend_pressed(reception, click)


async def _open_form(reception: Reception, click: Click) -> None:
    if problem := await open_form(reception, click):
        await refuse(reception, click, problem)


async def _menu(reception: Reception, click: Click) -> None:
    if click.what in {ASK, HAND_OVER}:
        await _open_form(reception, click)
    elif click.what in set(Later):
        await _remind(reception, click)
    else:
        await _outdated(reception, click)


async def _remind(reception: Reception, click: Click) -> None:
    await reception.check_origin(click.origins)
    at = await reception.reviews.remind_me(click.user_id, click.review_id, Later(click.what), met=click.card)
    t = await reception.speak(click.user_id)
    await note(reception, click, answers.will_remind(t, at))


async def _withdraw(reception: Reception, click: Click) -> None:
    await reception.check_origin(click.origins)
    await reception.reviews.withdraw(click.user_id, click.review_id, click_id=click.id, met=click.card)


async def _send_again(reception: Reception, click: Click) -> None:
    await reception.check_origin(click.origins)
    await reception.reviews.retry(click.user_id, click.review_id, met=click.card)


async def _refresh_home(reception: Reception, click: Click) -> None:
    await reception.open_home(click.user_id, click.origins)


async def _turn_home(reception: Reception, click: Click) -> None:
    await reception.check_origin(click.origins)
    name, _, text = click.value.partition(":")
    place = place_of(text)
    if name not in set(HomeList) or (place is None and click.action_id.startswith(TURN)):
        raise ReviewGone(OUTDATED)
    await reception.reviews.turn_home(click.user_id, HomeList(name), place)


async def _outdated(_reception: Reception, _click: Click) -> None:
    """A button of a message that an older version of the bot has made."""
    raise ReviewGone(OUTDATED)
