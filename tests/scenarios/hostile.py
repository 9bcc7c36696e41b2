"""People who may not vote, what they could send, and how to tell that it had no effect."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import io
import json
import re
import time
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any, Self

import aiohttp
from sqlalchemy import select
from yarl import URL

from bot.sandbox.slack import interactions
from bot.sandbox.slack.envelope import COMMANDS, EVENTS, HANDSHAKE, INTERACTIVE
from bot.slack.blocks.card import APPROVE, REJECT, RETRY
from bot.slack.blocks.home import REFRESH
from bot.store.schema import audit, jobs
from tests.scenarios.stage import EXTERNAL, GUEST, JONAS, LIN, OMAR, PRIYA, REVIEWS
from tests.slack.mutations import Mutator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.reviews.audit import AuditEvent
    from bot.reviews.models import Review
    from tests.scenarios.stage import Stage
    from tests.slack.mutations import Sent

GONE, OTHER_BOT, SLACKBOT = "U0GONE0000", "U0OTHERBOT", "USLACKBOT"
VOTERS = (LIN, OMAR, PRIYA)
OTHERS = (JONAS, GUEST, EXTERNAL, GONE, OTHER_BOT, SLACKBOT)
STRANGERS = ("U0NOBODY00", "W0NOBODY00", "T0PARTNER0", "u0meilin00")

COMMANDS_TYPED = (
    "", "help", "pending", "history", "show {version}", "request {version}", "show x", "show ../../x",
    "nonsense <!here>", "show {version} more", "request 00000000-0000-0000-0000-000000000000",
)  # fmt: skip

BLOCK_ID = re.compile(r'"block_id": "[^"]*"')

LEAKS = re.compile(
    r"Traceback|File \"|site-packages|\w+\.py\b|0x[0-9a-f]{8}|\bbot\.\w+\.\w+"
    r"|\b[A-Z]\w*(?:Error|Exception|Warning)\b|\b(?:Slack|SecMaster)(?:Refused|Throttled|Unreachable|OutcomeUnknown)\b"
)
"""What no person should ever read: a stack, a path, a class."""


@dataclass
class Attack:
    """A stage with reviews in several states, and everything that is sent to it."""

    stage: Stage
    seed: int
    reviews: list[Review] = field(default_factory=list)
    mutator: Mutator = field(init=False)

    async def prepare(self, *, decide: bool = True) -> None:
        """One review decided, the others open with their cards; remember how everything stands."""
        stage = self.stage
        decided, *others = stage.pending()
        for version in (decided, *others):
            await stage.card(version)
        if decide:
            await stage.vote(LIN, decided, "approve", "Before all this")
            await stage.told(decided, "Final status")
        await self.at_rest()
        self.random = Random(self.seed)
        self.view_of_home = await self._home()
        await self.at_rest()
        self.reviews = await self.standing()
        ids = [review.id for review in self.reviews] + [review.submission.version_id for review in self.reviews]
        cards = [message["ts"] for message in stage.slack.messages(REVIEWS)]
        more = ("T0OTHER000", "E0OTHER000", "C0RELEASES", "C0NOWHERE0", REVIEWS, "0" * 32, "V0NONE0000")
        self.mutator = Mutator(self.random, [*OTHERS, *STRANGERS, *ids, *cards, *more])
        self.cards = self.drawn()
        self.messages = {review.id: self._message(review) for review in self.reviews}

    def _message(self, review: Review) -> dict[str, Any]:
        """The card's message, but that nobody is named in it who may vote."""
        assert review.card is not None
        message = self.stage.slack._world.messages.get(REVIEWS, review.card.ts)
        assert message is not None
        kept = {key: value for key, value in message.items() if not key.startswith("reply_")}
        nameless: dict[str, Any] = json.loads(json.dumps(kept).replace(LIN, "U0DECIDER0"))
        return nameless

    async def at_rest(self) -> None:
        """Wait until the bot has done all that was asked of it; nothing may have been given up."""
        assert self.stage.bot is not None
        bot = self.stage.bot
        await bot._reception.inflight.drain(within=60)
        work = select(jobs.c.kind, jobs.c.buried, jobs.c.error)
        async with asyncio.timeout(60):
            while found := await bot._store.transact(lambda tx: tx._connection.execute(work).all()):
                buried = [job for job in found if job.buried]
                assert not buried, buried[:5]
                if {job.kind for job in found} <= {"poll", "forget"}:
                    return
                await asyncio.sleep(0.02)

    async def trail(self, *events: AuditEvent) -> list[Any]:
        """What the audit trail holds of these events: user_id, review_id and details of each."""
        assert self.stage.bot is not None
        entries = select(audit.c.user_id, audit.c.review_id, audit.c.details).where(audit.c.event.in_(events))
        return list(await self.stage.bot._store.transact(lambda tx: tx._connection.execute(entries).all()))

    async def standing(self) -> list[Review]:
        """Every review with its votes, as the bot's store has it."""
        assert self.stage.bot is not None
        store = self.stage.bot._store
        return await store.transact(lambda tx: [*tx.pending_reviews(limit=100), *tx.ended_reviews(limit=100)])

    def drawn(self) -> list[str]:
        """What stands in the review channel for everybody, threads included."""
        slack = self.stage.slack
        top = slack.messages(REVIEWS)
        drawn = [(one["text"], one.get("blocks"), slack.thread(REVIEWS, one["ts"])) for one in top]
        return [BLOCK_ID.sub("", json.dumps(one)) for one in drawn]  # Slack gives those anew when a card is redrawn

    async def _home(self) -> dict[str, Any]:
        slack = self.stage.slack
        await slack.open_home(LIN)
        home = await slack.until(lambda: slack.home(LIN), what="a home with buttons")
        assert home is not None
        return home

    # --- what Slack could send of these people

    def originals(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Payloads as the emulator makes them, of every kind, in an order that the seed gives."""
        makers: list[Callable[[str], tuple[str, dict[str, Any]]]] = [
            self._click, self._click, self._click, self._click_in_home, self.submission, self.submission,
            self.submission, self._closed, self._command, self._command, self._event, self._bare,
        ]  # fmt: skip
        while True:
            yield self.random.choice(makers)(self.random.choice(OTHERS))

    def _action(self, review: Review) -> dict[str, Any]:
        action_id = self.random.choice((APPROVE, APPROVE, REJECT, RETRY, REFRESH, "vote_v0"))
        return {"type": "button", "block_id": "b", "action_id": action_id, "value": review.id, "action_ts": "1.0"}

    def _click(self, user: str) -> tuple[str, dict[str, Any]]:
        world, review = self.stage.slack._world, self.random.choice(self.reviews)
        room, message = world.workspace.channels[REVIEWS], self.messages[review.id]
        return INTERACTIVE, interactions.on_message(world, user, room, message, self._action(review))

    def _click_in_home(self, user: str) -> tuple[str, dict[str, Any]]:
        action = self._action(self.random.choice(self.reviews))
        return INTERACTIVE, interactions.on_view(self.stage.slack._world, user, self.view_of_home, action)

    def form(self, user: str, review: Review) -> dict[str, Any]:
        """A reason modal as it was never opened for this person, filled in."""
        verdict = "approve" if user in VOTERS else self.random.choice(("approve", "reject"))
        typed = {"reason": {"reason_text": {"type": "plain_text_input", "value": f"Let me in {self.random.random()}"}}}
        return self.view_of_home | {
            "id": f"V{self.random.randrange(10**9):09}", "type": "modal", "callback_id": "review_vote", "blocks": [],
            "private_metadata": json.dumps({"review": review.id, "verdict": verdict, "user": user}),
            "state": {"values": typed},
        }  # fmt: skip

    def submission(self, user: str) -> tuple[str, dict[str, Any]]:
        """They send that form."""
        form = self.form(user, self.random.choice(self.reviews))
        return INTERACTIVE, interactions.submission(self.stage.slack._world, user, form)

    def _closed(self, user: str) -> tuple[str, dict[str, Any]]:
        form = self.form(user, self.random.choice(self.reviews))
        return INTERACTIVE, interactions.closed(self.stage.slack._world, user, form, cleared=True)

    def _command(self, user: str) -> tuple[str, dict[str, Any]]:
        world, version = self.stage.slack._world, self.random.choice(self.reviews).submission.version_id
        typed = self.random.choice(COMMANDS_TYPED).format(version=version)
        return COMMANDS, dict(interactions.command(world, user, world.workspace.channels[REVIEWS], "/secmaster", typed))

    def _event(self, user: str) -> tuple[str, dict[str, Any]]:
        kind = self.random.choice(
            ("app_home_opened", "app_home_opened", "app_uninstalled", "tokens_revoked", "message")
        )
        inner = {"type": kind, "user": user, "channel": REVIEWS, "tab": "home", "text": "x"}
        return EVENTS, interactions.event(self.stage.slack._world, inner)

    def _bare(self, user: str) -> tuple[str, dict[str, Any]]:
        """Kinds of payloads that we have no use for."""
        head = interactions.closed(self.stage.slack._world, user, self.form(user, self.reviews[0]), cleared=False)
        kind = self.random.choice(
            ("shortcut", "message_action", "block_suggestion", "dialog_submission", "interactive_message", HANDSHAKE)
        )
        more = {"type": kind, "callback_id": "review_vote", "challenge": "c", "action_id": APPROVE, "block_id": "b"}
        return (EVENTS if kind == HANDSHAKE else INTERACTIVE), head | more | {"actions": [], "action_ts": "1.0"}


def judge(texts: str, secrets: tuple[str, ...]) -> None:
    """Nothing in what people read is for us alone."""
    assert not (found := LEAKS.search(texts)), texts[max(found.start() - 200, 0) : found.end() + 200]
    assert not [secret for secret in secrets if secret in texts]


def secrets_of(stage: Stage) -> tuple[str, ...]:
    """What the bot keeps to itself."""
    slack, secmaster = stage.slack, stage.secmaster
    return (slack.bot_token, slack.app_token, slack.signing_secret, secmaster.ak, secmaster.sk, "sqlite://")


def seen_by_people(stage: Stage) -> str:
    """Everything that anybody has before them in Slack."""
    world = stage.slack._world
    return json.dumps([world.messages._channels, world.messages._ephemerals, world.views.stacks, world.views.homes])


class Poster:
    """Sends requests to the bot with Slack's signature."""

    def __init__(self, stage: Stage) -> None:
        assert stage.bot is not None
        self._secret = stage.slack.signing_secret
        self._url = URL(f"http://127.0.0.1:{stage.bot.server.port}")
        self._session = aiohttp.ClientSession(trust_env=False)

    async def post(self, sent: Sent, *, at: float | None = None) -> tuple[int, str]:
        """Status and body of the answer; `at` is the time of the signature, now unless given."""
        stamp = str(int(time.time() if at is None else at))
        digest = hmac.new(self._secret.encode(), f"v0:{stamp}:".encode() + sent.body, hashlib.sha256).hexdigest()
        headers = {
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": f"v0={digest}",
            "Content-Type": sent.content_type,
        }
        async with self._session.post(
            self._url / "slack" / "events", data=io.BytesIO(sent.body), headers=headers
        ) as answer:
            return answer.status, await answer.text(errors="replace")

    async def ready(self) -> bool:
        """Whether the bot says that it is alive and fit for work."""
        alive = [self._session.get(self._url / name) for name in ("livez", "readyz")]
        return [answer.status for answer in await asyncio.gather(*alive)] == [200, 200]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()
