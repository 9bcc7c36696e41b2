"""Text for Slack in which nothing that a person or SecMaster wrote can become markup, a mention or a link.

A `Phrase` is a sentence with {placeholders} and what belongs in them. It is drawn three ways: as rich text (whose text
elements parse nothing), as escaped mrkdwn for the fallback `text` of a message, and as plain text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeAlias

from slack_sdk.models.blocks import (
    PlainTextObject,
    RichTextBlock,
    RichTextElement,
    RichTextElementParts,
    RichTextPreformattedElement,
    RichTextQuoteElement,
    RichTextSectionElement,
)

from bot.plain_text import clean, clip, inline, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Parts = RichTextElementParts

PLAIN_TEXT_LIMIT = 3000
FALLBACK_LIMIT = 3900
"""Slack advises 4,000 characters and refuses an update above; the margin is for how it counts."""
RICH_TEXT_LIMIT = 2800
"""Characters of one rich text element; no limit is documented, so it stays below the one of other text."""

SENTENCE_LIMIT = 2000
"""Characters of a sentence that quotes what SecMaster said."""
FACT_LIMIT = 600
"""Characters of one labelled value."""
QUOTE_LIMIT = 7000
"""Characters of somebody's words in one message: Slack refuses blocks of more than some 12,000 in all, which it says
nowhere but in `msg_blocks_too_long` (slackapi/bolt-js, issues 2509 and 2867)."""

DATE = "{date_short_pretty} {time}"
"""How a moment is shown, in the reader's own time zone."""

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class User:
    """A person, by Slack id."""

    id: str


@dataclass(frozen=True)
class Group:
    """A user group, by Slack id."""

    id: str


@dataclass(frozen=True)
class Channel:
    """A channel, by Slack id."""

    id: str


@dataclass(frozen=True)
class Ago:
    """How long ago a moment was; Slack counts for the reader (Slack, Date element, `{ago}`)."""

    at: datetime


@dataclass(frozen=True)
class Bold:
    """Stressed text."""

    text: str


@dataclass(frozen=True)
class Code:
    """An id or a code."""

    text: str


@dataclass(frozen=True)
class Link:
    """A link whose address is ours or Slack's, never a stranger's."""

    url: str
    text: str


Value: TypeAlias = "str | int | User | Group | Channel | Ago | Bold | Code | Link | Phrase | datetime"


def escape(text: str) -> str:
    """For mrkdwn: nothing in the text can be a mention, a link or a command (Slack, Formatting message text)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def plain(text: str, limit: int = PLAIN_TEXT_LIMIT) -> PlainTextObject:
    """Text that Slack does not parse, emoji codes included."""
    return PlainTextObject(text=clip(clean(text), limit) if visible(text) else "—", emoji=False)


@dataclass(frozen=True)
class Phrase:
    """A sentence with {placeholders} and what belongs in them."""

    sentence: str
    values: Mapping[str, Value] = field(default_factory=dict)

    def elements(self, *, bold: bool = False) -> list[RichTextElement]:
        """As rich text elements."""
        style = Parts.TextStyle(bold=True) if bold else None
        return [element for piece in self._pieces() for element in _element(piece, style)]

    def fallback(self) -> str:
        """As escaped mrkdwn."""
        return "".join(_mrkdwn(piece) for piece in self._pieces())

    def plain(self) -> str:
        """As plain text; people are named by id."""
        return "".join(_plain(piece) for piece in self._pieces())

    def _pieces(self) -> Iterator[Value]:
        position = 0
        for match in _PLACEHOLDER.finditer(self.sentence):
            yield self.sentence[position : match.start()]
            yield self.values[match[1]]
            position = match.end()
        yield self.sentence[position:]


def phrase(sentence: str, /, **values: Value) -> Phrase:
    """A phrase from a translated sentence."""
    return Phrase(sentence, values)


def listed(values: Sequence[Value]) -> Phrase:
    """Values one after the other, with commas."""
    parts = {f"part{number}": value for number, value in enumerate(values)}
    return Phrase(", ".join(f"{{{name}}}" for name in parts), parts)


def _element(  # noqa: PLR0911 - one line a kind of value
    piece: Value, style: Parts.TextStyle | None
) -> list[RichTextElement]:
    match piece:
        case User(id=user_id):
            return [Parts.User(user_id=user_id)]
        case Group(id=group_id):
            return [Parts.UserGroup(usergroup_id=group_id)]
        case Channel(id=channel_id):
            return [Parts.Channel(channel_id=channel_id)]
        case Link(url=url, text=text):
            return [Parts.Link(url=url, text=inline(text))]
        case Phrase():
            return piece.elements()
        case Bold(text=text):
            return _texts(inline(text), Parts.TextStyle(bold=True))
        case Code(text=text):
            return _texts(inline(text), Parts.TextStyle(code=True))
        case Ago(at=at):
            return [Parts.Date(timestamp=int(at.timestamp()), format="{ago}", fallback=_utc(at))]
        case datetime():
            return [Parts.Date(timestamp=int(piece.timestamp()), format=DATE, fallback=_utc(piece))]
        case _:
            return _texts(inline(str(piece)), style)


def _texts(text: str, style: Parts.TextStyle | None = None) -> list[RichTextElement]:
    starts = range(0, len(text), RICH_TEXT_LIMIT)
    return [Parts.Text(text=text[start : start + RICH_TEXT_LIMIT], style=style) for start in starts]


def _mrkdwn(piece: Value) -> str:  # noqa: PLR0911 - likewise
    match piece:
        case User(id=user_id):
            return f"<@{user_id}>"
        case Group(id=group_id):
            return f"<!subteam^{group_id}>"
        case Channel(id=channel_id):
            return f"<#{channel_id}>"
        case Phrase():
            return piece.fallback()
        case Link(url=url, text=text):
            return f"<{escape(url)}|{escape(inline(text))}>"
        case Ago(at=at):
            return f"<!date^{int(at.timestamp())}^{{ago}}|{_utc(at)}>"
        case datetime():
            return f"<!date^{int(piece.timestamp())}^{DATE}|{_utc(piece)}>"
        case _:
            return escape(_plain(piece))


def _plain(piece: Value) -> str:  # noqa: PLR0911 - likewise
    match piece:
        case User(id=name) | Group(id=name):
            return f"@{name}"
        case Channel(id=channel_id):
            return f"#{channel_id}"
        case Bold(text=text) | Code(text=text) | Link(text=text):
            return inline(text)
        case Phrase():
            return piece.plain()
        case Ago(at=at):
            return _utc(at)
        case datetime():
            return _utc(piece)
        case _:
            return inline(str(piece))


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def section(*phrases: Phrase) -> RichTextSectionElement:
    """Phrases as lines of one paragraph, which is never empty."""
    elements: list[RichTextElement] = []
    for number, line in enumerate(phrases):
        elements += ([Parts.Text(text="\n")] if number else []) + line.elements()
    return RichTextSectionElement(elements=elements or [Parts.Text(text="—")])


def quote(text: str, limit: int = QUOTE_LIMIT) -> RichTextQuoteElement:
    """Somebody's words, as typed."""
    return RichTextQuoteElement(elements=_texts(clip(clean(text), limit)) or [Parts.Text(text="—")])


def preformatted(text: str, limit: int = QUOTE_LIMIT) -> RichTextPreformattedElement:
    """Words to copy, as typed."""
    return RichTextPreformattedElement(elements=_texts(clip(clean(text), limit)) or [Parts.Text(text="—")])


def rows(lines: Sequence[str]) -> RichTextPreformattedElement:
    """Rows that each begin with a sign of ours: nothing in one can turn the sign, or reach into the next."""
    text = "\n".join(f"{line[:1]}{inline(line[1:])}" for line in lines)
    return RichTextPreformattedElement(elements=_texts(text) or [Parts.Text(text="—")])


def rich(*elements: RichTextElement) -> RichTextBlock:
    """One rich text block."""
    return RichTextBlock(elements=list(elements))


def fallback(*phrases: Phrase) -> str:
    """The `text` of a message: all that notifications and screen readers get, and never empty."""
    text = " ".join(line.fallback() for line in phrases)
    if not visible(text):
        return "—"
    clipped = clip(text, FALLBACK_LIMIT)
    if clipped == text:
        return text
    cut = clipped[:-1]
    # Never end inside an entity or a mention.
    for opening, closing in (("&", ";"), ("<", ">")):
        if cut.rfind(opening) > cut.rfind(closing):
            cut = cut[: cut.rfind(opening)]
    return cut + "…"


def facts(pairs: Sequence[tuple[str, Value]]) -> RichTextSectionElement:
    """Labelled values, one a line."""
    lines = [Phrase("{label}  {value}", {"label": Bold(label), "value": _fact(value)}) for label, value in pairs]
    return section(*lines)


def _fact(value: Value) -> Value:
    match value:
        case Code(text=text):
            return Code(clip(clean(text), FACT_LIMIT))
        case str():
            return clip(clean(value), FACT_LIMIT)
        case _:
            return value
