"""Where the bot is killed: the two emulators in the test's process, the real bot in its own, people who vote."""

from __future__ import annotations

import asyncio
import contextlib
import time
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from bot.sandbox.errors import SandboxTimeout
from bot.sandbox.secmaster import SecMasterEmulator
from bot.sandbox.slack import SlackEmulator
from tests.scenarios.stage import LIN, OMAR, PRIYA, environment
from tests.torture.board import Board
from tests.torture.ledger import Ledger
from tests.torture.lives import Lives, free_port
from tests.torture.voting import Ballot, Voter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.torture.tally import Tally

SETTLES_WITHIN = 90.0
"""Seconds from the last kill until everything is told: a start, a lease that has to end, a wait between two tries."""

REVIEWERS = (LIN, OMAR, PRIYA)


@dataclass(frozen=True)
class Arena:
    """The cast."""

    slack: SlackEmulator
    secmaster: SecMasterEmulator
    lives: Lives
    board: Board
    ledger: Ledger
    voters: dict[str, Voter]
    tally: Tally

    def draft(self, name: str) -> str:
        """A new workflow with a version that nobody has submitted; the version's id."""
        workflow = self.secmaster.new_workflow(name)
        return str(self.secmaster.versions_of(workflow["id"])[0]["id"])

    async def begin(self, *, commit: int = 0, side: str = "") -> None:
        """Start the bot, after a kill on what that kill has left."""
        await self.lives.begin(commit=commit, side=side)
        self.tally.starts += 1

    async def kill(self, moment: str) -> None:
        """Kill -9 at what the summary will call this moment."""
        if await self.lives.kill():
            self.was_killed(moment)

    def was_killed(self, moment: str) -> None:
        """The process has died by itself at this moment, as it was told to."""
        self.ledger.note_calls()
        self.ledger.kills.append(time.time())
        self.tally.kills[moment] += 1

    def calm(self) -> None:
        """Nobody waits for a moment any more."""
        self.slack.faults.moments.clear()
        self.secmaster.faults.moments.clear()

    def votes(self, *ballots: Ballot) -> asyncio.Task[None]:
        """People begin to vote, all at once; done when each of them knows what became of their vote."""
        self.ledger.add(*ballots)

        async def cast() -> None:
            async with asyncio.TaskGroup() as group:
                for ballot in ballots:
                    group.create_task(self.voters[ballot.user].cast(ballot))

        return asyncio.create_task(cast())

    async def settled(self, *versions: str) -> None:
        """Wait until everything holds for these versions; what does not is the assertion."""
        for version in versions:
            with contextlib.suppress(SandboxTimeout):  # what is still wrong says more than that time has passed
                await self.slack.until(partial(self.is_settled, version), timeout=SETTLES_WITHIN)
            assert self._unsettled(version) == []

    async def at_rest(self) -> None:
        """Wait until nothing is left to do, and see that everything holds: what died late is taken up late, too."""
        assert await self.lives.at_rest(SETTLES_WITHIN)
        assert self.ledger.problems() == []

    def is_settled(self, version: str) -> bool:
        """Whether a version has come to the end that it must have."""
        return not self._unsettled(version)

    def _unsettled(self, version: str) -> list[str]:
        if version not in self.ledger.voted_on:
            return [f"{version}: nobody voted"]
        return self.ledger.problems_of(version)


@asynccontextmanager
async def opened(
    folder: Path, tally: Tally, *, database_url: str, mode: str = "socket", approvals_required: int = 1, **changes: str
) -> AsyncIterator[Arena]:
    """An arena whose bot has not begun to live; at the end it is killed, if it still does."""
    async with AsyncExitStack() as stack:
        slack, secmaster = SlackEmulator(), SecMasterEmulator(seed=False)
        slack.workspace.users[LIN]["locale"] = "en-US"
        secmaster.faults.publish_seconds = 0.2
        await slack.start()
        stack.push_async_callback(slack.stop)
        await secmaster.start()
        stack.push_async_callback(secmaster.stop)
        port = free_port()
        if mode == "http":
            slack.deliver_over_http(f"http://127.0.0.1:{port}/slack/events")
        settings = {
            "BOT_MODE": mode,
            "BOT_HTTP_PORT": str(port),
            "BOT_DATABASE_URL": database_url,
            "BOT_APPROVALS_REQUIRED": str(approvals_required),
            "BOT_TAKEOVER_AFTER": "2",
            "BOT_LOG_LEVEL": "ERROR",
            **changes,
        }
        lives = Lives(slack, environment(slack, secmaster, folder, **settings), folder)
        stack.push_async_callback(lives.kill)
        board = Board(slack)
        ledger = Ledger(secmaster, board, approvals_required=approvals_required)
        voters = {user: Voter(user, slack, board, lives) for user in REVIEWERS}
        arena = Arena(slack, secmaster, lives, board, ledger, voters, tally)
        yield arena
        tally.take(ledger)
