"""HTTP over aiohttp's pool, on behalf of httpx: what is signed is what goes on the wire."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from httpx_aiohttp import AiohttpTransport
from yarl import URL

from bot.secmaster.signature import read_query, spell_path, spell_query

if TYPE_CHECKING:
    from aiohttp.client_middlewares import ClientHandlerType

NEVER_LEFT = (
    aiohttp.ClientConnectorError,
    aiohttp.ClientHttpProxyError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.InvalidURL,
    aiohttp.NonHttpUrlClientError,
)
"""aiohttp's errors that are raised before the first byte of a request is sent."""

_CONNECTIONS = 100


class SecMasterTransport(AiohttpTransport):
    """One session for calls to one endpoint, opened with the first call.

    A proxy is taken from the environment, NO_PROXY and loopback addresses aside. Nothing else is: aiohttp's own
    `trust_env` would also add a password from ~/.netrc to our calls. Cookies are not kept.
    """

    def __init__(self, endpoint: str) -> None:
        super().__init__()
        self._proxy = environment_proxy(endpoint)

    def get_client(self) -> aiohttp.ClientSession:
        """The session; called inside the event loop."""
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=_CONNECTIONS, ssl=self.ssl_context),
            cookie_jar=aiohttp.DummyCookieJar(),
            middlewares=(_spelled_as_signed,),
            proxy=self._proxy,
        )


def environment_proxy(endpoint: str) -> str | None:
    """The proxy that the environment names for an address; None when it shall be reached directly."""
    parts = urlsplit(endpoint)
    host = parts.hostname or ""
    if _is_loopback(host) or proxy_bypass(host):
        return None
    return getproxies().get(parts.scheme)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def _spelled_as_signed(request: aiohttp.ClientRequest, handler: ClientHandlerType) -> aiohttp.ClientResponse:
    # yarl respells addresses: it sends a space as "+" and leaves "!'()" alone, which is not the text that was signed.
    path, query = spell_path(request.url.raw_path), spell_query(read_query(request.url.raw_query_string))
    target = f"{path}?{query}" if query else path
    request.url = URL(f"{request.url.origin()}{target}", encoded=True)
    return await handler(request)
