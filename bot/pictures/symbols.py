"""The shapes of BPMN: how large each step is drawn, and how.

Names stand inside their shapes, or in a space of their own at the open end of a flow, so that no line can cross them:
BPMN lets the names of gateways and events float beside them, where a layout of this density has lines.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from math import sqrt
from types import MappingProxyType
from typing import TYPE_CHECKING

from bot.pictures.canvas import badge, shape, tag
from bot.pictures.icons import EVENTS, GATEWAYS, ICON, TASKS, icon
from bot.pictures.layout import Box
from bot.pictures.lettering import clip, wrap
from bot.pictures.palette import PAPER, QUIET, STYLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from bot.pictures.canvas import Pen
    from bot.pictures.layout import Placed, Point
    from bot.pictures.palette import Style
    from bot.pictures.union import Node, Union

HEADER = 34.0
"""Height of the strip on top of a frame that holds its name."""

_TEXT, _STEP = 15.0, 19.0
_TAG, _TAG_STEP = 13.0, 17.0
_WIDTH, _LOWEST, _LINES = 168.0, 46.0, 3
_PADDING, _GAP = 10.0, 7.0
_CORNER = 10.0
_DIAMOND, _CIRCLE = 52.0, 40.0
_SMALL_DIAMOND, _SMALL_CIRCLE = 28.0, 28.0
_SLANT = 17.0
"""How far the points of a stretched diamond reach out."""
_DIAGONAL = sqrt(0.5)
_CAPTION, _CAPTION_LINES, _CAPTION_GAP = 160.0, 2, 4.0
_KNOWN = {*TASKS, "task", "transaction", "adHocSubProcess"}


class Form(Enum):
    """The outline of a node."""

    TASK = auto()
    STRANGE = auto()
    """Of a kind that has no shape here."""
    FRAME = auto()
    """A sub-process around what it holds."""
    DIAMOND = auto()
    LONG_DIAMOND = auto()
    """A gateway with its name inside."""
    CIRCLE = auto()
    PILL = auto()
    """An event with its name inside."""
    BELOW_CAPTION = auto()
    """A start with its name on top, where no line comes in."""
    ABOVE_CAPTION = auto()
    """An end with its name below, where no line goes out."""


_SLANTS = {Form.DIAMOND: _DIAMOND / 2, Form.LONG_DIAMOND: _SLANT}
"""Breadth of the slanting ends."""
_STACKED = {Form.BELOW_CAPTION, Form.ABOVE_CAPTION}


@dataclass(frozen=True, kw_only=True)
class Symbol:
    """A node with its form, its size (that of a frame comes from what it holds), and the lines of its name."""

    node: Node
    form: Form
    width: float
    height: float
    lines: tuple[str, ...] = ()
    looped: bool = False
    """Whether a line leads from it to itself, at its right."""

    def box(self, *, below: float) -> Box:
        """What the layout has to know of it, and that it needs room below."""
        return Box(
            id=self.node.id,
            width=self.width,
            height=self.height,
            round=self.form is Form.CIRCLE,
            below=below,
            parent=self.node.scope,
        )


def forms(union: Union) -> Iterator[tuple[Node, Form]]:
    """Every node with the form that it is drawn in."""
    frames = {node.scope for node in union.nodes}
    left, reached = {edge.source for edge in union.edges}, {edge.target for edge in union.edges}
    for node in union.nodes:
        if node.id in frames:
            yield node, Form.FRAME
        elif node.kind.endswith("Gateway"):
            yield node, Form.LONG_DIAMOND if node.name else Form.DIAMOND
        elif not node.kind.endswith("Event"):
            yield node, Form.TASK if node.kind in _KNOWN else Form.STRANGE
        elif not node.name:
            yield node, Form.CIRCLE
        elif node.kind == "startEvent" and node.id not in reached:
            yield node, Form.BELOW_CAPTION
        elif node.kind == "endEvent" and node.id not in left:
            yield node, Form.ABOVE_CAPTION
        else:
            yield node, Form.PILL


def symbol(node: Node, pen: Pen, form: Form) -> Symbol:
    """How a node is drawn in a form."""
    if form is Form.DIAMOND:
        return Symbol(node=node, form=form, width=_DIAMOND, height=_DIAMOND)
    if form is Form.CIRCLE:
        return Symbol(node=node, form=form, width=_CIRCLE, height=_CIRCLE)
    if form in _STACKED:
        lines = wrap(node.name, _CAPTION, _CAPTION_LINES, lambda text: pen.width(text, _TEXT))
        width = max(_CIRCLE, *(pen.width(line, _TEXT) for line in lines))
        height = _CIRCLE + _CAPTION_GAP + _STEP * len(lines)
        return Symbol(node=node, form=form, width=width, height=height, lines=tuple(lines))
    lines = wrap(node.name, _room(node, form), _LINES, lambda text: pen.width(text, _TEXT))
    extra = _TAG_STEP if _tagged(node, form) else 0.0
    height = max(_LOWEST, len(lines) * _STEP + 2 * _PADDING + extra)
    return Symbol(node=node, form=form, width=_WIDTH, height=height, lines=tuple(lines))


def draw(what: Symbol, place: Placed, pen: Pen) -> str:
    """The shape with its name and badge."""
    style = STYLES[what.node.mark]
    drawn = _DRAWN_BY[what.form](what, place, pen, style)
    return tag(
        "g",
        drawn + badge(*_badge_place(what, place), style),
        data_node=what.node.id,
        data_mark=what.node.mark,
        data_form=what.form.name,
        data_box=" ".join(f"{side:.2f}" for side in (place.x, place.y, place.width, place.height)),
    )


def meet(what: Symbol, place: Placed, way: Sequence[Point]) -> list[Point]:
    """A way that was led to a box's border, on to the shape in the box."""
    *_, (before_x, before_y), (x, y) = way
    half_width, half_height = place.width / 2, place.height / 2
    if abs(x - before_x) <= abs(y - before_y):
        if what.form in _STACKED:
            middle = _circle_place(what, place)
            return [*way[:-1], *(_to_circle(middle, (x, y)) if (y > place.y) is (middle[1] > place.y) else way[-1:])]
        aside = abs(x - place.x)
        if what.form is Form.FRAME and aside > half_width - _CORNER:
            height = place.y + (half_height - _PADDING if y > place.y else _PADDING - half_height)
            return [*way[:-1], (x, height), (place.x + (half_width if x > place.x else -half_width), height)]
        reach = half_height - _slope(what, place, half_width - aside)
        return [*way[:-1], (x, place.y + (reach if y > place.y else -reach))]
    height = min(max(y, place.y - half_height + _PADDING), place.y + half_height - _PADDING)
    reach = half_width - _recess(what, place, abs(height - place.y))
    return [*way[:-2], (before_x, height), (place.x + (reach if x > place.x else -reach), height)]


def _slope(what: Symbol, place: Placed, inward: float) -> float:
    """How far below the top of its box a shape begins, so far inward from the box's side."""
    half = place.height / 2
    if what.form in {Form.PILL, Form.CIRCLE}:
        over = min(1.0, max(0.0, half - inward) / half)
        return half * (1 - sqrt(1 - over**2))
    slant = _SLANTS.get(what.form, 0.0)
    return half * min(1.0, 1 - inward / slant) if inward < slant else 0.0


def _recess(what: Symbol, place: Placed, aside: float) -> float:
    """How far inward from the side of its box a shape begins, so far above or below its middle."""
    part = aside / (place.height / 2)
    if what.form in {Form.PILL, Form.CIRCLE}:
        return place.height / 2 * (1 - sqrt(1 - part**2))
    return _SLANTS.get(what.form, 0.0) * part


def _to_circle(middle: Point, end: Point) -> list[Point]:
    """Straight on to the circle; a line beside it turns to its flank."""
    (x, y), radius = end, _CIRCLE / 2
    aside = x - middle[0]
    if abs(aside) < radius - 1:
        reach = sqrt(radius**2 - aside**2)
        return [(x, middle[1] + (reach if y > middle[1] else -reach))]
    flank = radius * _DIAGONAL
    return [end, (middle[0] + (flank if aside > 0 else -flank), middle[1] + (flank if y > middle[1] else -flank))]


def _room(node: Node, form: Form) -> float:
    """What a line of the name has within the shape."""
    room = _WIDTH - 2 * _PADDING
    if form is Form.LONG_DIAMOND:
        return room - _SMALL_DIAMOND - _GAP - 12
    if form is Form.PILL:
        return room - _SMALL_CIRCLE - _GAP
    return room - ICON - _GAP if node.kind in TASKS else room


def _tagged(node: Node, form: Form) -> bool:
    """Whether its tag is written, because its shape says nothing."""
    return form is Form.STRANGE and bool(node.kind)


def _badge_place(what: Symbol, place: Placed) -> Point:
    right, top = place.x + place.width / 2, place.y - place.height / 2
    if what.form is Form.DIAMOND:
        return place.x + 18, place.y - 18
    if what.form is Form.LONG_DIAMOND:
        return (place.x - place.width / 2 + 5 if what.looped else right - 5), top + 9
    if what.form in {Form.CIRCLE, *_STACKED}:
        x, y = _circle_place(what, place)
        return x + 15, y + (13 if what.form is Form.ABOVE_CAPTION else -13)
    return (place.x - place.width / 2 - 2 if what.looped else right + 2), top + 15


def _name(what: Symbol, place: Placed, pen: Pen, left: float) -> str:
    """The name from a left edge on, around the middle of the shape, and its tag below where the shape says nothing."""
    node, style = what.node, STYLES[what.node.mark]
    tagged = _tagged(node, what.form)
    base = place.y - (len(what.lines) * _STEP + (_TAG_STEP if tagged else 0)) / 2 + _STEP * 0.76
    drawn = pen.lines(left, base, what.lines, size=_TEXT, color=style.text, step=_STEP)
    if tagged:
        written = clip(f"«{node.kind}»", _WIDTH - 2 * _PADDING, lambda text: pen.width(text, _TAG))
        drawn += pen.write(left, base + len(what.lines) * _STEP - 1, written, size=_TAG, color=QUIET)
    return drawn


def _circle_place(what: Symbol, place: Placed) -> Point:
    """The middle of an event's circle."""
    if what.form is Form.BELOW_CAPTION:
        return place.x, place.y + (place.height - _CIRCLE) / 2
    if what.form is Form.ABOVE_CAPTION:
        return place.x, place.y - (place.height - _CIRCLE) / 2
    return place.x, place.y


def _inner_left(place: Placed) -> float:
    return place.x - place.width / 2 + _PADDING


def _rhombus(x: float, y: float, side: float) -> str:
    half = side / 2
    return f"M {x:.2f} {y - half:.2f} l {half:.2f} {half:.2f} l {-half:.2f} {half:.2f} l {-half:.2f} {-half:.2f} Z"


def _rectangle(place: Placed, style: Style, *, radius: float = _CORNER) -> str:
    left, top = place.x - place.width / 2, place.y - place.height / 2
    return shape("rect", style, x=left, y=top, width=place.width, height=place.height, rx=radius)


def _task(what: Symbol, place: Placed, pen: Pen, style: Style) -> str:
    left, sign = _inner_left(place), TASKS.get(what.node.kind)
    if sign is None:
        return _rectangle(place, style) + _name(what, place, pen, left)
    drawn = _rectangle(place, style) + icon(sign, left + ICON / 2, place.y, style.text)
    return drawn + _name(what, place, pen, left + ICON + _GAP)


def _strange(what: Symbol, place: Placed, pen: Pen, style: Style) -> str:
    """A kind that BPMN's shapes do not know: dashes and dots."""
    outline = tag(
        "rect",
        x=place.x - place.width / 2,
        y=place.y - place.height / 2,
        width=place.width,
        height=place.height,
        rx=2.0,
        fill=style.fill,
        stroke=style.line,
        stroke_width=max(2.0, style.width * 0.6),
        stroke_dasharray="9 4 2 4",
    )
    return outline + _name(what, place, pen, _inner_left(place))


def _frame(what: Symbol, place: Placed, pen: Pen, style: Style) -> str:
    left, top = place.x - place.width / 2, place.y - place.height / 2
    name = clip(what.node.name, place.width - 36, lambda text: pen.width(text, _TEXT))
    return _rectangle(place, style) + pen.write(left + 12, top + 22, name, size=_TEXT, color=style.text)


def _diamond(what: Symbol, place: Placed, _pen: Pen, style: Style) -> str:
    drawn = shape("path", style, d=_rhombus(place.x, place.y, _DIAMOND))
    sign = GATEWAYS.get(what.node.kind)
    return drawn + (icon(sign, place.x, place.y, style.text, width=3.0) if sign else "")


def _long_diamond(what: Symbol, place: Placed, pen: Pen, style: Style) -> str:
    """A diamond stretched until the name has room beside a small one that holds the sign."""
    left, right = place.x - place.width / 2, place.x + place.width / 2
    top, bottom = place.y - place.height / 2, place.y + place.height / 2
    drawn = shape(
        "path",
        style,
        d=f"M {left:.2f} {place.y:.2f} L {left + _SLANT:.2f} {top:.2f} H {right - _SLANT:.2f}"
        f" L {right:.2f} {place.y:.2f} L {right - _SLANT:.2f} {bottom:.2f} H {left + _SLANT:.2f} Z",
    )
    middle = _inner_left(place) + _SMALL_DIAMOND / 2 + 2
    small = _rhombus(middle, place.y, _SMALL_DIAMOND)
    drawn += tag("path", d=small, fill=PAPER, stroke=style.text, stroke_width=1.5)
    if sign := GATEWAYS.get(what.node.kind):
        drawn += icon(sign, middle, place.y, style.text, width=3.4, scale=0.6)
    return drawn + _name(what, place, pen, middle + _SMALL_DIAMOND / 2 + _GAP)


def _pill(what: Symbol, place: Placed, pen: Pen, style: Style) -> str:
    """An event amid the flow, its name beside it."""
    left, radius = _inner_left(place), _SMALL_CIRCLE / 2
    middle = (left + radius - 2, place.y)
    disc = tag("circle", cx=middle[0], cy=place.y, r=radius - 1, fill=PAPER, stroke=style.text, stroke_width=1.4)
    ring = _ring(what.node, middle, radius - 4, style)
    pill = _rectangle(place, style, radius=place.height / 2)
    return pill + disc + ring + _name(what, place, pen, left + _SMALL_CIRCLE + _GAP)


def _circle(what: Symbol, place: Placed, pen: Pen, style: Style) -> str:
    """An event, with its name above or below where it has one."""
    x, y = _circle_place(what, place)
    drawn = shape("circle", style, cx=x, cy=y, r=_CIRCLE / 2 - 1) + _ring(what.node, (x, y), _CIRCLE / 2 - 5, style)
    top = place.y - place.height / 2 + (_CIRCLE + _CAPTION_GAP if what.form is Form.ABOVE_CAPTION else 0)
    base = top + _STEP * 0.76
    return drawn + pen.lines(x, base, what.lines, size=_TEXT, color=style.text, step=_STEP, middle=True)


def _ring(node: Node, middle: Point, radius: float, style: Style) -> str:
    """What is in the circle: nothing for a start, a thick ring for an end, a thin one for what happens between."""
    x, y = middle
    drawn = ""
    if node.kind != "startEvent":
        thick = 3.0 if node.kind == "endEvent" else 1.4
        drawn = tag("circle", cx=x, cy=y, r=radius, fill="none", stroke=style.text, stroke_width=thick)
    sign = EVENTS.get(node.event)
    return drawn + (icon(sign, x, y, style.text, scale=radius / 15 + 0.05) if sign else "")


_DRAWN_BY: Mapping[Form, Callable[[Symbol, Placed, Pen, Style], str]] = MappingProxyType(
    {
        Form.TASK: _task,
        Form.STRANGE: _strange,
        Form.FRAME: _frame,
        Form.DIAMOND: _diamond,
        Form.LONG_DIAMOND: _long_diamond,
        Form.PILL: _pill,
        Form.CIRCLE: _circle,
        Form.BELOW_CAPTION: _circle,
        Form.ABOVE_CAPTION: _circle,
    }
)
