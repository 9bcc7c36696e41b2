"""What was found, as lines for a terminal or as one JSON object; no secret leaves by either."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import click

from bot.doctor.finding import Outcome
from bot.observe.logging import Redaction
from bot.plain_text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.doctor.finding import Finding

MARKS = {
    Outcome.OK: ("✓ ok  ", "green"),
    Outcome.WARN: ("! warn", "yellow"),
    Outcome.FAIL: ("✗ fail", "red"),
    Outcome.SKIPPED: ("– skip", "bright_black"),
}
"""How a line begins; the words say it without colour, too."""


def presentable(findings: Iterable[Finding], secrets: Iterable[str]) -> list[Finding]:
    """The findings as they may be shown: on one line each, without secrets and what would disguise a text."""
    redact = Redaction(secrets)

    def plain(text: str) -> str:
        return " ".join(clean(redact.clean(text)).split())

    return [
        replace(finding, name=plain(finding.name), found=plain(finding.found), advice=plain(finding.advice))
        for finding in findings
    ]


def healthy(findings: Iterable[Finding]) -> bool:
    """Whether nothing fails."""
    return all(finding.outcome is not Outcome.FAIL for finding in findings)


def text(findings: Sequence[Finding], *, color: bool) -> str:
    """One line a check, aligned, and one that sums up."""
    subjects = max(len(finding.subject) for finding in findings)
    names = max(len(finding.name) for finding in findings)
    lines = [_line(finding, subjects, names, color=color) for finding in findings]
    return "\n".join([*lines, "", _sum(findings, color=color)])


def as_json(findings: Sequence[Finding]) -> str:
    """One object: `ok`, the number of checks of each outcome, and the checks."""
    counted = Counter(finding.outcome for finding in findings)
    told = {
        "ok": healthy(findings),
        "counts": {outcome.value: counted[outcome] for outcome in Outcome},
        "checks": [asdict(finding) for finding in findings],
    }
    return json.dumps(told, ensure_ascii=False, indent=2)


def _line(finding: Finding, subjects: int, names: int, *, color: bool) -> str:
    mark, tint = MARKS[finding.outcome]
    said = f"{finding.found} → {finding.advice}" if finding.advice else finding.found
    shown = click.style(mark, fg=tint) if color else mark
    return f"{shown}  {finding.subject:<{subjects}}  {finding.name:<{names}}  {said}".rstrip()


def _sum(findings: Sequence[Finding], *, color: bool) -> str:
    counted = Counter(finding.outcome for finding in findings)
    parts = [
        f"{counted[outcome]} {words}"
        for outcome, words in (
            (Outcome.FAIL, "failed"),
            (Outcome.WARN, "to look at"),
            (Outcome.SKIPPED, "skipped"),
            (Outcome.OK, "fine"),
        )
        if counted[outcome]
    ]
    fine = healthy(findings)
    verdict = "Nothing keeps the bot from working" if fine else "Something keeps the bot from working"
    line = f"{verdict}: {', '.join(parts)}."
    return click.style(line, fg="green" if fine else "red") if color else line
