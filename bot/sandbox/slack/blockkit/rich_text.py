"""The rich_text block: sections, lists, quotes, preformatted text and what stands in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.sandbox.slack.blockkit.node import Node

FOREVER = 2**53
_STYLES = ("bold", "italic", "strike", "code", "underline", "highlight", "client_highlight", "unlink")

# type: (required, allowed beside them); docs.slack.dev/reference/block-kit/blocks/rich-text-block
_LEAVES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "text": (("text",), ("style",)),
    "link": (("url",), ("text", "unsafe", "style")),
    "emoji": (("name",), ("unicode", "skin_tone", "style", "url", "display_name", "display_team_id")),
    "user": (("user_id",), ("style",)),
    "usergroup": (("usergroup_id",), ("style",)),
    "channel": (("channel_id",), ("style",)),
    "team": (("team_id",), ("style",)),
    "broadcast": (("range",), ("style",)),
    "color": (("value",), ("style",)),
}


def check_rich_text(node: Node) -> None:
    """A whole rich_text block or cell."""
    node.allow("block_id", "elements")
    for element in node.objects("elements", FOREVER):
        _container(element)


def _container(node: Node) -> None:
    match node.type:
        case "rich_text_section":
            node.allow("elements")
            _leaves(node)
        case "rich_text_list":
            node.allow("elements", "style", "indent", "offset", "border")
            node.choice("style", {"bullet", "ordered"}, required=True)
            _numbers(node)
            for section in node.objects("elements", FOREVER):
                _section(section)
        case "rich_text_quote":
            node.allow("elements", "border")
            _numbers(node)
            _leaves(node)
        case "rich_text_preformatted":
            node.allow("elements", "border", "language")
            _numbers(node)
            _leaves(node)
        case _:
            node.say(f"unsupported type: {node.type or 'none'}", "type")


def _section(node: Node) -> None:
    if node.type != "rich_text_section":
        node.say("must be rich_text_section", "type")
        return
    _container(node)


def _numbers(node: Node) -> None:
    node.whole("indent", 0, 8)
    node.whole("offset", 0, FOREVER)
    node.whole("border", 0, 1)


def _leaves(node: Node) -> None:
    for leaf in node.objects("elements", FOREVER, least=0):
        if leaf.type == "date":
            _date(leaf)
        elif leaf.type in _LEAVES:
            _leaf(leaf)
        else:
            leaf.say(f"unsupported type: {leaf.type or 'none'}", "type")


def _leaf(leaf: Node) -> None:
    required, others = _LEAVES[leaf.type]
    leaf.allow(*required, *others)
    for key in required:
        leaf.string(key, FOREVER, required=True)
    if leaf.type == "broadcast":
        leaf.choice("range", {"here", "channel", "everyone"})
    _style(leaf)


def _date(leaf: Node) -> None:
    """As on docs.slack.dev/reference/block-kit/block-elements/date-element."""
    leaf.allow("timestamp", "format", "timezone", "url", "fallback", "style")
    leaf.whole("timestamp", 0, FOREVER, required=True)
    leaf.string("format", FOREVER, required=True)
    for key in ("timezone", "url", "fallback"):
        leaf.string(key, FOREVER)
    _style(leaf)


def _style(leaf: Node) -> None:
    if leaf.has("style"):
        style = leaf.at("style")
        style.allow(*_STYLES)
        style.flags(*_STYLES)
