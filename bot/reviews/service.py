"""Reviews: every use case, as a method that reads top to bottom."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from bot.errors import ChecksFail, NotAllowed, NotFound, NotPending, NoVote, ReasonRefused, ReviewGone, UnknownVersion
from bot.locales import N_
from bot.reviews import configuration, jobs, policy, transitions
from bot.reviews.admission import Admission, refused
from bot.reviews.conversing import Conversing
from bot.reviews.deciding import Deciding
from bot.reviews.examining import Examining, bar
from bot.reviews.jobs import JobKind
from bot.reviews.lists import LISTED, Lists
from bot.reviews.models import ReviewState, Vote
from bot.reviews.policy import Refusal
from bot.reviews.reminding import Reminding
from bot.reviews.story import tell
from bot.reviews.telling import Telling
from bot.reviews.watching import Watching

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from datetime import datetime

    from bot.hours import DailyTime
    from bot.reviews.examination import Changes
    from bot.reviews.jobs import Job
    from bot.reviews.models import Decision, MessageRef, Person, Place, Review, Submission, Verdict
    from bot.reviews.nudges import Later
    from bot.reviews.pages import HomeList
    from bot.reviews.ports import Transaction
    from bot.reviews.routing import Routing
    from bot.reviews.story import Story
    from bot.reviews.world import World

log = structlog.get_logger(__name__)

VERSION_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
"""What a version id may look like; SecMaster's are 32 to 64 characters."""

FORGOTTEN_AT_ONCE = 200
"""Reviews taken out in one transaction, which nobody should have to wait for."""
FORGET_EVERY = timedelta(hours=1)


class Reviews:
    """The one hub between people, SecMaster and the store."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._admission = Admission(world)
        self._watching = Watching(world, self._admission)
        self._deciding = Deciding(world, self._watching)
        self._conversing = Conversing(world, self._admission)
        self._lists = Lists(world, self._admission)
        self._examining = Examining(world)
        telling, reminding = Telling(world, self._lists, self._examining), Reminding(world, self._admission)
        self._work: Mapping[JobKind, Callable[[Job], Awaitable[datetime | None]]] = {
            JobKind.POLL: lambda job: self._watching.poll(job.subject),
            JobKind.FOLLOW: lambda job: self._watching.follow(job.subject),
            JobKind.LOOK: lambda job: self._watching.look(job.subject),
            JobKind.EXAMINE: self._examining.examine,
            JobKind.PICTURE: telling.picture,
            JobKind.DECIDE: self._deciding.decide,
            JobKind.POST_CARD: telling.post_card,
            JobKind.UPDATE_CARD: telling.update_card,
            JobKind.REPLY: telling.reply,
            JobKind.ANNOUNCE: telling.announce,
            JobKind.PUBLISH_HOME: telling.publish_home,
            JobKind.REMIND: reminding.remind,
            JobKind.WAKE: reminding.wake,
            JobKind.NUDGE: reminding.nudge,
            JobKind.DIGEST: reminding.digest,
            JobKind.FORGET: self._forget,
        }

    # --- what people do -------------------------------------------------------------------------------------------

    async def admit(self, user_id: str) -> Person:
        """The person, if they may use the bot at all: NotAllowed otherwise, SlackError when that cannot be known."""
        return await self._admission.admit(user_id)

    async def find(self, review_id: str) -> Review | None:
        """The review as it is now, if there is one."""
        return await self._world.store.transact(lambda tx: tx.review(review_id))

    async def check_vote(
        self, user_id: str, review_id: str, *, verdict: Verdict | None = None, met: MessageRef | None = None
    ) -> Review:
        """The review, if this person may vote so on it now; NotAllowed, ReviewGone or ChecksFail otherwise.

        `met` is the message whose button was pressed: one that is not true any more is mended.
        """
        review = await self.check_open(review_id, met=met)
        person = await self._admission.check_reviewer(user_id, review)
        if verdict:
            await self._examining.check_approval(person, review, verdict)
        return review

    async def check_open(self, review_id: str, *, met: MessageRef | None = None) -> Review:
        """The review, while votes count; ReviewGone otherwise, and a card that tells otherwise is mended."""
        review = await self._known(review_id)
        if not review.open:
            await self._world.store.transact(lambda tx: transitions.mend_card(tx, review, met=met))
            raise ReviewGone(_gone(review))
        return review

    async def vote(
        self, user_id: str, review_id: str, *, verdict: Verdict, reason: str, view_id: str
    ) -> Decision | None:
        """Count a vote; the decision if it was the one that completed the policy.

        `view_id` names the modal: the same submit delivered twice counts once. Raises ReasonRefused, NotAllowed,
        ReviewGone, ChecksFail; the vote is not recorded then.
        """
        vote = Vote(
            review_id=review_id,
            user_id=user_id,
            verdict=verdict,
            reason=reason,
            voted_at=self._world.clock(),
            view_id=view_id,
        )
        review, counted = await self._world.store.transact(lambda tx: (tx.review(review_id), tx.counted(vote)))
        if review is None:
            raise ReviewGone(UNKNOWN)
        if counted:
            return review.decision
        _check_reason(reason, review, verdict)
        if not review.open:
            raise ReviewGone(_gone(review))
        person = await self._admission.check_reviewer(user_id, review, fresh=True)
        await self._examining.check_approval(person, review, verdict)
        author = review.submitter_user or await self._admission.author(review.submission)
        decision = await self._world.store.transact(lambda tx: _count(tx, vote, person, author))
        if isinstance(decision, ChecksFail | NotAllowed):
            raise decision
        log.info("vote.recorded", review_id=review_id, user_id=user_id, verdict=verdict, decided=decision is not None)
        return decision

    async def withdraw(self, user_id: str, review_id: str, *, click_id: str, met: MessageRef | None = None) -> None:
        """Take a person's vote back while the review is open; NoVote when they have none, ReviewGone when it is late.

        Whoever voted may do so, also somebody who may not vote any more. `click_id` names the click: the same one
        delivered twice, or late, takes nothing else back.
        """
        person = await self._admission.admit(user_id, to=await self.find(review_id))
        review = await self.check_open(review_id, met=met)
        now = self._world.clock()

        def take_back(tx: Transaction) -> None:
            current = tx.review(review.id)
            if current is None or not current.open:
                raise ReviewGone(_gone(current or review))
            if not tx.remember(review.id, user_id, f"withdraw {click_id}"):
                return
            if not transitions.withdrew(tx, current, person, now=now):
                raise NoVote("You have no vote on this release that could be withdrawn.")

        await self._world.store.transact(take_back)
        log.info("vote.withdrawn", review_id=review_id, user_id=user_id)

    async def retry(self, user_id: str, review_id: str, *, met: MessageRef | None = None) -> None:
        """Send a failed decision again, for a person who may review it; ReviewGone when it is not failed any more."""
        review = await self._known(review_id)
        person = await self._admission.check_reviewer(user_id, review, fresh=True)
        now = self._world.clock()
        if not await self._world.store.transact(lambda tx: transitions.retried(tx, review, by=person, now=now)):
            await self._world.store.transact(lambda tx: transitions.mend_card(tx, review, met=met))
            raise ReviewGone("This decision is not waiting for a retry any more.")

    async def request(self, user_id: str, version_id: str) -> tuple[Review, bool]:
        """Open a review for one version at once; the review, and whether this call opened it.

        UnknownVersion when SecMaster has no such version, NotPending when it does not wait for review.
        """
        person = await self.admit(user_id)
        submission = await self._find(version_id)
        before = await self._latest(submission)
        review = await self._watching.observe(submission, requested_by=person) if submission.pending else None
        if review is None:
            raise NotPending(
                "{name} {version} does not wait for review: its status is {status}. Submit it in SecMaster first.",
                name=submission.name,
                version=submission.version,
                status=submission.status,
            )
        return review, before is None or before.id != review.id

    async def show(self, user_id: str, version_id: str) -> Story:
        """A version as SecMaster has it now, with everything that is known of its reviews.

        UnknownVersion when there is no such version.
        """
        await self.admit(user_id)
        return await tell(self._world, await self._find(version_id))

    async def changes(self, user_id: str, review_id: str) -> tuple[Review, Changes]:
        """What the submission of a review changes, for everybody who may use the bot; ReviewGone for none."""
        await self.admit(user_id)
        review, changes = await self._examining.changes(await self._known(review_id))
        if changes.difference is None:
            await self._examining.again(review)
        return review, changes

    async def review_of(self, user_id: str, version_id: str) -> Review:
        """Our newest review of a version, without asking SecMaster; UnknownVersion when there is none."""
        await self.admit(user_id)
        _check_version_id(version_id)
        workspaces = self._world.routing.workspaces

        def newest(tx: Transaction) -> list[Review]:
            found = [tx.latest_review(workspace_id, version_id) for workspace_id in workspaces]
            return [review for review in found if review]

        for review in await self._world.store.transact(newest):
            return review
        raise UnknownVersion("No review of the version {version_id} is known here.", version_id=version_id)

    async def ask(self, user_id: str, review_id: str, text: str, *, view_id: str) -> None:
        """Ask the submitter something, in the thread and, where they are known, directly."""
        await self._conversing.ask(user_id, await self.check_open(review_id), text, view_id=view_id)

    async def answer(self, user_id: str, review_id: str, question_id: str, text: str) -> None:
        """Answer a question, in the thread and directly to who asked it."""
        await self._conversing.answer(user_id, await self.check_open(review_id), question_id, text)

    async def hand_over(self, user_id: str, review_id: str, *, to: str, note: str, view_id: str) -> None:
        """Leave a review to a colleague who may vote on it."""
        review = await self.check_open(review_id)
        await self._conversing.hand_over(user_id, review, to=to, note=note, view_id=view_id)

    async def remind_me(
        self, user_id: str, review_id: str, choice: Later, *, met: MessageRef | None = None
    ) -> datetime:
        """Remind a reviewer of an open review, and not before; the moment."""
        return await self._conversing.remind_me(user_id, await self.check_open(review_id, met=met), choice)

    async def pending(self, user_id: str, *, mine: bool = False, after: Place | None = None) -> list[Review]:
        """Reviews without an outcome yet, or of them those that want this person's vote; oldest first.

        At most LISTED + 1; those after a place of that list.
        """
        person = await self.admit(user_id)
        return await (self._lists.waiting_for(person, after=after) if mine else self._lists.pending(after=after))

    async def history(self, user_id: str, *, after: Place | None = None) -> list[Review]:
        """Reviews that ended, newest first, at most LISTED + 1; those after a place of that list."""
        await self.admit(user_id)
        return await self._lists.ended(after=after)

    async def opened_home(self, user_id: str) -> None:
        """Somebody looks at their home: publish it, and keep it fresh from now on."""
        now = self._world.clock()

        def remember(tx: Transaction) -> None:
            tx.saw_home(user_id, now)
            tx.add_job(jobs.publish_home(user_id))

        await self._world.store.transact(remember)

    async def turn_home(self, user_id: str, listed: HomeList, place: Place | None) -> None:
        """Show another page of a list of a person's home; None is the first."""
        await self.admit(user_id)

        def turn(tx: Transaction) -> None:
            kept = {name: known for name, known in tx.home_places(user_id).items() if name != listed}
            tx.turn_home(user_id, kept | ({listed: place} if place else {}))
            tx.add_job(jobs.publish_home(user_id))

        await self._world.store.transact(turn)

    # --- work ------------------------------------------------------------------------------------------------------

    async def start_work(self) -> None:
        """Queue what runs again and again: the look for submissions, the end of retention, digests."""

        def ensure(tx: Transaction) -> None:
            for workspace_id in self._world.routing.workspaces:
                # Those that an earlier release of the bot has opened.
                for review in tx.unfinished(workspace_id):
                    if review.examination is None:
                        transitions.examine_again(tx, review)
            for workspace_id in self._world.routing.workspaces if self._world.poll_interval else ():
                tx.add_job(jobs.poll(workspace_id))
            if self._world.retention:
                tx.add_job(jobs.forget())
            for channel in self._world.digests:
                tx.add_job(jobs.digest(channel))

        await self._world.store.transact(ensure)

    async def reconfigured(
        self, settings: Mapping[str, object], *, routing: Routing, digests: Mapping[str, DailyTime]
    ) -> None:
        """The operator has changed these while the bot runs: they hold for what comes from now on."""
        self._world.follow(routing=routing, digests=digests)
        await self.configured(settings)
        await self.start_work()

    async def configured(self, settings: Mapping[str, object]) -> None:
        """The bot starts with these settings; the audit trail tells when they are others than before."""
        now = self._world.clock()
        if await self._world.store.transact(lambda tx: configuration.configured(tx, settings, now=now)):
            log.info("settings.changed", digest=configuration.digest(settings))

    async def run(self, job: Job) -> datetime | None:
        """Do a job; when to do it again, None when it is done. Raises what the retry rules judge."""
        return await self._work[job.kind](job)

    async def will_retry(self, job: Job, error: Exception, *, at: datetime) -> None:
        """A job failed for now and will be repeated: a decision says so on its card."""
        if job.kind is JobKind.DECIDE:
            await self._deciding.will_retry(job, error, at=at)

    async def gave_up(self, job: Job, error: Exception) -> bool:
        """A job failed for good: a decision asks for a person on its card. Whether people know of it now."""
        if job.kind is not JobKind.DECIDE:
            return False
        await self._deciding.gave_up(job, error)
        return True

    async def _forget(self, _job: Job) -> datetime:
        """Take out reviews whose time is over, some at a time; when to go on."""
        now = self._world.clock()
        if not self._world.retention:
            return now + FORGET_EVERY
        before = now - self._world.retention
        forgotten = await self._world.store.transact(
            lambda tx: transitions.forgotten(tx, before=before, limit=FORGOTTEN_AT_ONCE, now=now)
        )
        if forgotten:
            log.info("reviews.forgotten", count=forgotten)
        return now if forgotten == FORGOTTEN_AT_ONCE else now + FORGET_EVERY

    async def _known(self, review_id: str) -> Review:
        review = await self.find(review_id)
        if review is None:
            raise ReviewGone(UNKNOWN)
        return review

    async def _find(self, version_id: str) -> Submission:
        _check_version_id(version_id)
        for workspace_id in self._world.routing.workspaces:
            try:
                return await self._world.releases.version(workspace_id, version_id)
            except NotFound:
                continue
        raise UnknownVersion(
            "SecMaster knows no workflow version {version_id} in the workspaces this bot watches.",
            version_id=version_id,
        )

    async def _latest(self, submission: Submission) -> Review | None:
        return await self._world.store.transact(
            lambda tx: tx.latest_review(submission.workspace_id, submission.version_id)
        )


def _check_version_id(version_id: str) -> None:
    if not VERSION_ID.fullmatch(version_id):
        raise UnknownVersion("That does not look like a workflow version id. Copy it from SecMaster's version list.")


def _count(
    tx: Transaction, vote: Vote, person: Person, author: str | None
) -> Decision | ChecksFail | NotAllowed | None:
    """Count a vote on the review as it is now; the decision, if this vote completes the policy, or what bars the vote.

    That is given back and not raised, so that it stays in the audit trail.
    """
    current = tx.review(vote.review_id)
    if current and author and transitions.identified(tx, current, author, now=vote.voted_at):
        current = tx.review(vote.review_id)
    if current is None:
        raise ReviewGone(UNKNOWN)
    if tx.counted(vote):
        return current.decision
    if not current.open:
        raise ReviewGone(_gone(current))
    if current.submitter_user == vote.user_id and not current.route.policy.allow_self_review:  # known only since then
        transitions.refused(tx, current, person, why=Refusal.SUBMITTER, now=vote.voted_at)
        return refused(Refusal.SUBMITTER, current)
    if barred := bar(current, vote.verdict):  # a check may have failed since it was looked at
        transitions.barred(tx, current, person, now=vote.voted_at)
        return barred
    return transitions.voted(tx, current, vote, name=person.name)


def _check_reason(reason: str, review: Review, verdict: Verdict) -> None:
    if not reason.strip() and policy.reason_required(review.route.policy, verdict):
        raise ReasonRefused("Say why: the reason is sent to SecMaster and shown in the thread.")
    limit = policy.reason_limit(review.route.policy)
    if len(reason) > limit:
        raise ReasonRefused(
            "The reason is {length} characters long; at most {limit} are stored. Shorten it by {excess}.",
            length=len(reason),
            limit=limit,
            excess=len(reason) - limit,
        )


UNKNOWN = N_("This review is not known any more.")


def _gone(review: Review) -> str:
    if review.state is ReviewState.CLOSED:
        return N_("This review is closed: the version changed, was withdrawn or was decided in SecMaster.")
    return N_("This review is already decided, so votes do not count any more.")


__all__ = ["LISTED", "Reviews"]
