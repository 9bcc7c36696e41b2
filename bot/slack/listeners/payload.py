"""Reading what Slack delivers without trusting its shape: what is missing or of another kind is empty."""

from __future__ import annotations

from typing import Any


def text(payload: Any, *path: str | int) -> str:
    """The text at the end of the path; "" when there is none."""
    for step in path:
        payload = _step(payload, step)
    return payload if isinstance(payload, str) else ""


def _step(node: Any, step: str | int) -> Any:
    match node, step:
        case dict(), str():
            return node.get(step)
        case list(), int():
            return node[step] if step < len(node) else None
        case _:
            return None
