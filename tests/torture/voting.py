"""People who vote as people do: when nothing happens they press again, until the form says what became of the vote."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from bot.sandbox.errors import SandboxRefusal, SandboxTimeout
from tests.scenarios.stage import REVIEWS, buttons_of

if TYPE_CHECKING:
    from bot.sandbox.slack import SlackEmulator
    from tests.torture.board import Board
    from tests.torture.lives import Lives

PATIENCE = 180.0
"""Seconds until somebody gives up: nothing here takes that long but a bug."""

AGAIN_AFTER = 0.3
"""Seconds until somebody presses a button again that showed a warning sign."""

FORM_WITHIN = 8.0
"""Seconds until somebody presses again who sees no form."""


class Fate(Enum):
    """What a person knows of their vote."""

    UNKNOWN = "unknown"
    COUNTED = "counted"
    TOO_LATE = "too late"


WAITS, REFUSED = "One moment", "Not possible"
SAID = {"Recorded": Fate.COUNTED, "Vote not counted": Fate.TOO_LATE}
"""What the titles of the views mean that take the form's place."""


@dataclass(eq=False)
class Ballot:
    """One person's vote on one version; no two have the same reason."""

    version: str
    user: str
    verdict: str
    reason: str
    sent: bool = False
    """Whether the form was sent at all."""
    fate: Fate = Fate.UNKNOWN

    @property
    def rejects(self) -> bool:
        """Whether it is a no."""
        return self.verdict == "reject"


class Voter:
    """One person at their client, who does one thing at a time."""

    def __init__(self, user: str, slack: SlackEmulator, board: Board, lives: Lives) -> None:
        self._user = user
        self._slack = slack
        self._board = board
        self._lives = lives
        self._busy = asyncio.Lock()

    async def cast(self, ballot: Ballot) -> None:
        """Vote, however often it takes; the ballot's fate is known then."""
        async with self._busy, asyncio.timeout(PATIENCE):
            while ballot.fate is Fate.UNKNOWN:
                view = await self._form(ballot)
                if view:
                    await self._send(ballot, view)
                elif ballot.fate is Fate.UNKNOWN:
                    await asyncio.sleep(AGAIN_AFTER)

    async def _form(self, ballot: Ballot) -> dict[str, Any] | None:
        """Press the button of the newest card; the form that opens, None when none does."""
        await self._put_away()
        card = await self._slack.until(lambda: self._board.newest(ballot.version), timeout=PATIENCE, what="a card")
        assert card is not None
        if f"review_{ballot.verdict}" not in buttons_of(card):
            ballot.fate = Fate.TOO_LATE
            return None
        life = self._lives.number
        try:
            click = await self._slack.click(
                self._user, channel=REVIEWS, ts=card["ts"], action_id=f"review_{ballot.verdict}"
            )
        except SandboxRefusal:
            return None  # the card has changed under the finger
        return await self._opened(life) if click.error is None else None

    async def _opened(self, life: int) -> dict[str, Any] | None:
        """The form, once it is there; None when it does not come: the bot died, or said no to this person alone."""
        refusals = self._whispers()

        def look() -> dict[str, Any] | str | None:
            view = self._top()
            if view and view["callback_id"] == "review_vote":
                return view
            refused = self._whispers() != refusals or (view and view["title"]["text"] == REFUSED)
            gone = refused or self._lives.number != life
            return "no form" if gone else None

        try:
            found = await self._slack.until(look, timeout=FORM_WITHIN, what="a form")
        except SandboxTimeout:
            return None
        return found if isinstance(found, dict) else None

    async def _send(self, ballot: Ballot, view: dict[str, Any]) -> None:
        """Send the form until something comes of it; it stays open as long as the bot does not answer."""
        while self._slack._world.views.is_open(self._user, view["id"]):
            ballot.sent = True
            life = self._lives.number
            values = {"reason": {"reason_text": ballot.reason}}
            answer = await self._slack.submit(self._user, view_id=view["id"], values=values)
            if answer.error is None and answer.response_action is None:
                ballot.fate = Fate.COUNTED
            elif answer.error is None and answer.response_action == "update":
                ballot.fate = await self._told(life)
            if ballot.fate is not Fate.UNKNOWN or answer.response_action == "update":
                return
            await asyncio.sleep(AGAIN_AFTER)

    async def _told(self, life: int) -> Fate:
        """What the view in the form's place says once it says something; UNKNOWN when the bot dies before."""

        def look() -> str | None:
            view = self._top()
            if view is None or self._lives.number != life:
                return "nothing"
            title = str(view["title"]["text"])
            return None if title == WAITS else title

        title = await self._slack.until(look, timeout=PATIENCE, what="a word about the vote")
        return SAID.get(title or "", Fate.UNKNOWN)

    async def _put_away(self) -> None:
        while view := self._top():
            await self._slack.close_modal(self._user, view_id=view["id"])

    def _top(self) -> dict[str, Any] | None:
        stack = self._slack._world.views.stacks.get(self._user)
        return stack[-1] if stack else None

    def _whispers(self) -> int:
        return len(self._slack._world.messages._own_ephemerals(REVIEWS, self._user))
