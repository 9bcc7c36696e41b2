"""A union of two flows as SVG: title, legend and diagram on white paper."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.pictures import captions, layout, symbols
from bot.pictures.canvas import Pen, badge, connection, shape, tag
from bot.pictures.layout import Line
from bot.pictures.lettering import clip, wrap
from bot.pictures.palette import INK, PAPER, QUIET, STYLES
from bot.pictures.symbols import Form
from bot.pictures.union import Mark

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.pictures.fonts import Fonts
    from bot.pictures.layout import Layout, Point
    from bot.pictures.symbols import Symbol
    from bot.pictures.union import Edge, Node, Union

NARROWEST = 400.0
"""A picture is at least so broad, so that few steps do not come out as giants: a phone shows it one to one."""

_MARGIN = 16.0
_TITLE, _TITLE_STEP, _TITLE_LINES = 19.0, 25.0, 3
_LEGEND, _LEGEND_STEP = 14.0, 26.0
_SWATCH = 48.0
_LABEL, _LABEL_HIGH, _LABEL_LONGEST = 14.0, 20.0, 104.0
_EDGE_BADGE = 8.0
_ROOM_MOST = 100.0


@dataclass(frozen=True, kw_only=True)
class _Edge:
    """An edge with what is written on it, its way, and the middle of its caption."""

    edge: Edge
    badge: bool
    label: str
    width: float
    """Of the caption; 0 when there is nothing to write."""
    way: Sequence[Point] = ()
    middle: Point = (0.0, 0.0)

    @property
    def size(self) -> tuple[float, float]:
        return self.width, _LABEL_HIGH if self.width else 0.0


def svg(union: Union, fonts: Fonts) -> str:
    """The picture; raises PictureError when a letter of it is in no font of this machine."""
    fonts.check("".join(union.texts()))
    pen = Pen(fonts)
    looped = {edge.source for edge in union.edges if edge.source == edge.target}
    shapes = {
        node.id: replace(symbols.symbol(node, pen, form), looped=node.id in looped)
        for node, form in symbols.forms(union)
    }
    edges = [_edge(edge, shapes, pen) for edge in union.edges]
    placed = layout.arrange(
        [one.box(below=_room(one, edges)) for one in shapes.values()],
        [Line(source=one.edge.source, target=one.edge.target, label=one.size) for one in edges],
        header=symbols.HEADER,
    )
    edges = _led(edges, shapes, placed)
    left, top, right, bottom = _bounds(edges, placed)
    width = max(NARROWEST, right - left + 2 * _MARGIN)
    head, high = _head(union, pen, width)
    shift = f"translate({(width - right - left) / 2:.2f} {high - top:.2f})"
    body = tag("g", "".join(_body(union.nodes, shapes, edges, placed, pen)), transform=shift)
    height = high + bottom - top + _MARGIN
    return tag(
        "svg",
        tag("rect", width=width, height=height, fill=PAPER) + head + body,
        xmlns="http://www.w3.org/2000/svg",
        width=width,
        height=height,
        viewBox=f"0 0 {width:.2f} {height:.2f}",
    )


def _edge(edge: Edge, shapes: dict[str, Symbol], pen: Pen) -> _Edge:
    """What is written on an edge: no badge where it comes or goes together with a step."""
    told = any(shapes[end].node.mark is edge.mark for end in (edge.source, edge.target))
    sign = bool(STYLES[edge.mark].sign) and (edge.mark is Mark.CHANGED or not told)
    label = clip(edge.label, _LABEL_LONGEST, lambda text: pen.width(text, _LABEL))
    width = (2 * _EDGE_BADGE + 3 if sign else 0.0) + (pen.width(label, _LABEL) + 8 if label else 0.0)
    return _Edge(edge=edge, badge=sign, label=label, width=width)


def _room(one: Symbol, edges: Sequence[_Edge]) -> float:
    """What a step needs below it, so that the names of its branches can stand one below the other."""
    named = sum(edge.width > 0 and edge.edge.source == one.node.id for edge in edges)
    return min(_ROOM_MOST, _LABEL_HIGH * max(0, named - 1))


def _led(edges: Sequence[_Edge], shapes: dict[str, Symbol], placed: Layout) -> list[_Edge]:
    """The edges with their ways on to the shapes, and the places of their captions."""
    ways = []
    for one, points in zip(edges, placed.lines, strict=True):
        source, target = one.edge.source, one.edge.target
        way = symbols.meet(shapes[target], placed.boxes[target], points)
        ways.append(symbols.meet(shapes[source], placed.boxes[source], way[::-1])[::-1])
    solid = [placed.boxes[key] for key, one in shapes.items() if one.form is not Form.FRAME]
    middles = captions.place([one.size for one in edges], ways, solid)
    return [replace(one, way=way, middle=at) for one, way, at in zip(edges, ways, middles, strict=True)]


def _bounds(edges: Sequence[_Edge], placed: Layout) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of everything that is drawn."""
    xs, ys = [], []
    for place in placed.boxes.values():
        xs += [place.x - place.width / 2 - 12, place.x + place.width / 2 + 12]
        ys += [place.y - place.height / 2 - 10, place.y + place.height / 2 + 3]
    for one in edges:
        (x, y), (width, height) = one.middle, one.size
        xs += [*(x for x, _y in one.way), x - width / 2, x + width / 2]
        ys += [*(y for _x, y in one.way), y - height / 2, y + height / 2]
    return min(xs), min(ys), max(xs), max(ys)


def _body(
    nodes: Sequence[Node], shapes: dict[str, Symbol], edges: Sequence[_Edge], placed: Layout, pen: Pen
) -> Iterator[str]:
    """Frames at the bottom, then lines, the unchanged ones first; shapes, and captions on top."""
    frames = [node for node in nodes if shapes[node.id].form is Form.FRAME]
    for node in sorted(frames, key=lambda node: _depth(node, shapes)):
        yield symbols.draw(shapes[node.id], placed.boxes[node.id], pen)
    for mark in STYLES:
        yield from (_connection(one) for one in edges if one.edge.mark is mark)
    for node in nodes:
        if shapes[node.id].form is not Form.FRAME:
            yield symbols.draw(shapes[node.id], placed.boxes[node.id], pen)
    yield from (_caption(one, pen) for one in edges if one.width)


def _depth(node: Node, shapes: dict[str, Symbol]) -> int:
    depth = 0
    while node.scope:
        node, depth = shapes[node.scope].node, depth + 1
    return depth


def _connection(one: _Edge) -> str:
    edge = one.edge
    style = replace(STYLES[edge.mark], dash="1 4") if edge.attached else STYLES[edge.mark]
    return tag(
        "g",
        connection(one.way, style, arrow=not edge.attached),
        data_edge=edge.id,
        data_mark=edge.mark,
        data_from=edge.source,
        data_to=edge.target,
    )


def _caption(one: _Edge, pen: Pen) -> str:
    """The edge's badge and name on a piece of paper, which hides the line beneath."""
    (x, y), style = one.middle, STYLES[one.edge.mark]
    left = x - one.width / 2
    drawn = tag("rect", x=left, y=y - _LABEL_HIGH / 2, width=one.width, height=_LABEL_HIGH, rx=6.0, fill=PAPER)
    if one.badge:
        drawn += badge(left + _EDGE_BADGE + 1, y, style, _EDGE_BADGE)
        left += 2 * _EDGE_BADGE + 3
    if one.label:
        drawn += pen.write(left + 4, y + 5, one.label, size=_LABEL, color=style.text)
    return tag("g", drawn, data_caption=one.edge.id)


def _head(union: Union, pen: Pen, width: float) -> tuple[str, float]:
    """Title and legend, and how high they are together."""
    title = wrap(union.title, width - 2 * _MARGIN, _TITLE_LINES, lambda text: pen.width(text, _TITLE))
    drawn = pen.lines(_MARGIN, _MARGIN + _TITLE * 0.85, title, size=_TITLE, color=INK, step=_TITLE_STEP)
    legend, high = _legend(union, pen, width, _MARGIN + len(title) * _TITLE_STEP + 8)
    return drawn + tag("g", legend, data_legend="") if legend else drawn, high + 14


def _legend(union: Union, pen: Pen, width: float, y: float) -> tuple[str, float]:
    """What the marks that occur look like and mean, in as many rows as they need; the last row's lower edge."""
    if union.first:
        return pen.write(_MARGIN, y + _LEGEND, union.labels.first, size=_LEGEND, color=QUIET), y + _LEGEND_STEP
    drawn, x = "", _MARGIN
    for mark in union.marks():
        word = clip(union.labels.of(mark), width - 2 * _MARGIN - _SWATCH - 8, lambda text: pen.width(text, _LEGEND))
        breadth = _SWATCH + 8 + pen.width(word, _LEGEND)
        if x > _MARGIN and x + breadth > width - _MARGIN:
            x, y = _MARGIN, y + _LEGEND_STEP
        text = pen.write(x + _SWATCH + 8, y + 15, word, size=_LEGEND, color=INK)
        drawn += tag("g", _swatch(mark, x, y) + text, data_legend=mark)
        x += breadth + 18
    return drawn, y + _LEGEND_STEP if drawn else y


def _swatch(mark: Mark, x: float, y: float) -> str:
    """A mark in small: a connection with its badge."""
    style = replace(STYLES[mark], dash="5.5 4") if mark is Mark.REMOVED else STYLES[mark]
    side = 15.0 if style.sign else _SWATCH
    ends = f"M {x:.2f} {y + 10:.2f} h {side:.2f}"
    if style.sign:
        ends += f" M {x + _SWATCH - side:.2f} {y + 10:.2f} h {side:.2f}"
    return shape("path", style, fill="none", d=ends) + badge(x + _SWATCH / 2, y + 10, style, _EDGE_BADGE)
