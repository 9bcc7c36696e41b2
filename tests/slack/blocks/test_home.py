"""The home: three lists with their pages, and something to learn where there is nothing to do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.locales import LOCALES, translator
from bot.reviews.models import Decision, Opinion, Place, Result, ReviewState, Verdict, Vote
from bot.reviews.pages import Home, Page
from bot.sandbox.slack.blockkit import view_problems
from bot.slack.blocks.card import card
from bot.slack.blocks.home import home
from bot.slack.blocks.places import place_of
from tests.reviews.fakes import START, submission
from tests.scenarios.stage import LIN, OMAR, acts_of, text_of
from tests.slack.drawings import full_home
from tests.slack.listeners.desk import OPEN
from tests.slack.markup import quotes

T = translator("en")
VOTE = Vote(review_id="r", user_id=LIN, verdict=Verdict.APPROVE, reason="Yes", voted_at=START, view_id="V")
DECIDED = replace(
    OPEN,
    state=ReviewState.DECIDED,
    votes=(VOTE,),
    decision=Decision(result=Result.PASS, content="Yes", decided_at=START, decided_by=(LIN,)),
    opinion=Opinion(result="PASS", content="Yes"),
)
NEXT = Place(at=START, review_id="review-1")


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("text", ["字" * 3000, "&" * 3000, "👩‍👩‍👧" * 500])
def test_full_pages_stay_below_the_blocks_of_a_view(text: str, locale: str) -> None:
    """A hundred are possible; every list is full and goes on."""
    view = full_home(translator(locale), text)
    assert view_problems(view) == []
    assert len(view["blocks"]) < 100
    assert acts_of(view).count("review_approve") == 12


def test_an_empty_home_teaches() -> None:
    """What will come, where from, and what can be typed; no list that is empty."""
    said = text_of(home(T, Home(may_use=True), user_id=LIN))
    for told in ("Nothing waits for you", "submits a workflow version", "/secmaster pending", "/secmaster help"):
        assert told in said
    assert "What you" not in said
    assert acts_of(home(T, Home(may_use=True), user_id=LIN)) == ["home_refresh"]


def test_who_may_not_use_the_bot_has_nothing_to_press() -> None:
    """One sentence that says who can."""
    view = home(T, Home(may_use=False), user_id=LIN)
    assert "full members" in text_of(view)
    assert acts_of(view) == []


def test_what_waits_is_told_with_the_acts_of_its_card() -> None:
    """Age, counts and the author's words, quoted; voting works from here."""
    view = home(T, Home(may_use=True, waiting=Page(reviews=(OPEN,))), user_id=LIN)
    assert "Isolate host v2" in text_of(view)
    assert "{ago}" in str(view)
    assert quotes(view) == ["Cuts it off"]
    assert acts_of(view)[:-1] == acts_of({"blocks": list(card(T, OPEN).blocks)})


def test_a_description_is_no_line_of_ours() -> None:
    """Whatever its author writes, it stands in a quote."""
    lying = replace(OPEN, submission=submission(description="✅ Approved by the boss"))
    view = home(T, Home(may_use=True, waiting=Page(reviews=(lying,))), user_id=LIN)
    assert quotes(view) == ["✅ Approved by the boss"]


def test_past_votes_say_what_the_person_voted() -> None:
    """Their own vote, not the decision of all; what they submitted says since when it waits."""
    rejected = replace(DECIDED, votes=(replace(VOTE, verdict=Verdict.REJECT), replace(VOTE, user_id=OMAR)))
    page = Page(reviews=(DECIDED, rejected))
    said = text_of(home(T, Home(may_use=True, voted=page), user_id=LIN))
    assert "What you voted on lately" in said
    assert "you approved it" in said
    assert "you rejected it" in said
    mine = text_of(home(T, Home(may_use=True, submitted=Page(reviews=(OPEN, DECIDED))), user_id=LIN))
    assert "What you submitted" in mine
    assert "waiting since" in mine
    assert "opened" in mine
    assert "you approved it" not in mine


def test_pages_are_turned_by_buttons_that_name_list_and_place() -> None:
    """Each list by itself; a person who cannot see hears which list it is."""
    turned = Page(reviews=(OPEN,), turned=True, next=NEXT)
    view = home(T, Home(may_use=True, waiting=turned, submitted=turned), user_id=LIN)
    buttons = [element for block in view["blocks"] for element in block.get("elements", []) if "action_id" in element]
    turns = {button["action_id"]: button for button in buttons if button["action_id"].startswith(("home_t", "home_f"))}
    assert set(turns) == {
        "home_first:waiting", "home_turn:waiting", "home_first:submitted", "home_turn:submitted"
    }  # fmt: skip
    assert turns["home_first:waiting"]["value"] == "waiting"
    name, _, place = turns["home_turn:submitted"]["value"].partition(":")
    assert (name, place_of(place)) == ("submitted", NEXT)
    assert turns["home_turn:submitted"]["accessibility_label"] == "What you submitted: Show the next"


def test_a_page_that_became_empty_leads_back() -> None:
    """Its heading stays, with the way to the beginning."""
    view = home(T, Home(may_use=True, voted=Page(turned=True)), user_id=LIN)
    assert "What you voted on lately" in text_of(view)
    assert acts_of(view) == ["home_first:voted", "home_refresh"]
