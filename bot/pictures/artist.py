"""Pictures of what reviews are about, with the words that belong to them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot.changes import report
from bot.changes.headline import headline
from bot.locales import translator
from bot.pictures.drawing import draw
from bot.pictures.union import Labels
from bot.reviews.examination import Picture

if TYPE_CHECKING:
    from bot.changes.diff import Difference
    from bot.locales import Translator
    from bot.reviews.models import Review


class DiagramArtist:
    """Implements the core's Artist."""

    async def draw(self, review: Review, difference: Difference) -> Picture:
        """See Artist."""
        t = translator(review.route.locale)
        before = review.examination.baseline_version if review.examination else ""
        submission = review.submission
        title = titled(submission.name, before, submission.version)
        png = await draw(difference, title=title, labels=labels(t))
        words = await asyncio.to_thread(report.alt_text, t, difference)  # flows may be large
        return Picture(png=png, headline=headline(t, difference.summary), words=words)


def titled(name: str, old: str, new: str) -> str:
    """What stands above a picture."""
    return f"{name} {old} → {new}".strip() if old else f"{name} {new}".strip()


def labels(t: Translator) -> Labels:
    """The words of the legend."""
    return Labels(
        added=t("added"),
        removed=t("removed"),
        changed=t("changed"),
        formerly=t("led here before"),
        first=t("First version"),
    )
