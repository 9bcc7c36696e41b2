"""Slack's Web API: which methods there are, what they need, what they do."""

from bot.sandbox.slack.api import apps, chat, conversations, files, people, reactions, views
from bot.sandbox.slack.api.call import METHODS, Call

__all__ = ["METHODS", "Call", "apps", "chat", "conversations", "files", "people", "reactions", "views"]
