"""What the doctor says of fonts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.doctor import fonts

if TYPE_CHECKING:
    from tests.doctor.conftest import Visit


def lacking(letters: str) -> str:
    """No font has any of these."""
    return letters


def latin_only(text: str) -> str:
    """No font has more than ASCII."""
    return "".join(c for c in text if ord(c) > 127)


@pytest.mark.parametrize(
    ("locales", "missing", "outcome", "told"),
    [
        ({"en"}, lambda _: "", "ok", "Chinese letters can be drawn"),
        ({"en"}, latin_only, "warn", "No font draws 隔离"),
        ({"en", "zh-CN"}, latin_only, "fail", "no picture of what changes"),
        ({"en"}, lacking, "fail", "No font draws abcdefghijkl…"),
    ],
)
def test_letters_that_no_font_draws_are_named(locales: set[str], missing: object, outcome: str, told: str) -> None:
    """Those of the legend are in every picture, those of names in some."""
    finding = fonts.look(locales, missing)  # type: ignore[arg-type]  # one of the functions of the table
    assert (finding.outcome, told in finding.found) == (outcome, True)


async def test_fonts_matter_for_pictures_alone(visit: Visit) -> None:
    """With BOT_PICTURES on the machine's own are looked at."""
    assert (await visit.finding("fonts")) == ("skipped", "BOT_PICTURES is off.")
    assert (await visit.finding("fonts", BOT_PICTURES="true"))[0] != "skipped"
