"""Interactive elements: which exist, what they may hold. Limits as on docs.slack.dev/reference/block-kit."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bot.sandbox.slack.blockkit.text import (
    ANY,
    check_confirm,
    check_option_groups,
    check_options,
    check_text,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.sandbox.slack.blockkit.node import Node

FOREVER = 2**53
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def check_element(node: Node, allowed: frozenset[str]) -> None:
    """An element that this kind of block may hold."""
    if node.type not in allowed:
        node.say(f"unsupported type: {node.type or 'none'}", "type")
        return
    node.string("action_id", 255)
    _CHECKS[node.type](node)


def _button(node: Node) -> None:
    node.allow(
        "action_id", "text", "url", "value", "style", "confirm", "accessibility_label", "visible_to_user_ids"
    )  # fmt: skip
    check_text(node, "text", 75, required=True)
    node.string("url", 3000)
    node.string("value", 2000)
    node.choice("style", {"primary", "danger"})
    node.string("accessibility_label", 75)
    check_confirm(node)


def _overflow(node: Node) -> None:
    node.allow("action_id", "options", "confirm")
    check_options(node, 5, link=True)
    check_confirm(node)


def _static_select(node: Node) -> None:
    _menu(node, "options", "option_groups", "initial_option")
    _options_or_groups(node)
    _initial(node, "initial_option", several=False)


def _multi_static_select(node: Node) -> None:
    _menu(node, "options", "option_groups", "initial_options", "max_selected_items")
    _options_or_groups(node)
    _initial(node, "initial_options", several=True)


def _options_or_groups(node: Node) -> None:
    if node.has("options") == node.has("option_groups"):
        node.say("must have either options or option_groups")
    elif node.has("options"):
        check_options(node, 100)
    else:
        check_option_groups(node)


def _external_select(node: Node) -> None:
    _menu(node, "initial_option", "initial_options", "min_query_length", "max_selected_items")


def _users_select(node: Node) -> None:
    _menu(node, "initial_user", "initial_users", "max_selected_items")


def _channels_select(node: Node) -> None:
    _menu(node, "initial_channel", "initial_channels", "max_selected_items", "response_url_enabled")


def _conversations_select(node: Node) -> None:
    _menu(
        node, "initial_conversation", "initial_conversations", "default_to_current_conversation", "filter",
        "response_url_enabled", "max_selected_items",
    )  # fmt: skip


def _menu(node: Node, *keys: str) -> None:
    node.allow("action_id", "placeholder", "confirm", "focus_on_load", *keys)
    check_text(node, "placeholder", 150)
    check_confirm(node)
    node.flags("focus_on_load", "response_url_enabled", "default_to_current_conversation")
    node.whole("max_selected_items", 1, 100)


def _radio_buttons(node: Node) -> None:
    node.allow("action_id", "options", "initial_option", "confirm", "focus_on_load")
    check_options(node, 10, kinds=ANY)
    _initial(node, "initial_option", several=False)
    check_confirm(node)


def _checkboxes(node: Node) -> None:
    node.allow("action_id", "options", "initial_options", "confirm", "focus_on_load")
    check_options(node, 10, kinds=ANY)
    _initial(node, "initial_options", several=True)
    check_confirm(node)


def _initial(node: Node, key: str, *, several: bool) -> None:
    """What is chosen at first must be among the options."""
    if not node.has(key):
        return
    chosen = node.value[key] if several else [node.value[key]]
    known = [option.get("value") for option in options_of(node.value)]
    if not isinstance(chosen, list) or not chosen or any(_value(option) not in known for option in chosen):
        node.say(f"{key} must match the options", key)


def options_of(element: dict[str, Any]) -> list[dict[str, Any]]:
    """All options of a select, radio, checkbox or overflow element, those in groups too."""
    groups = [group for group in element.get("option_groups") or [] if isinstance(group, dict)]
    lists = [element.get("options") or []] + [group.get("options") or [] for group in groups]
    return [option for options in lists for option in options if isinstance(option, dict)]


def _value(option: Any) -> Any:
    return option.get("value") if isinstance(option, dict) else None


def _datepicker(node: Node) -> None:
    _picker(node, "initial_date", DATE)


def _timepicker(node: Node) -> None:
    _picker(node, "initial_time", TIME, "timezone")


def _picker(node: Node, initial: str, form: re.Pattern[str], *keys: str) -> None:
    node.allow("action_id", "placeholder", "confirm", "focus_on_load", initial, *keys)
    check_text(node, "placeholder", 150)
    check_confirm(node)
    if node.has(initial) and not form.fullmatch(str(node.value[initial])):
        node.say(f"invalid {initial}", initial)


def _datetimepicker(node: Node) -> None:
    node.allow("action_id", "initial_date_time", "confirm", "focus_on_load")
    node.whole("initial_date_time", 1_000_000_000, 9_999_999_999)
    check_confirm(node)


def _plain_text_input(node: Node) -> None:
    _typed(node, "multiline", "min_length", "max_length")
    node.flags("multiline")
    node.whole("min_length", 0, 3000)
    node.whole("max_length", 1, 3000)
    least, most = node.value.get("min_length"), node.value.get("max_length")
    if isinstance(least, int) and isinstance(most, int) and least > most:
        node.say("min_length must not be greater than max_length", "min_length")


def _number_input(node: Node) -> None:
    _typed(node, "is_decimal_allowed", "min_value", "max_value")
    if node.need("is_decimal_allowed"):
        node.flags("is_decimal_allowed")


def _typed(node: Node, *keys: str) -> None:
    node.allow("action_id", "initial_value", "placeholder", "dispatch_action_config", "focus_on_load", *keys)
    node.string("initial_value", FOREVER, least=0)
    check_text(node, "placeholder", 150)
    node.flags("focus_on_load")


def _rich_text_input(node: Node) -> None:
    node.allow("action_id", "initial_value", "placeholder", "dispatch_action_config", "focus_on_load")
    check_text(node, "placeholder", 150)


def _file_input(node: Node) -> None:
    node.allow("action_id", "filetypes", "max_files")
    node.whole("max_files", 1, 10)


_CHECKS: dict[str, Callable[[Node], None]] = {
    "button": _button,
    "overflow": _overflow,
    "static_select": _static_select,
    "multi_static_select": _multi_static_select,
    "external_select": _external_select,
    "multi_external_select": _external_select,
    "users_select": _users_select,
    "multi_users_select": _users_select,
    "channels_select": _channels_select,
    "multi_channels_select": _channels_select,
    "conversations_select": _conversations_select,
    "multi_conversations_select": _conversations_select,
    "radio_buttons": _radio_buttons,
    "checkboxes": _checkboxes,
    "datepicker": _datepicker,
    "timepicker": _timepicker,
    "datetimepicker": _datetimepicker,
    "plain_text_input": _plain_text_input,
    "number_input": _number_input,
    "email_text_input": _typed,
    "url_text_input": _typed,
    "rich_text_input": _rich_text_input,
    "file_input": _file_input,
}

_TYPED = {"plain_text_input", "number_input", "email_text_input", "url_text_input", "rich_text_input", "file_input"}
_MULTI = {kind for kind in _CHECKS if kind.startswith("multi_")}
IN_SECTION = frozenset(_CHECKS.keys() - _TYPED - {"datetimepicker"})
IN_ACTIONS = frozenset(_CHECKS.keys() - _TYPED - _MULTI)
IN_INPUT = frozenset(_CHECKS.keys() - {"button", "overflow"})
