"""A real PostgreSQL server from Debian's packages, for the length of a test run."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import LiteralString

PACKAGES = Path("/usr/lib/postgresql")
STARTS_WITHIN = 60.0
OPTIONS = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_connections=200",
    "log_min_messages=fatal",
)
"""Nobody pulls this server's plug: its tests are about ours dying."""


def programs() -> Path | None:
    """The folder with `initdb` and `postgres`, of the newest version installed; None without one."""
    found = [path for path in PACKAGES.glob("*/bin") if (path / "postgres").exists()]
    return max(found, key=lambda path: float(path.parent.name), default=None)


class Postgres:
    """A server on a loopback port with data of its own; `stop` it at the end."""

    def __init__(self, binaries: Path) -> None:
        self._data = Path(tempfile.mkdtemp(prefix="bot-postgres-"))
        self._as_owner: list[str] = []
        if os.getuid() == 0:  # the server refuses to run as root
            shutil.chown(self._data, "postgres", "postgres")
            self._as_owner = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
        cluster = str(self._data / "cluster")
        initdb = (binaries / "initdb", "-D", cluster, "-U", "bot", "--auth=trust", "--encoding=UTF8", "--no-sync")
        self._run([*map(str, initdb), "--locale=C.UTF-8"])
        self.port = _free_port()
        options = [part for option in OPTIONS for part in ("-c", option)]
        where = ("-D", cluster, "-k", str(self._data), "-h", "127.0.0.1", "-p", str(self.port))
        self._command = [*self._as_owner, str(binaries / "postgres"), *where, *options]
        self._made = 0
        self.go_on()

    def go_on(self) -> None:
        """Start the server, at first or after a halt, and wait until it answers."""
        self._server = subprocess.Popen(
            self._command, cwd=self._data, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._wait_until_it_answers()

    def halt(self) -> None:
        """Stop the server as an operator does who does not wait: every connection is told and closed."""
        self._server.send_signal(signal.SIGINT)
        self._server.wait()

    def want_passwords(self) -> None:
        """Let nobody but the owner in without a password, and nobody called `stranger` at all."""
        rules = "host all bot all trust\nhost all stranger all reject\nhost all all all scram-sha-256\n"
        (self._data / "cluster" / "pg_hba.conf").write_text(rules)
        self.execute("SELECT pg_reload_conf()")

    def execute(self, statement: LiteralString, name: LiteralString = "postgres") -> list[tuple[object, ...]]:
        """Run a statement as the owner of everything, in the database of this name; its rows."""
        with psycopg.connect(self._address(name), autocommit=True) as connection:
            done = connection.execute(statement)
            return done.fetchall() if done.description else []

    def database(self) -> str:
        """The SQLAlchemy URL of a new, empty database."""
        self._made += 1
        name = f"test_{self._made}"
        with psycopg.connect(self._address("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} STRATEGY FILE_COPY TEMPLATE template0".encode())
        return f"postgresql+psycopg://bot@127.0.0.1:{self.port}/{name}"

    def kill_connections(self) -> int:
        """Break every connection to the databases made here, as a failing server or network does; how many."""
        with psycopg.connect(self._address("postgres"), autocommit=True) as connection:
            ended = connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'test_%'"
            )
            return len(ended.fetchall())

    def stop(self) -> None:
        """End the server and take its data away."""
        self._server.terminate()
        self._server.wait()
        shutil.rmtree(self._data, ignore_errors=True)

    def _address(self, name: str) -> str:
        return f"postgresql://bot@127.0.0.1:{self.port}/{name}"

    def _run(self, command: Sequence[str]) -> None:
        done = subprocess.run([*self._as_owner, *command], cwd=self._data, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{command[0]} failed: {done.stderr}")

    def _wait_until_it_answers(self) -> None:
        ends = time.monotonic() + STARTS_WITHIN
        while True:
            try:
                psycopg.connect(self._address("postgres")).close()
            except psycopg.OperationalError:
                if time.monotonic() > ends or self._server.poll() is not None:
                    raise
                time.sleep(0.05)
            else:
                return


@contextmanager
def serving() -> Iterator[Postgres]:
    """A server for the length of the block; whoever wants one is skipped where it is not installed."""
    binaries = programs()
    if binaries is None:
        pytest.skip("postgresql is not installed")
    server = Postgres(binaries)
    try:
        yield server
    finally:
        server.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
