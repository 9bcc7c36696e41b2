"""The life cycle of a workflow version, as a table."""

from __future__ import annotations

import itertools

import pytest

from bot.sandbox.secmaster.life import DELETABLE, TRANSITIONS, Event, Status, after
from bot.sandbox.secmaster.refusals import WrongStatus

DRAFT, PENDING, PUBLISHING, FAILED, INACTIVE, ACTIVE, REJECTED = (
    Status.PENDING_SUBMIT,
    Status.PENDING_APPROVAL,
    Status.PUBLISHING,
    Status.PUBLISH_FAILED,
    Status.NOT_ACTIVATED,
    Status.ACTIVATED,
    Status.REJECTED,
)

STEPS = [
    (DRAFT, Event.EDIT, DRAFT),
    (REJECTED, Event.EDIT, REJECTED),
    (DRAFT, Event.SUBMIT, PENDING),
    (REJECTED, Event.SUBMIT, PENDING),
    (PENDING, Event.WITHDRAW, DRAFT),
    (PENDING, Event.APPROVE, PUBLISHING),
    (PENDING, Event.REJECT, REJECTED),
    (PUBLISHING, Event.PUBLISH_ALONE, ACTIVE),
    (PUBLISHING, Event.PUBLISH_BESIDE_OTHERS, INACTIVE),
    (PUBLISHING, Event.FAIL_TO_PUBLISH, FAILED),
    (INACTIVE, Event.ACTIVATE, ACTIVE),
    (ACTIVE, Event.DEACTIVATE, INACTIVE),
]
FORBIDDEN = sorted(set(itertools.product(Status, Event)) - {(status, event) for status, event, _ in STEPS})


@pytest.mark.parametrize(("status", "event", "following"), STEPS)
def test_step(status: Status, event: Event, following: Status) -> None:
    """Each step of the life cycle leads where the user guide says."""
    assert after(status, event) is following


@pytest.mark.parametrize(("status", "event"), FORBIDDEN)
def test_no_other_step(status: Status, event: Event) -> None:
    """Whatever is not in the table is refused, in words that name the action and the status."""
    with pytest.raises(WrongStatus, match=f"You cannot {event} a workflow version in the status {status}"):
        after(status, event)


def test_every_status_can_be_reached() -> None:
    """From a new draft, every status of the SDK can come about."""
    reached = {DRAFT} | set(TRANSITIONS.values())
    assert reached == set(Status)


def test_only_an_activated_version_cannot_be_deleted() -> None:
    """All other statuses allow deletion."""
    assert set(Status) - DELETABLE == {ACTIVE}
