"""The slash command: lists, and everything that the buttons of a card do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.errors import UnknownWord
from bot.locales import N_
from bot.reviews.nudges import Later
from bot.slack.blocks import answers, words
from bot.slack.blocks.card import APPROVE, ASK, HAND_OVER, MENU, REJECT
from bot.slack.blocks.changes import SEE
from bot.slack.blocks.message import lines_only
from bot.slack.blocks.story import story
from bot.slack.blocks.text import Bold, Code, phrase
from bot.slack.calls import watched
from bot.slack.listeners.clicks import Click
from bot.slack.listeners.forms import open_form
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
    t = await reception.speak(user_id)
    asked = Asked(
        reception=reception, t=t, user_id=user_id, trigger_id=ident(body, "trigger_id"), origins=origins(body)
    )
    try:
        await reception.check_origin(asked.origins)
        said = await answer(asked, text(body, "text"))
    except Exception as error:  # noqa: BLE001 - told to the person who typed
        said = lines_only(explain(t, error))
    if said:
        with watched(reception.client, "response_url") as call:
            call.status = (await respond(text=said.text, blocks=said.blocks, response_type="ephemeral")).status_code


async def answer(asked: Asked, typed: str) -> Message | None:
    """What a person is told who typed this after the command; None where a form opens."""
    t, command = asked.t, asked.reception.command
    name, arguments = parse(typed)
    chosen = SUBCOMMANDS.get(name or "help")
    if chosen is None:
        return _help(asked.reception, t, unknown=typed)
    if not chosen.takes(arguments):
        return lines_only(phrase(t("Type it as: {usage}"), usage=Code(f"{command} {chosen.usage}")))
    return await chosen.run(replace(asked, arguments=tuple(arguments)))


def _help(reception: Reception, t: Any, *, unknown: str = "") -> Message:
    entries = [(chosen.usage, t(chosen.what)) for chosen in SUBCOMMANDS.values()]
    return answers.help_text(t, reception.command, entries, unknown=unknown)


@subcommand("help", N_("shows this list"))
async def show_help(asked: Asked) -> Message:
    """Every subcommand."""
    return _help(asked.reception, asked.t)


@subcommand("pending", N_("lists what waits for review, or for your vote"), arguments="[mine]")
async def pending(asked: Asked) -> Message:
    """Reviews without an outcome yet."""
    if asked.arguments not in {(), ("mine",)}:
        raise UnknownWord('Type "pending" for everything that waits, or "pending mine" for what waits for your vote.')
    mine = bool(asked.arguments)
    return answers.pending(asked.t, await asked.reception.reviews.pending(asked.user_id, mine=mine), mine=mine)


@subcommand("show", N_("tells the whole story of a version"), arguments="VERSION_ID")
async def show(asked: Asked) -> Message:
    """A version as it is now, and its reviews."""
    return story(asked.t, await asked.reception.reviews.show(asked.user_id, asked.arguments[0]))


@subcommand("changes", N_("shows what a version changes"), arguments="VERSION_ID")
async def changes(asked: Asked) -> Message | None:
    """The modal that the card's button opens."""
    return await _form(asked, SEE)


@subcommand("approve", N_("opens the form to approve a version"), arguments="VERSION_ID")
async def approve(asked: Asked) -> Message | None:
    """The reason modal."""
    return await _form(asked, APPROVE)


@subcommand("reject", N_("opens the form to reject a version"), arguments="VERSION_ID")
async def reject(asked: Asked) -> Message | None:
    """Likewise."""
    return await _form(asked, REJECT)


@subcommand("withdraw", N_("withdraws your vote on a version"), arguments="VERSION_ID")
async def withdraw(asked: Asked) -> Message:
    """Take a vote back."""
    reviews = asked.reception.reviews
    review = await reviews.review_of(asked.user_id, asked.arguments[0])
    await reviews.withdraw(asked.user_id, review.id, click_id=asked.trigger_id)
    return lines_only(phrase(asked.t("Your vote on {name} is withdrawn."), name=Bold(words.title(review.submission))))


@subcommand("ask", N_("opens the form to ask the submitter of a version"), arguments="VERSION_ID")
async def ask(asked: Asked) -> Message | None:
    """A question."""
    return await _form(asked, MENU, ASK)


@subcommand("handover", N_("opens the form to hand a review over to a colleague"), arguments="VERSION_ID")
async def hand_over(asked: Asked) -> Message | None:
    """A colleague."""
    return await _form(asked, MENU, HAND_OVER)


@subcommand("remind", N_("reminds you of a version later"), arguments="VERSION_ID 1h|4h|tomorrow")
async def remind(asked: Asked) -> Message:
    """A reminder."""
    version_id, when = asked.arguments
    if when not in set(Later):
        raise UnknownWord("Say when to remind you: 1h, 4h or tomorrow.")
    reviews = asked.reception.reviews
    review = await reviews.review_of(asked.user_id, version_id)
    at = await reviews.remind_me(asked.user_id, review.id, Later(when))
    return lines_only(answers.will_remind(asked.t, at))


@subcommand("request", N_("asks for the review of a submitted version at once"), arguments="VERSION_ID")
async def request(asked: Asked) -> Message:
    """Open a review."""
    review, opened = await asked.reception.reviews.request(asked.user_id, asked.arguments[0])
    return answers.requested(asked.t, review, opened=opened)


@subcommand("history", N_("lists past reviews, newest first"))
async def history(asked: Asked) -> Message:
    """Reviews that ended."""
    return answers.history(asked.t, await asked.reception.reviews.history(asked.user_id))


async def _form(asked: Asked, action_id: str, what: str = "") -> Message | None:
    """Open the form that a button of the version's card would open; why not, if not."""
    review = await asked.reception.reviews.review_of(asked.user_id, asked.arguments[0])
    value = f"{what}:{review.id}" if what else review.id
    click = Click(
        user_id=asked.user_id, value=value, action_id=action_id, trigger_id=asked.trigger_id, origins=asked.origins
    )
    problem = await open_form(asked.reception, click)
    return lines_only(problem) if problem else None
