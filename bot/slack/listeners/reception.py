"""What every listener needs: the service, the Web API, who speaks which language, and how errors are told."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog

from bot.errors import NotAllowed, SecMasterError, SlackError, SlackRefused, UserError
from bot.locales import nearest, translator
from bot.reviews import policy
from bot.reviews.admission import REFUSALS
from bot.reviews.policy import Refusal
from bot.slack.blocks import words
from bot.slack.inflight import InFlight

if TYPE_CHECKING:
    from collections.abc import Collection

    from slack_sdk.web.async_client import AsyncWebClient

    from bot.locales import Translator
    from bot.reviews.ports import Directory
    from bot.reviews.service import Reviews

log = structlog.get_logger(__name__)

NOBODY = frozenset({"user_not_found", "user_not_visible", "invalid_arguments"})
"""What Slack answers when it is asked for somebody who does not exist for us, or for what is no id at all."""

HOMELESS = frozenset({Refusal.DEACTIVATED, Refusal.BOT, Refusal.EXTERNAL})
"""Who cannot look at our home tab; guests can."""


@dataclass(frozen=True, kw_only=True)
class Reception:
    """Shared by the listeners."""

    reviews: Reviews
    directory: Directory
    client: AsyncWebClient
    command: str = "/secmaster"
    inflight: InFlight = field(default_factory=InFlight)

    async def speak(self, user_id: str) -> Translator:
        """The person's own language; English when Slack does not tell."""
        try:
            return translator(nearest((await self.directory.person(user_id)).locale))
        except SlackError:
            return translator("en")

    async def check_origin(self, named: Collection[str]) -> None:
        """NotAllowed for what comes from another workspace: a user id names one person only within its own.

        (Slack, User object: ids are unique together with the team id.)
        """
        if named and set(named) != {await self.directory.home_team()}:
            raise NotAllowed(REFUSALS[Refusal.EXTERNAL])

    async def open_home(self, user_id: str, named: Collection[str]) -> None:
        """Publish a person's home, and keep it fresh; NotAllowed where there is nobody who could look at it.

        A job for such a home could never be done. While Slack does not answer, it is left to the job to find out.
        """
        await self.check_origin(named)
        try:
            person, home_team = await self.directory.person(user_id), await self.directory.home_team()
        except SlackRefused as refused:
            if refused.code in NOBODY:
                raise NotAllowed(REFUSALS[Refusal.EXTERNAL]) from refused
        except SlackError as error:
            log.info("home.person_unknown", user_id=user_id, error=str(error))
        else:
            refusal = policy.refuse_person(person, home_team=home_team)
            if refusal in HOMELESS:
                raise NotAllowed(REFUSALS[refusal])
        await self.reviews.opened_home(user_id)


def explain(t: Translator, error: Exception) -> str:
    """What a person is told of an error: their own mistake as it is, SecMaster's words, else a reference to the log."""
    match error:
        case UserError(text=text, facts=facts):
            return t(text).format(**{name: words.word(str(fact)) for name, fact in facts.items()}) if facts else t(text)
        case SecMasterError():
            return _secmaster(t, error)
        case SlackError():
            log.warning("listener.slack_failed", error=str(error))
            return t("Slack could not say who you are or what you may do, so nothing was done. Try again in a moment.")
        case _:
            reference = uuid.uuid4().hex[:8]
            log.error("listener.failed", reference=reference, exc_info=error)
            return t("Something went wrong here. The log knows more under reference {reference}.").format(
                reference=reference
            )


def _secmaster(t: Translator, error: SecMasterError) -> str:
    log.warning("listener.secmaster_failed", error=str(error))
    said = words.complaint(t, error.message, code=error.code, status=error.status, request_id=error.request_id)
    return t("SecMaster could not be asked: {said}").format(said=said)
