"""Writing SVG: shapes in the style of a mark, and text in the faces that it was measured with.

Nothing here refers to anything outside the document: no links, no images, no style sheets.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape as escaped
from xml.sax.saxutils import quoteattr

from bot.pictures.lettering import clusters
from bot.pictures.palette import PAPER

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.pictures.fonts import Fonts
    from bot.pictures.layout import Point
    from bot.pictures.palette import Style

BADGE = 10.0
"""Radius of the badge on a step's corner."""
_CORNER = 7.0
_ARROW_LONG, _ARROW_WIDE = 10.0, 5.0
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 allows nowhere in a document."""
_SIGNS = {
    "+": "M {left:.1f} {y:.1f} H {right:.1f} M {x:.1f} {top:.1f} V {bottom:.1f}",
    "-": "M {left:.1f} {y:.1f} H {right:.1f}",
    "~": "M {left:.1f} {y:.1f} q {half:.1f} {up:.1f} {arm:.1f} 0 t {arm:.1f} 0",
}


def tag(_name: str, _content: str = "", /, **attributes: object) -> str:
    """An element; underscores in attribute names stand for hyphens, and None leaves an attribute out."""
    written = "".join(
        f" {key.replace('xml_', 'xml:').replace('_', '-')}={quoteattr(_ILLEGAL.sub('', _number(value)))}"
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{_name}{written}>{_content}</{_name}>" if _content else f"<{_name}{written}/>"


def shape(_name: str, style: Style, /, *, fill: str = "", **attributes: object) -> str:
    """A closed shape or a line in a mark's style; a double line is a wide one with paper drawn along its middle."""
    drawn = tag(
        _name,
        fill=fill or style.fill,
        stroke=style.line,
        stroke_width=style.width,
        stroke_dasharray=style.dash or None,
        stroke_linejoin="round",
        **attributes,
    )
    if style.double:
        drawn += tag(_name, fill="none", stroke=PAPER, stroke_width=1.9, stroke_linejoin="round", **attributes)
    return drawn


def badge(x: float, y: float, style: Style, radius: float = BADGE) -> str:
    """The sign of a mark in a disc, drawn rather than written, so that no font can lack it."""
    if not style.sign:
        return ""
    arm = radius * 0.52
    sign = _SIGNS[style.sign].format(
        x=x, y=y, left=x - arm, right=x + arm, top=y - arm, bottom=y + arm, arm=arm, half=arm / 2, up=-arm * 1.2
    )
    disc = tag("circle", cx=x, cy=y, r=radius, fill=style.line, stroke=PAPER, stroke_width=2)
    strokes = tag("path", d=sign, fill="none", stroke=PAPER, stroke_width=radius * 0.26, stroke_linecap="round")
    return tag("g", disc + strokes, data_badge=style.sign)


def connection(points: Sequence[Point], style: Style, *, arrow: bool = True) -> str:
    """A line through the points with rounded corners, and an arrowhead at its end."""
    way = list(points)
    head = ""
    if arrow:
        head, way[-1] = _arrowhead(way[-2], way[-1], style)
    return shape("path", style, fill="none", d=_rounded(way)) + head


class Pen:
    """Writes and measures text of any script with the fonts of a machine."""

    def __init__(self, fonts: Fonts) -> None:
        self._fonts = fonts

    def width(self, text: str, size: float) -> float:
        """How long the text comes out at a size."""
        return self._fonts.width(self.fitting(text)) * size

    def fitting(self, text: str) -> str:
        """The text with a box for each emoji that no font has."""
        return "".join(self._fonts.fitting(cluster) for cluster in clusters(text))

    def write(self, x: float, y: float, text: str, *, size: float, color: str, middle: bool = False) -> str:
        """The text with its base line at y, from x on or around it."""
        fitting = self.fitting(text)
        begin = x - self._fonts.width(fitting) * size / 2 if middle else x
        written = ""
        # Elements of their own: within one, the rasteriser takes a face that has all the characters for all of them.
        for face, run in self._fonts.runs(fitting):
            letters = escaped(_ILLEGAL.sub("", run))
            written += tag("text", letters, x=begin, y=y, font_family=_quoted(face.family), xml_space="preserve")
            begin += sum(face.advance(c) for c in run) * size
        return tag("g", written, font_size=size, fill=color)

    def lines(  # noqa: PLR0913 - as write
        self, x: float, y: float, lines: Iterable[str], *, size: float, color: str, step: float, middle: bool = False
    ) -> str:
        """Lines of text below each other, the first one's base line at y."""
        return "".join(
            self.write(x, y + step * index, line, size=size, color=color, middle=middle)
            for index, line in enumerate(lines)
        )


def _quoted(family: str) -> str:
    return "'" + family.replace("\\", "").replace("'", "") + "'"


def _number(value: object) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def _arrowhead(before: Point, tip: Point, style: Style) -> tuple[str, Point]:
    """The head, and where its line ends so that it does not show beside the tip."""
    (bx, by), (x, y) = before, tip
    length = ((x - bx) ** 2 + (y - by) ** 2) ** 0.5 or 1.0
    dx, dy = (x - bx) / length, (y - by) / length
    long = _ARROW_LONG + (2 if style.width > 2 else 0)  # noqa: PLR2004 - bold lines have bolder heads
    wide = _ARROW_WIDE + (1 if style.width > 2 else 0)  # noqa: PLR2004
    back = (x - dx * long, y - dy * long)
    corners = [(x, y), (back[0] - dy * wide, back[1] + dx * wide), (back[0] + dy * wide, back[1] - dx * wide)]
    points = " ".join(f"{px:.2f},{py:.2f}" for px, py in corners)
    return tag("polygon", points=points, fill=style.line), (x - dx * long * 0.7, y - dy * long * 0.7)


def _rounded(points: Sequence[Point]) -> str:
    path = [f"M {points[0][0]:.2f} {points[0][1]:.2f}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        (x1, y1), (x2, y2) = _toward(corner, before), _toward(corner, after)
        path.append(f"L {x1:.2f} {y1:.2f} Q {corner[0]:.2f} {corner[1]:.2f} {x2:.2f} {y2:.2f}")
    path.append(f"L {points[-1][0]:.2f} {points[-1][1]:.2f}")
    return " ".join(path)


def _toward(corner: Point, other: Point) -> Point:
    """A point a little way from a corner, at most half of the stretch."""
    dx, dy = other[0] - corner[0], other[1] - corner[1]
    length = (dx**2 + dy**2) ** 0.5
    if not length:
        return corner
    part = min(_CORNER, length / 2) / length
    return corner[0] + dx * part, corner[1] + dy * part
