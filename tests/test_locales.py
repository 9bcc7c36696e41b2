"""Every sentence for people has its Chinese, and nothing English is left where Chinese is spoken."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from bot.errors import NotPending, SecMasterError, SlackError, UserError
from bot.locales import nearest, translator
from bot.reviews import news, notices
from bot.reviews.admission import REFUSALS, refused
from bot.reviews.models import (
    ClosedBecause,
    Decision,
    Failure,
    Handover,
    MessageRef,
    Opinion,
    OpinionSource,
    Place,
    Policy,
    Question,
    ReleaseStatus,
    Result,
    Review,
    ReviewState,
    Route,
    Submission,
    Verdict,
    Vote,
)
from bot.reviews.pages import Home, Page
from bot.reviews.policy import Refusal
from bot.reviews.story import Story
from bot.slack.blocks import answers, modals, words
from bot.slack.blocks.card import card
from bot.slack.blocks.home import home
from bot.slack.blocks.notices import notice
from bot.slack.blocks.reminders import digest, reminder
from bot.slack.blocks.story import story
from bot.slack.blocks.text import phrase
from bot.slack.blocks.thread import reply
from bot.slack.listeners.grammar import SUBCOMMANDS
from bot.slack.listeners.reception import LACKING, explain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from babel.messages.catalog import Catalog

    from bot.locales import Translator

ROOT = Path(__file__).parent.parent
LOCALES = ROOT / "bot" / "locales"
CHINESE = LOCALES / "zh_CN" / "LC_MESSAGES"
SPEAKING = ("bot/slack", "bot/reviews", "bot/pictures", "bot/changes")
KEYWORDS = {"t", "N_", *(kind.__name__ for kind in UserError.__subclasses__())}
PLACEHOLDER = re.compile(r"\{\w*\}")
EMOJI = re.compile(r"[\u2300-\u27bf\U0001f300-\U0001faff]")
HAN = re.compile(r"[\u4e00-\u9fff]")
LATIN = re.compile(r"[A-Za-z_]{2,}")


def sentences() -> set[str]:
    """What the code says to people, collected as `just translate` does."""
    found: set[str] = set()
    for folder in SPEAKING:
        for _file, _line, message, *_rest in extract_from_dir(str(ROOT / folder), keywords=dict.fromkeys(KEYWORDS)):
            found.update([message] if isinstance(message, str) else message)
    return found


def catalog(path: Path) -> Catalog:
    """A .po or .pot file; what was given up counts as nothing."""
    with path.open("rb") as file:
        return read_po(file, locale="zh_CN")


def texts(found: Catalog) -> dict[str, str]:
    """Sentence to translation."""
    return {str(message.id): str(message.string) for message in found if message.id}


# --- the catalog --------------------------------------------------------------------------------------------------


def test_every_sentence_of_the_code_is_in_the_catalog_and_translated() -> None:
    """Code, template and catalog hold the same sentences, and none of them is left without its Chinese."""
    said = sentences()

    assert len(said) > 100
    assert set(texts(catalog(LOCALES / "bot.pot"))) == said
    chinese = texts(catalog(CHINESE / "bot.po"))
    assert set(chinese) == said
    assert [sentence for sentence, translation in chinese.items() if not translation.strip()] == []


def test_translations_have_chinese_in_them() -> None:
    """No translation is its sentence again."""
    assert [one for one in texts(catalog(CHINESE / "bot.po")).values() if not HAN.search(one)] == []


@pytest.mark.parametrize("marks", [PLACEHOLDER, EMOJI], ids=["placeholders", "emoji"])
def test_translations_keep_placeholders_and_emoji(marks: re.Pattern[str]) -> None:
    """A fact that a sentence names is in its translation, once, under the same name; so are its emoji."""
    chinese = texts(catalog(CHINESE / "bot.po"))
    kept = {one: (sorted(marks.findall(one)), sorted(marks.findall(said))) for one, said in chinese.items()}

    assert any(before for before, _after in kept.values())
    assert {one: pair for one, pair in kept.items() if pair[0] != pair[1]} == {}


def test_secmasters_results_stay_as_they_are() -> None:
    """PASS and UN_PASS are SecMaster's words in every language."""
    results = re.compile(r"\b(?:UN_)?PASS\b", re.ASCII)
    for sentence, translation in texts(catalog(CHINESE / "bot.po")).items():
        assert results.findall(translation) == results.findall(sentence), sentence


def test_no_translation_is_guessed_or_given_up() -> None:
    """Nothing fuzzy, which would not be compiled, and nothing obsolete."""
    chinese = catalog(CHINESE / "bot.po")

    assert not chinese.fuzzy
    assert [message.id for message in chinese if message.fuzzy and message.id] == []
    assert chinese.obsolete == {}


def test_the_compiled_catalog_is_the_one_that_is_edited() -> None:
    """The .mo, which the bot reads, says what the .po says."""
    with (CHINESE / "bot.mo").open("rb") as file:
        assert texts(read_mo(file)) == texts(catalog(CHINESE / "bot.po"))


def test_the_recipe_collects_every_kind_of_sentence() -> None:
    """`just translate` knows each error whose text people read: a new one is collected, or this fails."""
    recipe = (ROOT / "justfile").read_text(encoding="utf-8")
    assert set(re.findall(r" -k (\w+)", recipe)) == KEYWORDS


FOR_OPERATORS = {"channels.py", "people.py", "chain.py"}
"""What stands in the log or on the command line alone, which is English."""


def _unmarked(path: Path) -> Iterator[str]:
    """String literals that read like a sentence, docstrings and parts of f-strings left out."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    silent = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            silent.update(map(id, node.values))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in silent:
            sentence = node.value.strip()
            if re.search(r"[A-Za-z]\S* \S+ ", sentence) and sentence[-1] in ".…:?!":
                yield node.value


def test_no_sentence_is_left_unmarked() -> None:
    """A literal that reads like a sentence is marked for the catalogs, wherever people might read it."""
    said = sentences()
    files = [path for folder in SPEAKING for path in (ROOT / folder).rglob("*.py") if path.name not in FOR_OPERATORS]
    found = {literal: path.name for path in files for literal in _unmarked(path)}

    assert len(found) > 40
    assert {literal: name for literal, name in found.items() if literal not in said} == {}


def test_every_refusal_is_in_the_catalog() -> None:
    """What the core says to those who may not vote, and what subcommands do, is translated where it is told."""
    assert len(SUBCOMMANDS) > 5
    assert {*REFUSALS.values(), *(chosen.what for chosen in SUBCOMMANDS.values())} <= sentences()


# --- who speaks what ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("slack", "ours"),
    [
        ("zh-CN", "zh-CN"),
        ("zh-TW", "zh-CN"),
        ("zh", "zh-CN"),
        ("ZH-cn", "zh-CN"),
        ("en", "en"),
        ("en-GB", "en"),
        ("de-DE", "en"),
        ("zho-x", "en"),
        ("", "en"),
    ],
)
def test_the_nearest_locale_of_a_person(slack: str, ours: str) -> None:
    """Any Chinese gets Chinese, everybody else English."""
    assert nearest(slack) == ours


@pytest.mark.parametrize(
    ("locale", "is_called", "approve"),
    [("en", "en", "Approve"), ("zh-CN", "zh-CN", "通过"), ("fr", "en", "Approve"), ("", "en", "Approve")],
)
def test_a_translator_of_each_locale(locale: str, is_called: str, approve: str) -> None:
    """A locale without a catalog speaks English, and says so; an unknown sentence comes back as it is."""
    t = translator(locale)
    assert (t.locale, t("Approve"), t("No such sentence")) == (is_called, approve, "No such sentence")


# --- what people see ------------------------------------------------------------------------------------------------

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
KEPT = {
    "SecMaster", "Slack", "PASS", "UN_PASS", "HTTP", "ID", "UTC", "HEMOSTASIS", "VERSION_ID",
    "secmaster", "mine", "pending", "help"
}  # fmt: skip
"""Names, codes and commands that are the same in every language."""


def review(**changes: Any) -> Review:
    """A review whose facts have no Latin word in them that is not named above."""
    submission = Submission(
        workspace_id="1",
        version_id="0001",
        workflow_id="0002",
        name="隔离主机",
        version="2",
        description="切断网络",
        status="pending_approval",
        aop_type="HEMOSTASIS",
        submitter="张伟",
        submitted_at="2026-11-24T10:00:00Z+0800",
    )
    route = Route(channel="C1", notify=(), policy=Policy(reviewers=("U1",), approvals_required=2), locale="zh-CN")
    given: dict[str, Any] = {
        "id": "1",
        "round": 2,
        "state": ReviewState.OPEN,
        "submission": submission,
        "route": route,
        "requested_by": "U3",
        "submitter_user": None,
        "opened_at": NOW,
        "card": MessageRef(channel="C1", ts="1.0", link="https://1"),
    }
    return Review(**given | changes)


def vote(verdict: Verdict, user: str = "U1") -> Vote:
    """A vote with a Chinese reason."""
    return Vote(review_id="1", user_id=user, verdict=verdict, reason="缺少回滚", voted_at=NOW, view_id=user)


def outcome(result: Result, **changes: Any) -> Review:
    """A review that was decided."""
    decision = Decision(result=result, content="可以", decided_at=NOW, decided_by=("U1", "U2"))
    return review(decision=decision, **changes)


ANYBODY = Policy(reviewers=("channel",))
KNOWN = Policy(reviewers=("U1",), require_known_submitter=True)
QUESTION = Question(id="1", asked_by="U1", text="为什么", asked_at=NOW)
ANSWERED = replace(QUESTION, id="2", answered_by="U2", answer="因为", answered_at=NOW)
HANDOVER = Handover(id="1", by="U1", to="U2", at=NOW, note="请看")
FAILURE = Failure(status=400, code="1", message="版本锁定", request_id="7", at=NOW)
OPEN = [
    review(),
    replace(review(), votes=(vote(Verdict.APPROVE), vote(Verdict.REJECT, "U2"))),
    replace(review(), route=replace(review().route, policy=Policy(reviewers=("U1",), reasons=("缺少回滚",)))),
    replace(review(), requested_by=None),
    replace(review(), requested_by=None, route=replace(review().route, policy=KNOWN)),
    replace(review(), questions=(QUESTION, ANSWERED), handovers=(HANDOVER,), escalated_at=NOW),
]
DECIDED = [
    outcome(
        result,
        state=ReviewState.DECIDED,
        opinion=Opinion(result=result, content=content, source=source, request_id="7"),
        release_status=status,
        release_final=True,
    )
    for result in Result
    for content in ("可以", "别的")
    for source in OpinionSource
    for status in ReleaseStatus
]
OTHERS = [
    outcome(Result.PASS, state=ReviewState.DECIDING),
    outcome(Result.PASS, state=ReviewState.DECIDING, failure=replace(FAILURE, retry_at=NOW)),
    outcome(Result.UN_PASS, state=ReviewState.FAILED, failure=FAILURE),
    *(
        review(state=ReviewState.CLOSED, closed_because=because, closed_at=NOW, release_status=status)
        for because in ClosedBecause
        for status in ReleaseStatus
    ),
]
EVERY = [*OPEN, *DECIDED, *OTHERS]
NEWS: list[news.News] = [
    *(
        news.VoteCast(user_id="U1", verdict=verdict, reason="可以", replaces=replaces, approvals=1)
        for verdict in Verdict
        for replaces in (False, True)
    ),
    news.DecisionFailed(status=400, code="1", message="版本锁定", request_id="7"),
    news.Retried(user_id="U1"),
    news.VoteWithdrawn(user_id="U1", verdict="approve", approvals=0),
    news.QuestionAsked(question_id="1"),
    news.QuestionAnswered(question_id="2"),
    news.HandedOver(by="U1", to="U2", note="请看"),
    news.Escalated(to="C1"),
    *(news.ReviewClosed(because=because, status="") for because in ClosedBecause),
    *(
        news.ReviewClosed(
            because=ClosedBecause.WITHDRAWN, status="rejected", result="UN_PASS", content="缺", user_id=by
        )
        for by in ("", "9")
    ),
    *(news.ReleaseReached(status=status, settled=settled) for status in ReleaseStatus for settled in (True, False)),
]


NOTICES: list[notices.Notice] = [
    notices.Escalated(),
    notices.HandedOver(by="U1", note="请看"),
    notices.ReleaseReached(status="not_activated"),
    notices.Asked(question_id="1"),
    notices.Answered(question_id="2"),
]


def drawn(shown: Any) -> Iterator[str]:
    """Every text of a message or view that a person sees or hears."""
    if isinstance(shown, dict):
        for key, value in shown.items():
            if key in {"text", "accessibility_label"} and isinstance(value, str):
                yield value
            else:
                yield from drawn(value)
    elif isinstance(shown, list | tuple):
        for inner in shown:
            yield from drawn(inner)


def cards(t: Translator) -> Iterator[Any]:
    """The card in every state."""
    for one in EVERY:
        shown = card(t, one)
        yield {"text": shown.text, "blocks": shown.blocks}


def threads(t: Translator) -> Iterator[Any]:
    """Everything that is told in threads and announced."""
    told = [reply(t, OPEN[-1], one) for one in NEWS]
    told += [reply(t, one, news.OpinionReturned()) for one in DECIDED]
    told += [notice(t, one, notices.Decided(), personal=personal) for one in DECIDED for personal in (True, False)]
    told += [notice(t, OPEN[-1], one, personal=True) for one in NOTICES]
    told += [reminder(t, OPEN, more=True), digest(t, OPEN, more=True)]
    for one in told:
        yield {"text": one.text, "blocks": one.blocks}


def forms(t: Translator) -> Iterator[Any]:
    """Every modal."""
    yield from (modals.reason_modal(t, one, verdict) for one in OPEN for verdict in Verdict)
    yield from (modals.checking(t), modals.recording(t, "可以"), modals.recorded(t), modals.outdated(t))
    yield from (modals.refusal(t, phrase("不行")), modals.noted(t, answers.will_remind(t, NOW)))
    yield from (modals.too_late(t, one, reason="可以", voted=voted) for one in EVERY for voted in (True, False))
    for one in OPEN:
        yield modals.reason_modal(t, one, Verdict.APPROVE, filled=modals.Filled(reason="可以", version=1))
        yield modals.ask_modal(t, one, opened_for="U1")
        yield modals.hand_over_modal(t, one, opened_for="U1")
        yield from (modals.answer_modal(t, one, question, opened_for="U1") for question in one.questions)


def homes(t: Translator) -> Iterator[Any]:
    """The home, full and empty."""
    nobody = replace(OPEN[0], submission=replace(OPEN[0].submission, submitter=""))
    place = Place(at=NOW, review_id="1")
    waiting = Page(reviews=(*OPEN, nobody), turned=True, next=place)
    voted = [replace(one, votes=(vote(verdict),)) for one in (OPEN[0], *DECIDED, *OTHERS) for verdict in Verdict]
    for begin in range(0, len(voted), 10):
        past = Page(reviews=tuple(voted[begin : begin + 10]), turned=True, next=place)
        yield home(t, Home(may_use=True, waiting=waiting, voted=past, submitted=past), user_id="U1")
    yield from (home(t, Home(may_use=may_use), user_id="U1") for may_use in (True, False))


def answered(t: Translator) -> Iterator[Any]:
    """Answers to commands."""
    usages = [("help", t(chosen.what)) for chosen in SUBCOMMANDS.values()]
    submissions = [replace(OPEN[0].submission, status=status) for status in (*ReleaseStatus, "")]
    told = [
        answers.help_text(t, "/", [("", what) for _usage, what in usages], unknown="?"),
        *(answers.pending(t, some, mine=mine) for some in ([], OPEN * 5) for mine in (True, False)),
        answers.pending(t, [], later=True),
        answers.history(t, []),
        answers.history(t, [], later=True),
        answers.history(t, DECIDED[:5] + OTHERS[-5:]),
        *(answers.requested(t, one, opened=opened) for one in EVERY for opened in (True, False)),
        *(
            story(t, Story(submission=one, rounds=(of,) if of else ()))
            for one in submissions
            for of in (None, OPEN[1], DECIDED[0])
        ),
    ]
    for one in told:
        yield {"text": one.text, "blocks": one.blocks}


def errors(t: Translator) -> Iterator[Any]:
    """What is said when something goes wrong."""
    wrong = [
        *(refused(refusal, OPEN[0]) for refusal in REFUSALS),
        refused(Refusal.NOT_A_REVIEWER, replace(OPEN[0], route=replace(OPEN[0].route, policy=ANYBODY))),
        NotPending(
            "{name} {version} does not wait for review: its status is {status}. Submit it in SecMaster first.",
            name="隔离主机",
            version="2",
            status="1",
        ),
        SecMasterError("版本锁定", status=400, code="1", request_id="7"),
        SlackError("users.info", "ratelimited"),
        *(SlackError("usergroups.users.list", code) for code in LACKING),
    ]
    yield from ({"text": explain(t, one).plain()} for one in wrong)
    yield from ({"text": words.workflow_type(t, kind)} for kind in ("HEMOSTASIS", ""))


@pytest.mark.parametrize("shows", [cards, threads, forms, homes, answered, errors], ids=lambda shows: shows.__name__)
def test_where_chinese_is_spoken_no_english_is_left(shows: Callable[[Translator], Iterator[Any]]) -> None:
    """Every text is Chinese, however deep it sits: only names and codes that are the same everywhere stay Latin."""
    for shown in shows(translator("zh-CN")):
        said = list(drawn(shown))
        # Mentions, dates and addresses of the fallback text are Slack's to draw.
        left = {word for one in said for word in LATIN.findall(re.sub(r"<[^|>]*", "", one))}
        assert left <= KEPT, said
        assert any(HAN.search(one) for one in said)
