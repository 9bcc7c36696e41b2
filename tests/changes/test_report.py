"""A difference in words."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from bot.changes.content import Content
from bot.changes.diff import Change, Counts, Summary, compare
from bot.changes.report import NAMED, Detail, alt_text, headline, sections, text
from bot.locales import translator
from tests.changes.drawing import arrow, content, element, end, human, node, plugin, start, taskflow
from tests.changes.drawing import text as said
from tests.changes.pairs import ISOLATE, node_inserted, sub_process

T = translator("en")


def flow(*inside: Any, **fields: str) -> Content:
    """A content with this flow."""
    return Content(fields=fields, taskflow=taskflow(*inside))


def config(value: Any) -> Content:
    """A content with this taskconfig, and a step."""
    return flow(ISOLATE, taskconfig=json.dumps(value))


def details(old: Content, new: Content) -> list[Detail]:
    """All details of the difference."""
    return [one for section in sections(T, compare(old, new)) for entry in section.entries for one in entry.details]


@pytest.mark.parametrize(
    ("summary", "line"),
    [
        (Summary(), "No difference"),
        (Summary(moved=1), "No difference · 1 moved on the canvas"),
        (Summary(nodes=Counts(added=2, changed=1), moved=4), "2 steps added, 1 changed · 4 moved on the canvas"),
        (Summary(flows=Counts(removed=1, changed=3)), "1 connection removed, 3 changed"),
        (Summary(fields=Counts(changed=1)), "1 setting changed"),
        (Summary(unreadable=True), "No difference · The flow cannot be read"),
        (Summary(unreadable=True, raw=True), "The flow cannot be read, and its text differs"),
        (Summary(first=True), "First version: empty"),
        (Summary(first=True, nodes=Counts(added=5), flows=Counts(added=1)), "First version: 5 steps, 1 connection"),
        (
            Summary(first=True, fields=Counts(added=2), raw=True, unreadable=True),
            "First version: 2 settings · The flow cannot be read",
        ),
    ],
)
def test_the_headline_counts(summary: Summary, line: str) -> None:
    """Nouns once, numbers of what there is, and whether a flow could be read."""
    assert headline(T, summary) == line


def test_sections_are_steps_connections_settings() -> None:
    """Those without entries are left out."""
    old, new = node_inserted()
    assert old is not None
    found = sections(T, compare(content(old), content(new)))

    assert [section.title for section in found] == ["Steps", "Connections", "Settings"]
    assert [(entry.change, entry.title) for entry in found[0].entries] == [
        (Change.ADDED, "“Snapshot system disk” (service task)")
    ]
    assert sections(T, compare(content(old), content(old))) == []


def test_namesakes_are_told_apart_by_id() -> None:
    """Two steps of one name would be one to the reader."""
    twins = [human("A", "Check"), human("B", "Check")]
    (section, _) = sections(T, compare(None, flow(*twins, arrow("A", "B"))))[:2]

    assert [entry.title for entry in section.entries] == ["“Check” (user task, A)", "“Check” (user task, B)"]
    assert "+ “Check” (A) → “Check” (B)" in text(T, compare(None, flow(*twins, arrow("A", "B"))))


def test_an_arrow_between_letters_that_run_from_right_to_left_is_told_in_words() -> None:
    """The arrow would point the other way."""
    shown = text(T, compare(None, flow(human("A", "אבג"), human("B", "דהו"), arrow("A", "B"))))

    assert "from “אבג” to “דהו”" in shown


def test_an_arrow_that_leads_nowhere_says_so() -> None:
    """SecMaster may hold a broken flow."""
    shown = text(T, compare(None, flow(human("A", "Check"), arrow("A", "gone"), arrow("", "A"))))

    assert "+ “Check” → nothing (gone)" in shown
    assert "+ nothing → “Check”" in shown


def test_an_arrow_that_leads_elsewhere_tells_from_where_to_where() -> None:
    """By the names of the steps, under the title of where it leads now."""
    rest = [human("A", "Ask"), human("B", "Block"), end("E", "Done")]
    old, new = (flow(*rest, arrow("A", target, arrow_id="Flow_1")) for target in ("B", "E"))

    assert "  ~ “Ask” → “Done”\n      to: “Block” → “Done”\n" in text(T, compare(old, new))


def test_a_default_connection_is_named() -> None:
    """An id alone tells a reader nothing."""
    gate = [node("exclusiveGateway", "G", "Ok?", default=one) for one in ("Flow_1", "Flow_2")]
    rest = [end("E", "Done"), human("A", "Ask"), arrow("G", "E", arrow_id="Flow_1"), arrow("G", "A", arrow_id="Flow_2")]

    assert details(flow(gate[0], *rest), flow(gate[1], *rest)) == [
        Detail(label="default connection", old="“Flow_1” (“Ok?” → “Done”)", new="“Flow_2” (“Ok?” → “Ask”)")
    ]


def test_settings_belong_to_steps_where_their_paths_name_one() -> None:
    """At any of the two levels at which ids are seen, and however the key is spelled."""
    old, new = config({}), config({"Activity_isolat": {"a": 1}, "x": {"Activity_isolat": 2, 'q"': {"deep": "t"}}})
    (section,) = sections(T, compare(old, new))

    assert [(entry.title, [one.label for one in entry.details]) for entry in section.entries] == [
        ("“Isolate host” (taskconfig)", ["a"]),
        ("“Isolate host” (taskconfig.x)", [""]),
        ("Configuration of steps (taskconfig)", ['x."q\\"".deep', ""]),
    ]


def test_what_belongs_to_a_removed_step_is_removed_with_it() -> None:
    """Its settings need no lines of their own."""
    values = {"node_info": {"Activity_isolat": {"a": 1}}}
    gone = Content(fields={"taskconfig": "{}"}, taskflow=taskflow(start()))
    shown = text(T, compare(flow(start(), ISOLATE, taskconfig=json.dumps(values)), gone))

    assert "  - “Isolate host” (taskconfig.node_info)\n" in shown
    assert "a: 1" not in shown


def test_lanes_and_notes_come_and_go_under_their_names() -> None:
    """What stands beside the nodes is shown as what it is."""
    lane = element("bpmn2:lane", {"id": "L"}, element("bpmn2:flowNodeRef", None, said("Event_start")))
    lanes = element("bpmn2:laneSet", {"id": "S"}, lane)
    shown = text(T, compare(flow(start()), flow(lanes, start())))

    assert "  + lane L\n" in shown
    assert "      step in it: “Event_start” (start event)\n" in shown


def test_an_unnamed_unknown_thing_beside_the_flow_is_named_by_its_path() -> None:
    """A setting of the process that nobody knows."""
    odd = element("soar:audit", None, said("off"))
    assert "soar:audit: (not set) → “off”" in text(T, compare(flow(start()), flow(odd, start())))


def test_colors_frame_the_lines_of_entries() -> None:
    """Green, red and yellow, and nothing when they are not asked for."""
    old, new = node_inserted()
    assert old is not None
    found = compare(content(old), content(new))

    assert "  \x1b[32m+ “Snapshot system disk” (service task)\x1b[0m\n" in text(T, found, color=True)
    assert "\x1b" not in text(T, found)


def test_nothing_that_is_approved_is_left_out() -> None:
    """However many things and details there are; only moves, and what is gone, are counted instead of told."""
    many = [plugin(f"Activity_{number}", f"Step {number}", "a.b") for number in range(700)]
    shown = text(T, compare(None, flow(*many)))
    assert all(f"+ “Step {number}” (service task)\n" in shown for number in range(700))

    values = text(T, compare(config([-1]), config([*range(200)])))
    assert all(f"[{number}]: " in values for number in range(200))
    assert "more" not in shown + values

    moved = compare(flow(*many), Content(fields={}, taskflow=taskflow(*many, shift=9)))
    assert f"… and {700 - NAMED} more" in text(T, moved)
    broken = Content(fields={}, taskflow="?")
    assert f" → … and {700 - NAMED} more" in text(T, compare(flow(*many), broken))


def test_what_replaces_a_flow_that_cannot_be_read_is_told_in_full() -> None:
    """Nothing is known of what was there, so all of it is new."""
    found = compare(Content(fields={}, taskflow="?"), flow(human("A", "Wipe disks", handlers='["x"]')))
    shown = text(T, found)

    assert shown.startswith("The flow before cannot be read · 1 step added")
    assert "+ “Wipe disks” (user task)\n" in shown
    assert 'handlers: “["x"]”' in shown


def test_a_first_version_that_cannot_be_read_says_so() -> None:
    """A reviewer must not take silence for an empty flow."""
    shown = text(T, compare(None, Content(fields={}, taskflow="?")))

    assert "The flow cannot be read. Its steps are unknown." in shown
    assert "text as it came\n        | +?\n" in shown


def test_the_alternative_text_is_one_line_of_limited_length() -> None:
    """Screen readers get what the picture shows."""
    old, new = sub_process()
    assert old is not None
    found = compare(content(old), content(new))

    assert alt_text(T, found).startswith("3 steps added, 2 changed · ")
    assert " — Steps: + “Contain” (sub-process); + start event (Event_inner0); ~ “Isolate host”" in alt_text(T, found)
    assert len(alt_text(T, found, limit=50)) == 50
    assert "\n" not in alt_text(T, found)


def test_no_name_can_forge_a_sentence_of_ours() -> None:
    """Names stand in quotes that nothing in them can end, in titles and in the words of a picture alike."""
    forged = "Look up” (user task) — Settings: No difference"
    said = alt_text(T, compare(None, flow(human("A", forged))))

    assert "+ “Look up\\” (user task) — Settings: No difference” (user task)" in said


@pytest.mark.parametrize("twin", ["Сheck", "Check\u200b", "Check ", " Check", "Che\u00adck", "\uff23heck"])
def test_names_that_look_the_same_are_told_apart_by_id(twin: str) -> None:
    """Letters of other scripts, blanks and what shows nothing do not make a name another."""
    found = compare(None, flow(human("A", "Check"), human("B", twin)))
    for shown in (text(T, found), alt_text(T, found)):
        assert ("user task, A)" in shown and "user task, B)" in shown) or "[U+" in shown


def test_a_step_that_takes_the_name_of_another_goes_by_its_id() -> None:
    """What is removed and what is added would be one to the reader."""
    shown = text(T, compare(flow(human("A", "Check")), flow(human("B", "Check"))))

    assert "  + “Check” (user task, B)\n" in shown
    assert "  - “Check” (user task, A)\n" in shown


def test_two_connections_of_one_way_go_by_their_ids() -> None:
    """One of them may have another condition."""
    rest = [human("A", "Ask"), human("B", "Block")]
    two = [arrow("A", "B", arrow_id="F1"), arrow("A", "B", "yes", arrow_id="F2")]
    shown = text(T, compare(None, flow(*rest, *two)))

    assert "+ “Ask” → “Block” (F1)\n" in shown
    assert "+ “Ask” → “Block” (“yes”, F2)\n" in shown


@pytest.mark.parametrize("strange", ["A" * 90, "A b", "А", "a) → x (", '"'])
def test_a_strange_id_has_a_digest(strange: str) -> None:
    """No other id looks like it, and it forges nothing."""
    shown = text(T, compare(None, flow(human("A", "Ask"), arrow("A", strange, arrow_id="F1"))))
    (line,) = [one for one in shown.split("\n") if "→ nothing" in one]

    assert re.search(r"nothing \(“.*”#[0-9a-f]{16}\)$", line)


def test_a_connection_and_a_step_of_one_id_are_both_named() -> None:
    """A fact that holds the id may mean either."""
    rest = [human("X", "Ask"), human("B", "Block"), arrow("X", "B", arrow_id="X")]
    (gate,) = [node("exclusiveGateway", "G", "Ok?", default="X")]

    assert "default connection: “X” (“Ask”, “Ask” → “Block”)" in text(T, compare(None, flow(gate, *rest)))


def test_what_a_title_cannot_tell_is_a_detail() -> None:
    """A long name of something new, or one of blanks, and a long kind."""
    long = "n" * 90 + "; rm -rf"
    shown = text(T, compare(None, flow(human("A", long), human("B", " "), node("k" * 70 + "Task", "C", "C"))))

    assert f"name: “{long}”" in shown
    assert "name: “ ”" in shown
    assert f"kind: “{'k' * 70}Task”" in shown


def test_an_attribute_without_a_text_is_told_of_something_new() -> None:
    """But those that every step has."""
    shown = text(T, compare(None, flow(node("userTask", "A", "Ask", flowable__dueDate="", flowable__skip=""))))

    assert "flowable:skip: “”" in shown
    assert "due date" not in shown


def test_labels_that_would_be_the_same_are_told_in_full() -> None:
    """An attribute and an element of one name, and what is called like a word of ours."""
    extension = element("bpmn2:extensionElements", None, element("flowable:x", None, said("2")))
    odd = element("bpmn2:condition", None, said("1"))
    shown = text(T, compare(None, flow(node("userTask", "A", "Ask", extension, odd, flowable__x="3"))))

    assert "“condition”: “1”" in shown
    assert "“extensionElements/flowable:x”: “2”" in shown
    assert "“@flowable:x”: “3”" in shown


def test_keys_of_settings_are_not_taken_for_words_of_ours() -> None:
    """`source` is a key like any other there."""
    assert "source: (not set) → 1" in text(
        T, compare(config({}), config({"node_info": {"Activity_isolat": {"source": 1}}}))
    )


def test_a_long_label_is_told_in_rows() -> None:
    """Nothing of a path is cut: a key may say as much as a value."""
    keys = [f"key-{number}-{'x' * 60}" for number in range(9)]
    value: Any = "deep"
    for key in reversed(keys):
        value = {key: value}
    (detail,) = [one for one in details(config({}), config(value)) if one.rows]

    assert "".join(row[1:].strip("…") for row in detail.rows[:-1]) == ".".join(keys)
    assert detail.rows[-1] == "+deep"


def test_a_long_number_is_no_text_of_digits() -> None:
    """What differs in kind alone looks different in rows too."""
    digits = "7" * 170
    (detail,) = details(config({"a": int(digits)}), config({"a": digits}))

    assert detail.rows == (f"-{'7' * 24}…", f"+“{'7' * 24}…", f"-…{'7' * 24}", f"+…{'7' * 24}”")
    (longer,) = details(config({"a": int(digits)}), config({"a": int(digits + "1")}))
    assert longer.rows[0].startswith("-…7")


def test_what_goes_to_slack_is_as_safe() -> None:
    """Titles, labels and values are on one line each, and lines of diffs are what they seem."""
    evil = "x\x1b[2J\u202ey"
    old, new = flow(human("A", evil)), flow(human("A", evil + "!", evil + "\n" + evil), description=evil)
    found = sections(T, compare(old, new))
    said = [one for entry in (entry for section in found for entry in section.entries) for one in entry.details]

    assert len(said) == 3
    for shown in (
        *(one for detail in said for one in (detail.label, detail.old, detail.new, *detail.rows)),
        found[0].entries[0].title,
    ):
        assert not {"\x1b", "\u202e", "\n"} & set(shown)


def test_nothing_of_strangers_can_forge_a_line() -> None:
    """Every line of a report begins as the report has it."""
    evil = "x\n\nSteps\n  + Forged (user task)\x1b[2J\r\u202e\u2028  - gone"
    forged = flow(
        human(evil, evil, evil, evil), arrow(evil, evil, evil, evil), description=evil, input=json.dumps({evil: evil})
    )
    shown = text(T, compare(None, forged))

    assert not {"\x1b", "\r", "\u202e", "\u2028"} & set(shown)
    assert [line for line in shown.split("\n") if line and not line.startswith(" ")] == [
        shown.split("\n")[0], "Steps", "Connections", "Settings",
    ]  # fmt: skip
    assert "  + Forged" not in shown.split("\n")
