"""Opening forms before a person: the vote, a question, an answer, a handover."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import structlog

from bot.errors import QuestionGone, SlackError, SlackRefused
from bot.reviews import policy
from bot.reviews.conversing import ANSWERED
from bot.reviews.models import Verdict
from bot.slack.blocks import modals
from bot.slack.blocks.card import APPROVE, ASK, REJECT
from bot.slack.blocks.changes import SEE, Asked, changes_modal
from bot.slack.blocks.notices import ANSWER
from bot.slack.blocks.text import phrase
from bot.slack.calls import told
from bot.slack.listeners.payload import ident, step, text
from bot.slack.listeners.reception import explain

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.locales import Translator
    from bot.reviews.models import Review
    from bot.slack.blocks.text import Phrase
    from bot.slack.listeners.clicks import Click
    from bot.slack.listeners.reception import Reception

    Draw: TypeAlias = Callable[[Translator], dict[str, Any]]

log = structlog.get_logger(__name__)

QUICK = 0.8
"""Seconds that a check may take before a modal is opened without its result: the trigger lives three."""
SPOKEN_SOON = 0.2
"""Seconds that the person's language may take to be known where time is short."""

VERDICTS = {APPROVE: Verdict.APPROVE, REJECT: Verdict.REJECT}

DIGITS = 9
"""More than fillings of one form will ever have; Python refuses to read a number of thousands of digits."""

TOO_LARGE = "view_too_large"
"""What Slack answers to a view of more than 250 kB (views.open and views.update, Errors)."""
SPENT_TRIGGER = "exchanged_trigger_id"
"""What Slack answers when the same click was delivered twice and its modal is open already."""


async def open_form(reception: Reception, click: Click) -> Phrase | None:
    """Check the person, then open the form; when the check is slow, open a view that waits first.

    Why no form was opened, where nothing on the screen tells of it.
    """
    check = asyncio.ensure_future(_check(reception, click))
    await asyncio.wait({check}, timeout=QUICK)
    if not check.done():
        return await _open_before_check(reception, click, check)
    t = await reception.speak(click.user_id)
    if error := check.exception():
        return explain(t, _told(error))
    return await _open(reception, t, click, check.result()(t))


async def _check(reception: Reception, click: Click) -> Draw:
    """What draws the form, if this click may lead to it."""
    await reception.check_origin(click.origins)
    if click.action_id == SEE:
        view = await draw_changes(reception, await reception.speak(click.user_id), click, Asked())
        return lambda _: view
    return partial(_form, click=click, review=await _review(reception, click))


async def draw_changes(reception: Reception, t: Translator, click: Click, asked: Asked) -> dict[str, Any]:
    """A page of what the review of a click changes; drawn off the event loop: flows may be large."""
    review, changes = await reception.reviews.changes(click.user_id, click.review_id)
    return await asyncio.to_thread(changes_modal, t, review, changes, asked)


async def _review(reception: Reception, click: Click) -> Review:
    """The review, if the person may fill the form about it."""
    if click.action_id == ANSWER:
        await reception.reviews.admit(click.user_id)
        return await reception.reviews.check_open(click.review_id)  # what was asked stays to be read: no card there
    return await reception.reviews.check_vote(
        click.user_id, click.review_id, verdict=VERDICTS.get(click.action_id), met=click.card
    )


def _form(t: Translator, click: Click, review: Review) -> dict[str, Any]:
    if click.action_id in VERDICTS:
        return modals.reason_modal(t, review, VERDICTS[click.action_id], opened_for=click.user_id)
    if click.action_id == ANSWER:
        question = next((one for one in review.unanswered if one.id == click.what), None)
        if question is None:
            return modals.refusal(t, explain(t, QuestionGone(ANSWERED)))
        met = click.met if click.message else None
        return modals.answer_modal(t, review, question, opened_for=click.user_id, met=met)
    if click.what == ASK:
        return modals.ask_modal(t, review, opened_for=click.user_id)
    return modals.hand_over_modal(t, review, opened_for=click.user_id)


async def _open_before_check(reception: Reception, click: Click, check: asyncio.Future[Draw]) -> Phrase | None:
    soon = await reception.speak(click.user_id, within=SPOKEN_SOON)
    view_id = await _opened(reception, soon, click, modals.checking(soon))
    await asyncio.wait({check})
    t = await reception.speak(click.user_id)
    error = check.exception()
    if view_id is None:
        return explain(t, _told(error)) if error else _not_in_time(t)
    view = modals.refusal(t, explain(t, _told(error))) if error else check.result()(t)
    await show_view(reception, t, view_id, view)
    return None


async def _open(reception: Reception, t: Translator, click: Click, view: dict[str, Any]) -> Phrase | None:
    return _not_in_time(t) if await _opened(reception, t, click, view) is None else None


async def _opened(reception: Reception, t: Translator, click: Click, view: dict[str, Any]) -> str | None:
    """Open a modal; its id ("" when it is open already), None when Slack did not."""
    send = partial(reception.client.views_open, trigger_id=click.trigger_id)
    try:
        answer = await _sent("views.open", send, t, view)
    except SlackError as error:
        log.warning("modal.not_opened", error=str(error), user_id=click.user_id)
        return "" if error.code == SPENT_TRIGGER else None
    return str(answer["view"]["id"])


async def _sent(method: str, send: Callable[..., Awaitable[Any]], t: Translator, view: dict[str, Any]) -> Any:
    """Slack's answer to a view, or to words instead of it where Slack finds it too large; else SlackError."""
    try:
        with told(method):
            return await send(view=view)
    except SlackRefused as refused:
        if refused.code != TOO_LARGE:
            raise
    log.error("modal.too_large", method=method)
    with told(method):
        return await send(view=modals.too_large(t))


def _not_in_time(t: Translator) -> Phrase:
    return phrase(t("The form could not be opened in time. Try again."))


async def show_view(
    reception: Reception, t: Translator, view_id: str, view: dict[str, Any], *, of: str | None = None
) -> None:
    """Replace an open view, if it still has the hash `of`; that the person has closed it meanwhile is no error."""
    if not view_id:
        return
    try:
        await _sent("views.update", partial(reception.client.views_update, view_id=view_id, hash=of), t, view)
    except SlackRefused as refused:
        log.info("modal.gone", code=refused.code)
    except SlackError as error:
        log.warning("modal.not_updated", error=str(error))


async def fill_reason(reception: Reception, body: dict[str, Any]) -> None:
    """A common reason was picked: put it into the form below what was typed, where it can be changed."""
    view = step(body, "view")
    sent = modals.metadata_of(view) if step(view, "callback_id") == modals.VOTE else None
    review = await reception.reviews.find(ident(sent, "review")) if sent else None
    picked = ident(body, "actions", 0, "selected_option", "value")
    reasons = review.route.policy.reasons if review else ()
    if review is None or sent is None or not picked.isdecimal() or int(picked) >= len(reasons):
        return
    typed, version = reason_of(view)
    both = "\n".join(filter(None, [typed.rstrip(), reasons[int(picked)]]))
    fits = len(both) <= policy.reason_limit(review.route.policy)  # nothing that was typed is cut
    filled = modals.Filled(reason=both if fits else typed, version=version + 1)
    user_id = ident(body, "user", "id")
    t = await reception.speak(user_id)
    verdict = Verdict(str(sent["verdict"]))
    form = modals.reason_modal(t, review, verdict, opened_for=ident(sent, "user"), filled=filled)
    await show_view(reception, t, ident(view, "id"), form, of=ident(view, "hash") or None)


def reason_of(view: Any) -> tuple[str, int]:
    """The typed reason, as typed, and how often the form was filled."""
    values = step(step(view, "state"), "values")
    for block_id in values if isinstance(values, dict) else ():
        name, _, version = str(block_id).partition(":")
        if name == modals.REASON_BLOCK:
            reason = text(values, block_id, modals.REASON_INPUT, "value")
            return reason, int(version) if version.isdecimal() and len(version) <= DIGITS else 0
    return "", 0


def _told(error: BaseException) -> Exception:
    return error if isinstance(error, Exception) else RuntimeError(type(error).__name__)
