"""How findings are shown."""

from __future__ import annotations

import json

from bot.doctor import report
from bot.doctor.finding import Check

FINE = Check("slack", "bot token").ok("Somebody in Harbour SOC.")
ODD = Check("secmaster", "clock").warn("6 min ahead.", "Set it.")
WRONG = Check("settings", "settings").fail("BOT_CHANNEL is missing. Name it.", "")
UNSEEN = Check("fonts", "fonts").skip("BOT_PICTURES is off.")


def test_each_check_is_a_line_and_the_last_one_sums_up() -> None:
    """Aligned, and to be read without colour."""
    assert report.text([FINE, ODD, WRONG, UNSEEN], color=False).splitlines() == [
        "✓ ok    slack      bot token  Somebody in Harbour SOC.",
        "! warn  secmaster  clock      6 min ahead. → Set it.",
        "✗ fail  settings   settings   BOT_CHANNEL is missing. Name it.",
        "– skip  fonts      fonts      BOT_PICTURES is off.",
        "",
        "Something keeps the bot from working: 1 failed, 1 to look at, 1 skipped, 1 fine.",
    ]
    assert "Nothing keeps" in report.text([FINE, ODD], color=False)


def test_colours_are_for_terminals() -> None:
    """And change no word."""
    assert "\x1b[32m✓ ok  \x1b[0m" in report.text([FINE], color=True)
    assert "\x1b" not in report.text([FINE, WRONG], color=False)


def test_json_has_stable_keys() -> None:
    """For programs."""
    assert json.loads(report.as_json([ODD, UNSEEN])) == {
        "ok": True,
        "counts": {"ok": 0, "warn": 1, "fail": 0, "skipped": 1},
        "checks": [
            {"subject": "secmaster", "name": "clock", "outcome": "warn", "found": "6 min ahead.", "advice": "Set it."},
            {
                "subject": "fonts",
                "name": "fonts",
                "outcome": "skipped",
                "found": "BOT_PICTURES is off.",
                "advice": "",
            },
        ],
    }
    assert json.loads(report.as_json([WRONG]))["ok"] is False


def test_nothing_hides_in_what_others_wrote() -> None:
    """No secret, no second line, no control character for the terminal."""
    nasty = Check("slack", "who\nis").warn(
        "Mallory\x1b[31m says my-secret-password\nand xoxb-123456789", "my-secret-password"
    )
    (shown,) = report.presentable([nasty], ["my-secret-password"])
    assert (shown.name, shown.found) == ("who is", "Mallory[U+001B][31m says [redacted] and [redacted]")
    assert shown.advice == "[redacted]"
