"""The review channel as people find their way in it: which message is a card of which version."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.scenarios.stage import RELEASES, REVIEWS, text_of

if TYPE_CHECKING:
    from bot.sandbox.slack import SlackEmulator

VERSION_ID = re.compile(r"Version id\s+([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")


@dataclass(frozen=True)
class Said:
    """A message, and when it was posted."""

    text: str
    at: float


class Board:
    """Looks at the emulated Slack's own messages, without a copy at every look: hundreds of looks are made a second."""

    def __init__(self, slack: SlackEmulator) -> None:
        self._slack = slack
        self._version_of: dict[str, str] = {}

    def cards(self, version: str) -> list[dict[str, Any]]:
        """Every card of a version, oldest first; do not change them."""
        return [card for card in self._standing(REVIEWS) if self._about(card) == version]

    def newest(self, version: str) -> dict[str, Any] | None:
        """The card that counts."""
        return next(reversed(self.cards(version)), None)

    def replies(self, version: str) -> list[str]:
        """What was said in the thread of the newest card, oldest first."""
        card = self.newest(version)
        return [said.text for said in self.said_under(card)] if card else []

    def said_under(self, card: dict[str, Any]) -> list[Said]:
        """What was said in the thread of a card, oldest first."""
        return [_said(reply) for reply in self._slack.thread(REVIEWS, card["ts"])]

    def announced(self) -> list[Said]:
        """What the notification channel was told, oldest first."""
        return [_said(message) for message in self._standing(RELEASES)]

    def versions(self) -> set[str]:
        """Every version that has a card."""
        return {self._about(card) for card in self._standing(REVIEWS)}

    def _standing(self, channel: str) -> list[dict[str, Any]]:
        messages = self._slack._world.messages._channels.get(channel, {}).values()
        return [message for message in messages if message.get("thread_ts", message["ts"]) == message["ts"]]

    def _about(self, card: dict[str, Any]) -> str:
        """The version that a card shows, which no update changes."""
        if card["ts"] not in self._version_of:
            found = VERSION_ID.search(text_of(card))
            self._version_of[card["ts"]] = found[1] if found else ""
        return self._version_of[card["ts"]]


def _said(message: dict[str, Any]) -> Said:
    return Said(text_of(message), float(message["ts"]))
