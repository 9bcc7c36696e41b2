"""The listeners in a real Bolt app, with signed requests, before a service that answers as a test says."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier

from bot.errors import SlackRefused
from bot.reviews.models import MessageRef, Person, Policy, Review, ReviewState, Route
from bot.sandbox.slack.seed import TEAM
from tests.reviews.fakes import START, FakeDirectory, submission
from tests.scenarios.stage import LIN, REVIEWS, text_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slack_bolt.async_app import AsyncApp
    from slack_bolt.response import BoltResponse

    from bot.sandbox.slack import SlackEmulator
    from bot.slack.inflight import InFlight

OPEN = Review(
    id="review-1",
    round=1,
    state=ReviewState.OPEN,
    submission=submission(),
    route=Route(channel=REVIEWS, notify=(), policy=Policy(reviewers=(LIN,)), locale="en"),
    requested_by=None,
    submitter_user=None,
    opened_at=START,
    card=MessageRef(channel=REVIEWS, ts="1.0"),
)
CLOSED = replace(OPEN, state=ReviewState.CLOSED)


@dataclass
class ScriptedReviews:
    """Stands where Reviews stand: each use case gives the value, or raises the error, that was set for it."""

    script: dict[str, Any] = field(default_factory=dict)
    held: dict[str, asyncio.Event] = field(default_factory=dict)
    """Use cases that wait for their event."""
    asked: list[tuple[Any, ...]] = field(default_factory=list)

    def hold(self, name: str) -> asyncio.Event:
        """Keep a use case waiting until the event is set."""
        return self.held.setdefault(name, asyncio.Event())

    def __getattr__(self, name: str) -> Any:
        async def use_case(*args: Any, **named: Any) -> Any:
            self.asked.append((name, *args, *named.values()))
            if name in self.held:
                await self.held[name].wait()
            answer = self.script.get(name)
            if isinstance(answer, BaseException):
                raise answer
            return answer

        return use_case


class People(FakeDirectory):
    """Who is who; nobody can be looked up while `down`."""

    down = False
    team = TEAM

    async def home_team(self) -> str:
        """See Directory."""
        return self.team

    async def person(self, user_id: str, *, fresh: bool = False) -> Person:
        """See Directory."""
        if self.down or user_id not in self.people:
            raise SlackRefused("users.info", "user_not_found")
        return await super().person(user_id, fresh=fresh)


@dataclass
class Desk:
    """Slack delivers to the app, the app calls the emulated Web API."""

    slack: SlackEmulator
    app: AsyncApp
    reviews: ScriptedReviews
    inflight: InFlight

    async def deliver(self, body: str, content_type: str = "application/x-www-form-urlencoded") -> BoltResponse:
        """A request with Slack's signature; returns what Slack gets, before the work behind it is done."""
        stamp = str(int(time.time()))
        signature = SignatureVerifier(self.slack.signing_secret).generate_signature(timestamp=stamp, body=body)
        headers: dict[str, str | Sequence[str]] = {
            "Content-Type": [content_type],
            "X-Slack-Request-Timestamp": [stamp],
            "X-Slack-Signature": [str(signature)],
        }
        return await self.app.async_dispatch(AsyncBoltRequest(body=body, headers=headers))

    async def interact(self, payload: Any) -> BoltResponse:
        """A click or a submitted form."""
        return await self.deliver(urlencode({"payload": json.dumps(payload)}))

    async def settled(self) -> None:
        """Wait for the work behind the requests."""
        await self.inflight.drain(within=20)

    def trigger(self) -> str:
        """A trigger as a click of Lin's gives."""
        return self.slack._world.triggers.give(LIN)

    def click(self, action_id: str, *, ts: str = "", trigger: str = "", **action: Any) -> dict[str, Any]:
        """Lin presses a button, in a message when there is a `ts`, else in the home."""
        message = {"type": "message", "channel_id": REVIEWS, "message_ts": ts}
        return {
            "type": "block_actions",
            "user": {"id": LIN, "team_id": self.slack.team_id},
            "team": {"id": self.slack.team_id},
            "trigger_id": trigger or self.trigger(),
            "container": message if ts else {"type": "view", "view_id": "V0HOME"},
            "actions": [
                {"type": "button", "block_id": "b", "action_id": action_id, "value": "review-1", **action},
            ],
        }

    def form(self, reason: Any = "Because", *, callback_id: str = "review_vote", **view: Any) -> dict[str, Any]:
        """Lin submits a reason."""
        return {
            "type": "view_submission",
            "user": {"id": LIN, "team_id": self.slack.team_id},
            "team": {"id": self.slack.team_id},
            "view": {
                "id": "V0FORM",
                "type": "modal",
                "callback_id": callback_id,
                "private_metadata": json.dumps({"review": "review-1", "verdict": "approve"}),
                "state": {"values": {"reason": {"reason_text": {"type": "plain_text_input", "value": reason}}}},
                **view,
            },
        }

    def choose(self, value: str, *, ts: str = "", trigger: str = "") -> dict[str, Any]:
        """Lin chooses an entry of a review's menu."""
        option = {"text": {"type": "plain_text", "text": "…"}, "value": value}
        click = self.click("review_menu", ts=ts, trigger=trigger, type="overflow", selected_option=option)
        del click["actions"][0]["value"]
        return click

    def pick(self, view: Any, reason: str) -> dict[str, Any]:
        """Lin picks a common reason in an open form."""
        option = {"text": {"type": "plain_text", "text": "…"}, "value": reason}
        click = self.click("common_reason", type="static_select", selected_option=option)
        return click | {"container": {"type": "view", "view_id": view["id"]}, "view": view}

    def filled(self, callback_id: str, values: dict[str, Any], **view: Any) -> dict[str, Any]:
        """Lin submits another form than that of a vote."""
        sent = json.dumps({"review": "review-1", "user": LIN, "question": "V0ASKED"})
        given = {"private_metadata": sent, "state": {"values": values}} | view
        return self.form(callback_id=callback_id, **given)

    async def card(self) -> str:
        """A message to click in; its ts."""
        api = self.app.client
        answer = await api.chat_postMessage(token=self.slack.bot_token, channel=REVIEWS, text="card")
        return str(answer["ts"])

    def whispers(self, user: str = LIN) -> list[str]:
        """What only this person sees in the review channel."""
        seen = self.slack.messages(REVIEWS, as_user=user)
        return [text_of(message) for message in seen if message.get("is_ephemeral")]

    def modal(self) -> str:
        """The text of the view that Lin has open; "" is none."""
        open_views = self.slack.modals(LIN)
        return text_of(open_views[-1]) if open_views else ""

    def called(self, method: str) -> int:
        """How often the app called a method of the Web API."""
        return [entry.kind for entry in self.slack.traffic].count(method)
