"""App Home: what waits for this person, what they voted on lately, what they submitted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slack_sdk.models.blocks import ActionsBlock, ButtonElement, DividerBlock, HeaderBlock
from slack_sdk.models.views import View

from bot.plain_text import clean, clip
from bot.reviews.pages import HomeList
from bot.slack.blocks import words
from bot.slack.blocks.card import acts
from bot.slack.blocks.notices import entry
from bot.slack.blocks.places import place_text
from bot.slack.blocks.text import Bold, Code, phrase, plain, quote, rich, section

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slack_sdk.models.blocks import Block

    from bot.locales import Translator
    from bot.reviews.models import Review, Verdict
    from bot.reviews.pages import Home, Page
    from bot.slack.blocks.text import Phrase

REFRESH = "home_refresh"
TURN = "home_turn"
FIRST = "home_first"
"""action_ids of the buttons that turn the pages of a list."""

DESCRIPTION_SHOWN = 200


def home(t: Translator, shown: Home, *, user_id: str) -> dict[str, Any]:
    """The whole home view."""
    if not shown.may_use:
        sentence = t("Only active, full members of the workspace that runs this bot can use it.")
        return _view([rich(section(phrase(sentence)))])
    blocks: list[Block] = [HeaderBlock(text=plain(t("Waiting for your review"), 150))]
    if not shown.waiting.reviews:
        blocks.append(_lesson(t))
    for review in shown.waiting.reviews:
        blocks += [DividerBlock(), *_waiting(t, review)]
    blocks += _turn(t, t("Waiting for your review"), HomeList.WAITING, shown.waiting)
    blocks += _section(t, t("What you voted on lately"), HomeList.VOTED, shown.voted, user_id)
    blocks += _section(t, t("What you submitted"), HomeList.SUBMITTED, shown.submitted, user_id)
    return _view([*blocks, DividerBlock(), _footer(t)])


def _view(blocks: Sequence[Block]) -> dict[str, Any]:
    return dict(View(type="home", blocks=list(blocks)).to_dict())


def _lesson(t: Translator) -> Block:
    """What an empty queue teaches."""
    lines = [
        phrase(t("Nothing waits for you. 🎉")),
        phrase(
            t(
                "When somebody submits a workflow version in SecMaster and you may review it, it appears here and in "
                "its channel, with buttons to approve or reject it."
            )
        ),
        phrase(
            t("{pending} lists everything that waits; {help} shows what else you can type."),
            pending=Code(f"{words.COMMAND} pending"),
            help=Code(f"{words.COMMAND} help"),
        ),
    ]
    return rich(section(*lines))


def _waiting(t: Translator, review: Review) -> list[Block]:
    lines = [*entry(t, review), phrase("{id}", id=Code(words.word(review.submission.version_id)))]
    text = clean(review.submission.description).strip()
    said = [quote(clip(text, DESCRIPTION_SHOWN))] if text else []
    return [rich(section(*lines), *said), ActionsBlock(elements=acts(t, review))]


def _section(t: Translator, title: str, listed: HomeList, page: Page, user_id: str) -> list[Block]:
    """A list of what is past, one block an entry; nothing at all while it is empty."""
    if not page.reviews and not page.turned:
        return []
    blocks: list[Block] = [DividerBlock(), HeaderBlock(text=plain(title, 150))]
    blocks += [rich(section(*_past(t, review, listed, user_id))) for review in page.reviews]
    return blocks + _turn(t, title, listed, page)


def _past(t: Translator, review: Review, listed: HomeList, user_id: str) -> list[Phrase]:
    name = Bold(words.title(review.submission))
    lines = [phrase("{name} · {standing}", name=name, standing=words.standing(t, review))]
    vote = review.vote_of(user_id)
    if listed is HomeList.VOTED and vote:
        lines.append(phrase(_voted(t, vote.verdict), when=vote.voted_at))
    else:
        lines.append(phrase(t("waiting since {when}") if review.open else t("opened {when}"), when=review.opened_at))
    return lines + words.link(t, review)


def _voted(t: Translator, verdict: Verdict) -> str:
    return t("you approved it, {when}") if verdict == "approve" else t("you rejected it, {when}")


def _turn(t: Translator, title: str, listed: HomeList, page: Page) -> list[Block]:
    """Buttons to the other pages of a list, where it has others."""
    buttons = []
    if page.turned:
        buttons.append(_button(title, t("From the beginning"), FIRST, listed.value))
    if page.next:
        buttons.append(_button(title, t("Show the next"), TURN, f"{listed.value}:{place_text(page.next)}"))
    return [ActionsBlock(elements=buttons)] if buttons else []


def _button(title: str, label: str, action_id: str, value: str) -> ButtonElement:
    return ButtonElement(
        text=plain(label, 75),
        action_id=f"{action_id}:{value.partition(':')[0]}",
        value=value,
        accessibility_label=clip(f"{title}: {label}", 75),
    )


def _footer(t: Translator) -> ActionsBlock:
    return ActionsBlock(
        elements=[
            ButtonElement(text=plain(t("Refresh"), 75), action_id=REFRESH, accessibility_label=t("Refresh this list"))
        ]
    )
