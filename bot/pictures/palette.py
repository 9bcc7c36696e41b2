"""How each mark looks. Colour is never alone: line style and badge say the same, for eyes that see no difference.

The hues are those of Okabe and Ito, darkened until lines stand out from white by 3:1 and texts by 4.5:1 (WCAG 2.2).
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from bot.pictures.union import Mark

if TYPE_CHECKING:
    from collections.abc import Mapping

INK = "#1D2127"
QUIET = "#5A616B"
PAPER = "#FFFFFF"


@dataclass(frozen=True, kw_only=True)
class Style:
    """A mark's line, the fill of its shapes, its text, and the sign in its badge ("" for none)."""

    line: str
    fill: str
    text: str = INK
    width: float = 1.75
    dash: str = ""
    double: bool = False
    sign: str = ""


STYLES: Mapping[Mark, Style] = MappingProxyType(
    {
        Mark.SAME: Style(line="#858C97", fill="#F6F7F9", text="#3B424C"),
        Mark.FORMERLY: Style(line="#9A6200", fill=PAPER, width=1.75, dash="2 5"),
        Mark.REMOVED: Style(line="#B8320A", fill="#FDEBE4", width=2.5, dash="7 5", sign="-"),
        Mark.CHANGED: Style(line="#9A6200", fill="#FFF1CC", width=5.5, double=True, sign="~"),
        Mark.ADDED: Style(line="#00704E", fill="#DDF4EA", width=3.5, sign="+"),
    }
)
"""From the one that lies lowest to the one on top."""
