"""Refusals come in one order, and nothing that is not known lets anybody pass."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import NotAllowed, ReviewGone, SlackUnreachable
from bot.reviews import policy
from bot.reviews.admission import REFUSALS
from bot.reviews.models import Person, Policy, Verdict
from bot.reviews.policy import Refusal
from tests.reviews.fakes import RULES, Desk
from tests.reviews.test_policy import judged, review

ORDER = [
    Refusal.DEACTIVATED,
    Refusal.BOT,
    Refusal.EXTERNAL,
    Refusal.GUEST,
    Refusal.NOT_A_REVIEWER,
    Refusal.SUBMITTER,
    Refusal.ASKED_FOR_IT,
]
"""What is wrong with an account comes before what it may do."""


def person_with(faults: set[Refusal], *, stranger: bool) -> Person:
    """A person of whom all of this holds at once; somebody external is a stranger here, or of another team."""
    external = Refusal.EXTERNAL in faults
    return Person(
        id="U7" if Refusal.NOT_A_REVIEWER in faults else "U1",
        name="Lin",
        team_id="T2" if external and not stranger else "T1",
        stranger=external and stranger,
        deleted=Refusal.DEACTIVATED in faults,
        bot=Refusal.BOT in faults,
        guest=Refusal.GUEST in faults,
    )


@given(st.sets(st.sampled_from(ORDER)), st.booleans())
def test_the_first_reason_in_order_is_told(faults: set[Refusal], stranger: bool) -> None:
    """Of every combination of reasons; with none of them the vote counts."""
    person = person_with(faults, stranger=stranger)
    made = review(
        submitter_user=person.id if Refusal.SUBMITTER in faults else "U2",
        requested_by=person.id if Refusal.ASKED_FOR_IT in faults else "U3",
    )
    expected = next((refusal for refusal in ORDER if refusal in faults), None)

    assert judged(person, made) is expected
    of_the_account = expected if expected in ORDER[:4] else None
    assert policy.refuse_person(person, home_team="T1") is of_the_account


@given(st.text(max_size=3), st.text(max_size=3))
def test_only_people_of_a_known_home_team_pass(home_team: str, team_id: str) -> None:
    """An empty home team is nobody's, not even of who has an empty team too."""
    person = Person(id="U1", name="Lin", team_id=team_id)
    passes = policy.refuse_person(person, home_team=home_team) is None
    assert passes == (bool(home_team) and home_team == team_id)


@given(
    st.lists(st.sampled_from(["U1", "U2", "S1", "S2", "channel"])),
    st.dictionaries(st.sampled_from(["S1", "S2", "channel", "U2"]), st.frozensets(st.sampled_from(["U1", "U8"]))),
)
def test_a_reviewer_is_named_or_in_a_named_group(reviewers: list[str], members: dict[str, frozenset[str]]) -> None:
    """Groups that the policy does not name make nobody a reviewer, and groups not looked up have no members."""
    named = "U1" in reviewers or any("U1" in members[group] for group in set(reviewers) & set(members))
    assert policy.is_reviewer("U1", Policy(reviewers=tuple(reviewers)), members=members) == named


def test_groups_to_look_up_are_groups_and_the_channel() -> None:
    """People need no look-up."""
    assert policy.groups_of(Policy(reviewers=("U1", "S1", "channel", "W2", "S2"))) == ["S1", "channel", "S2"]


@pytest.mark.parametrize(
    ("rule", "verdict", "required"),
    [
        ("always", Verdict.APPROVE, True),
        ("always", Verdict.REJECT, True),
        ("reject", Verdict.APPROVE, False),
        ("reject", Verdict.REJECT, True),
    ],
)
def test_which_verdict_needs_a_reason(rule: str, verdict: Verdict, required: bool) -> None:
    """A rejection always does."""
    assert policy.reason_required(replace(RULES, require_reason=rule), verdict) is required


def test_every_refusal_has_its_sentence() -> None:
    """Nobody is refused without a word."""
    assert set(REFUSALS) == set(Refusal)


@pytest.mark.parametrize(
    ("fault", "refusal"),
    [
        ("deleted", Refusal.DEACTIVATED),
        ("bot", Refusal.BOT),
        ("stranger", Refusal.EXTERNAL),
        ("guest", Refusal.GUEST),
    ],
)
async def test_each_refusal_is_told_in_its_words(desk: Desk, fault: str, refusal: Refusal) -> None:
    """On the click, on the submit and at the door alike."""
    opened = await desk.open()
    desk.directory.people["U1"] = replace(desk.directory.people["U1"], **{fault: True})  # type: ignore[arg-type]
    for attempt in (
        desk.reviews.check_vote("U1", opened.id),
        desk.reviews.vote("U1", opened.id, verdict=Verdict.APPROVE, reason="x", view_id="V"),
        desk.reviews.admit("U1"),
    ):
        with pytest.raises(NotAllowed) as refused:
            await attempt
        assert refused.value.text == REFUSALS[refusal]
    assert (await desk.review()).votes == ()


@pytest.mark.parametrize("lookup", ["home_team", "person", "group_members"])
async def test_who_cannot_be_looked_up_may_not_vote(desk: Desk, lookup: str) -> None:
    """Slack does not answer: the error goes up, no vote is recorded."""
    opened = await desk.open()
    desk.directory.broken = {lookup}
    for attempt in (
        desk.reviews.check_vote("U3", opened.id),
        desk.reviews.vote("U3", opened.id, verdict=Verdict.APPROVE, reason="x", view_id="V"),
    ):
        with pytest.raises(SlackUnreachable):
            await attempt
    assert (await desk.review()).votes == ()


async def test_a_reviewer_named_by_id_needs_no_groups(desk: Desk) -> None:
    """A broken user group stops only those who are reviewers through it."""
    opened = await desk.open()
    desk.directory.broken = {"group_members"}
    assert await desk.reviews.check_vote("U1", opened.id) == opened


async def test_where_something_is_decided_people_are_looked_up_afresh(desk: Desk) -> None:
    """What the cache says is good enough to open a form, not to count a vote or to press Retry."""
    opened = await desk.open()
    await desk.reviews.check_vote("U1", opened.id)
    await desk.vote("U1")
    with pytest.raises(ReviewGone):
        await desk.reviews.retry("U1", opened.id)
    assert desk.directory.asked == [("U1", False), ("U1", True), ("U1", True)]
