"""The slash command: help, pending, show, request, history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.locales import N_
from bot.slack.blocks import answers
from bot.slack.listeners.grammar import SUBCOMMANDS, Asked, parse, subcommand
from bot.slack.listeners.payload import ident, origins, text
from bot.slack.listeners.reception import explain

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond

    from bot.slack.blocks.message import Message
    from bot.slack.listeners.reception import Reception


def register(app: AsyncApp, reception: Reception) -> None:
    """One listener; the word after the command chooses the subcommand."""

    async def command(ack: AsyncAck, body: dict[str, Any], respond: AsyncRespond) -> None:
        await ack()
        reception.inflight.start(_respond(reception, body, respond))

    app.command(reception.command)(command)


async def _respond(reception: Reception, body: dict[str, Any], respond: AsyncRespond) -> None:
    user_id = ident(body, "user_id")
    try:
        await reception.check_origin(origins(body))
    except Exception as error:  # noqa: BLE001 - told to the person who typed
        said = answers.error(explain(await reception.speak(user_id), error))
    else:
        said = await answer(reception, user_id, text(body, "text"))
    await respond(text=said.text, blocks=said.blocks, response_type="ephemeral")


async def answer(reception: Reception, user_id: str, typed: str) -> Message:
    """What a person is told who typed this after the command."""
    t = await reception.speak(user_id)
    name, arguments = parse(typed)
    chosen = SUBCOMMANDS.get(name or "help")
    if chosen is None:
        return _help(reception, t, unknown=typed)
    if len(arguments) != (1 if chosen.argument else 0):
        usage = f"{reception.command} {chosen.usage}"
        return answers.error(t("Type it as: {usage}").format(usage=usage))
    asked = Asked(reception=reception, t=t, user_id=user_id, argument="".join(arguments))
    try:
        return await chosen.run(asked)
    except Exception as error:  # noqa: BLE001 - told to the person who typed
        return answers.error(explain(t, error))


def _help(reception: Reception, t: Any, *, unknown: str = "") -> Message:
    entries = [(chosen.usage, t(chosen.what)) for chosen in SUBCOMMANDS.values()]
    return answers.help_text(t, reception.command, entries, unknown=unknown)


@subcommand("help", N_("shows this list"))
async def show_help(asked: Asked) -> Message:
    """Every subcommand."""
    return _help(asked.reception, asked.t)


@subcommand("pending", N_("lists what waits for review"))
async def pending(asked: Asked) -> Message:
    """Reviews without an outcome yet."""
    return answers.pending(asked.t, await asked.reception.reviews.pending(asked.user_id))


@subcommand("show", N_("shows a workflow version and its review"), argument="VERSION_ID")
async def show(asked: Asked) -> Message:
    """A version as it is now."""
    return answers.shown(asked.t, await asked.reception.reviews.show(asked.user_id, asked.argument))


@subcommand("request", N_("asks for the review of a submitted version at once"), argument="VERSION_ID")
async def request(asked: Asked) -> Message:
    """Open a review."""
    review, opened = await asked.reception.reviews.request(asked.user_id, asked.argument)
    return answers.requested(asked.t, review, opened=opened)


@subcommand("history", N_("lists past reviews, newest first"))
async def history(asked: Asked) -> Message:
    """Reviews that ended."""
    return answers.history(asked.t, await asked.reception.reviews.history(asked.user_id))
