"""Whether the people and user groups of the settings are there and can do what is asked of them, found out at start."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from bot.errors import SlackError, SlackRefused
from bot.reviews import policy
from bot.reviews.policy import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.reviews.ports import Directory

log = structlog.get_logger(__name__)

GROUP = "S"
"""How the ids of user groups begin."""

NOBODY = "Slack knows nobody of that id. Check it."
APP = "That is an app. Name a person."
NO_GROUP = "Slack knows no such user group. Check the id."
EMPTY = "The user group has no members."
UNABLE = "Slack does not let the bot look at it ({code})."
CANNOT_REVIEW: Mapping[Refusal, str] = {
    Refusal.DEACTIVATED: "The account is deactivated, and cannot review.",
    Refusal.BOT: "That is an app, which cannot review.",
    Refusal.EXTERNAL: "That is somebody of another workspace, who cannot review.",
    Refusal.GUEST: "That is a guest, who cannot review.",
}


async def look_for(
    directory: Directory, *, reviewers: Mapping[str, Sequence[str]], others: Mapping[str, Sequence[str]]
) -> None:
    """Log an error for each of them who is not there or is no use there, with the settings that name them.

    `reviewers` are people and user groups, `others` people. One look, which ends where Slack does not answer: whoever
    is concerned is looked up again when it matters.
    """
    try:
        for user_id, settings in reviewers.items():
            _tell(user_id, settings, await _trouble_with_reviewer(directory, user_id))
        for user_id, settings in others.items():
            _tell(user_id, settings, await _trouble_with(directory, user_id))
    except SlackError as error:
        log.warning("people.not_looked_at", error=str(error))


def _tell(user_id: str, settings: Sequence[str], problem: str | None) -> None:
    if problem:
        log.error("person.unusable", person=user_id, named_by=", ".join(settings), problem=problem)


async def _trouble_with_reviewer(directory: Directory, user_id: str) -> str | None:
    if user_id.startswith(GROUP):
        return await _trouble_with_group(directory, user_id)
    person = await directory.find(user_id)
    if person is None:
        return NOBODY
    refusal = policy.refuse_person(person, home_team=await directory.home_team())
    return CANNOT_REVIEW[refusal] if refusal else None


async def _trouble_with_group(directory: Directory, group_id: str) -> str | None:
    try:
        return None if await directory.group_members(group_id) else EMPTY
    except SlackRefused as refused:
        return NO_GROUP if refused.code == "no_such_subteam" else UNABLE.format(code=refused.code)


async def _trouble_with(directory: Directory, user_id: str) -> str | None:
    person = await directory.find(user_id)
    if person is None:
        return NOBODY
    return APP if person.bot else None
