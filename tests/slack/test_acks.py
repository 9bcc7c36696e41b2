"""What Slack delivers has a kind, whichever way it comes."""

from __future__ import annotations

import pytest

from bot.slack.acks import Kind, kind_of, unheard


@pytest.mark.parametrize(
    ("payload", "kind"),
    [
        ({"command": "/secmaster"}, Kind.COMMAND),
        ({"type": "block_actions"}, Kind.ACTION),
        ({"type": "view_submission"}, Kind.VIEW_SUBMISSION),
        ({"type": "event_callback", "event": {"type": "command"}}, Kind.EVENT),
        ({"type": "view_closed"}, Kind.OTHER),
        ({"type": {"odd": 1}}, Kind.OTHER),
        ({}, Kind.OTHER),
    ],
)
def test_every_payload_has_a_kind(payload: dict[str, object], kind: Kind) -> None:
    """One of a fixed few."""
    assert kind_of(payload) is kind
    unheard(kind, 1.0)
