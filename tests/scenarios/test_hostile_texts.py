"""Hostile words in every place where somebody can write some, told in Slack from the card to the last reply."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bot.locales import LOCALES
from bot.plain_text import clean, one_line
from tests.scenarios.hostile import Attack
from tests.scenarios.stage import JONAS, LIN, OMAR, PRIYA, RELEASES, REVIEWS, text_of
from tests.slack.markup import BLOCKS_LONGEST, check_elements, check_fallback, quotes, read

if TYPE_CHECKING:
    from tests.scenarios.conftest import Open
    from tests.scenarios.stage import Stage

APPROVAL = "CreateAopWorkflowVersionApprovel"

TEXTS = {
    "pings": "<!channel> <!here> @channel <@U0OMAR0000> <!subteam^S0REVIEWRS> <https://evil.example|OK> &lt;!here&gt;",
    "marks": "`code` ```fence``` *bold* _it_ :boom: {people} {0} > quote\n✅ Approved by everybody\nVersion id  7",
    "turned": "gpj.\u202eexe\u202c \u2066x\u2069 \u200f שלום عالم \x00\x07\x1b[31m \u200b\ufeff",
    "ampersands": "&" * 3000,
    "characters of four bytes": "𠜎" * 1000,
    "emoji": "👩‍👩‍👧🇨🇳é\u0301\u0323" * 120,
    "64 kilobytes": "字" * 21846,
}


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
async def test_hostile_words_are_told_as_typed_and_ping_nobody(
    request: pytest.FixtureRequest, open_stage: Open, text: str, locale: str
) -> None:
    """Name, description, submitter, step, reason, complaint and opinion: all is posted; in Chinese from PostgreSQL."""
    changes = {} if locale == "en" else {"BOT_DATABASE_URL": request.getfixturevalue("postgres").database()}
    async with open_stage(BOT_LOCALE=locale, **changes) as stage:
        stage.slack.workspace.users[LIN]["locale"] = locale
        version, reason = submitted(stage, text), text[:999]
        card = await stage.card(version)
        assert one_line(text)[:50] in card["blocks"][0]["text"]["text"]
        assert quotes(card["blocks"])[0][:400] == clean(text).strip()[:400]

        stage.secmaster.faults.fail(APPROVAL, 400, message=text)
        stage.secmaster.faults.change_echo(text)
        await vote(stage, version, reason + "\ud800")
        failed = await stage.until(lambda: with_button(stage, version, "review_retry"), "a card with Retry")
        await stage.slack.click(LIN, channel=REVIEWS, ts=failed["ts"], action_id="review_retry")
        await stage.until(lambda: stage.secmaster.approvals(version) or None, "the decision in SecMaster")
        await look_around(stage, version)

        await Attack(stage, seed=0).at_rest()
        told = [quote for reply in stage.thread(version) for quote in quotes(reply["blocks"])]
        assert clean(reason + "?") in told  # half a surrogate pair is no text anywhere
        check_all(stage)


def submitted(stage: Stage, text: str) -> str:
    """A version that holds the text wherever its author can put it."""
    workflow = stage.secmaster.new_workflow(text, description=text, submitter=text)
    version = str(stage.secmaster.versions_of(workflow["id"])[0]["id"])
    stage.secmaster.insert_step(version, text)
    stage.secmaster.submit(version)
    return version


async def vote(stage: Stage, version: str, reason: str) -> None:
    """Lin approves; her client would count as it likes."""
    await stage.open_modal(LIN, version, "review_approve")
    check_elements(stage.slack.modals(LIN), PEOPLE, stage.slack.url)
    await stage.submit(LIN, reason, client_checks=False)


def with_button(stage: Stage, version: str, action_id: str) -> dict[str, Any] | None:
    """The newest card, once it has this button."""
    card = stage.cards(version)[-1]
    return card if action_id in str(card["blocks"]) else None


async def look_around(stage: Stage, version: str) -> None:
    """Every list and answer there is, and a home."""
    await stage.slack.open_home(OMAR)
    for typed in (
        f"show {version}",
        "pending",
        "history",
        f"request {version}",
        "<!channel> & \u202e",
        f"show {version}x",
    ):
        await stage.say(LIN, typed)
    await stage.slack.until(lambda: stage.slack.home(OMAR), what="a home")


PEOPLE = {LIN, OMAR, PRIYA, JONAS}


def check_all(stage: Stage) -> None:
    """Whatever stands in Slack now, before anybody."""
    world = stage.slack._world
    kept = [*world.messages._channels.values(), *world.messages._ephemerals.values()]
    for message in (one for messages in kept for one in messages.values()):
        check_fallback(message["text"], PEOPLE)
        check_elements(message.get("blocks", []), PEOPLE, stage.slack.url)
        assert len(read(message.get("blocks", []))) <= BLOCKS_LONGEST
    for view in world.views.homes.values():
        check_elements(view, PEOPLE, stage.slack.url)
    assert any("\N{WHITE HEAVY CHECK MARK}" in text_of(one) for one in stage.slack.messages(RELEASES))
