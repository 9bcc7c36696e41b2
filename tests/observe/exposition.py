"""What /metrics tells, read as Prometheus reads it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bot.app import Bot

OURS = "secmaster_bot_"


class Scrape:
    """One answer of /metrics."""

    def __init__(self, text: str) -> None:
        self.families = list(text_string_to_metric_families(text))
        self._samples = [sample for family in self.families for sample in family.samples]

    def value(self, name: str, **labels: str) -> float:
        """The sum of all series of ours with these labels; NaN when there is none."""
        found = [
            sample.value
            for sample in self._samples
            if sample.name == OURS + name and labels.items() <= sample.labels.items()
        ]
        return sum(found) if found else math.nan

    def series(self, name: str) -> list[Mapping[str, str]]:
        """The labels of every series of ours with a name."""
        return [sample.labels for sample in self._samples if sample.name == OURS + name]

    def labels(self) -> Mapping[str, set[str]]:
        """By the name of a series: every label that one of it has."""
        found: dict[str, set[str]] = {}
        for sample in self._samples:
            found.setdefault(sample.name, set()).update(sample.labels)
        return found

    def words(self) -> Iterable[str]:
        """Every value of a label."""
        return (word for sample in self._samples for word in sample.labels.values())


async def scrape(bot: Bot | None) -> Scrape:
    """Ask a running bot."""
    assert bot is not None
    async with (
        aiohttp.ClientSession(trust_env=False) as http,
        http.get(f"http://127.0.0.1:{bot.server.port}/metrics") as answer,
    ):
        assert answer.status == 200
        return Scrape(await answer.text())
