"""Several replicas on PostgreSQL, as real processes: started, killed, restarted and cut off."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, text

from tests.scenarios.cable import Cable
from tests.scenarios.replicas import Fleet, fleet
from tests.scenarios.stage import JONAS, LIN, OMAR, PRIYA, REVIEWS, text_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.postgres import Postgres

APPROVAL, LIST = "CreateAopWorkflowVersionApprovel", "ListWorkflows"
PROMISED = 30.0
"""Seconds within which a killed poller is replaced."""
CARD_WORK = "SELECT id FROM jobs WHERE kind IN ('post_card', 'update_card')"
TRIED = 20
"""Connections that are tried in an outage before every worker of two replicas has met it more than once."""
QUICK_TAKEOVER = "2"
PATIENCE = 60.0
PACE = 0.05
"""Seconds in which people take a breath, and leave the machine to processes that start."""
BREAKS = 30
"""Most votes are cut off, some of them several times; in the end they meet a quiet moment."""


@pytest.fixture
async def cable(postgres: Postgres) -> AsyncIterator[Cable]:
    """A new database behind a cable."""
    laid = Cable(postgres.database())
    await laid.start()
    yield laid
    await laid.stop()


def rows_of(database_url: str, query: str) -> list[tuple[object, ...]]:
    """What a query finds in the database."""
    engine = create_engine(database_url)
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(text(query))]
    engine.dispose()
    return found


def hire(cast: Fleet, count: int) -> list[str]:
    """New reviewers, who are in the review channel too."""
    workspace = cast.slack.workspace
    hired = [f"U0HIRED{number:03}" for number in range(count)]
    for user in hired:
        workspace.users[user] = workspace.users[OMAR] | {"id": user, "name": user.lower(), "real_name": user}
    workspace.groups["S0REVIEWRS"]["users"] += hired
    workspace.channels[REVIEWS]["members"] += hired
    return hired


# --- start -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["http", "socket"])
async def test_three_replicas_start_at_once_on_an_empty_database(postgres: Postgres, tmp_path: Path, mode: str) -> None:
    """Each comes up (in Socket Mode with two of Slack's ten connections), one migrates, each version gets one card."""
    database_url = postgres.database()
    async with fleet(tmp_path, database_url, mode=mode) as cast:
        await cast.start()
        for version in cast.pending():
            await cast.card(version)
        looks = len(cast.gateway.calls(LIST))
        await cast.gateway.changes.until(lambda: len(cast.gateway.calls(LIST)) > looks + 5, what="more looks")

        assert len(cast.slack.messages(REVIEWS)) == len(cast.pending()) == 3
    assert len(rows_of(database_url, "SELECT version_num FROM alembic_version")) == 1
    assert len(rows_of(database_url, "SELECT id FROM reviews")) == 3
    assert len(rows_of(database_url, "SELECT id FROM jobs WHERE kind = 'poll'")) == 1


# --- people at once ----------------------------------------------------------------------------------------------


async def test_twenty_people_vote_at_once_and_one_decides(postgres: Postgres, tmp_path: Path) -> None:
    """Approve and reject mixed, over three replicas: one decision, one call; losers see who was faster."""
    async with fleet(tmp_path, postgres.database()) as cast:
        people = hire(cast, 20)
        await cast.start()
        version = cast.pending()[0]
        verdicts = {user: ("approve", "reject")[number % 2] for number, user in enumerate(people)}
        await cast.card(version)
        await asyncio.gather(
            *(cast.open_modal(user, version, f"review_{verdict}") for user, verdict in verdicts.items())
        )
        sent = await asyncio.gather(*(cast.submit(user, f"Reason of {user}") for user in people))

        assert [answer.error for answer in sent] == [None] * len(people)
        await cast.told(version, "Final status" if cast.status(version) != "rejected" else "UN_PASS")
        (decided,) = cast.secmaster.approvals(version)
        winner = decided["content"].removeprefix("Reason of ")
        assert decided["result"] == {"approve": "PASS", "reject": "UN_PASS"}[verdicts[winner]]
        assert len(cast.calls(APPROVAL)) == 1
        for loser in set(people) - {winner}:
            view = cast.slack.modals(loser)[-1]
            assert f"@{winner}" in text_of(view)
            assert f"Reason of {loser}" in text_of(view)


async def test_two_requests_of_one_version_at_once_open_one_review(postgres: Postgres, tmp_path: Path) -> None:
    """Asked over different replicas in the same instant: one card, and nobody sees an error."""
    database_url = postgres.database()
    async with fleet(tmp_path, database_url, BOT_POLL_INTERVAL="0") as cast:
        await cast.start()
        for version in cast.pending():
            people = (LIN, OMAR, PRIYA, JONAS)
            said = await asyncio.gather(*(cast.say(user, f"request {version}") for user in people))

            told = [text_of(answer) for answer in said]
            assert all("is open" in answer or "already has a review" in answer for answer in told), told
            assert any("is open" in answer for answer in told)
            await cast.card(version)
        await cast.slack.until(lambda: not rows_of(database_url, CARD_WORK), what="cards, all of them")
        assert len(cast.slack.messages(REVIEWS)) == 3
    assert len(rows_of(database_url, "SELECT id FROM reviews")) == 3


# --- one poller --------------------------------------------------------------------------------------------------


async def test_one_replica_at_a_time_looks_for_submissions(postgres: Postgres, tmp_path: Path) -> None:
    """Three replicas look as often as one would, and never two at once, even when a look outlasts a lease."""
    interval = 0.5
    async with fleet(
        tmp_path, postgres.database(), mode="socket", BOT_POLL_INTERVAL=str(interval), BOT_TAKEOVER_AFTER=QUICK_TAKEOVER
    ) as cast:
        await cast.start()
        for version in cast.pending():
            await cast.card(version)
        cast.secmaster.faults.delay(LIST, 5)
        cast.secmaster.faults.delay(LIST, 0.3, times=1000)
        start = len(cast.gateway.passages)
        await cast.gateway.changes.until(
            lambda: len([one for one in cast.gateway.passages[start:] if one.operation == LIST and one.ended]) >= 6,
            timeout=PATIENCE,
            what="six looks",
        )
        passages = [one for one in cast.gateway.passages[start:] if one.ended]

    looks = [one for one in passages if one.operation == LIST]  # any replica may examine what was found
    for earlier in looks:
        assert all(
            later.replica == earlier.replica for later in looks if earlier.began < later.began < (earlier.ended or 0)
        )
    for earlier, later in pairwise(looks):
        assert later.began - (earlier.ended or 0) >= interval


async def test_a_killed_poller_is_replaced_within_thirty_seconds(postgres: Postgres, tmp_path: Path) -> None:
    """Killed in the middle of a look: with the settings as they are by default another replica looks on."""
    async with fleet(tmp_path, postgres.database(), mode="socket") as cast:
        await cast.start()
        trap = cast.gateway.swallow(LIST, lets_through=True)
        await cast.gateway.changes.until(lambda: trap.caught, what="a look")
        looks = len(cast.gateway.calls(LIST))
        workflow = cast.secmaster.new_workflow("Quarantine mailbox", "EASE", "Moves a mailbox aside", "k.tanaka")
        version = cast.secmaster.new_version(workflow["id"], description="First", submitter="k.tanaka")
        cast.secmaster.submit(version)
        await cast.replicas[trap.caught[0].replica].kill()

        await cast.gateway.changes.until(
            lambda: len(cast.gateway.calls(LIST)) > looks, timeout=PROMISED, what="another poller"
        )
        assert cast.gateway.calls(LIST)[-1].replica != trap.caught[0].replica
        await cast.shows(version, "Quarantine mailbox")


# --- the dead ----------------------------------------------------------------------------------------------------


async def test_decisions_of_dead_replicas_are_finished_by_the_others(postgres: Postgres, tmp_path: Path) -> None:
    """Killed while waiting for SecMaster's answer: what was recorded is read back, what was not is sent, each once."""
    async with fleet(tmp_path, postgres.database(), BOT_TAKEOVER_AFTER=QUICK_TAKEOVER) as cast:
        await cast.start()
        recorded, unrecorded = cast.pending()[:2]
        told = await opinion_after_death(cast, recorded, lets_through=True)
        assert "read back" in told
        told = await opinion_after_death(cast, unrecorded, lets_through=False)
        assert "read back" not in told

        for version in (recorded, unrecorded):
            await cast.shows(version, "Approved by", f"@{LIN}")
            assert len(cast.secmaster.approvals(version)) == 1
        assert len(cast.calls(APPROVAL)) == 2


async def opinion_after_death(cast: Fleet, version: str, *, lets_through: bool) -> str:
    """What the thread is told after the replica that made the approval call died waiting for the answer."""
    trap = cast.gateway.swallow(APPROVAL, lets_through=lets_through)
    await cast.vote(LIN, version, "approve", "Survives")
    await cast.gateway.changes.until(lambda: trap.caught, what="the call")
    await cast.replicas[trap.caught[0].replica].kill()

    def found() -> str | None:
        return next((said for said in map(text_of, cast.thread(version)) if "SecMaster's opinion" in said), None)

    return await cast.slack.until(found, timeout=PATIENCE, what="the opinion") or ""


# --- rolling restart ---------------------------------------------------------------------------------------------


class Voter:
    """Somebody who votes on one card again and again, and sees to it that each vote goes through."""

    def __init__(self, cast: Fleet, user: str, version: str) -> None:
        self._cast = cast
        self._user = user
        self._version = version
        self.reasons: list[str] = []

    async def vote_until(self, end: asyncio.Event) -> None:
        """Click, wait for the form, submit."""
        while not end.is_set():
            clicked = await self._cast.press(self._user, self._version, "review_approve")
            assert clicked.error is None, "a click was lost"
            await self._cast.form(self._user)
            reason = f"Vote {len(self.reasons)} of {self._user}."
            sent = await self._cast.submit(self._user, reason)
            assert sent.error is None, "a submit was lost"
            self.reasons.append(reason)
            await self._close_form()
            await asyncio.sleep(PACE)

    async def _close_form(self) -> None:
        """Under load the form says first that the vote is being checked, and a little later that it counts."""
        if not self._cast.slack.modals(self._user):
            return
        view = await self._cast.until(self._recorded, what="a recorded vote")
        await self._cast.slack.close_modal(self._user, view_id=view)

    def _recorded(self) -> str | None:
        view = self._cast.slack.modals(self._user)[-1]
        return str(view["id"]) if "It counts" in text_of(view) else None


async def ask_until(cast: Fleet, user: str, end: asyncio.Event) -> None:
    """Type a command again and again; each is answered."""
    while not end.is_set():
        assert "Isolate compromised host" in text_of(await cast.say(user, "pending"))
        await asyncio.sleep(10 * PACE)


@pytest.mark.parametrize("mode", ["http", "socket"])
async def test_a_rolling_restart_loses_no_click(postgres: Postgres, tmp_path: Path, mode: str) -> None:
    """People click, submit and type all the while: each is acked, each form opens, each vote counts once."""
    async with fleet(
        tmp_path,
        postgres.database(),
        mode=mode,
        second_chance=False,
        BOT_APPROVALS_REQUIRED="20",
        BOT_DRAIN_SECONDS="2",
        BOT_TAKEOVER_AFTER=QUICK_TAKEOVER,
    ) as cast:
        await cast.start()
        version = cast.pending()[0]
        await cast.card(version)
        end = asyncio.Event()
        voters = [Voter(cast, user, version) for user in (LIN, OMAR)]
        busy = [asyncio.create_task(voter.vote_until(end)) for voter in voters]
        busy.append(asyncio.create_task(ask_until(cast, JONAS, end)))
        try:
            for replica in cast.replicas:
                await replica.restart()
        finally:
            end.set()
            await asyncio.gather(*busy)

        reasons = [reason for voter in voters for reason in voter.reasons]
        assert len(reasons) > len(voters)
        await cast.slack.until(lambda: len(cast.thread(version)) >= len(reasons), timeout=PATIENCE, what="all votes")
        told = [text_of(reply) for reply in cast.thread(version)]
        assert [reason for reason in reasons if sum(reason in reply for reply in told) != 1] == []


@pytest.mark.parametrize("mode", ["http", "socket"])
async def test_a_stopped_replica_finishes_the_click_and_the_submit_in_hand(
    postgres: Postgres, tmp_path: Path, mode: str
) -> None:
    """SIGTERM while a click and a vote are checked: the form comes, the vote counts and is acked; status 0."""
    database_url = postgres.database()
    async with fleet(tmp_path, database_url, mode=mode, count=1) as cast:
        await cast.start()
        version = cast.pending()[0]
        await cast.open_modal(LIN, version, "review_approve")
        cast.slack.faults.slow("users.info", 2)
        await cast.press(OMAR, version, "review_approve")
        await cast.slack.until(lambda: not cast.slack.faults.active(), what="a click that is checked")
        cast.slack.faults.slow("users.info", 1)
        submitting = asyncio.create_task(cast.submit(LIN, "In hand"))
        await cast.slack.until(lambda: not cast.slack.faults.active(), what="a vote that is checked")
        process = cast.replicas[0].process
        assert process is not None
        process.terminate()

        sent = await submitting
        assert (sent.error, sent.response_action) == (None, None)
        await cast.form(OMAR)
        assert await asyncio.wait_for(process.wait(), PATIENCE) == 0
    assert rows_of(database_url, "SELECT user_id, reason FROM votes") == [(LIN, "In hand")]


# --- the database ------------------------------------------------------------------------------------------------


async def submit_until_it_counts(cast: Fleet, user: str, reason: str) -> None:
    """Send the form as often as it asks for it, which leaves the typed reason where it is."""
    while (answer := await cast.submit(user, reason)).response_action:
        assert "counts once" in str(answer.errors)


async def test_an_outage_of_the_database_loses_nothing(cable: Cable, tmp_path: Path) -> None:
    """Who votes meanwhile is told to send again, a decision on its way is finished, all goes on when it is back."""
    async with fleet(tmp_path, cable.database_url, mode="socket", count=2, BOT_TAKEOVER_AFTER=QUICK_TAKEOVER) as cast:
        await cast.start()
        early, late = cast.pending()[:2]
        cast.secmaster.faults.delay(APPROVAL, 1)
        await cast.vote(LIN, early, "approve", "Before the outage")
        await cast.open_modal(OMAR, late, "review_approve")
        await cast.gateway.changes.until(lambda: cast.gateway.calls(APPROVAL), what="the call")
        cable.cut()
        refused = await cast.submit(OMAR, "During the outage")
        assert "counts once" in str(refused.errors)
        await cast.press(PRIYA, late, "review_approve")
        await cast.whispered(PRIYA, "database does not answer right now")
        await cast.gateway.changes.until(lambda: cast.gateway.calls(APPROVAL)[0].ended, what="an answer to nobody")
        await cast.slack.until(lambda: cable.refused > TRIED, timeout=PATIENCE, what="workers that go on trying")
        cable.mend()

        await submit_until_it_counts(cast, OMAR, "During the outage")
        for version, reason in ((early, "Before the outage"), (late, "During the outage")):
            await cast.told(version, "SecMaster's opinion", reason)
            await cast.told(version, "Final status")
            assert len(cast.secmaster.approvals(version)) == 1
        assert len(cast.calls(APPROVAL)) == 2
        await asyncio.gather(*(replica.ready() for replica in cast.replicas))


async def test_a_vote_whose_commit_was_never_confirmed_counts_once(cable: Cable, tmp_path: Path) -> None:
    """The connection breaks after the server committed: sent again, the vote is known, and nothing happens twice."""
    async with fleet(tmp_path, cable.database_url, mode="socket", count=2) as cast:
        await cast.start()
        version = cast.pending()[0]
        await cast.open_modal(LIN, version, "review_approve")
        cable.lose_commit_after(b"INSERT INTO votes")
        await submit_until_it_counts(cast, LIN, "Only once")

        assert cable.lost
        await cast.told(version, "Final status")
        assert sum("voted to approve" in text_of(reply) for reply in cast.thread(version)) == 1
        assert len(cast.calls(APPROVAL)) == 1


async def test_connections_broken_again_and_again_lose_and_double_no_vote(postgres: Postgres, tmp_path: Path) -> None:
    """Twelve people vote while all connections break again and again: each vote counts, once."""
    database_url = postgres.database()
    async with fleet(
        tmp_path, database_url, mode="socket", BOT_APPROVALS_REQUIRED="20", BOT_TAKEOVER_AFTER=QUICK_TAKEOVER
    ) as cast:
        people = hire(cast, 12)
        await cast.start()
        version = cast.pending()[0]
        await cast.card(version)
        await asyncio.gather(*(cast.open_modal(user, version, "review_approve") for user in people))
        breaking = asyncio.create_task(break_connections(cast, postgres))
        await asyncio.gather(*(submit_until_it_counts(cast, user, f"Reason of {user}") for user in people))
        breaking.cancel()

        for user in people:
            await cast.told(version, f"Reason of {user}")
        await cast.shows(version, "12 of 20 approvals")
    assert len(rows_of(database_url, "SELECT user_id FROM votes")) == len(people)


async def break_connections(cast: Fleet, postgres: Postgres) -> None:
    """Break every connection when Slack was answered: in the middle of what the others are doing."""
    async with cast.slack.changes.subscribe() as changes:
        for _ in range(BREAKS):
            while (await changes.get())["kind"] != "delivery":
                pass
            await asyncio.to_thread(postgres.kill_connections)
