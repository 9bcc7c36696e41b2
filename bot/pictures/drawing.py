"""Draws a difference in a process of its own: `python -m bot.pictures`."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from bot.errors import PictureError
from bot.locales import N_
from bot.pictures.union import REFUSED, union

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.changes.diff import Difference
    from bot.pictures.union import Labels

log = structlog.get_logger(__name__)

SECONDS = 30.0
"""After which a picture is given up."""

TOO_SLOW = N_("Drawing the picture took longer than {seconds} seconds, so it was given up.")
FAILED = N_("The picture could not be drawn.")

_COMMAND = (sys.executable, "-m", "bot.pictures")
_PASSED_ON = (
    "PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "XDG_DATA_HOME", "XDG_DATA_DIRS", "XDG_CACHE_HOME", "XDG_CONFIG_HOME",
    "WINDIR", "SYSTEMROOT",
)  # fmt: skip
_SHOWN = 2000


async def draw(
    difference: Difference,
    *,
    title: str,
    labels: Labels,
    seconds: float = SECONDS,
    command: Sequence[str] = _COMMAND,
) -> bytes:
    """The picture (PNG) of what changes in the flow; PictureError with a sentence for people when there is none.

    Nothing of it is left behind, whether it ends, takes too long or is cancelled.
    """
    picture = await asyncio.to_thread(union, difference, title=title, labels=labels)
    status, out, err = await _run(command, json.dumps(picture.plain()).encode(), seconds)
    if status == 0 and out:
        return out
    if status == REFUSED:
        text, facts = json.loads(out)
        raise PictureError(text, **facts)
    log.error("picture.failed", status=status, error=err.decode(errors="replace")[-_SHOWN:])
    raise PictureError(FAILED)


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """What of the bot's environment the process sees: where programs and fonts are, none of the bot's own settings."""
    return {key: value for key, value in given.items() if key in _PASSED_ON or key.startswith("FONTCONFIG_")}


async def _run(command: Sequence[str], given: bytes, seconds: float) -> tuple[int | None, bytes, bytes]:
    """Runs the command from where this package was imported, so that it imports the same."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment(os.environ),
            cwd=Path(__file__).parents[2],
        )
    except OSError as error:
        log.exception("picture.failed")
        raise PictureError(FAILED) from error
    try:
        async with asyncio.timeout(seconds):
            out, err = await process.communicate(given)
    except TimeoutError:
        raise PictureError(TOO_SLOW, seconds=round(seconds)) from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return process.returncode, out, err
