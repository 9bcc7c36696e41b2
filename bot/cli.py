"""The commands: each a few lines that call the rest."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

import click

from bot.reviews.audit import AuditEvent

HEAD = re.compile(r"[0-9a-f]{64}")


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
    is in flight. SIGHUP has it read the file of BOT_CONFIG anew.
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
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of lines.")
def doctor(*, as_json: bool) -> None:
    """Say what keeps the bot from working, and what to do about it.

    Checks settings, Slack tokens and scopes, channels, reviewers, SecMaster's clock, credentials and workspaces, the
    database and fonts: one line a check. Changes nothing, prints no secret, and ends within 20 seconds. Exits 1 when a
    check fails.
    """
    from bot.doctor import run as doctor_run

    sys.exit(doctor_run.run(as_json=as_json, color=sys.stdout.isatty()))


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


def _moment(_context: click.Context, _option: click.Parameter, text: str | None) -> float | None:
    from bot.reviews.world import utc_now
    from bot.trail.moments import moment

    try:
        return moment(text, now=utc_now()) if text else None
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@main.group(invoke_without_command=True)
@click.option(
    "--format",
    "form",
    default="table",
    show_default=True,
    type=click.Choice(["table", "jsonl", "csv"]),
    help="A table to read, or everything as JSON lines or CSV.",
)
@click.option(
    "--since",
    metavar="WHEN",
    callback=_moment,
    help="From then on: 2026-11-24 (UTC), 2026-11-24T09:00+08:00, or as long ago as 7d or 12h.",
)
@click.option("--until", metavar="WHEN", callback=_moment, help="Before then.")
@click.option("--version-id", metavar="ID", help="About this workflow version.")
@click.option("--review-id", metavar="ID", help="About this review.")
@click.option("--user", metavar="ID", help="Done by this Slack user (U… or W…).")
@click.option(
    "--event",
    metavar="NAME",
    type=click.Choice([event.value for event in AuditEvent]),
    help="Of this kind: voted, refused, sending, …",
)
@click.pass_context
def audit(  # noqa: PLR0913 - each filter is an option
    context: click.Context,
    *,
    form: str,
    since: float | None,
    until: float | None,
    version_id: str | None,
    review_id: str | None,
    user: str | None,
    event: str | None,
) -> None:
    """Print the audit trail, oldest first: who did what and when, what was sent, what SecMaster answered.

    Reads the database that BOT_DATABASE_URL names, needs no other setting, changes nothing, and may run beside the bot.
    `audit verify` checks that nothing in it was changed since. Exits 2 when there is no trail to be read.

    In CSV a cell that a spreadsheet would take for a formula has a ' before it; so has one that begins with ' itself.
    """
    from bot.store.trail import Wanted
    from bot.trail import command

    filters = {"version_id": version_id, "review_id": review_id, "user_id": user, "event": event}
    wanted = Wanted(since=since, until=until, **filters)
    if context.invoked_subcommand is None:
        sys.exit(command.show(form, wanted))
    if wanted != Wanted():
        raise click.UsageError("verify looks at the whole trail: no filter can be given before it")


@audit.command()
@click.option("--head", metavar="HASH", help="A head that was noted down earlier: the trail has to pass through it.")
def verify(head: str | None) -> None:
    """Check that no entry of the audit trail was changed, removed, put in or moved.

    Follows the chain of hashes from the first entry to the head. Exits 0 with the number of entries and the head, 1
    naming the first place where the chain does not hold, 2 when there is no trail to be read.

    Who can write the whole database can also write a whole new chain. So note the head down elsewhere now and then, and
    give it back later with --head.
    """
    from bot.trail import command

    awaited = (head or "").strip().lower()
    if head is not None and not HEAD.fullmatch(awaited):
        raise click.BadParameter("is the 64 letters and digits that `audit verify` prints as Head", param_hint="--head")
    sys.exit(command.verify(awaited=awaited))
