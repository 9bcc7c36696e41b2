"""What a submission changes, page by page in a modal; and the same in a line or two for cards and forms."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Any

from slack_sdk.models.blocks import ActionsBlock, ButtonElement, ContextBlock, HeaderBlock

from bot.changes import report
from bot.changes.diff import Change
from bot.changes.headline import headline
from bot.plain_text import clip
from bot.reviews.examination import Against, CheckMode, CheckResult
from bot.slack.blocks import words
from bot.slack.blocks.text import Bold, Code, phrase, plain, rich, rows, section
from bot.slack.blocks.view import view

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from slack_sdk.models.blocks import Block, RichTextElement

    from bot.changes.diff import Difference
    from bot.locales import Translator
    from bot.reviews.examination import Changes, Check
    from bot.reviews.models import Review
    from bot.slack.blocks.text import Phrase, Value

SEE, TURN = "review_changes", "changes_turn"
"""action_ids: the button of a card, and those that turn the pages."""

WHOLE, SINCE = "whole", "since"
"""The two differences there can be: to what would be replaced, and since the round before."""

MARKS = {Change.ADDED: "➕", Change.REMOVED: "➖", Change.CHANGED: "✏️"}

ENTRIES_A_PAGE, PIECES_A_PAGE = 30, 60
CHARACTERS_A_PAGE = 9_000
"""What a page holds at most; Slack takes a hundred blocks a view."""
BYTES_A_PAGE = 100_000
"""Of JSON as it is sent, so that a view with all around it stays well below 250 kB, beyond which Slack answers
`view_too_large` (views.open and views.update, Errors)."""
FRAME = 500
"""Bytes of JSON around the texts of a piece, at most."""
ROWS_SHOWN = 2_800
"""Characters of one piece of rows; what is longer goes on in the next."""
DETAIL_SHOWN = 300
"""Characters of what a check of SecMaster's has found, on the card."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which page of which difference somebody wants to see."""

    which: str = WHOLE
    page: int = 0


def asked_of(text: str) -> Asked:
    """What stands before a review's id in a button that turns pages; what is none of ours is the first page."""
    which, _, page = text.partition(".")
    sensible = which in {WHOLE, SINCE} and page.isdecimal() and len(page) <= 4  # noqa: PLR2004 - pages, not characters
    return Asked(which=which, page=int(page)) if sensible else Asked()


def changes_modal(t: Translator, review: Review, changes: Changes, asked: Asked) -> dict[str, Any]:
    """One page of a difference; a page that is not there any more is the last."""
    since = asked.which == SINCE and changes.since is not None
    difference = changes.since if since else changes.difference
    about = [phrase("{name}", name=Bold(words.title(review.submission)))]
    if difference is None:
        unread = phrase(t("What changes is not known yet. It is looked up again now: open this once more in a moment."))
        return view(
            title=t("What changes"),
            blocks=[rich(section(*about, unread)), *_other(t, review, changes, asked)],
            close=t("Close"),
        )
    pages = _pages(t, difference)
    page = min(asked.page, len(pages) - 1)
    compared = _since(t, review) if since else phrase("{compared}", compared=compared_with(t, review))
    about += [compared, phrase("{headline}", headline=headline(t, difference.summary))]
    blocks: list[Block] = [rich(section(*about)), *pages[page].blocks(t)]
    if len(pages) > 1:
        blocks.append(
            ContextBlock(elements=[plain(t("Page {page} of {pages}").format(page=page + 1, pages=len(pages)))])
        )
    shown = Asked(which=SINCE if since else WHOLE, page=page)
    buttons = [*_turns(t, review, shown, len(pages)), *_switch(t, review, changes, shown)]
    blocks += [ActionsBlock(elements=buttons)] if buttons else []
    return view(title=t("What changes"), blocks=blocks, close=t("Close"))


def see_button(t: Translator, review: Review) -> ButtonElement:
    """Opens the modal."""
    label = t("See what changes in {name}").format(name=words.title(review.submission, 40))
    return ButtonElement(
        text=plain(t("See the changes"), 75), action_id=SEE, value=review.id, accessibility_label=clip(label, 75)
    )


def summary(t: Translator, review: Review) -> list[tuple[str, Value]]:
    """What changes, as labelled values of a card or a form."""
    examination = review.examination
    if examination is None:
        return [(t("Changes"), t("being looked up…"))] if review.pending else []
    pairs: list[tuple[str, Value]] = []
    if examination.against is not Against.NOTHING:
        pairs.append(
            (t("Replaces") if examination.against is Against.ACTIVE else t("Compared with"), baseline(t, review))
        )
    if examination.summary:
        pairs.append((t("Changes"), headline(t, examination.summary)))
    if examination.since:
        label = t("Since round {round}").format(round=review.round - 1)
        pairs.append((label, headline(t, examination.since)))
    return [*pairs, (t("SecMaster's checks"), checks(t, examination.checks))]


def baseline(t: Translator, review: Review) -> str:
    """What the submission is compared with."""
    examination = review.examination
    if examination is None or examination.against is Against.UNKNOWN:
        return t("not known: SecMaster did not say what went before")
    version = words.word(examination.baseline_version) or words.word(examination.baseline_id)
    if examination.against is Against.ACTIVE:
        return t("{version}, active now").format(version=version)
    if examination.against is Against.APPROVED:
        return t("{version}, the last that was approved; none is active").format(version=version)
    return t("nothing: no version of it was approved before")


def compared_with(t: Translator, review: Review) -> str:
    """The same as a sentence."""
    return t("Compared with {baseline}").format(baseline=baseline(t, review))


def checks(t: Translator, made: Sequence[Check]) -> str:
    """What SecMaster's checks say."""
    bad = [check for check in made if check.result is not CheckResult.PASSED]
    if not made:
        return t("not made yet")
    if not bad:
        return t("✅ all passed")
    return " · ".join(_check(t, check) for check in bad)


def _check(t: Translator, check: Check) -> str:
    names = {
        CheckMode.BASIC: t("basic check"),
        CheckMode.CIRCLE: t("loop check"),
        CheckMode.APP_PARAMS: t("parameter check"),
    }
    failed = check.result is CheckResult.FAILED
    sentence = t("❌ {check} failed: {detail}") if failed else t("❔ {check} not available: {detail}")
    detail = clip(words.word(check.detail), DETAIL_SHOWN) or t("SecMaster gave no detail")
    return sentence.format(check=names[check.mode], detail=detail)


def _since(t: Translator, review: Review) -> Phrase:
    return phrase(t("Changed since round {round}"), round=review.round - 1)


@dataclass(frozen=True)
class _Shown:
    """What a page shows of an entry: as many of its details as have room there."""

    part: str
    """The title of the section."""
    entry: report.Entry
    continued: bool
    """Whether it began on a page before."""
    details: list[report.Detail]


class _Page:
    """Entries, or parts of them, that Slack takes as one view."""

    def __init__(self) -> None:
        self.shown: list[_Shown] = []
        self._pieces = self._characters = self._bytes = 0

    def begin(self, part: str, entry: report.Entry, *, continued: bool) -> None:
        """An entry begins, or goes on."""
        self.shown.append(_Shown(part, entry, continued, []))
        self._count(entry.title)

    def has_room(self, detail: report.Detail) -> bool:
        """Whether one more detail fits."""
        texts = _texts(detail)
        return (
            self._pieces < PIECES_A_PAGE
            and self._characters + sum(map(len, texts)) <= CHARACTERS_A_PAGE
            and self._bytes + _bytes(texts) <= BYTES_A_PAGE
        )

    def add(self, detail: report.Detail) -> None:
        """A detail of the entry that has begun."""
        self.shown[-1].details.append(detail)
        self._count(*_texts(detail))

    def blocks(self, t: Translator) -> Iterator[Block]:
        """As Slack draws them, under the titles of their sections."""
        part = None
        for shown in self.shown:
            if shown.part != part:
                yield HeaderBlock(text=plain(shown.part, 150))
            part = shown.part
            sentence = t("{mark} {title} (continued)") if shown.continued else "{mark} {title}"
            title = phrase(sentence, mark=MARKS[shown.entry.change], title=Bold(shown.entry.title))
            details = [element for detail in shown.details for element in _detail(detail)]
            yield rich(section(title), *details)

    def _count(self, *texts: str) -> None:
        self._pieces += 1
        self._characters += sum(map(len, texts))
        self._bytes += _bytes(texts)


def _pages(t: Translator, difference: Difference) -> list[_Page]:
    """All that differs: nothing is cut, and what does not fit on a page goes on on the next."""
    pages = [_Page()]
    for part in report.sections(t, difference):
        for entry in part.entries:
            details = list(chain.from_iterable(_parted(t, one) for one in entry.details))
            if len(pages[-1].shown) == ENTRIES_A_PAGE or (details and not pages[-1].has_room(details[0])):
                pages.append(_Page())
            pages[-1].begin(part.title, entry, continued=False)
            for detail in details:
                if not pages[-1].has_room(detail):
                    pages.append(_Page())
                    pages[-1].begin(part.title, entry, continued=True)
                pages[-1].add(detail)
    return pages


def _texts(detail: report.Detail) -> tuple[str, ...]:
    return (detail.label, detail.old, detail.new, *detail.rows)


def _bytes(texts: Sequence[str]) -> int:
    """How long a piece with these texts is as JSON, spelled as slack_sdk sends it."""
    return FRAME + len(json.dumps(texts))


def _parted(t: Translator, detail: report.Detail) -> Iterator[report.Detail]:
    """A detail, in several pieces where it has very many rows."""
    if not detail.rows:
        yield detail
        return
    label = detail.label
    for lines in _chunks(detail.rows):
        yield replace(detail, label=label, rows=tuple(lines))
        label = detail.label and t("{label} (continued)").format(label=detail.label)


def _chunks(lines: Sequence[str]) -> Iterator[list[str]]:
    """The rows, some at a time."""
    chunk: list[str] = []
    length = 0
    for line in lines:
        if chunk and length + len(line) > ROWS_SHOWN:
            yield chunk
            chunk, length = [], 0
        chunk.append(line)
        length += len(line) + 1
    yield chunk


def _detail(detail: report.Detail) -> list[RichTextElement]:
    if not detail.rows:
        return [section(_change(detail))]
    label = [section(phrase("{label}", label=detail.label))] if detail.label else []
    return [*label, rows(detail.rows)]


def _change(detail: report.Detail) -> Phrase:
    values = [Code(value) for value in (detail.old, detail.new) if value]
    arrow = "{label}{old} → {new}" if len(values) > 1 else "{label}{old}"
    label = f"{detail.label}: " if detail.label else ""
    return phrase(arrow, label=label, old=values[0] if values else "", new=values[-1] if values else "")


def _turns(t: Translator, review: Review, shown: Asked, pages: int) -> Iterator[ButtonElement]:
    if shown.page > 0:
        yield _button(t("Previous page"), review, Asked(which=shown.which, page=shown.page - 1), "back")
    if shown.page < pages - 1:
        yield _button(t("Next page"), review, Asked(which=shown.which, page=shown.page + 1), "on")


def _switch(t: Translator, review: Review, changes: Changes, shown: Asked) -> Iterator[ButtonElement]:
    if shown.which == SINCE:
        yield _button(t("Compare with what it replaces"), review, Asked(which=WHOLE), "other")
    elif changes.since is not None:
        label = t("Only since round {round}").format(round=review.round - 1)
        yield _button(label, review, Asked(which=SINCE), "other")


def _other(t: Translator, review: Review, changes: Changes, asked: Asked) -> list[Block]:
    buttons = list(_switch(t, review, changes, Asked(which=WHOLE, page=asked.page)))
    return [ActionsBlock(elements=buttons)] if buttons else []


def _button(label: str, review: Review, leads_to: Asked, name: str) -> ButtonElement:
    return ButtonElement(
        text=plain(label, 75),
        action_id=f"{TURN}:{name}",
        value=f"{leads_to.which}.{leads_to.page}:{review.id}",
        accessibility_label=clip(f"{label}: {words.title(review.submission, 40)}", 75),
    )
