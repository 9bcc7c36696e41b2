"""Who may not vote does not, whatever they press or forge, and is told why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.scenarios.stage import EXTERNAL, GUEST, JONAS, LIN, OMAR, PRIYA, REVIEWS, buttons_of, text_of

if TYPE_CHECKING:
    from tests.scenarios.conftest import Open
    from tests.scenarios.stage import Stage


@pytest.mark.parametrize(
    ("user", "why"), [(GUEST, "Guests cannot use"), (JONAS, "You are not a reviewer")], ids=["guest", "no-reviewer"]
)
async def test_who_may_not_vote_is_told_and_gets_no_form(stage: Stage, user: str, why: str) -> None:
    """A press by a guest or by a member who is no reviewer opens nothing and counts for nothing."""
    version = stage.pending()[0]
    await stage.press(user, version, "review_approve")

    await stage.whispered(user, why)
    assert stage.slack.modals(user) == []
    assert stage.status(version) == "pending_approval"


async def test_an_external_member_of_a_shared_review_channel_may_not_vote(open_each: Open) -> None:
    """In a shared channel even the word `channel` gives no vote to people of another organisation."""
    async with open_each(BOT_CHANNEL="C0SHARED00", BOT_REVIEWERS="channel") as stage:
        version = stage.pending()[0]
        card = await stage.until(
            lambda: next((one for one in stage.slack.messages("C0SHARED00") if version in text_of(one)), None), "card"
        )
        await stage.slack.click(EXTERNAL, channel="C0SHARED00", ts=card["ts"], action_id="review_approve")

        whispers = await stage.slack.until(lambda: stage.whispers(EXTERNAL, "C0SHARED00"))
        assert "Only people of the workspace" in text_of(whispers[0])
        assert stage.slack.modals(EXTERNAL) == []


async def test_every_full_member_of_the_channel_votes_where_the_policy_says_channel(open_each: Open) -> None:
    """`BOT_REVIEWERS=channel` lets a full member vote, and still no guest."""
    async with open_each(BOT_REVIEWERS="channel") as stage:
        version = stage.pending()[0]
        await stage.press(GUEST, version, "review_approve")
        await stage.whispered(GUEST, "Guests cannot use")
        await stage.vote(JONAS, version, "approve", "Reviewed")
        await stage.told(version, "SecMaster's opinion", "PASS")


async def test_who_asked_for_the_review_may_not_vote(open_each: Open) -> None:
    """No self-review: the person who asked by slash command counts as the submitter."""
    async with open_each(BOT_POLL_INTERVAL="0") as stage:
        version = stage.pending()[0]
        await stage.say(LIN, f"request {version}")
        await stage.press(LIN, version, "review_approve")
        await stage.whispered(LIN, "You asked for this review")

        await stage.vote(OMAR, version, "approve", "Second pair of eyes")
        await stage.told(version, "SecMaster's opinion", "PASS")


async def test_self_review_can_be_allowed(open_each: Open) -> None:
    """With BOT_ALLOW_SELF_REVIEW the person who asked may vote."""
    async with open_each(BOT_POLL_INTERVAL="0", BOT_ALLOW_SELF_REVIEW="true") as stage:
        version = stage.pending()[0]
        await stage.say(LIN, f"request {version}")
        await stage.vote(LIN, version, "approve", "My own")
        await stage.told(version, "SecMaster's opinion", "PASS")


async def test_a_known_iam_submitter_may_not_vote(open_each: Open, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The identities of the TOML file tie SecMaster's IAM user to a Slack user."""
    file = tmp_path_factory.mktemp("config") / "bot.toml"
    file.write_text(f'[identities]\n"zhang.wei" = "{PRIYA}"\n"p.nair" = "{PRIYA}"\n"liu.yang" = "{PRIYA}"\n')
    async with open_each(BOT_CONFIG=str(file)) as stage:
        version = stage.pending()[0]
        await stage.press(PRIYA, version, "review_approve")
        await stage.whispered(PRIYA, "You submitted this version")


async def test_a_reviewer_deactivated_while_the_form_is_open_does_not_count(open_each: Open) -> None:
    """The person is checked again on submit, and a group member who left the group has no vote."""
    async with open_each(BOT_REVIEWERS=f"{LIN},{OMAR}") as stage:
        version = stage.pending()[0]
        view = await stage.open_modal(LIN, version, "review_approve")
        stage.slack.workspace.users[LIN]["deleted"] = True
        body = await stage.forge_submit(LIN, view, "I was here")

        assert body.body["response_action"] == "update"
        assert "deactivated" in str(body.body)
        assert stage.secmaster.approvals(version) == []


async def test_a_forged_form_of_a_person_without_a_vote_counts_for_nothing(socket_stage: Stage) -> None:
    """Taking over another's form does not help: who submits is checked, not who opened."""
    stage = socket_stage
    version = stage.pending()[0]
    view = await stage.open_modal(LIN, version, "review_approve")
    answer = await stage.forge_submit(JONAS, view, "Let me through")

    assert answer.body["response_action"] == "update"
    assert "You are not a reviewer" in str(answer.body)
    assert "Let me through" in str(answer.body)
    assert stage.status(version) == "pending_approval"


async def test_two_approvals_are_two_people(open_each: Open) -> None:
    """With two approvals required one person's two votes are one; the second person decides, both reasons are sent."""
    async with open_each(BOT_APPROVALS_REQUIRED="2") as stage:
        version = stage.pending()[0]
        await stage.vote(LIN, version, "approve", "First look")
        await stage.shows(version, "1 of 2 approvals")
        await stage.vote(LIN, version, "approve", "Second look, same eyes")
        await stage.told(version, "changed their vote", "Second look, same eyes")
        shown = buttons_of(await stage.shows(version, "1 of 2 approvals"))
        assert shown == ["review_approve", "review_reject", "review_withdraw", "review_changes"]
        assert stage.calls("CreateAopWorkflowVersionApprovel") == []

        await stage.vote(OMAR, version, "approve", "Second eyes")
        await stage.told(version, "SecMaster's opinion", "PASS")
        assert stage.secmaster.approvals(version)[0]["content"] == "Second look, same eyes\nSecond eyes"


async def test_home_shows_only_what_waits_for_this_person(stage: Stage) -> None:
    """A reviewer finds the queue and votes from it; a member without a vote finds it empty."""
    version = stage.pending()[0]
    await stage.card(version)
    await stage.slack.open_home(JONAS)
    home = await stage.slack.until(lambda: stage.slack.home(JONAS))
    assert "Nothing waits for you" in text_of(home)

    await stage.slack.open_home(LIN)

    def full() -> dict[str, Any] | None:
        view = stage.slack.home(LIN)
        return view if view and buttons_of(view).count("review_approve") == 3 else None

    home = await stage.until(full, "a home with three entries")
    block = next(block for block in home["blocks"] if block["type"] == "actions")
    await stage.slack.click_in_home(LIN, action_id="review_approve", block_id=block["block_id"])
    await stage.submit(LIN, "From home")
    decided = await stage.until(
        lambda: next(
            (one for one in stage.secmaster.versions if "From home" in str(stage.secmaster.approvals(one))), None
        ),
        "the decision in SecMaster",
    )
    await stage.slack.until(lambda: decided not in text_of(stage.slack.home(LIN)), what="the home without it")
    assert REVIEWS in {channel["id"] for channel in stage.slack.channels_of(LIN)}
