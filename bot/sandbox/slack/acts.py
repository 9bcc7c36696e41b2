"""What people do with the app: press, pick, submit, close, type a command, open its home."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.sandbox.errors import InputRefusal, SandboxRefusal
from bot.sandbox.slack import interactions
from bot.sandbox.slack.answers import apply_answer
from bot.sandbox.slack.blockkit import interactive
from bot.sandbox.slack.content import Content
from bot.sandbox.slack.delivery import Delivery, Submitted
from bot.sandbox.slack.envelope import COMMANDS, EVENTS, INTERACTIVE
from bot.sandbox.slack.escaping import with_ids
from bot.sandbox.slack.inputs import client_errors, with_typed
from bot.sandbox.slack.refused import Refused
from bot.sandbox.slack.responding import respond
from bot.sandbox.slack.response_urls import Reply

if TYPE_CHECKING:
    from bot.sandbox.slack.courier import Courier
    from bot.sandbox.slack.world import World

Typed = dict[str, dict[str, Any]]


class Acts:
    """A person at their client. Each act returns when the app acked or failed to (3 s)."""

    def __init__(self, world: World, courier: Courier) -> None:
        self._world = world
        self._courier = courier

    async def click(
        self, user: str, *, channel: str, ts: str, action_id: str, block_id: str | None = None, value: Any = None
    ) -> Delivery:
        """Press or use an element of a message. `value` is what is picked in a select or typed in an input.

        Raises:
            SandboxRefusal: they cannot see the message, it has no such element, or that is not for them.
        """
        room = self._world.workspace.member(user, channel)
        message = self._seen(user, channel, ts)
        block, element = _element(message.get("blocks") or [], action_id, block_id)
        if user not in element.get("visible_to_user_ids", [user]):
            raise SandboxRefusal("That button is not shown to them.")
        action = interactions.action_of(self._world, block, element, value)
        payload = interactions.on_message(self._world, user, room, _bare(message), action)
        return await self._courier.deliver(INTERACTIVE, payload)

    async def click_in_home(
        self, user: str, *, action_id: str, block_id: str | None = None, value: Any = None
    ) -> Delivery:
        """Press or use an element of the app's home tab.

        Raises:
            SandboxRefusal: the app published nothing for them, or there is no such element.
        """
        self._world.workspace.person(user)
        view = self._world.views.homes.get(user)
        if view is None:
            raise SandboxRefusal("The app's home tab is empty.")
        return await self._use(user, view, action_id, block_id, value)

    async def click_in_modal(
        self,
        user: str,
        *,
        view_id: str,
        action_id: str,
        block_id: str | None = None,
        value: Any = None,
        values: Typed | None = None,
    ) -> Delivery:
        """Press or use an element of the open modal; `values` is what stands in its fields at that moment.

        Raises:
            SandboxRefusal: that view is not before them, or there is no such element in it.
        """
        self._world.workspace.person(user)
        view = self._top(user, view_id)
        view["state"]["values"] = with_typed(view["blocks"], view["state"]["values"], values)
        return await self._use(user, view, action_id, block_id, value)

    async def submit(
        self, user: str, *, view_id: str, values: Typed | None = None, client_checks: bool = True
    ) -> Submitted:
        """Send the open modal with `values`: `{block_id: {action_id: text, option values, or a whole state}}`.

        `client_checks=False` sends what a client would hold back, as a forged client could.

        Raises:
            InputRefusal: a required field is empty, or a text is too short or too long.
            SandboxRefusal: that view is not before them, or cannot be submitted.
        """
        self._world.workspace.person(user)
        view = self._top(user, view_id)
        if not view["submit"] or view["submit_disabled"]:
            raise SandboxRefusal("This view has no submit button to press.")
        view["state"]["values"] = with_typed(view["blocks"], view["state"]["values"], values)
        errors = client_errors(view, view["state"]["values"]) if client_checks else {}
        if errors:
            raise InputRefusal(errors)
        delivery = await self._courier.deliver(INTERACTIVE, interactions.submission(self._world, user, view))
        submitted = Submitted(**vars(delivery))
        return apply_answer(self._world, user, view, submitted) if delivery.error is None else submitted

    async def close_modal(self, user: str, *, view_id: str, all_views: bool = False) -> None:
        """The close button; `all_views` is the x in the corner, which clears the stack.

        Raises:
            SandboxRefusal: that view is not before them.
        """
        self._world.workspace.person(user)
        view = self._top(user, view_id)
        everything = all_views or view["clear_on_close"]
        for closed in self._world.views.close(user, None if everything else view_id):
            if closed["notify_on_close"]:
                payload = interactions.closed(self._world, user, closed, cleared=everything)
                await self._courier.deliver(INTERACTIVE, payload)

    async def command(self, user: str, *, channel: str, command: str, text: str = "") -> Delivery:
        """Type a slash command. What the app answers in its ack is shown; so is Slackbot's complaint when it fails.

        Raises:
            SandboxRefusal: no such command, not in the channel, or they belong to another organisation.
        """
        workspace = self._world.workspace
        room = workspace.member(user, channel)
        if workspace.is_external(user):
            raise SandboxRefusal("People of another organisation cannot use this workspace's slash commands.")
        if command not in workspace.app.commands:
            raise SandboxRefusal(f"{command} is not a valid command.")
        words = with_ids(text, workspace) if workspace.app.should_escape else text
        payload = interactions.command(self._world, user, room, command, words)
        delivery = await self._courier.deliver(COMMANDS, payload)
        return self._command_answer(user, channel, delivery)

    async def open_home(self, user: str) -> Delivery:
        """Open the app's home tab.

        Raises:
            SandboxRefusal: they belong to another organisation.
        """
        workspace = self._world.workspace
        workspace.person(user)
        if workspace.is_external(user):
            raise SandboxRefusal("The app's home tab is for members of this workspace.")
        channel = workspace.direct_message(user, self._world.clock())
        self._world.changes.publish("channel", channel=channel["id"])
        view = self._world.views.homes.get(user)
        inner = {"type": "app_home_opened", "user": user, "channel": channel["id"], "tab": "home"}
        payload = interactions.event(self._world, inner | ({"view": copy.deepcopy(view)} if view else {}))
        return await self._courier.deliver(EVENTS, payload)

    def _seen(self, user: str, channel: str, ts: str) -> dict[str, Any]:
        message = self._world.messages.get(channel, ts)
        ephemeral = self._world.messages.ephemeral(channel, ts)
        if message is None and ephemeral is not None and ephemeral["shown_to"] == user:
            message = ephemeral
        if message is None:
            raise SandboxRefusal("That message is gone.")
        return message

    def _top(self, user: str, view_id: str) -> dict[str, Any]:
        stack = self._world.views.stacks.get(user)
        if not stack or stack[-1]["id"] != view_id:
            raise SandboxRefusal("That view is not open before them.")
        return stack[-1]

    async def _use(self, user: str, view: dict[str, Any], action_id: str, block_id: str | None, value: Any) -> Delivery:
        block, element = _element(view["blocks"], action_id, block_id)
        if block["type"] == "input" and not block.get("dispatch_action"):
            raise SandboxRefusal("That field tells the app nothing before the form is submitted.")
        action = interactions.action_of(self._world, block, element, value)
        if action_id in view["state"]["values"].get(block["block_id"], {}):
            typed = {block["block_id"]: {action_id: value}}
            view["state"]["values"] = with_typed(view["blocks"], view["state"]["values"], typed)
            self._world.views.touch(user)
        payload = interactions.on_view(self._world, user, view, action)
        return await self._courier.deliver(INTERACTIVE, payload)

    def _command_answer(self, user: str, channel: str, delivery: Delivery) -> Delivery:
        if delivery.error:
            code = "operation_timeout" if delivery.error == "timeout" else "dispatch_failed"
            self._slackbot(user, channel, f'{delivery.payload["command"]} failed with the error "{code}"')
            return delivery
        body = {"text": delivery.body} if isinstance(delivery.body, str) else delivery.body
        if not body:
            return delivery
        try:
            respond(self._world, Reply(user, channel, None, None, self._world.clock()), body)
        except Refused as refused:
            self._slackbot(user, channel, f'{delivery.payload["command"]} failed with the error "{refused.code}"')
            return replace(delivery, error="invalid_response")
        return delivery

    def _slackbot(self, user: str, channel: str, text: str) -> None:
        message = self._world.bot_message(Content(text)) | {"user": "USLACKBOT"}
        for key in ("bot_id", "app_id", "bot_profile"):
            del message[key]
        self._world.messages.add_ephemeral(channel, user, message)


def _element(
    blocks: list[dict[str, Any]], action_id: str, block_id: str | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The one element with this action_id, in that block when one is named."""
    found = [
        (block, element)
        for block in blocks
        for element in interactive(block)
        if element["action_id"] == action_id and block_id in {None, block["block_id"]}
    ]
    if not found:
        raise SandboxRefusal(f"There is nothing to use called {action_id}.")
    if len(found) > 1:
        raise SandboxRefusal(f"{len(found)} blocks have an element {action_id}: name the block.")
    return found[0]


def _bare(message: dict[str, Any]) -> dict[str, Any]:
    """The message as the app gets it; that an ephemeral is one, the payload's container says."""
    return {key: value for key, value in message.items() if key != "shown_to"}
