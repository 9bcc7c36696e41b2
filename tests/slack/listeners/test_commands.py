"""The slash command, from Slack's signed request to the answer that only the asker sees."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
import yaml

from bot.errors import NotAllowed, NoVote, UnknownVersion
from bot.reviews.story import Story
from bot.slack.listeners.grammar import SUBCOMMANDS, parse
from tests.reviews.fakes import START, submission
from tests.scenarios.stage import LIN, REVIEWS
from tests.slack.listeners.desk import CLOSED, OPEN

if TYPE_CHECKING:
    from tests.slack.listeners.desk import Desk

MANIFEST = Path(__file__).parents[3] / "manifest.yml"


def fields(desk: Desk, text: str | None, *, trigger: str = "", team: str = "") -> dict[str, str]:
    """The form that Slack sends when Lin types this."""
    secret = desk.slack._world.response_urls.give(LIN, REVIEWS)
    sent = {
        "command": "/secmaster",
        "user_id": LIN,
        "team_id": team or desk.slack.team_id,
        "channel_id": REVIEWS,
        "trigger_id": trigger or desk.trigger(),
        "response_url": f"{desk.slack.url}/actions/{desk.slack.team_id}/{secret}",
    }
    return sent if text is None else sent | {"text": text}


async def told(desk: Desk, text: str | None, *, trigger: str = "", team: str = "") -> None:
    """Lin types this; returns once what follows is done."""
    answer = await desk.deliver(urlencode(fields(desk, text, trigger=trigger, team=team)))
    assert (answer.status, answer.body) == (200, "")
    await desk.settled()


async def typed(desk: Desk, text: str | None, *, trigger: str = "", team: str = "") -> str:
    """What Lin sees after typing this."""
    await told(desk, text, trigger=trigger, team=team)
    return desk.whispers()[-1]


@pytest.mark.parametrize("text", [None, "", "   ", "help", "HELP", "  Help  "])
async def test_help_is_what_nothing_gets_too(desk: Desk, text: str | None) -> None:
    """Every subcommand as it is typed, with what it does."""
    said = await typed(desk, text)
    for chosen in SUBCOMMANDS.values():
        assert f"/secmaster {chosen.usage}" in said
        assert chosen.what in said
    assert "There is no" not in said


@pytest.mark.parametrize("text", ["aprove", "<!channel>", "{0} {name}", "pending!", "x" * 4000, "字 " * 500])
async def test_an_unknown_word_gets_help(desk: Desk, text: str) -> None:
    """Led by what was not understood; nothing is asked of the service."""
    said = await typed(desk, text)
    assert said.startswith("There is no")
    assert "/secmaster pending" in said
    assert desk.reviews.asked == []


@pytest.mark.parametrize(
    ("text", "usage"),
    [
        ("show", "/secmaster show VERSION_ID"),
        ("show a b", "/secmaster show VERSION_ID"),
        ("REQUEST", "/secmaster request VERSION_ID"),
        ("pending mine now", "/secmaster pending [mine]"),
        ("approve", "/secmaster approve VERSION_ID"),
        ("reject a b", "/secmaster reject VERSION_ID"),
        ("withdraw", "/secmaster withdraw VERSION_ID"),
        ("ask a why", "/secmaster ask VERSION_ID"),
        ("handover", "/secmaster handover VERSION_ID"),
        ("remind a", "/secmaster remind VERSION_ID 1h|4h|tomorrow"),
        ("history 5", "/secmaster history"),
        ("help me", "/secmaster help"),
    ],
)
async def test_too_few_and_too_many_arguments_get_the_usage(desk: Desk, text: str, usage: str) -> None:
    """Nothing is asked of the service."""
    assert usage in await typed(desk, text)
    assert desk.reviews.asked == []


@pytest.mark.parametrize(
    ("text", "use_case", "result", "words"),
    [
        ("Pending", ("pending", LIN, False), [OPEN], "Isolate host"),
        ("pending", ("pending", LIN, False), [], "Nothing waits for review"),
        ("pending mine", ("pending", LIN, True), [OPEN], "Waiting for your review"),
        ("pending mine", ("pending", LIN, True), [], "Nothing waits for your vote"),
        ("history", ("history", LIN), [CLOSED], "Isolate host"),
        ("history", ("history", LIN), [], "No review has ended"),
        ("SHOW Version-0001", ("show", LIN, "Version-0001"), Story(submission=submission()), "zhang.wei"),
        ("request\tversion-0001", ("request", LIN, "version-0001"), (OPEN, True), "is open"),
        ("request version-0001", ("request", LIN, "version-0001"), (OPEN, False), "already has a review"),
    ],
)
async def test_a_subcommand_asks_the_service(
    desk: Desk, text: str, use_case: tuple[object, ...], result: object, words: str
) -> None:
    """The word in any case, its argument as typed."""
    desk.reviews.script[str(use_case[0])] = result
    assert words in await typed(desk, text)
    assert desk.reviews.asked == [use_case]


@pytest.mark.parametrize("error", [NotAllowed("Not you."), UnknownVersion("Not {known}.", known="{known}")])
async def test_a_refusal_is_the_answer(desk: Desk, error: Exception) -> None:
    """With the facts as they are, braces and all."""
    desk.reviews.script["show"] = error
    said = await typed(desk, "show version-0001")
    assert said.replace(" .", ".") == str(error)


@pytest.mark.parametrize(
    ("text", "callback_id", "said"),
    [
        ("approve Version-0001", "review_vote", "Approve release"),
        ("REJECT Version-0001", "review_vote", "Reject release"),
        ("ask Version-0001", "review_ask", "Ask the submitter"),
        ("handover Version-0001", "review_hand_over", "Hand over"),
    ],
)
async def test_everything_on_a_card_can_be_done_without_a_mouse(
    desk: Desk, text: str, callback_id: str, said: str
) -> None:
    """The same form as the button's, after the same check; nothing else is said."""
    desk.reviews.script |= {"review_of": OPEN, "check_vote": OPEN}
    await told(desk, text)
    assert desk.slack.modals(LIN)[-1]["callback_id"] == callback_id
    assert said in desk.modal()
    assert desk.whispers() == []
    assert [asked[:3] for asked in desk.reviews.asked] == [
        ("review_of", LIN, "Version-0001"),
        ("check_vote", LIN, "review-1"),
    ]


async def test_who_may_not_vote_is_told_and_gets_no_form(desk: Desk) -> None:
    """Why, in words of its own."""
    desk.reviews.script |= {"review_of": OPEN, "check_vote": NotAllowed("Not you.")}
    assert await typed(desk, "approve version-0001") == "Not you."
    assert desk.slack.modals(LIN) == []
    desk.reviews.script["review_of"] = UnknownVersion("No such version.")
    assert await typed(desk, "reject version-0002") == "No such version."


async def test_a_form_that_cannot_be_opened_in_time_is_told(desk: Desk) -> None:
    """Typing it again helps."""
    desk.reviews.script |= {"review_of": OPEN, "check_vote": OPEN}
    assert "Try again" in await typed(desk, "approve version-0001", trigger="1.2.dead")


async def test_a_vote_is_withdrawn_by_command(desk: Desk) -> None:
    """Confirmed with the name of the release; who has none is told."""
    desk.reviews.script["review_of"] = OPEN
    assert "Your vote on Isolate host v2 is withdrawn" in await typed(desk, "withdraw version-0001")
    assert desk.reviews.asked[-1][:3] == ("withdraw", LIN, "review-1")
    desk.reviews.script["withdraw"] = NoVote("You have no vote.")
    assert await typed(desk, "withdraw version-0001") == "You have no vote."


@pytest.mark.parametrize("when", ["1h", "4h", "tomorrow"])
async def test_a_reminder_is_asked_for_by_command(desk: Desk, when: str) -> None:
    """Confirmed with the moment."""
    desk.reviews.script |= {"review_of": OPEN, "remind_me": START}
    assert "You will be reminded" in await typed(desk, f"remind version-0001 {when}")
    assert desk.reviews.asked[-1] == ("remind_me", LIN, "review-1", when)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("remind version-0001 now", "1h, 4h or tomorrow"),
        ("remind version-0001 1H", "1h, 4h or tomorrow"),
        ("pending now", "pending mine"),
        ("pending MINE", "pending mine"),
    ],
)
async def test_a_wrong_word_is_told_with_those_that_are_right(desk: Desk, text: str, said: str) -> None:
    """Nothing is asked of the service."""
    assert said in await typed(desk, text)
    assert desk.reviews.asked == []


async def test_a_command_from_another_workspace_is_refused(desk: Desk) -> None:
    """No form opens, nothing is done."""
    for text in ("approve version-0001", "withdraw version-0001", "pending mine"):
        assert "Only people of the workspace" in await typed(desk, text, team="T0OTHER000")
    assert desk.reviews.asked == []
    assert desk.slack.modals(LIN) == []


async def test_a_slow_check_of_a_command_opens_a_waiting_form(desk: Desk) -> None:
    """As a click does."""
    desk.reviews.script |= {"review_of": OPEN, "check_vote": OPEN}
    checked = desk.reviews.hold("check_vote")
    await desk.deliver(urlencode(fields(desk, "approve version-0001")))
    await desk.slack.until(desk.modal, what="a view")
    assert "Checking" in desk.modal()
    checked.set()
    await desk.settled()
    assert desk.slack.modals(LIN)[-1]["callback_id"] == "review_vote"


async def test_only_our_command_is_heard(desk: Desk) -> None:
    """Another app's is not ours to answer."""
    answer = await desk.deliver(urlencode({"command": "/other", "user_id": LIN, "text": "pending"}))
    assert answer.status == 404
    assert desk.reviews.asked == []


def test_the_grammar_keeps_arguments_as_typed() -> None:
    """Only the first word has no case."""
    assert parse(" Show  AbC\td ") == ("show", ["AbC", "d"])
    assert parse("\n") == ("", [])


def test_every_subcommand_has_help_and_a_hint_in_the_manifest() -> None:
    """The hint under Slack's composer lists them as they are typed, in the same order."""
    command = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))["features"]["slash_commands"][0]
    assert command["usage_hint"].split(" | ") == [chosen.usage for chosen in SUBCOMMANDS.values()]
    for chosen in SUBCOMMANDS.values():
        assert re.fullmatch(r"[a-z][^.]{10,}", chosen.what)
