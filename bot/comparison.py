"""`secmaster-bot diff`: what changes between two workflow versions, in words and as a picture."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot import environment
from bot.changes import report
from bot.changes.diff import compare
from bot.configured import auth_of
from bot.errors import BotError, NotFound, PictureError, SettingsError
from bot.locales import translator
from bot.pictures.artist import labels, titled
from bot.pictures.drawing import draw
from bot.secmaster.client import SecMasterClient
from bot.secmaster.records import workflow_version

if TYPE_CHECKING:
    from bot.reviews.models import Submission

TROUBLE = 2
"""Exit status when there is nothing to compare."""
LARGEST = 64 * 1024 * 1024
"""Bytes of a file that is read; SecMaster takes at most 12 MB a call."""


def run(old: str, new: str, *, png: Path | None, locale: str, color: bool) -> int:
    """Print what changes, and write the picture where one is wanted; the exit status."""
    t = translator(locale)
    try:
        before, after = _versions(old, new)
        difference = compare(before.content, after.content)
        click.echo(report.text(t, difference, color=color))
        if png:
            title = titled(after.name, before.version, after.version)
            _write(png, asyncio.run(draw(difference, title=title, labels=labels(t))))
    except PictureError as error:
        click.echo(t(error.text).format(**error.facts), err=True)
    except SettingsError as error:
        for problem in error.problems:
            click.echo(problem, err=True)
    except BotError as error:
        click.echo(str(error), err=True)
    else:
        return 0
    return TROUBLE


def _write(png: Path, picture: bytes) -> None:
    try:
        png.write_bytes(picture)
    except OSError as error:
        raise BotError(f"{png} cannot be written ({error.strerror}).") from error


def _versions(*given: str) -> list[Submission]:
    """Each a file if there is one of that name, else a version that SecMaster knows."""
    read = {one: _from_file(Path(one)) for one in given if Path(one).is_file()}
    asked = [one for one in given if one not in read]
    if asked:
        read |= asyncio.run(_from_secmaster(asked))
    return [read[one] for one in given]


def _from_file(path: Path) -> Submission:
    """A version as the API returns it: the whole answer, or its `data`."""
    try:
        if path.stat().st_size > LARGEST:
            raise BotError(f"{path} is larger than {LARGEST // 1024 // 1024} MiB.")
        found: Any = json.loads(path.read_bytes())
    except OSError as error:
        raise BotError(f"{path} cannot be read ({error.strerror}).") from error
    except (ValueError, RecursionError) as error:
        raise BotError(f"{path} is no JSON. Save the answer of ShowAopWorkflowVersion there.") from error
    version = found.get("data", found) if isinstance(found, dict) else None
    if not isinstance(version, dict) or not {"taskflow", "name", "id"} & version.keys():
        raise BotError(f"{path} holds no workflow version. Save the answer of ShowAopWorkflowVersion there.")
    return workflow_version(version, workspace_id="")


async def _from_secmaster(version_ids: list[str]) -> dict[str, Submission]:
    settings, workspaces = environment.load_secmaster()
    async with SecMasterClient(settings.endpoint, settings.project_id, auth_of(settings)) as client:
        return {version_id: await _read(client, workspaces, version_id) for version_id in version_ids}


async def _read(client: SecMasterClient, workspaces: tuple[str, ...], version_id: str) -> Submission:
    for workspace_id in workspaces:
        try:
            return await client.version(workspace_id, version_id)
        except NotFound:
            continue
    raise BotError(f"There is no file {version_id}, and SecMaster knows no workflow version of that id.")
