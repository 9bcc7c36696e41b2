"""Which series PromQL asks for, as far as the dashboard and the README speak it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

DASHBOARD = Path("bot/observe/grafana.json")
README = Path("README.md")

OF_PROMETHEUS = frozenset({"job", "instance"})
"""Labels that Prometheus adds when it scrapes."""
LEFT_OUT: frozenset[str] = frozenset()
"""Metrics of ours that are not on the dashboard on purpose."""

_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"')
_RANGE = re.compile(r"\[[^\]]*\]")
_GROUPING = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)")
_NAME = re.compile(r"\b([a-zA-Z_:][a-zA-Z0-9_:]*)\b\s*(\{[^}]*\})?(?!\s*\()")
_MATCHED = re.compile(r"([a-zA-Z_]\w*)\s*(?:=~|!~|!=|=)")
_WORDS = frozenset({"and", "or", "unless", "bool", "offset", "inf", "nan"})
_SUFFIX = re.compile(r"_(?:bucket|count|sum|total)\Z")


def series(expression: str) -> list[tuple[str, set[str]]]:
    """Each name in an expression, with the labels that are asked of it: matched, or grouped by anywhere in it."""
    bare = _RANGE.sub("", _TEXT.sub('""', expression))
    grouped = {label.strip() for found in _GROUPING.findall(bare) for label in found.split(",")} - {""}
    names = [
        (name, {*_MATCHED.findall(matchers)} | grouped)
        for name, matchers in _NAME.findall(_GROUPING.sub(" ", bare))
        if name not in _WORDS and "_" in name
    ]
    assert names, expression
    return names


def metric(name: str) -> str:
    """The metric to which a series belongs."""
    return _SUFFIX.sub("", name)


def panels(dashboard: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every panel that is no row, those of folded rows too."""
    for panel in dashboard["panels"]:
        if panel["type"] == "row":
            yield from panel.get("panels", [])
        else:
            yield panel


def dashboard() -> set[str]:
    """Every expression of the dashboard, with its variables filled in."""
    content = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    asked = {target["expr"] for panel in panels(content) for target in panel["targets"]}
    variables = {
        re.fullmatch(r"label_values\((.*), \w+\)", variable["definition"]).group(1)  # type: ignore[union-attr]
        for variable in content["templating"]["list"]
        if variable["type"] == "query"
    }
    return {expression.replace("$__rate_interval", "5m") for expression in asked | variables}


def readme() -> set[str]:
    """Every expression of the README: the lines of its blocks of PromQL that say something."""
    blocks = re.findall(r"```promql\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    lines = (line.partition("#")[0].strip() for block in blocks for line in block.splitlines())
    return {line for line in lines if line}
