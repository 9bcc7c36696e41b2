"""Buttons and menus as they were used, and how the one who used them is answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import structlog

from bot.errors import SlackError
from bot.reviews.models import MessageRef
from bot.slack.blocks import modals
from bot.slack.blocks.message import lines_only
from bot.slack.calls import told
from bot.slack.listeners.payload import buttons, ident, origins, step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.slack.blocks.text import Phrase
    from bot.slack.listeners.reception import Reception

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Click:
    """A button pressed, or an entry of a menu chosen, by a person, as far as we believe it."""

    user_id: str
    value: str
    """What the button or the entry carries: a review's id, or words and ids with colons between them."""
    id: str = ""
    """Names the click: Slack may deliver it again."""
    action_id: str
    trigger_id: str
    met: MessageRef | None = None
    """The message that the button is in; None in a home or a form."""
    drawn: bool = False
    """Whether that message does show this button, and buttons of one review only: it may be redrawn as its card."""
    message: Mapping[str, Any] = field(default_factory=dict)
    """That message as Slack has it, if it does show this button."""
    origins: frozenset[str] = frozenset()
    """The workspaces that it says it comes from."""

    @property
    def review_id(self) -> str:
        """The id of the review, which every value ends with."""
        return self.value.rpartition(":")[2]

    @property
    def what(self) -> str:
        """What stands before the review's id."""
        return self.value.rpartition(":")[0]

    @property
    def card(self) -> MessageRef | None:
        """The message, if it is a card of the review, and so in a channel."""
        return self.met if self.drawn and self.met and not self.met.direct else None


def click_of(body: dict[str, Any]) -> Click:
    """The click in a block_actions payload; what is missing or odd is empty, and will be refused later."""
    channel, ts = ident(body, "container", "channel_id"), ident(body, "container", "message_ts")
    action_id = ident(body, "actions", 0, "action_id")
    value = ident(body, "actions", 0, "value") or ident(body, "actions", 0, "selected_option", "value")
    shown = buttons(body)
    reviews = {carried.rpartition(":")[2] for _, carried in shown}
    return Click(
        user_id=ident(body, "user", "id"),
        value=value,
        action_id=action_id,
        trigger_id=ident(body, "trigger_id"),
        id=ident(body, "actions", 0, "action_ts") or ident(body, "trigger_id"),
        met=MessageRef(channel=channel, ts=ts) if channel and ts else None,
        drawn=(action_id, value) in shown and len(reviews) == 1,
        message=step(body, "message") if (action_id, value) in shown else {},
        origins=origins(body),
    )


async def refuse(reception: Reception, click: Click, why: Phrase) -> None:
    """Tell the one who clicked why not: beside the message, or in a modal where there is none."""
    if await whisper(reception, click, why):
        return
    await _in_a_modal(reception, click, modals.refusal(await reception.speak(click.user_id), why))


async def note(reception: Reception, click: Click, *lines: Phrase) -> None:
    """Tell the one who clicked what was done, likewise."""
    if await whisper(reception, click, *lines):
        return
    await _in_a_modal(reception, click, modals.noted(await reception.speak(click.user_id), *lines))


async def whisper(reception: Reception, click: Click, *lines: Phrase) -> bool:
    """Say something that only this person sees; whether Slack took it."""
    if click.met is None:
        return False
    said = lines_only(*lines)
    try:
        with told("chat.postEphemeral"):
            await reception.client.chat_postEphemeral(
                channel=click.met.channel, user=click.user_id, text=said.text, blocks=said.blocks
            )
    except SlackError as error:
        log.info("whisper.not_told", error=str(error), user_id=click.user_id)
        return False
    return True


async def _in_a_modal(reception: Reception, click: Click, view: dict[str, Any]) -> None:
    try:
        with told("views.open"):
            await reception.client.views_open(trigger_id=click.trigger_id, view=view)
    except SlackError as error:
        log.warning("click.not_answered", error=str(error), user_id=click.user_id)
