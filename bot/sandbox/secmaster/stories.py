"""The flows of the seed: what a security team automates, drawn as its members would."""

from __future__ import annotations

from bot.sandbox.secmaster.flows import Drawing, Link, choice, end, fork, human, plugin, start, subflow


def isolate_host_v1(at: float) -> Drawing:
    """Straight on: look the host up, isolate it, tell."""
    steps = [
        start("Alert confirmed"),
        plugin("lookup", "Look up host in CMDB", "cmdb", "get_asset", ip="${alert.source_ip}"),
        plugin("isolate", "Isolate host", "hss", "isolate_host", host_id="${lookup.host_id}", duration_minutes="240"),
        plugin("tell", "Notify duty group", "smn", "publish", topic="soc-duty", subject="Host isolated"),
        end("Contained"),
    ]
    links = [Link("start", "lookup"), Link("lookup", "isolate"), Link("isolate", "tell"), Link("tell", "end")]
    return Drawing(steps, links, at)


def isolate_host_v2(at: float) -> Drawing:
    """Snapshot first; critical hosts only after the duty lead agreed."""
    steps = [
        start("Alert confirmed"),
        plugin("lookup", "Look up host in CMDB", "cmdb", "get_asset", ip="${alert.source_ip}"),
        plugin("snapshot", "Snapshot system disk", "evs", "create_snapshot", volume_id="${lookup.system_volume}"),
        choice("critical", "Business-critical?"),
        human("agree", "Duty lead agrees", "Isolating this host stops a business service.", ["duty-lead"]),
        plugin("isolate", "Isolate host", "hss", "isolate_host", host_id="${lookup.host_id}", duration_minutes="480"),
        plugin("tell", "Notify duty group", "smn", "publish", topic="soc-duty", subject="Host isolated"),
        end("Contained"),
        end("Left online", "online"),
    ]
    links = [
        Link("start", "lookup"),
        Link("lookup", "snapshot"),
        Link("snapshot", "critical"),
        Link("critical", "agree", "yes", "${lookup.criticality == 'high'}"),
        Link("critical", "isolate", "no", "${lookup.criticality != 'high'}"),
        Link("agree", "isolate", "agreed", "${agree.outcome == 'agree'}"),
        Link("agree", "online", "declined", "${agree.outcome == 'decline'}"),
        Link("isolate", "tell"),
        Link("tell", "end"),
    ]
    return Drawing(steps, links, at)


def block_address(at: float, *, minutes: str, with_intelligence: bool = False) -> Drawing:
    """Block at the edge, lift the block later; with intelligence, look before."""
    block = plugin("block", "封禁IP地址", "cfw", "add_blacklist", ip="${alert.source_ip}", minutes=minutes)
    lift = plugin("lift", "到期自动解封", "cfw", "remove_blacklist", ip="${alert.source_ip}")
    if not with_intelligence:
        links = [Link("start", "block"), Link("block", "lift"), Link("lift", "end")]
        return Drawing([start("告警触发"), block, lift, end("结束")], links, at)
    steps = [
        start("告警触发"),
        plugin("whitelist", "查询白名单", "cfw", "query_whitelist", ip="${alert.source_ip}"),
        choice("known", "是否在白名单"),
        plugin("intelligence", "查询威胁情报", "threatbook", "ip_reputation", ip="${alert.source_ip}"),
        choice("score", "信誉分是否低于60"),
        human("judge", "人工研判", "信誉分低于60但无确凿证据时，由值班分析员判断是否封禁。", ["analyst-on-duty"]),
        block,
        lift,
        end("结束"),
        end("不封禁", "skip"),
    ]
    links = [
        Link("start", "whitelist"),
        Link("whitelist", "known"),
        Link("known", "skip", "是", "${whitelist.hit == true}"),
        Link("known", "intelligence", "否", "${whitelist.hit == false}"),
        Link("intelligence", "score"),
        Link("score", "judge", "是", "${intelligence.score < 60}"),
        Link("score", "block", "否", "${intelligence.score >= 60}"),
        Link("judge", "block", "封禁", "${judge.outcome == 'block'}"),
        Link("judge", "skip", "放行", "${judge.outcome == 'pass'}"),
        Link("block", "lift"),
        Link("lift", "end"),
    ]
    return Drawing(steps, links, at)


def phishing_ticket(at: float) -> Drawing:
    """Ticket and clean-up side by side, then tell the reporter."""
    steps = [
        start("Mail reported"),
        plugin("headers", "Parse mail headers", "mail", "parse_headers", message_id="${alert.message_id}"),
        plugin("detonate", "Detonate attachments", "sandbox", "submit", files="${alert.attachments}"),
        choice("verdict", "Malicious?"),
        fork("split"),
        plugin("ticket", "Open service-desk ticket", "itsm", "create_ticket", queue="security", priority="P2"),
        plugin("purge", "Purge mail from mailboxes", "mail", "purge", message_id="${alert.message_id}"),
        fork("join"),
        plugin("thank", "Thank the reporter", "mail", "send", template="phishing-confirmed", to="${alert.reporter}"),
        end("Handled"),
        end("Harmless", "harmless"),
    ]
    links = [
        Link("start", "headers"),
        Link("headers", "detonate"),
        Link("detonate", "verdict"),
        Link("verdict", "split", "yes", "${detonate.score >= 70}"),
        Link("verdict", "harmless", "no", "${detonate.score < 70}"),
        Link("split", "ticket"),
        Link("split", "purge"),
        Link("ticket", "join"),
        Link("purge", "join"),
        Link("join", "thank"),
        Link("thank", "end"),
    ]
    return Drawing(steps, links, at)


def leaked_key(at: float) -> Drawing:
    """Disable first, tell afterwards."""
    steps = [
        start("Key found in public"),
        plugin("owner", "Find key owner", "iam", "show_access_key", ak="${alert.access_key}"),
        plugin(
            "disable", "Disable access key", "iam", "update_access_key", ak="${alert.access_key}", status="inactive"
        ),
        plugin("tell", "Tell the owner", "mail", "send", template="leaked-key", to="${owner.mail}"),
        end("Key disabled"),
    ]
    links = [Link("start", "owner"), Link("owner", "disable"), Link("disable", "tell"), Link("tell", "end")]
    return Drawing(steps, links, at)


def triage_login(at: float, *, mfa: bool = False) -> Drawing:
    """Compare with history; ask the user when in doubt."""
    check = [plugin("mfa", "检查MFA状态", "iam", "show_mfa", user="${alert.user}")] if mfa else []
    steps = [
        start("异地登录告警"),
        plugin("history", "查询历史登录地点", "lts", "search", query="user=${alert.user} action=login", days="30"),
        *check,
        choice("doubt", "是否可疑"),
        human("ask", "请用户确认", "电话联系用户，确认是否本人登录。", ["helpdesk"]),
        plugin("close", "关闭告警", "secmaster", "close_alert", reason="本人登录"),
        end("结束"),
    ]
    before = [Link("history", "mfa"), Link("mfa", "doubt")] if mfa else [Link("history", "doubt")]
    links = [
        Link("start", "history"),
        *before,
        Link("doubt", "ask", "是", "${history.known == false}"),
        Link("doubt", "close", "否", "${history.known == true}"),
        Link("ask", "close"),
        Link("close", "end"),
    ]
    return Drawing(steps, links, at)


def patch_window(at: float, isolate_workflow_id: str) -> Drawing:
    """Asks until somebody agrees: a loop, which the CIRCLE check finds."""
    steps = [
        start("Exposure found"),
        human("ask", "Ask owner for a window", "Agree on a maintenance window.", ["system-owner"]),
        choice("agreed", "Window agreed?"),
        subflow("isolate", "Isolate until patched", isolate_workflow_id),
        plugin("patch", "Install updates", "hss", "fix_vulnerability", host_id="${alert.host_id}", vulnerability=""),
        end("Patched"),
    ]
    links = [
        Link("start", "ask"),
        Link("ask", "agreed"),
        Link("agreed", "ask", "no", "${ask.outcome == 'later'}"),
        Link("agreed", "isolate", "yes", "${ask.outcome == 'agree'}"),
        Link("isolate", "patch"),
        Link("patch", "end"),
    ]
    return Drawing(steps, links, at)
