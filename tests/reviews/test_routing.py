"""Which route a submission takes."""

from __future__ import annotations

import pytest

from bot.reviews.models import Route
from bot.reviews.routing import Routing, Rule
from tests.reviews.fakes import RULES, WORKSPACE, submission

ROUTE = Route(channel="C1", notify=(), policy=RULES, locale="en")


@pytest.mark.parametrize(
    ("conditions", "matches"),
    [
        ({}, True),
        ({"workspace": WORKSPACE}, True),
        ({"workspace": "workspace-2"}, False),
        ({"aop_types": ("HEMOSTASIS",)}, True),
        ({"aop_types": ("EASE", "HEMOSTASIS")}, True),
        ({"aop_types": ("EASE",)}, False),
        ({"aop_types": ("hemostasis",)}, False),
        ({"workflow": "Isolate host"}, True),
        ({"workflow": "isolate*"}, True),
        ({"workflow": "ISOLATE?HOST"}, True),
        ({"workflow": "[hi]solate *"}, True),
        ({"workflow": "isolate"}, False),
        ({"workflow": "host"}, False),
        ({"workspace": WORKSPACE, "aop_types": ("HEMOSTASIS",), "workflow": "*"}, True),
        ({"workspace": WORKSPACE, "aop_types": ("EASE",), "workflow": "*"}, False),
        ({"workspace": WORKSPACE, "aop_types": ("HEMOSTASIS",), "workflow": "block*"}, False),
        ({"workspace": "workspace-2", "aop_types": ("HEMOSTASIS",), "workflow": "*"}, False),
    ],
)
def test_a_rule_matches_when_every_condition_holds(conditions: dict[str, object], matches: bool) -> None:
    """Empty conditions match everything; names match as a whole, in any case."""
    assert Rule(route=ROUTE, **conditions).matches(submission()) is matches  # type: ignore[arg-type]


def test_the_first_match_wins_and_each_workspace_has_its_own_default() -> None:
    """A later rule that matches too is not asked."""
    routes = {name: Route(channel=name, notify=(), policy=RULES, locale="en") for name in ("C1", "C2", "C3", "C4")}
    routing = Routing(
        rules=[Rule(route=routes["C1"], workflow="isolate*"), Rule(route=routes["C2"], workflow="*host")],
        defaults={WORKSPACE: routes["C3"], "workspace-2": routes["C4"]},
    )
    assert routing.route(submission()).channel == "C1"
    assert routing.route(submission(name="Scan host")).channel == "C2"
    assert routing.route(submission(name="Scan")).channel == "C3"
    assert routing.route(submission(name="Scan", workspace_id="workspace-2")).channel == "C4"
    assert list(routing.workspaces) == [WORKSPACE, "workspace-2"]


@pytest.mark.parametrize(("name", "user"), [("zhang.wei", "U2"), ("li.na", None), ("", None)])
def test_identities_name_the_submitter(name: str, user: str | None) -> None:
    """Who is not listed is not guessed."""
    routing = Routing(rules=[], defaults={}, identities={"zhang.wei": "U2"})
    assert routing.submitter_user(submission(submitter=name)) == user
