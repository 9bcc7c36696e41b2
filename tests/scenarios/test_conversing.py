"""From the card's menu: ask the submitter, hand over, be reminded; each in both transports."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.scenarios.stage import GUEST, JONAS, LIN, OMAR, PRIYA, REVIEWS, buttons_of, elements_of, menu_of, text_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.scenarios.conftest import Open
    from tests.scenarios.stage import Stage

AUTHORS = "\n".join(f'"{name}" = "{JONAS}"' for name in ("zhang.wei", "liu.yang", "p.nair"))
KNOWN = f"[identities]\n{AUTHORS}\n"


@pytest.fixture(params=["socket", "http"])
async def stage(request: pytest.FixtureRequest, open_stage: Open) -> AsyncIterator[Stage]:
    """Everything is submitted by Jonas, in each transport."""
    async with open_stage(request.param, toml=KNOWN) as opened:
        yield opened


async def submit_text(stage: Stage, user: str, callback_id: str, text: str) -> None:
    """Type into the one field of a form and send it."""
    view = await stage.opened(user, callback_id)
    await stage.slack.submit(user, view_id=view["id"], values={"text": {"text_input": text}})


async def test_a_question_reaches_the_submitter_and_the_answer_who_asked(stage: Stage) -> None:
    """In the thread and directly; the card says that an answer is awaited, and votes count all the same."""
    version = stage.pending()[0]
    await stage.choose(LIN, version, "ask")
    form = await stage.opened(LIN, "review_ask")
    assert f"@{JONAS} as a direct message" in text_of(form)
    await submit_text(stage, LIN, "review_ask", "Why 480 minutes? <!channel>")
    await stage.told(version, f"@{LIN} asks the submitter", "Why 480 minutes? <!channel>")
    await stage.shows(version, "Waiting for an answer", f"@{LIN}")

    question = await stage.written(JONAS, f"@{LIN} asks", "Why 480 minutes?")
    room = stage.room(JONAS)
    await stage.slack.click(JONAS, channel=room, ts=question["ts"], action_id="question_answer")
    await submit_text(stage, JONAS, "review_answer", "The lawyers want a day")
    await stage.told(version, f"@{JONAS} answers", "The lawyers want a day")
    await stage.written(LIN, f"@{JONAS} answers", "The lawyers want a day")
    await stage.until(lambda: "Waiting for an answer" not in text_of(stage.cards(version)[-1]), "a card without it")
    answered = await stage.written(JONAS, "Why 480 minutes?", f"@{JONAS} has answered")
    assert (answered["ts"], buttons_of(answered)) == (question["ts"], [])
    story = text_of(await stage.say(LIN, f"show {version}"))
    assert "Why 480 minutes?" in story
    assert f"💬 @{JONAS} : The lawyers want a day" in story


async def test_a_question_that_was_answered_elsewhere_loses_its_button_when_it_is_pressed(stage: Stage) -> None:
    """In the thread; who presses is told, and the message says who has answered."""
    version = stage.pending()[0]
    await stage.choose(LIN, version, "ask")
    await submit_text(stage, LIN, "review_ask", "Why?")
    thread = await stage.told(version, f"@{LIN} asks the submitter")
    question = await stage.written(JONAS, f"@{LIN} asks")
    await stage.slack.click(JONAS, channel=stage.room(JONAS), ts=question["ts"], action_id="question_answer")
    await submit_text(stage, JONAS, "review_answer", "The lawyers")
    await stage.told(version, f"@{JONAS} answers")

    await stage.slack.click(JONAS, channel=REVIEWS, ts=thread["ts"], action_id="question_answer")
    told = await stage.told(version, f"@{LIN} asks the submitter", f"@{JONAS} has answered")
    assert (told["ts"], buttons_of(told)) == (thread["ts"], [])
    refusal = await stage.until(lambda: stage.slack.modals(JONAS), "a refusal")
    assert "was answered" in text_of(refusal[-1])


async def test_a_review_is_handed_over(stage: Stage) -> None:
    """Only to who may review it; they get it directly, with buttons that work from there."""
    version = stage.pending()[0]
    await stage.choose(LIN, version, "hand_over")
    form = await stage.opened(LIN, "review_hand_over")
    for nobody, why in ((JONAS, "not a reviewer"), (GUEST, "Guests cannot"), (LIN, "That is you")):
        refused = await stage.slack.submit(LIN, view_id=form["id"], values={"colleague": {"colleague_user": nobody}})
        assert why in refused.errors["colleague"]
    await stage.slack.submit(
        LIN,
        view_id=form["id"],
        values={"colleague": {"colleague_user": PRIYA}, "text": {"text_input": "You know the hosts"}},
    )
    await stage.told(version, f"@{LIN} handed this review over to @{PRIYA}", "You know the hosts")
    await stage.shows(version, f"@{LIN} handed over to @{PRIYA}")

    message = await stage.written(PRIYA, f"@{LIN} asks you to review", "You know the hosts")
    room = stage.room(PRIYA)
    assert buttons_of(message) == ["review_approve", "review_reject", "review_changes"]
    await stage.slack.click(PRIYA, channel=room, ts=message["ts"], action_id="review_approve")
    await stage.submit(PRIYA, "Hosts are right")
    await stage.told(version, "SecMaster's opinion", "PASS")

    await stage.slack.click(PRIYA, channel=room, ts=message["ts"], action_id="review_reject")
    told = await stage.until(
        lambda: [one for one in stage.slack.messages(room, as_user=PRIYA) if one.get("is_ephemeral")], "a word"
    )
    assert "already decided" in text_of(told[-1])
    over = await stage.written(PRIYA, "You know the hosts", "Approved by")  # it is no card
    assert buttons_of(over) == ["review_changes"]


async def test_the_menu_asks_for_a_reminder_and_says_when(stage: Stage) -> None:
    """Whoever may not review is told so."""
    version = stage.pending()[0]
    assert [value.partition(":")[0] for value in menu_of(await stage.card(version))] == [
        "ask", "hand_over", "1h", "4h", "tomorrow",
    ]  # fmt: skip
    await stage.choose(OMAR, version, "1h")
    await stage.whispered(OMAR, "You will be reminded")
    await stage.choose(JONAS, version, "1h")
    await stage.whispered(JONAS, "not a reviewer")
    stage.forward(hours=1)
    reminder = await stage.written(OMAR, "still waits for your review")
    assert buttons_of(reminder) == ["review_approve", "review_reject", "review_changes"]
    assert len(elements_of(reminder, "overflow")) == 1
    assert stage.direct(JONAS) == []


async def test_everything_is_within_reach_of_the_keyboard(stage: Stage) -> None:
    """The subcommands open the same forms."""
    version = stage.pending()[0]
    await stage.card(version)
    for typed, callback_id in (
        ("approve", "review_vote"),
        ("reject", "review_vote"),
        ("ask", "review_ask"),
        ("handover", "review_hand_over"),
    ):
        await stage.slack.command(OMAR, channel="C0REVIEWS0", command="/secmaster", text=f"{typed} {version}")
        view = await stage.opened(OMAR, callback_id)
        assert text_of(view)
        await stage.slack.close_modal(OMAR, view_id=view["id"], all_views=True)
    answer = await stage.say(OMAR, f"remind {version} tomorrow")
    assert "You will be reminded" in text_of(answer)

    await stage.slack.command(OMAR, channel="C0REVIEWS0", command="/secmaster", text=f"reject {version}")
    await stage.submit(OMAR, "Typed without a mouse")
    await stage.told(version, "SecMaster's opinion", "UN_PASS", "Typed without a mouse")
    refused = await stage.say(JONAS, f"approve {stage.pending()[0]}")
    assert "not a reviewer" in text_of(refused)
    unknown = await stage.say(OMAR, "approve 00000000-0000-0000-0000-000000000000")
    assert "No review of the version" in text_of(unknown)


async def test_what_waits_for_me_is_listed(stage: Stage) -> None:
    """`/secmaster pending mine` leaves out what I voted on or may not review."""
    await stage.slack.until(lambda: all(map(stage.cards, stage.pending())), what="cards")
    mine = text_of(await stage.say(OMAR, "pending mine"))
    assert all(version in mine for version in stage.pending())
    assert "Nothing waits for your vote" in text_of(await stage.say(JONAS, "pending mine"))
    assert '"pending mine"' in text_of(await stage.say(OMAR, "pending yours"))
