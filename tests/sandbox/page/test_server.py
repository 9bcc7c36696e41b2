"""The page's HTTP API: who may ask, what a person sees, how a refusal is told."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from bot.sandbox.page import SandboxPage
from tests.sandbox.page.scenery import EXTERNAL, GUEST, MEI_LIN, OMAR, REVIEWS, Sandbox, button

if TYPE_CHECKING:
    import aiohttp


async def state(http: aiohttp.ClientSession, sandbox: Sandbox, person: str) -> dict[str, Any]:
    """What the page of `person` is given."""
    async with http.get(f"{sandbox.page.url}/page/state", params={"as": person}) as response:
        body: dict[str, Any] = await response.json()
    assert body["ok"], body
    return body


async def post(http: aiohttp.ClientSession, sandbox: Sandbox, path: str, **body: Any) -> tuple[int, dict[str, Any]]:
    """One act: its HTTP status and answer."""
    async with http.post(sandbox.page.url + path, json=body) as response:
        return response.status, await response.json()


async def test_a_state_holds_only_the_channels_of_that_person(http: aiohttp.ClientSession, sandbox: Sandbox) -> None:
    """Not even the name of a private channel, or of one that a guest is not in, reaches a browser it is hidden from."""
    await sandbox.slack.write(MEI_LIN, channel="C0PRIVATE0", text="the leads' secret")
    leader = await state(http, sandbox, MEI_LIN)
    assert "the leads' secret" in json.dumps(leader)
    for person in ("U0PRIYA000", GUEST, EXTERNAL):
        seen = json.dumps(await state(http, sandbox, person))
        assert "the leads' secret" not in seen
        assert "soc-leads" not in seen
    guest = await state(http, sandbox, GUEST)
    assert [one["name"] for one in guest["channels"]] == ["workflow-reviews"]
    assert "soc-releases" not in json.dumps(guest)
    assert "Sam Okafor" not in json.dumps(guest["people"])


async def test_an_ephemeral_is_only_in_its_addressees_state(http: aiohttp.ClientSession, sandbox: Sandbox) -> None:
    """What is only visible to one person is in nobody else's state, although they are in the channel."""
    await sandbox.bot.chat_postEphemeral(channel=REVIEWS, user=MEI_LIN, text="between us")
    assert "between us" in json.dumps(await state(http, sandbox, MEI_LIN))
    assert "between us" not in json.dumps(await state(http, sandbox, OMAR))


async def test_a_home_tab_and_a_modal_are_their_owners_own(http: aiohttp.ClientSession, sandbox: Sandbox) -> None:
    """One person's home tab is not in another's state."""
    section = {"type": "section", "text": {"type": "plain_text", "text": "queue of Lin Mei"}}
    await sandbox.bot.views_publish(user_id=MEI_LIN, view={"type": "home", "blocks": [section]})
    assert "queue of Lin Mei" in json.dumps((await state(http, sandbox, MEI_LIN))["home"])
    assert (await state(http, sandbox, OMAR))["home"] is None


async def test_no_token_is_in_a_state_or_in_the_traffic(http: aiohttp.ClientSession, sandbox: Sandbox) -> None:
    """The page never carries the bot's token or the signing secret."""
    await sandbox.bot.auth_test()
    seen = json.dumps(await state(http, sandbox, MEI_LIN))
    async with http.get(f"{sandbox.page.url}/page/traffic") as response:
        traffic = await response.text()
    assert "auth.test" in traffic
    for secret in (
        sandbox.slack.bot_token,
        sandbox.slack.app_token,
        sandbox.slack.signing_secret,
        sandbox.secmaster.sk,
    ):
        assert secret not in seen + traffic


async def test_traffic_is_read_from_where_one_left_off(http: aiohttp.ClientSession, sandbox: Sandbox) -> None:
    """Asking after an id gives only what came later, of each side."""
    await sandbox.bot.auth_test()
    last = list(sandbox.slack.traffic)[-1].id
    await sandbox.bot.team_info() if "team:read" in sandbox.slack.workspace.app.scopes else await sandbox.bot.api_test()
    async with http.get(f"{sandbox.page.url}/page/traffic", params={"slack": str(last)}) as response:
        entries = (await response.json())["entries"]
    assert [one["id"] for one in entries] == [last + 1]
    assert entries[0]["side"] == "slack"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Host": "sandbox.evil.example:8900"},
    ],
)
async def test_another_web_page_can_neither_act_nor_read(
    http: aiohttp.ClientSession, sandbox: Sandbox, headers: dict[str, str]
) -> None:
    """A request from another origin, or under a name that is not loopback's, is refused and does nothing."""
    body = {"as": OMAR, "channel": REVIEWS, "text": "forged"}
    async with http.post(f"{sandbox.page.url}/page/slack/write", json=body, headers=headers) as response:
        assert response.status == 403
    async with http.get(f"{sandbox.page.url}/page/state", headers=headers) as response:
        assert response.status == 403
    assert sandbox.slack.messages(REVIEWS) == []


async def test_a_form_of_another_page_is_refused(http: aiohttp.ClientSession, sandbox: Sandbox) -> None:
    """Only JSON is taken: what a plain form can send is not, whatever it pretends to be."""
    body = json.dumps({"as": OMAR, "channel": REVIEWS, "text": "forged"})
    async with http.post(
        f"{sandbox.page.url}/page/slack/write", data=body, headers={"Content-Type": "text/plain"}
    ) as response:
        assert response.status == 403
    assert sandbox.slack.messages(REVIEWS) == []


async def test_the_pages_own_origin_may_act(http: aiohttp.ClientSession, sandbox: Sandbox) -> None:
    """The guard lets the page itself through."""
    body = {"as": OMAR, "channel": REVIEWS, "text": "hello"}
    headers = {"Origin": sandbox.page.url, "Sec-Fetch-Site": "same-origin"}
    async with http.post(f"{sandbox.page.url}/page/slack/write", json=body, headers=headers) as response:
        assert response.status == 200
    assert [one["text"] for one in sandbox.slack.messages(REVIEWS)] == ["hello"]


async def test_every_answer_forbids_inline_scripts_and_framing(http: aiohttp.ClientSession, sandbox: Sandbox) -> None:
    """The policy is on the page, its files and its data, and allows nothing inline and nothing from outside."""
    for path in ("/", "/static/main.js", f"/page/state?as={MEI_LIN}", "/page/nothing"):
        async with http.get(sandbox.page.url + path) as response:
            policy = response.headers["Content-Security-Policy"]
            assert "default-src 'self'" in policy
            assert "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy
            assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_refusal_is_told_in_words(http: aiohttp.ClientSession, sandbox: Sandbox) -> None:
    """What a client would not let a person do comes back as a sentence, and changes nothing."""
    status, body = await post(http, sandbox, "/page/slack/write", **{"as": GUEST, "channel": "C0RELEASES", "text": "x"})
    assert (status, body["ok"]) == (409, False)
    assert "Tess" in body["error"]
    status, body = await post(http, sandbox, "/page/slack/write", **{"as": GUEST, "channel": REVIEWS})
    assert (status, body["error"]) == (409, "The request lacks text.")
    status, body = await post(http, sandbox, "/page/slack/fly")
    assert (status, body["ok"]) == (404, False)


async def test_nobody_can_act_as_a_bot_or_as_somebody_who_left(http: aiohttp.ClientSession, sandbox: Sandbox) -> None:
    """The switch offers people with a client, and the server takes no other."""
    actors = [one["id"] for one in (await state(http, sandbox, MEI_LIN))["actors"]]
    assert "U0GONE0000" not in actors
    assert sandbox.slack.bot_user_id not in actors
    for nobody in ("U0GONE0000", sandbox.slack.bot_user_id, "U0NOBODY00"):
        async with http.get(f"{sandbox.page.url}/page/state", params={"as": nobody}) as response:
            assert response.status == 409


async def test_a_click_without_a_listening_app_is_said_to_be_unanswered(
    http: aiohttp.ClientSession, sandbox: Sandbox
) -> None:
    """With no app connected a click is not acked, and the page is told so."""
    blocks = [{"type": "actions", "elements": [button("approve", "Approve")]}]
    posted = await sandbox.bot.chat_postMessage(channel=REVIEWS, text="card", blocks=blocks)
    status, body = await post(
        http,
        sandbox,
        "/page/slack/click",
        **{"as": MEI_LIN, "channel": REVIEWS, "ts": posted["ts"], "action_id": "approve", "value": {"type": "button"}},
    )
    assert (status, body["ok"], body["acked"]) == (200, True, False)


async def test_unread_messages_are_counted_until_they_are_read(http: aiohttp.ClientSession, sandbox: Sandbox) -> None:
    """Others' messages count as unread for each person by themselves; one's own do not."""
    ts = await sandbox.slack.write(OMAR, channel=REVIEWS, text="one")

    async def unread(person: str) -> int:
        channels = (await state(http, sandbox, person))["channels"]
        return int(next(one["unread"] for one in channels if one["id"] == REVIEWS))

    assert (await unread(MEI_LIN), await unread(OMAR), await unread(GUEST)) == (1, 0, 1)
    await post(http, sandbox, "/page/slack/read", **{"as": MEI_LIN, "channel": REVIEWS, "ts": ts})
    assert (await unread(MEI_LIN), await unread(GUEST)) == (0, 1)


async def test_an_uploaded_file_is_served_to_those_who_see_it(http: aiohttp.ClientSession, sandbox: Sandbox) -> None:
    """A file shared in a channel reaches its members; others get nothing, and no upload can run in the page."""
    script = await sandbox.bot.files_upload_v2(
        channel="C0SHARED00", content="<script>alert(1)</script>", filename="opinion.html"
    )
    file_id = script["files"][0]["id"]
    url = f"{sandbox.page.url}/page/file/{file_id}"
    async with http.get(url, params={"as": EXTERNAL}) as response:
        assert await response.text() == "<script>alert(1)</script>"
        assert response.headers["Content-Disposition"] == "attachment"
        assert response.content_type == "application/octet-stream"
    async with http.get(url, params={"as": GUEST}) as response:
        assert response.status == 404


async def test_the_stream_tells_of_what_one_sees_and_of_nothing_else(
    http: aiohttp.ClientSession, sandbox: Sandbox
) -> None:
    """Somebody else's private channel stirs no event here; a message in a common channel does."""
    async with http.get(f"{sandbox.page.url}/page/stream", params={"as": GUEST}) as stream:
        assert stream.content_type == "text/event-stream"
        await stream.content.readuntil(b": hello\n\n")
        await sandbox.slack.write(MEI_LIN, channel="C0PRIVATE0", text="hidden")
        await sandbox.secmaster.until(lambda: True)
        sandbox.secmaster.new_workflow("isolate", "NORMAL", "x", "zhang.wei")
        first = await asyncio.wait_for(stream.content.readuntil(b"\n\n"), 5)
        assert json.loads(first.split(b"data: ")[1]) == {"what": ["secmaster"]}
        await sandbox.slack.write(MEI_LIN, channel=REVIEWS, text="seen")
        second = await asyncio.wait_for(stream.content.readuntil(b"\n\n"), 5)
        assert json.loads(second.split(b"data: ")[1]) == {"what": ["slack"]}


async def test_the_page_stops_although_streams_are_open(http: aiohttp.ClientSession, sandbox: Sandbox) -> None:
    """Stopping ends the streams at once instead of waiting for browsers to leave."""
    async with http.get(f"{sandbox.page.url}/page/stream", params={"as": MEI_LIN}) as stream:
        await stream.content.readuntil(b": hello\n\n")
        await asyncio.wait_for(sandbox.page.stop(), 3)


async def test_the_console_acts_change_the_life_of_a_version(http: aiohttp.ClientSession, sandbox: Sandbox) -> None:
    """New, submitted, decided in the console with a comment, edited and submitted again: each is seen in the state."""
    _, made = await post(
        http, sandbox, "/page/secmaster/new",
        name="封禁IP", aop_type="EASE", description="first", submitter="zhang.wei", submit=True,
    )  # fmt: skip
    version_id = made["version_id"]

    async def version() -> dict[str, Any]:
        console = (await state(http, sandbox, MEI_LIN))["secmaster"]
        return next(one for work in console["workflows"] for one in work["versions"] if one["id"] == version_id)

    assert (await version())["status"] == "pending_approval"
    decision = {"version_id": version_id, "result": "UN_PASS", "content": "缺少回滚", "user": "li.na"}
    assert (await post(http, sandbox, "/page/secmaster/decide", **decision))[0] == 200
    assert [(one["result"], one["content"], one["user_name"]) for one in (await version())["approvals"]] == [
        ("UN_PASS", "缺少回滚", "li.na")
    ]
    await post(
        http, sandbox, "/page/secmaster/edit", version_id=version_id, fields={"description": "second"}, resubmit=True
    )
    again = await version()
    assert (again["status"], again["description"]) == ("pending_approval", "second")
    status, body = await post(http, sandbox, "/page/secmaster/activate", version_id=version_id)
    assert status == 409
    assert "pending_approval" in body["error"]


async def test_every_fault_switch_can_be_thrown_with_its_defaults(
    http: aiohttp.ClientSession, sandbox: Sandbox
) -> None:
    """Each switch the page offers works as offered, and clearing ends them all."""
    switches = (await state(http, sandbox, MEI_LIN))["faults"]["switches"]
    assert len(switches) > 20
    for one in switches:
        values = {field["name"]: field["value"] for field in one["fields"]}
        status, body = await post(http, sandbox, f"/page/faults/{one['side']}/{one['name']}", **values)
        assert (status, body) == (200, {"ok": True}), one
    active = (await state(http, sandbox, MEI_LIN))["faults"]["active"]
    assert {one["name"] for one in active["slack"]} >= {
        "throttle",
        "fail",
        "error",
        "lose_answer",
        "duplicate_deliveries",
    }
    assert {one["name"] for one in active["secmaster"]} >= {
        "delay",
        "fail",
        "apply_then_drop",
        "garbage",
        "change_echo",
    }
    await post(http, sandbox, "/page/faults/clear")
    assert (await state(http, sandbox, MEI_LIN))["faults"]["active"] == {"slack": [], "secmaster": []}


async def test_a_switch_refuses_a_value_that_makes_no_sense(http: aiohttp.ClientSession, sandbox: Sandbox) -> None:
    """A wrong value is refused in words and sets nothing."""
    for values in (
        {"method": "chat.postMessage", "status": 299, "times": 1},
        {"method": "chat.postMessage", "status": 500, "times": -1},
    ):
        status, body = await post(http, sandbox, "/page/faults/slack/fail", **values)
        assert status == 409, body
    assert (await post(http, sandbox, "/page/faults/slack/nonsense"))[0] == 409
    assert sandbox.slack.faults.active() == []


async def test_the_page_listens_on_loopback_only(sandbox: Sandbox) -> None:
    """Nobody can put the buttons on a network by mistake."""
    with pytest.raises(ValueError, match="loopback"):
        SandboxPage(sandbox.slack, sandbox.secmaster, host="0.0.0.0")
