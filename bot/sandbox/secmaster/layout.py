"""Where the nodes of a task flow stand in its diagram: columns from left to right, as the console draws them."""

from __future__ import annotations

from collections import deque
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Size = tuple[int, int]
Point = tuple[int, int]

SIZES: Mapping[str, Size] = MappingProxyType(
    {
        "task": (100, 80),
        "startEvent": (36, 36),
        "endEvent": (36, 36),
        "exclusiveGateway": (50, 50),
        "parallelGateway": (50, 50),
    }
)

LEFT, TOP = 180, 120
COLUMN, ROW = 160, 130


class Box(NamedTuple):
    """A rectangle, in the diagram's pixels."""

    x: int
    y: int
    width: int
    height: int

    @property
    def middle(self) -> int:
        """The height of its middle line."""
        return self.y + self.height // 2


def place(sizes: Mapping[str, Size], links: Sequence[tuple[str, str]]) -> dict[str, Box]:
    """A box for every node of `sizes`; nodes of one column stand below each other in their given order."""
    columns = _columns(list(sizes), links)
    used: dict[int, int] = {}
    boxes = {}
    for key, (width, height) in sizes.items():
        column = columns[key]
        row = used.get(column, 0)
        used[column] = row + 1
        centre_x, centre_y = LEFT + column * COLUMN, TOP + row * ROW
        boxes[key] = Box(centre_x - width // 2, centre_y - height // 2, width, height)
    return boxes


def route(source: Box, target: Box) -> list[Point]:
    """Waypoints from the right side of one box to the left side of another, with a bend where heights differ."""
    begin = (source.x + source.width, source.middle)
    finish = (target.x, target.middle)
    if begin[1] == finish[1] and begin[0] <= finish[0]:
        return [begin, finish]
    bend = (begin[0] + finish[0]) // 2
    return [begin, (bend, begin[1]), (bend, finish[1]), finish]


def _columns(keys: Sequence[str], links: Sequence[tuple[str, str]]) -> dict[str, int]:
    """The longest way from the start to each node. Links against the given order, as loops have, do not count."""
    order = {key: index for index, key in enumerate(keys)}
    columns = dict.fromkeys(keys, 0)
    waiting = deque(keys)
    while waiting:
        key = waiting.popleft()
        for source, target in links:
            if source == key and order[source] < order[target] and columns[target] <= columns[source]:
                columns[target] = columns[source] + 1
                waiting.append(target)
    return columns
