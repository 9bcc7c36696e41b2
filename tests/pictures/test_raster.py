"""From SVG to PNG."""

from __future__ import annotations

import struct
import sys
import zlib
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from bot.errors import PictureError
from bot.pictures import raster
from bot.pictures.canvas import tag
from bot.pictures.diagram import svg
from bot.pictures.raster import BYTES_MOST, PIXELS_MOST, png, scale
from bot.pictures.union import union
from tests.pictures.flows import CHANGED, LABELS, chain, difference

if TYPE_CHECKING:
    from bot.changes.diff import Difference
    from bot.pictures.fonts import Fonts

WHITE = b"\xff\xff\xff\xff"


def size(image: bytes) -> tuple[int, int]:
    """Breadth and height of a PNG, from its header."""
    assert image.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">LL", image[16:24])
    return width, height


def corner(image: bytes) -> bytes:
    """The first pixel of a PNG of eight bits and four channels."""
    assert image[24:26] == b"\x08\x06"
    place, data = 8, b""
    while place < len(image):
        length, kind = struct.unpack(">L4s", image[place : place + 8])
        data += image[place + 8 : place + 8 + length] if kind == b"IDAT" else b""
        place += length + 12
    return zlib.decompress(data)[1:5]


def picture(what: Difference, fonts: Fonts) -> bytes:
    """The PNG of a difference."""
    drawing = svg(union(what, title="Isolate host  v1 → v2", labels=LABELS), fonts)
    return png(drawing, fonts.files())


def test_a_small_flow_is_sharp_on_a_phone_and_stands_on_white(fonts: Fonts) -> None:
    """Readable in Slack's dark mode too: the paper is not transparent."""
    image = picture(CHANGED, fonts)
    width, height = size(image)
    assert 1000 <= width <= 1400
    assert width * height <= PIXELS_MOST
    assert corner(image) == WHITE


def test_text_is_drawn(fonts: Fonts) -> None:
    """With the fonts that are given; without them, something is missing."""
    drawing = svg(union(difference(None, chain(1)), title="Title", labels=LABELS), fonts)
    assert len(png(drawing, fonts.files())) > len(png(drawing, [])) + 500


def test_the_largest_flow_is_bounded(fonts: Fonts) -> None:
    """In pixels and in bytes."""
    image = picture(difference(None, chain(200)), fonts)
    width, height = size(image)
    assert width * height <= PIXELS_MOST
    assert len(image) <= BYTES_MOST


@pytest.mark.parametrize(
    ("width", "height", "factor"),
    [(400, 900, 2.5), (600, 900, 2.0), (2000, 2000, 1.25), (400, 20_000, 2**0.5), (8000, 8000, 0.5)],
)
def test_broad_flows_are_drawn_smaller(width: float, height: float, factor: float) -> None:
    """Small ones at a phone's full resolution, large ones within the limit of pixels."""
    assert scale(width, height) == pytest.approx(factor)


def test_a_picture_of_too_many_bytes_is_drawn_smaller(fonts: Fonts, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until it fits; when it never does there is none."""
    drawing = svg(union(difference(None, chain(3)), title="Title", labels=LABELS), fonts)
    whole = png(drawing, fonts.files())
    monkeypatch.setattr(raster, "BYTES_MOST", len(whole) // 2)
    smaller = png(drawing, fonts.files())
    assert size(smaller) < size(whole)
    assert len(smaller) <= len(whole) // 2
    monkeypatch.setattr(raster, "BYTES_MOST", 10)
    with pytest.raises(PictureError, match="too large"):
        png(drawing, fonts.files())


def test_only_our_own_drawings_are_taken() -> None:
    """Whose size is known before anything is drawn."""
    with pytest.raises(ValueError, match="without its size"):
        png(tag("svg", xmlns="http://www.w3.org/2000/svg"), [])


def test_the_rasteriser_sees_no_fonts_but_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else what is drawn might not be what was measured."""
    seen = {}

    def svg_to_bytes(**given: object) -> bytes:
        seen.update(given)
        return b"png"

    monkeypatch.setitem(sys.modules, "resvg_py", SimpleNamespace(svg_to_bytes=svg_to_bytes))
    png(tag("svg", xmlns="x", width=10, height=10), ["a.ttf"])
    assert seen["skip_system_fonts"] is True
    assert seen["font_files"] == ["a.ttf"]
    assert "resources_dir" not in seen
