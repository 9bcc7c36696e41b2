"""The API gateway in front of SecMaster: lets signed requests and good tokens in, and turns everything else away."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.sandbox.secmaster.signature import Keyring, SignatureRefused
from bot.sandbox.secmaster.tokens import TokenRefused, Tokens

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.sandbox.secmaster.signature import Incoming

NO_SUCH_API = "The API does not exist or has not been published in the environment."
TOO_LARGE = "Request entity too large."
INCORRECT = "Incorrect IAM authentication information: "

# Which code a status has by default, and its text, for answers that a fault switch makes up.
FITTING: Mapping[int, tuple[str, str]] = {
    401: ("APIGW.0301", INCORRECT + "decrypt token fail"),
    403: ("APIGW.0302", "The IAM user is not authorized to access the API."),
    404: ("APIGW.0101", NO_SUCH_API),
    413: ("APIGW.0201", TOO_LARGE),
    429: (
        "APIGW.0308",
        "The throttling threshold has been reached: policy user over ratelimit,limit:100,time:1 minute",
    ),
    500: ("APIGW.0601", "Internal error."),
    502: ("APIGW.0201", "Backend unavailable."),
    503: ("APIGW.0613", "The IAM service is unavailable."),
    504: ("APIGW.0201", "Backend timeout."),
}

_CONTENT_TYPES = frozenset({"application/json", "application/json;charset=utf-8", "application/json;charset=utf8"})


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: `body` is JSON, or text that is sent as it is."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def content(self) -> bytes:
        """The body's bytes."""
        return self.body.encode() if isinstance(self.body, str) else json.dumps(self.body, ensure_ascii=False).encode()

    @property
    def content_type(self) -> str:
        """What the bytes are."""
        return "text/html" if isinstance(self.body, str) else "application/json"


class GatewayRefused(Exception):
    """The gateway answers 401 with this code and text."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class Gateway:
    """Knows the account's keys and tokens."""

    def __init__(self, keyring: Keyring, tokens: Tokens) -> None:
        self._keyring = keyring
        self._tokens = tokens

    def admit(self, request: Incoming, now: float) -> None:
        """Return if the request carries a good token or a good signature; a token counts first.

        Raises:
            GatewayRefused: it carries neither.
        """
        token = request.headers.get("x-auth-token")
        try:
            if token is not None:
                self._tokens.check(token, now)
            elif "authorization" in request.headers:
                self._keyring.check(request, now)
            else:
                raise GatewayRefused("APIGW.0301", INCORRECT + "x-auth-token not found")
        except TokenRefused as refused:
            raise GatewayRefused(refused.code, str(refused)) from None
        except SignatureRefused as refused:
            raise GatewayRefused("APIGW.0301", INCORRECT + str(refused)) from None


def is_json(content_type: str | None) -> bool:
    """Whether the mandatory header says JSON; documentation and SDK disagree on the charset, so both are good."""
    return (content_type or "").lower().replace(" ", "") in _CONTENT_TYPES


def gateway_error(status: int, code: str, text: str, request_id: str) -> Reply:
    """An answer in the gateway's own shape."""
    return Reply(status, {"error_msg": text, "error_code": code, "request_id": request_id})


def iam_error(status: int, title: str, text: str) -> Reply:
    """An answer in IAM's shape."""
    return Reply(status, {"error": {"message": text, "code": status, "title": title}})
