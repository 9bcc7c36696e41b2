"""What am I approving? The change, the picture, the checks, and an approval bound to what was seen."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import pytest

from bot.pictures.fonts import missing
from tests.scenarios.stage import LIN, OMAR, RELEASES, REVIEWS, elements_of, text_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.scenarios.conftest import Open
    from tests.scenarios.stage import Stage

SEE = "review_changes"
STRICT = '[policies.strict]\nblock_on_failed_checks = true\n[[routes]]\npolicy = "strict"\n'


def version_named(stage: Stage, name: str) -> str:
    """The version of that name that waits for review."""
    return next(one for one in stage.pending() if stage.secmaster.versions[one]["name"] == name)


@pytest.fixture
def isolate(stage: Stage) -> str:
    """The second version of a workflow whose first is active."""
    return version_named(stage, "Isolate compromised host")


async def see(stage: Stage, user: str, version: str) -> dict[str, Any]:
    """Press the card's button, and wait for what changes."""
    await stage.examined(version)
    await stage.press(user, version, SEE)
    return await seen(stage, user)


async def seen(stage: Stage, user: str) -> dict[str, Any]:
    """What changes, once it is drawn before a person: the form is open before that."""
    return await stage.until(
        lambda: next((one for one in stage.slack.modals(user) if "Compared with" in text_of(one)), None), "what changes"
    )


async def test_the_card_says_what_changes_at_a_glance(stage: Stage, isolate: str) -> None:
    """Which version it replaces, how much is added, removed and changed, and whether SecMaster's checks pass."""
    card = await stage.shows(isolate, "Replaces v1, active now", "SecMaster's checks ✅ all passed")
    said = text_of(card)
    for words in ("HEMOSTASIS (contain)", "Workspace", "zhang.wei", "Takes a disk snapshot first", "added", "removed"):
        assert words in said
    first = await stage.shows(version_named(stage, "Open ticket for phishing mail"), "First version")
    assert "Replaces" not in text_of(first)


async def test_the_changes_open_in_a_modal(stage: Stage, isolate: str) -> None:
    """From the card and from the keyboard: each step, connection and setting by its name."""
    view = await see(stage, OMAR, isolate)
    said = text_of(view)
    for words in ("Compared with v1, active now", "Snapshot system disk", "Isolate host", "duration_minutes"):
        assert words in said
    await stage.slack.command(LIN, channel=REVIEWS, command="/secmaster", text=f"changes {isolate}")
    assert text_of(await seen(stage, LIN)) == said


async def test_the_form_shows_what_is_approved(stage: Stage, isolate: str) -> None:
    """Also to who votes from their home, where no card is."""
    await stage.shows(isolate, "SecMaster's checks ✅ all passed")
    form = await stage.open_modal(OMAR, isolate, "review_approve")
    assert "Replaces v1, active now" in text_of(form)
    assert "added" in text_of(form)


async def test_an_edited_submission_shows_what_changed_since_the_round_before(stage: Stage, isolate: str) -> None:
    """The card says why its buttons are gone; the next round shows what changed since the one before."""
    await stage.examined(isolate)
    stage.secmaster.faults.edit_while_pending = True
    stage.secmaster.insert_step(isolate, "Wipe the disk")
    cards = await stage.slack.until(lambda: stage.cards(isolate)[1:] and stage.cards(isolate), what="a second card")
    await stage.until(lambda: "It was changed while under review" in text_of(stage.cards(isolate)[0]), "the reason")
    assert elements_of(cards[0], "button") == []
    await stage.shows(isolate, "Round 2", "Since round 1", "1 step added")
    view = await see(stage, OMAR, isolate)
    assert "Wipe the disk" in text_of(view)
    (switch,) = [one for one in elements_of(view, "button") if "Only since round 1" in one["text"]["text"]]
    await stage.slack.click_in_modal(OMAR, view_id=view["id"], action_id=switch["action_id"])
    since = await stage.until(
        lambda: next((one for one in stage.slack.modals(OMAR) if "Changed since round 1" in text_of(one)), None),
        "since",
    )
    assert "Wipe the disk" in text_of(since)
    assert "Snapshot system disk" not in text_of(since)


async def test_what_is_active_changes_while_people_vote(stage: Stage, isolate: str) -> None:
    """The card and the thread say what it would replace by now, and whose vote is older than that."""
    await stage.examined(isolate)
    workflow = stage.secmaster.versions[isolate]["aopworkflow_id"]
    other = stage.secmaster.new_version(workflow, description="A hotfix")
    stage.secmaster.submit(other)
    stage.secmaster.decide(other, "PASS", "Needed now")
    await stage.until(lambda: stage.status(other) == "not_activated", "the other version")
    stage.secmaster.activate(other)
    name = stage.secmaster.versions[other]["version"]
    await stage.told(isolate, f"{name} is active now")
    await stage.shows(isolate, f"Replaces {name}, active now")
    await stage.vote(OMAR, isolate, "approve", "Seen against the hotfix")
    await stage.told(isolate, "Final status")


async def test_the_whole_story_of_a_version_is_told(stage: Stage, isolate: str) -> None:
    """Votes with reasons, opinion, final status, and SecMaster's own records."""
    await stage.examined(isolate)
    await stage.vote(OMAR, isolate, "approve", "Rehearsed on staging")
    await stage.told(isolate, "Final status")
    said = text_of(await stage.say(LIN, f"show {isolate}"))
    for words in (
        "Review, round 1 : approved",
        f"@{OMAR} approves: Rehearsed on staging",
        "SecMaster's opinion: PASS",
        "Final status: ",
        "SecMaster's own review history:",
        "Replaces : v1",
    ):
        assert words in said


async def test_a_failed_publication_is_loud(stage: Stage, isolate: str) -> None:
    """In the thread and in the notification channel."""
    stage.secmaster.faults.publish_fails = 1
    await stage.vote(OMAR, isolate, "approve", "Go")
    await stage.told(isolate, "could not publish")
    await stage.until(
        lambda: [one for one in stage.slack.messages(RELEASES) if "could not publish" in text_of(one)], "loud words"
    )


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_a_failing_check_bars_approval_until_it_passes(open_stage: Open, mode: str) -> None:
    """Told on the card and to who clicks; a rejection is possible all the while."""
    async with open_stage(mode, toml=STRICT) as stage:
        looping = next(
            one["id"] for one in stage.secmaster.versions.values() if one["name"] == "Patch exposed server in a window"
        )
        stage.secmaster.submit(looping)
        card = await stage.shows(looping, "❌ loop check failed")
        assert "loop found" in text_of(card)
        await stage.press(OMAR, looping, "review_approve")
        await stage.whispered(OMAR, "cannot be approved before each check of SecMaster's has passed")
        await stage.vote(OMAR, looping, "reject", "It never ends")
        await stage.told(looping, "SecMaster's opinion", "UN_PASS")


@pytest.fixture(params=["socket", "http"])
async def drawn(request: pytest.FixtureRequest, open_stage: Open) -> AsyncIterator[Stage]:
    """A stage where pictures are drawn."""
    async with open_stage(request.param, BOT_PICTURES="true") as opened:
        yield opened


@pytest.fixture
def drawn_in_chinese(drawn: Stage) -> Stage:
    """Likewise, on a machine whose fonts have Chinese."""
    if missing("封禁恶意IP地址"):
        pytest.skip("no font with Chinese is installed: fonts-noto-cjk")
    return drawn


def pictures(stage: Stage, version: str) -> list[dict[str, Any]]:
    """The files in a version's thread."""
    cards = stage.cards(version)
    replies = stage.slack.thread(REVIEWS, cards[-1]["ts"]) if cards else []
    return [file for reply in replies for file in reply.get("files", [])]


async def test_a_picture_of_what_changes_is_in_the_thread(drawn_in_chinese: Stage) -> None:
    """A PNG with the same told in words for who cannot see it; the Chinese flow's too."""
    drawn = drawn_in_chinese
    for name in ("Isolate compromised host", "封禁恶意IP地址"):
        version = version_named(drawn, name)
        (file,) = await drawn.slack.until(lambda version=version: pictures(drawn, version), timeout=60, what="picture")  # type: ignore[misc]
        assert file["mimetype"] == "image/png"
        kept = drawn.slack._world.files.get(file["id"])
        assert kept is not None
        assert kept.content is not None
        width, height = struct.unpack(">II", kept.content[16:24])
        assert width > 300
        assert height > 300
        assert name in file["title"]


async def test_an_upload_that_fails_stops_no_review(open_stage: Open) -> None:
    """The thread says so, and people decide."""
    async with open_stage(BOT_PICTURES="true") as stage:
        stage.slack.faults.error("files.getUploadURLExternal", "missing_scope", times=9)
        version = version_named(stage, "Isolate compromised host")
        await stage.examined(version)
        reply = await stage.slack.until(
            lambda: next((one for one in stage.thread(version) if "There is no picture" in text_of(one)), None),
            timeout=60,
            what="why there is no picture",
        )
        assert "missing_scope" in text_of(reply)
        assert "Replaces : v1" in text_of(reply)
        await stage.vote(OMAR, version, "approve", "Go")
        await stage.told(version, "SecMaster's opinion", "PASS")
