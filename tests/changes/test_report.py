"""A difference in words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.changes.content import Content
from bot.changes.diff import Change, Counts, Summary, compare
from bot.changes.report import DETAILS_SHOWN, ENTRIES_SHOWN, Detail, alt_text, headline, sections, text
from bot.changes.wording import DIFF_LONGEST, by_line, quoted, quoted_pair
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
        (Change.ADDED, "Snapshot system disk (service task)")
    ]
    assert sections(T, compare(content(old), content(old))) == []


def test_namesakes_are_told_apart_by_id() -> None:
    """Two steps of one name would be one to the reader."""
    twins = [human("A", "Check"), human("B", "Check")]
    (section, _) = sections(T, compare(None, flow(*twins, arrow("A", "B"))))[:2]

    assert [entry.title for entry in section.entries] == ["Check (user task, A)", "Check (user task, B)"]
    assert "+ Check (A) → Check (B)" in text(T, compare(None, flow(*twins, arrow("A", "B"))))


def test_an_arrow_between_letters_that_run_from_right_to_left_is_told_in_words() -> None:
    """The arrow would point the other way."""
    shown = text(T, compare(None, flow(human("A", "אבג"), human("B", "דהו"), arrow("A", "B"))))

    assert "from אבג to דהו" in shown


def test_an_arrow_that_leads_nowhere_says_so() -> None:
    """SecMaster may hold a broken flow."""
    shown = text(T, compare(None, flow(human("A", "Check"), arrow("A", "gone"), arrow("", "A"))))

    assert "+ Check → nothing (gone)" in shown
    assert "+ nothing → Check" in shown


def test_an_arrow_that_leads_elsewhere_tells_from_where_to_where() -> None:
    """By the names of the steps, under the title of where it leads now."""
    rest = [human("A", "Ask"), human("B", "Block"), end("E", "Done")]
    old, new = (flow(*rest, arrow("A", target, arrow_id="Flow_1")) for target in ("B", "E"))

    assert "  ~ Ask → Done\n      to: Block → Done\n" in text(T, compare(old, new))


def test_a_default_connection_is_named() -> None:
    """An id alone tells a reader nothing."""
    gate = [node("exclusiveGateway", "G", "Ok?", default=one) for one in ("Flow_1", "Flow_2")]
    rest = [end("E", "Done"), human("A", "Ask"), arrow("G", "E", arrow_id="Flow_1"), arrow("G", "A", arrow_id="Flow_2")]

    assert details(flow(gate[0], *rest), flow(gate[1], *rest)) == [
        Detail(label="default connection", old="“Flow_1” (Ok? → Done)", new="“Flow_2” (Ok? → Ask)")
    ]


def test_settings_belong_to_steps_where_their_paths_name_one() -> None:
    """At any of the two levels at which ids are seen, and however the key is spelled."""
    old, new = config({}), config({"Activity_isolat": {"a": 1}, "x": {"Activity_isolat": 2, 'q"': {"deep": "t"}}})
    (section,) = sections(T, compare(old, new))

    assert [(entry.title, [one.label for one in entry.details]) for entry in section.entries] == [
        ("Isolate host (taskconfig)", ["a"]),
        ("Isolate host (taskconfig.x)", [""]),
        ("Configuration of steps (taskconfig)", ['x."q\\"".deep', ""]),
    ]


def test_what_belongs_to_a_removed_step_is_removed_with_it() -> None:
    """Its settings need no lines of their own."""
    values = {"node_info": {"Activity_isolat": {"a": 1}}}
    gone = Content(fields={"taskconfig": "{}"}, taskflow=taskflow(start()))
    shown = text(T, compare(flow(start(), ISOLATE, taskconfig=json.dumps(values)), gone))

    assert "  - Isolate host (taskconfig.node_info)\n" in shown
    assert "a: 1" not in shown


def test_lanes_and_notes_come_and_go_under_their_names() -> None:
    """What stands beside the nodes is shown as what it is."""
    lane = element("bpmn2:lane", {"id": "L"}, element("bpmn2:flowNodeRef", None, said("Event_start")))
    lanes = element("bpmn2:laneSet", {"id": "S"}, lane)
    shown = text(T, compare(flow(start()), flow(lanes, start())))

    assert "  + lane “L”\n" in shown
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

    assert "  \x1b[32m+ Snapshot system disk (service task)\x1b[0m\n" in text(T, found, color=True)
    assert "\x1b" not in text(T, found)


def test_there_is_an_end_to_everything() -> None:
    """Very many things, details and moves are counted instead of told."""
    many = [plugin(f"Activity_{number}", f"Step {number}", "a.b") for number in range(ENTRIES_SHOWN + 7)]
    values = config([*range(DETAILS_SHOWN + 5)])
    moved = compare(flow(*many), Content(fields={}, taskflow=taskflow(*many, shift=9)))

    assert "  … and 7 more\n" in text(T, compare(None, flow(*many)))
    assert "      … and 5 more\n" in text(T, compare(config([7]), values))
    assert f"… and {ENTRIES_SHOWN + 7 - 20} more" in text(T, moved)
    broken = Content(fields={}, taskflow="?")
    assert " → … and 487 more" in text(T, compare(broken, flow(*many)))


def test_a_first_version_that_cannot_be_read_says_so() -> None:
    """A reviewer must not take silence for an empty flow."""
    shown = text(T, compare(None, Content(fields={}, taskflow="?")))

    assert "The flow cannot be read. Its steps are unknown." in shown
    assert "text as it came: (not set) → “?”" in shown


def test_the_alternative_text_is_one_line_of_limited_length() -> None:
    """Screen readers get what the picture shows."""
    old, new = sub_process()
    assert old is not None
    found = compare(content(old), content(new))

    assert alt_text(T, found).startswith("3 steps added, 2 changed · ")
    assert " — Steps: + Contain (sub-process); + start event (Event_inner0); ~ Isolate host" in alt_text(T, found)
    assert len(alt_text(T, found, limit=50)) == 50
    assert "\n" not in alt_text(T, found)


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ("a", "b", ("“a”", "“b”")),
        ("a\tb", "a b", ("“a⇥b”", "“a b”")),
        ("x” → “y", "z", ("“x\\” → “y”", "“z”")),
        ("a b", "a  b", ("“a b”", "“a  b”")),
        ("ab", "a\u200bb", ("“ab”", "“a[U+200B]b”")),
        ("\u00e9", "e\u0301", ("“é”", "“e[U+0301]”")),
        ("A", "\uff21", ("“A”", "“[U+FF21]”")),
        ("n" * 200 + "a" + "z" * 300, "n" * 200 + "b", (f"“…{'n' * 40}a{'z' * 119}…” (+181)", f"“…{'n' * 40}b”")),
    ],
)
def test_two_texts_that_differ_look_it(old: str, new: str, shown: tuple[str, str]) -> None:
    """Whatever the difference is made of."""
    assert quoted_pair(old, new) == shown


def test_long_texts_are_cut() -> None:
    """And it says how much is missing."""
    assert quoted("a" * 170) == f"“{'a' * 160}…” (+10)"


def test_texts_of_several_lines_are_compared_line_by_line() -> None:
    """With what is around; a very long one only from where it differs, and not to its end."""
    assert by_line("a", "b") == ""
    assert by_line("a\nb\nc\nd\ne", "a\nb\nc\nd\nE") == " c\n d\n-e\n+E"
    assert by_line("", "a\nb") == "+a\n+b"
    lines = [str(number) for number in range(3000)]
    cut = by_line("\n".join(lines), "\n".join([*lines[:1500], "new", *lines[1500:]]))
    assert cut.startswith(" 1498\n 1499\n+new\n 1500")
    assert cut.endswith("\n…")
    assert len(by_line("", "\n".join(lines)).split("\n")) == DIFF_LONGEST + 1
    assert by_line("x\n" + "y" * 200, "x\nz").split("\n")[1] == "-" + "y" * 159 + "… (+41)"


def test_what_goes_to_slack_is_as_safe() -> None:
    """Titles, labels and values are on one line each, and lines of diffs are what they seem."""
    evil = "x\x1b[2J\u202ey"
    old, new = flow(human("A", evil)), flow(human("A", evil + "!", evil + "\n" + evil), description=evil)
    found = sections(T, compare(old, new))
    said = [one for entry in (entry for section in found for entry in section.entries) for one in entry.details]

    assert len(said) == 3
    for shown in (
        *(one for detail in said for one in (detail.label, detail.old, detail.new)),
        found[0].entries[0].title,
    ):
        assert not {"\x1b", "\u202e", "\n"} & set(shown)
    assert not {"\x1b", "\u202e"} & set("".join(one.diff for one in said))


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
