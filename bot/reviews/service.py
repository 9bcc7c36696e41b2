"""Reviews: every use case, as a method that reads top to bottom."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import structlog

from bot.errors import NotAllowed, NotFound, NotPending, ReasonRefused, ReviewGone, SlackRefused, UnknownVersion
from bot.locales import N_
from bot.reviews import jobs, news, policy, transitions
from bot.reviews.deciding import Deciding
from bot.reviews.jobs import JobKind
from bot.reviews.models import MessageRef, Review, ReviewState, Verdict, Vote
from bot.reviews.policy import Refusal
from bot.reviews.watching import Watching

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from datetime import datetime

    from bot.reviews.jobs import Job
    from bot.reviews.models import Decision, Person, Submission
    from bot.reviews.ports import Transaction
    from bot.reviews.world import World

log = structlog.get_logger(__name__)

REASON_LIMIT = 1000
"""Characters of a reason. SecMaster states no limit for workflows; its schema of stored comments says 1028."""

LISTED = 20
"""Reviews shown by one list."""

VERSION_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
"""What a version id may look like; SecMaster's are 32 to 64 characters."""

REFUSALS: Mapping[Refusal, str] = {
    Refusal.DEACTIVATED: N_("This account is deactivated."),
    Refusal.BOT: N_("Apps cannot use this bot."),
    Refusal.GUEST: N_("Guests cannot use this bot. Ask a full member of the workspace."),
    Refusal.EXTERNAL: N_("Only people of the workspace that runs this bot can use it."),
    Refusal.NOT_A_REVIEWER: N_("You are not a reviewer of this release, so your vote would not count. Ask a reviewer."),
    Refusal.SUBMITTER: N_("You submitted this version, so somebody else has to review it."),
}


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A version as it is now, with our newest review of it."""

    submission: Submission
    review: Review | None


class Reviews:
    """The one hub between people, SecMaster and the store."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._watching = Watching(world)
        self._deciding = Deciding(world, self._watching)
        self._work: Mapping[JobKind, Callable[[Job], Awaitable[datetime | None]]] = {
            JobKind.POLL: lambda job: self._watching.poll(job.subject),
            JobKind.FOLLOW: lambda job: self._watching.follow(job.subject),
            JobKind.DECIDE: self._decide,
            JobKind.POST_CARD: self._post_card,
            JobKind.UPDATE_CARD: self._update_card,
            JobKind.REPLY: self._reply,
            JobKind.ANNOUNCE: self._announce,
            JobKind.PUBLISH_HOME: self._publish_home,
        }

    # --- what people do -------------------------------------------------------------------------------------------

    async def admit(self, user_id: str) -> Person:
        """The person, if they may use the bot at all: NotAllowed otherwise, SlackError when that cannot be known."""
        home_team = await self._world.directory.home_team()
        person = await self._world.directory.person(user_id)
        if refusal := policy.refuse_person(person, home_team=home_team):
            raise NotAllowed(REFUSALS[refusal])
        return person

    async def find(self, review_id: str) -> Review | None:
        """The review as it is now, if there is one."""
        return await self._world.store.transact(lambda tx: tx.review(review_id))

    async def check_vote(self, user_id: str, review_id: str, *, met: MessageRef | None = None) -> Review:
        """The review, if this person may vote on it now; NotAllowed or ReviewGone with the reason otherwise.

        `met` is the message whose button was pressed: one that is not true any more is mended.
        """
        review = await self._known(review_id)
        if not review.open:
            await self._world.store.transact(lambda tx: transitions.mend_card(tx, review, met=met))
            raise ReviewGone(_gone(review))
        await self._check_reviewer(user_id, review)
        return review

    async def vote(
        self, user_id: str, review_id: str, *, verdict: Verdict, reason: str, view_id: str
    ) -> Decision | None:
        """Count a vote; the decision if it was the one that completed the policy.

        `view_id` names the modal: the same submit delivered twice counts once. Raises ReasonRefused, NotAllowed,
        ReviewGone; nothing is recorded then.
        """
        review = await self._known(review_id)
        if _already_counted(review, user_id, view_id):
            return review.decision
        _check_reason(reason, review, verdict)
        if not review.open:
            raise ReviewGone(_gone(review))
        await self._check_reviewer(user_id, review, fresh=True)
        vote = Vote(
            review_id=review_id,
            user_id=user_id,
            verdict=verdict,
            reason=reason,
            voted_at=self._world.clock(),
            view_id=view_id,
        )

        def record(tx: Transaction) -> Decision | None:
            current = tx.review(review_id)
            if current is None or (not current.open and not _already_counted(current, user_id, view_id)):
                raise ReviewGone(_gone(current) if current else N_("This review is not known any more."))
            if _already_counted(current, user_id, view_id):
                return current.decision
            return transitions.voted(tx, current, vote)

        decision = await self._world.store.transact(record)
        log.info("vote.recorded", review_id=review_id, user_id=user_id, verdict=verdict, decided=decision is not None)
        return decision

    async def retry(self, user_id: str, review_id: str, *, met: MessageRef | None = None) -> None:
        """Send a failed decision again, for a person who may review it; ReviewGone when it is not failed any more."""
        review = await self._known(review_id)
        await self._check_reviewer(user_id, review, fresh=True)
        now = self._world.clock()
        if not await self._world.store.transact(lambda tx: transitions.retried(tx, review, user_id=user_id, now=now)):
            await self._world.store.transact(lambda tx: transitions.mend_card(tx, review, met=met))
            raise ReviewGone("This decision is not waiting for a retry any more.")

    async def request(self, user_id: str, version_id: str) -> tuple[Review, bool]:
        """Open a review for one version at once; the review, and whether this call opened it.

        UnknownVersion when SecMaster has no such version, NotPending when it does not wait for review.
        """
        await self.admit(user_id)
        submission = await self._find(version_id)
        before = await self._latest(submission)
        review = await self._watching.observe(submission, requested_by=user_id) if submission.pending else None
        if review is None:
            raise NotPending(
                "{name} {version} does not wait for review: its status is {status}. Submit it in SecMaster first.",
                name=submission.name,
                version=submission.version,
                status=submission.status,
            )
        return review, before is None or before.id != review.id

    async def show(self, user_id: str, version_id: str) -> Shown:
        """A version as SecMaster has it now, with our newest review of it; UnknownVersion when there is none."""
        await self.admit(user_id)
        submission = await self._find(version_id)
        return Shown(submission=submission, review=await self._latest(submission))

    async def pending(self, user_id: str) -> list[Review]:
        """Reviews without an outcome yet, oldest first, at most LISTED + 1."""
        await self.admit(user_id)
        return await self._world.store.transact(lambda tx: tx.pending_reviews(limit=LISTED + 1))

    async def history(self, user_id: str) -> list[Review]:
        """Reviews that ended, newest first, at most LISTED + 1."""
        await self.admit(user_id)
        return await self._world.store.transact(lambda tx: tx.ended_reviews(limit=LISTED + 1))

    async def opened_home(self, user_id: str) -> None:
        """Somebody looks at their home: publish it, and keep it fresh from now on."""
        now = self._world.clock()

        def remember(tx: Transaction) -> None:
            tx.saw_home(user_id, now)
            tx.add_job(jobs.publish_home(user_id))

        await self._world.store.transact(remember)

    # --- work ------------------------------------------------------------------------------------------------------

    async def start_watching(self) -> None:
        """Queue the look for submissions, once a workspace, if it is on."""
        if not self._world.poll_interval:
            return

        def ensure(tx: Transaction) -> None:
            for workspace_id in self._world.routing.workspaces:
                tx.add_job(jobs.poll(workspace_id))

        await self._world.store.transact(ensure)

    async def run(self, job: Job) -> datetime | None:
        """Do a job; when to do it again, None when it is done. Raises what the retry rules judge."""
        return await self._work[job.kind](job)

    async def will_retry(self, job: Job, error: Exception, *, at: datetime) -> None:
        """A job failed for now and will be repeated: a decision says so on its card."""
        if job.kind is JobKind.DECIDE:
            await self._deciding.will_retry(job.subject, error, at=at)

    async def gave_up(self, job: Job, error: Exception) -> bool:
        """A job failed for good: a decision asks for a person on its card. Whether people know of it now."""
        if job.kind is not JobKind.DECIDE:
            return False
        await self._deciding.gave_up(job.subject, error)
        return True

    async def _decide(self, job: Job) -> None:
        await self._deciding.decide(job)

    async def _post_card(self, job: Job) -> None:
        review = await self._world.review(job.subject)
        if review.card is None and review.state is not ReviewState.CLOSED:
            await self._put_card(await self._rerouted(review))

    async def _rerouted(self, review: Review) -> Review:
        """A review that has no card yet goes where the settings say now: its channel may have been a mistake."""
        routing = self._world.routing
        if review.submission.workspace_id not in routing.workspaces:
            return review
        channel = routing.route(review.submission).channel
        if channel == review.route.channel:
            return review
        route = replace(review.route, channel=channel)
        await self._world.store.transact(lambda tx: transitions.rerouted(tx, review, route))
        return await self._world.review(review.id)

    async def _put_card(self, review: Review) -> None:
        """Post the card in place of the one that the review has, if it has one."""
        ref = await self._world.messenger.post_card(review)

        def remember(tx: Transaction) -> None:
            current = tx.review(review.id)
            if current is None or current.card != review.card:
                return
            transitions.carded(tx, current, ref)
            if current != review:
                transitions.mend_card(tx, current)

        await self._world.store.transact(remember)
        log.info("card.posted", review_id=review.id, channel=ref.channel, ts=ref.ts)

    async def _update_card(self, job: Job) -> None:
        review = await self._world.review(job.subject)
        if "orphan" in job.payload:
            ref = MessageRef(channel=str(job.payload["orphan"]), ts=str(job.payload["ts"]))
            await self._mend_orphan(review, ref)
            return
        if review.card is None:
            await self._post_card(job)
            return
        try:
            await self._world.messenger.update_card(review, at=review.card)
        except SlackRefused as refused:
            if refused.code != "message_not_found":
                raise
            # Posted again by this very job: what waits behind it in the lane belongs into the new card's thread.
            await self._put_card(review)

    async def _mend_orphan(self, review: Review, ref: MessageRef) -> None:
        try:
            await self._world.messenger.update_card(review, at=ref)
        except SlackRefused as refused:
            log.info("card.orphan_left", review_id=review.id, code=refused.code)

    async def _reply(self, job: Job) -> None:
        review = await self._world.review(job.subject)
        if review.card:
            await self._world.messenger.reply(review, news.from_payload(job.payload))

    async def _announce(self, job: Job) -> None:
        review = await self._world.review(job.subject)
        await self._world.messenger.announce(str(job.payload["channel"]), review)

    async def _publish_home(self, job: Job) -> None:
        person = await self._world.directory.person(job.subject)
        waiting = await self._world.store.transact(lambda tx: tx.pending_reviews(limit=200))
        mine = [review for review in waiting if await self._waits_for(person, review)]
        await self._world.messenger.publish_home(person, mine[:LISTED], more=len(mine) > LISTED)

    async def _waits_for(self, person: Person, review: Review) -> bool:
        if not review.open or review.vote_of(person.id):
            return False
        return await self._refusal(person, review) is None

    # --- checks ----------------------------------------------------------------------------------------------------

    async def _check_reviewer(self, user_id: str, review: Review, *, fresh: bool = False) -> None:
        """NotAllowed for who may not vote; where something will be decided the person is looked up `fresh`."""
        person = await self._world.directory.person(user_id, fresh=fresh)
        if refusal := await self._refusal(person, review):
            log.info("vote.refused", review_id=review.id, user_id=user_id, refusal=refusal)
            raise NotAllowed(REFUSALS[refusal])

    async def _refusal(self, person: Person, review: Review) -> Refusal | None:
        """Why the person may not vote.

        A group that cannot be looked up names nobody, and raises SlackError for who is in no other: one that was
        deleted does not lock out the members of the rest.
        """
        home_team = await self._world.directory.home_team()
        if refusal := policy.refuse_person(person, home_team=home_team):
            return refusal
        rules = review.route.policy
        if person.id in rules.reviewers:
            return policy.refuse_vote(person, review, home_team=home_team, members={})
        groups = policy.groups_of(rules)
        found = await asyncio.gather(*(self._members(group, review) for group in groups), return_exceptions=True)
        members = {group: some for group, some in zip(groups, found, strict=True) if isinstance(some, frozenset)}
        refusal = policy.refuse_vote(person, review, home_team=home_team, members=members)
        unknown = next((error for error in found if isinstance(error, BaseException)), None)
        if refusal is Refusal.NOT_A_REVIEWER and unknown:
            raise unknown  # the group that could not be looked up may be theirs
        return refusal

    async def _members(self, group: str, review: Review) -> frozenset[str]:
        if group == policy.CHANNEL:
            return await self._world.directory.channel_members(review.route.channel)
        return await self._world.directory.group_members(group)

    async def _known(self, review_id: str) -> Review:
        review = await self.find(review_id)
        if review is None:
            raise ReviewGone("This review is not known any more.")
        return review

    async def _find(self, version_id: str) -> Submission:
        if not VERSION_ID.fullmatch(version_id):
            raise UnknownVersion(
                "That does not look like a workflow version id. Copy it from SecMaster's version list."
            )
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


def _already_counted(review: Review, user_id: str, view_id: str) -> bool:
    vote = review.vote_of(user_id)
    return vote is not None and vote.view_id == view_id


def _check_reason(reason: str, review: Review, verdict: Verdict) -> None:
    if not reason.strip() and policy.reason_required(review.route.policy, verdict):
        raise ReasonRefused("Say why: the reason is sent to SecMaster and shown in the thread.")
    if len(reason) > REASON_LIMIT:
        raise ReasonRefused(
            "The reason is {length} characters long; at most {limit} are stored. Shorten it by {excess}.",
            length=len(reason),
            limit=REASON_LIMIT,
            excess=len(reason) - REASON_LIMIT,
        )


def _gone(review: Review) -> str:
    if review.state is ReviewState.CLOSED:
        return N_("This review is closed: the version changed, was withdrawn or was decided in SecMaster.")
    return N_("This review is already decided, so votes do not count any more.")


__all__ = ["LISTED", "REASON_LIMIT", "Reviews", "Shown"]
