"""The life of a workflow version: which event leads from which status to which.

What the user guide says is the rule. Marked *inferred*: `publishing` and `publish_failed` (only their names are
documented) and `not_activated` after approval beside other versions (the guide's review table says "activated", its
worked example activates by hand). Marked *emulator only*: withdrawal, which no source describes.
"""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from bot.sandbox.secmaster.refusals import WrongStatus

if TYPE_CHECKING:
    from collections.abc import Mapping


class Status(StrEnum):
    """The seven statuses of the SDK."""

    PENDING_SUBMIT = "pending_submit"
    PENDING_APPROVAL = "pending_approval"
    PUBLISHING = "publishing"
    PUBLISH_FAILED = "publish_failed"
    NOT_ACTIVATED = "not_activated"
    ACTIVATED = "activated"
    REJECTED = "rejected"


class Event(StrEnum):
    """What can happen to a version, in words that finish the sentence "you cannot ... it"."""

    EDIT = "edit"
    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    APPROVE = "approve"
    REJECT = "reject"
    PUBLISH_ALONE = "publish as the only version"
    PUBLISH_BESIDE_OTHERS = "publish beside other versions"
    FAIL_TO_PUBLISH = "fail to publish"
    ACTIVATE = "activate"
    DEACTIVATE = "deactivate"


TRANSITIONS: Mapping[tuple[Status, Event], Status] = MappingProxyType(
    {
        (Status.PENDING_SUBMIT, Event.EDIT): Status.PENDING_SUBMIT,
        (Status.REJECTED, Event.EDIT): Status.REJECTED,  # whether an edit makes it a draft again is not documented
        (Status.PENDING_SUBMIT, Event.SUBMIT): Status.PENDING_APPROVAL,
        (Status.REJECTED, Event.SUBMIT): Status.PENDING_APPROVAL,
        (Status.PENDING_APPROVAL, Event.WITHDRAW): Status.PENDING_SUBMIT,  # emulator only
        (Status.PENDING_APPROVAL, Event.APPROVE): Status.PUBLISHING,  # inferred
        (Status.PENDING_APPROVAL, Event.REJECT): Status.REJECTED,
        (Status.PUBLISHING, Event.PUBLISH_ALONE): Status.ACTIVATED,
        (Status.PUBLISHING, Event.PUBLISH_BESIDE_OTHERS): Status.NOT_ACTIVATED,  # inferred
        (Status.PUBLISHING, Event.FAIL_TO_PUBLISH): Status.PUBLISH_FAILED,  # inferred; nothing is known to lead out
        (Status.NOT_ACTIVATED, Event.ACTIVATE): Status.ACTIVATED,
        (Status.ACTIVATED, Event.DEACTIVATE): Status.NOT_ACTIVATED,
    }
)

DELETABLE = frozenset(Status) - {Status.ACTIVATED}
"""Every version but an activated one may be deleted, for ever."""

EDITABLE_WHILE_PENDING = (Status.PENDING_APPROVAL, Event.EDIT)
"""The user guide forbids it, the Terraform provider's documentation says it takes effect; see the fault switch."""


def after(status: Status, event: Event) -> Status:
    """The status that `event` leads to.

    Raises:
        WrongStatus: the life cycle has no such step.
    """
    following = TRANSITIONS.get((status, event))
    if following is None:
        raise WrongStatus(f"You cannot {event} a workflow version in the status {status}.")
    return following
