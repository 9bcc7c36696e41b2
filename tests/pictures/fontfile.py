"""Font files made for a test: no outlines, but all that a picture asks of a font."""

from __future__ import annotations

import struct


def font(
    family: str,
    characters: str,
    *,
    advance: int = 500,
    weight: int = 400,
    long: bool = False,
    listed: bool = False,
    without: bytes = b"",
) -> bytes:
    """A font of the family with these characters, mapped in 32 bits (`long`) or by lists of glyphs (`listed`)."""
    name = family.encode("utf-16-be")
    tables = {
        b"cmap": _cmap(characters, long=long, listed=listed),
        b"head": bytes(18) + struct.pack(">H", 1000) + bytes(34),
        b"hhea": bytes(34) + struct.pack(">H", 2),
        b"hmtx": struct.pack(">HhHh", 0, 0, advance, 0),
        b"name": struct.pack(">HHH6H", 0, 1, 18, 3, 1, 0x409, 1, len(name), 0) + name,
        b"OS/2": struct.pack(">HhH", 4, 0, weight) + bytes(72),
    }
    tables.pop(without, None)
    start = 12 + 16 * len(tables)
    directory, body = struct.pack(">LHHHH", 0x00010000, len(tables), 0, 0, 0), b""
    for tag, data in sorted(tables.items()):
        directory += struct.pack(">4sLLL", tag, 0, start + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    return directory + body


def _cmap(characters: str, *, long: bool, listed: bool) -> bytes:
    codes = sorted(map(ord, characters))
    if long:
        groups = b"".join(struct.pack(">LLL", code, code, 1) for code in codes)
        table = struct.pack(">HHLLL", 12, 0, 16 + len(groups), 0, len(codes)) + groups
        return struct.pack(">HHHHL", 0, 1, 3, 10, 12) + table
    ends = [*codes, 0xFFFF]
    count = len(ends)
    deltas = [0 if listed else 1 - code for code in codes] + [1]
    offsets = [2 * count if listed else 0] * len(codes) + [0]
    # Each listed offset counts from its own place on to the one glyph behind them all.
    offsets = [offset - 2 * index if offset else 0 for index, offset in enumerate(offsets)]
    table = struct.pack(f">7H{count}H", 4, 0, 0, 2 * count, 0, 0, 0, *ends) + struct.pack(">H", 0)
    table += struct.pack(f">{count}H", *ends) + struct.pack(f">{count}h", *map(_signed, deltas))
    table += struct.pack(f">{count}H", *offsets) + struct.pack(">H", 1)
    return struct.pack(">HHHHL", 0, 1, 3, 1, 12) + table


def _signed(number: int) -> int:
    return (number + 0x8000) % 0x10000 - 0x8000
