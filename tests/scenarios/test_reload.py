"""The file of BOT_CONFIG changes while the bot runs, and SIGHUP has it read anew."""

from __future__ import annotations

import asyncio
import json
import signal
from typing import TYPE_CHECKING

import aiohttp
import pytest

from bot.sandbox.run import start_bot, stop_bot
from tests.scenarios.stage import LIN, OMAR, RELEASES, REVIEWS, buttons_of, emulated, environment, text_of
from tests.torture.lives import free_port

if TYPE_CHECKING:
    from pathlib import Path

    from tests.scenarios.stage import Stage

BEFORE = """
[policies.two]
approvals_required = 2
[[routes]]
policy = "two"
"""
AFTER = f"""
[policies.one]
approvals_required = 1
reviewers = ["{OMAR}"]
[[routes]]
channel = "{RELEASES}"
policy = "one"
"""


def said(log: Path, event: str) -> list[dict[str, object]]:
    """The lines of the log with this event."""
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines() if line.startswith("{")]
    return [line for line in lines if line.get("event") == event]


async def until_said(log: Path, event: str) -> dict[str, object]:
    """The first line of the log with this event, once it is there."""
    async with asyncio.timeout(30):
        while not (lines := said(log, event)):  # noqa: ASYNC110 - nothing tells that a file grows
            await asyncio.sleep(0.05)
    return lines[0]


def another(stage: Stage, name: str) -> str:
    """One more version that waits for review."""
    workflow = stage.secmaster.new_workflow(name)
    version = str(stage.secmaster.versions_of(workflow["id"])[0]["id"])
    stage.secmaster.submit(version)
    return version


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_sighup_brings_new_rules_for_what_comes_and_keeps_the_old_ones_when_the_new_are_wrong(
    tmp_path: Path, mode: str
) -> None:
    """What is open keeps its policy and channel; a wrong file changes nothing, and is told line by line."""
    file, book = tmp_path / "rules.toml", tmp_path / "log"
    file.write_text(BEFORE, encoding="utf-8")
    async with emulated() as stage:
        variables = environment(
            stage.slack,
            stage.secmaster,
            tmp_path,
            BOT_MODE=mode,
            BOT_CONFIG=str(file),
            BOT_LOG_FORMAT="json",
            BOT_HTTP_PORT=str(free_port()),
        )
        with book.open("wb") as written:
            bot = await start_bot(variables, tmp_path, log=written)
            try:
                if mode == "http":
                    stage.slack.deliver_over_http(f"http://127.0.0.1:{variables['BOT_HTTP_PORT']}/slack/events")
                old = stage.pending()[0]
                await stage.slack.until(lambda: stage.cards(old), timeout=30, what="the first card")
                assert "0 of 2 approvals" in text_of(await stage.card(old))
                other = "11111111-2222-3333-4444-555555555555"

                file.write_text(BEFORE.replace("= 2", "= 0"), encoding="utf-8")
                bot.send_signal(signal.SIGHUP)
                await until_said(book, "settings.kept")
                assert "approvals_required" in str(said(book, "settings.kept")[0]["problem"])
                kept = another(stage, "Under the old rules")
                await stage.shows(kept, "0 of 2 approvals")

                both = f'[[workspaces]]\nid = "{stage.secmaster.workspace_id}"\n[[workspaces]]\nid = "{other}"\n'
                file.write_text(both + AFTER, encoding="utf-8")
                bot.send_signal(signal.SIGHUP)
                await until_said(book, "settings.reloaded")
                assert said(book, "settings.reloaded")[0]["changed"] == f"routes.1, workspaces.{other}"
                metrics = f"http://127.0.0.1:{variables['BOT_HTTP_PORT']}/metrics"
                async with aiohttp.ClientSession(trust_env=False) as http, http.get(metrics) as answer:
                    assert f'poller_lag_seconds{{workspace="{other}"}}' in await answer.text()
                assert len(said(book, "settings.changed")) == 2  # the audit trail has it, too
                new = another(stage, "Under the new rules")
                found = await stage.until(
                    lambda: [one for one in stage.slack.messages(RELEASES) if new in text_of(one)], "the new card"
                )
                assert "review_approve" in buttons_of(found[0])
                assert [one for one in stage.slack.messages(REVIEWS) if new in text_of(one)] == []
                await stage.vote(LIN, old, "approve", "Under the rules that it opened with")
                await stage.shows(old, "1 of 2 approvals")
            finally:
                await stop_bot(bot)


async def test_without_a_file_sighup_ends_nothing(tmp_path: Path) -> None:
    """A terminal that is closed sends it, too."""
    book = tmp_path / "log"
    async with emulated() as stage:
        variables = environment(stage.slack, stage.secmaster, tmp_path, BOT_LOG_FORMAT="json")
        with book.open("wb") as written:
            bot = await start_bot(variables, tmp_path, log=written)
            try:
                version = stage.pending()[0]
                await stage.slack.until(lambda: stage.cards(version), timeout=30, what="a card")
                bot.send_signal(signal.SIGHUP)
                await until_said(book, "settings.no_file")
                await stage.vote(LIN, version, "approve", "It goes on")
                await stage.told(version, "Final status")
            finally:
                await stop_bot(bot)
