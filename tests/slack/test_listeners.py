"""What listeners do when checks are slow, triggers are spent, and Slack or the service fails."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from bot.changes.content import Content
from bot.changes.diff import compare
from bot.errors import (
    NotAllowed,
    SecMasterError,
    SlackOutcomeUnknown,
    SlackRefused,
    SlackThrottled,
    SlackUnreachable,
)
from bot.locales import nearest, translator
from bot.reviews.examination import Changes
from bot.reviews.models import MessageRef, Verdict
from bot.sandbox.slack import SlackEmulator
from bot.slack.blocks import changes, modals
from bot.slack.blocks.text import phrase
from bot.slack.calls import told, web_client
from bot.slack.directory import Kept
from bot.slack.inflight import InFlight
from bot.slack.listeners import actions, clicks, forms, views
from bot.slack.listeners.clicks import Click
from bot.slack.listeners.commands import answer
from bot.slack.listeners.grammar import SUBCOMMANDS, Asked
from bot.slack.listeners.reception import Reception, explain
from tests.reviews.fakes import FakeDirectory
from tests.scenarios.stage import LIN, REVIEWS, text_of
from tests.slack.listeners.desk import OPEN, ScriptedReviews

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.scenarios.conftest import Open

T = translator("en")


@pytest.fixture
async def slack(no_proxies: None) -> AsyncIterator[SlackEmulator]:
    """An emulated Slack."""
    emulator = SlackEmulator()
    await emulator.start()
    yield emulator
    await emulator.stop()


class Service:
    """Stands where Reviews stand; every use case raises what it was given."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def __getattr__(self, name: str) -> Any:
        async def fail(*_: Any, **__: Any) -> Any:
            raise self.error

        return fail


@pytest.fixture
async def reception(slack: SlackEmulator) -> AsyncIterator[Reception]:
    """Listeners' things, with a service that refuses."""
    async with aiohttp.ClientSession(trust_env=False) as session:
        client = web_client(slack.bot_token, session, base_url=slack.api_url)
        service: Any = Service(NotAllowed("Not you."))
        directory = FakeDirectory()
        directory.people[LIN] = directory.people["U1"]
        yield Reception(reviews=service, directory=directory, client=client)


async def test_a_slow_refusal_takes_the_place_of_the_waiting_form(open_stage: Open) -> None:
    """The person is looked up slowly and may not vote: the form that waits becomes the refusal."""
    async with open_stage(BOT_REVIEWERS="U0PRIYA000") as stage:
        version = stage.pending()[0]
        await stage.card(version)
        stage.slack.faults.slow("users.info", 1.5)
        await stage.press(LIN, version, "review_approve")
        refusal = await stage.until(
            lambda: next((one for one in stage.slack.modals(LIN) if one["submit"] is None), None),
            "a view without a form",
        )
        await stage.slack.until(lambda: len(text_of(stage.slack.modals(LIN)[-1])) > 60, what="the refusal")
        assert refusal["callback_id"] != modals.VOTE
        assert stage.slack.modals(LIN)[-1]["submit"] is None


async def test_a_slow_vote_says_that_it_waits_and_then_that_it_counts(open_stage: Open) -> None:
    """Slack waits three seconds for an answer; the look at the person takes longer."""
    async with open_stage() as stage:
        version = stage.pending()[0]
        await stage.open_modal(LIN, version, "review_approve")
        stage.slack.faults.slow("users.info", 2.5)
        submitted = await stage.submit(LIN, "Slow but sure")
        assert submitted.response_action == "update"
        assert "Slow but sure" in text_of(stage.slack.modals(LIN)[-1])
        await stage.told(version, "SecMaster's opinion", "Slow but sure")
        await stage.until(
            lambda: None if "Slow but sure" in text_of(stage.slack.modals(LIN)[-1]) else True, "the outcome in the form"
        )


async def test_a_person_who_cannot_be_looked_up_does_not_vote_and_keeps_the_form(open_stage: Open) -> None:
    """Slack fails on submit: an error by the field, nothing recorded; sending again works."""
    async with open_stage() as stage:
        version = stage.pending()[0]
        await stage.open_modal(LIN, version, "review_approve")
        stage.slack.faults.fail("users.info", status=500)
        submitted = await stage.submit(LIN, "Try")
        assert submitted.response_action == "errors"
        assert "reason" in submitted.errors
        assert stage.secmaster.approvals(version) == []
        await stage.submit(LIN, "Try")
        await stage.told(version, "SecMaster's opinion", "Try")


async def test_a_form_that_does_not_open_in_time_is_told(reception: Reception, slack: SlackEmulator) -> None:
    """The trigger is unknown: a whisper beside the message; without a message nothing breaks."""
    ts = (await reception.client.chat_postMessage(channel=REVIEWS, text="card"))["ts"]
    for met in (MessageRef(channel=REVIEWS, ts=ts), None):
        click = Click(user_id=LIN, value="r", action_id="review_approve", trigger_id="1.2.gone", met=met)
        problem = await forms._open(reception, T, click, {"type": "modal"})
        assert problem is not None
        await clicks.refuse(reception, click, problem)
    (whisper,) = [one for one in slack.messages(REVIEWS, as_user=LIN) if one.get("is_ephemeral")]
    assert "Try again" in text_of(whisper)


LARGE: dict[str, Any] = {
    "type": "modal",
    "title": {"type": "plain_text", "text": "x"},
    "blocks": [{"type": "section", "text": {"type": "plain_text", "text": "x" * 3000}}] * 99,
}


async def test_a_view_that_is_too_large_is_told_in_words(reception: Reception, slack: SlackEmulator) -> None:
    """When it is opened, and when it takes the place of another: never silence."""
    small = {**LARGE, "blocks": LARGE["blocks"][:1]}
    click = Click(
        user_id=LIN, value="r", action_id="review_changes", trigger_id=slack._world.triggers.give(LIN), met=None
    )
    assert await forms._open(reception, T, click, LARGE) is None
    (view,) = slack.modals(LIN)
    assert "too large" in text_of(view)
    await forms.show_view(reception, T, view["id"], small)
    assert "too large" not in text_of(slack.modals(LIN)[0])
    await forms.show_view(reception, T, view["id"], LARGE)
    assert "too large" in text_of(slack.modals(LIN)[0])


async def test_what_a_review_changes_is_drawn_off_the_loop(reception: Reception) -> None:
    """Whatever it holds, everybody else's clicks are heard meanwhile."""
    old, new = (json.dumps({f"k{number}": f"{word} {number}" * 9 for number in range(4000)}) for word in ("a", "b"))
    both = [Content(fields={"taskconfig": one}) for one in (old, new)]
    reviews = ScriptedReviews({"changes": (OPEN, Changes(difference=compare(*both)))})
    click = Click(user_id=LIN, value="r", action_id="changes_turn:on", trigger_id="", met=None)
    drawing = asyncio.ensure_future(
        forms.draw_changes(replace(reception, reviews=reviews), T, click, changes.Asked())  # type: ignore[arg-type]
    )
    beats = 0
    while not drawing.done():
        await asyncio.sleep(0.001)
        beats += 1
    assert "“b 0b 0" in text_of(await drawing)
    assert beats > 10


async def test_a_whisper_that_fails_falls_back_to_a_form(reception: Reception, slack: SlackEmulator) -> None:
    """The person is not in the channel any more."""
    click = Click(
        user_id=LIN, value="r", action_id="x", trigger_id="bad", met=MessageRef(channel="C0NOWHERE", ts="1.0")
    )
    assert not await clicks.whisper(reception, click, phrase("No."))
    await actions._answered(reception, click, actions._outdated)
    await clicks.note(reception, click, phrase("Done."))
    assert [entry.kind for entry in slack.traffic].count("views.open") == 2


async def test_a_view_that_is_gone_or_out_of_reach_is_no_error(reception: Reception, slack: SlackEmulator) -> None:
    """The person closed it; Slack fails."""
    view = {"type": "modal", "title": {"type": "plain_text", "text": "x"}, "blocks": []}
    await forms.show_view(reception, T, "V0NONE", view)
    slack.faults.fail("views.update", status=500)
    await forms.show_view(reception, T, "V0NONE", view)
    await forms.show_view(reception, T, "", view)
    assert [entry.kind for entry in slack.traffic].count("views.update") == 2


@pytest.mark.parametrize(
    "outcome", [{}, {"response_action": "update", "view": {"type": "modal"}}, {"errors": {"reason": "Too long"}}]
)
async def test_every_slow_outcome_is_shown(reception: Reception, slack: SlackEmulator, outcome: dict[str, Any]) -> None:
    """Counted, too late or refused: the waiting view is replaced."""

    async def counting() -> dict[str, Any]:
        return outcome

    await views._show_outcome(reception, LIN, "V0NONE", "why", asyncio.create_task(counting()))
    assert [entry.kind for entry in slack.traffic].count("views.update") == 1


@pytest.mark.parametrize(
    "metadata", ["", "{}", "[]", "null", '{"review": "r"}', '{"review": "r", "verdict": "maybe"}', "x" * 3000]
)
async def test_forged_metadata_is_an_outdated_form(reception: Reception, metadata: str) -> None:
    """The typed reason is kept, nothing is asked of the service."""
    view = {
        "id": "V",
        "callback_id": modals.VOTE,
        "private_metadata": metadata,
        "state": {"values": {"reason": {"reason_text": {"value": "Mine"}}}},
    }
    assert views.submitted_of({"user": {"id": LIN}}, view) is None
    body = await views._settle(reception, {"user": {"id": LIN}}, view)
    assert body["response_action"] == "update"
    assert "Mine" in text_of(body["view"])


async def test_metadata_of_ours_is_read(reception: Reception) -> None:
    """Ids and the verdict, no more."""
    metadata = '{"review": "r", "verdict": "reject"}'
    view = {"id": "V", "callback_id": modals.VOTE, "private_metadata": metadata, "state": {}}
    submitted = views.submitted_of({"user": {"id": LIN}}, view)
    assert submitted is not None
    assert (submitted.review_id, submitted.verdict, submitted.text) == ("r", Verdict.REJECT, "")


def test_errors_are_told_without_their_insides() -> None:
    """SecMaster's words and request id as they are, Slack's as a sentence, our mistakes by reference only."""
    t = translator("en")
    refused = SecMasterError("Parameter error.", status=400, code="SecMaster.1", request_id="r9")
    told_secmaster = explain(t, refused).plain()
    assert all(words in told_secmaster for words in ("Parameter error.", "SecMaster.1", "HTTP 400", "r9"))
    assert "nothing was done" in explain(t, SlackUnreachable("users.info", "ClientConnectorError")).plain()
    mistake = explain(t, KeyError("secret detail")).plain()
    assert "reference" in mistake
    assert "secret" not in mistake


async def test_a_command_that_fails_is_answered(reception: Reception) -> None:
    """Every subcommand tells what the service refused."""
    asked = Asked(reception=reception, t=translator("en"), user_id=LIN)
    for chosen in SUBCOMMANDS.values():
        if chosen.name != "help":
            arguments = chosen.arguments.replace("[mine]", "mine").replace("1h|4h|tomorrow", "4h")
            with pytest.raises(NotAllowed, match="Not you"):
                await answer(asked, f"{chosen.name} {arguments}")


async def test_what_fails_in_the_background_is_logged_and_what_hangs_is_cancelled() -> None:
    """A shutdown waits only so long."""
    inflight = InFlight()
    await inflight.drain(within=1)

    async def fail() -> None:
        raise ValueError("mistake")

    failing = inflight.start(fail())
    hanging = inflight.start(asyncio.Event().wait())
    await asyncio.wait({failing})
    await inflight.drain(within=0.01)
    assert hanging.cancelled()


@pytest.mark.parametrize(
    ("break_it", "kind"),
    [
        (lambda faults: faults.throttle("auth.test", retry_after=7), SlackThrottled),
        (lambda faults: faults.fail("auth.test", status=503), SlackOutcomeUnknown),
        (lambda faults: faults.lose_answer("auth.test"), SlackOutcomeUnknown),
        (lambda faults: faults.error("auth.test", "account_inactive"), SlackRefused),
    ],
)
async def test_each_failure_of_slack_is_told_by_its_outcome(
    reception: Reception, slack: SlackEmulator, break_it: Any, kind: type[Exception]
) -> None:
    """Refused, throttled, or nobody knows; and nothing is repeated silently."""
    break_it(slack.faults)
    with pytest.raises(kind) as caught, told("auth.test"):
        await reception.client.auth_test()
    assert getattr(caught.value, "retry_after", None) == (7 if kind is SlackThrottled else None)
    assert [entry.kind for entry in slack.traffic].count("auth.test") == 1


async def test_a_slack_that_is_not_there_was_never_reached(no_proxies: None) -> None:
    """Nothing can have been applied."""
    async with aiohttp.ClientSession(trust_env=False) as session:
        client = web_client("xoxb-x", session, base_url="http://127.0.0.1:9/api/")
        with pytest.raises(SlackUnreachable), told("auth.test"):
            await client.auth_test()


async def test_lookups_are_shared_kept_and_forgotten() -> None:
    """Callers at once share one; failures are not kept; age, freshness and number limit what is."""
    now, asked = [0.0], []

    async def look_up(key: str) -> str:
        asked.append(key)
        await asyncio.sleep(0)
        if key == "bad":
            raise SlackRefused("users.info", "user_not_found")
        return key.upper()

    kept = Kept(look_up, seconds=60, clock=lambda: now[0])
    assert list(await asyncio.gather(kept.get("a"), kept.get("a"))) == ["A", "A"]
    await kept.fresh("a")
    now[0] = 60
    await kept.get("a")
    assert asked == ["a", "a", "a"]
    for _ in range(2):
        with pytest.raises(SlackRefused):
            await kept.get("bad")
    assert asked.count("bad") == 2
    for number in range(5001):
        await kept.get(str(number))
    await kept.get("a")
    assert asked.count("a") == 4


@pytest.mark.parametrize(
    ("slack_locale", "ours"), [("zh-CN", "zh-CN"), ("zh-TW", "zh-CN"), ("en-GB", "en"), ("de-DE", "en"), ("", "en")]
)
def test_the_nearest_language(slack_locale: str, ours: str) -> None:
    """Chinese for Chinese readers, English for all others."""
    assert nearest(slack_locale) == ours
