"""A real PostgreSQL server from the Debian package, on loopback, in a folder of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg2

from lakehouse.engine.server import free_port

PASSWORD = "s3cret&of=the/shop"
QUOTED = "s3cret%26of%3Dthe%2Fshop"
PACKAGE = "postgresql"


class PostgresServer:
    """A running server; `connect` gives a connection that commits by itself unless told otherwise."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"postgresql://shop:{QUOTED}@127.0.0.1:{port}/shop"

    def connect(self, database: str = "shop", *, autocommit: bool = True) -> Any:
        found = psycopg2.connect(host="127.0.0.1", port=self.port, dbname=database, user="postgres", password=PASSWORD)
        found.autocommit = autocommit
        return found

    def run(self, *statements: str, database: str = "shop") -> None:
        with closing(self.connect(database)) as one, one.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def rows(self, query: str) -> list[tuple]:
        with closing(self.connect()) as one, one.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchall()


@contextmanager
def running() -> Iterator[PostgresServer]:
    """Start a server with a database `shop` and a role `shop` that may read it; stop it at the end."""
    # Not below pytest's folders, which only their owner may enter.
    with TemporaryDirectory(prefix="greenhouse-postgres-") as folder:
        yield from _running(Path(folder))


def _running(folder: Path) -> Iterator[PostgresServer]:
    programs, port = _programs(), free_port()
    data, password = folder / "data", folder / "password"
    password.write_text(PASSWORD)
    as_owner = _as_owner(folder)
    _call(*as_owner, programs / "initdb", "-D", data, "-U", "postgres", "-A", "scram-sha-256", f"--pwfile={password}", "-E", "UTF8")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c max_prepared_transactions=5"
    _call(*as_owner, programs / "pg_ctl", "-D", data, "-l", data / "log", "-w", "-o", options, "start")
    try:
        server = PostgresServer(port)
        server.run("CREATE DATABASE shop", database="postgres")
        server.run(f"CREATE ROLE shop LOGIN PASSWORD '{PASSWORD}'", "GRANT pg_read_all_data, pg_read_all_stats TO shop")
        yield server
    finally:
        _call(*as_owner, programs / "pg_ctl", "-D", data, "-m", "immediate", "stop")


def _programs() -> Path:
    """The newest installed PostgreSQL's; installed first where that can be done."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if found:
        return found[-1]
    if os.getuid() != 0 or not shutil.which("apt-get"):
        raise RuntimeError(f"these tests need a PostgreSQL server: sudo apt-get install -y {PACKAGE}")
    _call("apt-get", "update", "-qq")
    _call("apt-get", "install", "-y", "-qq", "--no-install-recommends", PACKAGE)
    return sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1]


def _as_owner(folder: Path) -> list[str]:
    """The server refuses to run as root: there, the package's own user runs it, in folders that user may enter."""
    if os.getuid() != 0:
        return []
    owner = pwd.getpwnam("postgres")
    for each in (folder, *folder.iterdir()):
        os.chown(each, owner.pw_uid, owner.pw_gid)
    return ["runuser", "-u", "postgres", "--"]


def _call(*command: object) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run([str(part) for part in command], env=environment, capture_output=True, text=True, check=False, cwd="/")
    if done.returncode:
        raise RuntimeError(f"{command}: {done.stdout[-500:]}{done.stderr[-500:]}")
