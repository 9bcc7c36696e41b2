"""Modals and home tabs: what each person has before them, and how the app changes it."""

from __future__ import annotations

import copy
import secrets
from typing import TYPE_CHECKING, Any

from bot.sandbox.slack.blockkit import filled, too_large, view_problems
from bot.sandbox.slack.inputs import initial_state
from bot.sandbox.slack.refused import Refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.sandbox.changes import Changes
    from bot.sandbox.slack.workspace import Workspace

View = dict[str, Any]

DEEPEST = 3
"""Views a stack may hold (views.push page)."""


class Views:
    """A stack of modals and a home tab for each person."""

    def __init__(self, workspace: Workspace, clock: Callable[[], float], changes: Changes) -> None:
        self._workspace = workspace
        self._clock = clock
        self._changes = changes
        self.stacks: dict[str, list[View]] = {}
        self.homes: dict[str, View] = {}

    def open(self, user: str, definition: Any) -> View:
        """A first modal for `user`. Whatever they had open gives way; Slack documents nothing for that case.

        Raises:
            Refused: the definition is not one Slack takes.
        """
        self.check(definition, "modal")
        view = self._make(definition, None)
        self.stacks[user] = [view]
        self._tell("modal", user)
        return view

    def push(self, user: str, definition: Any) -> View:
        """One more modal on top of `user`'s stack.

        Raises:
            Refused: `push_limit_reached`, `not_found` when nothing is open, or the definition is not one Slack takes.
        """
        self.check(definition, "modal")
        stack = self.stacks.get(user)
        if not stack:
            raise Refused("not_found")
        if len(stack) >= DEEPEST:
            raise Refused("push_limit_reached")
        stack.append(self._make(definition, stack[-1]))
        self._tell("modal", user)
        return stack[-1]

    def update(self, view: View, definition: Any, view_hash: str | None = None) -> View:
        """Change an open view in place; what was typed stays where block_id and action_id stay.

        Raises:
            Refused: `hash_conflict`, or the definition is not one Slack takes.
        """
        if view_hash and view_hash != view["hash"]:
            raise Refused("hash_conflict")
        self.check(definition, view["type"], current=view)
        fresh = self._make(definition, None, earlier=view)
        keep = ("id", "root_view_id", "previous_view_id")
        view.update({key: value for key, value in fresh.items() if key not in keep})
        for user in self._owners(view):
            self._tell(view["type"], user)
        return view

    def publish(self, user: str, definition: Any, view_hash: str | None = None) -> View:
        """Set `user`'s home tab.

        Raises:
            Refused: `hash_conflict`, or the definition is not one Slack takes.
        """
        current = self.homes.get(user)
        if current:
            return self.update(current, definition, view_hash)
        self.check(definition, "home")
        self.homes[user] = self._make(definition, None)
        self._tell("home", user)
        return self.homes[user]

    def find(self, view_id: str, external_id: str = "") -> View:
        """The open view with this id or external id.

        Raises:
            Refused: `not_found`; the person has closed it, or it never was.
        """
        for view in self._all():
            if (view_id and view["id"] == view_id) or (external_id and view["external_id"] == external_id):
                return view
        raise Refused("not_found")

    def close(self, user: str, view_id: str | None = None) -> list[View]:
        """Take views off `user`'s stack, from the top down to `view_id` (None: all); which, top first."""
        stack = self.stacks.get(user, [])
        closed: list[View] = []
        if view_id and not self.is_open(user, view_id):
            return closed
        while stack:
            closed.append(stack.pop())
            if closed[-1]["id"] == view_id:
                break
        self._tell("modal", user)
        return closed

    def is_open(self, user: str, view_id: str) -> bool:
        """Whether that view is in `user`'s stack."""
        return any(view["id"] == view_id for view in self.stacks.get(user, []))

    def touch(self, user: str) -> None:
        """Tell those who watch that something in `user`'s open modal changed."""
        self._tell("modal", user)

    def check(self, definition: Any, kind: str, current: View | None = None) -> None:
        """Refuse a definition that Slack would not take, as one of `kind`, in the place of `current`.

        Raises:
            Refused: `invalid_arguments`, `view_too_large` or `duplicate_external_id`.
        """
        problems = view_problems(definition)
        if not problems and definition["type"] != kind:
            problems = [f"[ERROR] must be {kind} [json-pointer:/view/type]"]
        if problems:
            raise Refused("invalid_arguments", problems)
        if too_large(definition):
            raise Refused("view_too_large")
        external_id = definition.get("external_id")
        if external_id and any(view["external_id"] == external_id for view in self._all() if view is not current):
            raise Refused("duplicate_external_id")

    def _make(self, definition: View, below: View | None, earlier: View | None = None) -> View:
        app = self._workspace.app
        blocks = filled(definition["blocks"])
        view_id = f"V{secrets.token_hex(5).upper()}"
        kept = earlier["state"]["values"] if earlier else None
        texts = copy.deepcopy({key: definition.get(key) for key in ("title", "submit", "close")})
        return {
            "id": view_id, "team_id": self._workspace.team_id, "type": definition["type"], "blocks": blocks,
            "private_metadata": definition.get("private_metadata") or "",
            "callback_id": definition.get("callback_id") or "",
            "state": {"values": initial_state(blocks, kept)},
            "hash": f"{int(self._clock())}.{secrets.token_hex(4)}", **texts,
            "clear_on_close": bool(definition.get("clear_on_close")),
            "notify_on_close": bool(definition.get("notify_on_close")),
            "submit_disabled": bool(definition.get("submit_disabled")),
            "previous_view_id": below["id"] if below else None,
            "root_view_id": below["root_view_id"] if below else view_id,
            "app_id": app.app_id, "external_id": definition.get("external_id") or "",
            "app_installed_team_id": self._workspace.team_id, "bot_id": app.bot_id,
        }  # fmt: skip

    def _all(self) -> list[View]:
        return [view for stack in self.stacks.values() for view in stack] + list(self.homes.values())

    def _owners(self, view: View) -> list[str]:
        people = [user for user, stack in self.stacks.items() if any(one is view for one in stack)]
        return people + [user for user, one in self.homes.items() if one is view]

    def _tell(self, kind: str, user: str) -> None:
        self._changes.publish(kind, user=user)
