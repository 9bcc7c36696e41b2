"""What counts as a change of a submission."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.changes.diff import compare
from tests.reviews.fakes import submission

CONTENT = [
    "workflow_id", "name", "version", "description", "aop_type", "dataclass_id", "dataclass_name",
    "taskflow", "taskflow_type",
    "taskconfig", "input", "output",
]  # fmt: skip
CIRCUMSTANCES = ["workspace_id", "version_id", "status", "submitter", "submitted_at"]


@pytest.mark.parametrize("name", CONTENT)
def test_every_part_of_the_content_counts(name: str) -> None:
    """A vote on the old content must not pass the new one."""
    assert replace(submission(), **{name: "other"}).fingerprint != submission().fingerprint


@pytest.mark.parametrize("name", CIRCUMSTANCES)
def test_circumstances_do_not_count(name: str) -> None:
    """SecMaster moves status and times by itself."""
    assert replace(submission(), **{name: "other"}).fingerprint == submission().fingerprint


def test_no_part_of_a_submission_is_forgotten() -> None:
    """A field that is added has to be content or circumstance."""
    assert sorted(CONTENT + CIRCUMSTANCES) == sorted(vars(submission()))


def test_what_counts_is_compared_and_shown() -> None:
    """But for what differs between any two versions, or never differs between those that are compared."""
    content = submission().content
    assert {*content.fields, "taskflow", "workflow_id", "version"} == set(CONTENT)
    other = replace(submission(), dataclass_id="other")
    assert [one.path for one in compare(content, other.content).fields] == ["dataclass_id"]


@given(st.lists(st.text(max_size=4), min_size=len(CONTENT), max_size=len(CONTENT)), st.data())
def test_content_does_not_run_together(values: list[str], data: st.DataObject) -> None:
    """Text moved from one field into another is a change."""
    before = replace(submission(), **dict(zip(CONTENT, values, strict=True)))
    shuffled = data.draw(st.permutations(values))
    after = replace(submission(), **dict(zip(CONTENT, shuffled, strict=True)))
    assert (before.fingerprint == after.fingerprint) == (values == shuffled)
