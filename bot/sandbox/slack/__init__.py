"""An emulated Slack: one workspace, one installed app, as strict as the real one."""

from bot.sandbox.slack.delivery import Delivery, Submitted
from bot.sandbox.slack.emulator import SlackEmulator
from bot.sandbox.slack.faults import SlackFaults
from bot.sandbox.slack.seed import harbour_soc
from bot.sandbox.slack.workspace import Workspace

__all__ = ["Delivery", "SlackEmulator", "SlackFaults", "Submitted", "Workspace", "harbour_soc"]
