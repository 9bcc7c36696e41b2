"""The hash chain of the audit trail: each entry's hash covers its fields and the hash of the entry before it.

An entry is written as a JSON object with sorted keys, no blanks, in UTF-8, and hashed with SHA-256:

    {"at":1795510800000000,"details":"{…}","event":"voted","id":7,"previous":"…","review_id":"…","user_id":"U1",
     "v":1,"version_id":"…","workspace_id":"…"}

`at` is in microseconds since 1970 UTC, because a whole number is the same everywhere; `details` is the text as it is
kept, and not what it means. This form (`v` 1) never changes: what was hashed by it has to be found true for ever.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass

FORM = 1
GENESIS = "0" * 64
"""What the first entry follows."""

_quoted = json.JSONEncoder(ensure_ascii=False).encode


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """An entry of the trail as the store has it; in a file that was tampered with, a field may be of any type."""

    id: int
    at: float
    """Seconds since 1970 UTC."""
    event: str
    workspace_id: str
    version_id: str
    review_id: str
    user_id: str | None
    details: str
    """JSON."""
    hash: str = ""

    def after(self, previous: str) -> str:
        """The hash of these fields after that of the entry before."""
        text = (  # by hand, because a million of them are read at a time
            f'{{"at":{_moment(self.at)},"details":{_word(self.details)},"event":{_word(self.event)},"id":{self.id:d},'
            f'"previous":{_word(previous)},"review_id":{_word(self.review_id)},"user_id":{_word(self.user_id)},'
            f'"v":{FORM},"version_id":{_word(self.version_id)},"workspace_id":{_word(self.workspace_id)}}}'
        )
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """Where the trail ends, kept apart from it: without this nobody would miss its last entries."""

    entries: int
    """How many there are."""
    last_id: int
    hash: str
    """Of the last of them."""


NOTHING = Head(entries=0, last_id=0, hash=GENESIS)
"""The head of an empty trail."""


@dataclass(frozen=True, kw_only=True)
class Broken:
    """The first place where the chain does not hold."""

    why: str
    """In a sentence."""
    entry: Kept | None = None
    """At which entry; None when it is at the end of the trail."""


class Walk:
    """Follows the chain from its beginning, one entry at a time; it remembers nothing but where it is."""

    def __init__(self, *, awaited: str = "") -> None:
        """`awaited` is a hash that was noted down earlier: the chain has to pass through it."""
        self.at = NOTHING
        self.passed: Head | None = NOTHING if awaited == GENESIS else None
        """Where the awaited hash was met."""
        self._awaited = awaited
        self._begun = False

    def follow(self, entry: Kept) -> Broken | None:
        """Go on to the next entry; what is wrong with it."""
        expected = entry.after(self.at.hash)
        if entry.hash != expected:
            return Broken(why=self._why(entry, expected), entry=entry)
        self.at = Head(entries=self.at.entries + 1, last_id=entry.id, hash=expected)
        self._begun = True
        if expected == self._awaited:
            self.passed = self.at
        return None

    def end(self, head: Head | None) -> Broken | None:
        """There are no more entries: what is wrong with how it ends, by the head that the store has."""
        if head is None:
            return Broken(why="The head of the trail is gone, so that nobody can say where it ended.")
        if head != self.at:
            return Broken(why=f"{_ends_at(self.at)}, but its head says: {_told(head)}. {_end(self.at, head)}")
        if self._awaited and self.passed is None:
            return Broken(
                why=f"It holds in itself, but does not pass through {self._awaited}: it was written anew, or it is "
                "another database, or an older backup of it."
            )
        return None

    def _why(self, entry: Kept, expected: str) -> str:
        place = f"after entry {self.at.last_id}" if self._begun else "as the first entry"
        sums = f"The hash kept with it is {entry.hash or 'empty'}, its fields {place} give {expected}."
        if entry.id > self.at.last_id + 1:
            return f"Entries before it are missing, or it was changed. {sums}"
        before = f", or entry {self.at.last_id} was changed together with its hash" if self._begun else ""
        return f"It was changed or put in{before}. {sums}"


def _ends_at(at: Head) -> str:
    return f"The trail ends with {_told(at)}"


def _told(head: Head) -> str:
    if not head.entries:
        return "no entry"
    return f"{head.entries} {'entries' if head.entries > 1 else 'entry'}, the last {head.last_id} with hash {head.hash}"


def _end(at: Head, head: Head) -> str:
    if head.entries > at.entries:
        return "Entries are missing at the end."
    return "The head was changed, or entries were put in at the end."


def _moment(seconds: object) -> str:
    """The moment as a whole number; what is no such moment as a text, so that it is told from every moment."""
    if isinstance(seconds, float) and math.isfinite(seconds):
        whole = round(seconds * 1_000_000)
        return str(whole) if whole / 1_000_000 == seconds else _quoted(seconds.hex())
    return _quoted(repr(seconds))


def _word(text: object) -> str:
    """As JSON; what is no text, which the bot never writes, as Python shows it."""
    if text is None:
        return "null"
    return _quoted(text if isinstance(text, str) else repr(text))
