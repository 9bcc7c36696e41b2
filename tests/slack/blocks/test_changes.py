"""What a submission changes, as cards, forms and the modal tell it."""

from __future__ import annotations

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
    """A button for each way there is; a page that is gone is the last; every step is on one page only."""
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
        assert sum(f"Step {number:03} " in page for page in distinct) == 1


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
