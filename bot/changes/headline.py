"""A difference in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.changes.diff import Change

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bot.changes.diff import Counts, Summary
    from bot.locales import Translator


def headline(t: Translator, summary: Summary) -> str:
    """How much differs: `2 steps added, 1 changed · 1 setting changed · 4 moved on the canvas`."""
    parts = list(_unreadable(t, summary))
    if summary.first:
        counted = [sentence for sentence in _whole(t, summary) if sentence]
        return " · ".join([t("First version: {contents}").format(contents=", ".join(counted) or t("empty")), *parts])
    parts += [
        line
        for counts, sentences in ((summary.nodes, _steps(t)), (summary.flows, _arrows(t)), (summary.fields, _fields(t)))
        if (line := _counted(t, counts, sentences))
    ]
    if summary.moved:
        sentence = t("1 moved on the canvas") if summary.moved == 1 else t("{count} moved on the canvas")
        parts.append(sentence.format(count=summary.moved))
    nothing = not (summary.nodes.total or summary.flows.total or summary.fields.total or summary.raw)
    return " · ".join([t("No difference"), *parts] if nothing else parts)


def _unreadable(t: Translator, summary: Summary) -> Iterator[str]:
    if summary.raw and summary.nodes.total and not summary.first:
        yield t("The flow before cannot be read")
    elif summary.raw and not summary.first:
        yield t("The flow cannot be read, and its text differs")
    elif summary.unreadable:
        yield t("The flow cannot be read")


def _whole(t: Translator, summary: Summary) -> Iterator[str]:
    """What a first version has."""
    for count, one, many in (
        (summary.nodes.total, t("1 step"), t("{count} steps")),
        (summary.flows.total, t("1 connection"), t("{count} connections")),
        (summary.fields.total, t("1 setting"), t("{count} settings")),
    ):
        yield (one if count == 1 else many).format(count=count) if count else ""


def _counted(t: Translator, counts: Counts, sentences: Mapping[Change, tuple[str, str]]) -> str:
    """`2 steps added, 1 changed`; "" when there are none."""
    again = {
        Change.ADDED: t("{count} added"),
        Change.REMOVED: t("{count} removed"),
        Change.CHANGED: t("{count} changed"),
    }
    said: list[str] = []
    for change in Change:
        if count := getattr(counts, change):
            one, many = sentences[change]
            said.append((again[change] if said else one if count == 1 else many).format(count=count))
    return ", ".join(said)


def _steps(t: Translator) -> dict[Change, tuple[str, str]]:
    return {
        Change.ADDED: (t("1 step added"), t("{count} steps added")),
        Change.REMOVED: (t("1 step removed"), t("{count} steps removed")),
        Change.CHANGED: (t("1 step changed"), t("{count} steps changed")),
    }


def _arrows(t: Translator) -> dict[Change, tuple[str, str]]:
    return {
        Change.ADDED: (t("1 connection added"), t("{count} connections added")),
        Change.REMOVED: (t("1 connection removed"), t("{count} connections removed")),
        Change.CHANGED: (t("1 connection changed"), t("{count} connections changed")),
    }


def _fields(t: Translator) -> dict[Change, tuple[str, str]]:
    return {
        Change.ADDED: (t("1 setting added"), t("{count} settings added")),
        Change.REMOVED: (t("1 setting removed"), t("{count} settings removed")),
        Change.CHANGED: (t("1 setting changed"), t("{count} settings changed")),
    }
