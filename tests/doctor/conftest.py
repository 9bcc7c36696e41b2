"""A stage with no bot on it, and somebody who looks at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.doctor.run import examine
from tests.scenarios.conftest import no_proxies
from tests.scenarios.stage import Stage, emulated, environment, settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.doctor.finding import Finding

__all__ = ["no_proxies"]


class Visit:
    """The doctor at the emulators, with the settings of the stories."""

    def __init__(self, stage: Stage, folder: Path) -> None:
        self.stage = stage
        self.folder = folder

    def variables(self, *, toml: str = "", **changes: str) -> dict[str, str]:
        """The settings as variables; one that is "" is not set."""
        if toml:
            (self.folder / "bot.toml").write_text(toml, encoding="utf-8")
            changes["BOT_CONFIG"] = str(self.folder / "bot.toml")
        given = environment(self.stage.slack, self.stage.secmaster, self.folder, **changes)
        return {name: value for name, value in given.items() if value}

    async def findings(self, *, toml: str = "", **changes: str) -> dict[str, Finding]:
        """What is found with these settings, by name."""
        found = await examine(settings(self.variables(toml=toml, **changes)))
        assert len({finding.name for finding in found}) == len(found)
        return {finding.name: finding for finding in found}

    async def finding(self, name: str, *, toml: str = "", **changes: str) -> tuple[str, str]:
        """The outcome of one check, and what it says."""
        one = (await self.findings(toml=toml, **changes))[name]
        return one.outcome.value, f"{one.found} {one.advice}".strip()


@pytest.fixture
async def visit(no_proxies: None, tmp_path: Path) -> AsyncIterator[Visit]:
    """Both emulators run."""
    async with emulated() as stage:
        yield Visit(stage, tmp_path)
