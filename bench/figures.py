"""Figures that hold on a noisy machine: ratios within a round, and of those the median and how far they spread."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

BLOCK = 100
"""Samples that a 99th percentile is worked out from, where there are so many."""

SMALLEST = 0.01
"""Who got nothing done is taken to have done this much: there is no ratio to nothing."""


@dataclass(frozen=True)
class Spread:
    """The middle of some figures, and the quartiles around it."""

    middle: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table."""

    name: str
    shown: Mapping[str, str] = field(default_factory=dict)
    """What to say of FLOOR, NAIVE and ours."""
    of: str = ""
    """What the ratio is to."""
    ratio: Spread | None = None
    target: float | None = None
    at_least: bool = False
    unit: str = ""

    @property
    def reached(self) -> bool | None:
        """Whether the median keeps the target; None where there is nothing to keep."""
        if self.ratio is None or self.target is None:
            return None
        return self.ratio.middle >= self.target if self.at_least else self.ratio.middle <= self.target


def spread(figures: Iterable[float]) -> Spread:
    """Median and quartiles; with less than three figures, all there is."""
    known = sorted(figures)
    if len(known) < 3:  # noqa: PLR2004 - quartiles need some
        return Spread(median(known), known[0], known[-1])
    low, middle, high = quantiles(known, n=4, method="inclusive")
    return Spread(middle, low, high)


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> Spread:
    """Round by round: what was measured in one round met the same weather."""
    return spread(mine / max(other, SMALLEST) for mine, other in zip(ours, theirs, strict=True))


def percentile_99(samples: Sequence[float]) -> float:
    """Of fewer than a hundred it is the largest."""
    ranked = sorted(samples)
    return ranked[min(int(len(ranked) * 0.99), len(ranked) - 1)]


def in_blocks(rounds: Sequence[Sequence[float]]) -> list[list[float]]:
    """The samples of several rounds together, until there are enough for a percentile; a short rest joins the last."""
    blocks: list[list[float]] = [[]]
    for samples in rounds:
        if len(blocks[-1]) >= BLOCK:
            blocks.append([])
        blocks[-1] += samples
    if len(blocks) > 1 and len(blocks[-1]) < BLOCK:
        rest = blocks.pop()
        blocks[-1] += rest
    return blocks


def table(rows: Sequence[Row]) -> str:
    """As Markdown, whose columns are lined up for the terminal."""
    lines = [["measurement", "FLOOR", "NAIVE", "ours", "ratio (quartiles)", "target", "reached"]]
    lines += [_cells(row) for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join(
        "| " + " | ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)) + " |" for line in lines
    )


def _cells(row: Row) -> list[str]:
    ratio, target, reached = "", "", ""
    if row.ratio:
        ratio = f"{_number(row.ratio.middle)}{row.unit} ({_number(row.ratio.low)}–{_number(row.ratio.high)})"
    if row.target is not None:
        target = f"{'≥' if row.at_least else '≤'} {row.target:g}{row.unit}{f' × {row.of}' if row.of else ''}"
        reached = "yes" if row.reached else "no"
    elif row.of:
        target = f"none (to {row.of})"
    return [row.name, *(row.shown.get(who, "") for who in ("FLOOR", "NAIVE", "ours")), ratio, target, reached]


def _number(value: float) -> str:
    return f"{value:.2f}" if abs(value) < 100 else f"{value:.0f}"  # noqa: PLR2004 - three digits are enough
