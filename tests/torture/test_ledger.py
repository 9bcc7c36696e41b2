"""The ledger sees what it is there for: after a review that went well, each thing that could be wrong is made wrong."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from tests.scenarios.stage import LIN, OMAR, RELEASES, REVIEWS, text_of
from tests.torture.arena import Arena, opened
from tests.torture.ledger import APPROVAL
from tests.torture.tally import Tally
from tests.torture.voting import Ballot, Fate

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from bot.sandbox.traffic import TrafficEntry

pytestmark = pytest.mark.asyncio(loop_scope="module")

REASONS = ("Tested in staging", "Same as in the drill")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def decided(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Arena]:
    """Lin and Omar have approved one version, and nobody was killed."""
    folder = tmp_path_factory.mktemp("ledger")
    database = f"sqlite:///{folder / 'bot.db'}"
    async with opened(folder, Tally(), database_url=database, approvals_required=2) as arena:
        version = arena.draft("Watched")
        arena.draft("Never submitted")
        arena.secmaster.submit(version)
        people = zip((LIN, OMAR), REASONS, strict=True)
        await arena.begin()
        await arena.votes(*(Ballot(version, user, "approve", reason) for user, reason in people))
        await arena.settled(version)
        await arena.at_rest()
        await arena.lives.kill()
        yield arena


@pytest_asyncio.fixture(loop_scope="module")
async def arena(decided: Arena) -> AsyncIterator[Arena]:
    """The same, as it was, after each test."""
    slack, secmaster = decided.slack._world.messages, decided.secmaster._workspace
    before = copy.deepcopy((slack._channels, secmaster.opinions, secmaster.versions, decided.ledger.ballots))
    assert decided.ledger.problems() == []
    yield decided
    slack._channels, secmaster.opinions, secmaster.versions, decided.ledger.ballots = before
    decided.ledger._posts.clear()


def card(arena: Arena) -> dict[str, Any]:
    """The card itself."""
    found = arena.board.newest(arena.ledger.voted_on[0])
    assert found is not None
    return found


def saying(arena: Arena, channel: str, *words: str) -> str:
    """The ts of the first message that says all of this, the card aside."""
    messages = arena.slack._world.messages._channels[channel].values()
    others = [message for message in messages if message["ts"] != card(arena)["ts"]]
    return str(next(one["ts"] for one in others if all(word in text_of(one) for word in words)))


def unsaid(channel: str, *words: str) -> Callable[[Arena], None]:
    """Takes away the message that says this."""

    def wrong(arena: Arena) -> None:
        del arena.slack._world.messages._channels[channel][saying(arena, channel, *words)]

    return wrong


def said_twice(arena: Arena) -> None:
    """The opinion, again."""
    messages = arena.slack._world.messages
    messages.add(REVIEWS, messages._channels[REVIEWS][saying(arena, REVIEWS, "SecMaster's opinion")])


def recorded_twice(arena: Arena) -> None:
    """A second decision."""
    opinions = arena.secmaster._workspace.opinions
    opinions.append(replace(opinions[0], id="another"))


def recorded(**changes: Any) -> Callable[[Arena], None]:
    """Another decision than people voted for."""

    def wrong(arena: Arena) -> None:
        opinions = arena.secmaster._workspace.opinions
        opinions[0] = replace(opinions[0], **changes)

    return wrong


def sent_again(arena: Arena) -> None:
    """A second approval call, a minute after the first was applied."""
    post = arena.ledger.posts(arena.ledger.voted_on[0])[0]
    again: TrafficEntry = replace(post, id=post.id + 10**6, at=post.at + 60, status=400)
    arena.ledger._posts[again.id] = again


def never_released(arena: Arena) -> None:
    """The version waits as before."""
    versions = arena.secmaster._workspace.versions
    version = arena.ledger.voted_on[0]
    versions[version] = replace(versions[version], status="pending_approval")  # type: ignore[arg-type]


def never_submitted(arena: Arena) -> None:
    """The card is of a draft."""
    versions = arena.secmaster._workspace.versions
    version = arena.ledger.voted_on[0]
    versions[version] = replace(versions[version], submitted_at=0.0)


def stale_card(arena: Arena) -> None:
    """The card shows that votes are welcome."""
    button = {"type": "button", "action_id": "review_approve"}
    card(arena)["blocks"] = [
        {"type": "section", "text": {"type": "plain_text", "text": arena.ledger.voted_on[0]}},
        {"type": "actions", "elements": [button]},
    ]


def unheard(arena: Arena) -> None:
    """Lin never learned what became of her vote."""
    arena.ledger.ballots[0].fate = Fate.UNKNOWN


WRONGS: dict[str, tuple[Callable[[Arena], None], str]] = {
    "two decisions": (recorded_twice, "2 decisions are on record"),
    "no decision": (lambda arena: arena.secmaster._workspace.opinions.clear(), "0 decisions are on record"),
    "another result": (recorded(result="UN_PASS"), "became UN_PASS"),
    "a lost vote": (recorded(content=REASONS[0]), f"the vote {REASONS[1]!r} was acked and is lost"),
    "one approval of two": (recorded(content=REASONS[0]), "1 approvals were enough"),
    "words of nobody": (recorded(content="\n".join((*REASONS, "ok"))), "SecMaster has 'ok', which nobody said"),
    "a second call": (sent_again, "1 approval calls came after one that was applied"),
    "no release": (never_released, "its status is pending_approval"),
    "no opinion told": (unsaid(REVIEWS, "SecMaster's opinion"), "its thread lacks the opinion"),
    "no release told": (unsaid(REVIEWS, "Final status"), "its thread lacks the final status"),
    "no vote told": (unsaid(REVIEWS, "voted to approve", REASONS[0]), f"its thread lacks the vote {REASONS[0]!r}"),
    "no announcement": (unsaid(RELEASES, "was approved"), "the notification channel never heard of it"),
    "a card that lies": (stale_card, "its card does not say 'Approved by'"),
    "a card with buttons": (stale_card, "its card has the button review_approve"),
    "a card of a draft": (never_submitted, "has a card and was never submitted"),
    "a repeated reply": (said_twice, "said twice, and no kill explains it"),
    "a person in the dark": (unheard, f"nobody knows of {REASONS[0]!r}"),
}


@pytest.mark.parametrize(("wrong", "seen"), WRONGS.values(), ids=WRONGS)
async def test_sees(arena: Arena, wrong: Callable[[Arena], None], seen: str) -> None:
    """What is wrong is named; nothing else in the harness would notice it."""
    wrong(arena)
    assert [problem for problem in arena.ledger.problems() if seen in problem], arena.ledger.problems()


async def test_a_kill_explains_a_repeat(arena: Arena) -> None:
    """Of a reply said twice with a kill in between, nobody can tell whether the first was known to have been said."""
    said_twice(arena)
    first, again = (one for repeat in arena.ledger.repeats() for one in (repeat.first, repeat.again))
    arena.ledger.kills.append((first + again) / 2)
    assert arena.ledger.problems() == []
    arena.ledger.kills[:] = [first - 60, again + 1]
    assert arena.ledger.problems() != []
    arena.ledger.kills.clear()


async def test_calls_are_seen(arena: Arena) -> None:
    """The one approval call is among those that the ledger has noted."""
    assert [post.kind for post in arena.ledger.posts(arena.ledger.voted_on[0])] == [APPROVAL]
