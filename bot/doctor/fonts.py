"""Fonts for the pictures of what changes."""

from __future__ import annotations

import asyncio
import string
from typing import TYPE_CHECKING

from bot.doctor.finding import Check, limited
from bot.locales import translator
from bot.pictures import fonts
from bot.pictures.artist import labels

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from bot.doctor.finding import Finding
    from bot.settings import Settings

CHECK = Check("fonts", "fonts")
LATIN = string.ascii_letters + string.digits
CHINESE = "隔离主机封禁地址研判告警钓鱼邮件通知工单"
"""What workflows and their steps are called."""
SHOWN = 12
"""Characters that are named."""


async def examine(settings: Settings) -> list[Finding]:
    """Whether the names of steps and the words of the legend can be drawn."""
    if not settings.pictures:
        return [CHECK.skip("BOT_PICTURES is off.")]
    locales = {settings.locale, *(route.locale for route in settings.routes if route.locale)}
    return [await limited(CHECK, asyncio.to_thread(look, locales, fonts.missing))]


def look(locales: Collection[str], missing: Callable[[str], str]) -> Finding:
    """The finding where these locales are used; `missing` says which letters of a text no font draws."""
    words = "".join(text for locale in locales for text in vars(labels(translator(locale))).values())
    if lacking := missing(LATIN + words):
        return CHECK.fail(
            f"No font draws {_some(lacking)}: there will be no picture of what changes.",
            "Install fonts-noto-cjk, or set BOT_PICTURES=false.",
        )
    if lacking := missing(CHINESE):
        return CHECK.warn(
            f"No font draws {_some(lacking)}: flows with Chinese names have no picture.", "Install fonts-noto-cjk."
        )
    return CHECK.ok("Latin and Chinese letters can be drawn.")


def _some(characters: str) -> str:
    return characters[:SHOWN] + ("…" if len(characters) > SHOWN else "")
