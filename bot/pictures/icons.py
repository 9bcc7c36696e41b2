"""The small marks of BPMN: what kind of task, gateway or event a shape is. Drawn in a square of 16 around a middle."""

from __future__ import annotations

from math import cos, pi, sin
from typing import TYPE_CHECKING

from bot.pictures.canvas import tag

if TYPE_CHECKING:
    from collections.abc import Mapping

ICON = 16.0
"""Breadth of an icon."""


def _gear() -> str:
    teeth = 8
    corners = []
    for tooth in range(teeth):
        for turn, radius in ((-0.32, 5.4), (-0.2, 7.6), (0.2, 7.6), (0.32, 5.4)):
            angle = 2 * pi * (tooth + turn) / teeth
            corners.append(f"{radius * cos(angle):.2f} {radius * sin(angle):.2f}")
    return "M " + " L ".join(corners) + " Z M 2.4 0 A 2.4 2.4 0 1 0 -2.4 0 A 2.4 2.4 0 1 0 2.4 0 Z"


_ENVELOPE = "M -7 -5 H 7 V 5 H -7 Z M -7 -5 L 0 1 L 7 -5"

TASKS: Mapping[str, str] = {
    "userTask": "M -3.3 -4 a 3.3 3.3 0 1 0 6.6 0 a 3.3 3.3 0 1 0 -6.6 0 M -7 7 C -7 1 7 1 7 7 Z",
    "serviceTask": _gear(),
    "scriptTask": "M -5 -7 H 6 C 2 -3 7 2 4 7 H -7 C -3 2 -8 -3 -5 -7 Z M -3 -3 H 2 M -3 0 H 2.5 M -2.5 3 H 3",
    "sendTask": _ENVELOPE,
    "receiveTask": _ENVELOPE,
    "manualTask": "M -7 -1 L -3 -5 H 5 M -1 -2 H 7 M -1 1 H 7 M -1 4 H 6 M -7 6 H 5 M -7 -1 V 6",
    "businessRuleTask": "M -7 -6 H 7 V 6 H -7 Z M -7 -2 H 7 M -7 2 H 7 M -2.5 -2 V 6",
    "callActivity": "M -6 -6 H 6 V 6 H -6 Z M -3.2 0 H 3.2 M 0 -3.2 V 3.2",
    "subProcess": "M -6 -6 H 6 V 6 H -6 Z M -3.2 0 H 3.2 M 0 -3.2 V 3.2",
}
"""Outlines by kind of task."""

GATEWAYS: Mapping[str, str] = {
    "exclusiveGateway": "M -6.5 -6.5 L 6.5 6.5 M 6.5 -6.5 L -6.5 6.5",
    "parallelGateway": "M -8.5 0 H 8.5 M 0 -8.5 V 8.5",
    "inclusiveGateway": "M -7.5 0 a 7.5 7.5 0 1 0 15 0 a 7.5 7.5 0 1 0 -15 0",
    "complexGateway": "M -8.5 0 H 8.5 M 0 -8.5 V 8.5 M -6 -6 L 6 6 M 6 -6 L -6 6",
    "eventBasedGateway": "M -9 0 a 9 9 0 1 0 18 0 a 9 9 0 1 0 -18 0 M 0 -5.5 L 5.2 -1.7 L 3.2 4.5 H -3.2 L -5.2 -1.7 Z",
}
"""Marks inside the diamond, bolder than icons."""

EVENTS: Mapping[str, str] = {
    "timer": "M -7 0 a 7 7 0 1 0 14 0 a 7 7 0 1 0 -14 0 M 0 -4.5 V 0 L 3.2 2",
    "message": "M -6.5 -4.5 H 6.5 V 4.5 H -6.5 Z M -6.5 -4.5 L 0 1 L 6.5 -4.5",
    "error": "M -6 6 L -2.5 -5 L 2 1.5 L 6 -6 L 3 6 L -1.5 -0.5 Z",
    "signal": "M 0 -6.5 L 6.5 5 H -6.5 Z",
    "escalation": "M 0 -7 L 5 6 L 0 1 L -5 6 Z",
    "conditional": "M -5 -6.5 H 5 V 6.5 H -5 Z M -3 -3.5 H 3 M -3 0 H 3 M -3 3.5 H 3",
    "compensate": "M 0 -5 V 5 L -6.5 0 Z M 6.5 -5 V 5 L 0 0 Z",
    "link": "M -6 -2.5 H 1 V -6 L 7 0 L 1 6 V 2.5 H -6 Z",
    "cancel": "M -5 -5 L 5 5 M 5 -5 L -5 5",
    "terminate": "M -6 0 a 6 6 0 1 0 12 0 a 6 6 0 1 0 -12 0 M -3 0 a 3 3 0 1 0 6 0 a 3 3 0 1 0 -6 0",
}
"""Marks inside the circle, by what the event is of."""


def icon(path: str, x: float, y: float, color: str, *, width: float = 1.4, scale: float = 1.0) -> str:
    """An icon around a point."""
    return tag(
        "path",
        d=path,
        transform=f"translate({x:.2f} {y:.2f}) scale({scale:.2f})",
        fill="none",
        stroke=color,
        stroke_width=width,
        stroke_linejoin="round",
        stroke_linecap="round",
    )
