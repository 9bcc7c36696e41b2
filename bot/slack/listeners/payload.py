"""Reading what Slack delivers without trusting its shape: what is missing or of another kind is empty."""

from __future__ import annotations

import re
from typing import Any

_ID = re.compile(r"[!-~]{1,255}")

_TEAMS = (("team", "id"), ("team_id",), ("view", "app_installed_team_id"))
_ORGANISATIONS = (("enterprise", "id"), ("enterprise_id",))


def text(payload: Any, *path: str | int) -> str:
    """The text at the end of the path; "" when there is none."""
    # JSON can carry half a surrogate pair, which no database and no HTTP library takes.
    return _text(payload, *path).encode("utf-8", "replace").decode()


def ident(payload: Any, *path: str | int) -> str:
    """The id at the end of the path; "" for whatever cannot be one, so that it gets no further."""
    found = _text(payload, *path)
    return found if _ID.fullmatch(found) else ""


def origins(payload: Any) -> frozenset[str]:
    """The workspaces that a payload says it comes from; the organisation, where the app is installed in all of it.

    A person's own workspace counts too, but for organisations: there it may be the organisation itself, or another
    workspace of it (Slack, block_actions payload).
    """
    named = {ident(payload, *path) for path in _TEAMS}
    organisations = {ident(payload, *path) for path in _ORGANISATIONS} - {""}
    if _step(payload, "is_enterprise_install") in (True, "true"):
        named |= organisations
    if not organisations:
        named.add(ident(payload, "user", "team_id"))
    return frozenset(named - {""})


def buttons(payload: Any) -> frozenset[tuple[str, str]]:
    """Every button (its action_id and value) of the message that a click's payload carries."""
    blocks = _step(_step(payload, "message"), "blocks")
    elements = [_step(block, "elements") for block in blocks] if isinstance(blocks, list) else []
    return frozenset(
        (ident(element, "action_id"), ident(element, "value"))
        for row in elements
        if isinstance(row, list)
        for element in row
    )


def _text(node: Any, *path: str | int) -> str:
    for step in path:
        node = _step(node, step)
    return node if isinstance(node, str) else ""


def _step(node: Any, step: str | int) -> Any:
    match node, step:
        case dict(), str():
            return node.get(step)
        case list(), int():
            return node[step] if step < len(node) else None
        case _:
            return None
