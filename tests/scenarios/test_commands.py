"""The slash command, as a person types it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.reviews.models import ClosedBecause, ReviewState
from tests.reviews.fakes import START
from tests.scenarios.stage import GUEST, LIN, OMAR, PRIYA, REVIEWS, buttons_of, text_of
from tests.slack.listeners.desk import OPEN

if TYPE_CHECKING:
    from tests.scenarios.conftest import Open
    from tests.scenarios.stage import Stage


@pytest.mark.parametrize("typed", ["help", "", "HELP", "frobnicate", "hepl me"])
async def test_help_and_unknown_words_list_every_subcommand(socket_stage: Stage, typed: str) -> None:
    """Whatever is not understood is answered with what is."""
    answer = text_of(await socket_stage.say(OMAR, typed))

    for name in ("help", "pending", "show VERSION_ID", "request VERSION_ID", "history"):
        assert f"/secmaster {name}" in answer


async def test_pending_and_history_follow_the_reviews(stage: Stage) -> None:
    """What waits is under pending, what ended under history, only for the eyes of who asked."""
    version, other = stage.pending()[:2]
    await stage.card(version)
    await stage.card(other)
    assert version in text_of(await stage.say(OMAR, "pending"))
    assert "No review has ended yet" in text_of(await stage.say(OMAR, "history"))

    await stage.vote(LIN, version, "reject", "Not yet")
    await stage.told(version, "Final status")

    pending = text_of(await stage.say(OMAR, "pending"))
    assert other in pending
    assert version not in pending
    history = text_of(await stage.say(OMAR, "history"))
    assert version in history
    assert f"@{LIN}" in history
    assert stage.whispers(PRIYA) == []


async def test_show_tells_the_version_and_its_review(socket_stage: Stage) -> None:
    """A version shows its status in SecMaster, its steps, its votes and SecMaster's opinion."""
    stage = socket_stage
    version = stage.pending()[0]
    await stage.vote(LIN, version, "approve", "Good to go")
    await stage.told(version, "Final status")

    shown = text_of(await stage.say(OMAR, f"show {version}"))
    for words in ("Good to go", "PASS", f"@{LIN}", version, "→"):
        assert words in shown


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("show", "Type it as: /secmaster show VERSION_ID"),
        ("request", "Type it as: /secmaster request VERSION_ID"),
        ("pending now", "pending mine"),
        ("show nosuchversion", "SecMaster knows no workflow version nosuchversion"),
        ("request ../../etc", "does not look like a workflow version id"),
    ],
)
async def test_a_mistake_is_answered_with_what_to_do(socket_stage: Stage, typed: str, told: str) -> None:
    """Missing, superfluous, unknown and odd arguments."""
    assert told in text_of(await socket_stage.say(OMAR, typed))


async def test_a_draft_cannot_be_requested(socket_stage: Stage) -> None:
    """A version that does not wait for review gets no card, and the person is told its status."""
    stage = socket_stage
    draft = next(one["id"] for one in stage.secmaster.versions.values() if one["status"] == "pending_submit")
    assert "does not wait for review" in text_of(await stage.say(OMAR, f"request {draft}"))
    assert stage.cards(draft) == []


async def test_request_opens_the_review_at_once_and_only_once(open_stage: Open) -> None:
    """With the poller off the command alone brings the card; asking again points to it."""
    async with open_stage(BOT_POLL_INTERVAL="0") as stage:
        version = stage.pending()[0]
        assert "is open" in text_of(await stage.say(OMAR, f"request {version}"))
        card = await stage.shows(version, "Review asked for by", f"@{OMAR}")
        assert "already has a review" in text_of(await stage.say(PRIYA, f"request {version}"))
        assert [one["ts"] for one in stage.slack.messages(REVIEWS)] == [card["ts"]]


async def test_guests_learn_nothing(socket_stage: Stage) -> None:
    """A guest may type the command and gets no list."""
    stage = socket_stage
    await stage.card(stage.pending()[0])
    answer = text_of(await stage.say(GUEST, "pending"))
    assert "Guests cannot" in answer
    assert stage.pending()[0] not in answer


async def test_a_long_list_is_paged(stage: Stage) -> None:
    """Forty-five past reviews: twenty, the next twenty in their place, and the last five without a button."""
    assert stage.bot is not None
    for number in range(45):
        ended = replace(
            OPEN,
            id=f"r{number:03}",
            state=ReviewState.CLOSED,
            closed_because=ClosedBecause.WITHDRAWN,
            closed_at=START + timedelta(seconds=number),
            submission=replace(OPEN.submission, version_id=f"version-{number:04}"),
        )
        await stage.bot._store.transact(lambda tx, ended=ended: tx.add_review(ended))  # type: ignore[misc]
    await stage.say(OMAR, "history")
    for newest, oldest in ((44, 25), (24, 5), (4, 0)):
        page = [f"version-{number:04}" for number in range(newest, oldest - 1, -1)]

        def arrived(page: list[str] = page) -> bool:
            return re.findall(r"version-\d{4}", text_of(stage.whispers(OMAR)[-1])) == page

        await stage.until(arrived, f"the page from {newest} to {oldest}")
        shown = stage.whispers(OMAR)[-1]
        if oldest:
            await stage.slack.click(OMAR, channel=REVIEWS, ts=shown["ts"], action_id="list_more")
    assert "list_more" not in buttons_of(shown)
    assert len(stage.whispers(OMAR)) == 1
