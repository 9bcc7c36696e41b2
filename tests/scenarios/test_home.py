"""The home tab: what waits for me, what I voted on, what I submitted; buttons that work from there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bot.reviews.lists import WAITING_AT_HOME
from tests.scenarios.stage import GUEST, JONAS, LIN, OMAR, buttons_of, menu_of, text_of

if TYPE_CHECKING:
    from tests.scenarios.conftest import Open
    from tests.scenarios.stage import Stage


def row_of(view: dict[str, Any], words: str) -> dict[str, Any]:
    """The row of buttons below the entry that says this."""
    blocks = view["blocks"]
    place = next(number for number, block in enumerate(blocks) if words in text_of({"blocks": [block]}))
    row: dict[str, Any] = blocks[place + 1]
    return row


async def test_the_queue_works_from_the_home_and_follows_what_happens(stage: Stage) -> None:
    """Oldest first, with how long it waits; after the vote it stands under what I voted on, everywhere it is open."""
    first, other = stage.pending()[:2]
    await stage.slack.until(lambda: all(map(stage.cards, stage.pending())), what="cards")
    for user in (OMAR, LIN):
        await stage.slack.open_home(user)
    view = await stage.home(OMAR, "Waiting for your review", *stage.pending())
    assert "What you voted on lately" not in text_of(view)
    assert len(menu_of(view)) == 5 * len(stage.pending())

    row = row_of(view, first)
    await stage.slack.click_in_home(OMAR, action_id="review_approve", block_id=row["block_id"])
    await stage.submit(OMAR, "From the home")
    view = await stage.home(OMAR, "What you voted on lately", "approved", "you approved it")
    for user in (OMAR, LIN):  # ids are shown where they are needed: in the queue
        await stage.until(lambda user=user: first not in text_of(stage.slack.home(user)), "a home without it")  # type: ignore[misc]

    second = row_of(stage.slack.home(OMAR) or {}, other)
    await stage.slack.click_in_home(
        OMAR, action_id="review_menu", block_id=second["block_id"], value=menu_value(second)
    )
    told = await stage.until(lambda: stage.slack.modals(OMAR), "a word")
    assert "You will be reminded" in text_of(told[-1])


def menu_value(row: dict[str, Any]) -> str:
    """The entry of a row's menu that asks for a reminder in an hour."""
    options = next(element["options"] for element in row["elements"] if element["type"] == "overflow")
    return next(str(option["value"]) for option in options if option["value"].startswith("1h:"))


async def test_an_empty_home_teaches_and_a_guest_s_says_why(stage: Stage) -> None:
    """What will appear, and which commands there are."""
    await stage.slack.open_home(JONAS)
    taught = text_of(await stage.home(JONAS, "Nothing waits for you"))
    assert "/secmaster pending" in taught
    assert "/secmaster help" in taught
    await stage.slack.open_home(GUEST)
    view = await stage.home(GUEST, "Only active, full members")
    assert buttons_of(view) == []


async def test_who_asked_for_a_review_finds_it_at_home(open_stage: Open) -> None:
    """With where it stands."""
    async with open_stage(BOT_POLL_INTERVAL="0") as stage:
        version = stage.pending()[0]
        await stage.say(JONAS, f"request {version}")
        await stage.slack.open_home(JONAS)
        await stage.home(JONAS, "What you submitted", "waiting")
        await stage.vote(LIN, version, "reject", "No rollback")
        await stage.home(JONAS, "What you submitted", "rejected")
        written = await stage.written(JONAS, "was rejected by", "No rollback")
        assert "UN_PASS" in text_of(written)


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_a_long_queue_is_turned_page_by_page(open_stage: Open, mode: str) -> None:
    """And back to its beginning; no page comes near Slack's limit of a hundred blocks."""
    async with open_stage(mode) as stage:
        for number in range(2 * WAITING_AT_HOME):
            workflow = stage.secmaster.new_workflow(f"Flow {number:02}", "NORMAL", "One of many", "zhang.wei")
            stage.secmaster.submit(stage.secmaster.versions_of(workflow["id"])[0]["id"])
        waiting = len(stage.pending())
        await stage.slack.until(lambda: all(map(stage.cards, stage.pending())), timeout=90, what="cards")
        await stage.slack.open_home(OMAR)
        view = await stage.home(OMAR, "Show the next")
        seen = {option.partition(":")[2] for option in menu_of(view)}
        assert len(seen) == WAITING_AT_HOME
        while next_page := [action for action in buttons_of(view) if action.startswith("home_turn")]:
            before = menu_of(view)
            await stage.slack.click_in_home(OMAR, action_id=next_page[0])
            view = await stage.until(lambda before=before: turned(stage, before), "another page")  # type: ignore[misc]
            seen |= {option.partition(":")[2] for option in menu_of(view)}
            assert len(view["blocks"]) < 100
        assert len(seen) == waiting
        await stage.slack.click_in_home(OMAR, action_id="home_first:waiting")
        view = await stage.home(OMAR, "Show the next")
        assert "From the beginning" not in text_of(view)


def turned(stage: Stage, before: list[str]) -> dict[str, Any] | None:
    """Omar's home, once it shows other reviews."""
    view = stage.slack.home(OMAR)
    return view if view and menu_of(view) != before else None
