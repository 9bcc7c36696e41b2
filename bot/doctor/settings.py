"""The settings, as `run` reads them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bot import environment
from bot.doctor.finding import Check, counted
from bot.errors import SettingsError

if TYPE_CHECKING:
    from bot.doctor.finding import Finding
    from bot.settings import SecMasterSettings, Settings

CHECK = Check("settings", "settings")


def read() -> tuple[Settings | None, list[Finding]]:
    """The settings, None when any of them is wrong, and a finding for each that is."""
    try:
        settings = environment.load()
    except SettingsError as error:
        return None, [CHECK.fail(problem, "") for problem in error.problems]
    places = ["the environment", *([".env"] if Path(".env").is_file() else [])]
    told = [
        counted(len(settings.workspaces), "workspace"),
        counted(len(settings.routes), "route"),
        f"{settings.slack.mode} mode",
    ]
    return settings, [CHECK.ok(f"Complete, from {' and '.join(places)}: {', '.join(told)}.")]


def secmaster() -> tuple[SecMasterSettings, tuple[str, ...]] | None:
    """What concerns SecMaster, where that is right though something else is wrong; None otherwise."""
    try:
        return environment.load_secmaster()
    except SettingsError:
        return None


def database() -> str | None:
    """The address of the database likewise."""
    try:
        return environment.load_database_url()
    except SettingsError:
        return None
