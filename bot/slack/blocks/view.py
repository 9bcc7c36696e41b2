"""A modal: what Slack opens over everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slack_sdk.models.views import View

from bot.slack.blocks.text import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slack_sdk.models.blocks import Block


def view(
    *,
    title: str,
    blocks: Sequence[Block],
    close: str,
    submit: str | None = None,
    callback_id: str | None = None,
    private_metadata: str | None = None,
) -> dict[str, Any]:
    """The JSON of a modal; building it checks Slack's limits (SlackObjectFormationError)."""
    made = View(
        type="modal",
        title=plain(title, 24),
        close=plain(close, 24),
        submit=plain(submit, 24) if submit else None,
        callback_id=callback_id,
        private_metadata=private_metadata,
        blocks=list(blocks),
    )
    return dict(made.to_dict())
