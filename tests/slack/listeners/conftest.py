"""The desk, set up and taken down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

from bot.reviews.models import Person
from bot.sandbox.slack import SlackEmulator
from bot.sandbox.slack.seed import TEAM
from bot.slack import listeners
from bot.slack.calls import web_client
from bot.slack.listeners.reception import Reception
from tests.scenarios.stage import LIN
from tests.slack.listeners.desk import Desk, People, ScriptedReviews

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
def directory() -> People:
    """Lin, as Slack knows her."""
    return People({LIN: Person(id=LIN, name="Lin Mei", team_id=TEAM, locale="en-US")})


@pytest.fixture
async def desk(no_proxies: None, directory: People) -> AsyncIterator[Desk]:
    """The desk; whatever went on in the background ends with the test."""
    slack, reviews = SlackEmulator(), ScriptedReviews()
    service: Any = reviews
    await slack.start()
    async with aiohttp.ClientSession(trust_env=False) as session:
        client = web_client(slack.bot_token, session, base_url=slack.api_url)

        async def authorize() -> AuthorizeResult:
            return AuthorizeResult(enterprise_id=None, team_id=slack.team_id, bot_token=slack.bot_token)

        app = AsyncApp(
            authorize=authorize,
            client=web_client("", session, base_url=slack.api_url),
            signing_secret=slack.signing_secret,
            process_before_response=True,
        )
        reception = Reception(reviews=service, directory=directory, client=client)
        listeners.register(app, reception)
        yield Desk(slack, app, reviews, reception.inflight)
        await reception.inflight.drain(within=5)
    await slack.stop()
