"""The sandbox's web page: a chat, a SecMaster console, the traffic and the fault switches."""

from bot.sandbox.page.server import SandboxPage

__all__ = ["SandboxPage"]
