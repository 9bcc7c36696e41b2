"""The commands: each a few lines that call the rest."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import click


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="secmaster-bot", prog_name="secmaster-bot")
def main() -> None:
    """Review SecMaster workflow releases in Slack.

    A submitted workflow version appears in a channel with Approve and Reject buttons; the decision and its reason go
    to SecMaster, and the opinion that SecMaster returns comes back in the thread.
    """


@main.command()
def run() -> None:
    """Run the bot, configured by the environment and `.env`.

    Exits 2 with one line for each setting that is wrong or missing, and 0 on SIGTERM or SIGINT after finishing what
    is in flight.
    """
    from bot import process

    sys.exit(process.run())


@main.command()
@click.option(
    "--port",
    default=8900,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port of the web page; 0 takes any free one.",
)
@click.option(
    "--mode",
    default="socket",
    show_default=True,
    type=click.Choice(["socket", "http"]),
    help="How the emulated Slack reaches the bot.",
)
@click.option(
    "--no-bot", is_flag=True, help="Start the emulators alone and print the environment that points a bot at them."
)
def sandbox(port: int, mode: str, *, no_bot: bool) -> None:
    """Try everything on this machine, with no account anywhere.

    Starts an emulated Slack with a web page, an emulated SecMaster with versions that wait for review, and the real
    bot between them. Open the printed address in a browser. Nothing leaves this machine and nothing is kept.
    """
    from bot.sandbox import run as sandbox_run

    sys.exit(asyncio.run(sandbox_run.run(port=port, mode=mode, with_bot=not no_bot)))


@main.command()
@click.option(
    "--mode",
    default="socket",
    show_default=True,
    type=click.Choice(["socket", "http"]),
    help="Socket Mode, or HTTP requests to --url.",
)
@click.option("--url", help="Public address of the bot, https://…; needed in http mode.")
def manifest(mode: str, url: str | None) -> None:
    """Print the Slack app manifest for this configuration."""
    from bot import app_manifest

    if mode == "http" and not (url or "").startswith("https://"):
        raise click.UsageError("http mode needs --url https://… : Slack sends requests there")
    click.echo(app_manifest.text(mode=mode, url=url or ""), nl=False)


@main.command()
@click.argument("old")
@click.argument("new")
@click.option("--png", type=click.Path(dir_okay=False, path_type=Path), help="Write the picture of the flow there.")
@click.option(
    "--locale", default="en", show_default=True, type=click.Choice(["en", "zh-CN"]), help="Language of the answer."
)
def diff(old: str, new: str, png: Path | None, locale: str) -> None:
    """Print what changes from workflow version OLD to NEW.

    Each is a JSON file with the version as SecMaster's API returns it, or a version id. Ids need the SECMASTER_
    settings and credentials of `run`; files need nothing. Exits 2 when one of them cannot be read.
    """
    from bot import comparison

    sys.exit(comparison.run(old, new, png=png, locale=locale, color=sys.stdout.isatty()))
