"""What Slack may find in what we send: nothing to parse, nobody to ping but whom we name, nothing too long."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

BLOCKS_LONGEST = 12_000
"""Characters of all text in the blocks of a message: Slack refuses some more as msg_blocks_too_long."""

FALLBACK_LONGEST = 4000
"""Characters of a message's `text`; chat.update takes no more."""

LONGEST = {"header": 150, "button": 75, "title": 24, "submit": 24, "close": 24, "label": 2000, "hint": 2000}
"""Characters of a plain text, by what it belongs to."""

PLAIN_LONGEST = 3000

_OURS = re.compile(
    r"<@[UW][A-Z0-9]+>|<#C[A-Z0-9]+>|<!date\^\d+\^[^<>|]*\|[^<>]*>"
    r"|<https?://(?:x\.slack\.com|127\.0\.0\.1:\d+)/archives/[^<>|]*\|[^<>]*>"
)
"""What may stand in angle brackets: whom, what and which message we name ourselves."""

_PARSED = {"mrkdwn", "markdown", "section", "usergroup", "broadcast", "emoji", "team"}
"""Elements and texts in which Slack looks for markup, or that ping many."""


def nodes(node: Any, key: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object below, with the key that it stands under."""
    if isinstance(node, dict):
        yield key, node
        for name, value in node.items():
            yield from nodes(value, name)
    elif isinstance(node, list | tuple):
        for value in node:
            yield from nodes(value, key)


def read(drawn: Any) -> str:
    """The text of blocks or a view, one element after the other, as it stands there."""
    return "".join(node["text"] for _, node in nodes(drawn) if isinstance(node.get("text"), str))


def quotes(drawn: Any) -> list[str]:
    """What stands in the quotes of blocks."""
    found = [node for _, node in nodes(drawn) if node.get("type") == "rich_text_quote"]
    return ["".join(inner["text"] for inner in quote["elements"]) for quote in found]


def check_fallback(text: str, people: Collection[str]) -> None:
    """The `text` of a message can ping nobody but these people, and can be sent."""
    assert 0 < units(text) <= FALLBACK_LONGEST
    assert "<" not in _OURS.sub("", text), text
    assert set(re.findall(r"<@(\w+)>", text)) <= set(people)
    text.encode()


def check_elements(drawn: Any, people: Collection[str], link: str) -> None:
    """Nothing in which Slack would look for markup; nothing longer than Slack takes, whatever it counts.

    Users are among these people, and links begin like this one.
    """
    owners = {id(value): node for _, node in nodes(drawn) for value in node.values() if isinstance(value, dict)}
    for key, node in nodes(drawn):
        match node.get("type"):
            case "link":
                assert node["url"].startswith(link)
            case "user":
                assert node["user_id"] in people
            case "button":
                assert 0 < units(node["accessibility_label"]) <= LONGEST["button"]
            case "plain_text":
                owner = str(owners.get(id(node), {}).get("type"))
                assert 0 < units(node["text"]) <= LONGEST.get(key, LONGEST.get(owner, PLAIN_LONGEST))
                assert node["emoji"] is False
            case kind:
                assert kind not in _PARSED


def units(text: str) -> int:
    """How long a text is, counted so that an emoji is two: no way of counting characters gives more."""
    return len(text.encode("utf-16-le")) // 2
