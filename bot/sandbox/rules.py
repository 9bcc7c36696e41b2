"""The rules under which the sandbox's bot works: one of each kind, so that each can be seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.sandbox.slack import SlackEmulator

LEADS = "C0PRIVATE0"


def file(workspace_id: str) -> str:
    """What BOT_CONFIG names, for the one workspace of the emulated SecMaster."""
    return f"""\
# What BOT_CONFIG names in the sandbox.

[[workspaces]]
id = "{workspace_id}"
name = "Harbour SOC"

[policies.everyday]
reasons = ["Tested on staging.", "Rollback checked.", "Please describe how it is rolled back.", "缺少回滚步骤"]
remind_after = "4h"

[policies.two-people]              # what cuts hosts off needs two
approvals_required = 2
reasons = ["Rehearsed on staging hosts.", "Duty lead informed."]
remind_after = "4h"
escalate_after = "1d"
escalate_to = ["{LEADS}"]          # #soc-leads

[[routes]]
workflow = "isolate *"
policy = "two-people"

[[routes]]                         # a Chinese channel
workflow = "封禁*"
channel = "C0SHANGHAI"
policy = "everyday"
locale = "zh-CN"
digest = "09:00 Asia/Shanghai"

[[routes]]
policy = "everyday"

[identities]                       # who submitted what: nobody reviews their own work
"zhang.wei" = "U0ZHANG000"
"p.nair" = "U0PRIYA000"
"""


SETTINGS = {"BOT_WORKING_HOURS": "09:00-18:00", "BOT_DIGEST": "09:00 Europe/London"}


async def prepare(slack: SlackEmulator) -> None:
    """Let the bot into the channel that hears of what waits for long."""
    await slack.invite_bot(LEADS)
