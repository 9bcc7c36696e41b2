"""Clicks as we believe them, and what a menu's entries do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bot.errors import NotAllowed, NoVote, ReviewGone
from bot.locales import translator
from bot.reviews.models import MessageRef, Place, Question
from bot.reviews.pages import HomeList
from bot.slack.blocks.card import card
from bot.slack.blocks.notices import question
from bot.slack.blocks.places import place_text
from bot.slack.blocks.reminders import reminder
from bot.slack.listeners.clicks import click_of
from tests.reviews.fakes import START
from tests.scenarios.stage import LIN, REVIEWS, buttons_of, text_of
from tests.slack.listeners.desk import OPEN

if TYPE_CHECKING:
    from bot.slack.blocks.message import Message
    from tests.slack.listeners.desk import Desk, People

T = translator("en")
OTHER = replace(OPEN, id="review-2")
CARD, REMINDER, TWO = card(T, OPEN), reminder(T, [OPEN]), reminder(T, [OPEN, OTHER])
ASKED = replace(OPEN, questions=(Question(id="V0ASKED", asked_by=LIN, text="Why?", asked_at=START),))


def inside(click: dict[str, Any], message: Message) -> dict[str, Any]:
    """The click in this message."""
    return click | {"message": {"text": message.text, "blocks": list(message.blocks)}}


@pytest.mark.parametrize(("message", "redrawn"), [(CARD, True), (REMINDER, True), (TWO, False)])
@pytest.mark.parametrize("menu", [False, True])
async def test_a_message_of_several_reviews_is_never_redrawn_as_a_card(
    desk: Desk, message: Message, *, redrawn: bool, menu: bool
) -> None:
    """The other reviews in a reminder would be lost; the one who pressed is told all the same."""
    gone = ReviewGone("Gone.")
    desk.reviews.script |= {"check_vote": gone, "remind_me": gone}
    ts = await desk.card()
    click = desk.choose("1h:review-1", ts=ts) if menu else desk.click("review_approve", ts=ts)
    await desk.interact(inside(click, message))
    await desk.settled()
    (asked,) = desk.reviews.asked
    assert asked[-1] == (MessageRef(channel=REVIEWS, ts=ts) if redrawn else None)
    assert desk.whispers() == ["Gone."]


async def test_a_question_is_never_redrawn_as_a_card(desk: Desk) -> None:
    """It stays to be read in the thread, whatever became of its review."""
    desk.reviews.script["check_open"] = ReviewGone("Gone.")
    click = desk.click("question_answer", ts=await desk.card(), value="V0ASKED:review-1")
    await desk.interact(inside(click, question(T, ASKED, "V0ASKED")))
    await desk.settled()
    assert desk.reviews.asked == [("admit", LIN), ("check_open", "review-1"), ("find", "review-1")]
    assert desk.whispers() == ["Gone."]


async def test_an_answered_question_loses_its_button_in_its_own_thread_only(desk: Desk) -> None:
    """When the button is pressed; a message elsewhere, and the card, are not overwritten whatever a click says."""
    ts = await desk.card()
    answered = replace(ASKED.questions[0], answered_by="U0OTHER", answer="So", answered_at=START)
    known = replace(ASKED, questions=(answered,), card=MessageRef(channel=REVIEWS, ts="1.0"))
    desk.reviews.script["check_open"] = known
    click = inside(desk.click("question_answer", ts=ts, value="V0ASKED:review-1"), question(T, ASKED, "V0ASKED"))
    for at, mended in (
        (MessageRef(channel="C0RELEASES", ts="1.0"), False),
        (MessageRef(channel=REVIEWS, ts=ts), False),
        (None, False),
        (MessageRef(channel=REVIEWS, ts="1.0"), True),
    ):
        desk.reviews.script["find"] = replace(known, card=at)
        await desk.interact(click)
        await desk.settled()
        shown = next(one for one in desk.slack.messages(REVIEWS) if one["ts"] == ts)
        assert ("has answered" in text_of(shown)) is mended
    assert buttons_of(shown) == []


async def test_a_message_that_cannot_be_mended_is_left(desk: Desk) -> None:
    """It was deleted meanwhile: the one who pressed is told all the same."""
    desk.reviews.script |= {"check_vote": ReviewGone("Gone."), "find": None}
    click = inside(desk.click("review_approve", ts="1.5"), REMINDER)
    click["container"]["channel_id"] = "D0NOWHERE0"
    await desk.interact(click)
    await desk.settled()
    assert desk.called("chat.update") == 1
    assert "Gone." in desk.modal()


@pytest.mark.parametrize(
    ("value", "review_id", "what"),
    [
        ("review-1", "review-1", ""),
        ("1h:review-1", "review-1", "1h"),
        ("V0ASKED:review-1", "review-1", "V0ASKED"),
        ("a:b:review-1", "review-1", "a:b"),
        ("", "", ""),
    ],
)
def test_a_value_ends_with_the_review(value: str, review_id: str, what: str) -> None:
    """What stands before it says what is meant."""
    click = click_of({"actions": [{"action_id": "x", "value": value}]})
    assert (click.review_id, click.what) == (review_id, what)


@pytest.mark.parametrize("value", ["1h", "4h", "tomorrow"])
async def test_a_reminder_is_asked_for_and_confirmed(desk: Desk, value: str) -> None:
    """The moment is said in the reader's own time, to them alone."""
    desk.reviews.script["remind_me"] = START
    await desk.interact(desk.choose(f"{value}:review-1", ts=await desk.card()))
    await desk.settled()
    assert desk.reviews.asked == [("remind_me", LIN, "review-1", value, None)]
    (said,) = desk.whispers()
    assert "You will be reminded" in said


async def test_a_reminder_from_the_home_is_confirmed_in_a_view(desk: Desk) -> None:
    """There is no message beside which to whisper; the view has nothing to submit."""
    desk.reviews.script["remind_me"] = START
    await desk.interact(desk.choose("4h:review-1"))
    await desk.settled()
    assert "Done" in desk.modal()
    assert "You will be reminded" in desk.modal()
    assert desk.slack.modals(LIN)[-1]["submit"] is None


@pytest.mark.parametrize("value", ["", "review-1", "never:review-1", "ASK:review-1", "approve:review-1"])
async def test_an_entry_that_we_do_not_know_does_nothing(desk: Desk, value: str) -> None:
    """It is of an older or a newer version of the bot."""
    await desk.interact(desk.choose(value, ts=await desk.card()))
    await desk.settled()
    assert desk.reviews.asked == []
    assert "does nothing any more" in desk.whispers()[0]


@pytest.mark.parametrize(
    ("value", "callback_id", "said"),
    [("ask:review-1", "review_ask", "Ask the submitter"), ("hand_over:review-1", "review_hand_over", "Hand over")],
)
async def test_the_menu_opens_forms(desk: Desk, value: str, callback_id: str, said: str) -> None:
    """After the same check as a vote: who may not vote has nothing to ask or to hand over."""
    desk.reviews.script["check_vote"] = OPEN
    await desk.interact(desk.choose(value, ts=await desk.card()))
    await desk.settled()
    assert desk.slack.modals(LIN)[-1]["callback_id"] == callback_id
    assert said in desk.modal()
    assert [asked[0] for asked in desk.reviews.asked] == ["check_vote"]
    desk.reviews.script["check_vote"] = NotAllowed("Not you.")
    await desk.interact(desk.choose(value, ts=await desk.card()))
    await desk.settled()
    assert desk.whispers() == ["Not you."]


async def test_an_answer_is_given_by_anybody_who_may_use_the_bot(desk: Desk) -> None:
    """The submitter may not vote; the form shows the question."""
    desk.reviews.script["check_open"] = ASKED
    await desk.interact(desk.click("question_answer", ts=await desk.card(), value="V0ASKED:review-1"))
    await desk.settled()
    assert desk.slack.modals(LIN)[-1]["callback_id"] == "review_answer"
    assert "Why?" in desk.modal()
    assert [asked[0] for asked in desk.reviews.asked] == ["admit", "check_open"]


async def test_a_question_is_answered_once(desk: Desk) -> None:
    """Whoever comes later is led to the answer."""
    desk.reviews.script["check_open"] = OPEN
    await desk.interact(desk.click("question_answer", ts=await desk.card(), value="V0ASKED:review-1"))
    await desk.settled()
    assert "answered already" in desk.modal()
    assert desk.slack.modals(LIN)[-1]["submit"] is None


async def test_a_vote_is_withdrawn_by_a_click(desk: Desk) -> None:
    """The thread tells of it; who has none is told."""
    ts = await desk.card()
    await desk.interact(desk.click("review_withdraw", ts=ts))
    await desk.settled()
    assert desk.reviews.asked[0][:3] == ("withdraw", LIN, "review-1")
    assert desk.reviews.asked[0][3]  # names the click
    assert desk.whispers() == []
    desk.reviews.script["withdraw"] = NoVote("You have no vote.")
    await desk.interact(desk.click("review_withdraw", ts=ts))
    await desk.settled()
    assert desk.whispers() == ["You have no vote."]


PLACE = Place(at=START, review_id="review-1")


@pytest.mark.parametrize(
    ("action_id", "value", "asked"),
    [
        ("home_turn:waiting", f"waiting:{place_text(PLACE)}", (HomeList.WAITING, PLACE)),
        ("home_turn:voted", f"voted:{place_text(PLACE)}", (HomeList.VOTED, PLACE)),
        ("home_first:submitted", "submitted", (HomeList.SUBMITTED, None)),
    ],
)
async def test_pages_of_the_home_are_turned(desk: Desk, action_id: str, value: str, asked: Any) -> None:
    """Each list by itself; the new home is what one sees of it."""
    await desk.interact(desk.click(action_id, value=value))
    await desk.settled()
    assert desk.reviews.asked == [("turn_home", LIN, *asked)]
    assert desk.modal() == ""


@pytest.mark.parametrize(
    ("action_id", "value"),
    [
        ("home_turn:waiting", "waiting"),
        ("home_turn:waiting", "waiting:nan:review-1"),
        ("home_turn:waiting", ""),
        ("home_turn:x", f"x:{place_text(PLACE)}"),
        ("home_first:x", "x"),
    ],
)
async def test_a_page_that_no_home_has_is_refused(desk: Desk, action_id: str, value: str) -> None:
    """A button's value is not trusted."""
    await desk.interact(desk.click(action_id, value=value))
    await desk.settled()
    assert desk.reviews.asked == []
    assert "does nothing any more" in desk.modal()


@pytest.mark.parametrize("action_id", ["review_withdraw", "home_turn:waiting"])
async def test_no_act_comes_from_another_workspace(desk: Desk, action_id: str) -> None:
    """Ids of people mean somebody else there."""
    click = desk.click(action_id, ts=await desk.card(), value=f"waiting:{place_text(PLACE)}")
    await desk.interact(click | {"team": {"id": "T0OTHER000"}})
    await desk.interact(desk.choose("1h:review-1", ts=await desk.card()) | {"team": {"id": "T0OTHER000"}})
    await desk.settled()
    assert desk.reviews.asked == []
    assert len(desk.whispers()) == 2


async def test_forms_and_notes_speak_the_persons_language(desk: Desk, directory: People) -> None:
    """A form opened from a menu, and a confirmation."""
    directory.people[LIN] = replace(directory.people[LIN], locale="zh-CN")
    desk.reviews.script |= {"check_vote": OPEN, "remind_me": START}
    ts = await desk.card()
    await desk.interact(desk.choose("hand_over:review-1", ts=ts))
    await desk.interact(desk.choose("1h:review-1", ts=ts))
    await desk.settled()
    assert "转交" in text_of(desk.slack.modals(LIN)[-1])
    assert "提醒" in desk.whispers()[0]
