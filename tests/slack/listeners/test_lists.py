"""The button under a list that goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.errors import NotAllowed
from bot.reviews.models import Place
from bot.slack.blocks.places import place_text
from tests.reviews.fakes import START
from tests.scenarios.stage import LIN, REVIEWS
from tests.slack.listeners.desk import CLOSED, OPEN

if TYPE_CHECKING:
    from tests.slack.listeners.desk import Desk

PLACE = Place(at=START, review_id="review-0")


async def press(desk: Desk, value: str, **payload: object) -> str:
    """What takes the place of the list."""
    secret = desk.slack._world.response_urls.give(LIN, REVIEWS)
    url = f"{desk.slack.url}/actions/{desk.slack.team_id}/{secret}"
    await desk.interact(desk.click("list_more", value=value) | {"response_url": url} | payload)
    await desk.settled()
    return desk.whispers()[-1]


@pytest.mark.parametrize(
    ("name", "found", "asked", "said"),
    [
        ("pending", [OPEN], ("pending", LIN, False, PLACE), "Waiting for review"),
        ("mine", [OPEN], ("pending", LIN, True, PLACE), "Waiting for your review"),
        ("mine", [], ("pending", LIN, True, PLACE), "Nothing follows any more"),
        ("history", [CLOSED], ("history", LIN, PLACE), "Past reviews"),
        ("history", [], ("history", LIN, PLACE), "Nothing follows any more"),
    ],
)
async def test_the_next_page_takes_the_place_of_the_last(
    desk: Desk, name: str, found: list[object], asked: tuple[object, ...], said: str
) -> None:
    """Of the list that the button names, from the place that it names."""
    desk.reviews.script[str(asked[0])] = found
    assert said in await press(desk, f"{name}:{place_text(PLACE)}")
    assert desk.reviews.asked == [asked]


@pytest.mark.parametrize("value", ["", "pending", "x:1:r", "mine:nan:r", f"approve:{place_text(PLACE)}"])
async def test_a_list_that_we_do_not_know_does_not_go_on(desk: Desk, value: str) -> None:
    """A button's value is not trusted."""
    assert "does nothing any more" in await press(desk, value)
    assert desk.reviews.asked == []


async def test_a_list_that_is_refused_says_why(desk: Desk) -> None:
    """Also to who presses from elsewhere."""
    desk.reviews.script["history"] = NotAllowed("Not you.")
    assert await press(desk, f"history:{place_text(PLACE)}") == "Not you."
    assert "Only people of the workspace" in await press(
        desk, f"history:{place_text(PLACE)}", team={"id": "T0OTHER000"}
    )
