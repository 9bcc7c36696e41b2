"""What a submission changes, as cards, forms and the modal tell it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bot.changes.diff import compare
from bot.locales import translator
from bot.reviews.examination import Against, Changes, Check, CheckMode, CheckResult, Examination
from bot.reviews.models import ReviewState
from bot.slack.blocks.changes import SINCE, TURN, WHOLE, Asked, asked_of, baseline, changes_modal, checks, summary
from tests.changes.drawing import content, plugin, start, taskflow, version
from tests.changes.pairs import PAIRS
from tests.reviews.fakes import START
from tests.scenarios.stage import elements_of, text_of
from tests.slack.listeners.desk import OPEN

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.changes.diff import Difference
    from bot.reviews.models import Review
    from tests.changes.pairs import Pair

T = translator("en")
MADE = tuple(Check(mode=mode, result=CheckResult.PASSED) for mode in CheckMode)
COMPARED = Examination(at=START, against=Against.ACTIVE, baseline_id="id-1", baseline_version="v1", checks=MADE)


def many(steps: int) -> Difference:
    """Many steps of a first version, each with something to read."""
    nodes = [plugin(f"Activity_{number:03}", f"Step {number:03}", "x" * 300) for number in range(steps)]
    return compare(None, content(version(taskflow(start(), *nodes))))


def examined(**changes: Any) -> Review:
    """A review that was examined."""
    return replace(OPEN, examination=replace(COMPARED, **changes))


def turns(view: dict[str, Any]) -> dict[str, str]:
    """The buttons below the changes: label and value."""
    return {one["text"]["text"]: one["value"] for one in elements_of(view, "button")}


@pytest.mark.parametrize("pair", PAIRS)
def test_each_pair_of_the_gallery_fits_into_pages(pair: Callable[[], Pair]) -> None:
    """Every page is a view that Slack takes; together they tell every change by its title."""
    old, new = pair()
    difference = compare(content(old) if old else None, content(new))
    page, said = 0, ""
    while True:
        view = changes_modal(T, examined(), Changes(difference=difference), Asked(page=page))
        assert len(view["blocks"]) <= 100
        said += text_of(view)
        if "Next page" not in turns(view):
            break
        page += 1
    for change in difference.nodes:
        assert not change.element.name.isalnum() or change.element.name in said


def test_pages_are_turned_both_ways() -> None:
    """A button for each way there is; a page that is gone is the last; every step begins on one page only."""
    difference = many(70)
    first = changes_modal(T, examined(), Changes(difference=difference), Asked())
    assert turns(first) == {"Next page": f"{WHOLE}.1:review-1"}
    assert "Page 1 of" in text_of(first)
    second = changes_modal(T, examined(), Changes(difference=difference), asked_of("whole.1"))
    assert turns(second) == {"Previous page": f"{WHOLE}.0:review-1", "Next page": f"{WHOLE}.2:review-1"}
    last = changes_modal(T, examined(), Changes(difference=difference), Asked(page=999))
    assert list(turns(last)) == ["Previous page"]
    pages = [
        text_of(changes_modal(T, examined(), Changes(difference=difference), Asked(page=page))) for page in range(9)
    ]
    distinct = dict.fromkeys(pages)
    for number in range(70):
        title = f"Step {number:03}” (service task)"
        assert sum(page.count(title) - page.count(f"{title} (continued)") for page in distinct) == 1


def every_page(difference: Difference) -> list[dict[str, Any]]:
    """All views that the difference fills."""
    views = [changes_modal(T, examined(), Changes(difference=difference), Asked())]
    while "Next page" in turns(views[-1]):
        views.append(changes_modal(T, examined(), Changes(difference=difference), Asked(page=len(views))))
    return views


def settings_of(old: Any, new: Any) -> Difference:
    """Two versions with these settings."""
    before, after = (content(version(taskflow(start()), taskconfig=one)) for one in (old, new))
    return compare(before, after)


def test_every_detail_is_on_some_page() -> None:
    """An entry of very many goes on on the next page, under its title."""
    views = every_page(settings_of({}, {f"key{number}": f"value {number}" for number in range(400)}))
    said = "".join(map(text_of, views))

    assert len(views) > 1
    assert all(f"“value {number}”" in said for number in range(400))
    assert "Configuration of steps (taskconfig) (continued)" in text_of(views[1])
    assert "Settings" in text_of(views[1])


def test_every_row_is_on_some_page() -> None:
    """A long script goes on on the next page too, and so does one long line."""
    script = "\n".join(f"line {number} of it" for number in range(2000))
    line = " ".join(f"word{number}" for number in range(5000))
    said = "".join(map(text_of, every_page(settings_of({"s": ""}, {"s": script, "l": line}))))

    assert all(f"+line {number} of it" in said for number in range(2000))
    assert "word4999" in said
    assert "s (continued)" in said


def test_a_second_difference_in_a_long_line_is_seen() -> None:
    """It stood behind the end of what was shown."""
    line = "allow " + ", ".join(f"host{number}.example" for number in range(300))
    found = settings_of({"hosts": line}, {"hosts": line.replace("host3.", "host3x.").replace("host290.", "evil.")})

    assert "evil.example" in text_of(changes_modal(T, examined(), Changes(difference=found), Asked()))


@pytest.mark.parametrize("letter", ["x", "\u4e2d", "\U0001f6ab", "\u202e", '"', "\\", "\x00", "\u05d0"])
def test_no_page_is_too_large_for_slack(letter: str) -> None:
    """Whatever the texts are made of, it stays far below what Slack takes: 250 kB, and 100 blocks."""
    steps = [plugin(f"Activity_{letter}{number}", letter * 200, letter * 30) for number in range(40)]
    fields = {f"{letter}{number}": letter * 120 for number in range(80)} | {letter * 90: {letter * 90: letter * 3000}}
    found = compare(None, content(version(taskflow(start(), *steps), taskconfig=fields, description=letter * 9_000)))

    for view in every_page(found):
        assert len(json.dumps(view)) < 125_000
        assert len(view["blocks"]) <= 50


def test_letters_that_run_from_right_to_left_turn_no_row() -> None:
    """The sign stays where it is."""
    found = settings_of({"s": "a\nb"}, {"s": "a\n\u05d0\u05d1"})

    assert "+\u2068\u05d0\u05d1\u2069" in json.dumps(
        changes_modal(T, examined(), Changes(difference=found), Asked()), ensure_ascii=False
    )


def test_the_round_before_is_one_button_away() -> None:
    """And back."""
    both = Changes(difference=many(2), since=many(1))
    review = replace(examined(), round=3)
    whole = changes_modal(T, review, both, Asked())
    assert "Compared with v1, active now" in text_of(whole)
    assert turns(whole) == {"Only since round 2": f"{SINCE}.0:review-1"}
    since = changes_modal(T, review, both, asked_of("since.0"))
    assert "Changed since round 2" in text_of(since)
    assert turns(since) == {"Compare with what it replaces": f"{WHOLE}.0:review-1"}
    first_round = changes_modal(T, examined(), Changes(difference=many(1)), asked_of("since.0"))
    assert "Compared with" in text_of(first_round)


def test_what_is_not_known_yet_is_said() -> None:
    """What changed since the round before may be known all the same."""
    view = changes_modal(T, OPEN, Changes(difference=None), Asked())
    assert "not known yet" in text_of(view)
    assert turns(view) == {}
    known = changes_modal(T, replace(OPEN, round=2), Changes(difference=None, since=many(1)), Asked())
    assert list(turns(known)) == ["Only since round 1"]


@pytest.mark.parametrize("text", ["", "whole", "whole.x", "other.1", "whole.-1", "since.99999", "whole.²", "1.whole"])
def test_a_forged_page_is_the_first(text: str) -> None:
    """Whatever a button carries."""
    assert asked_of(text) == Asked()


def test_buttons_of_pages_differ_in_their_action() -> None:
    """Slack wants each action once in a block."""
    view = changes_modal(T, replace(examined(), round=2), Changes(difference=many(70), since=many(1)), Asked(page=1))
    ids = [one["action_id"] for one in elements_of(view, "button")]
    assert len(set(ids)) == len(ids) == 3
    assert all(one.startswith(f"{TURN}:") for one in ids)


@pytest.mark.parametrize(
    ("against", "said"),
    [
        (Against.ACTIVE, "v1, active now"),
        (Against.APPROVED, "v1, the last that was approved; none is active"),
        (Against.NOTHING, "nothing: no version of it was approved before"),
        (Against.UNKNOWN, "not known"),
    ],
)
def test_a_card_names_what_is_replaced(against: Against, said: str) -> None:
    """Or why nothing is."""
    assert said in baseline(T, examined(against=against))


def test_a_baseline_without_a_number_goes_by_its_id() -> None:
    """A version that SecMaster gives no number."""
    assert baseline(T, examined(baseline_version="")) == "id-1, active now"


def test_a_summary_has_a_line_for_each_fact() -> None:
    """While nothing is known it says so; a first version replaces nothing."""
    assert summary(T, OPEN) == [("Changes", "being looked up…")]
    assert summary(T, replace(OPEN, state=ReviewState.CLOSED)) == []
    counted = many(1).summary
    assert [label for label, _ in summary(T, examined(against=Against.NOTHING, summary=counted))] == [
        "Changes",
        "SecMaster's checks",
    ]
    assert [label for label, _ in summary(T, replace(examined(summary=counted, since=counted), round=2))] == [
        "Replaces",
        "Changes",
        "Since round 1",
        "SecMaster's checks",
    ]
    assert [label for label, _ in summary(T, examined(against=Against.UNKNOWN))] == [
        "Compared with",
        "SecMaster's checks",
    ]


def test_checks_say_what_is_wrong_and_what_is_missing() -> None:
    """In SecMaster's own words, which may be none."""
    failed = Check(mode=CheckMode.CIRCLE, result=CheckResult.FAILED, detail="loop found: a -> b")
    missing = Check(mode=CheckMode.APP_PARAMS, result=CheckResult.UNAVAILABLE)
    assert checks(T, MADE) == "✅ all passed"
    assert checks(T, ()) == "not made yet"
    said = checks(T, (MADE[0], failed, missing))
    assert said == (
        "❌ loop check failed: loop found: a -> b · ❔ parameter check not available: SecMaster gave no detail"
    )
