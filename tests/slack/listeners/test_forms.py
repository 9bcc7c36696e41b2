"""Forms before people: a common reason that fills the text, and what is shown while a check is slow."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bot.errors import NotAllowed
from bot.reviews.models import Policy
from bot.sandbox.slack.blockkit import view_problems
from bot.slack.listeners.forms import reason_of
from tests.scenarios.stage import LIN, text_of
from tests.slack.listeners.desk import OPEN, People

if TYPE_CHECKING:
    from bot.reviews.models import Person
    from tests.slack.listeners.desk import Desk

REASONS = ("Ticket is missing", "No rollback")
REVIEW = replace(OPEN, route=replace(OPEN.route, policy=Policy(reviewers=(LIN,), reasons=REASONS)))


async def open_form(desk: Desk) -> dict[str, Any]:
    """The form to reject, open before Lin."""
    desk.reviews.script |= {"check_vote": REVIEW, "find": REVIEW}
    await desk.interact(desk.click("review_reject", ts=await desk.card()))
    await desk.settled()
    return dict(desk.slack.modals(LIN)[-1])


def typed(view: dict[str, Any], text: str | None, block_id: str = "reason") -> dict[str, Any]:
    """The view with this in its text field."""
    field = {"reason_text": {"type": "plain_text_input", "value": text}}
    return view | {"state": {"values": {"common": {"common_reason": {}}, block_id: field}}}


def reason_input(view: dict[str, Any]) -> dict[str, Any]:
    """The block of the text field."""
    (found,) = [block for block in view["blocks"] if block["block_id"].startswith("reason")]
    return dict(found)


@pytest.mark.parametrize(
    ("text", "filled"),
    [("I miss things", "I miss things\nTicket is missing"), ("", "Ticket is missing"), (None, "Ticket is missing")],
)
async def test_a_common_reason_comes_below_what_was_typed(desk: Desk, text: str | None, filled: str) -> None:
    """In an input of its own block_id, since Slack would keep the old text; the form stays what it is."""
    view = await open_form(desk)
    await desk.interact(desk.pick(typed(view, text), "0"))
    await desk.settled()
    shown = desk.slack.modals(LIN)[-1]
    assert shown["id"] == view["id"]
    assert reason_input(shown)["block_id"] == "reason:1"
    assert reason_input(shown)["element"]["initial_value"] == filled
    assert shown["private_metadata"] == view["private_metadata"]
    assert shown["callback_id"] == view["callback_id"]
    assert view_problems({key: shown[key] for key in ("type", "title", "submit", "close", "blocks")}) == []


async def test_a_second_reason_is_added_to_the_first(desk: Desk) -> None:
    """And what was changed meanwhile stays; each filling has its own block."""
    await desk.interact(desk.pick(typed(await open_form(desk), ""), "0"))
    await desk.settled()
    again = typed(dict(desk.slack.modals(LIN)[-1]), "Ticket is missing, as always", "reason:1")
    await desk.interact(desk.pick(again, "1"))
    await desk.settled()
    found = reason_input(desk.slack.modals(LIN)[-1])
    assert found["block_id"] == "reason:2"
    assert found["element"]["initial_value"] == "Ticket is missing, as always\nNo rollback"


async def test_a_reason_of_a_filled_form_is_submitted_and_judged_in_its_block(desk: Desk) -> None:
    """What is sent is the text as it stands there; an error stands beside it."""
    form = typed(desk.form()["view"], "Mine", "reason:2")
    answer = await desk.interact(desk.form() | {"view": form})
    assert answer.body == ""
    assert desk.reviews.asked[-1][4] == "Mine"
    desk.reviews.script["vote"] = RuntimeError("x")
    answer = await desk.interact(desk.form() | {"view": form})
    assert list(json.loads(answer.body)["errors"]) == ["reason:2"]


async def test_a_view_that_changed_meanwhile_is_left_alone(desk: Desk) -> None:
    """The hash says which one the reason was picked in: two quick picks cannot undo each other."""
    view = await open_form(desk)
    for number in ("0", "1"):
        await desk.interact(desk.pick(typed(view, ""), number))
        await desk.settled()
    assert desk.called("views.update") == 2
    assert reason_input(desk.slack.modals(LIN)[-1])["element"]["initial_value"] == "Ticket is missing"


FORGED: list[dict[str, Any]] = [
    {"private_metadata": "{}"},
    {"private_metadata": "[" * 3000},
    {"private_metadata": '{"review": "review-1"}'},
    {"private_metadata": '{"review": "review-1", "verdict": "PASS"}'},
    {"callback_id": "review_ask", "private_metadata": '{"review": "review-1"}'},
    {"callback_id": None},
]


@pytest.mark.parametrize("forged", FORGED, ids=range(len(FORGED)))
@pytest.mark.parametrize("picked", ["0", "7", "-1", "x", "", "²", "9" * 200])
async def test_a_forged_pick_changes_nothing(
    desk: Desk, forged: dict[str, Any], picked: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whichever part of it is wrong; and it is no failure of ours."""
    desk.reviews.script["find"] = REVIEW
    view = {"id": "V0FORM", "callback_id": "review_vote", "private_metadata": '{"review": "r", "verdict": "approve"}'}
    if picked == "0":
        view |= forged
    answer = await desk.interact(desk.pick(view, picked))
    assert answer.status == 200
    await desk.settled()
    assert desk.called("views.update") == 0
    assert "listener.failed" not in capsys.readouterr().out


async def test_a_reason_of_a_review_that_is_gone_changes_nothing(desk: Desk) -> None:
    """Submitting the form says so."""
    view = await open_form(desk)
    desk.reviews.script["find"] = None
    await desk.interact(desk.pick(typed(view, "Mine"), "0"))
    await desk.settled()
    assert desk.called("views.update") == 0


@pytest.mark.parametrize(
    ("block_id", "version"),
    [("reason", 0), ("reason:3", 3), ("reason:x", 0), ("reason:²", 0), ("reason:" + "9" * 5000, 0), ("reason:-1", 0)],
)
def test_how_often_a_form_was_filled_stands_in_its_block(block_id: str, version: int) -> None:
    """What is no number is none, however long it is."""
    assert reason_of(typed({}, "Mine", block_id)) == ("Mine", version)


@pytest.mark.parametrize("view", [None, {}, {"state": []}, {"state": {"values": {"text": {}}}}])
def test_a_form_without_a_reason_has_none(view: Any) -> None:
    """Other forms, and what is no form."""
    assert reason_of(view) == ("", 0)


class Slow(People):
    """Slack says who somebody is after a while."""

    seconds = 0.0

    async def person(self, user_id: str, *, fresh: bool = False) -> Person:
        """See Directory."""
        await asyncio.sleep(self.seconds)
        return await super().person(user_id, fresh=fresh)


@pytest.fixture
def directory() -> Slow:
    """Lin speaks Chinese."""
    lin = People().people["U1"]
    return Slow({LIN: replace(lin, id=LIN, locale="zh-CN")})


@pytest.mark.parametrize(("seconds", "waiting"), [(0.0, "正在确认"), (1.0, "Checking")])
async def test_a_slow_check_is_told_in_the_persons_language_if_that_is_known_soon(
    desk: Desk, directory: Slow, *, seconds: float, waiting: str
) -> None:
    """The trigger does not live long enough to wait for the language; the form itself is in it."""
    desk.reviews.script["check_vote"] = OPEN
    checked = desk.reviews.hold("check_vote")
    directory.seconds = seconds
    await desk.interact(desk.click("review_approve", ts=await desk.card()))
    await desk.slack.until(desk.modal, what="a view")
    assert waiting in desk.modal()
    checked.set()
    await desk.settled()
    assert "理由" in desk.modal()


@pytest.mark.parametrize(("seconds", "waiting"), [(0.0, "正在核对"), (3.0, "being checked")])
async def test_a_slow_submit_is_told_in_the_persons_language_if_that_is_known_soon(
    desk: Desk, directory: Slow, *, seconds: float, waiting: str
) -> None:
    """Slack waits three seconds in all; what was typed is shown meanwhile."""
    counted = desk.reviews.hold("vote")
    directory.seconds = seconds
    answer = await desk.interact(desk.form("My words"))
    said = text_of(json.loads(answer.body)["view"])
    assert waiting in said
    assert "My words" in said
    counted.set()
    await desk.settled()


async def test_a_slow_refusal_of_a_menu_is_told_in_the_waiting_view(desk: Desk) -> None:
    """Every form waits in the same way."""
    desk.reviews.script["check_vote"] = NotAllowed("Not you.")
    checked = desk.reviews.hold("check_vote")
    await desk.interact(desk.choose("ask:review-1", ts=await desk.card()))
    await desk.slack.until(desk.modal, what="a view")
    checked.set()
    await desk.settled()
    assert "Not you." in desk.modal()
