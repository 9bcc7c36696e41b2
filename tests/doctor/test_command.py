"""`secmaster-bot doctor`, as it is typed."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from typing import TYPE_CHECKING

import pytest

from bot.environment import Environment
from bot.sandbox.run import start_bot, stop_bot
from tests.scenarios.stage import REVIEWS
from tests.test_cli import run

if TYPE_CHECKING:
    from tests.doctor.conftest import Visit

ENDS_WITHIN = 20.0
SIGNING = "5ad5b0c5a4d9e0b1c2d3e4f5a6b7c8d9"

EVERY_SECRET = {
    "SLACK_BOT_TOKEN": "xoxb-wrong-bot-token-1",
    "SLACK_APP_TOKEN": "xapp-wrong-app-token-1",
    "SLACK_SIGNING_SECRET": "wrong-signing-secret-1",
    "BOT_DATABASE_URL": "postgresql+psycopg://bot:wrong-database-password@127.0.0.1:9/reviews",
    "HUAWEICLOUD_SDK_AK": "WRONGACCESSKEY0001",
    "HUAWEICLOUD_SDK_SK": "wrong-secret-key-1",
    "HUAWEICLOUD_SDK_SECURITY_TOKEN": "wrong-security-token-1",
}
BROKEN: dict[str, tuple[dict[str, str], str]] = {
    **{name: ({name: value}, "") for name, value in EVERY_SECRET.items()},
    "everything": (EVERY_SECRET, ""),
    "another kind of token": ({"SLACK_BOT_TOKEN": "xoxp-a-token-of-a-person"}, "SLACK_BOT_TOKEN"),
    "a pasted line break": ({"SLACK_APP_TOKEN": "xapp-with a-blank-inside"}, "SLACK_APP_TOKEN"),
    "a token for a channel": ({"BOT_CHANNEL": "xoxb-pasted-into-the-wrong-line"}, "BOT_CHANNEL"),
    "a password that is not encoded": (
        {"BOT_DATABASE_URL": "postgresql+psycopg://bot:not/encoded@word@host/x"}, "BOT_DATABASE_URL"
    ),
    "a password in an address": ({"SECMASTER_ENDPOINT": "https://user:in-the-address@host"}, "SECMASTER_ENDPOINT"),
    "a token": (
        {"HUAWEICLOUD_SDK_AK": "", "HUAWEICLOUD_SDK_SK": "", "SECMASTER_AUTH_TOKEN": "wrong-auth-token-1"}, ""
    ),
    "an IAM user": (
        {
            "HUAWEICLOUD_SDK_AK": "", "HUAWEICLOUD_SDK_SK": "", "SECMASTER_IAM_USER": "someone",
            "SECMASTER_IAM_PASSWORD": "wrong-iam-password-1", "SECMASTER_IAM_DOMAIN": "some-account",
        },
        "SECMASTER_IAM_ENDPOINT",
    ),
    "two ways to authenticate": ({"SECMASTER_AUTH_TOKEN": "one-token-too-many"}, "SecMaster credentials"),
    "http mode without a secret": ({"BOT_MODE": "http", "SLACK_SIGNING_SECRET": ""}, "SLACK_SIGNING_SECRET"),
}  # fmt: skip
"""What is broken, and the setting that is named though nobody was asked."""


async def doctor(visit: Visit, *arguments: str, **changes: str) -> tuple[int | None, str, str]:
    """Status, output and errors of the command."""
    process = await run("doctor", *arguments, folder=visit.folder, **visit.variables(**changes))
    out, err = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode, out.decode(), err.decode()


async def test_it_is_green_beside_a_running_bot_which_it_leaves_alone(visit: Visit) -> None:
    """One line a check, status 0; no post, no vote, no file, and the bot goes on."""
    slack, secmaster = visit.stage.slack, visit.stage.secmaster
    bot = await start_bot(visit.variables(BOT_POLL_INTERVAL="60"), visit.folder)
    try:
        waiting = len(visit.stage.pending())
        await slack.until(lambda: len(slack.messages(REVIEWS)) == waiting, timeout=30, what="cards")
        files = sorted(path.name for path in visit.folder.iterdir())
        status, out, err = await doctor(visit)
        assert (status, err) == (0, "")
        lines = out.splitlines()
        assert lines[-1].startswith("Nothing keeps the bot from working: ")
        assert f"{waiting} reviews not ended" in out
        assert "\x1b" not in out
        assert {line.split()[1] for line in lines[:-2]} == {"ok", "skip"}
        assert sorted(path.name for path in visit.folder.iterdir()) == files
        assert len(slack.messages(REVIEWS)) == waiting
        assert {
            entry.request["method"] for entry in secmaster.traffic if entry.kind != "ValidateAopWorkflowVersion"
        } == {"GET"}
        assert bot.returncode is None
    finally:
        await stop_bot(bot)


async def test_json_is_one_object_with_every_check(visit: Visit) -> None:
    """In http mode, with everything that is wrong."""
    status, out, err = await doctor(
        visit, "--json", BOT_MODE="http", SLACK_SIGNING_SECRET=SIGNING, BOT_NOTIFY_CHANNELS="C0UNKNOWN0"
    )
    assert (status, err) == (1, "")
    told = json.loads(out)
    assert told.keys() == {"ok", "counts", "checks"}
    assert all(check.keys() == {"subject", "name", "outcome", "found", "advice"} for check in told["checks"])
    failed = [check["name"] for check in told["checks"] if check["outcome"] == "fail"]
    assert (told["ok"], failed) == (False, ["channel C0UNKNOWN0"])
    assert told["counts"]["fail"] == 1


@pytest.mark.parametrize("name", BROKEN)
async def test_no_secret_is_told_whatever_is_broken(visit: Visit, name: str) -> None:
    """Status 1, and the setting is named where that needs nobody's answer."""
    changes, setting = BROKEN[name]
    variables = visit.variables(**changes)
    # Keys that are refused bring a reader's eye to the others, too: none of those that work may be told either.
    status, out, err = await doctor(visit, **changes)
    assert (status, err) == (0 if name == "SLACK_SIGNING_SECRET" else 1, "")
    assert setting in out
    secret = {field.upper() for field, of in Environment.model_fields.items() if "SecretStr" in str(of.annotation)}
    for variable, value in variables.items():
        if variable in secret - {"BOT_DATABASE_URL"} or value.startswith(("xoxb-", "xapp-", "xoxp-")):
            assert value not in out, variable
    for part in ("wrong-database-password", "encoded@word", "in-the-address", "Traceback"):
        assert part not in out


async def test_wrong_settings_are_failed_checks_and_the_right_ones_are_looked_at_all_the_same(visit: Visit) -> None:
    """A line each; what needs them is skipped."""
    status, out, _ = await doctor(visit, SLACK_BOT_TOKEN="", BOT_REVIEWERS="nobody")
    lines = out.splitlines()
    assert status == 1
    assert len([line for line in lines if line.startswith("✗ fail  settings")]) == 2
    assert "SLACK_BOT_TOKEN is missing" in out
    assert "BOT_REVIEWERS entry 1" in out
    for name in ("secmaster  credentials", "database   reachable"):
        assert any(line.startswith(f"✓ ok    {name}") for line in lines)
    assert {line.split()[2] for line in lines if line.startswith("– skip")} == {
        "slack",
        "database",
        "fonts",
        "secmaster",
    }


async def test_with_no_settings_at_all_there_is_much_to_do(visit: Visit) -> None:
    """And nobody to ask; an `.env` that cannot be read is no traceback."""
    (visit.folder / ".env").write_bytes(b"\xff\xfe")
    process = await run("doctor", folder=visit.folder)
    out, err = await process.communicate()
    assert (process.returncode, err) == (1, b"")
    assert ".env cannot be read" in out.decode()


async def test_it_ends_whatever_hangs(visit: Visit) -> None:
    """Both services silent, and a database that takes a connection and says nothing."""
    silent = socket.create_server(("127.0.0.1", 0))
    port = silent.getsockname()[1]
    began = time.monotonic()
    status, out, _ = await doctor(
        visit,
        SLACK_API_URL=f"http://127.0.0.1:{port}/api/",
        SECMASTER_ENDPOINT=f"http://127.0.0.1:{port}",
        BOT_DATABASE_URL=f"postgresql+psycopg://bot@127.0.0.1:{port}/x",
    )
    took = time.monotonic() - began
    silent.close()
    assert status == 1
    assert took < ENDS_WITHIN
    failed = [line for line in out.splitlines() if line.startswith("✗ fail")]
    assert [line.split()[2:4] for line in failed] == [
        ["slack", "bot"], ["slack", "app"], ["secmaster", "endpoint"], ["database", "reachable"],
    ]  # fmt: skip


async def test_a_machine_without_fonts_is_told(visit: Visit) -> None:
    """Where pictures are wanted."""
    nowhere = {"PATH": "/nowhere", "XDG_DATA_DIRS": "/nowhere", "XDG_DATA_HOME": "/nowhere", "HOME": str(visit.folder)}
    process = await run("doctor", folder=visit.folder, **{**visit.variables(BOT_PICTURES="true"), **nowhere})
    out, _ = await process.communicate()
    assert process.returncode == 1
    assert "No font draws" in out.decode()
