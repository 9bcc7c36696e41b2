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
    if step(payload, "is_enterprise_install") in (True, "true"):
        named |= organisations
    if not organisations:
        named.add(ident(payload, "user", "team_id"))
    return frozenset(named - {""})


def buttons(payload: Any) -> frozenset[tuple[str, str]]:
    """Every button and entry of a menu (its action_id and value) of the message that a click's payload carries."""
    rows = [step(block, "elements") for block in _list(step(step(payload, "message"), "blocks"))]
    found = set()
    for element in (element for row in rows for element in _list(row)):
        values = [ident(element, "value"), *(ident(option, "value") for option in _list(step(element, "options")))]
        found |= {(ident(element, "action_id"), value) for value in values if value}
    return frozenset(found)


def _list(node: Any) -> list[Any]:
    return node if isinstance(node, list) else []


def _text(node: Any, *path: str | int) -> str:
    for name in path:
        node = step(node, name)
    return node if isinstance(node, str) else ""


def step(node: Any, name: str | int) -> Any:
    """What a mapping has under a name, or a list at a place; None where there is nothing."""
    match node, name:
        case dict(), str():
            return node.get(name)
        case list(), int():
            return node[name] if name < len(node) else None
        case _:
            return None
