"""What the keys of a policy have to be, wherever it is written, and which of them cannot stand together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from bot.checks import Checks
from bot.limits import reason_longest
from bot.routes import USER_ID, PolicySettings, is_channel, reviewer_problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

REASONS_MOST = 50
PREPARED_LONGEST = 400
"""Characters of a prepared reason, so that a list of them can be read."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a policy is written, and what it says there."""

    given: Mapping[str, Any]
    """Its keys as they were read; those that it is silent on are not there."""
    policy: str | None = None
    """Its name in the file; None is the default policy of the environment."""

    def own(self, key: str) -> str:
        """The key as it is spelt there."""
        return _variable(key) if self.policy is None else key

    def line(self, key: str) -> str:
        """How a line about the key begins."""
        return _variable(key) if self.policy is None else f"BOT_CONFIG: policies.{self.policy}.{key}:"

    def source(self, key: str) -> str:
        """What gives the key its value: the place itself, or the variable that is its default."""
        return self.own(key) if key in self.given else _variable(key)


def read_policy(checks: Checks, place: Place, base: PolicySettings) -> PolicySettings:
    """The policy of that place, which has from `base` what it is silent on; what is wrong with `base` is told there."""
    readers: dict[str, Callable[[Checks, str, Any], Any]] = {
        "reviewers": _reviewers,
        "reasons": _stripped,
        "remind_after": Checks.span,
        "escalate_after": Checks.span,
        "escalate_to": _listeners,
    }
    read = {
        key: readers[key](checks, place.line(key), value) if key in readers else value
        for key, value in place.given.items()
    }
    policy = replace(base, **read)
    _check_reasons(checks, place, policy)
    _check_approvals(checks, place, policy)
    _check_escalation(checks, place, policy)
    return policy


def prepared_longest(approvals_required: int) -> int:
    """Characters that a prepared reason may have: never more than a typed one, so that it can be sent."""
    return min(PREPARED_LONGEST, reason_longest(approvals_required))


def _variable(key: str) -> str:
    return f"BOT_{key.upper()}"


def _reviewers(checks: Checks, name: str, entries: Iterable[str]) -> tuple[str, ...]:
    for number, entry in enumerate(entries, start=1):
        if problem := reviewer_problem(entry):
            checks.say(name, f"entry {number} {problem}")
    return tuple(dict.fromkeys(entries))


def _listeners(checks: Checks, name: str, entries: Iterable[str]) -> tuple[str, ...]:
    for number, entry in enumerate(entries, start=1):
        if not (is_channel(entry) or USER_ID.fullmatch(entry)):
            checks.say(name, f"entry {number} is no channel id (C… or G…) and no user id (U… or W…).")
    return tuple(dict.fromkeys(entries))


def _stripped(_checks: Checks, _name: str, entries: Iterable[str]) -> tuple[str, ...]:
    return tuple(entry.strip() for entry in entries)


def _check_reasons(checks: Checks, place: Place, policy: PolicySettings) -> None:
    if "reasons" not in place.given:
        return
    name, limit = place.line("reasons"), prepared_longest(policy.approvals_required)
    because = f" where {policy.approvals_required} approvals are required" if limit < PREPARED_LONGEST else ""
    if len(policy.reasons) > REASONS_MOST:
        checks.say(name, f"has {len(policy.reasons)} entries. Keep {REASONS_MOST} at most.")
    for number, reason in enumerate(policy.reasons, start=1):
        first = policy.reasons.index(reason) + 1
        if not reason:
            checks.say(name, f"entry {number} is blank. Take it out.")
        elif len(reason) > limit:
            checks.say(name, f"entry {number} has {len(reason)} characters. Keep it to {limit}{because}.")
        elif first < number:
            checks.say(name, f"entry {number} is the same as entry {first}. Take one out.")


def _check_approvals(checks: Checks, place: Place, policy: PolicySettings) -> None:
    """Groups and channels may grow, a list of people cannot: it has to be long enough."""
    only_people = all(USER_ID.fullmatch(reviewer) for reviewer in policy.reviewers)
    required, named = policy.approvals_required, len(policy.reviewers)
    if not policy.reviewers or not only_people or required <= named:
        return
    people = f"names {named} {'people' if named > 1 else 'person'}"
    if "approvals_required" in place.given:
        more = f"{place.source('reviewers')} {people}. Lower it, or name more people or a group."
        checks.say(place.line("approvals_required"), f"is {required}, which can never be met: {more}")
    elif "reviewers" in place.given:
        more = "Name more people or a group, or set approvals_required."
        checks.say(place.line("reviewers"), f"{people}, and {_variable('approvals_required')} is {required}. {more}")


def _check_escalation(checks: Checks, place: Place, policy: PolicySettings) -> None:
    """When and to whom need each other; a 0 written beside the addressees turns escalation off on purpose."""
    after, to = "escalate_after" in place.given, "escalate_to" in place.given
    if to and not policy.escalate_to:
        problem = "names nobody. Name channel ids (C… or G…) or user ids (U… or W…), or take it out."
        checks.say(place.line("escalate_to"), problem)
    elif after and policy.escalate_after and not policy.escalate_to:
        problem = f"is set, but nobody is named to escalate to. Set {place.own('escalate_to')} too."
        checks.say(place.line("escalate_after"), problem)
    elif to and not after and not policy.escalate_after:
        problem = f"is set, but not after how long. Set {place.own('escalate_after')} too; 0 is never."
        checks.say(place.line("escalate_to"), problem)
