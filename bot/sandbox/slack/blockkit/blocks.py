"""Blocks: which exist, where they may stand, what they may hold. Limits as on docs.slack.dev/reference/block-kit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.slack.blockkit.elements import IN_ACTIONS, IN_INPUT, IN_SECTION, check_element
from bot.sandbox.slack.blockkit.node import Node
from bot.sandbox.slack.blockkit.rich_text import check_rich_text
from bot.sandbox.slack.blockkit.text import ANY, check_text, check_text_object

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_IN_MESSAGE = 50
MOST_IN_VIEW = 100
MARKDOWN_MOST = 12_000

NOT_EMULATED = frozenset(
    {
        "card",
        "carousel",
        "container",
        "context_actions",
        "task_card",
        "plan",
        "data_table",
        "data_visualization",
        "call",
    }
)
"""Slack knows these; the sandbox refuses them, saying so, rather than pretend to have checked and drawn them."""


def check_blocks(holder: Node, surface: str) -> None:
    """The `blocks` of a message or view; `surface` is "message", "modal" or "home"."""
    most = MOST_IN_MESSAGE if surface == "message" else MOST_IN_VIEW
    blocks = holder.objects("blocks", most, least=0)
    for block in blocks:
        _check_block(block, surface)
    _check_ids(blocks)
    _check_totals(holder, blocks)


def _check_block(block: Node, surface: str) -> None:
    check = _CHECKS.get(block.type)
    if block.type in NOT_EMULATED:
        block.say(f"unsupported type: {block.type} (a block this sandbox does not emulate)", "type")
    elif check is None:
        block.say(f"unsupported type: {block.type or 'none'}", "type")
    elif surface not in _SURFACES.get(block.type, ("message", "modal", "home")):
        block.say(f"unsupported type: {block.type} is not available in a {surface}", "type")
    else:
        block.string("block_id", 255)
        check(block)


def _check_ids(blocks: list[Node]) -> None:
    seen: set[str] = set()
    for block in blocks:
        block_id = str(block.value.get("block_id", ""))
        if block_id and block_id in seen:
            block.say(f"block_id {block_id!r} already exists", "block_id")
        seen.add(block_id)
        _check_action_ids(block)


def _check_action_ids(block: Node) -> None:
    """Within one block an action_id stands once."""
    ids = [element["action_id"] for element in interactive(block.value) if isinstance(element.get("action_id"), str)]
    for action_id in sorted({one for one in ids if ids.count(one) > 1}):
        block.say(f"action_id {action_id!r} already exists in this block", "elements")


def _check_totals(holder: Node, blocks: list[Node]) -> None:
    if sum(block.type == "table" for block in blocks) > 1:
        holder.say("only one table allowed", "blocks")
    markdown = sum(len(str(block.value.get("text", ""))) for block in blocks if block.type == "markdown")
    if markdown > MARKDOWN_MOST:
        holder.say(f"markdown blocks hold more than {MARKDOWN_MOST} characters together", "blocks")
    focused = [one for block in blocks for one in interactive(block.value) if one.get("focus_on_load") is True]
    if len(focused) > 1:
        holder.say("only one element can be focused on load", "blocks")


def interactive(block: dict[str, Any]) -> list[dict[str, Any]]:
    """The interactive elements of a block, in order; nothing of what is malformed."""
    found: list[Any] = [block.get("accessory"), block.get("element")]
    if block.get("type") == "actions" and isinstance(block.get("elements"), list):
        found += block["elements"]
    return [one for one in found if isinstance(one, dict) and one.get("type") != "image"]


def _section(block: Node) -> None:
    block.allow("block_id", "text", "fields", "accessory", "expand")
    if not block.has("text") and not block.has("fields"):
        block.say("missing required field: text or fields")
    check_text(block, "text", 3000, kinds=ANY)
    for field in block.objects("fields", 10, required=False):
        check_text_object(field, 2000)
    block.flags("expand")
    if not block.has("accessory"):
        return
    accessory = block.at("accessory")
    if accessory.type == "image":
        _image_element(accessory)
    else:
        check_element(accessory, IN_SECTION)


def _header(block: Node) -> None:
    block.allow("block_id", "text")
    check_text(block, "text", 150, required=True)


def _context(block: Node) -> None:
    block.allow("block_id", "elements")
    for element in block.objects("elements", 10):
        if element.type == "image":
            _image_element(element)
        else:
            check_text_object(element, 3000)


def _divider(block: Node) -> None:
    block.allow("block_id")


def _actions(block: Node) -> None:
    block.allow("block_id", "elements")
    for element in block.objects("elements", 25):
        check_element(element, IN_ACTIONS)


def _image(block: Node) -> None:
    block.allow("block_id", "image_url", "slack_file", "alt_text", "title")
    check_text(block, "title", 2000)
    _picture(block)


def _image_element(node: Node) -> None:
    node.allow("image_url", "slack_file", "alt_text")
    _picture(node)


def _picture(node: Node) -> None:
    node.string("alt_text", 2000, required=True)
    if node.has("image_url") == node.has("slack_file"):
        node.say("must have either image_url or slack_file")
    node.string("image_url", 3000)
    if node.has("slack_file"):
        file = node.at("slack_file")
        file.allow("id", "url")
        if file.has("id") == file.has("url"):
            file.say("must have either id or url")


def _input(block: Node) -> None:
    block.allow("block_id", "label", "element", "hint", "optional", "dispatch_action")
    check_text(block, "label", 2000, required=True)
    check_text(block, "hint", 2000)
    block.flags("optional", "dispatch_action")
    if block.need("element"):
        check_element(block.at("element"), IN_INPUT)


def _markdown(block: Node) -> None:
    block.allow("block_id", "text")
    block.string("text", MARKDOWN_MOST, required=True)


def _table(block: Node) -> None:
    block.allow("block_id", "rows", "column_settings")
    if not block.need("rows"):
        return
    rows = block.value["rows"]
    if not isinstance(rows, list) or not 1 <= len(rows) <= 100:  # noqa: PLR2004 - the table block's own limit
        block.say("must have 1 to 100 rows", "rows")
        return
    for place, row in enumerate(rows):
        for cell in Node({"row": row}, f"{block.pointer}/rows/{place}", block.problems).objects("row", 20):
            _cell(cell)


def _cell(cell: Node) -> None:
    if cell.type == "rich_text":
        check_rich_text(cell)
    elif cell.type == "raw_text":
        cell.allow("text")
        cell.string("text", 3000, required=True)
    elif cell.type == "raw_number":
        cell.need("value")
    else:
        cell.say(f"unsupported type: {cell.type or 'none'}", "type")


def _file(block: Node) -> None:
    block.allow("block_id", "external_id", "source")
    block.string("external_id", 255, required=True)
    block.choice("source", {"remote"}, required=True)


def _video(block: Node) -> None:
    block.allow(
        "block_id", "alt_text", "author_name", "description", "provider_icon_url", "provider_name", "title",
        "title_url", "thumbnail_url", "video_url",
    )  # fmt: skip
    check_text(block, "title", 200, required=True)
    check_text(block, "description", 200)
    block.string("author_name", 50)
    for key in ("alt_text", "thumbnail_url", "video_url"):
        block.string(key, 3000, required=True)


def _alert(block: Node) -> None:
    block.allow("block_id", "text", "level")
    check_text(block, "text", 200, kinds=ANY, required=True)
    block.choice("level", {"default", "info", "warning", "error", "success"})


_CHECKS: dict[str, Callable[[Node], None]] = {
    "section": _section,
    "header": _header,
    "context": _context,
    "divider": _divider,
    "actions": _actions,
    "image": _image,
    "input": _input,
    "rich_text": check_rich_text,
    "markdown": _markdown,
    "table": _table,
    "file": _file,
    "video": _video,
    "alert": _alert,
}

_SURFACES = {"markdown": ("message",), "table": ("message",), "file": ("message",), "alert": ("modal",)}
