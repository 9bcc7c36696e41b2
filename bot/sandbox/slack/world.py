"""All that the emulated Slack knows, in one place for its parts to share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.sandbox.changes import Changes
from bot.sandbox.slack.faults import SlackFaults
from bot.sandbox.slack.files import Files
from bot.sandbox.slack.messages import Messages
from bot.sandbox.slack.response_urls import ResponseUrls
from bot.sandbox.slack.tickets import Tickets
from bot.sandbox.slack.triggers import Triggers
from bot.sandbox.slack.views import Views
from bot.sandbox.traffic import TrafficLog

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.sandbox.slack.content import Content
    from bot.sandbox.slack.workspace import Workspace


@dataclass
class World:
    """The state of the emulated Slack."""

    workspace: Workspace
    clock: Callable[[], float]
    url: str = ""
    warnings: list[str] = field(default_factory=list)
    last_posts: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.changes = Changes()
        self.faults = SlackFaults(changes=self.changes)
        self.traffic = TrafficLog(self.changes)
        self.messages = Messages(self.clock, self.changes)
        self.views = Views(self.workspace, self.clock, self.changes)
        self.triggers = Triggers(self.clock, self.workspace.team_id)
        self.response_urls = ResponseUrls(self.clock)
        self.tickets = Tickets(self.clock, self.workspace.app.app_id)
        self.files = Files()

    def warn(self, where: str, warnings: list[str]) -> None:
        """Keep what Slack frowns upon, for tests to see."""
        self.warnings += [f"{where}: {warning}" for warning in warnings]

    def bot_message(self, content: Content) -> dict[str, Any]:
        """A message of the app, without its ts."""
        app, team = self.workspace.app, self.workspace.team_id
        return {
            "type": "message", "user": app.bot_user_id, "bot_id": app.bot_id, "app_id": app.app_id, "team": team,
            "bot_profile": self.bot_profile(), **content.facts(),
        }  # fmt: skip

    def bot_profile(self) -> dict[str, Any]:
        """How the app shows itself beside its messages."""
        app = self.workspace.app
        return {
            "id": app.bot_id, "app_id": app.app_id, "user_id": app.bot_user_id, "name": app.name, "icons": {},
            "deleted": False, "updated": 1_760_000_000, "team_id": self.workspace.team_id,
        }  # fmt: skip
