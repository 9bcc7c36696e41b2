"""What every listener needs: the service, the Web API, who speaks which language, and how errors are told."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog

from bot.errors import SecMasterError, SlackError, UserError
from bot.locales import nearest, translator
from bot.slack.blocks import words
from bot.slack.inflight import InFlight

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.locales import Translator
    from bot.reviews.ports import Directory
    from bot.reviews.service import Reviews

log = structlog.get_logger(__name__)


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


def explain(t: Translator, error: Exception) -> str:
    """What a person is told of an error: their own mistake as it is, SecMaster's words, else a reference to the log."""
    match error:
        case UserError(text=text, facts=facts):
            return t(text).format(**facts) if facts else t(text)
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
