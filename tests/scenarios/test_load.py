"""Very many submissions at once: posted at the pace that Slack allows, while people are served as ever."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from typing import TYPE_CHECKING

from tests.scenarios.stage import LIN, OMAR, PRIYA, REVIEWS, text_of

if TYPE_CHECKING:
    from tests.scenarios.conftest import Open
    from tests.scenarios.stage import Stage

SUBMISSIONS = 500
PACE = 0.02
"""Seconds between two posts here; Slack's rule is one second, which the queue's own tests keep with a clock to turn."""
ALL_POSTED_WITHIN = 120.0


def submit_many(stage: Stage, count: int) -> set[str]:
    """So many new workflows, each with a version that waits for review."""
    names = {f"Contain incident {number:03}" for number in range(count)}
    for name in sorted(names):
        workflow = stage.secmaster.new_workflow(name)
        stage.secmaster.submit(stage.secmaster.versions_of(workflow["id"])[0]["id"])
    return names


def carded(stage: Stage) -> Counter[str]:
    """How many cards each of the many has."""
    texts = (text_of(message) for message in stage.slack.messages(REVIEWS))
    found = (re.search(r"Contain incident \d{3}", text) for text in texts)
    return Counter(match.group() for match in found if match)


async def test_five_hundred_submissions_are_posted_once_each_while_people_are_served(open_stage: Open) -> None:
    """Every card appears, none twice, none refused for pace; meanwhile clicks and votes go through at once."""
    async with open_stage(BOT_SLACK_POST_INTERVAL=str(PACE)) as stage:
        version = stage.pending()[0]
        await stage.card(version)
        names = submit_many(stage, SUBMISSIONS)
        await stage.until(lambda: len(stage.slack.messages(REVIEWS)) > SUBMISSIONS // 25, "the first of the many")
        for user in (LIN, OMAR, PRIYA):
            press = await stage.press(user, version, "review_approve")
            assert press.acked
            await stage.form(user)
        assert len(carded(stage)) < SUBMISSIONS  # it was meanwhile
        answer = await stage.submit(LIN, "While the others wait")
        assert answer.response_action is None
        await stage.shows(version, "Approved by")

        async with asyncio.timeout(ALL_POSTED_WITHIN):
            while len(carded(stage)) < SUBMISSIONS:  # noqa: ASYNC110 - a look after each change would copy all of them
                await asyncio.sleep(1)
        assert carded(stage) == Counter(names)
