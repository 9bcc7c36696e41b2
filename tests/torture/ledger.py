"""What has to hold in the end, read off the two emulators alone: what SecMaster has on record and what Slack shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.scenarios.stage import buttons_of, text_of
from tests.torture.repeats import repeats
from tests.torture.voting import Fate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.sandbox.secmaster import SecMasterEmulator
    from bot.sandbox.traffic import TrafficEntry
    from tests.torture.board import Board
    from tests.torture.repeats import Repeat
    from tests.torture.voting import Ballot

APPROVAL = "CreateAopWorkflowVersionApprovel"
PASSED = {"activated": "activated", "not_activated": "published, not activated", "publish_failed": "publication failed"}
SENT_BACK = {"rejected": "rejected"}
"""Final statuses, and what people are told of them."""


class Ledger:
    """Every vote that was cast, held against what became of it."""

    def __init__(self, secmaster: SecMasterEmulator, board: Board, *, approvals_required: int = 1) -> None:
        self.ballots: list[Ballot] = []
        self.kills: list[float] = []
        """When the bot was killed."""
        self._secmaster = secmaster
        self._board = board
        self._required = approvals_required
        self._posts: dict[int, TrafficEntry] = {}

    def add(self, *ballots: Ballot) -> None:
        """Votes that will be cast."""
        self.ballots += ballots

    def note_calls(self) -> None:
        """Remember the approval calls so far: the emulator forgets the oldest of its traffic."""
        self._posts |= {entry.id: entry for entry in self._secmaster.traffic.of(APPROVAL)}

    @property
    def voted_on(self) -> list[str]:
        """Every version that somebody sent a vote on, oldest first."""
        return list(dict.fromkeys(ballot.version for ballot in self.ballots if ballot.sent))

    @property
    def counted(self) -> int:
        """How many people know that their vote counted."""
        return sum(ballot.fate is Fate.COUNTED for ballot in self.ballots)

    @property
    def too_late(self) -> int:
        """How many know that it did not."""
        return sum(ballot.fate is Fate.TOO_LATE for ballot in self.ballots)

    def posts(self, version: str) -> list[TrafficEntry]:
        """The approval calls about a version that reached SecMaster, in the order in which they arrived."""
        self.note_calls()
        mine = [entry for entry in self._posts.values() if version in entry.request["path"]]
        return sorted(mine, key=lambda entry: entry.at)

    def problems(self) -> list[str]:
        """Everything that does not hold; empty when all is well."""
        never = [version for version in self._board.versions() if not self._was_submitted(version)]
        found = [f"{version}: has a card and was never submitted" for version in never]
        found += [f"said twice, and no kill explains it: {one}" for one in self.unexplained()]
        found += [f"{ballot.version}: nobody knows of {ballot.reason!r}" for ballot in self._forgotten()]
        return found + [problem for version in self.voted_on for problem in self.problems_of(version)]

    def problems_of(self, version: str) -> list[str]:
        """What does not hold of one version."""
        recorded = self._secmaster.approvals(version)
        if len(recorded) != 1:
            return [f"{version}: {len(recorded)} decisions are on record"]
        opinion = recorded[0]
        found = [
            *self._calls_wrong(version),
            *self._decision_wrong(version, opinion),
            *self._thread_wrong(version, opinion),
            *self._card_wrong(version, opinion),
        ]
        return [f"{version}: {problem}" for problem in found]

    def repeats(self) -> list[Repeat]:
        """What was said more than once."""
        return list(repeats(self._board))

    def unexplained(self) -> list[Repeat]:
        """What was said more than once although nobody was killed in between."""
        return [one for one in self.repeats() if not one.explained_by(self.kills)]

    def read_back(self) -> int:
        """How many opinions were found by looking, because the answer died with the process that waited for it."""
        threads = [" ".join(self._board.replies(version)) for version in self._board.versions()]
        return sum("was read back from its recorded approvals" in thread for thread in threads)

    def _was_submitted(self, version: str) -> bool:
        return bool(self._secmaster._workspace.versions[version].submitted_at)

    def _forgotten(self) -> list[Ballot]:
        """Ballots of which their own people never heard."""
        return [ballot for ballot in self.ballots if ballot.fate is Fate.UNKNOWN]

    def _calls_wrong(self, version: str) -> list[str]:
        posts = self.posts(version)
        applied = [post for post in posts if post.status == 200]
        if len(applied) != 1:
            return [f"{len(applied)} approval calls were applied"]
        decided_at = self._secmaster._workspace.opinions_on(version)[0].at
        late = [post for post in posts if post.at > decided_at]
        return [f"{len(late)} approval calls came after one that was applied"] if late else []

    def _decision_wrong(self, version: str, opinion: dict[str, Any]) -> list[str]:
        lines = str(opinion["content"]).split("\n")
        by_reason = {ballot.reason: ballot for ballot in self.ballots if ballot.version == version and ballot.sent}
        strange = [line for line in lines if line not in by_reason]
        lost = [one.reason for one in by_reason.values() if one.fate is Fate.COUNTED and one.reason not in lines]
        found = [f"SecMaster has {line!r}, which nobody said" for line in strange]
        found += [f"the vote {reason!r} was acked and is lost" for reason in lost]
        rejected = any(by_reason[line].rejects for line in lines if line in by_reason)
        if opinion["result"] != ("UN_PASS" if rejected else "PASS"):
            found.append(f"the votes {lines} became {opinion['result']}")
        if not rejected and len(lines) < self._required:
            found.append(f"{len(lines)} approvals were enough")
        status = self._secmaster.versions[version]["status"]
        if status not in (SENT_BACK if rejected else PASSED):
            found.append(f"its status is {status}")
        return found

    def _thread_wrong(self, version: str, opinion: dict[str, Any]) -> list[str]:
        thread = self._board.replies(version)
        content = " ".join(str(opinion["content"]).split())
        status = self._status_in_words(version)
        wanted = {
            "opinion": ("SecMaster's opinion:", str(opinion["result"]), content),
            "final status": ("Final status", status) if "failed" not in status else (status, "could not publish"),
        }
        found = [f"its thread lacks the {name}" for name, words in wanted.items() if not _says(thread, words)]
        reasons = str(opinion["content"]).split("\n")
        found += [f"its thread lacks the vote {one!r}" for one in reasons if not _says(thread, ("voted to", one))]
        name = str(self._secmaster.versions[version]["name"])
        if not _says((said.text for said in self._board.announced()), (name, str(opinion["result"]))):
            found.append("the notification channel never heard of it")
        return found

    def _card_wrong(self, version: str, opinion: dict[str, Any]) -> list[str]:
        card = self._board.newest(version)
        assert card is not None
        shown = text_of(card)
        rejected = opinion["result"] == "UN_PASS"
        said = str(opinion["content"]).split("\n")
        people = [one.user for one in self.ballots if one.reason in said and one.rejects == rejected]
        words = ["Rejected by" if rejected else "Approved by", f"SecMaster's opinion: {opinion['result']}"]
        words += [*(f"@{user}" for user in people), f"Release: {self._status_in_words(version)}"]
        found = [f"its card does not say {word!r}" for word in words if word not in shown]
        return found + [f"its card has the button {button}" for button in buttons_of(card)]

    def _status_in_words(self, version: str) -> str:
        status = str(self._secmaster.versions[version]["status"])
        return {**PASSED, **SENT_BACK}.get(status, status)


def _says(messages: Iterable[str], words: Iterable[str]) -> bool:
    """Whether one message says all of this."""
    return any(all(word in message for word in words) for message in messages)
