"""IAM tokens: given for a password, good for a day."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.secmaster.stamps import iam_stamp

LIFETIME_S = 24 * 3600
_LENGTH_BYTES = 1200


class TokenRefused(Exception):
    """The gateway does not accept the token; `code` and the text are what it says."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class Account:
    """Who may ask for tokens, and for which project."""

    user_id: str
    user: str
    password: str = field(repr=False)
    domain_id: str
    domain: str
    project_id: str
    project: str


class IamRefused(Exception):
    """IAM gives no token."""

    def __init__(self, status: int, title: str, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.title = title


class Tokens:
    """The tokens that are out. A new one does not end the old ones."""

    def __init__(self) -> None:
        self._expiry: dict[str, float] = {}
        self._revoked: set[str] = set()

    def issue(self, now: float, lifetime_s: float = LIFETIME_S) -> str:
        """A new token: opaque and long, as IAM's are."""
        token = "MII" + secrets.token_urlsafe(_LENGTH_BYTES)
        self._expiry[token] = now + lifetime_s
        return token

    def revoke(self, token: str) -> None:
        """End a token early, as a change of the password does."""
        self._revoked.add(token)

    def check(self, token: str, now: float) -> None:
        """Return if `token` is good.

        Raises:
            TokenRefused: APIGW.0301 for an unknown or expired token, APIGW.0307 for a revoked one. The signing guide
                lists both codes for "get a new token"; which one a revoked token gets is inferred.
        """
        if token in self._revoked:
            raise TokenRefused("APIGW.0307", "The token must be updated.")
        expires_at = self._expiry.get(token)
        if expires_at is None:
            raise TokenRefused("APIGW.0301", "Incorrect IAM authentication information: decrypt token fail")
        if now >= expires_at:
            text = f"token expires, expires_at:{iam_stamp(expires_at)}"
            raise TokenRefused("APIGW.0301", f"Incorrect IAM authentication information: {text}")


def authenticate(body: Any, account: Account) -> None:
    """Check the body of `POST /v3/auth/tokens` against the account.

    Raises:
        IamRefused: 400 for a body of another shape, 401 for wrong credentials, 403 for another project (inferred).
    """
    try:
        identity = body["auth"]["identity"]
        user = identity["password"]["user"]
        given = (user["name"], user["domain"]["name"], user["password"])
        project = body["auth"]["scope"]["project"]
        wanted = project.get("id"), project.get("name")
    except (AttributeError, KeyError, TypeError):
        raise IamRefused(400, "Bad Request", "Request body is invalid.") from None
    if identity.get("methods") != ["password"]:
        raise IamRefused(400, "Bad Request", "Request body is invalid.")
    if not _same(given, (account.user, account.domain, account.password)):
        raise IamRefused(401, "Unauthorized", "Authentication failed")
    if wanted not in {(account.project_id, None), (None, account.project), (account.project_id, account.project)}:
        raise IamRefused(403, "Forbidden", "You are not authorized to perform the requested action.")


def describe(account: Account, now: float, *, catalog: bool) -> dict[str, Any]:
    """The body of the answer that carries a token."""
    domain = {"id": account.domain_id, "name": account.domain}
    token: dict[str, Any] = {
        "expires_at": iam_stamp(now + LIFETIME_S),
        "issued_at": iam_stamp(now),
        "methods": ["password"],
        "project": {"id": account.project_id, "name": account.project, "domain": domain},
        "user": {"id": account.user_id, "name": account.user, "domain": domain, "password_expires_at": ""},
        "roles": [{"id": "0", "name": "secmaster_adm"}],
    }
    return {"token": {**token, "catalog": []} if catalog else token}


def _same(given: tuple[object, ...], expected: tuple[str, ...]) -> bool:
    return all(
        isinstance(one, str) and hmac.compare_digest(one.encode(), two.encode())
        for one, two in zip(given, expected, strict=True)
    )
