"""Messages without the buttons of a review that is over."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.locales import translator
from bot.reviews.models import ClosedBecause, ReviewState
from bot.slack.blocks.over import over
from bot.slack.blocks.reminders import reminder
from tests.scenarios.stage import buttons_of, text_of
from tests.slack.listeners.desk import OPEN

T = translator("en")
OTHER = replace(OPEN, id="review-2")
GONE = replace(OPEN, state=ReviewState.CLOSED, closed_because=ClosedBecause.WITHDRAWN)
TWO = {"text": "two wait", "blocks": list(reminder(T, [OPEN, OTHER]).blocks)}


def test_only_the_part_about_the_review_loses_its_buttons() -> None:
    """The look at the changes stays, as does the other review; what became of it stands where the buttons were."""
    said = over(T, TWO, "review-1", GONE)
    assert said is not None
    assert said.text == "two wait"
    shown = {"blocks": list(said.blocks)}
    assert buttons_of(shown) == ["review_changes", *buttons_of({"blocks": TWO["blocks"][-1:]})]
    assert "This review is closed." in text_of(shown)
    assert over(T, shown, "review-1", GONE) is None


def test_of_a_forgotten_review_it_says_that_nothing_is_known() -> None:
    """Its time was over; a message without a text gets one."""
    said = over(T, {"blocks": TWO["blocks"]}, "review-2", None)
    assert said is not None
    assert said.text == "This review is not known any more."


@pytest.mark.parametrize(
    "block",
    [None, [], {}, {"type": "actions"}, {"type": "actions", "elements": [None, {"value": None, "options": [1, {}]}]}],
)
def test_what_is_no_block_of_ours_stays_as_it_is(block: Any) -> None:
    """Nothing is taken for granted of what Slack sends."""
    assert over(T, {"blocks": [block]}, "review-1", GONE) is None
