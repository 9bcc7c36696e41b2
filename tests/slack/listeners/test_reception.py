"""Who is let in, and what people are told of an error."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from slack_sdk.errors import SlackObjectFormationError
from sqlalchemy.exc import OperationalError

from bot import errors
from bot.errors import BotError, NotAllowed, NotPending, SecMasterError, SlackError, SlackRefused, UserError
from bot.locales import LOCALES, translator
from bot.reviews.admission import refused
from bot.reviews.models import Person
from bot.reviews.policy import Refusal
from bot.sandbox.slack.seed import TEAM
from bot.slack.listeners.reception import LACKING, Reception, explain
from tests.reviews.fakes import submission
from tests.scenarios.stage import LIN, REVIEWS
from tests.slack.listeners.desk import OPEN, People, ScriptedReviews

if TYPE_CHECKING:
    from collections.abc import Iterator


class Broken(People):
    """Slack answers every question about a person with this error."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    async def person(self, user_id: str, *, fresh: bool = False) -> Person:
        """See Directory."""
        raise self.error


def reception(directory: People) -> tuple[Reception, ScriptedReviews]:
    """A reception, and the service behind it."""
    reviews = ScriptedReviews()
    service: Any = reviews
    client: Any = None
    return Reception(reviews=service, directory=directory, client=client), reviews


@pytest.mark.parametrize("named", [set(), {TEAM}])
async def test_what_comes_from_our_workspace_is_let_in(named: set[str]) -> None:
    """So is what does not say where it comes from: who sent it is looked up in our workspace anyway."""
    await reception(People())[0].check_origin(named)


@pytest.mark.parametrize("named", [{"T0OTHER000"}, {TEAM, "T0OTHER000"}, {"E0OTHER000"}, {TEAM.lower()}])
async def test_what_comes_from_another_workspace_is_not(named: set[str]) -> None:
    """There a user id of ours may be somebody else's."""
    with pytest.raises(NotAllowed, match="Only people of the workspace"):
        await reception(People())[0].check_origin(named)


@pytest.mark.parametrize("kind", [{}, {"guest": True}])
async def test_a_home_is_published_for_who_can_see_it(kind: dict[str, bool]) -> None:
    """Members and guests; what stands in it is another question."""
    facts: dict[str, Any] = {"id": LIN, "name": "Lin", "team_id": TEAM} | kind
    desk, reviews = reception(People({LIN: Person(**facts)}))
    await desk.open_home(LIN, {TEAM})
    assert reviews.asked == [("opened_home", LIN)]


@pytest.mark.parametrize("kind", [{"deleted": True}, {"bot": True}, {"stranger": True}, {"team_id": "T0OTHER000"}])
async def test_no_home_is_published_for_who_cannot_see_it(kind: dict[str, Any]) -> None:
    """Its job could never be done."""
    facts: dict[str, Any] = {"id": LIN, "name": "Lin", "team_id": TEAM} | kind
    desk, reviews = reception(People({LIN: Person(**facts)}))
    with pytest.raises(NotAllowed):
        await desk.open_home(LIN, {TEAM})
    assert reviews.asked == []


@pytest.mark.parametrize("code", ["user_not_found", "user_not_visible", "invalid_arguments"])
async def test_nobody_has_no_home(code: str) -> None:
    """An id that Slack does not know, or that is none."""
    desk, reviews = reception(Broken(SlackRefused("users.info", code)))
    with pytest.raises(NotAllowed):
        await desk.open_home("U0NOBODY00", set())
    assert reviews.asked == []


@pytest.mark.parametrize(
    "error",
    [
        SlackRefused("users.info", "missing_scope"),
        errors.SlackThrottled("users.info", "ratelimited"),
        errors.SlackUnreachable("users.info", "x"),
    ],
)
async def test_a_home_waits_until_slack_answers(error: SlackError) -> None:
    """Its job is tried again; nobody loses their home to a bad minute."""
    desk, reviews = reception(Broken(error))
    await desk.open_home(LIN, {TEAM})
    assert reviews.asked == [("opened_home", LIN)]


def kinds(kind: type[BotError] = BotError) -> Iterator[type[BotError]]:
    """The whole tree of errors."""
    yield kind
    for child in kind.__subclasses__():
        yield from kinds(child)


def raised(kind: type[BotError]) -> BotError:
    """An error of this kind, with something in it that is nobody's business."""
    if issubclass(kind, SlackError):
        return kind("users.info", "KeyError_of_ours")
    if issubclass(kind, SecMasterError):
        return kind("Parameter error.", status=400, code="SecMaster.1", request_id="r9", operation="ShowVersion")
    return kind(["Not like this."]) if issubclass(kind, errors.SettingsError) else kind("Not like this.")


INTERNAL = re.compile(r"Error(?!\.)|Exception|Traceback|users\.info|ShowVersion|/|\.py|SELECT|_of_ours|secret")


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("kind", [kind for kind in kinds() if kind.__module__ == "bot.errors"])
def test_no_error_of_ours_tells_its_insides(kind: type[BotError], locale: str) -> None:
    """No class, no method, no operation; what SecMaster says is told as it is."""
    said = explain(translator(locale), raised(kind)).plain()
    assert not INTERNAL.search(said), said
    assert kind.__name__ not in said
    if issubclass(kind, SecMasterError):
        assert all(fact in said for fact in ("Parameter error.", "SecMaster.1", "HTTP 400", "r9"))
    if issubclass(kind, UserError):
        assert said == "Not like this."


UNEXPECTED = [
    KeyError("secret"), RuntimeError("/home/bot/bot/slack/x.py"), SlackObjectFormationError("text is too long: secret"),
    OperationalError("SELECT secret FROM votes", {}, Exception("secret")), RecursionError(),
    UnicodeEncodeError("utf-8", "s", 0, 1, "x"),
]  # fmt: skip


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("error", UNEXPECTED, ids=lambda error: type(error).__name__)
def test_an_unexpected_error_is_told_by_reference_only(error: Exception, locale: str) -> None:
    """Eight characters to look for in the log, in a sentence that is the same for all."""
    told = {
        re.sub(r"\b[0-9a-f]{8}\b", "#", explain(translator(locale), one).plain()) for one in (error, ValueError("x"))
    }
    (said,) = told
    assert said.count("#") == 1
    assert not INTERNAL.search(said)


def test_facts_of_others_are_told_short_and_on_one_line() -> None:
    """A name of 64 kilobytes does not fill the answer, and no line of it looks like ours."""
    pending = NotPending("{name} has status {status}.", name="x\n✅ y" * 20_000, status="字" * 20_000)
    said = explain(translator("en"), pending).plain()
    assert len(said) < 300
    assert "\n" not in said


def test_who_is_no_reviewer_is_told_who_is() -> None:
    """People and groups as Slack shows them, so that they can be asked; never in a way that calls them."""
    rules = replace(OPEN.route.policy, reviewers=("S0REVIEWRS", LIN, "channel"))
    review = replace(OPEN, route=replace(OPEN.route, policy=rules))
    said = explain(translator("en"), refused(Refusal.NOT_A_REVIEWER, review))
    assert said.plain() == (
        f"You are not a reviewer of this release. Reviewers are @S0REVIEWRS, @{LIN}, every full member of #{REVIEWS}."
    )
    kinds = [element.to_dict()["type"] for element in said.elements()]
    assert [kind for kind in kinds if kind != "text"] == ["usergroup", "user", "channel"]


@pytest.mark.parametrize("locale", LOCALES)
def test_who_runs_the_bot_is_told_whom_to_add(locale: str) -> None:
    """The IAM user whose Slack user is not known, whatever their name is."""
    for submitter, named in (("zhang.wei", "zhang.wei"), ("", "?"), ("a\nb", "a b")):
        review = replace(OPEN, submission=submission(submitter=submitter))
        assert named in explain(translator(locale), refused(Refusal.SUBMITTER_UNKNOWN, review)).plain()


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("refusal", Refusal)
def test_every_refusal_is_a_sentence(refusal: Refusal, locale: str) -> None:
    """With nothing left to fill in."""
    said = explain(translator(locale), refused(refusal, OPEN)).plain()
    assert said
    assert "{" not in said


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("plan_upgrade_required", "only on paid plans"),
        ("missing_scope", "lacks a permission"),
        ("no_such_subteam", "does not exist any more"),
        ("internal_error", "Try again in a moment"),
    ],
)
def test_what_slack_lacks_is_explained_with_what_to_do(code: str, told: str) -> None:
    """Who clicked cannot mend it: they are told whom to ask, and always that nothing was done."""
    said = explain(translator("en"), SlackRefused("usergroups.users.list", code)).plain()
    assert told in said
    assert "nothing was done" in said
    assert ("Ask whoever runs this bot" in said) is (code in LACKING)


class Hesitant(People):
    """Slack takes its time."""

    async def person(self, user_id: str, *, fresh: bool = False) -> Person:
        """See Directory."""
        await asyncio.sleep(0.2)
        return await super().person(user_id, fresh=fresh)


async def test_a_language_is_not_waited_for_longer_than_there_is_time() -> None:
    """English then; without haste it is the person's own."""
    lin = Person(id=LIN, name="Lin", team_id=TEAM, locale="zh-CN")
    desk, _ = reception(Hesitant({LIN: lin}))
    assert (await desk.speak(LIN, within=0.01)).locale == "en"
    assert (await desk.speak(LIN, within=5)).locale == "zh-CN"
    assert (await desk.speak(LIN)).locale == "zh-CN"


def test_a_database_that_is_away_is_told_without_claiming_anything() -> None:
    """What was in hand may have been committed."""
    said = explain(translator("en"), errors.StoreError("The server at db:5432 does not answer", passes=True)).plain()
    assert said == "The bot's database does not answer right now. Try again in a moment."
