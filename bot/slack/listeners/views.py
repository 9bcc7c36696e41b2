"""Submitted forms: votes, questions, answers, handovers."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.errors import NoHeir, NotAllowed, QuestionGone, ReasonRefused, ReviewGone
from bot.reviews.models import MessageRef, Verdict
from bot.slack.blocks import modals
from bot.slack.blocks.text import phrase
from bot.slack.listeners.forms import SPOKEN_SOON, reason_of, show_view
from bot.slack.listeners.payload import ident, origins, text
from bot.slack.listeners.pressed import mend_question
from bot.slack.listeners.reception import explain

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from slack_bolt.async_app import AsyncAck, AsyncApp

    from bot.locales import Translator
    from bot.slack.listeners.reception import Reception

QUICK = 2.0
"""Seconds that a submit may take before the form says that it goes on: Slack waits three for an answer."""


@dataclass(frozen=True, kw_only=True)
class Submitted:
    """A form sent by a person; what is missing or odd is empty, and will be refused later."""

    callback_id: str
    user_id: str
    view_id: str
    review_id: str
    verdict: str
    question_id: str
    text: str
    """What was typed: the reason, the question, the answer, the note."""
    text_block: str
    """The block in which it was typed, beside which what is wrong with it is said."""
    picked: bool
    """Whether a common reason is picked."""
    colleague: str
    opened_for: str
    """The person before whom we opened the form."""
    met: MessageRef | None = None
    """The message from whose button the form was opened, where it has no job that would keep it true."""
    origins: frozenset[str] = frozenset()


def register(app: AsyncApp, reception: Reception) -> None:
    """Every form that we open, and one listener for those of older versions."""

    async def submitted(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        settling = reception.inflight.start(_settle(reception, body, view))
        await asyncio.wait({settling}, timeout=QUICK)
        if settling.done():
            await ack(**settling.result())
            return
        person, view_id, typed = ident(body, "user", "id"), ident(view, "id"), typed_in(view)
        t = await reception.speak(person, within=SPOKEN_SOON)
        await ack(response_action="update", view=modals.recording(t, typed))
        reception.inflight.start(_show_outcome(reception, person, view_id, typed, settling))

    async def outdated(ack: AsyncAck, body: dict[str, Any]) -> None:
        t = await reception.speak(ident(body, "user", "id"))
        await ack(response_action="update", view=modals.outdated(t))

    app.view(re.compile(rf"\A({'|'.join(_ACTS)})\Z"))(submitted)
    app.view(re.compile(".*"))(outdated)


def typed_in(view: dict[str, Any]) -> str:
    """What was typed into the form, as typed."""
    return reason_of(view)[0] or text(view, "state", "values", modals.TEXT_BLOCK, modals.TEXT_INPUT, "value")


def submitted_of(body: dict[str, Any], view: dict[str, Any]) -> Submitted | None:
    """What was submitted; None when the private_metadata is not of our making (it is not trusted beyond its shape)."""
    user_id, view_id, sent = ident(body, "user", "id"), ident(view, "id"), modals.metadata_of(view)
    if sent is None or not (user_id and view_id and ident(sent, "review")):
        return None
    filled = reason_of(view)[1]
    vote_block = f"{modals.REASON_BLOCK}:{filled}" if filled else modals.REASON_BLOCK
    callback_id = ident(view, "callback_id")
    channel, ts = ident(sent, "channel"), ident(sent, "ts")
    return Submitted(
        callback_id=callback_id,
        user_id=user_id,
        view_id=view_id,
        review_id=ident(sent, "review"),
        verdict=ident(sent, "verdict"),
        question_id=ident(sent, "question"),
        text=typed_in(view),
        text_block=vote_block if callback_id == modals.VOTE else modals.TEXT_BLOCK,
        picked=bool(
            ident(view, "state", "values", modals.COMMON_BLOCK, modals.COMMON_REASON, "selected_option", "value")
        ),
        colleague=ident(view, "state", "values", modals.COLLEAGUE_BLOCK, modals.COLLEAGUE_INPUT, "selected_user"),
        opened_for=ident(sent, "user") or user_id,
        met=MessageRef(channel=channel, ts=ts) if channel and ts else None,
        origins=origins(body),
    )


async def _settle(reception: Reception, body: dict[str, Any], view: dict[str, Any]) -> dict[str, Any]:
    """Do what was submitted; the answer to Slack: nothing closes the form, else errors by the field or another view."""
    submitted = submitted_of(body, view)
    t = await reception.speak(ident(body, "user", "id"))
    if submitted is None:
        return _update(modals.outdated(t, reason=typed_in(view)))
    try:
        await reception.check_origin(submitted.origins)
        await _act(reception, submitted)
    except Exception as error:  # noqa: BLE001 - told in the form, which keeps what was typed
        return await _refused(reception, t, submitted, error)
    return {}


async def _act(reception: Reception, submitted: Submitted) -> None:
    """Do it, if it is submitted by the one before whom the form was opened."""
    if submitted.opened_for != submitted.user_id:
        await reception.reviews.check_vote(submitted.user_id, submitted.review_id)  # says it better, if it refuses
        raise NotAllowed(modals.OUTDATED)
    await _ACTS[submitted.callback_id](reception, submitted)


async def _vote(reception: Reception, submitted: Submitted) -> None:
    if submitted.picked and not submitted.text.strip():
        raise ReasonRefused("You picked a reason that is not here yet. Wait until it is, or take the choice back.")
    await reception.reviews.vote(
        submitted.user_id,
        submitted.review_id,
        verdict=Verdict(submitted.verdict),
        reason=submitted.text,
        view_id=submitted.view_id,
    )


async def _ask(reception: Reception, submitted: Submitted) -> None:
    await reception.reviews.ask(submitted.user_id, submitted.review_id, submitted.text, view_id=submitted.view_id)


async def _answer(reception: Reception, submitted: Submitted) -> None:
    try:
        await reception.reviews.answer(submitted.user_id, submitted.review_id, submitted.question_id, submitted.text)
    finally:
        if submitted.met:
            reception.inflight.start(_mend_question(reception, submitted, submitted.met))


async def _mend_question(reception: Reception, submitted: Submitted, at: MessageRef) -> None:
    """The question may be answered by now, by this person or by a faster one."""
    if review := await reception.reviews.find(submitted.review_id):
        await mend_question(reception, review, submitted.question_id, at=at, reader=submitted.user_id)


async def _hand_over(reception: Reception, submitted: Submitted) -> None:
    await reception.reviews.hand_over(
        submitted.user_id,
        submitted.review_id,
        to=submitted.colleague,
        note=submitted.text,
        view_id=submitted.view_id,
    )


_ACTS: Mapping[str, Callable[[Reception, Submitted], Awaitable[None]]] = {
    modals.VOTE: _vote,
    modals.ASK: _ask,
    modals.ANSWER: _answer,
    modals.HAND_OVER: _hand_over,
}


async def _refused(reception: Reception, t: Translator, submitted: Submitted, error: Exception) -> dict[str, Any]:
    why = explain(t, error)
    match error:
        case ReviewGone():
            review = await reception.reviews.find(submitted.review_id)
            if review is None:
                return _update(modals.refusal(t, why, reason=submitted.text))
            voted = submitted.callback_id == modals.VOTE
            return _update(modals.too_late(t, review, reason=submitted.text, voted=voted))
        case NoHeir():
            return _errors(modals.COLLEAGUE_BLOCK, why.plain())
        case NotAllowed() | QuestionGone():
            return _update(modals.refusal(t, why, reason=submitted.text))
        case ReasonRefused():
            return _errors(submitted.text_block, why.plain())
        case _:
            once = t("Submit again; it counts once.")  # outside the f-string: Babel does not look into those
            return _errors(submitted.text_block, f"{why.plain()} {once}")


def _update(view: dict[str, Any]) -> dict[str, Any]:
    return {"response_action": "update", "view": view}


def _errors(block_id: str, sentence: str) -> dict[str, Any]:
    return {"response_action": "errors", "errors": {block_id: sentence}}


async def _show_outcome(
    reception: Reception, user_id: str, view_id: str, typed: str, settling: asyncio.Task[dict[str, Any]]
) -> None:
    """It took too long to answer the submit with; show its outcome in the view that waits."""
    answer = await settling
    t = await reception.speak(user_id)
    if not answer:
        await show_view(reception, t, view_id, modals.recorded(t))
    elif "view" in answer:
        await show_view(reception, t, view_id, answer["view"])
    else:
        why = phrase("{why}", why=next(iter(answer["errors"].values())))
        await show_view(reception, t, view_id, modals.refusal(t, why, reason=typed))
