"""Server-sent events: tells a page that what its person sees has changed. The page then reads it again."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from bot.sandbox.changes import Changes

    Concerns = Callable[[dict[str, Any]], bool]

GATHER_S = 0.04
"""Changes come in bursts (a post, its traffic entry, its event): this long is waited for more before a page hears."""

HEARTBEAT_S = 15.0


class Streams:
    """All open streams; closing ends them, so that the server can stop at once."""

    def __init__(self, sources: Mapping[str, Changes]) -> None:
        self._sources = sources
        self._feeds: set[_Feed] = set()
        self._closed = False

    def close(self) -> None:
        """End every stream, now and from now on."""
        self._closed = True
        for feed in self._feeds:
            feed.bell.set()

    async def serve(self, request: web.Request, concerns: Concerns) -> web.StreamResponse:
        """Answer one EventSource; only changes for which `concerns` holds are told, and only by their source."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        async with self._feed(concerns) as feed:
            with suppress(ConnectionError):  # the page went away
                await response.write(b"retry: 1000\n: hello\n\n")
                while not self._closed:
                    await response.write(await feed.news())
        return response

    @asynccontextmanager
    async def _feed(self, concerns: Concerns) -> AsyncIterator[_Feed]:
        feed = _Feed()
        pumps = [asyncio.create_task(feed.pump(name, source, concerns)) for name, source in self._sources.items()]
        self._feeds.add(feed)
        try:
            yield feed
        finally:
            self._feeds.discard(feed)
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)


class _Feed:
    """What one page has not been told yet."""

    def __init__(self) -> None:
        self.bell = asyncio.Event()
        self._untold: set[str] = set()

    async def pump(self, name: str, source: Changes, concerns: Concerns) -> None:
        async with source.subscribe() as queue:
            while True:
                change = await queue.get()
                if concerns(change):
                    self._untold.add("traffic" if change["kind"] == "traffic" else name)
                    self.bell.set()

    async def news(self) -> bytes:
        """The next event, or a heartbeat when nothing happened for a while."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.bell.wait(), HEARTBEAT_S)
            await asyncio.sleep(GATHER_S)
        self.bell.clear()
        what, self._untold = sorted(self._untold), set()
        return f"event: changed\ndata: {json.dumps({'what': what})}\n\n".encode() if what else b": still here\n\n"
