"""SVG to PNG, within bounds. The only module that knows the rasteriser (resvg)."""

from __future__ import annotations

import re
from math import sqrt
from typing import TYPE_CHECKING

from bot.errors import PictureError
from bot.locales import N_

if TYPE_CHECKING:
    from collections.abc import Sequence

PIXELS_MOST = 16_000_000
BYTES_MOST = 4_000_000
TOO_LARGE = N_("The picture of this flow would be too large.")

_BROAD = 1200.0
"""Pixels that a picture of a small flow is broad: a phone's screen at its full resolution."""
_SCALE_MOST, _SCALE_LEAST = 2.5, 1.25
_SHRINK = 0.7
_TRIES = 5
_SIZE = re.compile(r'<svg xmlns="[^"]*" width="([\d.]+)" height="([\d.]+)"')


def scale(width: float, height: float) -> float:
    """Pixels per unit: sharp on a phone where the flow is narrow, never more than so many pixels in all."""
    wanted = min(_SCALE_MOST, max(_SCALE_LEAST, _BROAD / width))
    return min(wanted, sqrt(PIXELS_MOST / (width * height)))


def png(svg: str, font_files: Sequence[str]) -> bytes:
    """The drawing as PNG, with no font but these; PictureError when it comes out too large all the same."""
    import resvg_py

    found = _SIZE.match(svg)
    if found is None:
        raise ValueError("a drawing without its size")
    width, height = float(found[1]), float(found[2])
    factor = scale(width, height)
    for _ in range(_TRIES):
        drawn = resvg_py.svg_to_bytes(
            svg_string=svg,
            width=max(1, int(width * factor)),
            height=max(1, int(height * factor)),
            background="#ffffff",
            skip_system_fonts=True,
            font_files=list(font_files),
        )
        if len(drawn) <= BYTES_MOST:
            return bytes(drawn)
        factor *= _SHRINK
    raise PictureError(TOO_LARGE)
