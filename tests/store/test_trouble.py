"""What a real server or file answers is told in plain words, with what to do, and with no secret."""

from __future__ import annotations

import asyncio
import os
import socket
import sqlite3
import sys
import tempfile
import threading
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from sqlalchemy.exc import InterfaceError, OperationalError, ProgrammingError

from bot.errors import SettingsError, StoreError
from bot.store import trouble
from bot.store.opening import Opening
from bot.store.sql import SqlStore, sqlite_engine
from bot.store.trouble import cause_of
from tests.postgres import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.postgres import Postgres


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    """A server that wants passwords."""
    with serving() as running:
        running.database()
        running.want_passwords()
        for statement in (
            "CREATE ROLE weak LOGIN PASSWORD 'marker-7'",
            "CREATE DATABASE full_one CONNECTION LIMIT 0",
            "CREATE DATABASE closed",
            "REVOKE CONNECT ON DATABASE closed FROM public",
        ):
            running.execute(statement)
        yield running


async def met(url: str) -> StoreError:
    """What a store meets that brings its tables up to date."""
    store = SqlStore(url)
    try:
        with pytest.raises(StoreError) as caught:
            await store.migrate()
    finally:
        await store.close()
    return caught.value


@pytest.mark.parametrize(
    ("user", "database", "cause"),
    [
        ("weak:marker-8@", "test_1", trouble.PASSWORD),
        ("ghost:marker-8@", "test_1", trouble.PASSWORD),
        ("weak@", "test_1", trouble.NO_PASSWORD),
        ("stranger@", "test_1", trouble.ROLE),
        ("weak:marker-7@", "nowhere", trouble.NO_DATABASE),
        ("weak:marker-7@", "full_one", trouble.FULL),
        ("weak:marker-7@", "closed", trouble.RIGHTS),
        ("weak:marker-7@", "test_1", trouble.RIGHTS),
        ("weak:marker-7@", "test_1?sslmode=require", trouble.NO_TLS),
        ("weak:marker-7@", "test_1?sslmode=marker", trouble.PARAMETER),
        ("weak:marker-7@", "test_1?sslmod=require", trouble.PARAMETER),
        ("weak:marker-7@", "test_1?options=-cmarker%3D1", trouble.PARAMETER),
    ],
)
async def test_what_the_server_refuses_is_told_by_its_cause(
    server: Postgres, user: str, database: str, cause: trouble.Cause
) -> None:
    """Whether it may go by itself, and where it was; nothing of the password."""
    url = f"postgresql+psycopg://{user}127.0.0.1:{server.port}/{database}"
    error = await met(url)
    assert (error.cause, error.passes) == (cause.words, cause.passes)
    line = trouble.line(error, url)
    assert f"127.0.0.1:{server.port}, database {database.partition('?')[0]}" in line
    assert "marker" not in line


async def test_the_rights_that_the_readme_names_are_enough(server: Postgres) -> None:
    """A role that may connect, and use the schema and create in it, makes the tables and works with them."""
    server.execute("CREATE DATABASE shared")
    server.execute("REVOKE ALL ON DATABASE shared FROM public")
    server.execute("GRANT CONNECT ON DATABASE shared TO weak")
    server.execute("GRANT USAGE, CREATE ON SCHEMA public TO weak", "shared")
    store = SqlStore(f"postgresql+psycopg://weak:marker-7@127.0.0.1:{server.port}/shared")
    await store.migrate()
    assert await store.transact(lambda tx: tx.count_jobs()) == {"waiting": 0, "buried": 0}
    await store.close()


@contextmanager
def answering(answer: bytes | None) -> Iterator[int]:
    """A port where something says this to whoever asks and hangs up; None: it says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        held: list[socket.socket] = []

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                held.append(connection)
                if answer is not None:
                    connection.recv(8)
                    connection.sendall(answer)
                    connection.close()

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()
        for connection in held:
            connection.close()


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (b"", trouble.BROKEN),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", trouble.NO_POSTGRES),
        (None, trouble.SILENT),
    ],
    ids=["hangs up", "a web server", "silence"],
)
async def test_what_is_no_working_server_is_told(
    answer: bytes | None, cause: trouble.Cause, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within the patience for connections."""
    monkeypatch.setattr("bot.store.sql.POSTGRES_PATIENCE", 2)
    with answering(answer) as port:
        error = await met(f"postgresql+psycopg://bot@127.0.0.1:{port}/x")
    assert error.cause == cause.words


@pytest.mark.parametrize(
    ("where", "cause"),
    [
        ("bot@127.0.0.1:1/x", trouble.UNREACHABLE),
        ("bot@nowhere.invalid/x", trouble.UNKNOWN_HOST),
        ("bot@127.0.0.1:99999/x", trouble.PARAMETER),
        ("/x?host=/nowhere", trouble.UNREACHABLE),
    ],
)
async def test_an_address_without_a_server_is_told(where: str, cause: trouble.Cause) -> None:
    """And waited for, if it may come."""
    error = await met(f"postgresql+psycopg://{where}")
    assert (error.cause, error.passes) == (cause.words, cause.passes)


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        ("FATAL:  the database system is starting up", trouble.STARTING),
        ("FATAL:  sorry, too many clients already", trouble.FULL),
        ('FATAL:  too many connections for role "x"', trouble.FULL),
        ("FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute", trouble.FULL),
        ('FATAL:  role "certificate" is not permitted to log in', trouble.ROLE),
        ("SSL error: certificate verify failed", trouble.CERTIFICATE),
        ("FATAL:  connection is insecure (try using `sslmode=require`)", trouble.TLS_WANTED),
        ('could not translate host name "x" to address: Temporary failure in name resolution', trouble.UNKNOWN_HOST),
        ("致命错误: 用户认证失败", trouble.REFUSED),
        (
            'All failures were:\n- Connection refused\n- FATAL:  password authentication failed for user "x"',
            trouble.PASSWORD,
        ),
    ],
)
def test_sentences_of_libpq_and_server_are_known(said: str, cause: trouble.Cause) -> None:
    """Names in them, which may be any words, do not count; an unknown sentence is a refusal."""
    assert cause_of(OperationalError("", {}, Exception(said))) is cause


def test_a_mistake_of_ours_is_no_trouble_of_the_database() -> None:
    """It has to be seen whole."""
    assert cause_of(ProgrammingError("", {}, Exception("the query has 1 placeholder"))) is None
    assert cause_of(InterfaceError("", {}, Exception("closed"), connection_invalidated=True)) is trouble.BROKEN


@pytest.mark.parametrize(
    ("statement", "cause"),
    [
        ("SELECT pg_terminate_backend(pg_backend_pid())", trouble.STARTING),
        ("SET TRANSACTION READ ONLY; CREATE TABLE t (x INTEGER)", trouble.READ_ONLY),
        ("SET LOCAL statement_timeout = 1; SELECT pg_sleep(1)", trouble.BUSY),
    ],
)
async def test_what_ends_a_transaction_is_told(server: Postgres, statement: str, cause: trouble.Cause) -> None:
    """By its SQLSTATE."""
    store = SqlStore(f"postgresql+psycopg://bot@127.0.0.1:{server.port}/test_1")

    def run(tx: object) -> None:
        for part in statement.split("; "):
            tx._connection.execute(text(part))  # type: ignore[attr-defined]

    with pytest.raises(StoreError) as caught:
        await store.transact(run)
    await store.close()
    assert caught.value.cause == cause.words


async def test_a_statement_that_is_wrong_is_raised_as_it_is(server: Postgres) -> None:
    """The database is there, and nobody is told that it were not."""
    store = SqlStore(f"postgresql+psycopg://bot@127.0.0.1:{server.port}/test_1")
    with pytest.raises(ProgrammingError):
        await store.transact(lambda tx: tx._connection.execute(text("SELECT nothing")))
    await store.close()


# --- files -------------------------------------------------------------------------------------------------------


async def refused(path: str) -> str:
    """The line with which a start on this file ends."""
    url = f"sqlite:///{path}"
    store = SqlStore(url)
    try:
        with pytest.raises(SettingsError) as caught:
            await Opening(store, url).migrate()
    finally:
        await store.close()
    (line,) = caught.value.problems
    return line


async def test_a_file_that_cannot_be_used_is_told_by_its_cause(tmp_path: Path) -> None:
    """No folder, a folder, no database, a full disk."""
    (tmp_path / "junk.db").write_text("x" * 5000)
    assert trouble.NO_FOLDER.words in await refused(f"{tmp_path}/nowhere/x.db")
    assert trouble.IS_FOLDER.words in await refused(str(tmp_path))
    assert trouble.NO_SQLITE.words in await refused(f"{tmp_path}/junk.db")
    assert trouble.DISK.words in await refused("/dev/full")


UNPRIVILEGED = """
import asyncio, os, sys
import bot.store.migrate
from bot.errors import SettingsError
from bot.store.opening import Opening
from bot.store.sql import SqlStore

async def main(url):
    store = SqlStore(url)
    try:
        await Opening(store, url).migrate()
    except SettingsError as error:
        print(error)
    await store.close()

if os.getuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
asyncio.run(main(sys.argv[1]))
"""


async def test_a_file_that_may_not_be_written_is_told() -> None:
    """A folder of somebody else, and a file in a folder of ours."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)  # noqa: PTH101
        theirs, ours = Path(folder, "theirs"), Path(folder, "ours")
        for made, mode in ((theirs, 0o555), (ours, 0o777)):
            made.mkdir()
            made.chmod(mode)
        (ours / "x.db").touch(mode=0o444)
        for path in (theirs / "x.db", ours / "x.db"):
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-c", UNPRIVILEGED, f"sqlite:///{path}", stdout=asyncio.subprocess.PIPE
            )
            out, _ = await asyncio.wait_for(process.communicate(), 60)
            assert trouble.NOT_WRITABLE.words in out.decode()


async def test_tables_of_a_newer_version_are_left_alone(tmp_path: Path) -> None:
    """Whoever went back to an older version is told so."""
    url = f"sqlite:///{tmp_path / 'bot.db'}"
    store = SqlStore(url)
    await store.migrate()
    await store.transact(lambda tx: tx._connection.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    await store.close()
    assert trouble.NEWER.words in await refused(f"{tmp_path / 'bot.db'}")


async def test_tables_that_are_not_ours_are_told_with_the_whole_error_in_the_log(
    tmp_path: Path,
) -> None:
    """What nobody thought of is a line all the same."""
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as made:
        made.execute("CREATE TABLE reviews (x)")
    assert "it cannot be used (OperationalError)" in await refused(str(path))


async def test_a_file_that_another_holds_is_busy_and_not_lost(tmp_path: Path) -> None:
    """It is worth to try again."""
    url = f"sqlite:///{tmp_path / 'bot.db'}"
    store = SqlStore(url)
    await store.ping()
    store._engine.dispose()
    store._engine = sqlite_engine(url, patience=0.1)
    with closing(sqlite3.connect(tmp_path / "bot.db", isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError) as caught:
            await store.ping()
    await store.close()
    assert (caught.value.cause, caught.value.passes) == (trouble.BUSY.words, True)
