"""Files: announced, uploaded, then shared."""

from __future__ import annotations

import mimetypes
import secrets
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any


@dataclass
class File:
    """One file; `content` is None until it was uploaded, `shared` False until the upload was completed."""

    id: str
    name: str
    length: int
    ticket: str
    content: bytes | None = None
    shared: bool = False
    facts: dict[str, Any] = field(default_factory=dict)


class Files:
    """All files, by id."""

    def __init__(self) -> None:
        self._files: dict[str, File] = {}

    def announce(self, name: str, length: int) -> File:
        """Make room for a file of `length` bytes."""
        file = File(f"F{secrets.token_hex(5).upper()}", name, length, secrets.token_urlsafe(18))
        self._files[file.id] = file
        return file

    def by_ticket(self, ticket: str) -> File | None:
        """The file that this upload URL belongs to."""
        return next((file for file in self._files.values() if file.ticket == ticket), None)

    def get(self, file_id: str) -> File | None:
        """The file with this id."""
        return self._files.get(file_id)


def file_object(file: File, *, title: str, user: str, now: float, url: str) -> dict[str, Any]:
    """Slack's file object (docs.slack.dev/reference/objects/file-object), the part of it that a hosted file has."""
    kind = PurePath(file.name).suffix.lstrip(".").lower() or "text"
    address = f"{url}/files-pri/{file.id}/{file.name}"
    return {
        "id": file.id, "created": int(now), "timestamp": int(now), "name": file.name, "title": title or file.name,
        "mimetype": mimetypes.guess_type(file.name)[0] or "text/plain", "filetype": kind, "pretty_type": kind.upper(),
        "user": user, "size": file.length, "mode": "hosted", "is_external": False, "external_type": "",
        "is_public": True, "public_url_shared": False, "display_as_bot": False, "editable": False,
        "url_private": address, "url_private_download": address, "permalink": address,
    }  # fmt: skip
