"""What people pick and type: the state of a form's elements, and the checks their client makes before sending."""

from __future__ import annotations

import copy
from typing import Any

from bot.sandbox.errors import SandboxRefusal
from bot.sandbox.slack.blockkit import input_blocks, interactive, options_of

Values = dict[str, dict[str, dict[str, Any]]]

REQUIRED = "Please complete this required field."
TYPED_MOST = 3000

# element type: (the key of its value in the state, the key of its initial value)
_KEYS = {
    "plain_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "users_select": ("selected_user", "initial_user"),
    "channels_select": ("selected_channel", "initial_channel"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "checkboxes": ("selected_options", "initial_options"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "multi_users_select": ("selected_users", "initial_users"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "file_input": ("files", "initial_files"),
}
_OF_OPTIONS = {"selected_option", "selected_options"}


def initial_state(blocks: list[dict[str, Any]], earlier: Values | None = None) -> Values:
    """The state of all elements that hold one; what was typed `earlier` stays where block_id and action_id stay."""
    values: Values = {}
    for block in blocks:
        for element in interactive(block):
            if element["type"] not in _KEYS:
                continue
            key, initial = _KEYS[element["type"]]
            fresh = {"type": element["type"], key: copy.deepcopy(element.get(initial, _nothing(key)))}
            kept = (earlier or {}).get(block["block_id"], {}).get(element["action_id"])
            same = kept is not None and kept["type"] == element["type"]
            values.setdefault(block["block_id"], {})[element["action_id"]] = kept if same and kept else fresh
    return values


def _nothing(key: str) -> list[Any] | None:
    return [] if key.endswith("s") else None


def with_typed(blocks: list[dict[str, Any]], state: Values, typed: dict[str, dict[str, Any]] | None) -> Values:
    """A copy of `state` with what a person typed or picked: `{block_id: {action_id: text, values or state}}`.

    Raises:
        SandboxRefusal: there is no such field, or no such option in it.
    """
    merged = copy.deepcopy(state)
    elements = {(b["block_id"], e["action_id"]): e for b in blocks for e in interactive(b)}
    for block_id, actions in (typed or {}).items():
        for action_id, given in actions.items():
            element = elements.get((block_id, action_id))
            if element is None or element["type"] not in _KEYS:
                raise SandboxRefusal(f"The form has no field {block_id}/{action_id}.")
            merged[block_id][action_id] = picked(element, given)
    return merged


def picked(element: dict[str, Any], given: Any) -> dict[str, Any]:
    """The state of `element` after a person picked or typed `given` (text, option value, a list, or a whole state).

    Raises:
        SandboxRefusal: there is no such option.
    """
    kind = element["type"]
    key = _KEYS[kind][0]
    if isinstance(given, dict) and key in given:
        return {"type": kind, **given}
    if kind == "rich_text_input" and isinstance(given, str) and given:
        section = {"type": "rich_text_section", "elements": [{"type": "text", "text": given}]}
        given = {"type": "rich_text", "elements": [section]}
    if key in _OF_OPTIONS:
        given = _options(element, given)
    return {"type": kind, key: given if given not in ("", None) else _nothing(key)}


def _options(element: dict[str, Any], given: Any) -> Any:
    if isinstance(given, list):
        return [_option(element, value) for value in given]
    return _option(element, given) if given else None


def _option(element: dict[str, Any], value: Any) -> dict[str, Any]:
    for option in options_of(element):
        if option["value"] == (value.get("value") if isinstance(value, dict) else value):
            return option
    raise SandboxRefusal(f"There is no option {value!r} to pick.")


def chosen_option(element: dict[str, Any], value: Any) -> dict[str, Any]:
    """The option of an overflow menu that a person picks."""
    return _option(element, value)


def client_errors(view: dict[str, Any], values: Values) -> dict[str, str]:
    """What Slack's client finds wrong before it sends the form, by block_id; the app never hears of it."""
    errors = {}
    for block in input_blocks(view):
        element = block["element"]
        state = values[block["block_id"]][element["action_id"]]
        problem = _problem(block, element, state.get(_KEYS[element["type"]][0]))
        if problem:
            errors[block["block_id"]] = problem
    return errors


def _problem(block: dict[str, Any], element: dict[str, Any], value: Any) -> str | None:
    if value in (None, "", []):  # blanks count as text here: the app must look at them itself
        return None if block.get("optional") else REQUIRED
    if element["type"] != "plain_text_input":
        return None
    if len(value) < element.get("min_length", 0):
        return f"Must be at least {element['min_length']} characters."
    if len(value) > element.get("max_length", TYPED_MOST):
        return f"Must be no more than {element.get('max_length', TYPED_MOST)} characters."
    return None
