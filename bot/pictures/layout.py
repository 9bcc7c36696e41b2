"""Where everything stands. The only module that knows the layout library (graphlay)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Point = tuple[float, float]

_EFFORT = {"effort": "balanced"}
_LESS_EFFORT = {"effort": "fast"}
_EASY = 240
"""Nodes and edges that are laid out with care in well under a second; tangled ones of more take ten and longer."""
_OPTIONS: dict[str, Any] = {
    "direction": "topbottom",
    "spacing": {
        "layer_gap": 48.0,
        "node_gap": 28.0,
        "dummy_gap": 20.0,
        "port_gap": 18.0,
        "isolated_gap": 28.0,
        "isolated_max_columns": 2,
        "edge_label_margin": 10.0,
        "compound_padding": 16.0,
    },
    "cycles": {"strategy": "follow_flow"},
    "routing": {"port_sides": "facing_only", "bundle_parallel": False},
    "labels": {"reservation": "always", "placement": "gap_centre"},
    "self_loops": {"side": "cross_positive", "size": 26.0},
}


@dataclass(frozen=True, kw_only=True)
class Box:
    """What is to be placed; `parent` is the frame that it stands in, `below` room to keep free under it."""

    id: str
    width: float
    height: float
    round: bool = False
    below: float = 0.0
    parent: str = ""


@dataclass(frozen=True, kw_only=True)
class Line:
    """A connection to be led from box to box, with breadth and height of the room that its label needs (0: none)."""

    source: str
    target: str
    label: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A box in its place: its middle and its size, which for a frame is that of what it holds."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The places of all boxes by id, and the ways of all lines in their order, from border to border."""

    boxes: Mapping[str, Placed]
    lines: Sequence[Sequence[Point]]


def arrange(boxes: Sequence[Box], lines: Sequence[Line], *, header: float) -> Layout:
    """Places boxes from top to bottom and leads the lines between them; `header` is kept free on top of each frame.

    The same input gives the same layout. Every line must begin and end at one of the boxes.
    """
    import graphlay

    graph = graphlay.Graph()
    index = {box.id: number for number, box in enumerate(boxes)}
    for box in boxes:
        fields: dict[str, Any] = {"parent": index[box.parent]} if box.parent else {}
        if box.below:
            fields["margin"] = {"along_pos": box.below}
        shape = "ellipse" if box.round else "box"
        graph.node(box.id, width=box.width, height=box.height, shape=shape, label="", **fields)
    for line in lines:
        width, height = line.label
        room: dict[str, Any] = {"label_size": {"width": width, "height": height}} if width else {}
        graph.edge(index[line.source], index[line.target], **room)
    depths = _depths(boxes)
    reserved = header * max(depths.values(), default=0)
    effort = _EFFORT if len(boxes) + len(lines) <= _EASY else _LESS_EFFORT
    options = {**_OPTIONS, **effort, "spacing": {**_OPTIONS["spacing"], "compound_header": reserved}}
    drawn = graphlay.layout(graph, preset="process_map", options=options)
    placed = {box.id: _placed(node) for box, node in zip(boxes, drawn.nodes, strict=True)}
    for box in sorted(boxes, key=lambda box: -depths.get(box.id, 0)):
        if box.id in depths:
            inner = [placed[one.id] for one in boxes if one.parent == box.id and one.id in depths]
            placed[box.id] = _headed(placed[box.id], inner, header, reserved)
    return Layout(boxes=placed, lines=[[(at["x"], at["y"]) for at in edge["points"]] for edge in drawn.edges])


def _depths(boxes: Sequence[Box]) -> dict[str, int]:
    """How many frames each frame stands in, itself counted."""
    parents = {box.id: box.parent for box in boxes}
    depths = {}
    for frame in {box.parent for box in boxes if box.parent}:
        depth, above = 1, parents[frame]
        while above:
            depth, above = depth + 1, parents[above]
        depths[frame] = depth
    return depths


def _headed(frame: Placed, inner: Sequence[Placed], header: float, reserved: float) -> Placed:
    """A frame with room for its name above all that it holds, of what the library reserved on top of each frame.

    The library gives every frame that much above its content without heeding how much the frames inside it grew.
    """
    bottom = frame.y + frame.height / 2
    top = frame.y - frame.height / 2 + reserved - header
    top = min([top, *(one.y - one.height / 2 - header for one in inner)])
    return Placed(x=frame.x, y=(top + bottom) / 2, width=frame.width, height=bottom - top)


def _placed(node: dict[str, Any]) -> Placed:
    centre, size = node["center"], node["size"]
    return Placed(x=centre["x"], y=centre["y"], width=size["width"], height=size["height"])
