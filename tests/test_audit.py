"""`secmaster-bot audit`, as it is typed."""

from __future__ import annotations

import asyncio
import csv
import hashlib
import io
import json
import sys
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from bot.cli import main
from bot.reviews.audit import AuditEntry, AuditEvent, entry
from bot.reviews.chain import GENESIS, Kept
from bot.store.sql import SqlStore
from bot.trail import command
from bot.trail.forms import comma_separated, harmless, json_lines, table
from bot.trail.moments import moment, told
from tests.reviews.fakes import START, submission
from tests.reviews.test_policy import review
from tests.store.test_audit import tamper
from tests.test_cli import run_python

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

REVIEW = review(id="r1")
OTHER = review(id="r2", submission=submission(version_id="0b7e2a52-9d7e-4a5e-8c3f-1c22a3d7f001"))
KEPT = Kept(
    id=1,
    at=START.timestamp(),
    event="voted",
    workspace_id="w",
    version_id="v",
    review_id="r",
    user_id="U1",
    details="{}",
)
LONG = "先隔离主机再通知值班人员，" * 20


def entries() -> list[AuditEntry]:
    """A small story."""
    vote = {"person": "Li Wei", "verdict": "approve", "reason": "Reviewed, fine", "replaces": False}
    hostile = {"person": "\x1b[2J", "why": "line\nbreak", "reason": "=1+1"}
    settings = {"digest": "d" * 64, "changed": {"locale": ["en", "zh-CN"]}, "settings": {"locale": "zh-CN"}}
    configured = AuditEvent.CONFIGURED
    return [
        AuditEntry(at=START, event=configured, workspace_id="", version_id="", review_id="", details=settings),
        entry(REVIEW, AuditEvent.OPENED, {"round": 1, "name": "Isolate host", "fingerprint": "f" * 64}, at=START),
        entry(REVIEW, AuditEvent.VOTED, vote, at=START + timedelta(hours=1, microseconds=7), user_id="U1"),
        entry(OTHER, AuditEvent.REFUSED, hostile, at=START + timedelta(hours=2), user_id="U9"),
        entry(OTHER, AuditEvent.ASKED, {"text": LONG}, at=START + timedelta(hours=3), user_id="U2"),
        entry(OTHER, AuditEvent.UNSENT, at=START + timedelta(hours=4)),
    ]


@pytest.fixture
async def kept(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """A database with the story in it, which the environment names."""
    store = SqlStore(database_url)
    await store.migrate()
    for one in entries():
        await store.transact(lambda tx, one=one: tx.record(one))  # type: ignore[misc]
    await store.close()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BOT_DATABASE_URL", database_url)
    return database_url


def audit(*arguments: str) -> Result:
    """The command, run here."""
    return CliRunner().invoke(main, ["audit", *arguments])


def cells(text: str) -> int:
    """How wide a terminal shows it."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def test_the_table_can_be_read_at_a_hundred_columns(kept: str) -> None:
    """A line each, whatever people wrote: long Chinese is cut, escapes and line breaks are named."""
    result = audit()
    assert result.exit_code == 0
    assert result.output.splitlines()[:4] == [
        "     ID TIME (UTC)          EVENT             VERSION  WHAT",
        "      1 2026-11-24 09:00:00 configured                 changed: locale",
        "      2 2026-11-24 09:00:00 opened            version- round: 1; name: Isolate host",
        "      3 2026-11-24 10:00:00 voted             version- Li Wei (U1) approve; Reviewed, fine",
    ]
    assert len(result.output.splitlines()) == 7
    assert max(map(cells, result.output.splitlines())) <= 100
    assert "\x1b" not in result.output
    assert "[U+001B][2J (U9) line break; =1+1" in result.output
    assert result.output.endswith("unsent            0b7e2a52\n")


FILTERS: list[tuple[list[str], list[int]]] = [
    ([], [1, 2, 3, 4, 5, 6]),
    (["--since", "2026-11-24T11:00:00Z"], [4, 5, 6]),
    (["--since", "2026-11-24T18:00:00+08:00", "--until", "2026-11-24T12:00Z"], [3, 4]),
    (["--until", "2026-11-24"], []),
    (["--version-id", OTHER.submission.version_id], [4, 5, 6]),
    (["--review-id", "r1", "--event", "voted"], [3]),
    (["--user", "U9"], [4]),
]


@pytest.mark.parametrize(("arguments", "ids"), FILTERS)
def test_filters_choose_entries(kept: str, arguments: list[str], ids: list[int]) -> None:
    """Alone and together."""
    result = audit("--format", "jsonl", *arguments)
    assert [json.loads(line)["id"] for line in result.output.splitlines()] == ids


def test_json_lines_can_be_verified_without_the_bot(kept: str) -> None:
    """What is exported has everything that the hashes cover."""
    previous = GENESIS
    for line in audit("--format", "jsonl").output.splitlines():
        read = json.loads(line)
        at = datetime.strptime(read["at"], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
        fields = {name: read[name] for name in ("id", "event", "workspace_id", "version_id", "review_id", "user_id")}
        fields |= {
            "at": (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1),
            "details": json.dumps(read["details"], ensure_ascii=False),
            "previous": previous,
            "v": 1,
        }
        text = json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        previous = hashlib.sha256(text.encode()).hexdigest()
        assert read["hash"] == previous
    assert f"Head: {previous}\n" in audit("verify").output


def test_csv_has_a_header_and_every_field(kept: str) -> None:
    """As programs read it: quotes, commas and Chinese come back."""
    rows = list(csv.DictReader(io.StringIO(audit("--format", "csv").output, newline="")))
    assert [row["event"] for row in rows] == ["configured", "opened", "voted", "refused", "asked", "unsent"]
    assert (rows[2]["person"], rows[2]["user_id"], rows[2]["at"]) == ("Li Wei", "U1", "2026-11-24T10:00:00.000007Z")
    assert json.loads(rows[4]["details"]) == {"text": LONG}
    assert rows[1]["user_id"] == ""


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_no_cell_is_a_formula_and_each_can_be_had_back(text: str) -> None:
    """One ' taken away from every cell that begins with one."""
    cell = harmless(text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"))
    assert cell.removeprefix("'") == text
    (_, record) = csv.reader(io.StringIO("".join(comma_separated([replace(KEPT, user_id=text)])), newline=""))
    assert record[6] == cell


@given(st.text(), st.text(), st.integers(60, 140))
def test_no_line_of_the_table_is_wider_than_it_may_be(event: str, details: str, width: int) -> None:
    """And none is two, or holds anything that moves the cursor, whatever stands in the database."""
    lines = list(table([replace(KEPT, event=event, version_id=event, details=details)], width=width))
    assert len(lines) == 2
    assert all(line.endswith("\n") and len(line.splitlines()) == 1 for line in lines)
    assert not any(unicodedata.category(letter) == "Cc" for letter in lines[1][:-1])


@pytest.mark.parametrize("details", ["", "no JSON", "[1]", '{\n"a": 1}', "{}", None, 7, b"\xff"], ids=repr)
def test_details_that_the_bot_never_wrote_are_shown_as_they_are(details: Any) -> None:
    """In every form: one object a line, whatever it is."""
    odd = replace(KEPT, details=details)
    (line,) = json_lines([odd])
    assert json.loads(line)["details"] == ({} if details == "{}" else str(details))
    assert len(line.splitlines()) == 1
    assert len(list(table([odd], width=100))) == 2
    assert len(list(comma_separated([odd]))) == 2


MOMENTS = {
    "2026-11-24": "2026-11-24T00:00:00+00:00",
    " 2026-11-24T09:00Z ": "2026-11-24T09:00:00+00:00",
    "2026-11-24 09:00:00.000001+08:00": "2026-11-24T01:00:00.000001+00:00",
    "7d": "2026-11-17T09:00:00+00:00",
    "1d12h": "2026-11-22T21:00:00+00:00",
    "0": "2026-11-24T09:00:00+00:00",
}


@pytest.mark.parametrize("text", MOMENTS)
def test_when_is_typed_in_several_ways(text: str) -> None:
    """A date, a moment with its zone, or how long ago."""
    assert moment(text, now=START) == datetime.fromisoformat(MOMENTS[text]).timestamp()


@pytest.mark.parametrize("text", ["yesterday", "7", "2026-13-01", "2026-11-24T09:00", "999999999999d", "9999999d"])
def test_another_when_is_told(text: str) -> None:
    """With what to type; a time without a zone is nobody's guess."""
    result = audit("--since", text)
    assert result.exit_code == 2
    assert "Add the zone" in result.output if text.endswith("T09:00") else "Type a date" in result.output


@pytest.mark.parametrize("seconds", ["soon", None, 1e300, float("nan")], ids=repr)
def test_a_moment_that_is_none_is_shown_as_it_is(seconds: Any) -> None:
    """Somebody wrote it into the file."""
    assert told(seconds) == str(seconds)


def test_verify_tells_how_many_entries_hold_and_the_head(kept: str) -> None:
    """The head that was noted down is found again, also when more was added since; in either case of letters."""
    result = audit("verify")
    assert result.exit_code == 0
    assert result.output.startswith("6 entries, each of which follows from the one before.\nHead: ")
    hashes = [json.loads(line)["hash"] for line in audit("--format", "jsonl").output.splitlines()]
    assert result.output.split()[-1] == hashes[-1]
    earlier = audit("verify", "--head", hashes[3].upper())
    assert earlier.exit_code == 0
    assert earlier.output.endswith("Passes through the given head at entry 4; 2 were added since.\n")


def test_verify_names_the_first_broken_link(kept: str) -> None:
    """With status 1: where, when, what; and how many entries before it hold."""
    tamper(kept, "UPDATE audit SET user_id = 'U2', version_id = '\x1bv' WHERE id = 3")
    result = audit("verify")
    assert result.exit_code == 1
    first, second = result.output.splitlines()
    assert first.startswith("Broken at entry 3 (2026-11-24 10:00:00 UTC, voted, version [U+001B]v): It was changed")
    assert second == "2 entries before it hold."
    tamper(kept, "DELETE FROM audit WHERE id > 2")
    result = audit("verify")
    assert (result.exit_code, result.output.startswith("Broken at the end: The trail ends with 2 entries")) == (1, True)


def test_verify_does_not_take_another_chain_for_the_one_that_was_noted_down(kept: str) -> None:
    """Status 1; what is no head at all is told."""
    result = audit("verify", "--head", "f" * 64)
    assert (result.exit_code, "does not pass through" in result.output) == (1, True)
    assert audit("verify", "--head", "f00").exit_code == 2
    assert audit("verify", "--head", "").exit_code == 2
    assert audit("--user", "U1", "verify").exit_code == 2


def test_a_trail_cut_short_with_its_head_is_found_by_a_head_noted_down_alone(kept: str) -> None:
    """As the README says: nothing that is left in the database tells of it."""
    noted = audit("verify").output.split()[-1]
    cut_head = "UPDATE audit_head SET entries = 4, last_id = 4, hash = (SELECT hash FROM audit WHERE id = 4)"
    tamper(kept, "DELETE FROM audit WHERE id > 4", cut_head)
    alone, with_head = audit("verify"), audit("verify", "--head", noted)
    assert (alone.exit_code, alone.output.startswith("4 entries")) == (0, True)
    assert (with_head.exit_code, "does not pass through" in with_head.output) == (1, True)


def test_where_there_is_no_trail_it_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With status 2 and one line that names the setting, in both commands."""
    monkeypatch.chdir(tmp_path)
    for url, words in (("sqlite:///none.db", "no such file"), ("mysql://x", "has to be")):
        monkeypatch.setenv("BOT_DATABASE_URL", url)
        for arguments in ([], ["verify"]):
            result = audit(*arguments)
            assert result.exit_code == 2
            assert result.output.startswith("BOT_DATABASE_URL")
            assert words in result.output
            assert len(result.output.splitlines()) == 1


def test_a_terminal_has_the_width_that_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    """Anything else gets a hundred columns."""
    assert command._width() == 100
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    for columns, width in (("132", 132), ("20", 80)):
        monkeypatch.setenv("COLUMNS", columns)
        assert command._width() == width


async def test_it_stops_quietly_when_nobody_reads_any_more(kept: str, tmp_path: Path) -> None:
    """As in `audit | head`."""
    store = SqlStore(kept)
    many = [entry(REVIEW, AuditEvent.VOTED, {"reason": "x" * 900}, at=START) for _ in range(2000)]

    def record(tx: Any) -> None:
        for one in many:
            tx.record(one)

    await store.transact(record)
    await store.close()
    process = await run_python("-m", "bot", "audit", folder=tmp_path, BOT_DATABASE_URL=kept)
    assert process.stdout is not None
    assert process.stderr is not None
    await process.stdout.readline()
    process.stdout._transport.close()  # type: ignore[attr-defined]
    complaints = await asyncio.wait_for(process.stderr.read(), 60)
    assert (await process.wait(), complaints) == (0, b"")
