"""NAIVE: synchronous Bolt with the official Huawei SDK, as both quick starts show them.

It reads the version when a button is pressed, to show what is decided about, and does one thing after the other.
Like FLOOR it checks nobody and records nothing.
"""

from __future__ import annotations

import json
import os
import re
from typing import Any

from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdksecmaster import v1
from slack_bolt import Ack, App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient

from bench import surface


class SecMaster:
    """The two calls, by the SDK."""

    def __init__(self) -> None:
        credentials = BasicCredentials(
            os.environ["HUAWEICLOUD_SDK_AK"], os.environ["HUAWEICLOUD_SDK_SK"], os.environ["SECMASTER_PROJECT_ID"]
        )
        builder = v1.SecMasterClient.new_builder().with_credentials(credentials)
        self._client = builder.with_endpoint(os.environ["SECMASTER_ENDPOINT"]).build()
        self._workspace = os.environ["SECMASTER_WORKSPACE_ID"]

    def version(self, version_id: str) -> dict[str, Any]:
        """A version."""
        request = v1.ShowAopWorkflowVersionRequest(workspace_id=self._workspace, version_id=version_id)
        shown = self._client.show_aop_workflow_version(request).data
        return {key: getattr(shown, key) for key in ("id", "name", "aop_type", "modifier_name", "update_time")}

    def approve(self, version_id: str, result: str, content: str) -> dict[str, Any]:
        """Send the decision; the opinion that came back."""
        body = v1.WorkflowApproveOpinionDetail(result=result, content=content)
        request = v1.CreateAopWorkflowVersionApprovelRequest(
            workspace_id=self._workspace, version_id=version_id, body=body
        )
        opinion = self._client.create_aop_workflow_version_approvel(request).data
        return {"result": opinion.result, "content": opinion.content}


def bolt_app() -> App:
    """Three listeners."""
    client = WebClient(os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"])
    app = App(client=client, signing_secret=os.environ["SLACK_SIGNING_SECRET"])
    secmaster = SecMaster()

    def request(ack: Ack, command: dict[str, Any], client: WebClient) -> None:
        ack()
        version = secmaster.version(command["text"].split()[-1])
        client.chat_postMessage(channel=command["channel_id"], **surface.card(version))

    def click(ack: Ack, body: dict[str, Any], client: WebClient) -> None:
        ack()
        action, container = body["actions"][0], body["container"]
        view = surface.form(
            secmaster.version(json.loads(action["value"])["id"]),
            action["action_id"],
            channel=container["channel_id"],
            ts=container["message_ts"],
        )
        client.views_open(trigger_id=body["trigger_id"], view=view)

    def submit(ack: Ack, body: dict[str, Any], view: dict[str, Any], client: WebClient) -> None:
        ack()
        sent, reason, user = json.loads(view["private_metadata"]), surface.reason_of(view), body["user"]["id"]
        channel, ts, result = sent["channel"], sent["ts"], sent["result"]
        client.chat_postMessage(channel=channel, thread_ts=ts, **surface.vote(user, result, reason))
        opinion = secmaster.approve(sent["version"]["id"], result, reason)
        said = surface.opinion(opinion["result"], opinion["content"])
        client.chat_postMessage(channel=channel, thread_ts=ts, **said)
        decided = surface.card(sent["version"], f"{result} by {user}", open_for_votes=False)
        client.chat_update(channel=channel, ts=ts, **decided)

    app.command("/secmaster")(request)
    app.action(re.compile("review_.*"))(click)
    app.view(surface.FORM)(submit)
    return app


def main() -> None:
    """Serve in the mode of `BOT_MODE`."""
    if os.environ["BOT_MODE"] == "http":
        bolt_app().start(port=int(os.environ["BOT_HTTP_PORT"]), http_server_logger_enabled=False)
    else:
        SocketModeHandler(bolt_app(), os.environ["SLACK_APP_TOKEN"]).start()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    main()
