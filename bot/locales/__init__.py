"""Text for people, in their language: gettext catalogs, looked up by the English sentence."""

from __future__ import annotations

import gettext
from functools import cache
from pathlib import Path

LOCALES = ("en", "zh-CN")
"""What can be chosen. English is the sentences in the code."""


class Translator:
    """Calling it with an English sentence gives the sentence in its locale, its {placeholders} still in place."""

    def __init__(self, locale: str) -> None:
        self.locale = locale if locale in LOCALES else "en"
        directory = self.locale.replace("-", "_")
        self._catalog = gettext.translation("bot", Path(__file__).parent, [directory], fallback=True)

    def __call__(self, sentence: str) -> str:
        """The sentence in this locale."""
        return self._catalog.gettext(sentence)


@cache
def translator(locale: str) -> Translator:
    """The translator of a locale; English for one that has no catalog."""
    return Translator(locale)


def nearest(slack_locale: str) -> str:
    """The locale that serves a Slack locale (`zh-CN`, `en-GB`, `de-DE`) best; English when nothing is near."""
    if slack_locale in LOCALES:
        return slack_locale
    return "zh-CN" if slack_locale.lower().split("-")[0] == "zh" else "en"


def N_(sentence: str) -> str:  # noqa: N802 - gettext's own name for it
    """Mark a sentence for the catalogs where it is not translated on the spot."""
    return sentence
