"""Whether the people and user groups of the settings are there and can do what is asked of them, found out at start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from bot.errors import SlackError, SlackRefused
from bot.reviews import policy
from bot.reviews.policy import Refusal
from bot.slack.trouble import Trouble, unable

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from bot.reviews.models import Person
    from bot.reviews.ports import Directory

log = structlog.get_logger(__name__)

GROUP = "S"
"""How the ids of user groups begin."""
MEMBERS_ASKED = 20
"""Members of a group who are looked up, one after the other, until one is found who may review."""

NOBODY = Trouble(found="Slack knows nobody of that id.", advice="Check it.")
APP = Trouble(found="That is an app.", advice="Name a person.")
NO_GROUP = Trouble(found="Slack knows no such user group.", advice="Check the id.")
EMPTY = Trouble(found="The user group has no members.")
USELESS = Trouble(found="None of its members can review.", advice="Add full members of your workspace.")
CANNOT_REVIEW: Mapping[Refusal, Trouble] = {
    Refusal.DEACTIVATED: Trouble(found="The account is deactivated, and cannot review."),
    Refusal.BOT: Trouble(found="That is an app, which cannot review."),
    Refusal.EXTERNAL: Trouble(found="That is somebody of another workspace, who cannot review."),
    Refusal.GUEST: Trouble(found="That is a guest, who cannot review."),
}


@dataclass(frozen=True, kw_only=True)
class Found:
    """Somebody whom the settings name, as the bot finds them."""

    who: str = ""
    """The subject of "may review": a name, or some of a group's members; "" when nobody was found."""
    trouble: Trouble | None = None
    """What makes them of no use there."""


async def look_for(
    directory: Directory, *, reviewers: Mapping[str, Sequence[str]], others: Mapping[str, Sequence[str]]
) -> None:
    """Log an error for each of them who is not there or is no use there, with the settings that name them.

    `reviewers` are people and user groups, `others` people. One look, which ends where Slack does not answer: whoever
    is concerned is looked up again when it matters.
    """
    try:
        for user_id, settings in reviewers.items():
            _tell(user_id, settings, await reviewer(directory, user_id))
        for user_id, settings in others.items():
            _tell(user_id, settings, await somebody(directory, user_id))
    except SlackError as error:
        log.warning("people.not_looked_at", error=str(error))


def _tell(user_id: str, settings: Sequence[str], found: Found) -> None:
    if found.trouble:
        log.error("person.unusable", person=user_id, named_by=", ".join(settings), problem=str(found.trouble))


async def reviewer(directory: Directory, user_id: str) -> Found:
    """A person or user group that is to review; SlackError when it cannot be told now."""
    if user_id.startswith(GROUP):
        return await _group(directory, user_id)
    person = await directory.find(user_id)
    if person is None:
        return Found(trouble=NOBODY)
    refusal = policy.refuse_person(person, home_team=await directory.home_team())
    return Found(who=person.name, trouble=CANNOT_REVIEW[refusal] if refusal else None)


async def somebody(directory: Directory, user_id: str) -> Found:
    """A person who is told things, or who submits; SlackError likewise."""
    person = await directory.find(user_id)
    if person is None:
        return Found(trouble=NOBODY)
    return Found(who=person.name, trouble=APP if person.bot else None)


async def first_reviewer(directory: Directory, members: Collection[str]) -> Person | None:
    """One of them who may review, None when there is none among those who are asked for; SlackError likewise."""
    home_team = await directory.home_team()
    for user_id in sorted(members)[:MEMBERS_ASKED]:
        person = await directory.find(user_id)
        if person and policy.refuse_person(person, home_team=home_team) is None:
            return person
    return None


async def crowd(directory: Directory, members: Collection[str]) -> Found:
    """Many of whom one at least is to review; SlackError likewise."""
    told = f"{len(members)} member{'s' if len(members) > 1 else ''}"
    if first := await first_reviewer(directory, members):
        return Found(who=f"{told}; {first.name}, for one,")
    if len(members) > MEMBERS_ASKED:
        return Found(who=f"{told}, of whom {MEMBERS_ASKED} cannot review; the others")
    return Found(who=told, trouble=USELESS)


async def _group(directory: Directory, group_id: str) -> Found:
    try:
        members = await directory.group_members(group_id)
    except SlackRefused as refused:
        return Found(trouble=NO_GROUP if refused.code == "no_such_subteam" else unable(refused.code))
    return await crowd(directory, members) if members else Found(trouble=EMPTY)
