"""What a font file says about itself: its family, the characters it draws and how wide they are.

Read after the OpenType specification (font file, cmap, hmtx, name, OS/2): only the few tables that a picture needs, and
only their parts that are asked for, so that a 20 MB collection costs a millisecond.
"""

from __future__ import annotations

import struct
from bisect import bisect_left
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FACES_MOST = 32
_UNICODE = ((3, 10), (0, 6), (0, 4), (3, 1), (0, 3))
"""Platform and encoding of the cmap subtables that map Unicode, the widest first."""
_FAMILY, _TYPOGRAPHIC_FAMILY = 1, 16
_SEGMENTS, _GROUPS = 4, 12
_REGULAR_WEIGHT = 400
_SLANTED = 0x0201
"""fsSelection bits: italic, oblique."""


class _Groups(NamedTuple):
    """Runs of characters: the last of each, the first of each, and where its glyphs are found."""

    ends: tuple[int, ...]
    starts: tuple[int, ...]
    deltas: tuple[int, ...]
    offsets: tuple[int, ...]
    """Per run: 0, or (format 4) where its glyphs are listed in the file."""


class Face:
    """One face of a font file. What is broken in the file raises ValueError or struct.error."""

    def __init__(self, data: memoryview, start: int, path: Path) -> None:
        self.path = path
        self._data = data
        (count,) = struct.unpack_from(">H", data, start + 4)
        records = (struct.unpack_from(">4sLLL", data, start + 12 + 16 * index) for index in range(count))
        self._tables = {tag: offset for tag, _checksum, offset, _length in records}
        if not {b"cmap", b"hmtx", b"hhea", b"head", b"name"} <= self._tables.keys():
            raise ValueError("not a font that text can be measured with")
        self._em: int = struct.unpack_from(">H", data, self._tables[b"head"] + 18)[0]
        (self._advances,) = struct.unpack_from(">H", data, self._tables[b"hhea"] + 34)
        if not self._em or not self._advances:
            raise ValueError("a font without measures")
        self.family = self._family()

    @cached_property
    def plain(self) -> bool:
        """Whether it is upright and of regular weight."""
        if b"OS/2" not in self._tables:
            return True
        start = self._tables[b"OS/2"]
        (weight,) = struct.unpack_from(">H", self._data, start + 4)
        (selection,) = struct.unpack_from(">H", self._data, start + 62)
        return bool(weight == _REGULAR_WEIGHT and not selection & _SLANTED)

    def draws(self, character: str) -> bool:
        """Whether it has a glyph for the character."""
        return self._glyph(ord(character)) != 0

    def advance(self, character: str) -> float:
        """How far the character moves the pen, in em."""
        index = min(self._glyph(ord(character)), self._advances - 1)
        advance: int = struct.unpack_from(">H", self._data, self._tables[b"hmtx"] + 4 * index)[0]
        return advance / self._em

    def _glyph(self, code: int) -> int:
        groups = self._groups
        index = bisect_left(groups.ends, code)
        if index == len(groups.ends) or code < groups.starts[index]:
            return 0
        if not groups.offsets[index]:
            return (code + groups.deltas[index]) & (0xFFFF if code <= 0xFFFF else 0xFFFFFFFF)  # noqa: PLR2004
        place = groups.offsets[index] + 2 * (code - groups.starts[index])
        (glyph,) = struct.unpack_from(">H", self._data, place)
        return (glyph + groups.deltas[index]) & 0xFFFF if glyph else 0

    @cached_property
    def _groups(self) -> _Groups:
        start = self._tables[b"cmap"]
        (count,) = struct.unpack_from(">H", self._data, start + 2)
        subtables = {}
        for index in range(count):
            platform, encoding, offset = struct.unpack_from(">HHL", self._data, start + 4 + 8 * index)
            subtables[platform, encoding] = start + offset
        for key in _UNICODE:
            if key in subtables:
                (form,) = struct.unpack_from(">H", self._data, subtables[key])
                if form == _SEGMENTS:
                    return self._segments(subtables[key])
                if form == _GROUPS:
                    return self._long_groups(subtables[key])
        return _Groups((), (), (), ())

    def _segments(self, start: int) -> _Groups:
        (doubled,) = struct.unpack_from(">H", self._data, start + 6)
        count = doubled // 2
        ends = struct.unpack_from(f">{count}H", self._data, start + 14)
        starts = struct.unpack_from(f">{count}H", self._data, start + 16 + doubled)
        deltas = struct.unpack_from(f">{count}h", self._data, start + 16 + 2 * doubled)
        ranges_at = start + 16 + 3 * doubled
        ranges = struct.unpack_from(f">{count}H", self._data, ranges_at)
        offsets = tuple(ranges_at + 2 * index + offset if offset else 0 for index, offset in enumerate(ranges))
        return _Groups(ends, starts, deltas, offsets)

    def _long_groups(self, start: int) -> _Groups:
        (count,) = struct.unpack_from(">L", self._data, start + 12)
        flat = struct.unpack_from(f">{3 * count}L", self._data, start + 16)
        starts, ends, glyphs = flat[0::3], flat[1::3], flat[2::3]
        deltas = tuple(glyph - first for glyph, first in zip(glyphs, starts, strict=True))
        return _Groups(ends, starts, deltas, (0,) * count)

    def _family(self) -> str:
        start = self._tables[b"name"]
        _version, count, texts = struct.unpack_from(">HHH", self._data, start)
        found: dict[int, str] = {}
        for index in range(count):
            platform, _encoding, language, name, length, offset = struct.unpack_from(
                ">HHHHHH", self._data, start + 6 + 12 * index
            )
            if name in {_FAMILY, _TYPOGRAPHIC_FAMILY} and platform == 3 and language == 0x409:  # noqa: PLR2004
                raw = bytes(self._data[start + texts + offset : start + texts + offset + length])
                found[name] = raw.decode("utf-16-be", "replace")
        family = found.get(_TYPOGRAPHIC_FAMILY) or found.get(_FAMILY)
        if not family:
            raise ValueError("a font without a name")
        return family


def faces(data: memoryview, path: Path) -> Iterator[Face]:
    """The faces of a TrueType or OpenType font or collection; broken ones, and other files, give none."""
    try:
        if bytes(data[:4]) == b"ttcf":
            (count,) = struct.unpack_from(">L", data, 8)
            starts = struct.unpack_from(f">{min(count, _FACES_MOST)}L", data, 12)
        else:
            starts = (0,)
    except struct.error:
        return
    for start in starts:
        try:
            yield Face(data, start, path)
        except (ValueError, struct.error):
            continue
