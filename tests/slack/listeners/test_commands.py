"""The slash command, from Slack's signed request to the answer that only the asker sees."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
import yaml

from bot.errors import NotAllowed, UnknownVersion
from bot.reviews.service import Shown
from bot.slack.listeners.grammar import SUBCOMMANDS, parse
from tests.reviews.fakes import submission
from tests.scenarios.stage import LIN, REVIEWS
from tests.slack.listeners.desk import CLOSED, OPEN

if TYPE_CHECKING:
    from tests.slack.listeners.desk import Desk

MANIFEST = Path(__file__).parents[3] / "manifest.yml"


async def typed(desk: Desk, text: str | None, *, command: str = "/secmaster") -> str:
    """What Lin sees after typing this."""
    secret = desk.slack._world.response_urls.give(LIN, REVIEWS)
    fields = {
        "command": command,
        "user_id": LIN,
        "team_id": desk.slack.team_id,
        "channel_id": REVIEWS,
        "response_url": f"{desk.slack.url}/actions/{desk.slack.team_id}/{secret}",
    }
    answer = await desk.deliver(urlencode(fields if text is None else fields | {"text": text}))
    assert (answer.status, answer.body) == (200, "")
    await desk.settled()
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
        ("pending now", "/secmaster pending"),
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
        ("Pending", ("pending", LIN), [OPEN], "Isolate host"),
        ("pending", ("pending", LIN), [], "Nothing waits"),
        ("history", ("history", LIN), [CLOSED], "Isolate host"),
        ("history", ("history", LIN), [], "No review has ended"),
        ("SHOW Version-0001", ("show", LIN, "Version-0001"), Shown(submission=submission(), review=None), "zhang.wei"),
        ("request\tversion-0001", ("request", LIN, "version-0001"), (OPEN, True), "is open"),
        ("request version-0001", ("request", LIN, "version-0001"), (OPEN, False), "already has a review"),
    ],
)
async def test_a_subcommand_asks_the_service(
    desk: Desk, text: str, use_case: tuple[str, ...], result: object, words: str
) -> None:
    """The word in any case, its argument as typed."""
    desk.reviews.script[use_case[0]] = result
    assert words in await typed(desk, text)
    assert desk.reviews.asked == [use_case]


@pytest.mark.parametrize("error", [NotAllowed("Not you."), UnknownVersion("Not {known}.", known="{known}")])
async def test_a_refusal_is_the_answer(desk: Desk, error: Exception) -> None:
    """With the facts as they are, braces and all."""
    desk.reviews.script["show"] = error
    assert await typed(desk, "show version-0001") == str(error)


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
