"""What the doctor says of Slack."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.doctor.slack import Patient, examine
from tests.scenarios.stage import EXTERNAL, GUEST, JONAS, LIN, OMAR, PRIYA, RELEASES, REVIEWS, settings

if TYPE_CHECKING:
    from tests.doctor.conftest import Visit

GROUP = "S0REVIEWRS"
CALLS = {"auth.test", "apps.connections.open", "conversations.info", "users.info", "usergroups.users.list"}
KNOWN_SECRET = "5ad5b0c5a4d9e0b1c2d3e4f5a6b7c8d9"


async def test_a_healthy_app_is_told_by_name_and_asked_only_what_changes_nothing(visit: Visit) -> None:
    """Who it is, where it is, who may review; only reading methods are called, and no socket is opened."""
    found = await visit.findings()
    assert {finding.outcome.value for finding in found.values() if finding.subject == "slack"} == {"ok"}
    assert "Harbour SOC" in found["bot token"].found
    assert "#workflow-reviews" in found[f"channel {REVIEWS}"].found
    assert "3 members; Lin Mei, for one, may review" in found[f"group {GROUP}"].found
    assert found[f"reviewer {PRIYA}"].found == "Priya Nair may review. (BOT_REVIEWERS)"
    assert {entry.kind for entry in visit.stage.slack.traffic} == CALLS
    assert visit.stage.slack.connections == 0


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        ("invalid_auth", "Copy it anew"),
        ("token_revoked", "Install the app again"),
        ("account_inactive", "Install the app again"),
        ("team_access_not_granted", "Look the code up"),
    ],
)
async def test_a_refused_bot_token_is_told_and_what_needs_it_is_skipped(visit: Visit, code: str, advice: str) -> None:
    """Not failed too; the app token is another matter."""
    visit.stage.slack.faults.error("auth.test", code)
    found = await visit.findings(BOT_REVIEWERS=f"channel,{GROUP}", toml=f'[identities]\nx = "{LIN}"')
    assert (found["bot token"].outcome, code in found["bot token"].found) == ("fail", True)
    assert advice in found["bot token"].advice
    assert found["app token"].outcome == "ok"
    for name in ("scopes", f"channel {REVIEWS}", f"members of {REVIEWS}", f"group {GROUP}", f"person {LIN}"):
        assert found[name].outcome == "skipped", name
        assert "bot token" in found[name].found


async def test_a_slack_that_is_away_is_no_refusal(visit: Visit) -> None:
    """The advice is about the way there."""
    outcome, told = await visit.finding("bot token", SLACK_API_URL="http://127.0.0.1:9/api/")
    assert (outcome, "SLACK_API_URL" in told) == ("fail", True)
    visit.stage.slack.faults.fail("auth.test", status=503)
    outcome, told = await visit.finding("bot token")
    assert (outcome, "http_503" in told) == ("fail", True)


async def test_a_throttling_slack_leaves_it_open(visit: Visit) -> None:
    """apps.connections.open may be asked about once a minute: asking too often is no fault of the settings."""
    visit.stage.slack.faults.throttle("apps.connections.open", retry_after=30)
    visit.stage.slack.faults.throttle("users.info", retry_after=0)
    found = await visit.findings(BOT_REVIEWERS=OMAR)
    assert (found["app token"].outcome, found["app token"].advice) == ("warn", "Try again in 30 s.")
    assert (found[f"reviewer {OMAR}"].outcome, found[f"reviewer {OMAR}"].advice) == ("warn", "Try again in a minute.")


@pytest.mark.parametrize(
    ("scope", "changes", "outcome", "told"),
    [
        ("chat:write", {}, "fail", "chat:write (post the cards"),
        ("users:read", {}, "fail", "users:read"),
        ("channels:read", {}, "fail", "channels:read"),
        ("usergroups:read", {}, "fail", "usergroups:read"),
        ("usergroups:read", {"BOT_REVIEWERS": OMAR}, "ok", "6, all"),
        ("files:write", {"BOT_PICTURES": "true"}, "warn", "Without files:write: the picture of what changes"),
        ("files:write", {}, "ok", "6, all"),
    ],
)
async def test_a_missing_scope_is_named_with_what_is_lost(
    visit: Visit, scope: str, changes: dict[str, str], outcome: str, told: str
) -> None:
    """It fails where the bot needs it, and is worth a look where the bot can do without."""
    visit.stage.slack.workspace.app.scopes.discard(scope)
    found = await visit.finding("scopes", **changes)
    assert (found[0], told in found[1]) == (outcome, True), found


async def test_what_a_missing_scope_hides_is_skipped(visit: Visit) -> None:
    """The scope fails, once."""
    visit.stage.slack.workspace.app.scopes -= {"users:read", "channels:read", "usergroups:read"}
    found = await visit.findings()
    failed = [name for name, finding in found.items() if finding.outcome == "fail"]
    assert failed == ["scopes"]
    for name in (f"channel {REVIEWS}", f"reviewer {PRIYA}", f"group {GROUP}"):
        assert (found[name].outcome, "scope" in found[name].found) == ("skipped", True)


async def test_superfluous_scopes_are_named(visit: Visit) -> None:
    """All but the one for e-mail addresses, which is the operator's choice."""
    visit.stage.slack.workspace.app.scopes |= {"users:read.email", "im:history", "admin"}
    outcome, told = await visit.finding("scopes")
    assert (outcome, "Superfluous: admin, im:history." in told) == ("warn", True)


async def test_submitters_whom_nobody_can_know_are_told(visit: Visit) -> None:
    """require_known_submitter without any way to know them lets nobody vote."""
    outcome, told = await visit.finding("scopes", BOT_REQUIRE_KNOWN_SUBMITTER="true")
    assert (outcome, "nobody can vote" in told) == ("warn", True)
    for more in ({"toml": f'[identities]\nx = "{LIN}"'}, {}):
        assert (await visit.finding("scopes", BOT_REQUIRE_KNOWN_SUBMITTER="true", **more))[0] == "ok"
        visit.stage.slack.workspace.app.scopes.add("users:read.email")


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        ("invalid_auth", "connections:write"),
        ("missing_scope", "connections:write"),
        ("fatal_error", "Switch Socket Mode on"),
    ],
)
async def test_a_refused_app_token_is_told(visit: Visit, code: str, advice: str) -> None:
    """With what to copy or to switch on."""
    visit.stage.slack.faults.error("apps.connections.open", code)
    outcome, told = await visit.finding("app token")
    assert (outcome, code in told, advice in told) == ("fail", True, True)


async def test_socket_mode_that_is_off_is_told(visit: Visit) -> None:
    """And where to switch it on."""
    visit.stage.slack.workspace.app.socket_mode = False
    outcome, told = await visit.finding("app token")
    assert (outcome, "Switch Socket Mode on" in told) == ("fail", True)


@pytest.mark.parametrize(("secret", "outcome"), [(KNOWN_SECRET, "ok"), ("not-a-secret-at-all", "warn")])
async def test_of_a_signing_secret_only_the_shape_is_told(visit: Visit, secret: str, outcome: str) -> None:
    """In http mode, where no app token is used."""
    found = await visit.findings(BOT_MODE="http", SLACK_SIGNING_SECRET=secret, SLACK_APP_TOKEN="")
    assert found["signing secret"].outcome == outcome
    assert secret not in found["signing secret"].found
    assert "app token" not in found
    assert "apps.connections.open" not in {entry.kind for entry in visit.stage.slack.traffic}


async def test_channels_where_the_bot_cannot_post_are_told(visit: Visit) -> None:
    """Unknown, archived, not invited: each with the setting that names it and what to do."""
    slack = visit.stage.slack
    await slack.kick_bot(REVIEWS)
    await slack.archive(RELEASES)
    found = await visit.findings(
        BOT_NOTIFY_CHANNELS=f"{RELEASES},C0UNKNOWN0,C0PRIVATE0", BOT_REVIEWERS=f"channel,{OMAR}"
    )
    for name, words in (
        (REVIEWS, "not in it"),
        (RELEASES, "archived"),
        ("C0UNKNOWN0", "no such channel"),
        ("C0PRIVATE0", "no such channel"),
    ):
        finding = found[f"channel {name}"]
        assert (finding.outcome, words in finding.found, bool(finding.advice)) == ("fail", True, True), name
    assert "BOT_NOTIFY_CHANNELS" in found[f"channel {RELEASES}"].found
    assert found[f"members of {REVIEWS}"].outcome == "skipped"
    slack.faults.error("conversations.info", "team_access_not_granted")
    outcome, told = await visit.finding(f"channel {REVIEWS}", BOT_NOTIFY_CHANNELS="")
    assert (outcome, "team_access_not_granted" in told) == ("fail", True)


@pytest.mark.parametrize(
    ("flag", "told"),
    [
        ("is_ext_shared", "another organisation"),
        ("is_pending_ext_shared", "as soon as"),
        ("is_org_shared", "your organisation"),
    ],
)
async def test_shared_channels_are_flagged(visit: Visit, flag: str, told: str) -> None:
    """Others read there."""
    visit.stage.slack.channels[RELEASES][flag] = True
    outcome, said = await visit.finding(f"channel {RELEASES}")
    assert (outcome, told in said) == ("warn", True)


async def test_reviewers_who_cannot_review_are_told(visit: Visit) -> None:
    """Unknown, deactivated, a guest, of another workspace; a group that is gone."""
    await visit.stage.slack.deactivate(JONAS)
    wrong = {
        "U0NOBODY00": "knows nobody",
        JONAS: "deactivated",
        GUEST: "guest",
        EXTERNAL: "another workspace",
        "S0UNKNOWN0": "no such user group",
    }
    found = await visit.findings(BOT_REVIEWERS=",".join(wrong))
    for name, words in wrong.items():
        finding = found[f"{'group' if name.startswith('S') else 'reviewer'} {name}"]
        assert (finding.outcome, words in finding.found, bool(finding.advice)) == ("fail", True, True), name


@pytest.mark.parametrize(("users", "told"), [([], "no members"), ([GUEST, "U0GONE0000"], "None of its members")])
async def test_groups_without_a_reviewer_are_told(visit: Visit, users: list[str], told: str) -> None:
    """Empty, or nobody in it may."""
    visit.stage.slack.workspace.groups[GROUP]["users"] = users
    outcome, said = await visit.finding(f"group {GROUP}")
    assert (outcome, told in said) == ("fail", True)


async def test_of_a_large_group_not_everybody_is_asked_for(visit: Visit) -> None:
    """Whether one of the others may review is left open."""
    visit.stage.slack.workspace.groups[GROUP]["users"] = [f"U0AWAY{number:03}" for number in range(25)]
    outcome, said = await visit.finding(f"group {GROUP}")
    assert (outcome, said) == ("ok", "25 members, of whom 20 cannot review; the others may review. (BOT_REVIEWERS)")


async def test_where_every_member_may_review_members_are_looked_at(visit: Visit) -> None:
    """Of each channel that a policy opens so."""
    assert await visit.finding(f"members of {REVIEWS}", BOT_REVIEWERS="channel") == (
        "ok",
        "7 members; Jonas Weber, for one, may review.",
    )
    visit.stage.slack.workspace.channels[REVIEWS]["members"] = [GUEST, visit.stage.slack.bot_user_id]
    outcome, said = await visit.finding(f"members of {REVIEWS}", BOT_REVIEWERS="channel")
    assert (outcome, "None of its members" in said) == ("fail", True)


async def test_identities_and_people_to_escalate_to_are_looked_at(visit: Visit) -> None:
    """An app cannot be one, a guest can."""
    toml = f'[identities]\n"zhang.wei" = "U0OTHERBOT"\n"guest" = "{GUEST}"\n"gone" = "U0NOBODY00"'
    found = await visit.findings(toml=toml)
    assert (found["person U0OTHERBOT"].outcome, "identities.zhang.wei" in found["person U0OTHERBOT"].found) == (
        "fail",
        True,
    )
    assert found[f"person {GUEST}"].outcome == "ok"
    assert found["person U0NOBODY00"].outcome == "fail"


async def test_a_look_that_breaks_is_a_finding(visit: Visit) -> None:
    """Slack is in trouble in the middle of it, or answers what nobody expects."""
    visit.stage.slack.faults.fail("usergroups.users.list")
    visit.stage.slack.workspace.users[PRIYA].pop("id")
    found = await visit.findings()
    assert (found[f"group {GROUP}"].outcome, "no usable answer" in found[f"group {GROUP}"].found) == ("fail", True)
    assert found[f"reviewer {PRIYA}"].found == "The check broke off (KeyError)."


async def test_a_slack_that_falls_silent_is_told_of_each_thing(visit: Visit) -> None:
    """Also of what waits for another look, which ends at the same moment."""
    for method in ("conversations.info", "users.info", "apps.connections.open"):
        visit.stage.slack.faults.slow(method, 30, times=100)
    found = {one.name: one for one in await examine(settings(visit.variables(BOT_REVIEWERS="channel")), patience=1.0)}
    for name in ("app token", f"channel {REVIEWS}", f"channel {RELEASES}"):
        assert found[name].found == "No answer within 1 s."
    assert found[f"members of {REVIEWS}"].outcome != "ok"


async def test_scopes_that_slack_does_not_name_are_left_open(visit: Visit) -> None:
    """A proxy may have taken the header away."""
    finding = Patient(settings(visit.variables()), AsyncWebClient()).scopes()
    assert (finding.outcome, "manifest.yml" in finding.advice) == ("warn", True)
