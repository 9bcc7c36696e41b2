"""The cable between the bot and its PostgreSQL server, which can be cut, and mended again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from sqlalchemy import make_url

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter

COMMITTED = b"COMMIT\0"
"""How the server says that a transaction is done (PostgreSQL, message CommandComplete)."""


class Cable:
    """Passes everything on between a port of its own and the server."""

    def __init__(self, database_url: str) -> None:
        self._end = make_url(database_url)
        self._connections: set[StreamWriter] = set()
        self._carrying: set[asyncio.Task[None]] = set()
        self._whole = True
        self.refused = 0
        """Connections that were tried while it was cut."""
        self._marker: bytes | None = None
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)

    async def stop(self) -> None:
        """Cut everything, for good."""
        self.cut()
        if self._server is not None:
            self._server.close()
        await asyncio.gather(*self._carrying, return_exceptions=True)

    @property
    def database_url(self) -> str:
        """The database at the other end."""
        assert self._server is not None
        port = self._server.sockets[0].getsockname()[1]
        return self._end.set(port=port).render_as_string(hide_password=False)

    def cut(self) -> None:
        """Break every connection; new ones break at once."""
        self._whole = False
        for connection in list(self._connections):
            connection.transport.abort()

    def mend(self) -> None:
        """Let connections through again."""
        self._whole = True

    def lose_commit_after(self, marker: bytes) -> None:
        """Break the next connection that sends `marker` when the server has committed, before it can say so."""
        self._marker = marker

    @property
    def lost(self) -> bool:
        """Whether that has happened."""
        return self._marker is None

    async def _connected(self, reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._carrying.add(task)
        task.add_done_callback(self._carrying.discard)
        self._connections.add(writer)
        try:
            if self._whole:
                await self._join(reader, writer)
            else:
                self.refused += 1
        except OSError:
            pass  # cut
        finally:
            self._connections.discard(writer)
            writer.transport.abort()

    async def _join(self, reader: StreamReader, writer: StreamWriter) -> None:
        there, back = await asyncio.open_connection(self._end.host, self._end.port)
        self._connections.add(back)
        marked = asyncio.Event()
        ways = [
            asyncio.create_task(self._carry(reader, back, watched=marked)),
            asyncio.create_task(self._carry(there, writer, doomed=marked)),
        ]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        self._connections.discard(back)
        back.transport.abort()
        writer.transport.abort()
        await asyncio.gather(*ways, return_exceptions=True)

    async def _carry(
        self,
        source: StreamReader,
        target: StreamWriter,
        *,
        watched: asyncio.Event | None = None,
        doomed: asyncio.Event | None = None,
    ) -> None:
        while data := await source.read(65536):
            if watched and self._marker and self._marker in data:
                watched.set()
            if doomed and doomed.is_set() and COMMITTED in data:
                self._marker = None
                return
            target.write(data)
            await target.drain()
