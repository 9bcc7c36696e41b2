"""A message that was posted with buttons, without those of a review that is over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.slack.blocks import words
from bot.slack.blocks.changes import SEE
from bot.slack.blocks.message import Message
from bot.slack.blocks.text import fallback, phrase, rich, section

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.locales import Translator
    from bot.reviews.models import Review


def over(t: Translator, posted: Mapping[str, Any], review_id: str, review: Review | None) -> Message | None:
    """The message as Slack has it, but with what became of a review in place of its buttons; None when it has none.

    What else is in it stays, also the look at what the version changes. Of a review that is None nothing is known.
    """
    ended = words.outcome(t, review) if review else [phrase(t("This review is not known any more."))]
    blocks: list[Any] = []
    for block in posted["blocks"]:
        living = [element for element in _elements(block) if not _dead(element, review_id)]
        if len(living) == len(_elements(block)):
            blocks.append(block)
        else:
            blocks += [rich(section(*ended)).to_dict(), *([block | {"elements": living}] if living else [])]
    text = str(posted.get("text") or "") or fallback(*ended)
    return Message(text, tuple(blocks)) if blocks != posted["blocks"] else None


def _elements(block: Any) -> list[Any]:
    """Its buttons and menus."""
    found = block.get("elements") if isinstance(block, dict) and block.get("type") == "actions" else None
    return found if isinstance(found, list) else []


def _dead(element: Any, review_id: str) -> bool:
    if not isinstance(element, dict) or element.get("action_id") == SEE:
        return False
    options = element.get("options")
    carriers = [element, *(options if isinstance(options, list) else [])]
    values = [str(carrier.get("value", "")) for carrier in carriers if isinstance(carrier, dict)]
    return review_id in {value.rpartition(":")[2] for value in values}
