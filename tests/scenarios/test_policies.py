"""Policies and routes of the file, from the first look to SecMaster."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.scenarios.stage import GUEST, JONAS, LIN, OMAR, PRIYA, REVIEWS, buttons_of, text_of

if TYPE_CHECKING:
    from tests.scenarios.conftest import Open
    from tests.scenarios.stage import Stage

REASONS = '[policies.p]\nreasons = ["Tested on staging.", "请补充回滚步骤。"]\n[[routes]]\npolicy = "p"\n'


def filled(stage: Stage) -> str:
    """The block of the reason in Lin Mei's form, once a common reason was put there."""
    blocks = stage.slack.modals(LIN)[-1]["blocks"]
    return next((str(block["block_id"]) for block in blocks if block["block_id"].startswith("reason:")), "")


async def test_a_common_reason_begins_what_is_typed_and_is_sent_as_it_stands(open_each: Open) -> None:
    """What was typed before stays; what is changed afterwards is what SecMaster gets."""
    async with open_each(toml=REASONS) as stage:
        version = stage.pending()[0]
        form = await stage.open_modal(LIN, version, "review_reject")
        await stage.slack.click_in_modal(
            LIN,
            view_id=form["id"],
            action_id="common_reason",
            value="1",
            values={"reason": {"reason_text": "Please look again."}},
        )

        block_id = await stage.until(lambda: filled(stage), "a filled form")
        view = stage.slack.modals(LIN)[-1]
        typed = view["state"]["values"][block_id]["reason_text"]["value"]
        assert typed == "Please look again.\n请补充回滚步骤。"
        await stage.slack.submit(LIN, view_id=view["id"], values={block_id: {"reason_text": f"{typed}\n今天之内。"}})
        opinion = await stage.told(version, "SecMaster's opinion", "UN_PASS")
        assert "Please look again. 请补充回滚步骤。 今天之内。" in text_of(opinion)


async def test_what_is_wrong_with_a_filled_reason_is_said_beside_it(open_each: Open) -> None:
    """Emptied after it was filled."""
    async with open_each(toml=REASONS) as stage:
        version = stage.pending()[0]
        form = await stage.open_modal(LIN, version, "review_approve")
        await stage.slack.click_in_modal(LIN, view_id=form["id"], action_id="common_reason", value="0")
        block_id = await stage.until(lambda: filled(stage), "a filled form")
        view = stage.slack.modals(LIN)[-1]
        refused = await stage.slack.submit(LIN, view_id=view["id"], values={block_id: {"reason_text": "  "}})
        assert "take the choice back" in refused.errors[block_id]


async def test_an_unknown_submitter_is_said_on_the_card(open_each: Open) -> None:
    """And where the policy is strict nobody votes before the identities name them."""
    strict = '[policies.strict]\nrequire_known_submitter = true\n[[routes]]\nworkflow = "isolate*"\npolicy = "strict"\n'
    async with open_each(toml=strict) as stage:
        isolate, lenient = stage.pending()[:2]
        if "Isolate" not in text_of(await stage.card(isolate)):
            isolate, lenient = lenient, isolate
        await stage.shows(lenient, "submitter is not known in Slack")
        await stage.press(OMAR, isolate, "review_approve")
        await stage.whispered(OMAR, "not known which Slack user submitted", "zhang.wei")
        assert stage.slack.modals(OMAR) == []


async def test_an_address_tells_the_submitter_where_the_bot_may_look_it_up(open_each: Open) -> None:
    """With the scope users:read.email; and without it the card says that self-review cannot be checked."""
    for scope in (True, False):
        async with open_each(BOT_POLL_INTERVAL="0") as stage:
            app = stage.slack.workspace.app
            app.scopes = (app.scopes | {"users:read.email"}) if scope else (app.scopes - {"users:read.email"})
            stage.slack.workspace.users[PRIYA]["profile"]["email"] = "priya@harbour.example"
            workflow = stage.secmaster.new_workflow("By mail", "NORMAL", "x", "priya@harbour.example")
            version = stage.secmaster.versions_of(workflow["id"])[0]["id"]
            stage.secmaster.submit(version)
            await stage.say(OMAR, f"request {version}")
            card = await stage.card(version)
            assert ("not known in Slack" in text_of(card)) is not scope
            await stage.press(PRIYA, version, "review_approve")
            if scope:
                await stage.whispered(PRIYA, "You submitted this version")
            else:
                await stage.form(PRIYA)


async def test_who_leaves_the_group_between_click_and_submit_is_refused(open_each: Open) -> None:
    """And keeps what they typed."""
    async with open_each() as stage:
        version = stage.pending()[0]
        await stage.open_modal(OMAR, version, "review_approve")
        stage.slack.workspace.groups["S0REVIEWRS"]["users"].remove(OMAR)
        await stage.submit(OMAR, "Already typed")
        refusal = text_of(stage.slack.modals(OMAR)[-1])
        assert "not a reviewer" in refusal
        assert "Already typed" in refusal
        assert stage.status(version) == "pending_approval"


async def test_refusals_name_the_reviewers(open_each: Open) -> None:
    """A group, a person, every member of a channel."""
    async with open_each() as stage:
        await stage.press(JONAS, stage.pending()[0], "review_reject")
        said = await stage.whispered(JONAS, "Reviewers are", f"@{PRIYA}")
        assert "S0REVIEWRS" in str(said["blocks"])


@pytest.mark.parametrize(
    ("code", "why"),
    [("plan_upgrade_required", "paid plans"), ("missing_scope", "install the app again"), ("no_such_subteam", "group")],
)
async def test_a_group_that_cannot_be_read_is_explained(open_each: Open, code: str, why: str) -> None:
    """To the one who submits, with what to do; and nobody votes."""
    async with open_each() as stage:
        version = stage.pending()[0]
        await stage.card(version)
        await stage.open_modal(OMAR, version, "review_approve")  # the look at start has read the group a moment ago
        stage.slack.faults.error("usergroups.users.list", code, times=5)
        sent = await stage.submit(OMAR, "Fine")
        await stage.until(lambda: why in str(sent.errors) + str(stage.slack.modals(OMAR)), "the reason")
        assert stage.calls("CreateAopWorkflowVersionApprovel") == []


async def test_channels_where_the_bot_cannot_post_are_named_at_start(
    open_each: Open, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong id, a channel without the bot; with the settings that name them. The bot runs on."""
    toml = '[[routes]]\nworkflow = "nothing*"\nchannel = "C0GENERAL0"\n'
    async with open_each(toml=toml, BOT_NOTIFY_CHANNELS="C0NOWHERE0") as stage:
        await stage.card(stage.pending()[0])
        logged = ""

        def named() -> bool:
            nonlocal logged
            logged += capsys.readouterr().out
            return "C0NOWHERE0" in logged and "C0GENERAL0" in logged

        await stage.until(named, "two lines")
        lines = [line for line in logged.splitlines() if "channel.unusable" in line]
        assert any("BOT_NOTIFY_CHANNELS" in line and "no such channel" in line for line in lines)
        assert any("route 1" in line and "Invite it" in line for line in lines)
        assert not any(REVIEWS in line for line in lines)


async def test_people_and_groups_that_slack_does_not_know_are_named_at_start(
    open_each: Open, capsys: pytest.CaptureFixture[str]
) -> None:
    """Reviewers who cannot review, groups and identities that lead to nobody; with the settings. The bot runs on."""
    toml = (
        f'[policies.odd]\nreviewers = ["{GUEST}", "{LIN}"]\n[[routes]]\nworkflow = "nothing*"\npolicy = "odd"\n'
        f'[identities]\n"zhang.wei" = "U0TYPO0000"\n"priya.nair" = "{PRIYA}"\n'
    )
    async with open_each(toml=toml, BOT_REVIEWERS=f"S0NOGROUP0,{LIN},U0GONE0000,channel") as stage:
        await stage.card(stage.pending()[0])
        logged = ""

        def named() -> bool:
            nonlocal logged
            logged += capsys.readouterr().out
            return "U0TYPO0000" in logged

        await stage.until(named, "the last line")
        lines = [line for line in logged.splitlines() if "person.unusable" in line]
        told = [("S0NOGROUP0", "BOT_REVIEWERS", "no such user group"), ("U0GONE0000", "BOT_REVIEWERS", "deactivated")]
        told += [(GUEST, "route 1", "guest"), ("U0TYPO0000", "identities.zhang.wei", "nobody of that id")]
        assert len(lines) == len(told)
        for words, line in zip(told, lines, strict=True):
            assert all(word in line for word in words), line


async def test_one_channel_for_each_kind_of_workflow(open_each: Open) -> None:
    """The first route that matches; each in its language, under its policy."""
    toml = """
[policies.two]
approvals_required = 2
[[routes]]
workflow = "封禁*"
channel = "C0RELEASES"
locale = "zh-CN"
policy = "two"
"""
    async with open_each(toml=toml, BOT_NOTIFY_CHANNELS="") as stage:
        await stage.slack.until(lambda: stage.slack.messages("C0RELEASES"), what="the Chinese card")
        await stage.slack.until(lambda: len(stage.slack.messages(REVIEWS)) == 2, what="the others")
        (card,) = stage.slack.messages("C0RELEASES")
        assert "0/2" in text_of(card) or "2" in text_of(card)
        assert "待审核" in text_of(card)
        assert buttons_of(card) == ["review_approve", "review_reject", "review_changes"]
