"""Block Kit's limits, one case a rule: at the limit it passes, one beyond it does not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.slack.blockkit import blocks_problems, filled, view_problems
from tests.sandbox.slack.tiny_app import actions, button, modal, plain, reason_input


def mrkdwn(text: str = "x") -> dict[str, Any]:
    """A mrkdwn text object."""
    return {"type": "mrkdwn", "text": text}


def section(**parts: Any) -> dict[str, Any]:
    """A section block."""
    return {"type": "section", **parts}


def option(value: str = "v", text: str = "t", **more: Any) -> dict[str, Any]:
    """An option."""
    return {"text": plain(text), "value": value, **more}


def options(count: int) -> list[dict[str, Any]]:
    """That many options, each with its own value."""
    return [option(str(number)) for number in range(count)]


def select(**more: Any) -> dict[str, Any]:
    """A static select with one option."""
    return {"type": "static_select", "action_id": "s", "options": options(1), **more}


def rich(*elements: dict[str, Any]) -> dict[str, Any]:
    """A rich_text block of one section."""
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(elements)}]}


def rich_list(**more: Any) -> dict[str, Any]:
    """A rich_text block with a list of one item."""
    item = {"type": "rich_text_section", "elements": [{"type": "text", "text": "x"}]}
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_list", "style": "bullet", "elements": [item], **more}],
    }


def confirm(**more: Any) -> dict[str, Any]:
    """A confirmation dialog."""
    return {"title": plain("t"), "text": mrkdwn(), "confirm": plain("y"), "deny": plain("n"), **more}


def table(rows: int, cells: int) -> dict[str, Any]:
    """A table of that size."""
    return {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * cells] * rows}


TEXT = {"type": "text", "text": "x"}

GOOD = {
    "section text 3000": section(text=mrkdwn("x" * 3000)),
    "section 10 fields of 2000": section(fields=[plain("x" * 2000)] * 10),
    "section with image": section(
        text=mrkdwn(), accessory={"type": "image", "image_url": "https://x", "alt_text": "a"}
    ),
    "section with button": section(text=mrkdwn(), accessory=button("a")),
    "header 150": {"type": "header", "text": plain("x" * 150)},
    "divider": {"type": "divider"},
    "context 10": {"type": "context", "elements": [mrkdwn()] * 10},
    "actions 25": actions(*(button(str(number)) for number in range(25))),
    "button at its limits": actions(
        button("a" * 255, "x" * 75, value="v" * 2000, url="u" * 3000, accessibility_label="l" * 75)
    ),
    "danger": actions(button("a", style="danger")),
    "confirm": actions(button("a", confirm=confirm(style="danger"))),
    "visible to": actions(button("a", visible_to_user_ids=["U1"])),
    "overflow 5": actions({"type": "overflow", "action_id": "o", "options": options(5)}),
    "overflow 1": actions({"type": "overflow", "action_id": "o", "options": options(1)}),
    "select 100": actions(select(options=options(100), initial_option=option("3"))),
    "select groups": actions(
        {"type": "static_select", "action_id": "s", "option_groups": [{"label": plain("g"), "options": options(2)}]}
    ),
    "users, channels, conversations": actions(
        {"type": "users_select", "action_id": "u"},
        {"type": "channels_select", "action_id": "c"},
        {"type": "conversations_select", "action_id": "v", "default_to_current_conversation": True},
    ),
    "radio, checkboxes with mrkdwn": actions(
        {"type": "radio_buttons", "action_id": "r", "options": [{"text": mrkdwn(), "value": "1"}]},
        {"type": "checkboxes", "action_id": "c", "options": options(10), "initial_options": [option("1")]},
    ),
    "pickers": actions(
        {"type": "datepicker", "action_id": "d", "initial_date": "2026-11-24"},
        {"type": "timepicker", "action_id": "t", "initial_time": "23:59"},
        {"type": "datetimepicker", "action_id": "dt", "initial_date_time": 1_764_000_000},
    ),
    "image": {"type": "image", "image_url": "https://x", "alt_text": "a" * 2000, "title": plain("t")},
    "image file": {"type": "image", "slack_file": {"id": "F1"}, "alt_text": "a"},
    "rich text leaves": rich(
        {"type": "text", "text": "a", "style": {"bold": True}},
        {"type": "link", "url": "https://x", "text": "l"},
        {"type": "emoji", "name": "wave"},
        {"type": "user", "user_id": "U1"},
        {"type": "usergroup", "usergroup_id": "S1"},
        {"type": "channel", "channel_id": "C1"},
        {"type": "date", "timestamp": 1, "format": "{ago}", "fallback": "f", "timezone": "Europe/London"},
        {"type": "broadcast", "range": "here"},
    ),
    "rich text list": rich_list(indent=1, border=0),
    "rich text quote, preformatted": {
        "type": "rich_text",
        "elements": [
            {"type": "rich_text_quote", "elements": [TEXT]},
            {"type": "rich_text_preformatted", "elements": [TEXT], "border": 1},
        ],
    },
    "markdown 12000": {"type": "markdown", "text": "x" * 12_000},
    "table 100 x 20": table(100, 20),
    "input in a message": reason_input(),
    "file": {"type": "file", "external_id": "1", "source": "remote"},
    "video": {
        "type": "video",
        "alt_text": "a",
        "title": plain("t"),
        "thumbnail_url": "https://x",
        "video_url": "https://x",
    },
}

BAD = {
    "no type": {},
    "not an object": "section",
    "unknown type": {"type": "sektion"},
    "known to Slack, not emulated": {"type": "card"},
    "alert outside a modal": {"type": "alert", "text": mrkdwn()},
    "block_id 256": {"type": "divider", "block_id": "b" * 256},
    "unknown property": {"type": "divider", "color": "red"},
    "empty section": section(),
    "section text 3001": section(text=mrkdwn("x" * 3001)),
    "section text empty": section(text=mrkdwn("")),
    "section text a string": section(text="x"),
    "section fields 11": section(fields=[plain("x")] * 11),
    "section fields none": section(fields=[]),
    "section field 2001": section(fields=[plain("x" * 2001)]),
    "section with an input": section(text=mrkdwn(), accessory={"type": "plain_text_input", "action_id": "a"}),
    "emoji on mrkdwn": section(text={**mrkdwn(), "emoji": True}),
    "verbatim on plain": section(text={**plain("x"), "verbatim": True}),
    "header 151": {"type": "header", "text": plain("x" * 151)},
    "header mrkdwn": {"type": "header", "text": mrkdwn()},
    "context 11": {"type": "context", "elements": [mrkdwn()] * 11},
    "context none": {"type": "context", "elements": []},
    "context with a button": {"type": "context", "elements": [button("a")]},
    "actions none": actions(),
    "actions 26": actions(*(button(str(number)) for number in range(26))),
    "actions with an input": actions({"type": "plain_text_input", "action_id": "a"}),
    "actions with a multi select": actions({"type": "multi_users_select", "action_id": "a"}),
    "button text 76": actions(button("a", "x" * 76)),
    "button text empty": actions(button("a", "")),
    "button text mrkdwn": actions(button("a") | {"text": mrkdwn()}),
    "button style": actions(button("a", style="default")),
    "button disabled": actions(button("a", disabled=True)),
    "button value 2001": actions(button("a", value="v" * 2001)),
    "button url 3001": actions(button("a", url="u" * 3001)),
    "button label 76": actions(button("a", accessibility_label="l" * 76)),
    "action_id 256": actions(button("a" * 256)),
    "action_id twice": actions(button("a"), button("a")),
    "confirm without deny": actions(button("a", confirm={k: v for k, v in confirm().items() if k != "deny"})),
    "confirm title 101": actions(button("a", confirm=confirm(title=plain("x" * 101)))),
    "confirm text 301": actions(button("a", confirm=confirm(text=plain("x" * 301)))),
    "confirm button 31": actions(button("a", confirm=confirm(confirm=plain("x" * 31)))),
    "overflow 6": actions({"type": "overflow", "action_id": "o", "options": options(6)}),
    "option text 76": actions(select(options=[option(text="x" * 76)])),
    "option value 151": actions(select(options=[option("v" * 151)])),
    "option description 76": actions(select(options=[option(description=plain("x" * 76))])),
    "option value twice": actions(select(options=[option(), option()])),
    "option mrkdwn in a select": actions(select(options=[{"text": mrkdwn(), "value": "1"}])),
    "option url in a select": actions(select(options=[option(url="https://x")])),
    "select 101": actions(select(options=options(101))),
    "select none": actions(select(options=[])),
    "select both": actions(select(option_groups=[{"label": plain("g"), "options": options(1)}])),
    "select initial unknown": actions(select(initial_option=option("other"))),
    "placeholder 151": actions(select(placeholder=plain("x" * 151))),
    "radio 11": actions({"type": "radio_buttons", "action_id": "r", "options": options(11)}),
    "checkboxes 11": actions({"type": "checkboxes", "action_id": "r", "options": options(11)}),
    "date": actions({"type": "datepicker", "action_id": "d", "initial_date": "24.11.2026"}),
    "time": actions({"type": "timepicker", "action_id": "t", "initial_time": "24:00"}),
    "image without alt": {"type": "image", "image_url": "https://x"},
    "image url 3001": {"type": "image", "image_url": "u" * 3001, "alt_text": "a"},
    "image without address": {"type": "image", "alt_text": "a"},
    "rich text unknown container": {"type": "rich_text", "elements": [{"type": "rich_text_table", "elements": []}]},
    "rich text unknown leaf": rich({"type": "mention"}),
    "rich text empty text": rich({"type": "text", "text": ""}),
    "rich text style": rich({"type": "text", "text": "x", "style": {"blink": True}}),
    "rich text date": rich({"type": "date", "timestamp": "1", "format": "{date}"}),
    "rich text range": rich({"type": "broadcast", "range": "all"}),
    "rich text none": {"type": "rich_text", "elements": []},
    "rich list style": rich_list(style="dotted"),
    "markdown 12001": {"type": "markdown", "text": "x" * 12_001},
    "table 101 rows": table(101, 1),
    "table 21 cells": table(1, 21),
    "file source": {"type": "file", "external_id": "1", "source": "local"},
    "input without label": {k: v for k, v in reason_input().items() if k != "label"},
    "input with a button": {**reason_input(), "element": button("a")},
    "input label mrkdwn": {**reason_input(), "label": mrkdwn()},
    "input label 2001": {**reason_input(), "label": plain("x" * 2001)},
    "input hint 2001": {**reason_input(), "hint": plain("x" * 2001)},
    "input max_length 3001": reason_input(max_length=3001),
    "input max_length 0": reason_input(max_length=0),
    "input min over max": reason_input(min_length=3, max_length=2),
}


@pytest.mark.parametrize("name", GOOD)
def test_good(name: str) -> None:
    """What Slack takes is taken."""
    assert blocks_problems([GOOD[name]]) == []


@pytest.mark.parametrize("name", BAD)
def test_bad(name: str) -> None:
    """What Slack refuses is refused, with the place named."""
    problems = blocks_problems([BAD[name]])
    assert problems
    assert all(problem.startswith("[ERROR] ") and "[json-pointer:/blocks" in problem for problem in problems)


def test_fifty_blocks() -> None:
    """A message holds 50 blocks, a view 100."""
    divider = {"type": "divider"}
    assert blocks_problems([divider] * 50) == []
    assert "no more than 50 items allowed" in blocks_problems([divider] * 51)[0]
    assert view_problems({"type": "home", "blocks": [divider] * 100}) == []
    assert view_problems({"type": "home", "blocks": [divider] * 101})


def test_ids_once() -> None:
    """A block_id stands once in a message; an action_id may come back in another block."""
    one, two = actions(button("a"), block_id="1"), actions(button("a"), block_id="2")
    assert blocks_problems([one, two]) == []
    assert blocks_problems([one, {**two, "block_id": "1"}])


def test_totals() -> None:
    """One table a message; markdown blocks share 12,000 characters."""
    assert blocks_problems([table(1, 1), table(1, 1)])
    assert blocks_problems([{"type": "markdown", "text": "x" * 6000}, {"type": "markdown", "text": "x" * 6001}])


@pytest.mark.parametrize(
    "change",
    [
        {"title": plain("x" * 25)},
        {"title": plain("")},
        {"title": None},
        {"submit": plain("x" * 25)},
        {"submit": None},
        {"close": plain("x" * 25)},
        {"private_metadata": "x" * 3001},
        {"callback_id": "x" * 256},
        {"external_id": "x" * 256},
        {"blocks": None},
        {"type": "page"},
        {"clear_on_close": "yes"},
        {"color": "red"},
        {"blocks": [{"type": "markdown", "text": "x"}]},
        {"blocks": [reason_input(focus_on_load=True), {**reason_input(focus_on_load=True), "block_id": "2"}]},
    ],
)
def test_bad_views(change: dict[str, Any]) -> None:
    """Each rule of a modal, broken alone, is refused."""
    assert view_problems(modal()) == []
    assert view_problems(modal() | change)


def test_good_views() -> None:
    """A modal at its limits, an alert in a modal, and a home without a title are fine; a home with one is not."""
    limits = {"title": plain("x" * 24), "private_metadata": "x" * 3000, "callback_id": "x" * 255}
    assert view_problems(modal(blocks=[{"type": "alert", "text": mrkdwn("x" * 200), "level": "warning"}])) == []
    assert view_problems(modal() | limits) == []
    assert view_problems({"type": "home", "blocks": []}) == []
    assert view_problems({"type": "home", "blocks": [], "title": plain("x")})


OBJECTS = ("modal", "home", "mrkdwn", "plain_text", "rich_text_section", "text", "button", "overflow")
KINDS = sorted({*OBJECTS, *(block["type"] for block in GOOD.values())})
KEYS = ("text", "fields", "elements", "element", "accessory", "options", "label", "rows", "title", "blocks", "block_id")
LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.sampled_from(KINDS)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(("type", *KEYS)), inner, max_size=4),
    max_leaves=20,
)
BLOCK = st.fixed_dictionaries({"type": st.sampled_from(KINDS)}, optional=dict.fromkeys(KEYS, JSON))


@given(st.lists(BLOCK, max_size=3) | JSON)
def test_any_json_is_judged(value: Any) -> None:
    """Whatever JSON comes, it is judged without an exception, and what is good can be completed and stays good."""
    if not blocks_problems(value):
        assert blocks_problems(filled(value)) == []
    view_problems(value)
    view_problems({"type": "modal", "title": value, "blocks": value})


IN_MODAL = [
    {"type": "number_input", "is_decimal_allowed": True, "min_value": "1"},
    {"type": "email_text_input", "initial_value": "a@b"},
    {"type": "url_text_input"},
    {"type": "rich_text_input", "placeholder": plain("p")},
    {"type": "file_input", "max_files": 1, "filetypes": ["png"]},
    {"type": "multi_static_select", "options": options(2), "max_selected_items": 2},
    {"type": "multi_external_select", "min_query_length": 3},
    {"type": "multi_conversations_select", "filter": {"include": ["public"]}},
]


@pytest.mark.parametrize("element", IN_MODAL, ids=lambda element: element["type"])
def test_inputs_of_modals(element: dict[str, Any]) -> None:
    """Each kind of input may stand in a modal, and none with a property it does not have."""
    block = {**reason_input(), "element": {"action_id": "e", **element}}
    assert view_problems(modal(blocks=[block])) == []
    assert view_problems(modal(blocks=[{**block, "element": {**block["element"], "disabled": True}}]))
