"""What SecMaster sends, and what becomes of it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.secmaster import records

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
VERSION_FIELDS = ["id", "version_id", "aopworkflow_id", "name", "version", "status", "taskflow", "taskconfig", "input"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("告警", "告警"),
        (3, "3"),
        (True, "true"),
        ({"b": 1, "a": "告"}, '{"a": "告", "b": 1}'),
        ([], "[]"),
        ("a\ud800b", "a?b"),
        (["\udfff"], '["?"]'),
    ],
)
def test_text(value: object, text: str) -> None:
    """Anything becomes text that can be stored and sent; a structure stays visible to the reviewer."""
    assert records.text(value) == text


@pytest.mark.parametrize(
    ("value", "flag"),
    [(True, True), ("TRUE", True), (1, True), (False, False), ("false", False), (0, False), (None, None), ("x", None)],
)
def test_flag(value: object, flag: object) -> None:
    """Yes and no are understood in every spelling that was seen, and nothing is read into the rest."""
    assert records.flag(value) is flag


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (0, 0),
        (17, 17),
        ("17", 17),
        (None, None),
        (-1, None),
        (1.5, None),
        ("٣", None),
        ("9" * 5000, None),
        (True, None),
    ],
)
def test_number(value: object, number: int | None) -> None:
    """Counts are read as numbers or text; anything else is no count."""
    assert records.number(value) == number


@pytest.mark.parametrize("spelling", ["current_rejected_version_id", "current_rejected_versoin_id"])
def test_both_spellings_of_the_rejected_version(spelling: str) -> None:
    """The list misspells a field that the single read spells right: both are read."""
    assert records.workflow({"id": "w", spelling: "v9"}).rejected_version_id == "v9"


def test_workflow() -> None:
    """A workflow's versions by what they are: active, waiting, rejected."""
    item = {
        "id": "w1",
        "name": "isolate",
        "enabled": True,
        "version_id": "v1",
        "current_approval_version_id": "v2",
        "current_rejected_version_id": "",
        "current_rejected_versoin_id": None,
        "labels": ["unknown", "fields"],
    }

    workflow = records.workflow(item)

    assert (workflow.id, workflow.name, workflow.enabled) == ("w1", "isolate", True)
    assert (workflow.active_version_id, workflow.pending_version_id, workflow.rejected_version_id) == ("v1", "v2", "")


@pytest.mark.parametrize(
    ("item", "version_id"),
    [
        ({"id": "a", "version_id": "b"}, "a"),
        ({"id": None, "version_id": "b"}, "b"),
        ({"version_id": "b"}, "b"),
        ({}, ""),
    ],
)
def test_id_comes_before_version_id(item: dict[str, Any], version_id: str) -> None:
    """Both fields name the version; `id` is preferred, as Huawei's own provider does."""
    assert records.workflow_version(item, "ws").version_id == version_id


@pytest.mark.parametrize(
    ("item", "submitter", "submitted_at"),
    [
        (
            {"creator_name": "ann", "create_time": "t1", "modifier_name": "bob", "update_time": "t2"},
            "bob",
            "t2",
        ),
        ({"creator_name": "ann", "create_time": "t1", "modifier_name": "", "update_time": None}, "ann", "t1"),
        ({}, "", ""),
    ],
)
def test_the_last_who_changed_it_is_the_submitter(item: dict[str, Any], submitter: str, submitted_at: str) -> None:
    """The modifier submitted it, else the creator; times stay SecMaster's own text."""
    version = records.workflow_version(item, "ws")

    assert (version.submitter, version.submitted_at) == (submitter, submitted_at)


# Nested JSON is slow to make up on a busy machine.
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(item=st.dictionaries(st.sampled_from(VERSION_FIELDS), json_values))
def test_no_version_is_too_odd(item: dict[str, Any]) -> None:
    """Whatever JSON the fields hold, a version is read, and its content can be told apart."""
    version = records.workflow_version(item, "ws")

    assert version.workspace_id == "ws"
    assert len(version.fingerprint) == 64


def test_the_rest() -> None:
    """Approvals, workspaces and checks are read with undocumented fields and without documented ones."""
    approval = records.approval({"id": "a", "result": "PASS", "content": "ok", "user_id": "u", "create_time": "t"})
    workspace = records.workspace({"id": "ws", "name": "SOC", "is_view": "true", "domain_id": "d"})
    check = records.validation({"mode": "BASIC", "result": False, "detail": "loop"})

    assert (approval.id, approval.result, approval.content, approval.created_at) == ("a", "PASS", "ok", "t")
    assert (workspace.id, workspace.name, workspace.is_view) == ("ws", "SOC", True)
    assert records.workspace({}).is_view is False
    assert (check.mode, check.result, check.detail) == ("BASIC", False, "loop")
    assert records.validation({}).result is None
