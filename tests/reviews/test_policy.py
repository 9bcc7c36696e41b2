"""Who may vote, what decides, where a submission goes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.limits import CONTENT_LONGEST, REASON_LONGEST
from bot.reviews import policy
from bot.reviews.models import Person, Policy, Result, Review, ReviewState, Route, Verdict, Vote
from bot.reviews.policy import Refusal
from bot.reviews.routing import Routing, Rule
from tests.reviews.fakes import RULES, START, submission

if TYPE_CHECKING:
    from collections.abc import Mapping

MEMBER = Person(id="U1", name="Lin", team_id="T1")


def review(rules: Policy = RULES, **changes: object) -> Review:
    """An open review."""
    made = Review(
        id="r",
        round=1,
        state=ReviewState.OPEN,
        submission=submission(),
        route=Route(channel="C1", notify=(), policy=rules, locale="en"),
        requested_by=None,
        submitter_user=None,
        opened_at=START,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def judged(
    person: Person, made: Review, *, home_team: str = "T1", members: Mapping[str, frozenset[str]] | None = None
) -> Refusal | None:
    """What stands between a person and a vote on a review."""
    author = made.submitter_user
    return policy.refuse_vote(person, made, home_team=home_team, members=members or {}, author=author)


@pytest.mark.parametrize(
    ("person", "refusal"),
    [
        (MEMBER, None),
        (replace(MEMBER, deleted=True, bot=True, guest=True), Refusal.DEACTIVATED),
        (replace(MEMBER, bot=True, team_id="T2"), Refusal.BOT),
        (replace(MEMBER, team_id="T2", guest=True), Refusal.EXTERNAL),
        (replace(MEMBER, stranger=True), Refusal.EXTERNAL),
        (replace(MEMBER, guest=True), Refusal.GUEST),
        (replace(MEMBER, id="U7"), Refusal.NOT_A_REVIEWER),
        (replace(MEMBER, id="U3"), None),
    ],
)
def test_who_may_vote(person: Person, refusal: Refusal | None) -> None:
    """Active, human, full members of our team whom the policy names, by id or by group."""
    assert judged(person, review(), members={"S1": frozenset({"U3"})}) is refusal


def test_nobody_passes_where_something_is_not_known() -> None:
    """Without a home team everybody is external, and a group that is missing has no members."""
    assert judged(replace(MEMBER, team_id=""), review(), home_team="") is Refusal.EXTERNAL
    assert judged(replace(MEMBER, id="U3"), review()) is Refusal.NOT_A_REVIEWER


@pytest.mark.parametrize(
    ("submitter", "asked", "allowed", "refusal"),
    [
        ("U1", None, False, Refusal.SUBMITTER),
        (None, "U1", False, Refusal.ASKED_FOR_IT),
        ("U2", "U1", False, Refusal.ASKED_FOR_IT),
        ("U1", "U1", False, Refusal.SUBMITTER),
        ("U2", "U3", False, None),
        ("U1", None, True, None),
        (None, None, False, None),
    ],
)
def test_submitters_do_not_review_themselves(
    submitter: str | None, asked: str | None, allowed: bool, refusal: Refusal | None
) -> None:
    """The known submitter is barred, and who asked for the review, unless the policy allows it."""
    rules = replace(RULES, allow_self_review=allowed)
    made = review(rules, submitter_user=submitter, requested_by=asked)
    assert judged(MEMBER, made) is refusal


@pytest.mark.parametrize(
    ("submitter", "allowed", "strict", "refusal", "unchecked"),
    [
        (None, False, True, Refusal.SUBMITTER_UNKNOWN, False),
        (None, True, True, None, False),
        (None, False, False, None, True),
        (None, True, False, None, False),
        ("U1", False, True, Refusal.SUBMITTER, False),
        ("U2", False, True, None, False),
    ],
)
def test_where_the_submitter_is_not_known_the_policy_tells_who_votes(
    submitter: str | None, allowed: bool, strict: bool, refusal: Refusal | None, unchecked: bool
) -> None:
    """A strict one lets nobody; a lenient one lets everybody, and says that self-review cannot be checked."""
    rules = replace(RULES, allow_self_review=allowed, require_known_submitter=strict)
    made = review(rules, submitter_user=submitter, requested_by="U9")  # who asked does not stand in for the submitter
    assert judged(MEMBER, made) is refusal
    assert policy.self_review_unchecked(made) is unchecked


def cast(user: int, verdict: Verdict, reason: str = "because") -> Vote:
    """A vote, cast in the order of the users' numbers."""
    voted_at = START.replace(minute=user)
    return Vote(review_id="r", user_id=f"U{user}", verdict=verdict, reason=reason, voted_at=voted_at, view_id="V")


@given(st.lists(st.sampled_from(Verdict), max_size=8), st.integers(1, 5))
def test_one_rejection_or_enough_approvals_decide(verdicts: list[Verdict], needed: int) -> None:
    """A rejection outweighs any number of approvals; fewer approvals than needed decide nothing."""
    votes = [cast(number, verdict) for number, verdict in enumerate(verdicts)]
    decision = policy.decide(votes, replace(RULES, approvals_required=needed), now=START)

    if Verdict.REJECT in verdicts:
        assert decision is not None
        assert decision.result is Result.UN_PASS
        assert decision.decided_by == tuple(vote.user_id for vote in votes if vote.verdict is Verdict.REJECT)
    elif len(verdicts) >= needed:
        assert decision is not None
        assert decision.result is Result.PASS
    else:
        assert decision is None


@given(st.text(min_size=1).filter(str.strip))
def test_a_single_reason_is_sent_as_typed(reason: str) -> None:
    """Not a character is added, cut or changed."""
    decision = policy.decide([cast(1, Verdict.REJECT, reason)], RULES, now=START)
    assert decision is not None
    assert decision.content == reason


def test_several_reasons_are_one_a_line_in_the_order_of_voting() -> None:
    """Line breaks inside a reason do not look like another vote."""
    votes = [
        cast(2, Verdict.APPROVE, "second\nthought"),
        cast(1, Verdict.APPROVE, "first"),
        cast(3, Verdict.APPROVE, " "),
    ]
    decision = policy.decide(votes, replace(RULES, approvals_required=3), now=START)
    assert decision is not None
    assert decision.content == "first\nsecond thought"


@given(st.integers(1, 20))
def test_the_reasons_that_a_decision_needs_fit_into_its_content(needed: int) -> None:
    """Each as long as it may be, one a line: what SecMaster stores is not cut."""
    rules = replace(RULES, approvals_required=needed)
    longest = policy.reason_limit(rules)
    votes = [cast(number, Verdict.APPROVE, "x" * longest) for number in range(needed)]
    decision = policy.decide(votes, rules, now=START)
    assert decision is not None
    assert REASON_LONGEST <= len(decision.content) <= CONTENT_LONGEST
    assert longest >= 50


def test_an_approval_without_a_reason_sends_ok() -> None:
    """The field is obligatory in SecMaster."""
    decision = policy.decide([cast(1, Verdict.APPROVE, "")], RULES, now=START)
    assert decision is not None
    assert decision.content == "ok"


def test_routes_are_taken_in_order() -> None:
    """The first rule whose every condition holds, else the workspace's own route."""
    routes = [Route(channel=f"C{number}", notify=(), policy=RULES, locale="en") for number in range(5)]
    routing = Routing(
        rules=[
            Rule(route=routes[1], workspace="elsewhere"),
            Rule(route=routes[2], aop_types=("EASE",)),
            Rule(route=routes[3], workflow="isolate-*"),
            Rule(route=routes[4], aop_types=("HEMOSTASIS",), workflow="BLOCK*"),
        ],
        defaults={"workspace-1": routes[0]},
    )

    assert routing.route(submission()).channel == "C0"
    assert routing.route(submission(aop_type="EASE")).channel == "C2"
    assert routing.route(submission(name="Isolate-Host")).channel == "C3"
    assert routing.route(submission(name="block ip")).channel == "C4"
