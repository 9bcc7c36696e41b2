"""Keeps every other web page's hands off this one: loopback names only, and nothing that comes from another origin."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiohttp import web

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what did not come from this page itself.

    A name that resolves to loopback is no proof (DNS rebinding), so `Host` must be a loopback name; what has an
    `Origin` or `Sec-Fetch-Site` must have our own; and a POST must be JSON, which no form of another page can send.
    """
    reason = refusal(request)
    if reason:
        return web.json_response({"ok": False, "error": reason}, status=403, headers=HEADERS)
    return await handler(request)


async def add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """Put the protective headers on every answer (`on_response_prepare`)."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")


def refusal(request: web.Request) -> str | None:
    """Why this request is not served, or None."""
    host = request.headers.get("Host", "")
    if not is_loopback(host):
        return "This page answers on loopback names only."
    origin = request.headers.get("Origin")
    if origin is not None and origin != f"http://{host}":
        return "Another web page may not use the sandbox."
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    if site not in {"same-origin", "none"} and request.path != "/":
        return "Another web page may not use the sandbox."
    if request.method == "POST" and request.content_type != "application/json":
        return "Acts are sent as JSON."
    return None


def is_loopback(host: str) -> bool:
    """Whether a `Host` header names this machine: `localhost`, 127.0.0.0/8 or [::1], with or without a port."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
