"""Reads a picture back: what stands where in an SVG."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import hypot
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


@dataclass(frozen=True)
class Shape:
    """A node as drawn: its middle, its size, its form and its badge."""

    id: str
    mark: str
    form: str
    x: float
    y: float
    width: float
    height: float
    badge: str

    def holds(self, other: Shape) -> bool:
        """Whether the other lies within."""
        across = abs(self.x - other.x) + other.width / 2 <= self.width / 2
        return across and abs(self.y - other.y) + other.height / 2 <= self.height / 2

    def overlaps(self, other: Shape) -> bool:
        """Whether they share more than a border."""
        across = abs(self.x - other.x) < (self.width + other.width) / 2 - 0.5
        return across and abs(self.y - other.y) < (self.height + other.height) / 2 - 0.5

    def crossed(self, way: Sequence[tuple[float, float]]) -> bool:
        """Whether an upright or level way runs through its inside."""
        left, right = self.x - self.width / 2 + 3, self.x + self.width / 2 - 3
        top, bottom = self.y - self.height / 2 + 3, self.y + self.height / 2 - 3
        return any(
            min(x1, x2) < right and max(x1, x2) > left and min(y1, y2) < bottom and max(y1, y2) > top
            for (x1, y1), (x2, y2) in pairwise(way)
        )

    def off(self, point: tuple[float, float]) -> float:
        """How far a point is from the outline."""
        dx, dy = abs(point[0] - self.x), abs(point[1] - self.y)
        half_width, half_height = self.width / 2, self.height / 2
        if self.form in {"BELOW_CAPTION", "ABOVE_CAPTION"}:
            below = self.form == "BELOW_CAPTION"
            middle = self.y + (half_height - 20 if below else 20 - half_height)
            return abs(hypot(dx, point[1] - middle) - 20)
        if self.form == "CIRCLE":
            return abs(hypot(dx, dy) - half_width)
        if self.form == "DIAMOND":
            return abs(dx / half_width + dy / half_height - 1) * half_width
        if self.form == "PILL" and dx > half_width - half_height:
            return abs(hypot(dx - half_width + half_height, dy) - half_height)
        if self.form == "LONG_DIAMOND" and dx > half_width - 17:
            return abs((dx - half_width + 17) / 17 + dy / half_height - 1) * 17
        outside = hypot(max(0.0, dx - half_width), max(0.0, dy - half_height))
        return outside or min(half_width - dx, half_height - dy)


@dataclass(frozen=True)
class Arrow:
    """A connection as drawn."""

    id: str
    mark: str
    source: str
    target: str
    begin: tuple[float, float]
    end: tuple[float, float]
    way: tuple[tuple[float, float], ...]
    dashed: bool
    width: float


class Picture:
    """An SVG, read."""

    def __init__(self, svg: str) -> None:
        self.root = ET.fromstring(svg)
        self.width, self.height = float(self.root.attrib["width"]), float(self.root.attrib["height"])

    @cached_property
    def shapes(self) -> dict[str, Shape]:
        """The nodes by id."""
        return {shape.id: shape for shape in self._shapes()}

    @cached_property
    def arrows(self) -> list[Arrow]:
        """The connections."""
        return list(self._arrows())

    @property
    def legend(self) -> list[str]:
        """The marks that the legend explains."""
        groups = (group.attrib.get("data-legend", "") for group in self.groups("data-legend"))
        return [mark for mark in groups if mark]

    @property
    def captions(self) -> dict[str, tuple[str, str]]:
        """Badge and text on connections, by id."""
        return {g.attrib["data-caption"]: (_badge(g), self.words(g)) for g in self.groups("data-caption")}

    @property
    def text(self) -> str:
        """All that is written, a space between the pieces."""
        return " ".join("".join(text.itertext()) for text in self.root.iter() if text.tag.endswith("}text"))

    def groups(self, attribute: str) -> Iterator[ET.Element]:
        """The groups with an attribute."""
        return (group for group in self.root.iter() if attribute in group.attrib)

    @staticmethod
    def words(group: ET.Element) -> str:
        """What is written in a group."""
        return "".join("".join(text.itertext()) for text in group.iter() if text.tag.endswith("}text"))

    def _shapes(self) -> Iterator[Shape]:
        for group in self.groups("data-node"):
            at = group.attrib
            x, y, width, height = map(float, at["data-box"].split())
            yield Shape(at["data-node"], at["data-mark"], at["data-form"], x, y, width, height, _badge(group))

    def _arrows(self) -> Iterator[Arrow]:
        for group in self.groups("data-edge"):
            path = next(one for one in group if one.tag.endswith("}path"))
            heads = [one for one in group if one.tag.endswith("}polygon")]
            numbers = [float(number) for number in NUMBER.findall(path.attrib["d"])]
            tip = [float(number) for number in NUMBER.findall(heads[0].attrib["points"])] if heads else numbers[-2:]
            at = group.attrib
            yield Arrow(
                at["data-edge"], at["data-mark"], at["data-from"], at["data-to"],
                (numbers[0], numbers[1]), (tip[0], tip[1]), tuple(zip(numbers[0::2], numbers[1::2], strict=True)),
                "stroke-dasharray" in path.attrib, float(path.attrib["stroke-width"]),
            )  # fmt: skip


def _badge(group: ET.Element) -> str:
    return next((one.attrib["data-badge"] for one in group.iter() if "data-badge" in one.attrib), "")
