"""Buttons: Approve, Reject, Retry, Refresh, and those that mean nothing any more."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog

from bot.errors import SlackError, SlackRefused
from bot.locales import translator
from bot.reviews.models import MessageRef, Verdict
from bot.slack.blocks import modals
from bot.slack.blocks.answers import error as error_message
from bot.slack.blocks.card import APPROVE, REJECT, RETRY
from bot.slack.blocks.home import REFRESH
from bot.slack.calls import told
from bot.slack.listeners.payload import buttons, ident, origins
from bot.slack.listeners.reception import explain

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncAck, AsyncApp

    from bot.locales import Translator
    from bot.reviews.models import Review
    from bot.slack.listeners.reception import Reception

log = structlog.get_logger(__name__)

QUICK = 0.8
"""Seconds that a check may take before a modal is opened without its result: the trigger lives three."""

VERDICTS = {APPROVE: Verdict.APPROVE, REJECT: Verdict.REJECT}

SPENT_TRIGGER = "exchanged_trigger_id"
"""What Slack answers when the same click was delivered twice and its modal is open already."""


@dataclass(frozen=True, kw_only=True)
class Click:
    """A button pressed by a person, as far as we believe it."""

    user_id: str
    review_id: str
    action_id: str
    trigger_id: str
    met: MessageRef | None
    """The message that the button is in; None in a home."""
    drawn: bool = True
    """Whether that message does show this button for this review, and so may be redrawn as the review's card."""
    origins: frozenset[str] = frozenset()
    """The workspaces that it says it comes from."""

    @property
    def card(self) -> MessageRef | None:
        """The message, if it is a card of the review."""
        return self.met if self.drawn else None


def register(app: AsyncApp, reception: Reception) -> None:
    """Every button that we have drawn, and one listener for any other."""

    async def vote(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        reception.inflight.start(open_reason_modal(reception, click_of(body)))

    async def retry(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        reception.inflight.start(send_again(reception, click_of(body)))

    async def refresh(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        reception.inflight.start(refresh_home(reception, click_of(body)))

    async def outdated(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        reception.inflight.start(say_outdated(reception, click_of(body)))

    app.action(re.compile(rf"\A({APPROVE}|{REJECT})\Z"))(vote)
    app.action(RETRY)(retry)
    app.action(REFRESH)(refresh)
    app.action(re.compile(".*"))(outdated)


def click_of(body: dict[str, Any]) -> Click:
    """The click in a block_actions payload; what is missing or odd is empty, and will be refused later."""
    channel, ts = ident(body, "container", "channel_id"), ident(body, "container", "message_ts")
    action_id, review_id = ident(body, "actions", 0, "action_id"), ident(body, "actions", 0, "value")
    return Click(
        user_id=ident(body, "user", "id"),
        review_id=review_id,
        action_id=action_id,
        trigger_id=ident(body, "trigger_id"),
        met=MessageRef(channel=channel, ts=ts) if channel and ts else None,
        drawn=(action_id, review_id) in buttons(body),
        origins=origins(body),
    )


async def open_reason_modal(reception: Reception, click: Click) -> None:
    """Check the person, then open the modal; when the check is slow, open it first."""
    check = asyncio.ensure_future(check_vote(reception, click))
    await asyncio.wait({check}, timeout=QUICK)
    if not check.done():
        await _open_before_check(reception, click, check)
        return
    t = await reception.speak(click.user_id)
    if error := check.exception():
        await refuse(reception, click, explain(t, _told(error)))
        return
    await _open(reception, click, _form(t, click, check.result()))


async def check_vote(reception: Reception, click: Click) -> Review:
    """The review, if this click may lead to a vote on it."""
    await reception.check_origin(click.origins)
    return await reception.reviews.check_vote(click.user_id, click.review_id, met=click.card)


def _form(t: Translator, click: Click, review: Review) -> dict[str, Any]:
    return modals.reason_modal(t, review, VERDICTS[click.action_id], opened_for=click.user_id)


async def _open_before_check(reception: Reception, click: Click, check: asyncio.Future[Review]) -> None:
    view_id = await _open(reception, click, modals.checking(translator("en")))
    await asyncio.wait({check})
    t = await reception.speak(click.user_id)
    error = check.exception()
    view = modals.refusal(t, explain(t, _told(error))) if error else _form(t, click, check.result())
    if view_id:
        await show_view(reception, view_id, view)


async def _open(reception: Reception, click: Click, view: dict[str, Any]) -> str | None:
    """Open a modal; its id, None when Slack did not."""
    try:
        with told("views.open"):
            answer = await reception.client.views_open(trigger_id=click.trigger_id, view=view)
    except SlackError as error:
        log.warning("modal.not_opened", error=str(error), user_id=click.user_id)
        if error.code != SPENT_TRIGGER:
            t = await reception.speak(click.user_id)
            await whisper(reception, click, t("The form could not be opened in time. Press the button again."))
        return None
    return str(answer["view"]["id"])


async def show_view(reception: Reception, view_id: str, view: dict[str, Any]) -> None:
    """Replace an open view; that the person has closed it meanwhile is no error."""
    try:
        with told("views.update"):
            await reception.client.views_update(view_id=view_id, view=view)
    except SlackRefused as refused:
        log.info("modal.gone", code=refused.code)
    except SlackError as error:
        log.warning("modal.not_updated", error=str(error))


async def send_again(reception: Reception, click: Click) -> None:
    """Retry a failed decision."""
    try:
        await reception.check_origin(click.origins)
        await reception.reviews.retry(click.user_id, click.review_id, met=click.card)
    except Exception as error:  # noqa: BLE001 - told to the person who pressed
        t = await reception.speak(click.user_id)
        await refuse(reception, click, explain(t, error))


async def refresh_home(reception: Reception, click: Click) -> None:
    """Publish the home anew."""
    try:
        await reception.open_home(click.user_id, click.origins)
    except Exception as error:  # noqa: BLE001 - told to the person who pressed
        t = await reception.speak(click.user_id)
        await refuse(reception, click, explain(t, error))


async def say_outdated(reception: Reception, click: Click) -> None:
    """A button of a message that an older version of the bot has made."""
    t = await reception.speak(click.user_id)
    await refuse(reception, click, t("This button does nothing any more."))


async def refuse(reception: Reception, click: Click, why: str) -> None:
    """Tell the one who clicked: beside the message, or in a modal where there is none."""
    if click.met and await whisper(reception, click, why):
        return
    t = await reception.speak(click.user_id)
    try:
        with told("views.open"):
            await reception.client.views_open(trigger_id=click.trigger_id, view=modals.refusal(t, why))
    except SlackError as error:
        log.warning("refusal.not_told", error=str(error), user_id=click.user_id)


async def whisper(reception: Reception, click: Click, sentence: str) -> bool:
    """Say something that only this person sees; whether Slack took it."""
    if click.met is None:
        return False
    said = error_message(sentence)
    try:
        with told("chat.postEphemeral"):
            await reception.client.chat_postEphemeral(
                channel=click.met.channel, user=click.user_id, text=said.text, blocks=said.blocks
            )
    except SlackError as error:
        log.info("whisper.not_told", error=str(error), user_id=click.user_id)
        return False
    return True


def _told(error: BaseException) -> Exception:
    return error if isinstance(error, Exception) else RuntimeError(type(error).__name__)
