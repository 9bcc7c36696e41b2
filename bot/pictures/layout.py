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
_INSIDE = 16.0
"""From what a frame holds to its border, but for its top."""
_TALL, _TALL_TIMES = 2800.0, 6.0
"""What is higher than this, and than so many times its breadth, goes on in columns: nobody scrolls that far."""
_COLUMNS = {"viewport_aspect": 0.5}
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
    effort = _EFFORT if len(boxes) + len(lines) <= _EASY else _LESS_EFFORT
    options = {**_OPTIONS, **effort, "spacing": {**_OPTIONS["spacing"], "compound_padding": header}}
    drawn = graphlay.layout(graph, preset="process_map", options=options)
    (left, top), (right, bottom) = ((drawn.bounds[end]["x"], drawn.bounds[end]["y"]) for end in ("min", "max"))
    if bottom - top > max(_TALL, _TALL_TIMES * (right - left)):
        drawn = graphlay.layout(graph, preset="process_map", options={**options, "wrap": _COLUMNS})
    frames = {box.parent for box in boxes}
    placed = {
        box.id: _placed(node, header - _INSIDE if box.id in frames else 0.0)
        for box, node in zip(boxes, drawn.nodes, strict=True)
    }
    return Layout(boxes=placed, lines=[[(at["x"], at["y"]) for at in edge["points"]] for edge in drawn.edges])


def _placed(node: dict[str, Any], spare: float) -> Placed:
    """A node's place; a frame, which has the same room on all sides, gives back what only its top needs.

    The library has an option for the top alone, but does not keep that room free of what stands above.
    """
    centre, size = node["center"], node["size"]
    height = size["height"] - spare
    return Placed(
        x=centre["x"],
        y=centre["y"] - spare / 2,
        width=size["width"] - 2 * spare,
        height=height,
    )
