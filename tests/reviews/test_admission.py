"""Who may vote is asked of Slack: afresh where it decides, by e-mail where nothing else tells who submitted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.errors import NotAllowed, SlackUnreachable
from bot.reviews.models import Person, Reviewers, Verdict
from bot.reviews.news import VoteDropped
from tests.reviews.fakes import RULES, VERSION, Desk, submission
from tests.reviews.test_trail import trail

if TYPE_CHECKING:
    from bot.store.sql import SqlStore

MAIL = "zhang.wei@example.org"


def by_mail(store: SqlStore, **rules: bool) -> Desk:
    """A version whose submitter's IAM name is an e-mail address, of a person called U2."""
    desk = Desk(store, policy=replace(RULES, **rules))  # type: ignore[arg-type]
    desk.releases.versions[VERSION] = submission(submitter=MAIL)
    desk.directory.addresses[MAIL] = "U2"
    return desk


async def test_an_e_mail_address_tells_the_submitter(store: SqlStore) -> None:
    """They may not vote, and hear of the decision."""
    desk = by_mail(store)
    review = await desk.open()
    assert review.submitter_user == "U2"
    with pytest.raises(NotAllowed, match="You submitted"):
        await desk.reviews.check_vote("U2", review.id)
    await desk.vote("U1")
    await desk.work()
    assert ("U2", "decided") in desk.messenger.announced()


async def test_what_slack_could_not_tell_when_the_review_opened_is_asked_before_a_vote(store: SqlStore) -> None:
    """And while it cannot tell, nobody votes: the one who tries might be the submitter."""
    desk = by_mail(store)
    desk.directory.broken.add("by_email")
    review = await desk.open()
    assert review.submitter_user is None
    with pytest.raises(SlackUnreachable):
        await desk.reviews.check_vote("U2", review.id)
    desk.directory.broken.clear()
    with pytest.raises(NotAllowed, match="You submitted"):
        await desk.reviews.check_vote("U2", review.id)
    assert await desk.reviews.check_vote("U1", review.id) == review


async def test_a_submitter_who_becomes_known_is_barred_and_told(store: SqlStore) -> None:
    """By identities that were added since, over who asked; card and trail have it, once."""
    desk = Desk(store, policy=replace(RULES, require_known_submitter=True))
    review = await desk.open()
    with pytest.raises(NotAllowed, match="not known which"):
        await desk.reviews.check_vote("U1", review.id)
    desk.bring(routing=replace(desk.world.routing, identities={"zhang.wei": "U2"}))
    with pytest.raises(NotAllowed, match="You submitted"):
        await desk.reviews.check_vote("U2", review.id)
    for _ in range(2):
        await desk.reviews._watching.observe(desk.releases.versions[VERSION])
        await desk.work()
    assert (await desk.review()).submitter_user == "U2"
    assert [entry["event"] for entry in await trail(store)].count("identified") == 1
    assert desk.messenger.said[-1][0] == "update"
    assert await desk.reviews.check_vote("U1", review.id) == await desk.review()


async def test_who_asked_is_barred_and_stands_in_for_nobody(store: SqlStore) -> None:
    """A submitter whom Slack could not tell of when the review was asked for is barred all the same."""
    desk = by_mail(store)
    desk.directory.broken.add("by_email")
    review, _ = await desk.reviews.request("U1", VERSION)
    desk.directory.broken.clear()
    assert (review.submitter_user, review.requested_by) == (None, "U1")
    for user, why in (("U1", "You asked for this review"), ("U2", "You submitted this version")):
        with pytest.raises(NotAllowed, match=why):
            await desk.reviews.check_vote(user, review.id)
    assert await desk.reviews.check_vote("U3", review.id) == review


async def test_asking_for_a_review_does_not_switch_a_strict_policy_off(store: SqlStore) -> None:
    """Nobody votes while the submitter is unknown, whoever typed the command."""
    desk = Desk(store, policy=replace(RULES, require_known_submitter=True))
    review, _ = await desk.reviews.request("U9", VERSION)
    with pytest.raises(NotAllowed, match="not known which"):
        await desk.reviews.check_vote("U1", review.id)


async def test_a_vote_of_who_turns_out_to_be_the_submitter_counts_no_more(store: SqlStore) -> None:
    """It became known between the votes: the second one does not complete the policy, and the thread says why."""
    desk = Desk(store, policy=replace(RULES, approvals_required=2))
    await desk.open()
    await desk.vote("U2")
    desk.bring(routing=replace(desk.world.routing, identities={"Zhang.Wei": "U2"}))
    await desk.vote("U1")
    review = await desk.review()
    assert review.open
    assert [vote.user_id for vote in review.votes] == ["U1"]
    await desk.work()
    assert VoteDropped(user_id="U2", approvals=0) in desk.messenger.replies()
    await desk.vote("U3")
    assert (await desk.review()).decision


async def test_where_self_review_is_allowed_nobody_is_looked_up_for_it(store: SqlStore) -> None:
    """A Slack that cannot tell keeps nobody from voting then."""
    desk = by_mail(store, allow_self_review=True)
    desk.directory.broken.add("by_email")
    review = await desk.open()
    assert await desk.reviews.check_vote("U2", review.id) == review


async def test_identities_outweigh_addresses(store: SqlStore) -> None:
    """What the operator has written down is not looked up."""
    desk = Desk(store, identities=True)
    desk.directory.broken.add("by_email")
    assert (await desk.open()).submitter_user == "U2"


def mapped_to(store: SqlStore, user_id: str, **rules: bool) -> Desk:
    """The operator has mapped the submitter to this Slack id."""
    desk = Desk(store, policy=replace(RULES, **rules))  # type: ignore[arg-type]
    desk.bring(routing=replace(desk.world.routing, identities={"zhang.wei": user_id}))
    return desk


@pytest.mark.parametrize("user_id", ["U0TYPO", "U0APP"])
async def test_an_identity_that_leads_to_no_person_makes_nobody_known(store: SqlStore, user_id: str) -> None:
    """A mistyped id, or an app's: the bar against self-review would look shut and be open."""
    desk = mapped_to(store, user_id, require_known_submitter=True)
    desk.directory.people["U0APP"] = Person(id="U0APP", name="App", team_id="T1", bot=True)
    review = await desk.open()
    assert review.submitter_user is None
    with pytest.raises(NotAllowed, match=r"zhang\.wei"):
        await desk.reviews.check_vote("U1", review.id)


async def test_a_deactivated_submitter_is_known(store: SqlStore) -> None:
    """They cannot vote, so nobody has to be kept from voting on their account."""
    desk = mapped_to(store, "U2", require_known_submitter=True)
    desk.directory.people["U2"] = replace(desk.directory.people["U2"], deleted=True)
    review = await desk.open()
    assert review.submitter_user == "U2"
    assert await desk.reviews.check_vote("U1", review.id) == review


async def test_an_identity_that_slack_cannot_tell_of_keeps_everybody_from_voting(store: SqlStore) -> None:
    """Whoever tries might be the submitter; once Slack tells, the others vote."""
    desk = mapped_to(store, "U2")
    desk.directory.broken.add("find")
    review = await desk.open()
    assert review.submitter_user is None
    with pytest.raises(SlackUnreachable):
        await desk.reviews.check_vote("U1", review.id)
    desk.directory.broken.clear()
    with pytest.raises(NotAllowed, match="You submitted"):
        await desk.reviews.check_vote("U2", review.id)
    assert await desk.reviews.check_vote("U1", review.id) == review


async def test_an_unknown_submitter_keeps_everybody_from_voting_where_the_policy_says_so(store: SqlStore) -> None:
    """The refusal names who has to be made known, and is on the trail."""
    desk = Desk(store, policy=replace(RULES, require_known_submitter=True))
    review = await desk.open()
    with pytest.raises(NotAllowed, match=r"zhang\.wei"):
        await desk.reviews.check_vote("U1", review.id)


async def test_a_refusal_names_the_reviewers(desk: Desk) -> None:
    """As facts, for whoever draws them."""
    review = await desk.open()
    with pytest.raises(NotAllowed) as refused:
        await desk.reviews.check_vote("U9", review.id)
    assert refused.value.facts == {"reviewers": Reviewers(ids=RULES.reviewers, channel="C1")}


async def test_who_leaves_the_group_between_click_and_submit_does_not_vote(desk: Desk) -> None:
    """A click may be judged by what was known; a submit is judged by what is."""
    review = await desk.open()
    await desk.reviews.check_vote("U3", review.id)
    assert desk.directory.asked[-1] == ("S1", False)
    desk.directory.groups["S1"] = frozenset()
    with pytest.raises(NotAllowed):
        await desk.vote("U3")
    assert desk.directory.asked[-2:] == [("U3", True), ("S1", True)]
    assert (await desk.review()).votes == ()


async def test_the_word_channel_is_looked_up_afresh_too(store: SqlStore) -> None:
    """Who has left the review channel does not vote."""
    desk = Desk(store, policy=replace(RULES, reviewers=("channel",)))
    await desk.open()
    desk.directory.channels["C1"] = frozenset()
    with pytest.raises(NotAllowed):
        await desk.vote("U9", Verdict.REJECT)
