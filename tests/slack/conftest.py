"""The stage of the stories, for tests that need the bot in its place."""

from tests.scenarios.conftest import no_proxies, open_stage

__all__ = ["no_proxies", "open_stage"]
