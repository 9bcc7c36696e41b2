"""How messages and Block Kit are drawn in a real browser, above all that text never becomes markup."""

from __future__ import annotations

import re
import time
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from playwright.async_api import expect

from tests.sandbox.page.scenery import MEI_LIN, OMAR, REVIEWS, Sandbox, button

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

    from tests.sandbox.page.conftest import Open

HOSTILE = "<img src=x onerror=\"document.title='owned'\"></script><b>bold</b> \u202egnp.exe"
ESCAPED = HOSTILE.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


async def last_text(page: Page) -> Locator:
    """The text of the newest message."""
    text = page.locator("#messages .message").last.locator(".text").first
    await text.wait_for()
    return text


DRAWN = [
    ("*bold* _it_ ~no~ `co*de*`", "<strong>bold</strong> <em>it</em> <s>no</s> <code>co*de*</code>"),
    ("snake_case_name 2*3*4 a~b~c", "snake_case_name 2*3*4 a~b~c"),
    ("*_both_*", "<strong><em>both</em></strong>"),
    ("one\ntwo", "one\ntwo"),
    ("&gt; said\n&gt; more\nafter", '<blockquote class="quote">said\nmore</blockquote>after'),
    ("see ```a &lt;b&gt;\n*c*``` end", 'see <pre class="code-block">a &lt;b&gt;\n*c*</pre> end'),
    ("&lt;!channel&gt; &amp;lt;b&amp;gt;", "&lt;!channel&gt; &amp;lt;b&amp;gt;"),
    ("<javascript:alert(1)|click>", "click"),
    ("<data:text/html,x|click> <vbscript:x|y>", "click y"),
    ("<unknown> <>", "&lt;unknown&gt; &lt;&gt;"),
    (":no_such_emoji: 10:30:00", ":no_such_emoji: 10:30:00"),
]


async def test_mrkdwn_is_drawn_as_slack_draws_it(sandbox: Sandbox, open_page: Open) -> None:
    """Marks need word boundaries, entities are decoded once, and a dangerous address is only its label."""
    for text, _ in DRAWN:
        await sandbox.bot.chat_postMessage(channel=REVIEWS, text=text)
    texts = (await open_page()).locator("#messages .text")
    await expect(texts).to_have_count(len(DRAWN))
    drawn = [await one.inner_html() for one in await texts.all()]
    assert list(zip((text for text, _ in DRAWN), drawn, strict=True)) == DRAWN


async def test_links_are_safe_to_follow(sandbox: Sandbox, open_page: Open) -> None:
    """A link opens apart, tells its target nothing, and keeps its address whole."""
    text = "<https://example.com/?a=1&amp;b=2|the &lt;book&gt;> and <mailto:soc@example.com|mail>"
    await sandbox.bot.chat_postMessage(channel=REVIEWS, text=text)
    link = (await last_text(await open_page())).get_by_role("link", name="the <book>")
    assert await link.get_attribute("href") == "https://example.com/?a=1&b=2"
    assert await link.get_attribute("rel") == "noopener noreferrer"


async def test_pings_stand_out(sandbox: Sandbox, open_page: Open) -> None:
    """A mention that is live is drawn as one, so that a text which was not escaped can be seen at a glance."""
    text = "<!channel> <!here> <@U0MEILIN00> <@U0OMAR0000> <!subteam^S0REVIEWRS> <#C0RELEASES>"
    await sandbox.bot.chat_postMessage(channel=REVIEWS, text=text)
    pings = (await last_text(await open_page())).locator(".ping")
    names = ["@channel", "@here", "@Lin Mei", "@Omar Haddad", "@soc-reviewers", "#soc-releases"]
    await expect(pings).to_have_text(names)
    assert [await one.get_attribute("data-me") for one in await pings.all()] == ["no", "no", "yes", "no", "yes", "no"]


async def test_a_date_is_shown_in_the_persons_own_zone(sandbox: Sandbox, open_page: Open) -> None:
    """The same moment reads 20:00 in Shanghai and 12:00 in London; the fallback is its title."""
    await sandbox.bot.chat_postMessage(channel=REVIEWS, text="<!date^1767268800^{date_num} {time}|then>")
    shanghai = (await last_text(await open_page(MEI_LIN))).locator("time")
    london = (await last_text(await open_page(OMAR))).locator("time")
    assert await shanghai.inner_text() == "2026-01-01 20:00"
    assert await london.inner_text() == "2026-01-01 12:00"
    assert await shanghai.get_attribute("title") == "then"


async def test_rich_text_names_people_and_tells_the_time(sandbox: Sandbox, open_page: Open) -> None:
    """A group is its handle, a person their name, a date is near and in the reader's language, also how long ago."""
    now = int(time.time())
    parts = [
        {"type": "usergroup", "usergroup_id": "S0REVIEWRS"},
        {"type": "user", "user_id": MEI_LIN},
        {"type": "date", "timestamp": now, "format": "by {date_short_pretty}", "fallback": "f"},
        {"type": "date", "timestamp": now, "format": "{date_short_pretty} {time}", "fallback": "f"},
        {"type": "date", "timestamp": now - 30 * 86_400, "format": "{date_short}", "fallback": "f"},
        {"type": "date", "timestamp": 1392734382, "format": "{date_short}", "fallback": "f"},
        {"type": "date", "timestamp": now - 7210, "format": "{ago}", "fallback": "f"},
        {"type": "date", "timestamp": now + 3 * 86_410, "format": "{ago}", "fallback": "f"},
    ]
    block = {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": parts}]}
    await sandbox.bot.chat_postMessage(channel=REVIEWS, text="x", blocks=[block])
    drawn = (await open_page(OMAR)).locator(".rich-section > *")
    at = datetime.fromtimestamp(now, ZoneInfo("Europe/London"))
    month_ago = datetime.fromtimestamp(now - 30 * 86_400, ZoneInfo("Europe/London"))
    near: list[str | re.Pattern[str]] = ["by today", f"Today {at:%H:%M}", re.compile(rf"^{month_ago.day} [A-Z][a-z]+$")]
    shown: list[str | re.Pattern[str]] = [
        "@soc-reviewers",
        "@Lin Mei",
        *near,
        "18 Feb 2014",
        "2 hours ago",
        "In 3 days",
    ]
    await expect(drawn).to_have_text(shown)
    chinese = (await open_page(MEI_LIN)).locator("time[data-ago]").nth(2)  # after two that say today
    await expect(chinese).to_have_text("2小时前")


def everything(text: str) -> list[dict[str, Any]]:
    """Every block that a message can have, each with `text` wherever it takes text that is not parsed."""
    plain = {"type": "plain_text", "text": text[:70]}
    rich = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return [
        {"type": "header", "text": plain},
        {"type": "section", "text": plain, "fields": [plain, plain], "accessory": button("side", text[:70])},
        {"type": "context", "elements": [plain]},
        {"type": "divider"},
        {
            "type": "rich_text",
            "elements": [
                rich,
                {"type": "rich_text_list", "style": "ordered", "elements": [rich]},
                {"type": "rich_text_quote", "elements": rich["elements"]},
                {"type": "rich_text_preformatted", "elements": rich["elements"]},
            ],
        },
        {"type": "image", "image_url": "https://images.example/x.png", "alt_text": text},
        {
            "type": "actions",
            "elements": [
                button("go", text[:70], style="primary"),
                {"type": "overflow", "action_id": "more", "options": [{"text": plain, "value": "one"}]},
                {"type": "static_select", "action_id": "pick", "options": [{"text": plain, "value": "one"}]},
            ],
        },
    ]


async def test_hostile_text_makes_no_elements_in_any_block(sandbox: Sandbox, open_page: Open) -> None:
    """Script, image and markup in a text stay text in every block, and nothing is fetched from outside."""
    name = sandbox.slack.users[OMAR]
    name["real_name"] = name["profile"]["display_name"] = HOSTILE
    sandbox.secmaster.new_workflow(HOSTILE, "NORMAL", HOSTILE, HOSTILE)
    await sandbox.slack.write(OMAR, channel=REVIEWS, text=HOSTILE)
    await sandbox.bot.chat_postMessage(channel=REVIEWS, text=ESCAPED, blocks=everything(HOSTILE))
    await sandbox.bot.chat_postMessage(channel=REVIEWS, text=ESCAPED)
    page = await open_page(tool="console")
    blocks = page.locator(".blocks").last
    await blocks.wait_for()
    assert await page.locator("#app :is(img, script, iframe)").count() == 0
    assert await page.locator("#app b", has_text="bold").filter(has_not_text="img").count() == 0
    assert "owned" not in await page.title()
    for place in (".block-header", ".fields .text", ".block-context", ".rich-list li", ".quote", ".code-block"):
        assert HOSTILE[:60] in await blocks.locator(place).first.inner_text(), place
    assert await (await last_text(page)).inner_text() == HOSTILE
    assert HOSTILE in await page.locator(".workflow h4").all_inner_texts()


async def test_nothing_is_asked_of_another_host(sandbox: Sandbox, open_page: Open) -> None:
    """A picture that lies elsewhere is named, not fetched: the page talks to its own server only."""
    page = await open_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await sandbox.bot.chat_postMessage(channel=REVIEWS, text="x", blocks=everything("plain"))
    await expect(page.locator(".picture-named")).to_contain_text("plain")
    await page.reload()
    await page.locator(".blocks").wait_for()
    assert asked
    assert [url for url in asked if not url.startswith(sandbox.page.url)] == []


async def test_blocks_have_the_roles_and_names_of_what_they_are(sandbox: Sandbox, open_page: Open) -> None:
    """Header, fields, buttons with their accessibility label, menu, select and table can be found by role."""
    plain = {"type": "plain_text", "text": "isolate-host v3"}
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": plain},
        {"type": "section", "fields": [{"type": "mrkdwn", "text": "*Type*\nContain"}, plain]},
        {"type": "actions", "elements": [button("go", "Approve", style="primary", accessibility_label="Approve v3")]},
        {"type": "table", "rows": [[{"type": "raw_text", "text": "Field"}], [{"type": "raw_text", "text": "name"}]]},
        {"type": "markdown", "text": "## Opinion\n- **fine**\n- <b>x</b>"},
    ]
    await sandbox.bot.chat_postMessage(channel=REVIEWS, text="x", blocks=blocks)
    page = await open_page()
    await expect(page.get_by_role("heading", name="isolate-host v3")).to_be_visible()
    await expect(page.get_by_role("button", name="Approve v3")).to_have_class("button primary")
    await expect(page.get_by_role("columnheader", name="Field")).to_be_visible()
    await expect(page.locator(".markdown strong")).to_have_text("fine")
    assert await page.locator(".markdown b").count() == 0
    boxes = [await one.bounding_box() for one in await page.locator(".fields .text").all()]
    assert boxes[0]
    assert boxes[1]
    assert boxes[0]["y"] == boxes[1]["y"]
    assert boxes[0]["x"] < boxes[1]["x"]


async def test_an_uploaded_picture_is_shown(sandbox: Sandbox, open_page: Open) -> None:
    """A PNG that the bot uploads to a channel appears in it, served by the page itself."""
    png = bytes.fromhex(
        "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001"
        "a5f645400000000049454e44ae426082"
    )
    await sandbox.bot.files_upload_v2(channel=REVIEWS, content=png, filename="flow.png", title="The flow")
    page = await open_page()
    picture = page.get_by_role("img", name="The flow")
    await picture.wait_for()
    await page.wait_for_function("document.querySelector('img.picture').naturalWidth === 1")
