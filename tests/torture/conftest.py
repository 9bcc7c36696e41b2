"""How much is tried, and the summary of it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.torture.databases import there_is
from tests.torture.tally import Tally

if TYPE_CHECKING:
    from pathlib import Path

    from _pytest.terminal import TerminalReporter

    from tests.postgres import Postgres
    from tests.torture.databases import NewDatabase

TALLY = pytest.StashKey[Tally]()
HERE = "tests/torture/"


@pytest.fixture(scope="session")
def tally(pytestconfig: pytest.Config) -> Tally:
    """The counts of this run."""
    return pytestconfig.stash.setdefault(TALLY, Tally())


@pytest.fixture(scope="session")
def new_database(request: pytest.FixtureRequest) -> NewDatabase:
    """Makes databases of both kinds; the server starts before any lane does, so that it keeps none waiting."""
    server: Postgres | None = request.getfixturevalue("postgres") if there_is("postgresql") else None

    def made(kind: str, folder: Path) -> str:
        return server.database() if server and kind == "postgresql" else f"sqlite:///{folder / 'bot.db'}"

    return made


def pytest_terminal_summary(terminalreporter: TerminalReporter, config: pytest.Config) -> None:
    """Say what was tried and whether it held; with TORTURE_KILLS the whole table."""
    counted = config.stash.get(TALLY, None)
    if counted is None:
        return
    failures = [*terminalreporter.stats.get("failed", []), *terminalreporter.stats.get("error", [])]
    failed = sum(report.nodeid.startswith(HERE) for report in failures)
    if failed or os.environ.get("TORTURE_KILLS"):
        terminalreporter.section("torture")
        for line in counted.lines():
            terminalreporter.write_line(line)
    terminalreporter.write_line(counted.summary(failed=failed))
