"""Composition objects: text, options and the confirmation dialog. Limits as on docs.slack.dev/reference/block-kit."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.sandbox.slack.blockkit.node import Node

PLAIN = ("plain_text",)
ANY = ("plain_text", "mrkdwn")


def check_text(node: Node, key: str, most: int, *, kinds: tuple[str, ...] = PLAIN, required: bool = False) -> None:
    """`key` of `node` is a text object of one of `kinds` with 1 to `most` characters."""
    if node.need(key) if required else node.has(key):
        check_text_object(node.at(key), most, kinds)


def check_text_object(text: Node, most: int, kinds: tuple[str, ...] = ANY) -> None:
    """The node itself is a text object."""
    if text.type not in kinds:
        text.say(f"must be one of: {', '.join(kinds)}", "type")
    text.allow("text", "emoji" if text.type == "plain_text" else "verbatim")
    text.flags("emoji", "verbatim")
    text.string("text", most, required=True)


def check_confirm(node: Node) -> None:
    """The confirmation dialog of an interactive element, if it has one."""
    if not node.has("confirm"):
        return
    dialog = node.at("confirm")
    dialog.allow("title", "text", "confirm", "deny", "style")
    check_text(dialog, "title", 100, required=True)
    check_text(dialog, "text", 300, kinds=ANY, required=True)
    check_text(dialog, "confirm", 30, required=True)
    check_text(dialog, "deny", 30, required=True)
    dialog.choice("style", {"primary", "danger"})


def check_option(option: Node, *, kinds: tuple[str, ...] = PLAIN, link: bool = False) -> None:
    """One option of a select, overflow menu, radio or checkbox group."""
    option.allow("text", "value", "description", *(["url"] if link else []))
    check_text(option, "text", 75, kinds=kinds, required=True)
    option.string("value", 150, required=True)
    check_text(option, "description", 75, kinds=kinds)
    option.string("url", 3000)


def check_options(node: Node, most: int, *, kinds: tuple[str, ...] = PLAIN, link: bool = False) -> None:
    """The `options` of `node`: up to `most`, no value twice."""
    options = node.objects("options", most)
    for option in options:
        check_option(option, kinds=kinds, link=link)
    values = [str(option.value.get("value")) for option in options]
    if len(set(values)) < len(values):
        node.say("option values must be unique", "options")


def check_option_groups(node: Node) -> None:
    """The `option_groups` of a select menu."""
    for group in node.objects("option_groups", 100):
        group.allow("label", "options")
        check_text(group, "label", 75, required=True)
        check_options(group, 100)
