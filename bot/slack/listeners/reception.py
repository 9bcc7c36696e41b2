"""What every listener needs: the service, the Web API, who speaks which language, and how errors are told."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog

from bot.errors import NotAllowed, SecMasterError, SlackError, SlackRefused, StoreError, UserError
from bot.locales import N_, nearest, translator
from bot.reviews import policy
from bot.reviews.admission import REFUSALS
from bot.reviews.models import Reviewers
from bot.reviews.policy import Refusal
from bot.slack.blocks import words
from bot.slack.blocks.text import phrase
from bot.slack.inflight import InFlight

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from slack_sdk.web.async_client import AsyncWebClient

    from bot.locales import Translator
    from bot.reviews.ports import Directory
    from bot.reviews.service import Reviews
    from bot.slack.blocks.text import Phrase, Value

log = structlog.get_logger(__name__)

UNANSWERED = N_("Slack could not say who you are or what you may do, so nothing was done. Try again in a moment.")
LACKING: Mapping[str, str] = {
    "missing_scope": N_(
        "The bot lacks a permission in Slack that it needs to check who may review, so nothing was done. "
        "Ask whoever runs this bot to install the app again from its manifest."
    ),
    "plan_upgrade_required": N_(
        "The reviewers of this release are a user group, and Slack has user groups only on paid plans, "
        "so nothing was done. Ask whoever runs this bot to name the reviewers one by one."
    ),
    "no_such_subteam": N_(
        "A user group that may review this release does not exist any more, so nothing was done. "
        "Ask whoever runs this bot to correct its settings."
    ),
}
"""What is told of a refusal of Slack's that somebody has to mend, by Slack's code (usergroups.users.list, Errors)."""

HOMELESS = frozenset({Refusal.DEACTIVATED, Refusal.BOT, Refusal.EXTERNAL})
"""Who cannot look at our home tab; guests can."""


@dataclass(frozen=True, kw_only=True)
class Reception:
    """Shared by the listeners."""

    reviews: Reviews
    directory: Directory
    client: AsyncWebClient
    command: str = words.COMMAND
    on_refused: Callable[[Refusal], None] = lambda _refusal: None
    """Hears why somebody was refused here, for the metrics; must not raise."""
    inflight: InFlight = field(default_factory=InFlight)

    async def speak(self, user_id: str, *, within: float | None = None) -> Translator:
        """The person's own language; English when Slack does not tell, or not `within` so many seconds."""
        try:
            person = await asyncio.wait_for(self.directory.person(user_id), within)
        except (SlackError, TimeoutError):
            return translator("en")
        return translator(nearest(person.locale))

    async def check_origin(self, named: Collection[str]) -> None:
        """NotAllowed for what comes from another workspace: a user id names one person only within its own.

        (Slack, User object: ids are unique together with the team id.)
        """
        if named and set(named) != {await self.directory.home_team()}:
            raise self._refused(Refusal.EXTERNAL)

    def _refused(self, refusal: Refusal) -> NotAllowed:
        self.on_refused(refusal)
        return NotAllowed(REFUSALS[refusal])

    async def open_home(self, user_id: str, named: Collection[str]) -> None:
        """Publish a person's home, and keep it fresh; NotAllowed where there is nobody who could look at it.

        A job for such a home could never be done. While Slack does not answer, it is left to the job to find out.
        """
        await self.check_origin(named)
        try:
            person, home_team = await self.directory.person(user_id), await self.directory.home_team()
        except SlackRefused as refused:
            if refused.nobody:
                raise self._refused(Refusal.EXTERNAL) from refused
        except SlackError as error:
            log.info("home.person_unknown", user_id=user_id, error=str(error))
        else:
            refusal = policy.refuse_person(person, home_team=home_team)
            if refusal and refusal in HOMELESS:
                raise self._refused(refusal)
        await self.reviews.opened_home(user_id)


def explain(t: Translator, error: Exception) -> Phrase:
    """What a person is told of an error: their own mistake as it is, SecMaster's words, else a reference to the log."""
    match error:
        case UserError(text=text, facts=facts):
            return phrase(t(text), **{name: _fact(t, fact) for name, fact in facts.items()})
        case SecMasterError():
            return _secmaster(t, error)
        case StoreError():
            return phrase(t("The bot's database does not answer right now. Try again in a moment."))
        case SlackError():
            log.warning("listener.slack_failed", error=str(error))
            return phrase(t(LACKING.get(error.code, UNANSWERED)))
        case _:
            reference = uuid.uuid4().hex[:8]
            log.error("listener.failed", reference=reference, exc_info=error)
            return phrase(
                t("Something went wrong here. The log knows more under reference {reference}."), reference=reference
            )


def _fact(t: Translator, fact: object) -> Value:
    return words.reviewers(t, fact) if isinstance(fact, Reviewers) else words.word(str(fact))


def _secmaster(t: Translator, error: SecMasterError) -> Phrase:
    log.warning("listener.secmaster_failed", error=str(error))
    said = words.complaint(t, error.message, code=error.code, status=error.status, request_id=error.request_id)
    return phrase(t("SecMaster could not be asked: {said}"), said=said)
