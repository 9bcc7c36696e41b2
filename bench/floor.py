"""FLOOR: a bare Bolt AsyncApp that keeps no state: what a bot costs that does nothing but the work itself.

It acks, opens the form, sends one approval with a ready token, says vote and opinion in the thread, and takes the
buttons away. It checks nobody, records nothing, looks at nothing twice, and loses what it was doing when it dies.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
from typing import TYPE_CHECKING, Any

import aiohttp
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bench import surface

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncAck

HEADERS = {"Content-Type": "application/json;charset=UTF-8"}


class SecMaster:
    """The two calls that it needs, over one aiohttp session."""

    def __init__(self) -> None:
        place = f"{os.environ['SECMASTER_PROJECT_ID']}/workspaces/{os.environ['SECMASTER_WORKSPACE_ID']}"
        self._url = f"{os.environ['SECMASTER_ENDPOINT']}/v1/{place}/soc/workflows/versions/"
        self._headers = {**HEADERS, "X-Auth-Token": os.environ["SECMASTER_AUTH_TOKEN"]}
        self._session: aiohttp.ClientSession | None = None

    async def version(self, version_id: str) -> dict[str, Any]:
        """A version, for its card."""
        async with self._open().get(self._url + version_id) as answer:
            return dict((await answer.json())["data"])

    async def approve(self, version_id: str, result: str, content: str) -> dict[str, Any]:
        """Send the decision; the opinion that came back."""
        body = json.dumps({"result": result, "content": content}).encode()
        async with self._open().post(f"{self._url}{version_id}/approval", data=body) as answer:
            answer.raise_for_status()
            return dict((await answer.json())["data"])

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(headers=self._headers)
        return self._session


def bolt_app() -> AsyncApp:
    """Three listeners."""
    client = AsyncWebClient(os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"])
    app = AsyncApp(client=client, signing_secret=os.environ["SLACK_SIGNING_SECRET"])
    secmaster = SecMaster()

    async def request(ack: AsyncAck, command: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        version = await secmaster.version(command["text"].split()[-1])
        await client.chat_postMessage(channel=command["channel_id"], **surface.card(version))

    async def click(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        action, container = body["actions"][0], body["container"]
        view = surface.form(
            json.loads(action["value"]),
            action["action_id"],
            channel=container["channel_id"],
            ts=container["message_ts"],
        )
        await client.views_open(trigger_id=body["trigger_id"], view=view)

    async def submit(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        sent, reason, user = json.loads(view["private_metadata"]), surface.reason_of(view), body["user"]["id"]
        channel, ts, result = sent["channel"], sent["ts"], sent["result"]

        async def decide() -> None:
            opinion = await secmaster.approve(sent["version"]["id"], result, reason)
            said = surface.opinion(opinion["result"], opinion["content"])
            await client.chat_postMessage(channel=channel, thread_ts=ts, **said)

        await asyncio.gather(
            client.chat_postMessage(channel=channel, thread_ts=ts, **surface.vote(user, result, reason)), decide()
        )
        decided = surface.card(sent["version"], f"{result} by {user}", open_for_votes=False)
        await client.chat_update(channel=channel, ts=ts, **decided)

    app.command("/secmaster")(request)
    app.action(re.compile("review_.*"))(click)
    app.view(surface.FORM)(submit)
    return app


def main() -> None:
    """Serve in the mode of `BOT_MODE`."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    if os.environ["BOT_MODE"] == "http":
        bolt_app().start(port=int(os.environ["BOT_HTTP_PORT"]), host="127.0.0.1")
    else:
        asyncio.run(_over_sockets())


async def _over_sockets() -> None:
    await AsyncSocketModeHandler(bolt_app(), os.environ["SLACK_APP_TOKEN"]).start_async()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    main()
