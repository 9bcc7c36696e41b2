"""What cards, threads and answers say: every state in words that are true of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.locales import LOCALES, translator
from bot.reviews import news, notices
from bot.reviews.models import (
    ClosedBecause,
    Decision,
    Failure,
    Opinion,
    OpinionSource,
    Place,
    Policy,
    ReleaseStatus,
    Result,
    Reviewers,
    ReviewState,
    Verdict,
    Vote,
)
from bot.reviews.pages import Home, Page
from bot.reviews.service import LISTED
from bot.reviews.story import Story
from bot.slack.blocks import answers, modals, thread, words
from bot.slack.blocks.card import card
from bot.slack.blocks.home import home
from bot.slack.blocks.notices import notice
from bot.slack.blocks.story import story
from tests.reviews.fakes import START, submission
from tests.scenarios.stage import LIN, OMAR, REVIEWS, acts_of, text_of
from tests.slack.listeners.desk import OPEN

if TYPE_CHECKING:
    from bot.reviews.models import Review
    from bot.slack.blocks.message import Message

T = translator("en")
PASSED = Decision(result=Result.PASS, content="Fine", decided_at=START, decided_by=(LIN,))
FAILURE = Failure(status=400, code="SecMaster.1", message="Parameter error.", request_id="r9", at=START)
DECIDED = replace(OPEN, state=ReviewState.DECIDED, decision=PASSED, opinion=Opinion(result="PASS", content="Fine"))


def read(message: Message) -> str:
    """Its text as a person reads it; what a notification says is never longer news than the blocks."""
    assert message.text
    return text_of({"blocks": list(message.blocks)})


def buttons(message: Message) -> list[str]:
    """Its buttons."""
    return acts_of({"blocks": list(message.blocks)})


VOTE = Vote(review_id="r", user_id=OMAR, verdict=Verdict.APPROVE, reason="Yes", voted_at=START, view_id="V")
TWO = replace(OPEN, route=replace(OPEN.route, policy=Policy(reviewers=(LIN, OMAR), approvals_required=2)))


@pytest.mark.parametrize(
    ("review", "said", "drawn"),
    [
        (
            OPEN,
            ["Waiting for review", "1 approval publishes this version, 1 rejection sends it back."],
            ["review_approve", "review_reject", "review_changes", "review_menu"],
        ),
        (
            replace(TWO, votes=(VOTE,)),
            ["1 of 2 approvals", f"@{OMAR} approves", "2 approvals publish"],
            ["review_approve", "review_reject", "review_withdraw", "review_changes", "review_menu"],
        ),
        (replace(OPEN, state=ReviewState.DECIDING, decision=PASSED), [f"Approval by @{LIN}", "Being sent"], []),
        (
            replace(OPEN, state=ReviewState.DECIDING, decision=PASSED, failure=replace(FAILURE, retry_at=START)),
            ["Not delivered yet", "Parameter error.", "HTTP 400", "tried again"],
            [],
        ),
        (
            replace(
                OPEN,
                state=ReviewState.DECIDING,
                decision=PASSED,
                sent_at=START,
                failure=replace(FAILURE, retry_at=START, status=None, code="", message="ServerDisconnectedError: gone"),
            ),
            ["Not known yet whether it took effect: no answer", "asked again"],
            [],
        ),
        (
            replace(OPEN, state=ReviewState.FAILED, decision=PASSED, failure=FAILURE, sent_at=START),
            ["not heard of again", "Whether it took effect is not known", "looks before it sends"],
            ["review_retry", "review_changes"],
        ),
        (
            replace(OPEN, state=ReviewState.FAILED, decision=PASSED, failure=FAILURE),
            ["did not accept", "Parameter error.", "code SecMaster.1", "request id r9", "press Retry"],
            ["review_retry", "review_changes"],
        ),
        (
            replace(OPEN, state=ReviewState.FAILED, decision=PASSED),
            [f"Approval by @{LIN}"],
            ["review_retry", "review_changes"],
        ),
        (DECIDED, [f"Approved by @{LIN}", "SecMaster's opinion: PASS"], []),
        (replace(DECIDED, release_status="publish_failed", release_final=True), ["⚠️ Release: publication failed"], []),
        (replace(DECIDED, release_status="activated", release_final=True), ["Release: activated"], []),
        (replace(DECIDED, decision=replace(PASSED, result=Result.UN_PASS)), [f"Rejected by @{LIN}"], []),
        (
            replace(
                OPEN,
                state=ReviewState.CLOSED,
                closed_because=ClosedBecause.CHANGED,
                closed_at=START,
                release_status="pending_submit",
            ),
            ["This review is closed.", "Votes on the old content do not count", "not submitted"],
            [],
        ),
        (replace(OPEN, state=ReviewState.CLOSED), ["Isolate host"], []),
    ],
)
def test_a_card_says_where_its_review_stands(review: Review, said: list[str], drawn: list[str]) -> None:
    """And has the buttons that mean something there."""
    message = card(T, review)
    assert all(words in read(message) for words in said), read(message)
    assert buttons(message) == drawn


@pytest.mark.parametrize("state", set(ReviewState) - {ReviewState.DECIDED, ReviewState.CLOSED})
def test_nothing_claims_success_before_secmaster_answered(state: ReviewState) -> None:
    """No word of a recorded opinion or a release."""
    review = replace(OPEN, state=state, decision=PASSED, failure=FAILURE)
    for shown in (read(card(T, review)), card(T, review).text):
        assert "SecMaster's opinion" not in shown
        assert "Approved" not in shown
        assert "✅" not in shown
        assert "Release:" not in shown


def test_the_card_shows_what_is_under_review() -> None:
    """Type in words, submitter, the time as a date, who asked, the round, the author's words."""
    shown = read(card(T, replace(OPEN, round=3, requested_by=OMAR)))
    for fact in ("HEMOSTASIS (contain)", "zhang.wei", "version-0001", f"@{OMAR}", "Round", "3", "Cuts it off"):
        assert fact in shown
    bare = replace(OPEN, submission=submission(submitter="", aop_type="", submitted_at="", description=" "))
    assert read(card(T, bare)).count("not stated") == 3


def replied(review: Review, what: news.News) -> str:
    """The reply in the thread."""
    return read(thread.reply(T, review, what))


@pytest.mark.parametrize(
    ("opinion", "said", "unsaid"),
    [
        (
            Opinion(result="PASS", content="Fine", request_id="r1"),
            ["opinion: PASS", "Fine", "request id r1"],
            ["not what"],
        ),
        (Opinion(result="PASS", content="Fine"), ["opinion: PASS"], ["request id"]),
        (Opinion(result="UN_PASS", content="Fine"), ["opinion: UN_PASS", "This is not what was sent. Sent: PASS"], []),
        (Opinion(result="PASS", content="Edited"), ["Edited", "This is not what was sent", "Fine"], []),
        (
            Opinion(result="PASS", content="Fine", source=OpinionSource.READ_BACK),
            ["opinion: PASS", "lost on the way", "read back"],
            ["not what"],
        ),
        (
            Opinion(result="PASS", content="", source=OpinionSource.STATUS_ONLY),
            ["shows the outcome of PASS", "the status tells"],
            ["not what", "opinion:"],
        ),
    ],
)
def test_the_thread_tells_what_secmaster_returned(opinion: Opinion, said: list[str], unsaid: list[str]) -> None:
    """Word for word, how it is known, and loudly when it is not what was sent."""
    reply = replied(replace(DECIDED, opinion=opinion), news.OpinionReturned())
    assert all(words in reply for words in said), reply
    assert not any(words in reply for words in unsaid), reply


def test_what_is_not_there_cannot_be_told() -> None:
    """A job that tells too early is a mistake of ours, not a message."""
    for untold in (OPEN, replace(DECIDED, opinion=None)):
        with pytest.raises(ValueError, match="review-1"):
            thread.reply(T, untold, news.OpinionReturned())
        with pytest.raises(ValueError, match="review-1"):
            notice(T, untold, notices.Decided(), personal=False)


@pytest.mark.parametrize(
    ("what", "said"),
    [
        (news.VoteCast(user_id=LIN, verdict="approve", reason="Why", replaces=False, approvals=1), "voted to approve"),
        (news.VoteCast(user_id=LIN, verdict="reject", reason="Why", replaces=False, approvals=0), "voted to reject"),
        (news.VoteCast(user_id=LIN, verdict="approve", reason="Why", replaces=True, approvals=1), "vote: approve"),
        (news.VoteCast(user_id=LIN, verdict="reject", reason="Why", replaces=True, approvals=0), "vote: reject"),
    ],
)
def test_each_vote_is_told_with_its_reason(what: news.VoteCast, said: str) -> None:
    """And the count where more than one approval is needed, for an approval."""
    for review in (OPEN, TWO):
        reply = replied(review, what)
        assert said in reply
        assert "Why" in reply
        assert ("of 2 approvals" in reply) == (review is TWO and what.verdict == "approve")


@pytest.mark.parametrize(
    ("what", "said"),
    [
        (news.DecisionFailed(status=400, code="C1", message="No.", request_id="r9"), ["No.", "C1", "HTTP 400", "r9"]),
        (news.DecisionFailed(status=None, code="", message="No.", request_id=""), ["No.", "Retry button"]),
        (news.Retried(user_id=LIN), [f"@{LIN} has the decision sent again"]),
        (news.ReviewClosed(because="withdrawn", status="pending_submit"), ["withdrawn", "not submitted"]),
        (news.ReviewClosed(because="deleted", status=""), ["deleted"]),
        (
            news.ReviewClosed(
                because="decided_elsewhere", status="rejected", result="UN_PASS", content="No", user_id="u"
            ),
            ["decided in SecMaster, not here", "UN_PASS , by user u", "No"],
        ),
        (
            news.ReviewClosed(because="decided_elsewhere", status="rejected", result="UN_PASS", content="No"),
            ["recorded opinion: UN_PASS"],
        ),
        (
            news.VoteWithdrawn(user_id=LIN, verdict="approve", approvals=0),
            [f"@{LIN} withdrew their vote", "0 of 1 approval"],
        ),
        (news.HandedOver(by=LIN, to=OMAR, note="Look"), [f"@{LIN} handed this review over to @{OMAR}", "Look"]),
        (news.HandedOver(by=LIN, to=OMAR, note=" "), [f"@{LIN} handed this review over to @{OMAR}"]),
        (news.Escalated(to=REVIEWS), ["Still waiting for review:", "got a message"]),
        (news.ReleaseReached(status="activated"), ["Final status: activated"]),
        (news.ReleaseReached(status="not_activated"), ["Activate it in SecMaster"]),
        (news.ReleaseReached(status="publish_failed"), ["🚨", "could not publish"]),
        (news.ReleaseReached(status="publishing", settled=False), ["The version is still publishing"]),
    ],
)
def test_all_other_news_is_told(what: news.News, said: list[str]) -> None:
    """With the facts there are."""
    reply = replied(DECIDED, what)
    assert all(words in reply for words in said), reply


@pytest.mark.parametrize(
    ("review", "verdict", "said", "optional"),
    [
        (OPEN, Verdict.APPROVE, "Your approval decides", False),
        (OPEN, Verdict.REJECT, "One rejection decides", False),
        (TWO, Verdict.APPROVE, "0 of 2 approvals without yours", False),
        (replace(TWO, votes=(VOTE,)), Verdict.APPROVE, "Your approval decides", False),
    ],
)
def test_the_reason_modal_says_what_the_vote_will_do(
    review: Review, verdict: Verdict, said: str, *, optional: bool
) -> None:
    """And asks for a reason, as the policy says."""
    view = modals.reason_modal(T, review, verdict)
    assert said in text_of(view)
    (field,) = [block for block in view["blocks"] if block["type"] == "input"]
    assert field["optional"] is optional
    relaxed = replace(review.route, policy=replace(review.route.policy, require_reason="reject"))
    view = modals.reason_modal(T, replace(review, route=relaxed), verdict)
    (field,) = [block for block in view["blocks"] if block["type"] == "input"]
    assert field["optional"] is (verdict is Verdict.APPROVE)
    assert ("Where nobody gives a reason, “ok” is sent." in field["hint"]["text"]) is field["optional"]


@pytest.mark.parametrize("name", [answers.PENDING, answers.HISTORY])
def test_lists_end_at_their_limit_and_offer_what_follows(name: str) -> None:
    """Twenty as given, and a button that names the last of them."""
    ended = replace(OPEN, state=ReviewState.CLOSED, closed_because=ClosedBecause.WITHDRAWN)
    given = [
        replace(ended, id=f"r{number}", opened_at=START, closed_at=START + timedelta(microseconds=number))
        for number in range(LISTED + 1)
    ]
    draw = getattr(answers, name)
    exact, more = draw(T, given[:LISTED]), draw(T, given)
    assert read(exact).count("version-0001") == read(more).count("version-0001") == LISTED
    assert exact.blocks == more.blocks[:-1]
    (button,) = more.blocks[-1]["elements"]
    last = given[LISTED - 1]
    at = (last.closed_at if name == answers.HISTORY else None) or last.opened_at
    assert answers.asked_page(button["value"]) == (name, Place(at=at, review_id="r19"))


@pytest.mark.parametrize("draw", [answers.pending, answers.history])
def test_a_later_page_that_is_empty_does_not_say_that_nothing_waits(draw: Any) -> None:
    """What stood before it may still be there."""
    first, later = read(draw(T, [])), read(draw(T, [], later=True))
    assert "Nothing follows any more" in later
    assert later != first


@pytest.mark.parametrize(
    "value",
    [
        "",
        "pending",
        "pending:",
        "pending:x:r",
        "pending:nan:r",
        "pending:1e400:r",
        "pending:1e300:r",
        "pending:1:",
        "a:1:r",
    ],
)
def test_a_place_that_no_list_has_is_none(value: str) -> None:
    """A button's value is not trusted."""
    assert answers.asked_page(value) is None


@pytest.mark.parametrize(
    ("review", "said"),
    [
        (TWO, "waiting, 0 of 2 approvals"),
        (replace(OPEN, state=ReviewState.DECIDING, decision=PASSED), "being sent"),
        (replace(OPEN, state=ReviewState.FAILED, decision=PASSED), "press Retry"),
        (replace(OPEN, state=ReviewState.CLOSED), "closed"),
        (DECIDED, "approved"),
        (replace(DECIDED, decision=replace(PASSED, result=Result.UN_PASS)), "rejected"),
    ],
)
def test_lists_and_answers_say_where_a_review_stands(review: Review, said: str) -> None:
    """In a few words."""
    assert said in read(answers.history(T, [review]))
    assert said in read(answers.requested(T, review, opened=False))
    assert said in read(story(T, Story(submission=review.submission, rounds=(review,))))


def test_a_shown_version_tells_votes_and_opinion() -> None:
    """Who changed it last when it does not wait for review."""
    votes = (VOTE, replace(VOTE, user_id=LIN, verdict=Verdict.REJECT, reason="No"))
    said = read(story(T, Story(submission=submission(status="activated"), rounds=(replace(DECIDED, votes=votes),))))
    for told in (
        f"@{OMAR} approves: Yes",
        f"@{LIN} rejects: No",
        "opinion: PASS Fine",
        "Last changed by",
        "activated",
    ):
        assert told in said
    unknown = read(story(T, Story(submission=submission())))
    assert "No review of it is known here" in unknown
    assert "Submitted by" in unknown


def test_a_home_without_a_card_or_description_is_a_home() -> None:
    """What is not there is left out."""
    bare = replace(OPEN, card=None, submission=submission(description=" ", submitter=""))
    said = text_of(home(T, Home(may_use=True, waiting=Page(reviews=(bare,))), user_id=LIN))
    assert "not stated" in said
    assert "Open the review" not in said
    linked = replace(OPEN, card=replace(OPEN.card, link="https://x.slack.com/p1") if OPEN.card else None)
    assert "Open the review" in text_of(home(T, Home(may_use=True, waiting=Page(reviews=(linked,))), user_id=LIN))


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", ["{people}", "{name} {0}", "{", "}{", "%s %(name)s", "{person0}"])
def test_braces_in_a_name_stay_as_they_are(name: str, locale: str) -> None:
    """In every language, wherever the name stands."""
    t = translator(locale)
    review = replace(DECIDED, submission=submission(name=name))
    assert name in read(card(t, review))
    assert name in read(notice(t, review, notices.Decided(), personal=False))
    open_card = card(t, replace(OPEN, submission=submission(name=name)))
    (row,) = [block for block in open_card.blocks if block["type"] == "actions"]
    labels = [button["accessibility_label"] for button in row["elements"] if button["type"] == "button"]
    assert len(labels) == 3
    assert all(f"{name} v2" in label for label in labels)


@pytest.mark.parametrize(
    ("name", "version", "limit", "title"),
    [
        ("Isolate\nhost", " v2 ", 150, "Isolate host v2"),
        ("", "v2", 150, "version-0001 v2"),
        ("a" * 200, "v2", 20, "a" * 16 + "… v2"),
        ("a" * 200, "v" * 200, 20, "a" * 19 + "…"),
        ("name", "", 150, "name"),
    ],
)
def test_a_title_fits_on_one_line(name: str, version: str, limit: int, title: str) -> None:
    """The version stays visible when the name is long."""
    assert words.title(submission(name=name, version=version), limit) == title


@pytest.mark.parametrize(
    "text",
    ["0001-01-01T00:00:00Z", "1969-12-31T23:59:59Z+0000", "9999-12-31T23:59:59Z-1200", "yesterday", "2026-13-01"],
)
def test_a_time_that_slack_cannot_show_stays_as_it_came(text: str) -> None:
    """Rather than fail the card, or show another time."""
    assert words.stamp(T, text) == text
    assert text in read(card(T, replace(OPEN, submission=submission(submitted_at=text))))


def test_statuses_have_words_and_unknown_ones_stay() -> None:
    """Also those that SecMaster may add."""
    assert len({words.release(T, status) for status in ReleaseStatus}) == len(ReleaseStatus)
    assert words.release(T, "archived") == "archived"
    assert words.release(T, "") == "deleted"
    assert words.decided_by(T, OPEN).plain() == ""


def test_reviewers_are_named_the_first_of_many() -> None:
    """People, groups and the channel; ten at most."""
    few = Reviewers(ids=(LIN, "S0REVIEWRS", "channel"), channel=REVIEWS)
    assert words.reviewers(T, few).plain() == f"@{LIN}, @S0REVIEWRS, every full member of #{REVIEWS}"
    assert words.reviewers(T, few).fallback() == f"<@{LIN}>, <!subteam^S0REVIEWRS>, every full member of <#{REVIEWS}>"
    many = Reviewers(ids=tuple(f"U{number}" for number in range(11)), channel=REVIEWS)
    assert words.reviewers(T, many).plain().endswith("@U9, …")
    exact = Reviewers(ids=many.ids[:10], channel=REVIEWS)
    assert words.reviewers(T, exact).plain().endswith("@U9")
