"""What an error of the database means: a fixed list of causes in plain words, none of which repeats its text."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import make_url
from sqlalchemy.exc import OperationalError

from bot import database_url
from bot.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.exc import DBAPIError


@dataclass(frozen=True, kw_only=True)
class Cause:
    """Why the database does not do what it is asked."""

    words: str
    advice: str = ""
    """What to do about it."""
    passes: bool = False
    """It may go by itself; otherwise somebody has to mend something."""
    lost: bool = True
    """It meets whoever asks the database now, and not this transaction alone."""

    def error(self) -> StoreError:
        """To be raised."""
        return StoreError(self.words, advice=self.advice, passes=self.passes)


UNREACHABLE = Cause(words="nothing answers there: the connection is refused", passes=True)
NO_ROUTE = Cause(words="there is no way to that host", passes=True)
UNKNOWN_HOST = Cause(words="the host's name is not known", passes=True)
BROKEN = Cause(words="the connection broke", passes=True)
SILENT = Cause(words="it does not answer in time", passes=True)
STARTING = Cause(words="the server starts up or shuts down", passes=True)
FULL = Cause(words="the server has no connection, memory or space left", passes=True)
READ_ONLY = Cause(words="the server only lets read: it is a standby", passes=True)
BUSY = Cause(words="another transaction holds it up", passes=True, lost=False)

PASSWORD = Cause(words="the user or the password is refused", advice=f"Check both. {database_url.ENCODE}")
NO_PASSWORD = Cause(words="a password is wanted, and none is given", advice="Put it into the address: user:password@.")
ROLE = Cause(
    words="the user is not let in from here",
    advice="Create the role with LOGIN, and allow user, host and encryption in the server's pg_hba.conf.",
)
NO_DATABASE = Cause(words="there is no such database", advice="Create it (CREATE DATABASE), or correct its name.")
RIGHTS = Cause(
    words="the user may not do that",
    advice="It has to CONNECT to the database, and to USE its schema and CREATE in it.",
)
TLS_WANTED = Cause(words="the server wants TLS from here", advice="Add ?sslmode=require.")
NO_TLS = Cause(words="the server has no TLS, which sslmode asks for", advice="Switch it on there, or change sslmode.")
CERTIFICATE = Cause(
    words="the server's certificate is not trusted", advice="Check sslmode, sslrootcert and the name of the host."
)
PARAMETER = Cause(
    words="a parameter is unknown or has a value that it cannot have", advice="Check the port and what follows the ?."
)
NO_POSTGRES = Cause(words="what answers there is no PostgreSQL", advice="Check host and port.")
NEWER = Cause(
    words="a newer version of the bot has made the tables", advice="Run that version, or restore an older backup."
)
OLDER = Cause(
    words="it has no audit trail of this version's form",
    advice="Check that it is the bot's database; starting this version of the bot brings it up to date.",
)
NOT_OPENED = Cause(words="the file cannot be opened", advice="Check that it may be read and written.")
NO_FILE = Cause(words="there is no such file", advice="Correct the path, or start the bot, which makes it.")
NO_FOLDER = Cause(words="the folder of the file does not exist", advice="Create it, or correct the path.")
IS_FOLDER = Cause(words="that is a folder", advice="Name a file in it.")
NOT_WRITABLE = Cause(
    words="the file or its folder cannot be written", advice="SQLite writes both; give the bot's user the right to."
)
NO_SQLITE = Cause(
    words="the file is no SQLite database, or is damaged", advice="Restore a backup, or name another file."
)
DISK = Cause(words="the disk is full or fails", advice="Make room, or look after the disk.")
REFUSED = Cause(words="the server refuses the connection", advice="Its log says why; check the whole address.")

STATES: Mapping[str, Cause] = {
    "08": BROKEN,
    "25006": READ_ONLY,
    "25P03": BROKEN,
    "28": ROLE,
    "28P01": PASSWORD,
    "3D000": NO_DATABASE,
    "40": BUSY,
    "42501": RIGHTS,
    "53": FULL,
    "55P03": BUSY,
    "57014": BUSY,
    "57P": STARTING,
    "57P04": NO_DATABASE,
}
"""By SQLSTATE or its beginning (PostgreSQL, Error Codes); the longest that fits counts."""

SAYINGS: Sequence[tuple[str, Cause]] = (
    ("password authentication failed", PASSWORD),
    ("no password supplied", NO_PASSWORD),
    ("sslmode=require", TLS_WANTED),
    ("SSL connection is required", TLS_WANTED),
    ("does not support SSL", NO_TLS),
    ("received invalid response", NO_POSTGRES),
    ("ertificate", CERTIFICATE),
    ("SSL error", CERTIFICATE),
    ("invalid port number", PARAMETER),
    ("invalid connection option", PARAMETER),
    ("invalid integer value", PARAMETER),
    (" value: ", PARAMETER),
    ("unrecognized configuration parameter", PARAMETER),
    ("invalid value for parameter", PARAMETER),
    ("permission denied for database", RIGHTS),
    ("FATAL:  role ", ROLE),
    ("pg_hba.conf", ROLE),
    ("database system is ", STARTING),
    ("not accepting connections", STARTING),
    ("terminating connection", STARTING),
    ("too many ", FULL),
    ("connection slots are reserved", FULL),
    ("no more connections allowed", FULL),
    (" does not exist", NO_DATABASE),
    ("name resolution", UNKNOWN_HOST),
    ("resolve host", UNKNOWN_HOST),
    ("translate host name", UNKNOWN_HOST),
    ("timeout", SILENT),
    ("timed out", SILENT),
    ("unreachable", NO_ROUTE),
    ("No route to host", NO_ROUTE),
    ("Host is down", NO_ROUTE),
    ("refused", UNREACHABLE),
    ("No such file or directory", UNREACHABLE),
    ("closed the connection", BROKEN),
    ("reset by peer", BROKEN),
    ("Broken pipe", BROKEN),
    ("EOF detected", BROKEN),
    ("could not receive data", BROKEN),
    ("could not send", BROKEN),
)
"""What is said of a connection that did not come about, for which the driver has no code; the first that fits counts.

What has to be mended comes first: a host with two addresses may refuse on one and say why on the other. The server's
own sentences are known in English only; in another language they are a plain refusal.
"""

_NAMES = re.compile(r"\"[^\"\n]*\"|(?<=host )'[^'\n]*'")
"""Hosts, users and databases in such a text, which may be called anything."""

FILES: Sequence[tuple[str, Cause]] = (
    ("SQLITE_BUSY", BUSY),
    ("SQLITE_LOCKED", BUSY),
    ("SQLITE_CANTOPEN", NOT_OPENED),
    ("SQLITE_PERM", NOT_WRITABLE),
    ("SQLITE_READONLY", NOT_WRITABLE),
    ("SQLITE_NOTADB", NO_SQLITE),
    ("SQLITE_CORRUPT", NO_SQLITE),
    ("SQLITE_FULL", DISK),
    ("SQLITE_IOERR", DISK),
)
"""By the beginning of SQLite's result code."""


def cause_of(error: DBAPIError) -> Cause | None:
    """What an error means; None for one that says nothing about the database's state: a mistake of ours."""
    code = getattr(error.orig, "sqlite_errorname", None)
    if code:
        return next((cause for beginning, cause in FILES if code.startswith(beginning)), None)
    state = getattr(error.orig, "sqlstate", None)
    if state:
        return next((STATES[state[:length]] for length in (5, 3, 2) if state[:length] in STATES), None)
    text = _NAMES.sub("", str(error.orig))
    said = next((cause for words, cause in SAYINGS if words in text), None)
    if error.connection_invalidated:
        return BROKEN
    if isinstance(error, OperationalError):  # without a code it is not the server's judgement of a statement
        return said or REFUSED
    return said if said is PARAMETER else None


def with_reason(error: StoreError, url: str) -> StoreError:
    """Why SQLite cannot open its file, which it does not say itself; any other error as it is."""
    if error.cause != NOT_OPENED.words:
        return error
    path = Path(str(make_url(url).database))
    if path.is_dir():
        return IS_FOLDER.error()
    if not path.parent.is_dir():
        return NO_FOLDER.error()
    return error if os.access(path.parent, os.W_OK) else NOT_WRITABLE.error()


def line(error: StoreError, url: str) -> str:
    """The line for whoever configured the database: where it is, what is wrong, what to do."""
    return f"BOT_DATABASE_URL ({database_url.place(url)}): {error.cause}. {error.advice}".rstrip()
