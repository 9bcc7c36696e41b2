"""A small real Bolt app that uses every way of Slack's that the sandbox emulates; the tests talk to it as people."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
from aiohttp import web
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.sandbox.slack import SlackEmulator

CHANNEL = "C0REVIEWS0"


def plain(text: str) -> dict[str, Any]:
    """A plain_text object."""
    return {"type": "plain_text", "text": text}


def button(action_id: str, text: str = "Press", **more: Any) -> dict[str, Any]:
    """A button element."""
    return {"type": "button", "action_id": action_id, "text": plain(text), **more}


def actions(*elements: dict[str, Any], block_id: str = "buttons") -> dict[str, Any]:
    """An actions block."""
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}


def reason_input(**more: Any) -> dict[str, Any]:
    """An input block for the reason."""
    element = {"type": "plain_text_input", "action_id": "reason", "multiline": True, **more}
    return {"type": "input", "block_id": "why", "label": plain("Reason"), "element": element}


def modal(title: str = "Why?", **more: Any) -> dict[str, Any]:
    """A modal with one input."""
    view = {"type": "modal", "callback_id": "reason", "title": plain(title), "submit": plain("Send")}
    return view | {"blocks": [reason_input()], **more}


def build(client: AsyncWebClient, signing_secret: str, heard: list[dict[str, Any]]) -> AsyncApp:
    """The app; every payload that reaches a listener is kept in `heard`."""
    app = AsyncApp(client=client, signing_secret=signing_secret, process_before_response=True)
    _listen_to_commands(app, heard)
    _listen_to_clicks(app, client, heard)
    _listen_to_answers(app, client, heard)
    _listen_to_modals(app, client, heard)
    return app


def _listen_to_commands(app: AsyncApp, heard: list[dict[str, Any]]) -> None:
    @app.command("/secmaster")
    async def on_command(ack: Any, body: dict[str, Any], respond: Any) -> None:
        heard.append(body)
        if body["text"] == "silent":
            return
        if body["text"] == "later":
            await ack()
            await respond(text="late answer")
            await respond(text="for all", response_type="in_channel")
            return
        await ack(f"you said {body['text']}")


def _listen_to_clicks(app: AsyncApp, client: AsyncWebClient, heard: list[dict[str, Any]]) -> None:
    @app.action("ask")
    async def on_ask(ack: Any, body: dict[str, Any]) -> None:
        heard.append(body)
        await ack()
        await client.views_open(
            trigger_id=body["trigger_id"], view=modal(private_metadata=body["container"]["channel_id"])
        )

    @app.action("whisper")
    async def on_whisper(ack: Any, body: dict[str, Any], respond: Any) -> None:
        heard.append(body)
        await ack()
        channel, user = body["channel"]["id"], body["user"]["id"]
        await client.chat_postEphemeral(channel=channel, user=user, text="only you", blocks=[actions(button("gone"))])

    @app.action("heard")
    async def on_heard(ack: Any, body: dict[str, Any]) -> None:
        heard.append(body)
        await ack()


def _listen_to_answers(app: AsyncApp, client: AsyncWebClient, heard: list[dict[str, Any]]) -> None:
    @app.action("gone")
    async def on_gone(ack: Any, body: dict[str, Any], respond: Any) -> None:
        heard.append(body)
        await ack()
        await respond(delete_original=True)

    @app.action("replace")
    async def on_replace(ack: Any, body: dict[str, Any], respond: Any) -> None:
        heard.append(body)
        await ack()
        await respond(text="replaced", replace_original=True)

    @app.event("app_home_opened")
    async def on_home(body: dict[str, Any]) -> None:
        heard.append(body)
        blocks = [actions(button("heard", value="home"))]
        await client.views_publish(user_id=body["event"]["user"], view={"type": "home", "blocks": blocks})


def _listen_to_modals(app: AsyncApp, client: AsyncWebClient, heard: list[dict[str, Any]]) -> None:
    @app.action("deeper")
    async def on_deeper(ack: Any, body: dict[str, Any]) -> None:
        heard.append(body)
        await ack()
        await client.views_push(trigger_id=body["trigger_id"], view=modal("Deeper"))

    @app.view("reason")
    async def on_submit(ack: Any, body: dict[str, Any]) -> None:
        heard.append(body)
        text = body["view"]["state"]["values"]["why"]["reason"]["value"]
        answers: dict[str, dict[str, Any]] = {
            "wrong": {"response_action": "errors", "errors": {"why": "not good enough"}},
            "wrong block": {"response_action": "errors", "errors": {"nowhere": "?"}},
            "more": {"response_action": "update", "view": modal("More")},
            "too much": {"response_action": "update", "view": modal("A title that is far too long for it")},
            "next": {"response_action": "push", "view": modal("Next", blocks=[actions(button("deeper"))])},
            "all": {"response_action": "clear"},
        }
        if text == "chat":
            await ack("thanks")
            return
        if text != "silent":
            await ack(**answers.get(text, {}))

    @app.view_closed("reason")
    async def on_closed(ack: Any, body: dict[str, Any]) -> None:
        heard.append(body)
        await ack()


@asynccontextmanager
async def web_client(slack: SlackEmulator, token: str | None = None) -> AsyncIterator[AsyncWebClient]:
    """The official client, talking to the emulator; it repeats nothing by itself."""
    async with aiohttp.ClientSession(trust_env=False) as session:
        token = slack.bot_token if token is None else token
        yield AsyncWebClient(token=token, base_url=slack.api_url, session=session, retry_handlers=[])


@asynccontextmanager
async def over_sockets(slack: SlackEmulator, app: AsyncApp) -> AsyncIterator[None]:
    """The app connected by Socket Mode."""
    before = slack.connections
    handler: Any = AsyncSocketModeHandler(app, slack.app_token, ping_interval=1)
    await handler.connect_async()
    await slack.until(lambda: slack.connections > before)
    try:
        yield
    finally:
        await handler.close_async()


@asynccontextmanager
async def over_http(slack: SlackEmulator, app: AsyncApp) -> AsyncIterator[str]:
    """The app behind a request URL."""
    runner = web.AppRunner(app.server(port=0, path="/slack/events").web_app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    slack.deliver_over_http(url)
    try:
        yield url
    finally:
        slack.deliver_over_http(None)
        await runner.cleanup()
