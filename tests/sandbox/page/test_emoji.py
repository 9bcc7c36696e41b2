"""Emoji of the bot's texts are seen in the sandbox on machines without a font for them."""

from __future__ import annotations

import re
from pathlib import Path

import bot

ROOT = Path(bot.__file__).parent
STATIC = ROOT / "sandbox" / "page" / "static"
EMOJI = re.compile(".\ufe0f|[\u23e9-\u23ff\u2600-\u27bf\U0001f000-\U0001faff]")


def names() -> dict[str, str]:
    """The short name of each emoji that the page knows."""
    told = (STATIC / "emoji.js").read_text(encoding="utf-8").partition("export function")[0]
    return {bare(found): name for name, found in re.findall(r'"?([\w+-]+)"?: "([^"]+)"', told)}


def drawings() -> dict[str, str]:
    """The drawing that stands for each short name."""
    told = (STATIC / "emoji.js").read_text(encoding="utf-8").partition("const DRAWN")[2]
    return dict(re.findall(r'(\w+): \["(\w+)"', told))


def bare(character: str) -> str:
    """Without the selector that asks for the coloured form."""
    return character.replace("\ufe0f", "")


def test_every_emoji_of_the_bots_texts_can_be_drawn() -> None:
    """By a drawing that there is; a machine without a font would show its name. Doctor talks to terminals alone."""
    files = [file for file in ROOT.rglob("*.py") if not {"sandbox", "doctor"} & {*file.parts}]
    said = {bare(found): file.name for file in files for found in EMOJI.findall(file.read_text(encoding="utf-8"))}
    assert len(said) > 20
    named, drawn = names(), drawings()
    paths = (STATIC / "dom.js").read_text(encoding="utf-8")
    missing = {
        emoji: name for emoji, name in said.items() if f'\n  {drawn.get(named.get(emoji, ""), "none")}: "M' not in paths
    }
    assert missing == {}
