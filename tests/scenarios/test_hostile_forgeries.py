"""Forged ids, forms, teams and claims: refused with a sentence that helps, and nothing is recorded."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from bot.reviews.audit import AuditEvent
from bot.sandbox.slack import interactions
from bot.sandbox.slack.envelope import COMMANDS, EVENTS, INTERACTIVE
from tests.scenarios.hostile import OTHER_BOT, Attack, Poster
from tests.scenarios.stage import EXTERNAL, GUEST, JONAS, LIN, OMAR, REVIEWS, buttons_of, text_of
from tests.slack.mutations import FORM, Sent

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.reviews.models import Review
    from bot.sandbox.slack.delivery import Delivery
    from tests.scenarios.conftest import Open
    from tests.scenarios.stage import Stage

ELSEWHERE = "Only people of the workspace that runs this bot"
UNKNOWN = "This review is not known any more"
OUTDATED = "This form is out of date"


class Forger:
    """Sends what Slack's own client and server would never send, and looks at what came of it."""

    def __init__(self, attack: Attack) -> None:
        self.attack = attack
        self.stage: Stage = attack.stage

    def open_review(self, place: int = 0) -> Review:
        """One of the reviews that wait."""
        return [review for review in self.attack.reviews if review.open][place]

    def decided_review(self) -> Review:
        """The one that does not wait any more."""
        return next(review for review in self.attack.reviews if not review.open)

    def clicked(self, user: str, review: Review, **action: Any) -> dict[str, Any]:
        """A person presses a button on the card of a review; what is in `action` is not what the card has."""
        world = self.stage.slack._world
        assert review.card is not None
        message = world.messages.get(REVIEWS, review.card.ts)
        assert message is not None
        pressed = {
            "type": "button",
            "block_id": "b",
            "action_id": "review_approve",
            "value": review.id,
            "action_ts": "1.0",
        }
        return interactions.on_message(world, user, world.workspace.channels[REVIEWS], message, pressed | action)

    def submitted(self, user: str, review: Review, **form: Any) -> dict[str, Any]:
        """A person submits a reason; what is in `form` is not what we opened."""
        return interactions.submission(self.stage.slack._world, user, self.attack.form(user, review) | form)

    async def send(self, payload: dict[str, Any], kind: str = INTERACTIVE) -> Delivery:
        """Deliver it, over whatever transport the stage has."""
        return await self.stage.slack._courier.deliver(kind, payload)

    async def told_in_form(self, payload: dict[str, Any]) -> str:
        """What the form says after it was submitted; it never closes as if the vote counted."""
        delivery = await self.send(payload)
        assert delivery.acked
        assert delivery.body["response_action"] == "update", delivery.body
        return text_of(delivery.body["view"])

    async def told_in_channel(self, user: str, payload: dict[str, Any]) -> str:
        """What only this person is told in the review channel after a click."""
        before = len(self.stage.whispers(user))
        assert (await self.send(payload)).acked
        whispers = await self.stage.until(lambda: self.stage.whispers(user)[before:], "a whisper")
        return text_of(whispers[0])

    async def nothing_happened(self) -> None:
        """No vote, no change, no call, no form before anybody, no card redrawn as another."""
        await self.attack.at_rest()
        assert await self.attack.standing() == self.attack.reviews
        assert self.attack.drawn() == self.attack.cards
        assert len(await self.attack.trail(AuditEvent.VOTED)) == 1
        assert not [view for views in self.stage.slack._world.views.stacks.values() for view in views if view["submit"]]


@pytest.fixture(params=["socket", "http"])
async def forger(request: pytest.FixtureRequest, open_stage: Open) -> AsyncIterator[Forger]:
    """A stage in each transport, one of them on PostgreSQL, with one review decided and others open."""
    changes = {"BOT_DATABASE_URL": request.getfixturevalue("postgres").database()} if request.param == "http" else {}
    async with open_stage(request.param, BOT_POLL_INTERVAL="3600", **changes) as stage:
        attack = Attack(stage, seed=1)
        await attack.prepare()
        yield Forger(attack)


FORGED_IDS = [
    "0" * 32,
    "",
    " ",
    "\x00",
    "\ud800",
    "x" * 10_000,
    "' OR '1'='1",
    "<!channel>",
    7,
    None,
    ["a"],
    {"id": "a"},
]


async def test_a_click_with_a_forged_review_id_is_told(forger: Forger) -> None:
    """Whatever stands in the button's place of an id, also where no database could take it."""
    review = forger.open_review()
    for action_id in ("review_approve", "review_reject", "review_retry"):
        for forged in FORGED_IDS:
            click = forger.clicked(LIN, review, action_id=action_id, value=forged)
            assert UNKNOWN in await forger.told_in_channel(LIN, click)
    await forger.nothing_happened()


async def test_a_click_with_the_id_of_an_ended_review_is_told_and_redraws_no_other_card(forger: Forger) -> None:
    """The card that was met is another review's: it must not become a copy of the ended one."""
    review, ended = forger.open_review(), forger.decided_review()
    told = await forger.told_in_channel(LIN, forger.clicked(LIN, review, value=ended.id))
    assert "already decided" in told
    retry = forger.clicked(LIN, review, action_id="review_retry", value=ended.id)
    assert "not waiting for a retry" in await forger.told_in_channel(LIN, retry)
    await forger.nothing_happened()
    cards = forger.stage.cards(review.submission.version_id)
    assert buttons_of(cards[-1]) == ["review_approve", "review_reject", "review_changes"]


async def test_an_unknown_action_is_told(forger: Forger) -> None:
    """A button of another version of the bot, or of nobody's making."""
    for action_id in ("vote_v0", "review_approve\n", "REVIEW_APPROVE", ".*", "<!here>", "x" * 255, "字", "\ud800"):
        click = forger.clicked(LIN, forger.open_review(), action_id=action_id)
        assert "This button does nothing any more" in await forger.told_in_channel(LIN, click)
    await forger.nothing_happened()


def metadata(review: str, verdict: Any = "approve", **more: Any) -> str:
    """Our own private_metadata, or nearly."""
    return json.dumps({"review": review, "verdict": verdict, **more})


async def test_forged_private_metadata_is_an_outdated_form(forger: Forger) -> None:
    """Not JSON, not ours, huge, or without an id that can be one: the reason is kept, nothing is asked or recorded."""
    review = forger.open_review()
    forged = [
        "", "not json", "null", "[]", "7", '"text"', "[" * 3000, '{"a":' * 500, "9" * 5000, "x" * 100_000, "\x00",
        metadata(review.id, "PASS"), metadata(review.id, ["approve"]), metadata(review.id, None),
        metadata("\x00"), metadata("字"), metadata(""), metadata("x" * 3000), '{"verdict": "approve"}',
        f'{{"review": ["{review.id}"], "verdict": "approve"}}', None, 7, {"review": review.id, "verdict": "approve"},
    ]  # fmt: skip
    for one in forged:
        told = await forger.told_in_form(forger.submitted(LIN, review, private_metadata=one))
        assert OUTDATED in told
        assert "Let me in" in told
    await forger.nothing_happened()


async def test_private_metadata_of_another_review_gives_no_vote_there(forger: Forger) -> None:
    """An unknown one, an ended one, and an open one for whom has no vote on it: each is told what it is."""
    review, ended = forger.open_review(), forger.decided_review()
    cases = [
        (LIN, metadata("0" * 32), UNKNOWN),
        (LIN, metadata(ended.id), "The review ended before your vote arrived"),
        (LIN, metadata(ended.id, "reject"), "The review ended before your vote arrived"),
        (JONAS, metadata(forger.open_review(1).id), "You are not a reviewer"),
        (JONAS, metadata(review.id, "reject"), "You are not a reviewer"),
        (GUEST, metadata(review.id), "Guests cannot use"),
        (EXTERNAL, metadata(review.id), ELSEWHERE),
        (OTHER_BOT, metadata(review.id), "Apps cannot use"),
    ]
    for user, forged, sentence in cases:
        told = await forger.told_in_form(forger.submitted(user, review, private_metadata=forged))
        assert sentence in told
        assert "Let me in" in told
    await forger.nothing_happened()


async def test_a_form_belongs_to_whom_it_was_opened_for(forger: Forger) -> None:
    """Another reviewer's submit of it does not count, for either; somebody without a vote is told just that."""
    review = forger.open_review()
    theirs = metadata(review.id, user=LIN)
    assert OUTDATED in await forger.told_in_form(forger.submitted(OMAR, review, private_metadata=theirs))
    told = await forger.told_in_form(forger.submitted(JONAS, review, private_metadata=theirs))
    assert "You are not a reviewer" in told
    await forger.nothing_happened()


ORIGINS: list[dict[str, Any]] = [
    {"team": {"id": "T0OTHER000", "domain": "other"}},
    {"team_id": "T0OTHER000", "team": None},
    {"team": None, "enterprise": {"id": "E0OTHER000", "name": "Other"}, "is_enterprise_install": True},
    {"team": {"id": "T0OTHER000"}, "enterprise": {"id": "E0OTHER000"}, "is_enterprise_install": False},
    {"user": {"id": LIN, "team_id": "T0OTHER000"}},
]


async def test_what_comes_from_another_workspace_is_refused(forger: Forger) -> None:
    """A reviewer's user id means somebody else there: no form opens, no vote counts."""
    review = forger.open_review()
    for origin in ORIGINS:
        assert ELSEWHERE in await forger.told_in_form(forger.submitted(LIN, review) | origin)
        for action_id in ("review_approve", "review_retry", "home_refresh"):
            click = forger.clicked(LIN, review, action_id=action_id) | origin
            assert ELSEWHERE in await forger.told_in_channel(LIN, click)
    installed = forger.attack.form(LIN, review) | {"app_installed_team_id": "T0OTHER000"}
    submit = interactions.submission(forger.stage.slack._world, LIN, installed)
    assert ELSEWHERE in await forger.told_in_form(submit)
    await forger.nothing_happened()


async def test_an_organisation_of_our_workspace_is_no_stranger(forger: Forger) -> None:
    """In an Enterprise organisation payloads name it too, and people by it; the app is installed in the workspace."""
    review, organisation = forger.open_review(), {"id": "E0OURS0000", "name": "Ours"}
    user = {"id": LIN, "team_id": "E0OURS0000"}
    click = forger.clicked(LIN, review) | {"enterprise": organisation, "is_enterprise_install": False, "user": user}
    await forger.send(click)
    assert (await forger.stage.form(LIN))["callback_id"] == "review_vote"


async def test_commands_and_homes_of_another_workspace_are_refused(forger: Forger) -> None:
    """The command is answered so, the home gets no job that could never be done."""
    stage, version = forger.stage, forger.open_review().submission.version_id
    world = stage.slack._world
    for typed in ("pending", f"show {version}", f"request {version}", "history"):
        before = len(stage.whispers(LIN))
        command = interactions.command(world, LIN, world.workspace.channels[REVIEWS], "/secmaster", typed)
        await forger.send(dict(command) | {"team_id": "T0OTHER000"}, COMMANDS)
        answer = await stage.until(lambda before=before: stage.whispers(LIN)[before:], "an answer")  # type: ignore[misc]
        assert ELSEWHERE in text_of(answer[0])
    published = len(stage.slack.traffic.of("views.publish"))
    opened = interactions.event(world, {"type": "app_home_opened", "user": LIN, "tab": "home"})
    await forger.send(opened | {"team_id": "T0OTHER000"}, EVENTS)
    for nobody in ("U0NOBODY00", OTHER_BOT, EXTERNAL, "U0GONE0000", "x" * 300, "\ud800", "字"):
        await forger.send(opened | {"event": opened["event"] | {"user": nobody}}, EVENTS)
    await forger.nothing_happened()
    assert len(stage.slack.traffic.of("views.publish")) == published


async def test_what_a_user_object_claims_is_not_believed(forger: Forger) -> None:
    """Who somebody is, the bot asks Slack: an administrator by their own account has no vote."""
    review = forger.open_review()
    claims = {
        "is_admin": True,
        "is_owner": True,
        "is_restricted": False,
        "is_bot": False,
        "deleted": False,
        "role": "reviewer",
    }
    cases = [(JONAS, "You are not a reviewer"), (GUEST, "Guests cannot use")]
    for user, sentence in cases:
        claimed = {"user": {"id": user, "team_id": forger.stage.slack.team_id, "name": "lin.mei", **claims}}
        assert sentence in await forger.told_in_channel(user, forger.clicked(user, review) | claimed)
        assert sentence in await forger.told_in_form(forger.submitted(user, review) | claimed)
    await forger.nothing_happened()


async def test_an_old_request_is_refused_and_a_repeated_one_counts_once(open_stage: Open) -> None:
    """Slack's signature is good for five minutes, and within them the same submit is one vote."""
    async with open_stage("http", BOT_POLL_INTERVAL="3600", BOT_APPROVALS_REQUIRED="2") as stage:
        attack = Attack(stage, seed=1)
        await attack.prepare(decide=False)
        payload = interactions.submission(stage.slack._world, LIN, attack.form(LIN, attack.reviews[0]))
        sent = Sent(FORM, urlencode({"payload": json.dumps(payload)}).encode())
        async with Poster(stage) as poster:
            assert (await poster.post(sent, at=time.time() - 310))[0] == 401
            assert await attack.trail(AuditEvent.VOTED) == []
            for _ in range(3):
                assert (await poster.post(sent))[0] == 200
        assert len(await attack.trail(AuditEvent.VOTED)) == 1
