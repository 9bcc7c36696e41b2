"""Uploading a file into a thread: ask where to, send the bytes, share (Slack, Working with files)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import aiohttp

from bot.errors import SlackOutcomeUnknown, SlackRefused, SlackUnreachable
from bot.slack.calls import told, watched

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.reviews.models import MessageRef

SENDING = aiohttp.ClientTimeout(total=30)
TRIES = 3
"""How often the bytes are sent: until they are shared nobody has seen them, so a repeat does no harm."""


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A file; `words` tells what a picture shows to who cannot see it."""

    name: str
    title: str
    content: bytes
    words: str


async def upload(client: AsyncWebClient, file: Upload, *, thread: MessageRef, comment: str) -> None:
    """Share a file in a thread, under a comment; SlackError. Once its sharing was asked for, nothing is repeated."""
    with told("files.getUploadURLExternal"):
        place = await client.files_getUploadURLExternal(
            filename=file.name, length=len(file.content), alt_txt=file.words
        )
    await send(client, str(place["upload_url"]), file.content)
    with told("files.completeUploadExternal"):
        await client.files_completeUploadExternal(
            files=[{"id": str(place["file_id"]), "title": file.title}],
            channel_id=thread.channel,
            thread_ts=thread.ts,
            initial_comment=comment,
        )


async def send(client: AsyncWebClient, address: str, content: bytes) -> None:
    """The bytes; SlackRefused when they cannot be delivered: whatever is said needs another host to answer."""
    session = client.session
    if session is None:  # ours always has one
        raise SlackRefused("files.upload", "no_session")
    for left in reversed(range(TRIES)):
        try:
            with told("files.upload"), watched(client, "files.upload") as call:
                async with session.post(address, data=content, timeout=SENDING) as answer:
                    call.status = answer.status
                    if answer.ok:
                        return
                    code = f"http_{answer.status}"
        except (SlackUnreachable, SlackOutcomeUnknown) as error:
            code = error.code
        if not left:
            raise SlackRefused("files.upload", code)
