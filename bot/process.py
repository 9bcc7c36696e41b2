"""The bot as a process of its own: settings from the environment, logging, an exit status."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING

import click

from bot.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

WRONG_SETTINGS = 2


def run(*, clock: Callable[[], datetime] | None = None) -> int:
    """Run the bot until SIGTERM or SIGINT; the exit status. SIGHUP has it read the file of BOT_CONFIG anew.

    0 after finishing what was in flight; 2, with one line for each on standard error, when settings are wrong or
    missing. `clock` tells when work is due: the wall clock unless given.
    """
    from bot import environment, settings
    from bot.observe import logging

    try:
        loaded, reread = environment.load_and_reread()
        environment.hide_from_libraries()
        replica = secrets.token_hex(4)
        logging.configure(
            style=loaded.log_format, level=loaded.log_level, secrets=settings.secrets(loaded), replica=replica
        )
        from bot import app
        from bot.reviews.world import utc_now

        asyncio.run(app.run(loaded, replica=replica, clock=clock or utc_now, reread=reread))
    except SettingsError as error:
        for problem in error.problems:
            click.echo(problem, err=True)
        return WRONG_SETTINGS
    return 0
