"""Pages of lists of reviews, and what a person's home is made of."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.reviews.models import Place, Review


class HomeList(StrEnum):
    """The lists of a person's home."""

    WAITING = "waiting"
    """For their vote, oldest first."""
    VOTED = "voted"
    """With their vote, newest vote first."""
    SUBMITTED = "submitted"
    """Known to be theirs, newest first."""


Places: TypeAlias = "Mapping[HomeList, Place]"
"""Where lists begin that do not begin at their beginning."""


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some reviews of a list."""

    reviews: tuple[Review, ...] = ()
    turned: bool = False
    """Whether others come before them."""
    next: Place | None = None
    """Where the next page begins; None when these are the last."""


@dataclass(frozen=True, kw_only=True)
class Home:
    """What a person's home shows."""

    may_use: bool
    """Whether the person may use the bot at all; the lists are empty otherwise."""
    waiting: Page = Page()
    voted: Page = Page()
    submitted: Page = Page()
