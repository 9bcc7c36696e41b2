"""After refused credentials: nothing is asked for a while, because failures in a row lock an access key."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bot.errors import LockedOut

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.errors import Unauthorized

FIRST_PAUSE = 60.0
LONGEST_PAUSE = 900.0
"""Seconds. More than five failures in a row lock an access key for five minutes (API Gateway, APIGW.0301); doubling
from a minute, a process fails four times in its first quarter of an hour, whatever the number of jobs that wait."""


class Lockout:
    """What one process has learned of its credentials: while they are refused, one call at a time tries them again."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._refusal: Unauthorized | None = None
        self._pause = 0.0
        self._until = 0.0
        self._trying = False
        """Whether a call is on its way to try the credentials again."""

    def check(self, operation: str) -> None:
        """LockedOut, with the refusal that is remembered, unless it is time to try again."""
        refusal, now = self._refusal, self._clock()
        if refusal is None:
            return
        if now >= self._until:
            self._until = now + self._pause  # for all that come while this call is on its way
            self._trying = True
            return
        raise LockedOut(
            f"not asked, since the credentials were refused a moment ago: {refusal.message}",
            code=refusal.code,
            operation=operation,
            retry_after=self._until - now,
        )

    def refused(self, refusal: Unauthorized) -> None:
        """SecMaster did not accept the credentials."""
        if self._refusal is not None and not self._trying:
            return  # it was on its way when another was refused: the same failure, not one more
        again = self._refusal is not None
        self._refusal, self._trying = refusal, False
        self._pause = min(self._pause * 2, LONGEST_PAUSE) if again else FIRST_PAUSE
        self._until = self._clock() + self._pause

    def accepted(self) -> None:
        """SecMaster accepted them."""
        self._refusal, self._trying = None, False
