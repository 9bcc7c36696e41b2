"""The system's fonts: which of them draws a text, and how wide it comes out.

A picture names for every stretch of its text the face that draws it, so that what was measured is what is drawn, and a
label that no font covers is found out before: letters that come out as empty boxes would look like a picture.
"""

from __future__ import annotations

import mmap
import os
import shutil
import struct
import subprocess
import sys
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import PictureError
from bot.locales import N_
from bot.pictures.lettering import matters
from bot.pictures.sfnt import faces

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.pictures.sfnt import Face

NO_FONT = N_(
    "No font on this machine can draw {characters}. "
    "Install one that can, for Chinese, Japanese and Korean the package fonts-noto-cjk."
)
_BOX = "□"
_SHOWN = 12
"""Characters that the sentence above names."""
_LIST_SECONDS = 10
_SUFFIXES = {".ttf", ".otf", ".ttc", ".otc"}
_PREFERRED = (
    "notosans-regular", "notosans[", "liberationsans-regular", "arimo", "opensans-regular", "roboto-regular", "arial.",
    "helvetica", "dejavusans.", "notosanscjk-regular", "notosanscjksc-regular", "notosanssc", "sourcehansans",
    "wqy-microhei", "wqy-zenhei", "pingfang", "msyh", "hiragino", "droidsansfallback", "notocoloremoji",
)  # fmt: skip
"""Beginnings of file names without their spaces, the best first: quiet faces without serifs."""
_UNLOVED = ("bold", "italic", "oblique", "mono", "serif", "light", "condensed", "narrow", "thin", "black")


class Fonts:
    """The fonts of a machine, opened one after the other until every character that is asked for has its face."""

    def __init__(self, files: Iterable[Path]) -> None:
        self._files = iter(sorted(files, key=_preference))
        self._faces: list[Face] = []
        self._chosen: dict[str, Face | None] = {}

    def face(self, character: str) -> Face | None:
        """The best face that draws the character; None when no font of this machine does."""
        if character not in self._chosen:
            known = next((face for face in self._faces if face.draws(character)), None)
            self._chosen[character] = known or next((f for f in self._opened() if f.draws(character)), None)
        return self._chosen[character]

    def missing(self, text: str) -> str:
        """The letters of a text that no font draws, each once; symbols such as emoji can be spared."""
        return "".join(c for c in dict.fromkeys(text) if matters(c) and self.face(c) is None)

    def check(self, text: str) -> None:
        """Raises PictureError when the text has letters that no font of this machine draws."""
        if missed := self.missing(text):
            raise PictureError(NO_FONT, characters=missed[:_SHOWN] + ("…" if len(missed) > _SHOWN else ""))

    def fitting(self, cluster: str) -> str:
        """What of a character with all that joins it can be drawn: the whole, its first, or a box in its place."""
        if all(self.face(c) for c in cluster):
            return cluster
        first = cluster[0]
        if self.face(first):
            return "".join(c for c in cluster if self.face(c))
        return _BOX if self.face(_BOX) else ""

    def runs(self, text: str) -> list[tuple[Face, str]]:
        """The text in stretches of one face each; what no face draws is left out."""
        pieces = ((face, c) for c in text if (face := self.face(c)))
        return [(face, "".join(c for _face, c in run)) for face, run in groupby(pieces, key=lambda piece: piece[0])]

    def width(self, text: str) -> float:
        """How long the text comes out, in em."""
        return sum(face.advance(c) for face, run in self.runs(text) for c in run)

    def files(self) -> list[str]:
        """The files that the characters asked for so far are drawn with."""
        return sorted({str(face.path) for face in self._chosen.values() if face})

    def _opened(self) -> Iterator[Face]:
        """The faces of the files not opened yet; the Chinese one of a collection before its sisters."""
        for path in self._files:
            found = sorted(_faces(path), key=lambda face: not face.family.endswith(" SC"))
            self._faces += found
            yield from found


@cache
def system() -> Fonts:
    """The fonts of this machine."""
    return Fonts(_listed() or _searched())


def missing(text: str) -> str:
    """The letters of a text that no font of this machine draws; "" when a picture of it can be had."""
    return system().missing(text)


def _preference(path: Path) -> tuple[bool, int, str]:
    name = path.name.lower().replace(" ", "")
    rank = next((i for i, start in enumerate(_PREFERRED) if name.startswith(start)), len(_PREFERRED))
    return any(word in name for word in _UNLOVED), rank, str(path)


def _faces(path: Path) -> list[Face]:
    try:
        with path.open("rb") as file:
            data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        found = list(faces(data, path))
        return [face for face in found if face.plain] if any(face.plain for face in found) else found
    except (OSError, ValueError, struct.error):
        return []


def _listed() -> list[Path]:
    """The files that fontconfig knows; none where it is not installed."""
    program = shutil.which("fc-list")
    if program is None:
        return []
    try:
        listed = subprocess.run(  # noqa: S603 - a program of the system, found in PATH, and no word of anybody's
            [program, "--format", "%{file}\n"], capture_output=True, timeout=_LIST_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return []
    paths = {Path(os.fsdecode(line)) for line in listed.stdout.splitlines()}
    return [path for path in paths if path.suffix.lower() in _SUFFIXES]


def _searched() -> list[Path]:
    """The font files of the usual directories."""
    return [
        path
        for root in directories()
        for path in root.rglob("*")
        if path.suffix.lower() in _SUFFIXES and path.is_file()
    ]


def directories() -> list[Path]:
    """Where systems keep their fonts."""
    if sys.platform == "darwin":
        return [Path("/System/Library/Fonts"), Path("/Library/Fonts"), Path.home() / "Library/Fonts"]
    if sys.platform == "win32":
        return [Path(os.environ.get("WINDIR", "C:/Windows")) / "Fonts"]
    shared = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    own = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local/share")
    return [*(Path(root) / "fonts" for root in (own, *shared.split(":"))), Path.home() / ".fonts"]
