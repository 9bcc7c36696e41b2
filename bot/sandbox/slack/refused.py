"""Slack's "no": an answer with `ok: false` and an error code."""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """The call is refused with this error `code`; `messages` are the details in `response_metadata`."""

    def __init__(self, code: str, messages: list[str] | None = None, **extra: Any) -> None:
        super().__init__(code if not messages else f"{code}: {'; '.join(messages)}")
        self.code = code
        self.extra = extra
        if messages:
            self.extra["response_metadata"] = {"messages": messages}

    @property
    def answer(self) -> dict[str, Any]:
        """The body of the answer."""
        return {"ok": False, "error": self.code, **self.extra}


class RateLimited(Refused):
    """HTTP 429: come back in `retry_after` seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("ratelimited")
        self.retry_after = retry_after
