"""The audit trail of a running bot: printed and verified beside it, and a byte that somebody edited is found."""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING, Any

from tests.scenarios.stage import JONAS, LIN, OMAR, text_of
from tests.test_cli import run_python

if TYPE_CHECKING:
    from pathlib import Path

    from tests.scenarios.conftest import Open

APPROVAL = "CreateAopWorkflowVersionApprovel"


async def audit(folder: Path, *arguments: str) -> tuple[int, str]:
    """`secmaster-bot audit` as its own process: the exit status, and what it prints."""
    url = f"sqlite:///{folder / 'bot.db'}"
    process = await run_python("-m", "bot", "audit", *arguments, folder=folder, BOT_DATABASE_URL=url)
    printed, complaints = await asyncio.wait_for(process.communicate(), 60)
    assert complaints == b""
    return process.returncode or 0, printed.decode()


async def trail(folder: Path, *arguments: str) -> list[dict[str, Any]]:
    """Its entries."""
    _, lines = await audit(folder, "--format", "jsonl", *arguments)
    return [json.loads(line) for line in lines.splitlines()]


async def test_the_whole_story_of_a_release_is_in_the_trail(open_stage: Open, tmp_path: Path) -> None:
    """Settings, refusals, votes, what was sent, each answer with its request id, the release, while the bot runs."""
    async with open_stage() as stage:
        version = stage.pending()[0]
        await stage.examined(version)
        await stage.press(JONAS, version, "review_approve")
        await stage.whispered(JONAS, "You are not a reviewer")
        stage.secmaster.faults.fail(APPROVAL, 400, "SecMaster.20040001", message="Parameter error.")
        await stage.vote(LIN, version, "approve", "Rollback tested")
        refused = text_of(await stage.shows(version, "did not accept the decision", "request id"))
        await stage.press(OMAR, version, "review_retry")
        await stage.told(version, "Final status")
        story = await trail(tmp_path, "--version-id", version)
        status, said = await audit(tmp_path, "verify")
        names = {user: stage.slack.workspace.users[user]["real_name"] for user in (LIN, OMAR, JONAS)}

    assert (status, "Head: " in said) == (0, True)
    told = [one for one in story if one["event"] != "released"]
    assert [one["event"] for one in told] == [
        "opened", "examined", "refused", "voted", "decided", "sending", "unsent", "failed", "retried", "sending",
        "answered",
    ]  # fmt: skip
    details = {one["event"]: one["details"] for one in story}
    assert {one["event"]: (one["user_id"], one["details"]["person"]) for one in story if one["user_id"]} == {
        "refused": (JONAS, names[JONAS]),
        "voted": (LIN, names[LIN]),
        "retried": (OMAR, names[OMAR]),
    }
    assert details["refused"]["why"] == "not_a_reviewer"
    assert (details["voted"]["verdict"], details["voted"]["reason"]) == ("approve", "Rollback tested")
    assert (details["sending"]["result"], details["sending"]["content"]) == ("PASS", "Rollback tested")
    assert (details["unsent"]["status"], details["unsent"]["code"]) == (400, "SecMaster.20040001")
    assert all(details[event]["request_id"] for event in ("unsent", "answered"))
    assert details["unsent"]["request_id"] in refused
    assert details["answered"]["request_id"] not in refused
    assert (details["answered"]["result"], details["released"]["final"]) == ("PASS", True)

    async with open_stage(BOT_APPROVALS_REQUIRED="2"):
        first, second = await trail(tmp_path, "--event", "configured")
    assert first["details"]["settings"]["policy.approvals_required"] == 1
    assert second["details"]["changed"]["policy.approvals_required"] == [1, 2]


async def test_one_byte_edited_in_the_file_is_named(open_stage: Open, tmp_path: Path) -> None:
    """By the entry that it belongs to, whatever was written afterwards."""
    async with open_stage() as stage:
        version, other = stage.pending()[:2]
        await stage.vote(LIN, version, "approve", "Rollback tested")
        await stage.told(version, "Final status")
        await stage.vote(OMAR, other, "reject", "No rollback")
        await stage.told(other, "SecMaster's opinion")
    (voted,) = await trail(tmp_path, "--version-id", version, "--event", "voted")
    file = tmp_path / "bot.db"
    held = file.read_bytes()
    written = b'"verdict": "approve", "reason": "Rollback tested"'
    assert written in held
    file.write_bytes(held.replace(written, written.replace(b"tested", b"rested")))
    status, said = await audit(tmp_path, "verify")
    assert status == 1
    assert re.match(rf"Broken at entry {voted['id']} \(.*, voted, version {version}\): It was changed", said)
