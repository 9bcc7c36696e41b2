"""What is said at start of people and groups in the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from bot.reviews.models import Person
from bot.slack.people import look_for
from tests.reviews.fakes import FakeDirectory

if TYPE_CHECKING:
    from structlog.typing import EventDict

GROUPS = {"S1": frozenset({"U3"}), "S2": frozenset[str]()}


async def looked_for(
    directory: FakeDirectory, *, reviewers: tuple[str, ...] = (), others: tuple[str, ...] = ()
) -> list[EventDict]:
    """What was logged."""
    with capture_logs() as logged:
        await look_for(
            directory,
            reviewers={name: ["BOT_REVIEWERS"] for name in reviewers},
            others={name: ["identities.x", "BOT_ESCALATE_TO"] for name in others},
        )
    return logged


@pytest.mark.parametrize(
    ("person", "as_reviewer", "as_other"),
    [
        (Person(id="UX", name="x", team_id="T1"), None, None),
        (Person(id="UX", name="x", team_id="T1", deleted=True), "deactivated", None),
        (Person(id="UX", name="x", team_id="T1", bot=True), "app", "app"),
        (Person(id="UX", name="x", team_id="T1", guest=True), "guest", None),
        (Person(id="UX", name="x", team_id="T2"), "another workspace", None),
        (None, "nobody", "nobody"),
    ],
)
async def test_who_is_no_use_is_named(person: Person | None, as_reviewer: str | None, as_other: str | None) -> None:
    """As a reviewer, who has to vote; in identities and escalations only when there is no person at all."""
    directory = FakeDirectory()
    if person:
        directory.people["UX"] = person
    for logged, said, setting in (
        (await looked_for(directory, reviewers=("UX", "U1")), as_reviewer, "BOT_REVIEWERS"),
        (await looked_for(directory, others=("UX", "U1")), as_other, "identities.x, BOT_ESCALATE_TO"),
    ):
        assert len(logged) == (said is not None)
        for line in logged:
            assert (line["event"], line["person"], line["named_by"]) == ("person.unusable", "UX", setting)
            assert str(said) in line["problem"]


async def test_groups_are_looked_at_too() -> None:
    """One that is gone, and one without members, through which nobody could vote."""
    directory = FakeDirectory(groups=GROUPS, gone={"S3"})
    logged = await looked_for(directory, reviewers=("S1", "S2", "S3"))
    assert [(line["person"], line["problem"]) for line in logged] == [
        ("S2", "The user group has no members."),
        ("S3", "Slack knows no such user group. Check the id."),
    ]


async def test_where_slack_does_not_answer_the_look_ends() -> None:
    """With one line; nobody is called wrong who may be right."""
    logged = await looked_for(FakeDirectory(broken={"find"}), reviewers=("U1", "UX"), others=("UY",))
    assert [line["event"] for line in logged] == ["people.not_looked_at"]


async def test_a_group_whose_members_cannot_review_is_named() -> None:
    """One who may is enough, and a large group is not gone through."""
    crowd = {f"U{number}": Person(id=f"U{number}", name="x", team_id="T1", guest=True) for number in range(100, 130)}
    able = Person(id="U200", name="Able", team_id="T1")
    groups = {"S1": frozenset({"U100", "U101"}), "S2": frozenset({"U100", "U200"}), "S3": frozenset(crowd)}
    directory = FakeDirectory(people={**crowd, "U200": able}, groups=groups)
    logged = await looked_for(directory, reviewers=tuple(groups))
    assert [(line["person"], line["problem"]) for line in logged] == [
        ("S1", "None of its members can review. Add full members of your workspace."),
    ]
