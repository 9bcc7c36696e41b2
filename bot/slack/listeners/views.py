"""The submitted reason modal."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.errors import NotAllowed, ReasonRefused, ReviewGone
from bot.locales import translator
from bot.reviews.models import Verdict
from bot.slack.blocks import modals
from bot.slack.listeners.actions import show_view
from bot.slack.listeners.payload import ident, origins, text
from bot.slack.listeners.reception import explain

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncAck, AsyncApp

    from bot.slack.listeners.reception import Reception

QUICK = 2.0
"""Seconds that counting a vote may take before the modal says that it goes on: Slack waits three for an answer."""


@dataclass(frozen=True, kw_only=True)
class Submitted:
    """A reason modal sent by a person."""

    user_id: str
    view_id: str
    review_id: str
    verdict: Verdict
    reason: str
    opened_for: str
    """The person before whom we opened the form."""


def register(app: AsyncApp, reception: Reception) -> None:
    """The reason modal, and one listener for forms of older versions."""

    async def vote(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        counting = reception.inflight.start(_count(reception, body, view))
        await asyncio.wait({counting}, timeout=QUICK)
        if counting.done():
            await ack(**counting.result())
            return
        await ack(response_action="update", view=modals.recording(translator("en"), reason_of(view)))
        person, view_id = ident(body, "user", "id"), ident(view, "id")
        reception.inflight.start(_show_outcome(reception, person, view_id, reason_of(view), counting))

    async def outdated(ack: AsyncAck, body: dict[str, Any]) -> None:
        t = await reception.speak(ident(body, "user", "id"))
        await ack(response_action="update", view=modals.outdated(t))

    app.view(modals.VOTE)(vote)
    app.view(re.compile(".*"))(outdated)


def reason_of(view: dict[str, Any]) -> str:
    """The typed reason, as typed."""
    return text(view, "state", "values", modals.REASON_BLOCK, modals.REASON_INPUT, "value")


def submitted_of(body: dict[str, Any], view: dict[str, Any]) -> Submitted | None:
    """What was submitted; None when the private_metadata is not of our making (it is not trusted beyond its shape)."""
    user_id, view_id = ident(body, "user", "id"), ident(view, "id")
    try:
        metadata = json.loads(view.get("private_metadata") or "")
        verdict = Verdict(metadata["verdict"])
    except (KeyError, TypeError, ValueError, RecursionError):
        return None
    review_id = ident(metadata, "review")
    if not (user_id and view_id and review_id):
        return None
    return Submitted(
        user_id=user_id,
        view_id=view_id,
        review_id=review_id,
        verdict=verdict,
        reason=reason_of(view),
        opened_for=ident(metadata, "user") or user_id,
    )


async def _count(  # noqa: PLR0911 - one line an outcome
    reception: Reception, body: dict[str, Any], view: dict[str, Any]
) -> dict[str, Any]:
    """Count the vote; the answer to Slack: nothing closes the modal, else errors by the field or another view."""
    submitted = submitted_of(body, view)
    t = await reception.speak(ident(body, "user", "id"))
    if submitted is None:
        return _update(modals.outdated(t, reason=reason_of(view)))
    try:
        await reception.check_origin(origins(body))
        await _vote(reception, submitted)
    except ReviewGone as gone:
        review = await reception.reviews.find(submitted.review_id)
        if review is None:
            return _update(modals.refusal(t, explain(t, gone), reason=submitted.reason))
        return _update(modals.too_late(t, review, reason=submitted.reason))
    except NotAllowed as refused:
        return _update(modals.refusal(t, explain(t, refused), reason=submitted.reason))
    except ReasonRefused as refused:
        return _errors(explain(t, refused))
    except Exception as error:  # noqa: BLE001 - the form stays open with the typed reason; sending it again counts once
        return _errors(explain(t, error) + " " + t("Submit again; it counts once."))
    return {}


async def _vote(reception: Reception, submitted: Submitted) -> None:
    """Count a vote that was submitted in the form of the one who submits it."""
    if submitted.opened_for != submitted.user_id:
        await reception.reviews.check_vote(submitted.user_id, submitted.review_id)  # says it better, if it refuses
        raise NotAllowed(modals.OUTDATED)
    await reception.reviews.vote(
        submitted.user_id,
        submitted.review_id,
        verdict=submitted.verdict,
        reason=submitted.reason,
        view_id=submitted.view_id,
    )


def _update(view: dict[str, Any]) -> dict[str, Any]:
    return {"response_action": "update", "view": view}


def _errors(sentence: str) -> dict[str, Any]:
    return {"response_action": "errors", "errors": {modals.REASON_BLOCK: sentence}}


async def _show_outcome(
    reception: Reception, user_id: str, view_id: str, reason: str, counting: asyncio.Task[dict[str, Any]]
) -> None:
    """The check took too long to answer the submit with; show its outcome in the view that waits."""
    answer = await counting
    t = await reception.speak(user_id)
    if not answer:
        await show_view(reception, view_id, modals.recorded(t))
    elif "view" in answer:
        await show_view(reception, view_id, answer["view"])
    else:
        await show_view(reception, view_id, modals.refusal(t, answer["errors"][modals.REASON_BLOCK], reason=reason))
