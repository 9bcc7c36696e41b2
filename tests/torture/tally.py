"""What was tried and what came of it, over all the tests of a run."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.torture.ledger import Ledger


@dataclass
class Tally:
    """Counts; `lines` tells them."""

    kills: Counter[str] = field(default_factory=Counter)
    """By moment."""
    seeds: list[str] = field(default_factory=list)
    starts: int = 0
    reviews: int = 0
    sent: int = 0
    applied: int = 0
    read_back: int = 0
    votes: int = 0
    late: int = 0
    repeats: Counter[str] = field(default_factory=Counter)

    def take(self, ledger: Ledger) -> None:
        """Add what one arena's ledger has come to."""
        versions = ledger.voted_on
        posts = [post for version in versions for post in ledger.posts(version)]
        self.reviews += len(versions)
        self.sent += len(posts)
        self.applied += sum(post.status == 200 for post in posts)
        self.read_back += ledger.read_back()
        self.votes += ledger.counted
        self.late += ledger.too_late
        self.repeats += Counter(one.kind for one in ledger.repeats())

    def summary(self, *, failed: int) -> str:
        """The one line."""
        held = f"{failed} tests did not hold" if failed else "all held"
        return f"torture: {self.kills.total()} kills, {self.reviews} reviews, {held}"

    def lines(self) -> Iterator[str]:
        """The table."""
        for moment, times in sorted(self.kills.items()):
            yield f"{times:6}  killed {moment}"
        yield f"{self.starts:6}  starts of the bot, {self.kills.total()} of them ended by a kill"
        yield f"{self.reviews:6}  reviews decided, each exactly once"
        yield f"{self.votes:6}  votes counted, {self.late} told that they came too late, none lost"
        yield f"{self.sent:6}  approval calls reached SecMaster, {self.applied} were applied"
        yield f"{self.read_back:6}  opinions read back, since the answer died with the process that waited for it"
        for what in ("cards", "replies", "announcements"):
            yield f"{self.repeats[what]:6}  {what} posted twice by a kill between Slack's post and the bot's commit"
        for seed in self.seeds:
            yield f"        {seed}"
