"""`python -m bench`: measure, and print one table."""

from __future__ import annotations

import asyncio
import os
import platform
import sys
import tempfile
import time
from pathlib import Path

import click

from bench.figures import table
from bench.measures import FULL, MEASURES, QUICK
from bench.venue import keep_to_the_first_cores


@click.command()
@click.option("--full", is_flag=True, help="More rounds, both transports, 10,000 reviews, 100,000 stored: hours.")
@click.option("--only", multiple=True, type=click.Choice(list(MEASURES)), help="Measure this; may be given again.")
def main(*, full: bool, only: tuple[str, ...]) -> None:
    """Play reviewers against the bot and two peers, and print what it takes as ratios.

    FLOOR is a bare Bolt AsyncApp without state, NAIVE synchronous Bolt with the official Huawei SDK. The bot commits
    every vote to SQLite with synchronous=FULL; its pause between two posts in a channel is off.
    """
    cores = os.cpu_count()
    click.echo(f"{cores} cores, Python {platform.python_version()}, {'full' if full else 'quick'}", err=True)
    keep_to_the_first_cores()
    asyncio.run(_measure(full=full, names=only or tuple(MEASURES)))


async def _measure(*, full: bool, names: tuple[str, ...]) -> None:
    rows = []
    with tempfile.TemporaryDirectory(prefix="secmaster-bench-") as folder:
        for name in names:
            began = time.monotonic()
            rows += await MEASURES[name](FULL if full else QUICK, Path(folder))
            click.echo(f"{name}: {time.monotonic() - began:.0f} s", err=True)
    click.echo(table(rows))


if __name__ == "__main__":
    sys.exit(main())
