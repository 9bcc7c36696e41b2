"""Who is who in Slack: people, user groups and channel members, looked up and kept for a short while."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from bot.errors import SlackRefused
from bot.reviews.models import Person
from bot.slack.calls import told

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from slack_sdk.web.async_client import AsyncWebClient

V = TypeVar("V")

PERSON_KEPT = 300.0
"""Seconds; users.info is Tier 4."""
MEMBERS_KEPT = 60.0
"""Seconds; usergroups.users.list is Tier 2, twenty calls a minute."""
PAGE = 200
"""Members asked for at once (Slack recommends at most 200)."""
MOST_KEPT = 5000
"""Entries; the oldest go first."""

UNKNOWN_ADDRESS = frozenset({"users_not_found", "missing_scope"})
"""What Slack answers when nobody has the address, or when the bot may not ask (users.lookupByEmail, Errors)."""

SLACKBOT = "USLACKBOT"
"""The one bot whose user object says is_bot false."""


class Kept(Generic[V]):
    """Values looked up once, kept for some seconds. Concurrent callers share one lookup; failures are not kept."""

    def __init__(self, look_up: Callable[[str], Awaitable[V]], *, seconds: float, clock: Callable[[], float]) -> None:
        self._look_up = look_up
        self._seconds = seconds
        self._clock = clock
        self._entries: dict[str, tuple[float, asyncio.Future[V]]] = {}

    async def get(self, key: str) -> V:
        """The value of a key, not older than `seconds`."""
        entry = self._entries.get(key)
        if entry is None or entry[0] <= self._clock() or _failed(entry[1]):
            entry = self._begin(key)
        return await asyncio.shield(entry[1])

    async def fresh(self, key: str) -> V:
        """The value as it is now: from a lookup that began after this call.

        Many who ask at once share one: Slack counts lookups of user groups by the twenty a minute.
        """
        entry = self._entries.get(key)
        if entry and not entry[1].done():
            await asyncio.wait({entry[1]})
            if (newer := self._entries.get(key)) and newer is not entry:
                return await asyncio.shield(newer[1])  # begun by who waited for the same
        return await asyncio.shield(self._begin(key)[1])

    def _begin(self, key: str) -> tuple[float, asyncio.Future[V]]:
        entry = (self._clock() + self._seconds, asyncio.ensure_future(self._look_up(key)))
        self._entries.pop(key, None)
        self._entries[key] = entry
        if len(self._entries) > MOST_KEPT:
            del self._entries[next(iter(self._entries))]
        return entry


def _failed(lookup: asyncio.Future[V]) -> bool:
    return lookup.done() and (lookup.cancelled() or lookup.exception() is not None)


class SlackDirectory:
    """Implements the core's Directory on the Web API."""

    def __init__(self, client: AsyncWebClient, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._team = Kept(self._look_up_team, seconds=float("inf"), clock=clock)
        self._people = Kept(self._look_up_person, seconds=PERSON_KEPT, clock=clock)
        self._found = Kept(self._find, seconds=PERSON_KEPT, clock=clock)
        self._addresses = Kept(self._look_up_address, seconds=PERSON_KEPT, clock=clock)
        self._groups = Kept(self._look_up_group, seconds=MEMBERS_KEPT, clock=clock)
        self._channels = Kept(self._look_up_channel, seconds=MEMBERS_KEPT, clock=clock)

    async def home_team(self) -> str:
        """See Directory."""
        return await self._team.get("")

    async def person(self, user_id: str, *, fresh: bool = False) -> Person:
        """See Directory."""
        return await (self._people.fresh(user_id) if fresh else self._people.get(user_id))

    async def find(self, user_id: str) -> Person | None:
        """See Directory. That there is nobody is kept, too: it is asked of the same id at every look."""
        return await self._found.get(user_id)

    async def by_email(self, address: str) -> str | None:
        """See Directory."""
        return await self._addresses.get(address.lower())

    async def group_members(self, group_id: str, *, fresh: bool = False) -> frozenset[str]:
        """See Directory."""
        return await (self._groups.fresh(group_id) if fresh else self._groups.get(group_id))

    async def channel_members(self, channel_id: str, *, fresh: bool = False) -> frozenset[str]:
        """See Directory."""
        return await (self._channels.fresh(channel_id) if fresh else self._channels.get(channel_id))

    async def _look_up_team(self, _key: str) -> str:
        with told("auth.test"):
            answer = await self._client.auth_test()
        return str(answer["team_id"])

    async def _look_up_person(self, user_id: str) -> Person:
        with told("users.info"):
            answer = await self._client.users_info(user=user_id, include_locale=True)
        return person_of(answer["user"])

    async def _find(self, user_id: str) -> Person | None:
        try:
            return await self.person(user_id)
        except SlackRefused as refused:
            if refused.nobody:
                return None
            raise

    async def _look_up_address(self, address: str) -> str | None:
        """The user with this address; the scope for it (users:read.email) is the operator's choice."""
        try:
            with told("users.lookupByEmail"):
                answer = await self._client.users_lookupByEmail(email=address)
        except SlackRefused as refused:
            if refused.code in UNKNOWN_ADDRESS:
                return None
            raise
        return str(answer["user"]["id"])

    async def _look_up_group(self, group_id: str) -> frozenset[str]:
        with told("usergroups.users.list"):
            answer = await self._client.usergroups_users_list(usergroup=group_id)
        return frozenset(answer["users"])

    async def _look_up_channel(self, channel_id: str) -> frozenset[str]:
        members: set[str] = set()
        cursor = ""
        while True:
            with told("conversations.members"):
                answer = await self._client.conversations_members(channel=channel_id, limit=PAGE, cursor=cursor)
            members.update(answer["members"])
            cursor = (answer.get("response_metadata") or {}).get("next_cursor", "")
            if not cursor:
                return frozenset(members)


def person_of(user: dict[str, Any]) -> Person:
    """A Person of a Slack user object (Slack, User object)."""
    return Person(
        id=user["id"],
        name=str(user.get("real_name") or user.get("name") or user["id"]),
        team_id=str(user.get("team_id", "")),
        deleted=bool(user.get("deleted") or user.get("is_invited_user")),
        bot=bool(user.get("is_bot")) or user["id"] == SLACKBOT,
        guest=bool(user.get("is_restricted") or user.get("is_ultra_restricted")),
        stranger=bool(user.get("is_stranger")),
        locale=str(user.get("locale", "")),
        tz=str(user.get("tz", "")),
    )
