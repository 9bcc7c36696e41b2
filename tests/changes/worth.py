"""A second opinion on what a document is worth to a reviewer, made without the code under test.

Two documents with the same worth differ in order, layout and drawing alone.
"""

from __future__ import annotations

import json
from typing import Any

REPEATING = ("bpmn2:incoming", "bpmn2:outgoing", "bpmn:incoming", "bpmn:outgoing")
OWN = ("id", "name", "sourceRef", "targetRef")
XMLNS = "xmlns"


def worth(value: Any) -> Any:
    """The value without order, layout and drawing."""
    if not isinstance(value, dict):
        return [worth(one) for one in value] if isinstance(value, list) else repr(value)
    if value.get("type") == "element" and isinstance(value.get("name"), str):
        return _element(value)
    return {key: worth(inner) for key, inner in value.items()}


def _element(value: dict[str, Any]) -> Any:
    attributes, children = value.get("attributes"), value.get("elements")
    rest = {key: repr(inner) for key, inner in value.items() if key not in ("type", "name", "attributes", "elements")}
    inside = children if isinstance(children, list) else []
    texts = [one for one in inside if _is_text(one)]
    others = [one for one in inside if not _is_text(one) and not _is_repetition(one) and not _is_drawn(one)]
    words = [one[one["type"]] for one in texts if one[one["type"]].strip() or not _elements(inside)]
    return [
        value["name"].removeprefix("bpmn2:"),
        _attributes(attributes) if isinstance(attributes, dict) else repr(attributes) if attributes is not None else [],
        "".join(words),
        sorted(json.dumps(worth(one), sort_keys=True) for one in others),
        [] if children is None or isinstance(children, list) else repr(children),
        rest,
    ]


def _elements(inside: list[Any]) -> bool:
    return any(isinstance(one, dict) and one.get("type") == "element" for one in inside)


def _attributes(attributes: dict[str, Any]) -> Any:
    """All of them; an empty name or id is none, and what usual prefixes mean goes without saying."""
    return sorted(
        (key, repr(one))
        for key, one in attributes.items()
        if not key.startswith(XMLNS) and not (key in OWN and one == "")
    )


def _is_text(one: Any) -> bool:
    return isinstance(one, dict) and one.keys() == {"type", "text"} and one["type"] == "text" and _str(one["text"])


def _str(value: Any) -> bool:
    return isinstance(value, str)


def _is_repetition(one: Any) -> bool:
    return isinstance(one, dict) and one.get("name") in REPEATING


def _is_drawn(one: Any) -> bool:
    return isinstance(one, dict) and one.get("name") == "bpmndi:BPMNDiagram"
