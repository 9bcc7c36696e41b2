"""Logs: an event name and fields, for a person or for a machine, with every secret taken out last."""

from __future__ import annotations

import json
import logging
import re
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import structlog

if TYPE_CHECKING:
    from collections.abc import Iterable

    from structlog.typing import EventDict, Processor, WrappedLogger

REDACTED = "[redacted]"

_TOKENS = re.compile(r"\bx(?:ox[a-z]|app)-[A-Za-z0-9-]{6,}|(?<=[?&]ticket=)[^\s&'\"]+")
"""Slack tokens, wherever they come from, and the tickets in the addresses of Socket Mode, which slack_sdk logs."""

_QUIET = {
    "aiohttp.access": logging.WARNING,
    "alembic": logging.WARNING,
    "httpx": logging.WARNING,
    "slack_bolt.RequestVerification": logging.WARNING,  # it logs the body of every request that is not signed well
    "slack_bolt.AsyncRequestVerification": logging.WARNING,
}


class Redaction:
    """Takes known secrets, and whatever looks like a Slack token, out of every value."""

    def __init__(self, secrets: Iterable[str]) -> None:
        # A short value would be found in innocent words.
        forms = {form for secret in secrets if len(secret) >= 6 for form in _forms(secret)}  # noqa: PLR2004
        self._secrets = sorted(forms, key=len, reverse=True)

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        """The processor: runs after everything that can add text."""
        return {key: self.clean(value) for key, value in event.items()}

    def clean(self, value: Any) -> Any:
        """The value without secrets; containers are cleaned through and through."""
        if isinstance(value, str):
            for secret in self._secrets:
                value = value.replace(secret, REDACTED)
            return _TOKENS.sub(REDACTED, value)
        if isinstance(value, dict):
            return {self.clean(key): self.clean(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.clean(inner) for inner in value]
        return value if value is None or isinstance(value, bool | int | float) else self.clean(str(value))


def _forms(secret: str) -> tuple[str, ...]:
    """A secret as it is, inside JSON or a repr, and inside an address."""
    return secret, json.dumps(secret)[1:-1], repr(secret)[1:-1], quote(secret, safe="")


def configure(*, style: str, level: str, secrets: Iterable[str], replica: str = "") -> None:
    """Send structlog and the standard library through one formatter to standard error; `replica` is in each line."""

    def signed(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return {**event, "replica": replica} if replica else event  # also in threads, which inherit no context

    shared: list[Processor] = [
        signed,
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if style == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, Redaction(secrets), renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name, quiet in _QUIET.items():
        logging.getLogger(name).setLevel(max(quiet, root.level))
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
