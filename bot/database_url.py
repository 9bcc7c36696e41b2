"""BOT_DATABASE_URL: what it may be, how it is told without its password, and what of it is secret."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL

POSTGRES = "postgresql+psycopg"
FORMS = "has to be sqlite:/// with a path, or postgresql+psycopg:// with a host"
ENCODE = "Special characters of user and password have to be percent-encoded (@ is %40, : is %3A, / is %2F, % is %25)."
INSTALL = (
    "needs a driver that is not installed. Install the extra postgres: uv sync --extra postgres, or "
    "pip install 'secmaster-bot[postgres]'."
)

_HOST = re.compile(r"[\w.,:%-]+")
"""Names and numbers, several with commas; anything else is part of a password that was not encoded."""
_WRITTEN = re.compile(r"://[^:/@]*:(.*)@")
"""A password as it stands in the address, up to the last @."""


def problem(text: str) -> str | None:
    """What is wrong with a database address, without repeating it; None when it can be tried."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):  # ValueError: a port that is none
        return f"{FORMS}. {ENCODE}"
    if url.drivername == "sqlite":
        return _sqlite_problem(url)
    if url.drivername != POSTGRES:
        return f"{FORMS}."
    if url.host and not _HOST.fullmatch(url.host):
        return f"has no usable host. {ENCODE}"
    return None if _has_driver() else INSTALL


def _sqlite_problem(url: URL) -> str | None:
    if url.host or url.query:
        return "has to be sqlite:/// with nothing but a path behind it; a fourth slash begins an absolute one."
    if in_memory(url):
        return "names a database in memory, which forgets everything when the bot ends. Name a file: sqlite:///bot.db."
    return None


def in_memory(url: URL) -> bool:
    """Whether SQLite would keep nothing of it on the disk (SQLite, In-Memory Databases)."""
    return url.get_backend_name() == "sqlite" and url.database in {None, "", ":memory:"}


def _has_driver() -> bool:
    try:
        import psycopg  # noqa: F401 - it can be there and fail, when there is no libpq
    except ImportError:
        return False
    return True


def place(text: str) -> str:
    """Where the database is, for people: host, port and name, or the file."""
    url = make_url(text)
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    hosts = url.query.get("host", url.host or "the local socket")
    host = hosts if isinstance(hosts, str) else ", ".join(hosts)
    port = f":{url.port or 5432}" if url.host else ""
    return f"{host}{port}, database {url.database or 'of the same name as the user'}"


def passwords(text: str) -> list[str]:
    """The passwords in an address, before its @ or as a parameter, as written there and as meant."""
    return [form for password in _passwords(text) if password for form in (password, unquote(password))]


def _passwords(text: str) -> Iterator[str]:
    if written := _WRITTEN.search(text):
        yield written[1]
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        return
    yield url.password or ""
    given = url.query.get("password", ())
    yield from (given,) if isinstance(given, str) else given
