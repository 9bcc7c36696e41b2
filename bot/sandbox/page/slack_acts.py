"""What a person does in the chat, one function an act. Each answers what the page has to know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.errors import InputRefusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from bot.sandbox.page.asked import Asked
    from bot.sandbox.page.reading import Readings
    from bot.sandbox.slack import Delivery, SlackEmulator

    Act = Callable[["SlackActs", Asked], Awaitable[dict[str, Any]]]

UNUSABLE = "The app's answer could not be used: {}."


class SlackActs:
    """Everything the page can do in the emulated Slack."""

    def __init__(self, slack: SlackEmulator, readings: Readings) -> None:
        self._slack = slack
        self._readings = readings

    async def click(self, asked: Asked) -> dict[str, Any]:
        """An element of a message."""
        delivery = await self._slack.click(
            asked.text("as"),
            channel=asked.text("channel"),
            ts=asked.text("ts"),
            action_id=asked.text("action_id"),
            block_id=asked.optional("block_id"),
            value=picked(asked.mapping("value")),
        )
        return _told(delivery)

    async def home_click(self, asked: Asked) -> dict[str, Any]:
        """An element of the home tab."""
        delivery = await self._slack.click_in_home(
            asked.text("as"),
            action_id=asked.text("action_id"),
            block_id=asked.optional("block_id"),
            value=picked(asked.mapping("value")),
        )
        return _told(delivery)

    async def modal_click(self, asked: Asked) -> dict[str, Any]:
        """An element of a modal, with what else is typed in it."""
        delivery = await self._slack.click_in_modal(
            asked.text("as"),
            view_id=asked.text("view_id"),
            action_id=asked.text("action_id"),
            block_id=asked.optional("block_id"),
            value=picked(asked.mapping("value")),
            values=asked.mapping("values"),
        )
        return _told(delivery)

    async def submit(self, asked: Asked) -> dict[str, Any]:
        """A modal; `errors` by block id come from the client's own checks or from the app."""
        try:
            submitted = await self._slack.submit(
                asked.text("as"), view_id=asked.text("view_id"), values=asked.mapping("values")
            )
        except InputRefusal as refusal:
            return {"acked": True, "error": None, "errors": refusal.errors}
        return {**_told(submitted), "errors": submitted.errors, "response_action": submitted.response_action}

    async def close(self, asked: Asked) -> dict[str, Any]:
        """The top modal, or with `all` the whole stack."""
        await self._slack.close_modal(asked.text("as"), view_id=asked.text("view_id"), all_views=asked.flag("all"))
        return {}

    async def command(self, asked: Asked) -> dict[str, Any]:
        """A slash command."""
        delivery = await self._slack.command(
            asked.text("as"),
            channel=asked.text("channel"),
            command=asked.text("command"),
            text=asked.text_or("text"),
        )
        return _told(delivery)

    async def home(self, asked: Asked) -> dict[str, Any]:
        """Look at the home tab."""
        return _told(await self._slack.open_home(asked.text("as")))

    async def write(self, asked: Asked) -> dict[str, Any]:
        """A message of one's own."""
        ts = await self._slack.write(
            asked.text("as"),
            channel=asked.text("channel"),
            text=asked.text("text"),
            thread_ts=asked.optional("thread_ts"),
        )
        return {"ts": ts}

    async def read(self, asked: Asked) -> dict[str, Any]:
        """Everything up to `ts` was seen."""
        person, channel = asked.text("as"), asked.text("channel")
        self._slack.workspace.member(person, channel)
        self._readings.read(person, channel, asked.text("ts"))
        return {}

    async def archive(self, asked: Asked) -> dict[str, Any]:
        """Close a channel for writing."""
        await self._slack.archive(self._own_channel(asked))
        return {}

    async def unarchive(self, asked: Asked) -> dict[str, Any]:
        """Open it again."""
        await self._slack.unarchive(self._own_channel(asked))
        return {}

    async def kick_bot(self, asked: Asked) -> dict[str, Any]:
        """Take the app out of a channel."""
        await self._slack.kick_bot(self._own_channel(asked))
        return {}

    async def invite_bot(self, asked: Asked) -> dict[str, Any]:
        """Bring the app into a channel."""
        await self._slack.invite_bot(self._own_channel(asked))
        return {}

    def _own_channel(self, asked: Asked) -> str:
        return str(self._slack.workspace.member(asked.text("as"), asked.text("channel"))["id"])


ACTS: Mapping[str, Act] = {
    "click": SlackActs.click,
    "home-click": SlackActs.home_click,
    "modal-click": SlackActs.modal_click,
    "submit": SlackActs.submit,
    "close": SlackActs.close,
    "command": SlackActs.command,
    "home": SlackActs.home,
    "write": SlackActs.write,
    "read": SlackActs.read,
    "archive": SlackActs.archive,
    "unarchive": SlackActs.unarchive,
    "kick-bot": SlackActs.kick_bot,
    "invite-bot": SlackActs.invite_bot,
}


def picked(state: Mapping[str, Any]) -> Any:
    """What a person chose, out of Slack's `state` of an element: a text, a list of texts, or None."""
    for key, value in state.items():
        if key == "value":
            return value
        if key.startswith("selected_"):
            return [_plain(one) for one in value] if isinstance(value, list) else _plain(value)
    return None


def _plain(value: Any) -> Any:
    return value.get("value") if isinstance(value, dict) else value


def _told(delivery: Delivery) -> dict[str, Any]:
    unusable = delivery.acked and delivery.error
    return {"acked": delivery.acked, "error": UNUSABLE.format(delivery.error) if unusable else None, "ms": delivery.ms}
