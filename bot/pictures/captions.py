"""Where the names of connections stand: on their own line, where they hide least of everything else."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise, product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bot.pictures.layout import Placed, Point

_CELL = 80.0
_STEP = 5.0
_TRIES = 24
_AIR = 1.5
_NEAR = 26.0
"""How far from its line's beginning a caption stands best."""
_TIP = 15.0
"""Length of an arrowhead, which is not to be hidden."""
_ON_CAPTION, _ON_NODE, _ON_TIP, _ON_LINE, _ON_BEND = 400.0, 300.0, 60.0, 40.0, 30.0
"""What hiding costs, against a tenth of the distance from the best place."""


@dataclass(frozen=True, kw_only=True)
class Rectangle:
    """An upright rectangle; `line`: a piece of the connection of that number."""

    left: float
    top: float
    right: float
    bottom: float
    cost: float
    line: int = -1

    def meets(self, other: Rectangle) -> bool:
        """Whether the two share more than a border."""
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom


class _Plane:
    """Rectangles by the cells that they lie in."""

    def __init__(self) -> None:
        self._cells: defaultdict[tuple[int, int], list[Rectangle]] = defaultdict(list)

    def add(self, one: Rectangle) -> None:
        for cell in _cells(one):
            self._cells[cell].append(one)

    def meeting(self, one: Rectangle) -> set[Rectangle]:
        return {other for cell in _cells(one) for other in self._cells.get(cell, ()) if one.meets(other)}


def place(
    sizes: Sequence[tuple[float, float]], ways: Sequence[Sequence[Point]], nodes: Iterable[Placed]
) -> list[Point]:
    """The middle of a caption of each size on each way; a size of 0 needs none and hides nothing."""
    plane = _Plane()
    for node in nodes:
        plane.add(_around((node.x, node.y), (node.width, node.height), _ON_NODE))
    for number, way in enumerate(ways):
        for begin, end in pairwise(way):
            plane.add(_between(begin, end, number))
        plane.add(_around(way[-1], (_TIP, 2 * _TIP), _ON_TIP))
    middles = []
    for number, (size, way) in enumerate(zip(sizes, ways, strict=True)):
        middle = min(_candidates(way), key=lambda at: _cost(plane, at[0], size, number, way) + abs(at[1] - _NEAR) / 10)[
            0
        ]
        middles.append(middle)
        if size[0]:
            plane.add(_around(middle, size, _ON_CAPTION))
    return middles


def _candidates(way: Sequence[Point]) -> Iterator[tuple[Point, float]]:
    """Points along a way, each with how far it is from its beginning; the middle of each stretch among them."""
    gone = 0.0
    for (x1, y1), (x2, y2) in pairwise(way):
        length = abs(x2 - x1) + abs(y2 - y1)
        steps = max(2, min(_TRIES, 2 * round(length / _STEP / 2)))
        for step in range(1, steps):
            part = step / steps
            yield (x1 + (x2 - x1) * part, y1 + (y2 - y1) * part), gone + length * part
        gone += length


def _cost(plane: _Plane, middle: Point, size: tuple[float, float], number: int, way: Sequence[Point]) -> float:
    own = _around(middle, (size[0] + 2 * _AIR, size[1] + 2 * _AIR), 0.0)
    bends = sum(own.left < x < own.right and own.top < y < own.bottom for x, y in way[1:-1])
    return bends * _ON_BEND + sum(other.cost for other in plane.meeting(own) if other.line != number)


def _around(middle: Point, size: tuple[float, float], cost: float) -> Rectangle:
    (x, y), (width, height) = middle, size
    return Rectangle(left=x - width / 2, right=x + width / 2, top=y - height / 2, bottom=y + height / 2, cost=cost)


def _between(begin: Point, end: Point, number: int) -> Rectangle:
    (x1, x2), (y1, y2) = sorted((begin[0], end[0])), sorted((begin[1], end[1]))
    return Rectangle(left=x1 - _AIR, right=x2 + _AIR, top=y1 - _AIR, bottom=y2 + _AIR, cost=_ON_LINE, line=number)


def _cells(one: Rectangle) -> Iterator[tuple[int, int]]:
    columns = range(int(one.left // _CELL), int(one.right // _CELL) + 1)
    return product(columns, range(int(one.top // _CELL), int(one.bottom // _CELL) + 1))
