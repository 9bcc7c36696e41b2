"""Reviewers at their clients: they press Approve, type a reason, send it, and see the opinion in the thread."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bench.venue import CHANNEL, CROWD, reviewer
from bot.sandbox.errors import SandboxRefusal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bench.venue import Venue

UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
ANSWERED = re.compile(r"\b(UN_)?PASS\b")
PATIENCE_S = 60.0
FORM_WITHIN_S = 4.0
"""Until somebody presses again who sees no form."""
AGAIN_AFTER_S = 0.2
"""Until somebody presses again who saw a warning sign."""
COMMAND, ASKS = "/secmaster", "U0PRIYA000"
"""Who has reviews opened is no reviewer: the bot lets nobody vote on what they asked for."""


@dataclass
class Played:
    """What a round of reviews took: milliseconds each, and the whole."""

    click_to_ack: list[float] = field(default_factory=list)
    click_to_open: list[float] = field(default_factory=list)
    submit_to_ack: list[float] = field(default_factory=list)
    submit_to_opinion: list[float] = field(default_factory=list)
    cpu_ms: float = 0.0
    """Of the contender, a review."""
    per_second: float = 0.0
    """Reviews from the first click to the last opinion."""
    pressed_again: int = 0
    """How often nothing came of a click or a submit within Slack's three seconds."""
    given_up: int = 0
    """Reviews of which nothing came while people had patience, however often they pressed."""


class People:
    """The crowd of one venue; listens to what arrives at its Slack."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._cards: dict[str, asyncio.Future[str]] = {}
        self._opened: dict[str, asyncio.Future[float]] = {}
        self._forms: dict[str, asyncio.Future[float]] = {}
        self._answered: dict[str, asyncio.Future[float]] = {}
        self._listen()

    async def deal(self, count: int) -> list[str]:
        """Have so many cards posted; their ts, once the contender is at rest."""
        slack, loop = self._venue.slack, asyncio.get_running_loop()
        versions = self._venue.submissions(count)
        self._cards = {version: loop.create_future() for version in versions}
        for version in versions:
            await slack.command(ASKS, channel=CHANNEL, command=COMMAND, text=f"request {version}")
        async with asyncio.timeout(PATIENCE_S):
            cards = [await card for card in self._cards.values()]
        await self._venue.rest()
        self._venue.forget_who_asked()
        return cards

    async def at_rate(self, cards: Iterable[str], *, every: float) -> Played:
        """One review begun every so many seconds, however long they take."""
        return await self._play(list(cards), every=every, at_once=CROWD)

    async def at_once(self, cards: Iterable[str], *, people: int) -> Played:
        """So many people at a time, each of whom takes the next card when done with one."""
        return await self._play(list(cards), every=0.0, at_once=people)

    async def _play(self, cards: list[str], *, every: float, at_once: int) -> Played:
        played, used, began = Played(), self._venue.cpu_seconds(), time.perf_counter()
        idle: asyncio.Queue[str] = asyncio.Queue()
        for number in range(at_once):
            idle.put_nowait(reviewer(number))

        async def one(number: int, ts: str) -> float:
            await asyncio.sleep(max(began + number * every - time.perf_counter(), 0.0))
            user = await idle.get()
            ended = await self._review(user, ts, played)
            idle.put_nowait(user)
            return ended

        ends = await asyncio.gather(*(one(number, ts) for number, ts in enumerate(cards)))
        played.per_second = (len(cards) - played.given_up) / (max(ends) - began)
        if not played.given_up:  # else presses that came to nothing keep it busy for long
            await self._venue.rest()
        played.cpu_ms = (self._venue.cpu_seconds() - used) * 1000 / len(cards)
        return played

    async def _review(self, user: str, ts: str, played: Played) -> float:
        """A whole review; when its opinion stood in the thread, or nobody waited for it any more."""
        try:
            return await self._pressed_until_answered(user, ts, played)
        except TimeoutError:
            played.given_up += 1
            return time.perf_counter()

    async def _pressed_until_answered(self, user: str, ts: str, played: Played) -> float:
        answered = self._answered[ts] = asyncio.get_running_loop().create_future()
        async with asyncio.timeout(PATIENCE_S):
            while not answered.done():
                if await self._open_form(user, ts, played):
                    await self._submit(user, ts, answered, played)
                if not answered.done():
                    played.pressed_again += 1
                    await asyncio.sleep(AGAIN_AFTER_S)
            ended: float = await answered
        return ended

    async def _open_form(self, user: str, ts: str, played: Played) -> bool:
        """Press Approve; whether a form came of it."""
        slack = self._venue.slack
        slack._world.views.close(user)
        shown = self._forms[user] = asyncio.get_running_loop().create_future()
        opened = self._opened[user] = asyncio.get_running_loop().create_future()
        began = time.perf_counter()
        try:
            click = await slack.click(user, channel=CHANNEL, ts=ts, action_id="review_approve")
        except SandboxRefusal:
            return False  # the card has lost its buttons by now
        if click.error:
            return False
        try:
            async with asyncio.timeout(FORM_WITHIN_S):
                await shown
        except TimeoutError:
            return False
        played.click_to_ack.append(click.ms)
        played.click_to_open.append((await opened - began) * 1000)
        return True

    async def _submit(self, user: str, ts: str, answered: asyncio.Future[float], played: Played) -> None:
        """Send the form, and wait for the opinion."""
        slack = self._venue.slack
        views = slack._world.views.stacks.get(user)
        if not views:
            return
        values = {"reason": {"reason_text": f"Tested in staging, no findings ({ts})"}}
        began = time.perf_counter()
        try:
            answer = await slack.submit(user, view_id=views[-1]["id"], values=values)
        except SandboxRefusal:
            return
        if answer.error or answer.response_action:
            return
        played.submit_to_ack.append(answer.ms)
        played.submit_to_opinion.append((await answered - began) * 1000)

    # --- what arrives at the emulated Slack

    def _listen(self) -> None:
        faults = self._venue.slack.faults
        reach = faults.reach

        async def heard(method: str, moment: Any, args: dict[str, Any]) -> None:
            self._hear(method, moment, args)
            await reach(method, moment, args)

        faults.reach = heard  # type: ignore[method-assign]

    def _hear(self, method: str, moment: str, args: dict[str, Any]) -> None:
        now = time.perf_counter()
        if method == "views.open":
            trigger = self._venue.slack._world.triggers._given.get(str(args.get("trigger_id")))
            waiting = self._opened if moment == "arrives" else self._forms
            if trigger:
                _done(waiting.get(trigger.user), now)
        elif method == "chat.postMessage" and moment == "applied":
            if "thread_ts" not in args:
                self._card_posted(args)
            elif ANSWERED.search(str(args.get("text"))):
                _done(self._answered.get(str(args["thread_ts"])), now)

    def _card_posted(self, args: dict[str, Any]) -> None:
        ts = next(reversed(self._venue.slack._world.messages._channels[CHANNEL]))
        for version in UUID.findall(str(args.get("blocks"))):
            _done(self._cards.get(version), ts)


def _done(future: asyncio.Future[Any] | None, value: Any) -> None:
    if future and not future.done():
        future.set_result(value)
