"""A channel is spoken to in its language, a person in their own."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from tests.scenarios.stage import LIN, OMAR, buttons_of, text_of

if TYPE_CHECKING:
    from tests.scenarios.conftest import Open
    from tests.scenarios.stage import Stage

HAN = re.compile(r"[\u4e00-\u9fff]")


def speak_their_own(stage: Stage) -> None:
    """Lin Mei has Slack in Chinese, Omar in English; before the bot has looked them up."""
    stage.slack.workspace.users[LIN]["locale"] = "zh-CN"
    stage.slack.workspace.users[OMAR]["locale"] = "en-GB"


async def test_a_chinese_channel_gets_its_cards_and_threads_in_chinese(open_each: Open) -> None:
    """With BOT_LOCALE=zh-CN the card, the thread and the decided card are Chinese; PASS stays SecMaster's word."""
    async with open_each(BOT_LOCALE="zh-CN") as stage:
        version = stage.pending()[0]
        card = await stage.shows(version, "⏳ 待审核", "提交人", "1 票通过即发布此版本")
        texts = [
            button["text"]["text"]
            for block in card["blocks"]
            for button in block.get("elements", [])
            if button["type"] == "button"
        ]
        assert texts == ["通过", "拒绝", "查看变更"]
        assert "Waiting" not in text_of(card)
        assert card["text"].startswith("有版本待审核：")

        await stage.vote(LIN, version, "approve", "已在预发环境验证回滚")
        await stage.told(version, f"@{LIN}", "投票通过", "已在预发环境验证回滚")
        await stage.told(version, "SecMaster 审核意见：", "PASS", "已在预发环境验证回滚")
        await stage.told(version, "最终状态：")
        assert buttons_of(await stage.shows(version, "✅ 已由", f"@{LIN}", "SecMaster 审核意见", "PASS")) == []


async def test_each_reviewer_gets_the_form_in_their_own_language(stage: Stage) -> None:
    """On one English card Lin Mei (zh-CN in Slack) is asked in Chinese and Omar (en-GB) in English."""
    speak_their_own(stage)
    version = stage.pending()[0]
    await stage.shows(version, "Waiting for review")

    hers = await stage.open_modal(LIN, version, "review_approve")
    his = await stage.open_modal(OMAR, version, "review_approve")

    assert [hers[part]["text"] for part in ("title", "submit", "close")] == ["通过发布", "通过", "取消"]
    assert [his[part]["text"] for part in ("title", "submit", "close")] == ["Approve release", "Approve", "Cancel"]
    assert "Reason" not in text_of(hers)


async def test_answers_and_homes_follow_the_person_too(open_each: Open) -> None:
    """In a Chinese channel Omar still reads English, and Lin Mei's answers, errors and home are Chinese."""
    async with open_each(BOT_LOCALE="zh-CN") as stage:
        speak_their_own(stage)
        await stage.card(stage.pending()[0])

        assert "SecMaster 没有流程版本 nosuchversion" in text_of(await stage.say(LIN, "show nosuchversion"))
        assert "SecMaster knows no workflow version" in text_of(await stage.say(OMAR, "show nosuchversion"))
        for user, title in ((LIN, "等待您审核"), (OMAR, "Waiting for your review")):
            await stage.slack.open_home(user)
            home = await stage.slack.until(partial(stage.slack.home, user), what=f"home of {user}")
            assert title in text_of(home)


async def test_a_vote_that_is_refused_is_explained_in_the_voters_language(stage: Stage) -> None:
    """An empty reason is refused under its field in Chinese for Lin Mei, in English for Omar."""
    speak_their_own(stage)
    version = stage.pending()[0]
    for user, words in ((LIN, "请填写理由"), (OMAR, "Say why")):
        view = await stage.open_modal(user, version, "review_reject")
        answer = await stage.forge_submit(user, view, "  ")
        assert words in answer.body["errors"]["reason"]
        assert bool(HAN.search(str(answer.body))) == (user == LIN)
