"""What elements of a flow are called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.changes.looks import drawn
from bot.changes.wording import in_quotes
from bot.plain_text import clip

if TYPE_CHECKING:
    from bot.locales import Translator

KIND_LONGEST = 60
"""Characters of a kind that is not known."""


def kind(t: Translator, tag: str) -> str:
    """A kind in words; one that is not known as it is, in quotes."""
    return {**_tasks(t), **_events(t), **_beside(t)}.get(tag) or in_quotes(clip(drawn(tag), KIND_LONGEST))


def _tasks(t: Translator) -> dict[str, str]:
    return {
        "task": t("task"),
        "userTask": t("user task"),
        "serviceTask": t("service task"),
        "scriptTask": t("script task"),
        "manualTask": t("manual task"),
        "sendTask": t("send task"),
        "receiveTask": t("receive task"),
        "businessRuleTask": t("business rule task"),
        "callActivity": t("call of another workflow"),
        "subProcess": t("sub-process"),
        "transaction": t("transaction"),
        "adHocSubProcess": t("ad-hoc sub-process"),
    }


def _events(t: Translator) -> dict[str, str]:
    return {
        "startEvent": t("start event"),
        "endEvent": t("end event"),
        "boundaryEvent": t("boundary event"),
        "intermediateCatchEvent": t("catching event"),
        "intermediateThrowEvent": t("throwing event"),
        "exclusiveGateway": t("exclusive gateway"),
        "parallelGateway": t("parallel gateway"),
        "inclusiveGateway": t("inclusive gateway"),
        "eventBasedGateway": t("event-based gateway"),
        "complexGateway": t("complex gateway"),
    }


def _beside(t: Translator) -> dict[str, str]:
    return {
        "process": t("process"),
        "definitions": t("document"),
        "diagram": t("drawing"),
        "lane": t("lane"),
        "participant": t("participant"),
        "messageFlow": t("message flow"),
        "dataObject": t("data object"),
        "dataObjectReference": t("data object reference"),
        "dataStoreReference": t("data store reference"),
        "dataStore": t("data store"),
        "textAnnotation": t("text annotation"),
        "association": t("association"),
        "group": t("group"),
        "message": t("message"),
        "signal": t("signal"),
        "error": t("error"),
        "escalation": t("escalation"),
    }
