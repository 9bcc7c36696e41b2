"""What the drawing shows, read back from it."""

from __future__ import annotations

import random
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import PictureError
from bot.pictures.diagram import NARROWEST, svg
from bot.pictures.icons import EVENTS, GATEWAYS, TASKS
from bot.pictures.palette import INK, PAPER, QUIET, STYLES
from bot.pictures.union import Mark, union
from tests.pictures.flows import CHANGED, CHINESE, LABELS, NEW, OLD, chain, difference, flow
from tests.pictures.reading import Picture

if TYPE_CHECKING:
    from bot.changes.diff import Difference
    from bot.changes.flow import Flow
    from bot.pictures.fonts import Fonts
    from bot.pictures.union import Labels

KINDS = [
    "task", *TASKS, *GATEWAYS, "startEvent", "endEvent", "boundaryEvent", "intermediateCatchEvent", "robotTask",
    "strangeGateway",
]  # fmt: skip
OFF = 2.5
"""How far a line may end from the middle of an outline, which has a breadth itself."""


def picture(
    what: Difference, fonts: Fonts, *, title: str = "Isolate host  v1 → v2", labels: Labels = LABELS
) -> Picture:
    """The drawing of a difference, read."""
    return Picture(svg(union(what, title=title, labels=labels), fonts))


def is_sound(drawn: Picture, scopes: dict[str, str]) -> None:
    """No two steps overlap but frames and what they hold; all lines end at their steps and run through no other."""
    shapes = drawn.shapes

    def within(inner: str, outer: str) -> bool:
        while inner := scopes.get(inner, ""):
            if inner == outer:
                return True
        return False

    for one, other in combinations(shapes.values(), 2):
        if within(one.id, other.id):
            assert other.holds(one), (one, other)
        elif within(other.id, one.id):
            assert one.holds(other), (one, other)
        else:
            assert not one.overlaps(other), (one, other)
    for arrow in drawn.arrows:
        assert shapes[arrow.source].off(arrow.begin) < OFF, (arrow, shapes[arrow.source])
        assert shapes[arrow.target].off(arrow.end) < OFF, (arrow, shapes[arrow.target])
        for shape in shapes.values():
            ends = {arrow.source, arrow.target}
            if shape.form != "FRAME" and shape.id not in ends:
                assert not shape.crossed(arrow.way), (arrow, shape)
    left = min(shape.x - shape.width / 2 for shape in shapes.values())
    right = max(shape.x + shape.width / 2 for shape in shapes.values())
    assert right - left < drawn.width


def scopes(*flows: Flow) -> dict[str, str]:
    """The frame of each node."""
    return {node.id: node.scope for one in flows for node in one.nodes}


def test_everything_is_drawn_and_nothing_overlaps(fonts: Fonts) -> None:
    """Each step and each connection of both flows."""
    drawn = picture(CHANGED, fonts)
    assert set(drawn.shapes) == {one.id for one in (*OLD.nodes, *NEW.nodes)}
    assert {arrow.id for arrow in drawn.arrows} >= {one.id for one in (*OLD.flows, *NEW.flows)}
    is_sound(drawn, scopes(OLD, NEW))


def test_each_mark_has_its_badge_and_line(fonts: Fonts) -> None:
    """Colour is never alone."""
    drawn = picture(CHANGED, fonts)
    signs = {"same": "", "added": "+", "removed": "-", "changed": "~"}
    assert {shape.mark for shape in drawn.shapes.values()} == set(signs)
    for shape in drawn.shapes.values():
        assert shape.badge == signs[shape.mark]
    looks = {arrow.mark: (arrow.dashed, arrow.width) for arrow in drawn.arrows if "attached" not in arrow.id}
    assert len(set(looks.values())) == len(looks) == len(Mark)


def test_a_connection_has_a_badge_unless_a_step_at_its_end_has_it_already(fonts: Fonts) -> None:
    """What comes or goes together with a step needs no word of its own."""
    captions = picture(CHANGED, fonts).captions
    assert captions["no"] == ("~", "no")
    assert captions["ask_cut"] == ("~", "agreed")
    assert captions["ask_ask"] == ("+", "again")
    assert captions["yes"] == ("", "yes")
    assert "late_page" not in captions


@pytest.mark.parametrize(
    ("old", "new", "legend"),
    [
        (OLD, NEW, ["added", "removed", "changed", "formerly"]),
        (OLD, OLD, []),
        (chain(2), chain(3), ["added"]),
        (chain(3), chain(2), ["removed"]),
        (chain(2), chain(2, "Renamed {}"), ["changed"]),
        (None, chain(2), []),
    ],
)
def test_the_legend_explains_what_occurs_and_nothing_else(
    old: Flow | None, new: Flow, legend: list[str], fonts: Fonts
) -> None:
    """In the reader's words; a first version needs none."""
    drawn = picture(difference(old, new), fonts)
    assert sorted(drawn.legend) == sorted(legend)
    for word in ("added", "removed", "changed", "formerly"):
        assert (LABELS.of(Mark(word)) in drawn.text) is (word in legend)
    assert ("First version" in drawn.text) is (old is None)


def test_a_legend_of_long_words_takes_more_rows(fonts: Fonts) -> None:
    """Rather than leave the paper."""
    labels = type(LABELS)(added="a" * 30, removed="r" * 30, changed="c" * 300, formerly="f" * 30, first="F")
    drawn = picture(CHANGED, fonts, labels=labels)
    assert drawn.height > picture(CHANGED, fonts).height


def test_every_kind_has_a_shape_of_its_own_and_unknown_ones_their_tag(fonts: Fonts) -> None:
    """And a name or none, what waits and what throws."""
    nodes = [f"{kind}:{kind}:Name" for kind in KINDS] + [f"{kind}2:{kind}:" for kind in KINDS]
    events = [f"e{event}:intermediateThrowEvent:{event}!{event}EventDefinition/@id=1" for event in (*EVENTS, "new")]
    ids = [node.split(":")[0] for node in (*nodes, *events)]
    drawn = picture(difference(None, flow([*nodes, *events], [f"{a}>{b}" for a, b in pairwise(ids)])), fonts)
    assert drawn.shapes["robotTask"].form == "STRANGE"
    assert "«robotTask»" in drawn.text
    assert "«userTask»" not in drawn.text
    assert {drawn.shapes[kind].form for kind in GATEWAYS} == {"LONG_DIAMOND"}
    assert {drawn.shapes[f"{kind}2"].form for kind in GATEWAYS} == {"DIAMOND"}
    is_sound(drawn, {})


def test_a_step_without_a_name_shows_its_id(fonts: Fonts) -> None:
    """It has to be called something."""
    assert "Activity_1" in picture(difference(None, flow(["Activity_1:serviceTask:"], [])), fonts).text


def test_frames_hold_what_lies_in_them_below_their_names(fonts: Fonts) -> None:
    """However deep."""
    nodes = ["f0:subProcess:Frame 0", *(f"f{n}:subProcess:Frame {n}@f{n - 1}" for n in range(1, 6)), "t:task:T@f5"]
    nodes += ["before:task:Before", "after:task:After"]
    drawn = picture(difference(None, flow(nodes, ["before>f0", "f0>after", "after>f0", "f1>f0", "f0>t"])), fonts)
    for outer, inner in zip(range(5), range(1, 6), strict=True):
        over, under = drawn.shapes[f"f{outer}"], drawn.shapes[f"f{inner}"]
        assert (under.y - under.height / 2) - (over.y - over.height / 2) >= 30
    shapes = drawn.shapes
    assert shapes["f0"].holds(shapes["t"])
    assert not shapes["f0"].overlaps(shapes["before"])
    assert not shapes["f0"].overlaps(shapes["after"])


def test_a_frame_has_more_room_on_top_than_below(fonts: Fonts) -> None:
    """For its name, and no more than that."""
    shapes = picture(difference(None, flow(["f:subProcess:F", "t:task:T@f"], [])), fonts).shapes
    frame, step = shapes["f"], shapes["t"]
    assert (step.y - step.height / 2) - (frame.y - frame.height / 2) == pytest.approx(34)
    assert (frame.y + frame.height / 2) - (step.y + step.height / 2) == pytest.approx(16)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**9), size=st.integers(1, 25))
def test_any_flow_is_drawn_soundly(fonts: Fonts, seed: int, size: int) -> None:
    """Random kinds, frames, loops, branches and changes."""
    chance = random.Random(seed)
    old, new = _random_flow(chance, size), _random_flow(chance, size)
    is_sound(picture(difference(old, new), fonts), scopes(old, new))


def _random_flow(chance: random.Random, size: int) -> Flow:
    """Its frames are f0 and f1, the second in the first; lines never cross a frame's border, as BPMN has it."""
    frames = chance.random() < 0.5
    nodes = ["f0:subProcess:Frame", "f1:subProcess:Frame@f0", "x:task:@f1"] if frames else []
    places: dict[str, list[str]] = {"": ["f0"] if frames else [], "f0": ["f1"], "f1": ["x"]}
    for number in range(size):
        scope = chance.choice(["", "", "f0", "f1"]) if frames else ""
        # The same id is of the same kind in the same frame in both flows.
        kind = KINDS[number % len(KINDS)]
        name = chance.choice(["", "Name", "A rather longer name of a step"])
        identity = f"n{number}{scope}"
        nodes.append(f"{identity}:{kind}:{name}@{scope}")
        places[scope].append(identity)
    flows: list[str] = []
    for mates in places.values():
        for _ in range(chance.randrange(2 * len(mates) + 1)):
            label = chance.choice(["", ">yes", ">a long condition of a branch"])
            flows.append(f"{len(flows)}#{chance.choice(mates)}>{chance.choice(mates)}{label}")
    return flow(nodes, flows)


@pytest.mark.parametrize("length", [1, 3, 8])
def test_a_small_flow_fits_a_phone(length: int, fonts: Fonts) -> None:
    """One column is as broad as a phone's screen, so that its names of 15 units come out as 15 pixels."""
    assert picture(difference(None, chain(length)), fonts).width == NARROWEST


def test_two_branches_still_fit_a_phone(fonts: Fonts) -> None:
    """Names come out as at least 14 pixels on 400."""
    new = flow(
        ["s:startEvent:", "g:exclusiveGateway:Ok?", "a:task:A", "b:task:B", "e:endEvent:"],
        ["s>g", "g>a>yes", "g>b>no", "a>e", "b>e"],
    )
    assert 15 * 400 / picture(difference(None, new), fonts).width >= 14


def test_the_same_difference_gives_the_same_picture(fonts: Fonts) -> None:
    """So that a card drawn anew does not change."""
    assert len({svg(union(CHANGED, title="T", labels=LABELS), fonts) for _ in range(3)}) == 1


HOSTILE = [
    "</text><script>alert(1)</script>", "<image href='http://evil.example/x.png'/>", "&xxe; ]]> <!-- <?php",
    "\"' onload='x'",
    "a\0b\x08c\ud800\ufffe", "{placeholder} %s", "\N{RIGHT-TO-LEFT OVERRIDE}gpj.exe", "x" * 100_000, "𝕏" * 200, "", " ",
    "Z" + "\N{COMBINING TILDE BELOW}" * 500,
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text: str, fonts: Fonts) -> None:
    """In ids, kinds, names, conditions and the title: no markup, nothing outside is referred to, sizes stay bounded."""
    if fonts.missing(text[:1000]):
        text = text.replace("𝕏", "X")
    nodes = flow(["a:task:A", "b:userTask:B", "f:subProcess:F"], ["a>b"])
    hostile = type(nodes)(
        nodes=(
            *(type(one)(id=one.id + text, kind=one.kind, name=text) for one in nodes.nodes),
            type(nodes.nodes[0])(id="k", kind=text, name=text, scope="f" + text),
        ),
        flows=(type(nodes.flows[0])(id=text, kind="sequenceFlow", name=text, source="a" + text, target="b" + text),),
    )
    drawn = svg(union(difference(None, hostile), title=text, labels=LABELS), fonts)
    read = Picture(drawn)
    assert {one.tag.rpartition("}")[2] for one in read.root.iter()} <= {
        "svg",
        "g",
        "rect",
        "path",
        "circle",
        "polygon",
        "text",
    }
    assert not any(key.startswith("on") or "href" in key for one in read.root.iter() for key in one.attrib)
    assert read.width < 1000
    assert read.height < 1000


def test_letters_without_a_font_are_refused(latin: Fonts) -> None:
    """No picture is better than one of empty boxes; in the legend too."""
    with pytest.raises(PictureError, match="封禁"):
        picture(difference(None, flow(["a:task:封禁"], [])), latin)
    for node in ("a:封禁任务:Name", "封禁:task:"):
        with pytest.raises(PictureError, match="封禁"):
            picture(difference(None, flow([node], [])), latin)
    with pytest.raises(PictureError, match="新增"):
        picture(difference(chain(1), chain(2)), latin, labels=CHINESE)
    assert picture(difference(None, flow(["a:task:🚨 Alert"], [])), latin).text


def test_chinese_is_drawn_with_a_font_that_has_it(chinese: Fonts) -> None:
    """Names, title and legend."""
    drawn = picture(difference(chain(1, "封禁"), chain(2, "封禁 {}")), chinese, title="封禁地址", labels=CHINESE)
    assert "封禁地址" in drawn.text
    assert "新增" in drawn.text
    families = {text.attrib["font-family"] for text in drawn.root.iter() if text.tag.endswith("}text")}
    assert families


def luminance(color: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio as WCAG 2.2 defines it."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_colours_stand_out() -> None:
    """Texts by 4.5:1 from what they stand on, lines and badges by 3:1 (WCAG 2.2)."""
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast(INK, PAPER) >= 4.5
    assert contrast(QUIET, PAPER) >= 4.5
    for style in STYLES.values():
        assert contrast(style.text, style.fill) >= 4.5
        assert contrast(style.text, PAPER) >= 4.5
        assert contrast(QUIET, style.fill) >= 4.5
        assert contrast(style.line, PAPER) >= 3
        assert contrast(style.line, style.fill) >= 3
        assert not style.sign or contrast(PAPER, style.line) >= 4.5


def test_marks_differ_without_colour() -> None:
    """In the breadth of their line, in its dashes or in its doubling, and in their sign."""
    looks = {(style.width, style.dash, style.double) for style in STYLES.values()}
    assert len(looks) == len(STYLES) == len(Mark)
    signs = [style.sign for style in STYLES.values() if style.sign]
    assert len(set(signs)) == len(signs) == 3


def test_lines_side_by_side_run_through_no_step(fonts: Fonts) -> None:
    """Several between the same two steps, past others."""
    nodes = ["g:exclusiveGateway:Ok?", "f:subProcess:F", "t:task:@f", "x:task:X", "e:endEvent:"]
    new = flow(nodes, ["g>f", "f>e", "g>x", *(f"{number}#g>e>case {number}" for number in range(5))])
    drawn = picture(difference(None, new), fonts)
    is_sound(drawn, scopes(new))
    assert not any(drawn.shapes["f"].crossed(arrow.way) for arrow in drawn.arrows if "f" not in arrow.id)


def test_a_long_chain_goes_on_in_columns(fonts: Fonts) -> None:
    """So that its picture is no thread; a short one stays in one."""
    for length, columns in ((12, 1), (200, 4)):
        drawn = picture(difference(None, chain(length)), fonts)
        assert len({shape.x for shape in drawn.shapes.values()}) == columns
        assert drawn.height < 6 * drawn.width
        is_sound(drawn, {})


def test_a_line_that_was_led_past_a_frame_comes_in_from_its_side(fonts: Fonts) -> None:
    """The layout takes a frame for broader than it is drawn."""
    old = flow(["a:task:", "b:task:", "e:endEvent:"], ["a>b", "b>e"])
    new = flow(
        [
            "a:task:",
            "f:subProcess:F",
            "s:startEvent:@f",
            "b:task:@f",
            "t:boundaryEvent:T!@attachedToRef=f",
            "e:endEvent:",
        ],
        ["a>f", "s>b", "f>e", "t>e"],
    )
    is_sound(picture(difference(old, new), fonts), scopes(new))


def test_many_lines_meet_one_end(fonts: Fonts) -> None:
    """Those beside its circle turn to the flank of it."""
    nodes = ["e:endEvent:All is done now", *(f"t{number}:task:T" for number in range(8))]
    is_sound(picture(difference(None, flow(nodes, [f"t{number}>e" for number in range(8)])), fonts), {})
