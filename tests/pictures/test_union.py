"""Two flows laid on top of each other."""

from __future__ import annotations

import json

import pytest

from bot.changes.diff import Difference
from bot.errors import PictureError
from bot.pictures.union import EDGES_MOST, NODES_MOST, Mark, Union, from_plain, union
from tests.pictures.flows import CHANGED, LABELS, NEW, OLD, chain, difference, flow


def drawn(what: Difference) -> Union:
    """The union with a title of no matter."""
    return union(what, title="Title", labels=LABELS)


def test_every_part_of_both_flows_is_there_with_its_mark() -> None:
    """Nothing of the old or the new flow is left out."""
    both = drawn(CHANGED)
    assert {node.id for node in both.nodes} == {one.id for one in (*OLD.nodes, *NEW.nodes)}
    assert {edge.id for edge in both.edges if not edge.attached} == {one.id for one in (*OLD.flows, *NEW.flows)}
    marks = {node.id: node.mark for node in both.nodes if node.mark is not Mark.SAME}
    assert marks == {
        "look": Mark.CHANGED, "hash": Mark.REMOVED, "shot": Mark.ADDED, "late": Mark.ADDED, "page": Mark.ADDED,
        "fork": Mark.ADDED,
    }  # fmt: skip


def test_what_is_gone_stands_behind_what_it_stood_behind() -> None:
    """So that the layout draws it where it was."""
    old = flow(["gone:task:", "a:task:", "lost:task:", "b:task:"], [])
    both = drawn(difference(old, flow(["a:task:", "new:task:", "b:task:"], [])))
    assert [node.id for node in both.nodes] == ["gone", "a", "lost", "new", "b"]


def test_a_connection_that_leads_elsewhere_is_drawn_both_ways() -> None:
    """The new way as changed, the former beside it."""
    both = drawn(CHANGED)
    assert [(e.target, e.mark, e.label) for e in both.edges if e.id == "no"] == [
        ("cut", Mark.FORMERLY, ""),
        ("fork", Mark.CHANGED, "no"),
    ]


def test_a_connection_without_a_name_shows_its_condition() -> None:
    """The name is worth more, but better the condition than nothing."""
    both = drawn(difference(None, flow(["a:task:", "b:task:"], ["1#a>b!${x > 1}", "2#a>b>yes!${x > 1}"])))
    assert [edge.label for edge in both.edges] == ["${x > 1}", "yes"]


def test_a_first_version_marks_nothing() -> None:
    """All of it is new: the words say so."""
    both = drawn(difference(None, NEW))
    assert both.first
    assert both.marks() == []


def test_an_end_that_is_not_there_gets_a_place_of_its_own() -> None:
    """A connection into nowhere is a thing that a reviewer has to see."""
    both = drawn(difference(None, flow(["a:task:"], ["a>ghost", "\0>a"])))
    assert [(node.id, node.name) for node in both.nodes] == [("a", "a"), ("ghost", "ghost"), ("\0", "?")]


def test_events_tell_what_they_wait_for_and_where_they_hang() -> None:
    """From the facts of the element."""
    both = drawn(CHANGED)
    assert {node.id: node.event for node in both.nodes if node.event} == {"late": "timer"}
    assert [(edge.source, edge.target) for edge in both.edges if edge.attached] == [("sub", "late")]


@pytest.mark.parametrize(
    "nodes",
    [["a:subProcess:@b", "b:subProcess:@a", "c:task:@a"], ["a:subProcess:@a"], ["a:task:@nowhere"]],
)
def test_frames_that_cannot_be_lose_no_step(nodes: list[str]) -> None:
    """Those that lie in each other, in themselves or in nothing."""
    both = drawn(difference(None, flow(nodes, [])))
    assert len(both.nodes) == len(nodes)
    parents = {node.id: node.scope for node in both.nodes}
    for node in both.nodes:
        seen, above = set(), node.scope
        while above:
            assert above not in seen
            seen.add(above)
            above = parents[above]


def test_the_other_process_is_told_the_same() -> None:
    """Through JSON and back."""
    for what in (CHANGED, difference(None, NEW)):
        both = drawn(what)
        assert from_plain(json.loads(json.dumps(both.plain()))) == both


def test_names_that_look_the_same_go_with_their_ids() -> None:
    """Of steps that are there, and of one that is gone."""
    both = drawn(difference(flow(["gone:task:Check"], []), flow(["a:task:Check ", "b:task:Сheck", "c:task:Other"], [])))
    assert {node.name for node in both.nodes} == {"Check (gone)", "Check (a)", "Сheck (b)", "Other"}


def test_texts_are_bounded() -> None:
    """Whatever a name holds, what is handed on is small and clean."""
    both = drawn(difference(None, flow(["a:" + "k" * 9999 + "Task:" + "n" * 99999], [])))
    assert len(json.dumps(both.plain())) < 2000


def test_an_unreadable_flow_has_no_picture() -> None:
    """And the sentence says so."""
    for what in (difference(OLD, None), Difference(first=False, old_flow=None, new_flow=NEW)):
        with pytest.raises(PictureError, match="cannot be read"):
            drawn(what)
    with pytest.raises(PictureError, match="no flow"):
        drawn(difference(None, flow([], [])))


def test_a_flow_that_is_too_large_has_no_picture() -> None:
    """The sentence says how large it is; the largest that can be drawn has one."""
    assert len(drawn(difference(None, chain(NODES_MOST))).nodes) == NODES_MOST
    with pytest.raises(PictureError, match=r"has 201 steps and 200 connections"):
        drawn(difference(None, chain(NODES_MOST + 1)))
    with pytest.raises(PictureError, match="too many"):
        drawn(difference(None, flow(["a:task:", "b:task:"], [f"{n}#a>b" for n in range(EDGES_MOST + 1)])))
    with pytest.raises(PictureError, match="too many"):
        drawn(difference(None, flow(["a:task:"], [f"a>ghost{n}" for n in range(NODES_MOST)])))
