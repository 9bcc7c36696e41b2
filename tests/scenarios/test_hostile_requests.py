"""Ten thousand payloads that Slack never sends: none breaks the bot, tells a secret, or does what nobody may."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import Counter
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import pytest
import structlog

from bot.reviews.audit import AuditEvent
from tests.scenarios.hostile import VOTERS, Attack, Poster, judge, secrets_of, seen_by_people
from tests.scenarios.stage import JONAS, OMAR, REVIEWS
from tests.slack.mutations import envelope

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from structlog.typing import EventDict, WrappedLogger

    from tests.scenarios.conftest import Open
    from tests.scenarios.stage import Stage
    from tests.slack.mutations import Sent

APPROVAL = "CreateAopWorkflowVersionApprovel"
AT_ONCE = 25


@pytest.fixture
def quiet() -> Iterator[None]:
    """The log is not looked at here, and drawing ten thousand stacks takes minutes."""

    def drop(_logger: WrappedLogger, _method: str, _event: EventDict) -> EventDict:
        raise structlog.DropEvent

    before = structlog.get_config()
    structlog.configure(processors=[drop])
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)
    structlog.configure(**before)


@asynccontextmanager
async def attacked(open_stage: Open, mode: str, seed: int) -> AsyncIterator[Attack]:
    """A stage under attack: what stands before has to stand after, and the bot goes on with its work."""
    async with open_stage(mode, BOT_POLL_INTERVAL="3600") as stage:
        attack = Attack(stage, seed)
        await attack.prepare()
        calls = len(stage.calls(APPROVAL))
        yield attack
        await attack.at_rest()
        assert await attack.standing() == attack.reviews
        assert attack.drawn() == attack.cards
        assert len(stage.calls(APPROVAL)) == calls
        judge(seen_by_people(stage), secrets_of(stage))
        await still_works(stage)


async def still_works(stage: Stage) -> None:
    """A person's vote goes its whole way."""
    version = stage.pending()[0]
    await stage.vote(OMAR, version, "approve", "After all this")
    await stage.told(version, "SecMaster's opinion", "After all this")


@pytest.mark.usefixtures("quiet")
async def test_thousands_of_broken_requests_have_no_effect(open_stage: Open) -> None:
    """Signed as Slack signs, from people without a vote: never a 5xx, nothing told, nothing decided, the bot ready."""
    async with attacked(open_stage, "http", seed=20261124) as attack:
        answers, secrets, originals = Counter[int](), secrets_of(attack.stage), attack.originals()
        broke: list[Sent] = []

        async def send() -> None:
            sent = attack.mutator.request(*next(originals))
            assert not [voter for voter in VOTERS if voter.encode() in sent.body]
            status, text = await poster.post(sent)
            answers[status] += 1
            broke.extend([sent] if status >= 500 else [])
            judge(text, secrets)

        async with Poster(attack.stage) as poster:
            for _ in range(4_000 // AT_ONCE):
                await asyncio.gather(*(send() for _ in range(AT_ONCE)))
            assert await poster.ready()
        assert broke == []
        assert answers[200] > 1200
        assert "You are not a reviewer" in seen_by_people(attack.stage)


@pytest.mark.usefixtures("quiet")
async def test_two_thousand_broken_envelopes_leave_the_connections_as_they_are(open_stage: Open) -> None:
    """Over Socket Mode: no envelope, and no listener that stumbles over one, costs the connection that brought it."""
    async with attacked(open_stage, "socket", seed=42) as attack:
        slack, originals = attack.stage.slack, attack.originals()
        slack.ack_within_s = 60
        connections = list(slack._hub._connections)
        for number in range(2000):
            message = envelope(*next(originals))
            # One in ten is broken as a whole, the others carry a broken payload; each has an id that can be acked.
            attack.mutator.payload(message if number % 10 == 0 else message["payload"])
            text = attack.mutator.text(json.dumps(message | {"envelope_id": f"hostile-{number}"}))
            assert not [voter for voter in VOTERS if voter in text]
            await connections[number % 2].ws.send_str(text)
            if number % 20 >= 18:  # each connection in turn: what was sent before is read by now
                assert (await slack.command(JONAS, channel=REVIEWS, command="/secmaster", text="help")).acked
        await attack.at_rest()
        assert set(slack._hub._connections) == set(connections)
        assert "You are not a reviewer" in seen_by_people(attack.stage)


Claim = tuple[str, str, str, str]


def claims(sent: Sent) -> Iterator[Claim]:
    """Who gives which verdict on which review, and why, if a request says so: in a form, or as it is."""
    body = sent.body.decode("utf-8", "replace")
    for text in (body, dict(parse_qsl(body, keep_blank_values=True)).get("payload", "")):
        with suppress(KeyError, TypeError, ValueError, RecursionError):
            payload = json.loads(text)
            metadata = json.loads(payload["view"]["private_metadata"])
            reason = payload["view"]["state"]["values"]["reason"]["reason_text"]["value"]
            claim = payload["user"]["id"], metadata["review"], metadata["verdict"], reason
            if all(isinstance(word, str) for word in claim):
                # Half a surrogate pair is a question mark to the bot, and no database takes a NUL.
                yield tuple(word.encode("utf-8", "replace").decode().replace("\0", "") for word in claim)


@pytest.mark.usefixtures("quiet")
async def test_no_vote_is_counted_that_was_not_cast(open_stage: Open) -> None:
    """Broken forms of people who may vote count as what they say, word for word, or not at all."""
    async with open_stage("http", BOT_POLL_INTERVAL="3600", BOT_APPROVALS_REQUIRED="3") as stage:
        attack, said, answers = Attack(stage, seed=7), set[Claim](), Counter[int]()
        await attack.prepare(decide=False)

        async def send(poster: Poster) -> None:
            sent = attack.mutator.request(*attack.submission(attack.random.choice(VOTERS[:2])))
            said.update(claims(sent))
            answers[(await poster.post(sent))[0]] += 1

        async with Poster(stage) as poster:
            for _ in range(1000 // AT_ONCE):
                await asyncio.gather(*(send(poster) for _ in range(AT_ONCE)))
        await attack.at_rest()
        counted = await attack.trail(AuditEvent.VOTED)
        assert {(one.user_id, one.review_id, *_said(one.details)) for one in counted} <= said
        assert len(counted) > 100
        assert stage.calls(APPROVAL) == []
        assert not [status for status in answers if status >= 500]


def _said(details: str) -> tuple[str, str]:
    facts = json.loads(details)
    return facts["verdict"], facts["reason"]
